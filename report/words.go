package report

import (
	"fmt"
	"slices"
	"time"

	"tocsin/incident"
)

// texts are the report's own words: key, English, Spanish.
func texts() [][3]string {
	return [][3]string{
		{"title", "Report of the case", "Informe del caso"},
		{"as_of", "As of", "A fecha de"}, {"entries", "Entries of the record", "Entradas del registro"},
		{"entries_are", "1 to %d", "1 a %d"},
		{"zone", "Times are shown in", "Las horas se muestran en"},
		{"how", "Every sentence of this report comes from the entries of the record, which travel beside it in entries.jsonl and can be checked as VERIFY.md says. It names no person affected; people who acted appear by role and by a code.",
			"Cada frase de este informe procede de las entradas del registro, que viajan junto a él en entries.jsonl y se comprueban como dice VERIFY.md. No nombra a ninguna persona afectada; quienes actuaron figuran por su función y un código."},
		{"with_people", "This bundle holds personal data: the folder people/ has the data of %d people. Chosen by %s, for this reason: %s",
			"Este expediente contiene datos personales: la carpeta people/ tiene los datos de %d personas. Lo eligió %s, por este motivo: %s"},
		{"other_time", "This is an exercise: the case has a time of its own. The record says for each entry when it was really written.",
			"Esto es un simulacro: el caso tiene su propia hora. El registro dice de cada entrada cuándo se escribió realmente."},

		{"facts", "What happened", "Qué ocurrió"},
		{"joined_to", "Joined to another case about the same breach", "Unido a otro caso sobre la misma brecha"},
		{"joined_in", "Also told in another case about the same breach", "Comunicado también en otro caso sobre la misma brecha"},
		{"joined_by", "Joined: %s, on %s, by %s.", "Unión: %s, el %s, por %s."},
		{"joined_told", "%s: %s, received %s, told or reported by: %s.", "%s: %s, recibido el %s, comunicado o notificado por: %s."},
		{"taken_out", "Taken out again on %s: %s", "Separado de nuevo el %s: %s"},
		{"case", "Case", "Caso"}, {"told_by", "Who told", "Quién avisó"}, {"vendor", "Vendor", "Proveedor"},
		{"received", "The message arrived", "Llegó el aviso"}, {"detected", "The vendor found out", "El proveedor lo detectó"},
		{"occurred", "The breach lasted", "La brecha duró"}, {"from_to", "from %s to %s", "de %s a %s"},
		{"not_known", "not known", "no se sabe"}, {"open_end", "not known, or it goes on", "no se sabe, o continúa"},
		{"personal_data", "Personal data concerned", "Datos personales afectados"}, {"summary", "In words", "En palabras"},
		{"opened", "The case was opened", "Se abrió el caso"}, {"closed", "The case was closed", "Se cerró el caso"},
		{"still_open", "it is open", "está abierto"}, {"reopened", "Opened again", "Reabierto"}, {"times", "%d times", "%d veces"},
		{"yes", "yes", "sí"}, {"no", "no", "no"}, {"unknown", "unknown", "se desconoce"},
		{"kind_vendor", "a vendor", "un proveedor"}, {"kind_person", "a person", "una persona"}, {"kind_authority", "an authority", "una autoridad"},
		{"kind_press", "the press", "la prensa"}, {"kind_own_detection", "own detection", "detección propia"}, {"kind_other", "somebody else", "otros"},

		{"awareness", "When the controller became aware", "Cuándo tuvo constancia el responsable"},
		{"aware_at", "Aware from", "Constancia desde"}, {"aware_first", "provisional: the earliest instant known, until somebody decides", "provisional: el primer instante conocido, hasta que alguien decida"},
		{"decided", "Decided %s, by %s.", "Decidido %s, por %s."}, {"no_awareness", "No instant was set.", "No se fijó ningún instante."},

		{"risk", "How the risk was judged", "Cómo se valoró el riesgo"}, {"assessment", "Assessment %d", "Valoración %d"},
		{"score", "Severity (ENISA 2013): %d.%02d, %s.", "Gravedad (ENISA 2013): %d,%02d, %s."},
		{"advised", "The rules advised: notify the authority: %s; tell the people: %s.", "Las reglas aconsejaban: notificar a la autoridad: %s; comunicar a las personas: %s."},
		{"decision", "Decided: notify the authority: %s; tell the people: %s.", "Decidido: notificar a la autoridad: %s; comunicar a las personas: %s."},
		{"reason", "Reason: %s", "Motivo: %s"}, {"dissent", "Dissent: %s", "Discrepancia: %s"},
		{"ground", "Ground of GDPR Art. 34(3): %s)", "Supuesto del art. 34.3 RGPD: %s)"},
		{"no_assessment", "No assessment was recorded.", "No se registró ninguna valoración."},
		{"band_low", "low", "baja"}, {"band_medium", "medium", "media"}, {"band_high", "high", "alta"}, {"band_very_high", "very high", "muy alta"},

		{"confirmed", "What others confirmed", "Lo que otros confirmaron"}, {"confirmed_by", "Confirmed by", "Confirmado por"},
		{"confirmed_cosignature", "The witness cosigned that entries 1 to %d of the case were in the log: %s, checkpoint of %d entries.",
			"El testigo firmó que las entradas 1 a %d del caso estaban en el registro: %s, punto de control de %d entradas."},
		{"confirmed_timestamp", "The authority stamped the time under which entries 1 to %d of the case were in the log: %s, checkpoint of %d entries.",
			"La autoridad selló la hora en que las entradas 1 a %d del caso estaban en el registro: %s, punto de control de %d entradas."},
		{"confirmed_none", "Nobody outside has confirmed the log since the case began.", "Nadie externo ha confirmado el registro desde que empezó el caso."},
		{"confirmed_earlier", "Earlier", "Anteriores"}, {"confirmed_unlisted", "%d earlier confirmations are not listed.", "No se listan %d confirmaciones anteriores."},

		{"duty", "Duty %d: %s, to %s", "Obligación %d: %s, a %s"}, {"law", "Law", "Norma"}, {"state", "State", "Estado"},
		{"status_open", "open", "abierta"}, {"status_filed", "filed", "presentada"}, {"status_waived", "does not apply", "no aplica"},
		{"status_waiting", "waits for a fact", "espera un hecho"}, {"status_met", "met", "cumplida"}, {"status_withdrawn", "withdrawn", "retirada"},
		{"counts_from", "Counts from", "Cuenta desde"}, {"due", "Due", "Vence"}, {"no_clock", "no clock", "sin plazo"},
		{"revisions", "its clock was set %d times", "su plazo se calculó %d veces"},
		{"unread", "To be confirmed: nobody has read this law in its source yet.", "Por confirmar: nadie ha leído aún esta norma en su fuente."},
		{"rung", "Reminder %s", "Aviso %s"}, {"rung_of", "Reminder %s (clock %d)", "Aviso %s (plazo %d)"},
		{"rung_due", "Due %s; rang %s.", "Previsto %s; sonó %s."}, {"rung_late", "Due %s; rang %s, %s late.", "Previsto %s; sonó %s, con %s de retraso."},
		{"rung_combined", "It was missed, and told in the mail of %s.", "No pudo salir, y se contó en el correo de %s."},
		{"rung_passed", "It lay before the clock was set and needed no mail.", "Era anterior al cálculo del plazo y no necesitó correo."},
		{"call", "Mail to %s taken by the relay %s.", "Correo a %s aceptado por el servidor %s."},
		{"call_refused", "Mail to %s refused by the relay %s.", "Correo a %s rechazado por el servidor %s."},
		{"call_open", "Mail to person %d not taken yet.", "Correo a la persona %d aún no aceptado."},
		{"acknowledged", "Acknowledged %s, by %s.", "Asumido %s, por %s."}, {"unacknowledged", "Nobody acknowledged it.", "Nadie lo asumió."},
		{"draft", "Draft %d", "Borrador %d"}, {"drafted", "Drafted %s, by %s.", "Redactado %s, por %s."},
		{"approved", "Approved %s, by %s.", "Aprobado %s, por %s."}, {"unapproved", "Not approved.", "Sin aprobar."}, {"hash", "SHA-256 %s.", "SHA-256 %s."},
		{"filing", "Filed", "Presentado"}, {"filed", "%s, receipt %s. Recorded %s, by %s.", "%s, justificante %s. Registrado %s, por %s."},
		{"in_time", "In time.", "En plazo."}, {"late_by", "%s late.", "Con %s de retraso."}, {"delay_said", "Reasons given for the delay: %s", "Motivos dados para el retraso: %s"},
		{"not_approved_draft", "What was filed had not been approved by a second person.", "Lo presentado no había sido aprobado por otra persona."},
		{"waived", "Does not apply: %s", "No aplica: %s"}, {"overdue", "Overdue since", "Vencida desde"},

		{"people", "The people affected and how they were told", "Las personas afectadas y cómo se les comunicó"},
		{"round", "Round %d", "Ronda %d"}, {"round_people", "%d people from %d files.", "%d personas de %d ficheros."},
		{"round_sent", "Sent from %s to %s.", "Enviado de %s a %s."}, {"round_sending", "Sending began %s.", "El envío empezó %s."},
		{"round_counts", "Of %d: %d taken by the relay, %d refused, %d without a usable address, %d in doubt, %d came back.",
			"De %d: %d aceptados por el servidor, %d rechazados, %d sin dirección utilizable, %d en duda, %d devueltos."},
		{"round_root", "Root over all outcomes: %s.", "Raíz sobre todos los resultados: %s."},
		{"round_none", "No notice was sent.", "No se envió ninguna comunicación."}, {"no_people", "No people were imported.", "No se importaron personas."},
		{"public", "Public communication", "Comunicación pública"}, {"erased", "People’s data erased", "Datos de las personas suprimidos"},

		{"late", "What was late, and why", "Qué se retrasó y por qué"}, {"nothing_late", "Nothing was late.", "Nada se retrasó."},
		{"late_reminder", "Duty %d, reminder %s", "Obligación %d, aviso %s"}, {"late_filing", "Duty %d, filing", "Obligación %d, presentación"},
		{"late_duty", "Duty %d", "Obligación %d"}, {"not_filed", "Due %s and not filed.", "Vencía %s y no se ha presentado."},
		{"why_not", "No reason was recorded.", "No se registró ningún motivo."},

		{"tasks", "Tasks", "Tareas"}, {"task_open", "Open; due %s, %s.", "Pendiente; vence %s, %s."}, {"task_done", "Done %s, by %s.", "Hecha %s, por %s."},
		{"no_tasks", "None.", "Ninguna."},
		{"files", "Files of the case", "Ficheros del caso"}, {"file", "%d bytes, SHA-256 %s", "%d bytes, SHA-256 %s"}, {"no_files", "None.", "Ninguno."},
		{"all", "Every entry, in the order of the record", "Todas las entradas, en el orden del registro"},
		{"entry", "%s, by %s.", "%s, por %s."}, {"entry_recorded", "%s, by %s. Recorded %s.", "%s, por %s. Registrado %s."},
		{"too_many", "There are %d entries: only the first %d stand here, all in entries.jsonl.", "Hay %d entradas: aquí solo figuran las primeras %d, todas en entries.jsonl."},
		{"days", "%d d %d h", "%d d %d h"}, {"hours", "%d h %d min", "%d h %d min"}, {"minutes", "%d min", "%d min"}, {"seconds", "%d s", "%d s"},
	}
}

