package web

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"tocsin/gdpr"
)

// action is a sentence that says what to do next, in both languages. The case
// says it in English; its numbers and names stand where the verbs are.
type action struct {
	form    *regexp.Regexp
	english string
}

// actionForms recognise the sentences of the case.
var actionForms = sync.OnceValue(func() []action {
	var list []action
	for _, text := range actionTexts() {
		form := regexp.QuoteMeta(text[0])
		form = strings.NewReplacer("%s", "(.*?)", "%d", `(\d+)`).Replace(form)
		list = append(list, action{regexp.MustCompile("^" + form + "$"), text[0]})
	}
	// The longest first: "Draft the %s to %s." would take in others.
	slices.SortStableFunc(list, func(a, b action) int { return len(b.english) - len(a.english) })
	return list
})

// actionIn says in a language what the case says in English. A sentence that
// nobody has put into it stays as it is.
func actionIn(text string, w words) string {
	if w.Lang == "en" {
		return text
	}
	for _, a := range actionForms() {
		found := a.form.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		values := make([]any, 0, len(found)-1)
		for _, value := range found[1:] {
			values = append(values, termIn(value, w))
		}
		return w.print.Sprintf(strings.ReplaceAll(w.texts[a.english], "%d", "%s"), values...)
	}
	return text
}

// termIn puts a word of a sentence into a language: the name of a stage, of a
// fact, of a task or of a role.
func termIn(text string, w words) string {
	if own := w.texts["term_"+text]; own != "" {
		return own
	}
	for _, task := range []string{"cut integration", "secure evidence", "ask vendor", "review vendors"} {
		if text == task {
			return taskIn(strings.ReplaceAll(task, " ", "_"), w)
		}
	}
	if own := w.texts["role_"+text]; own != "" {
		return own
	}
	for _, fact := range gdpr.KnownFacts() {
		if fact.Label.EN == text {
			return fact.Label.In(w.Lang)
		}
	}
	for _, regime := range gdpr.Regimes() {
		i := slices.IndexFunc(regime.Stages, func(s gdpr.Stage) bool { return s.Label.EN == text })
		if i >= 0 {
			return regime.Stages[i].Label.In(w.Lang)
		}
	}
	return text
}

// actionTexts are the sentences that say what to do next: English, as the case
// says it, and Spanish.
func actionTexts() [][3]string {
	return said([][2]string{
		{"Fix the instant of awareness with its reason: the clock runs from a provisional one.", "Fije el momento del conocimiento con su motivo: el plazo corre desde uno provisional."},
		{"Assess the risk and record the decision.", "Evalúe el riesgo y registre la decisión."},
		{"Tell the people affected (%s), or waive obligation %d with its reason.", "Informe a las personas afectadas (%s) o dé por no procedente la obligación %d con su motivo."},
		{"Task %d (%s) is open, owner: %s.", "La tarea %d (%s) está abierta; responsable: %s."},
		{"Say when this happened, once it has: %s. The %s to %s counts from it (obligation %d).", "Diga cuándo ocurrió esto, cuando ocurra: %s. De ello cuenta: %s a %s (obligación %d)."},
		{"Draft the %s to %s.", "Redacte: %s a %s."},
		{"File the %s with %s and record its receipt.", "Presente: %s ante %s, y registre el justificante."},
		{"Give the reasons for the delay: obligation %d to %s is overdue (%s).", "Dé los motivos del retraso: la obligación %d ante %s está vencida (%s)."},
		{"After it, file the %s with %s.", "Después, presente: %s ante %s."},
		{"Import the people affected: it was decided to tell them.", "Importe las personas afectadas: se decidió informarlas."},
		{"Draft the notice to the %d people of round %d.", "Redacte el aviso a las %d personas de la ronda %d."},
		{"A round was stopped: tell the rest in a new round, or waive obligation %d with its reason.", "Se detuvo una ronda: informe al resto en otra, o dé por no procedente la obligación %d con su motivo."},
		{"Open a follow-up: a later file exposes further data of %d who were told.", "Abra un aviso adicional: un fichero posterior expone más datos de %d personas ya avisadas."},
		{"Choose the recipients of round %d (%s) again: people were imported since. Stop it first.", "Elija de nuevo los destinatarios de la ronda %d (%s): desde entonces se importaron personas. Deténgala antes."},
		{"Draft the notice of round %d (%s) to %d recipients.", "Redacte el aviso de la ronda %d (%s) a %d destinatarios."},
		{"Have another person approve the notice of round %d.", "Haga que otra persona apruebe el aviso de la ronda %d."},
		{"Start the mailing of round %d.", "Inicie el envío de la ronda %d."},
		{"Round %d is paused%s: resume it, or stop it with a reason.", "La ronda %d está en pausa%s: reanúdela o deténgala con un motivo."},
		{"Wait: the mailing of round %d is being sent.", "Espere: el envío de la ronda %d está en curso."},
		{"Draft the public communication that takes the place of messages (GDPR Art. 34(3)(c)).", "Redacte la comunicación pública que sustituye a los mensajes (RGPD art. 34.3.c)."},
		{"Complete the public communication: %d points of GDPR Art. 34(2) are missing.", "Complete la comunicación pública: faltan %d puntos del RGPD art. 34.2."},
		{"Have another person approve the public communication.", "Haga que otra persona apruebe la comunicación pública."},
		{"Publish the communication that takes the place of messages (GDPR Art. 34(3)(c)) and record it.", "Publique la comunicación que sustituye a los mensajes (RGPD art. 34.3.c) y regístrelo."},
		{"Close the case: every duty is met.", "Cierre el caso: todas las obligaciones están cumplidas."},
		{"Nothing: the case is closed, and the data of its people were erased on %s.", "Nada: el caso está cerrado y los datos de sus personas se suprimieron el %s."},
		{"Have another person confirm that the data of the people affected are erased now, or hold the erasure.", "Haga que otra persona confirme que los datos de las personas se supriman ya, o retenga la supresión."},
		{"Decide for how long the data of the people affected are kept: the case is closed, and nothing will erase them.", "Decida cuánto se conservan los datos de las personas: el caso está cerrado y nada los suprimirá."},
		{"Nothing: the case is closed. It can be reopened with a reason.", "Nada: el caso está cerrado. Puede reabrirse con un motivo."},
	})
}

// frameTexts are the texts around every page and the terms of sentences: key,
// English, Spanish.
func frameTexts() [][3]string {
	return [][3]string{
		{"nav_main", "Main", "Principal"}, {"nav_incidents", "Incidents", "Incidentes"}, {"nav_deadlines", "Deadlines", "Plazos"},
		{"nav_out", "Sign out", "Cerrar sesión"}, {"nav_skip", "Skip to the content", "Saltar al contenido"},
		{"term_notification", "notification", "la notificación"}, {"term_rest of the notification", "rest of the notification", "el resto de la notificación"},
		{"term_follow up", "follow up", "aviso adicional"}, {"term_affected organisation", "affected organisation", "organizaciones"}, {"term_not affected", "not affected", "no afectadas"},
		{troubleEngine, troubleEngine, "Tocsin muestra lo registrado, pero ahora no puede enviar avisos ni registrar nada: su motor no responde. " +
			"Vigile usted el plazo y avise a quien administra Tocsin. Los avisos perdidos se envían cuando vuelva."},
		{troubleRelay, troubleRelay, "Ahora no sale ningún correo: el servidor de correo no responde. Los avisos se reintentan solos; " +
			"hasta entonces vigile usted el plazo y avise a quien administra Tocsin."},
	}
}
