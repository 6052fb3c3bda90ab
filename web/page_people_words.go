package web

import (
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"tocsin/gdpr"
	"tocsin/incident"
)

// words are what the pages about people say in one language: a text by its
// key, and how numbers are written.
type words struct {
	// Lang is the language's tag: en or es.
	Lang  string
	texts map[string]string
	print *message.Printer
}

// wordsFor gives the words in the language of an account; English for every
// other than Spanish.
func wordsFor(locale string) words {
	base, _ := language.Make(locale).Base()
	if base.String() == "es" {
		return words{Lang: "es", texts: textsES(), print: message.NewPrinter(language.Spanish)}
	}
	return words{Lang: "en", texts: textsEN(), print: message.NewPrinter(language.English)}
}

var (
	textsEN = sync.OnceValue(func() map[string]string { return textsIn(1) })
	textsES = sync.OnceValue(func() map[string]string { return textsIn(2) })
)

// textsIn are the texts by their key in the language of a column. Nobody
// writes to the map.
func textsIn(column int) map[string]string {
	list := map[string]string{}
	for _, line := range texts() {
		list[line[0]] = line[column]
	}
	return list
}

// texts are all texts of the pages that speak both languages: key, English,
// Spanish. Each area has a list of its own; no key may stand in two.
func texts() [][3]string {
	return slices.Concat(
		pageTexts(),
		stepTexts(),
		fileTexts(),
		stateTexts(),
		roundTexts(),
		coverageTexts(),
		retentionTexts(),
		caseTexts(),
		assessmentTexts(),
		adviceTexts(),
		notificationTexts(),
		answerTexts(),
		recordTexts(),
		eventTexts(),
		overviewTexts(),
		accountTexts(),
		signalTexts(),
		liveTexts(),
		doorTexts(),
		keyTexts(),
		signOnTexts(),
		listTexts(),
		lawTexts(),
		stepsTexts(),
		frameTexts(),
		vendorTexts(),
		trailTexts(),
		registerTexts(),
		figuresTexts(),
		atTexts(),
		fieldThenTexts(),
		logDrawnTexts(),
		settingsTexts(),
		settingValueTexts(),
		settingRelayTexts(), columnTexts(),
		discloseTexts(),
		taskTexts(),
	)
}

// T gives a text by its key, with values in place of its verbs. A key that
// nobody wrote shows itself: a test finds it.
func (w words) T(key string, values ...any) string {
	if w.texts == nil {
		w = wordsFor("en") // for who is not signed in
	}
	text, known := w.texts[key]
	if !known {
		return "?" + key + "?"
	}
	if len(values) == 0 {
		return text
	}
	return w.print.Sprintf(text, values...)
}

// N writes a number as the language does.
func (w words) N(n int) string { return w.print.Sprintf("%d", n) }

// People writes how many people something concerns.
func (w words) People(n int) string {
	if n == 1 {
		return w.T("one_person")
	}
	return w.T("n_people", n)
}

// Kind names a kind of data.
func (w words) Kind(key string) string {
	kind, known := gdpr.DataKindByKey(key)
	switch {
	case !known:
		return w.T("kind_other")
	case w.Lang == "es":
		return kind.Label.ES
	default:
		return kind.Label.EN
	}
}

// State names the state of a notice, a round or a person.
func (w words) State(name string) string { return w.T("state_" + name) }

// Role names who acted.
func (w words) Role(role incident.Role) string {
	if w.Lang != "es" {
		return roleInWords(role)
	}
	return w.T("role_" + string(role))
}

// Field names the field that a column fills.
func (w words) Field(name string) string {
	switch kind, counted := strings.CutPrefix(name, "kind:"); {
	case name == "-":
		return w.T("field_none")
	case counted:
		return w.T("field_counted", w.Kind(kind))
	case w.texts["field_"+name] != "":
		return w.T("field_" + name)
	default:
		return w.Kind(name)
	}
}

// At writes an instant for people, with its offset.
func (w words) At(t time.Time, place *time.Location) string {
	switch {
	case t.IsZero():
		return "–"
	case w.Lang == "es":
		return markedInstant(t, place, instantES)
	default:
		return markedInstant(t, place, instant)
	}
}

// Left says how long the rest takes.
func (w words) Left(seconds int64) string {
	switch {
	case seconds <= 0:
		return ""
	case seconds < 90:
		return w.T("left_seconds", seconds)
	case seconds < 90*60:
		return w.T("left_minutes", (seconds+30)/60)
	default:
		return w.T("left_hours", (seconds+1800)/3600)
	}
}

// Language names a language in itself.
func (w words) Language(tag string) string {
	names := map[string]string{
		"ca": "Català", "de": "Deutsch", "en": "English", "es": "Español", "fr": "Français",
		"it": "Italiano", "lv": "Latviešu", "nl": "Nederlands", "pl": "Polski", "pt": "Português",
	}
	if name := names[tag]; name != "" {
		return name
	}
	return tag
}

