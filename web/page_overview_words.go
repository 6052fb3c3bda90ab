package web

import (
	"time"

	"tocsin/incident"
)

// said gives texts whose key is the English text itself.
func said(pairs [][2]string) [][3]string {
	list := make([][3]string, 0, len(pairs))
	for _, one := range pairs {
		list = append(list, [3]string{one[0], one[0], one[1]})
	}
	return list
}

// retentionIn says in a sentence what becomes of people's data, or became.
func retentionIn(state *incident.State, v retentionView, w words, place *time.Location) string {
	switch v.Status {
	case retentionErased:
		at := w.At(state.Retention.ErasedAt, place)
		switch v.Because {
		case incident.ErasedByDecision:
			return w.T("The people's data were erased on %s by decision.", at)
		case incident.ErasedByList:
			return w.T("The people's data were erased on %s again, after a backup had been restored.", at)
		}
		return w.T("The people's data were erased on %s by policy.", at)
	case retentionErasing:
		return w.T("The people's data are being erased.")
	case retentionHeld:
		return w.T("Erasing is held since %s: nothing is erased until it is released.", w.At(v.Hold.At, place))
	case retentionUndecided:
		return w.T("Nobody decided for how long the people's data are kept: nothing will erase them.")
	case retentionScheduled:
		return w.T("The people's data are erased on %s.", w.At(*v.EraseAt, place))
	}
	switch v.Days {
	case 0:
		return w.T("Nobody decided yet for how long the people's data are kept once the case is closed.")
	case 1:
		return w.T("The people's data are kept for 1 day once the case is closed.")
	default:
		return w.T("The people's data are kept for %d days once the case is closed.", v.Days)
	}
}