// words are the report's texts in one language, and in English beside it.
type words struct {
	own, english map[string]string
}

func wordsIn(language string) words {
	w := words{own: map[string]string{}, english: map[string]string{}}
	for _, t := range slices.Concat(texts(), registerTexts()) {
		w.english[t[0]], w.own[t[0]] = t[1], t[1]
		if language == "es" {
			w.own[t[0]] = t[2]
		}
	}
	return w
}

// t gives a text in the report's language.
func (w words) t(key string, values ...any) string {
	text, known := w.own[key]
	if !known {
		return key
	}
	if len(values) == 0 {
		return text
	}
	return fmt.Sprintf(text, values...)
}

// yes says yes, no or unknown.
func (w words) yes(b bool) string {
	if b {
		return w.t("yes")
	}
	return w.t("no")
}

// long says how long something took, in its two greatest units.
func (w words) long(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d >= 24*time.Hour:
		return w.t("days", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	case d >= time.Hour:
		return w.t("hours", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return w.t("minutes", d/time.Minute)
	default:
		return w.t("seconds", d/time.Second)
	}
}

// who names an actor by role and by the beginning of a code.
func who(a incident.Actor, role func(incident.Role) string) string {
	name := role(a.Role)
	if a.ID == "" {
		return name
	}
	return name + " (" + a.ID[:min(len(a.ID), 10)] + ")"
}