// pageTexts are the texts of the page of people: key, English, Spanish.
func pageTexts() [][3]string {
	return [][3]string{
		{"overview", "Overview", "Resumen"},
		{"people", "People", "Personas"},
		{"people_of", "People affected", "Personas afectadas"},
		{"views", "Views of the case", "Vistas del caso"},
		{"exercise", "Exercise: this is a drill. Its mail goes to the catcher only.", "Simulacro: esto es un ejercicio. Su correo va solo al receptor de pruebas."},
		{"counting", "These numbers are those of %s. They are being counted anew: load the page again in a few seconds.", "Estas cifras son de %s. Se están contando de nuevo: vuelva a cargar la página en unos segundos."},
		{"fig_rows", "rows in the files", "filas en los ficheros"},
		{"fig_people", "people", "personas"},
		{"fig_ours", "with an account of ours", "con cuenta nuestra"},
		{"fig_owed", "still to be told", "por informar"},
		{"fig_told", "taken by their mail server", "aceptadas por su servidor"},
		{"fig_other", "need another channel", "requieren otro canal"},
		{"funnel", "From the file to the people told", "Del fichero a las personas informadas"},
		{"nobody", "Nobody is listed yet. Choose the vendor's file below and see what it holds.", "Aún no hay nadie. Elija abajo el fichero del proveedor y vea qué contiene."},
		{"spread", "By country and language", "Por país e idioma"},
		{"country", "Country", "País"},
		{"language", "Language of the notice", "Idioma del aviso"},
		{"unknown", "unknown", "desconocido"},
		{"accepted", "Taken", "Aceptados"},
		{"untold", "Another channel", "Otro canal"},
		{"more_rows", "The %d most numerous are shown.", "Se muestran los %d más numerosos."},
		{"lists", "Lists", "Listas"},
		{"list_all", "Everybody, with the state of their notice", "Todas, con el estado de su aviso"},
		{"list_untold", "Download the list for letters and calls (CSV)", "Descargar la lista para cartas y llamadas (CSV)"},
		{"list_recorded", "Who opens a list is recorded.", "Queda registrado quién abre una lista."},
		{"accounts", "Our accounts", "Nuestras cuentas"},
		{"accounts_none", "None are loaded. Load them to see who of these people has an account with you.", "No hay ninguna cargada. Cárguelas para ver quién de estas personas tiene cuenta con ustedes."},
		{"accounts_some", "%d loaded on %s. %d of them are not in the file.", "%d cargadas el %s. %d de ellas no están en el fichero."},
		{"accounts_load", "Load accounts from a file", "Cargar cuentas de un fichero"},
		{"accounts_what", "They replace those loaded before, once all are there. Only keyed hashes are kept; who loaded them is recorded.", "Sustituyen a las cargadas antes, cuando están todas. Solo se guardan resúmenes con clave; consta quién las cargó."},
		{"accounts_database", "Load accounts from our database", "Cargar cuentas de nuestra base de datos"},
		{"as_of", "As of %s. Times are those of %s.", "A fecha de %s. Las horas son las de %s."},
		{"state", "State", "Estado"},
		{"name", "Name", "Nombre"},
		{"address", "Address", "Dirección"},
		{"data", "Data concerned", "Datos afectados"},
		{"round", "Round", "Ronda"},
		{"all", "all", "todas"},
		{"show", "Show", "Mostrar"},
		{"next", "Next page", "Página siguiente"},
		{"first", "First page", "Primera página"},
		{"nobody_here", "Nobody is in this list.", "No hay nadie en esta lista."},
		{"account", "Account with us", "Cuenta con nosotros"},
		{"yes", "yes", "sí"},
		{"no", "no", "no"},
		{"back", "Back to the people", "Volver a las personas"},
		{"kind_other", "not a kind that Tocsin knows", "de un tipo que Tocsin no conoce"},
		{"role_dpo", "DPO", "DPD"}, {"role_deputy", "deputy", "adjunto"}, {"role_responder", "responder", "técnico"},
		{"role_approver", "approver", "aprobador"}, {"role_auditor", "auditor", "auditor"}, {"role_admin", "administrator", "administrador"},
		{"role_engine", "Tocsin", "Tocsin"},
	}
}

// stateTexts name the states of rounds and of notices.
func stateTexts() [][3]string {
	return [][3]string{
		{"state_none", "nothing drafted yet", "sin borrador"},
		{"state_drafted", "drafted, to be approved", "en borrador, por aprobar"},
		{"state_approved", "approved, not sent", "aprobada, sin enviar"},
		{"state_sending", "being sent", "en envío"},
		{"state_paused", "paused", "en pausa"},
		{"state_finished", "finished", "terminada"},
		{"state_stopped", "stopped", "detenida"},
		{"state_pending", "to be sent", "por enviar"},
		{"state_accepted", "taken by the mail server", "aceptado por el servidor"},
		{"state_deferred", "tried again later", "se reintenta más tarde"},
		{"state_refused", "refused for good", "rechazado en firme"},
		{"state_undeliverable", "no address that mail reaches", "sin dirección utilizable"},
		{"state_unknown", "in doubt, sent once more", "en duda, se reenvía una vez"},
		{"state_bounced", "came back", "devuelto"},
	}
}