// overviewTexts are the texts of the overview of a case: English, which is the
// key too, and Spanish.
func overviewTexts() [][3]string {
	return said([][2]string{
		{"Its clock runs %d times as fast as a real one.", "Su reloj corre %d veces más rápido que uno real."},
		{"The incident is open, and stands in the record", "El incidente está abierto y consta en el registro"},
		{"Do this at once:", "Haga esto enseguida:"},
		{"Keep every message of the vendor as a file. Delete nothing, reset nothing before it is secured. You are reminded by mail before the limit.", "Guarde cada mensaje del proveedor como fichero. No borre ni restablezca nada antes de asegurarlo. Se le avisará por correo antes del plazo."},
		{"Stages of the case", "Fases del caso"},
		{"done:", "hecho:"},
		{"Next action", "Próxima acción"},
		{"By %s.", "Antes del %s."},
		{"Go there", "Ir allí"},
		{"All that is open (%d)", "Todo lo pendiente (%d)"},
		{"More on this duty", "Más sobre esta obligación"},
		{"No duty to notify", "Sin obligación de notificar"},
		{"None was recorded for this case. Record an assessment that decides to notify, if one applies.", "No consta ninguna en este caso. Registre una evaluación que decida notificar, si procede."},
		{"Task", "Tarea"},
		{"Owner", "Responsable"},
		{"Mailing", "Envío"},
		{"Sent", "Enviados"},
		{"Came back", "Devueltos"},
		{"Waiting", "En espera"},
		{"Refused", "Rechazados"},
		{"No address", "Sin dirección"},
		{"Unknown", "En duda"},
		{"Still owed a notice:", "Aún por avisar:"},
		{"%d affected and not told yet.", "%d afectadas y aún sin avisar."},
		{"%d were told, and a later file exposes more of them: open a follow-up.", "A %d se las avisó y un fichero posterior expone más datos suyos: abra un aviso adicional."},
		{"Sent: the mail server took the message. In doubt: it is not certain whether it did.", "Enviados: el servidor de correo aceptó el mensaje. En duda: no es seguro que lo hiciera."},
		{"%d in round %d have to be told in another way, by letter or telephone. Their list is on the page of people.", "A %d de la ronda %d hay que informarlas de otro modo, por carta o teléfono. Su lista está en la página de personas."},
		{"Organisations and the lists of their own people", "Organizaciones y las listas de su propia gente"},
		{"Nobody is listed yet. The page of people takes the vendor's file of those affected.", "Aún no hay nadie. La página de personas admite el fichero del proveedor con las afectadas."},
		{"Public communication to people who cannot be told one by one", "Comunicación pública a quienes no se puede informar uno a uno"},
		{"published on %s", "publicada el %s"},
		{"Facts", "Hechos"},
		{"Erasing people's data", "Supresión de los datos de las personas"},
		{"Why: %s", "Motivo: %s"},
		{"Somebody asked to erase them now: %s.", "Alguien pidió suprimirlos ya: %s."},
		{"Another person has to confirm it.", "Otra persona tiene que confirmarlo."},
		{"%d people and %d files can no longer be read by anybody; %d files that show what was filed and sent are kept. The record verifies as before.", "Nadie puede leer ya a %d personas ni %d ficheros; se conservan %d ficheros que muestran lo presentado y enviado. El registro se verifica como antes."},
		{"Files", "Ficheros"},
		{"Audit trail", "Registro de auditoría"},
		{"The whole record of this case", "Todo el registro de este caso"},
		{"Load the page again for the latest.", "Vuelva a cargar la página para ver lo último."},
		{"No fixed time limit runs: act without undue delay.", "No corre un plazo fijo: actúe sin dilación indebida."},
		{"It was due %s.", "Venció el %s."},
		{"The filing has to state the reasons for the delay.", "La presentación tiene que indicar los motivos del retraso."},
		{"Planned by the second limit until this is known: %s.", "Planificado por el segundo límite hasta que se sepa: %s."},
		{"The reminder “%s” is not acknowledged.", "El aviso «%s» no está atendido."},
		{"Acknowledge the reminder", "Atender el aviso"},
		{"Say that you have seen it and take it on. Until somebody does, the next person is mailed.", "Diga que lo ha visto y se hace cargo. Hasta que alguien lo haga, se avisa a la persona siguiente."},
		{"The reminder “%s” was acknowledged by %s.", "El aviso «%s» lo atendió %s."},
		{"Next reminder: %s.", "Próximo aviso: %s."},
		{"Outer bound by Reg. 1182/71, for information only: %s.", "Límite exterior según el Reg. 1182/71, solo informativo: %s."},
		{"The notification", "La notificación"},
		{"Part of the notification that is answered", "Parte respondida de la notificación"},
		{"Version %d, %s.", "Versión %d, %s."},
		{"Open the notification", "Abrir la notificación"},
		{"Nothing is drafted yet. The page puts down what the case knows and says what is missing.", "Aún no hay borrador. La página recoge lo que sabe el caso y dice qué falta."},
		{"Stages", "Etapas"},
		{"Reminders", "Avisos"},
		{"No reminder has rung yet.", "Aún no ha sonado ningún aviso."},
		{"Further reminders", "Otros avisos"},
		{"Reminders that lay before the clock was set and did not ring: %d.", "Avisos anteriores a fijarse el plazo, que no sonaron: %d."},
		{"How this was computed", "Cómo se calculó"},
		{"To be confirmed in its source before you rely on it: %s.", "Por confirmar en su fuente antes de fiarse: %s."},
		{"Reminder", "Aviso"},
		{"Due", "Previsto"},
		{"Rang", "Sonó"},
		{"Mail taken", "Correo aceptado"},
		{"Acknowledged", "Atendido"},
		{"When did you become aware?", "¿Cuándo tuvo conocimiento?"},
		{"The clocks are computed anew. The reason is read by the authority.", "Los plazos se calculan de nuevo. La autoridad lee el motivo."},
		{"The instant (%s)", "El instante (%s)"},
		{"Record the instant", "Registrar el instante"},
		{"Close the case", "Cerrar el caso"},
		{"Refused while a duty is open or people are still to be told. It can be reopened with a reason.", "Se rechaza mientras haya una obligación abierta o personas por informar. Puede reabrirse con un motivo."},
		{"Outcome and lessons", "Resultado y lecciones"},
		{"Why is the case reopened?", "¿Por qué se reabre el caso?"},
		{"Reopen the case", "Reabrir el caso"},
		{"the whole rule", "toda la regla"},
		{"Filed", "Presentada"},
		{"Withdrawal filed", "Retirada presentada"},
		{"Follow-up filed", "Notificación adicional presentada"},
		{"%s as incomplete", "%s como incompleta"},
		{"%s on %s with receipt %s, in time.", "%s el %s con justificante %s, en plazo."},
		{"%s, with the reasons for the delay", "%s, con los motivos del retraso"},
		{"%s on %s with receipt %s, %s.", "%s el %s con justificante %s, %s."},
		{"Duty to tell the people affected", "Obligación de informar a las personas afectadas"},
		{"Deadline for the %s to %s", "Plazo de: %s a %s"},
		{"Deadline to notify %s", "Plazo para notificar a %s"},
		{"Duty to notify %s", "Obligación de notificar a %s"},
		{"Awareness", "Conocimiento"},
		{"Counts from: %s", "Cuenta desde: %s"},
		{"filed %s", "presentada el %s"},
		{"due %s", "vence el %s"},
		{"%s from %s", "%s desde: %s"},
		{"no fixed time limit", "sin plazo fijo"},
		{"not approved yet", "aún sin aprobar"},
		{"approved by %s", "aprobada por %s"},
		{"in another form", "en otro formato"},
		{"planned", "previsto"},
		{"acknowledged", "atendido"},
		{"before the clock was set", "anterior a fijarse el plazo"},
		{"rang, not acknowledged", "sonó, sin atender"},
		{"by an earlier clock", "de un plazo anterior"},
		{"told with a later one", "contado con uno posterior"},
		{"refused, %s", "rechazado, %s"},
		{"1 hour", "1 hora"},
		{"%s hours", "%s horas"},
		{"%s after the limit", "%s después del límite"},
		{"at the limit", "en el límite"},
		{"Disclosure", "Comunicación"},
		{"risk not judged yet", "riesgo aún sin valorar"},
		{"not decided yet", "aún sin decidir"},
		{"Review", "Revisión"},
		{"tasks, lessons", "tareas, lecciones"},
		{"version %d, %s", "versión %d, %s"},
		{"closed %s", "cerrado %s"},
		{"not required", "no procede"},
		{"%s, due %s", "%s, vence %s"},
		{"%d open", "%d abiertas"},
		{"notified", "notificada"},
		{"%d of %d written to", "%d de %d avisadas"},
		{"%d written to", "%d avisadas"},
		{"%d to tell", "%d por informar"},
		{"Told by", "Lo comunicó"},
		{"Vendor", "Proveedor"},
		{"Received", "Recibido"},
		{"Began", "Comenzó"},
		{"Ended", "Terminó"},
		{"Vendor found out", "El proveedor lo supo"},
		{"Personal data", "Datos personales"},
		{"Aware since", "Conocimiento desde"},
		{"Differs", "Difiere"},
		{"the decision is not what the rules advise; its reason stands above", "la decisión no es lo que aconsejan las reglas; su motivo está arriba"},
		{"%s; provisional, %d facts are missing", "%s; provisional, faltan %d hechos"},
		{"Open, due %s", "Abierta, vence el %s"},
		{"Done by %s, %s", "Hecha por %s, %s"},
		{"people told before, of whom more is exposed", "personas ya avisadas, de las que se expone más"},
		{"people told before", "personas ya avisadas"},
		{"administrators of organisations", "administradores de organizaciones"},
		{"people who are not affected", "personas no afectadas"},
		{"people affected whom a stopped round left out", "personas afectadas que dejó fuera una ronda detenida"},
		{"people affected", "personas afectadas"},
		{"The people's data were erased on %s by policy.", "Los datos de las personas se suprimieron el %s según la política."},
		{"The people's data were erased on %s by decision.", "Los datos de las personas se suprimieron el %s por decisión."},
		{"The people's data were erased on %s again, after a backup had been restored.", "Los datos de las personas se suprimieron de nuevo el %s, tras restaurarse una copia."},
		{"The people's data are being erased.", "Los datos de las personas se están suprimiendo."},
		{"Erasing is held since %s: nothing is erased until it is released.", "La supresión está retenida desde el %s: no se suprime nada hasta que se levante."},
		{"Nobody decided for how long the people's data are kept: nothing will erase them.", "Nadie ha decidido cuánto se conservan los datos de las personas: nada los suprimirá."},
		{"The people's data are erased on %s.", "Los datos de las personas se suprimen el %s."},
		{"Nobody decided yet for how long the people's data are kept once the case is closed.", "Nadie ha decidido aún cuánto se conservan los datos de las personas tras cerrar el caso."},
		{"The people's data are kept for 1 day once the case is closed.", "Los datos de las personas se conservan 1 día tras cerrar el caso."},
		{"The people's data are kept for %d days once the case is closed.", "Los datos de las personas se conservan %d días tras cerrar el caso."},
	})
}

// stepsTexts name what the record holds by a code: key, English, Spanish.
func stepsTexts() [][3]string {
	return [][3]string{
		{"ladder_start", "start", "inicio"}, {"ladder_due", "due", "límite"},
		{"told_by_vendor", "vendor", "proveedor"},
		{"told_by_person", "person", "una persona"},
		{"told_by_authority", "authority", "una autoridad"},
		{"told_by_press", "press", "la prensa"},
		{"told_by_own_detection", "own detection", "detección propia"},
		{"told_by_other", "other", "otros"},
		{"personal_yes", "yes", "sí"},
		{"personal_no", "no", "no"},
		{"personal_unknown", "unknown", "no se sabe"},
		{"public_is_none", "nothing drafted", "sin borrador"},
		{"public_is_drafted", "drafted", "en borrador"},
		{"public_is_approved", "approved", "aprobada"},
		{"public_is_published", "published", "publicada"},
	}
}
