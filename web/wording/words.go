package wording

import (
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/translation"
)

// Words are what the pages say in one language: a text by its key, and how
// numbers are written.
type Words struct {
	// Lang is the language's tag: en or es.
	Lang  string
	texts map[string]string
	print *message.Printer
}

// For gives the words in the language of an account; English for every
// other than Spanish.
func For(locale string) Words {
	base, _ := language.Make(locale).Base()
	if base.String() == "es" {
		return Words{Lang: "es", texts: textsES(), print: message.NewPrinter(language.Spanish)}
	}
	return Words{Lang: "en", texts: textsEN(), print: message.NewPrinter(language.English)}
}

var (
	textsEN = sync.OnceValue(func() map[string]string { return textsIn(1) })
	textsES = sync.OnceValue(func() map[string]string { return textsIn(2) })
)

// textsIn are the texts by their key in the language of a column. Nobody
// writes to the map.
func textsIn(column int) map[string]string {
	list := map[string]string{}
	for _, line := range Texts() {
		list[line[0]] = line[column]
	}
	return list
}

// Texts are all texts of the pages that speak both languages: key, English,
// Spanish. Each area has a list of its own; no key may stand in two.
func Texts() [][3]string {
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
		EventTexts(),
		overviewTexts(),
		accountTexts(),
		signalTexts(),
		liveTexts(),
		doorTexts(),
		keyTexts(),
		signOnTexts(),
		listTexts(),
		calendarTexts(),
		lawTexts(),
		stepsTexts(),
		frameTexts(),
		vendorTexts(),
		trailTexts(),
		registerTexts(),
		figuresTexts(),
		atTexts(),
		FieldThenTexts(),
		logDrawnTexts(),
		settingsTexts(),
		settingValueTexts(),
		settingRelayTexts(), columnTexts(),
		discloseTexts(),
		taskTexts(),
		joinTexts(),
	)
}

// T gives a text by its key, with values in place of its verbs. A key that
// nobody wrote shows itself: a test finds it.
func (w Words) T(key string, values ...any) string {
	if w.texts == nil {
		w = For("en") // for who is not signed in
	}
	text, known := w.texts[key]
	if !known {
		return "?" + key + "?"
	}
	if len(values) == 0 {
		return text
	}
	return translation.In(w.Lang).Contracted(w.print.Sprintf(text, values...))
}

// Own gives the text that somebody wrote for a key; empty when nobody did.
func (w Words) Own(key string) string { return w.texts[key] }

// Decimal writes a number with one place as the language does.
func (w Words) Decimal(n float64) string { return w.print.Sprintf("%.1f", n) }

// N writes a number as the language does.
func (w Words) N(n int) string { return w.print.Sprintf("%d", n) }

// People writes how many people something concerns.
func (w Words) People(n int) string {
	if n == 1 {
		return w.T("one_person")
	}
	return w.T("n_people", n)
}

// Kind names a kind of data.
func (w Words) Kind(key string) string {
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
func (w Words) State(name string) string { return w.T("state_" + name) }

// Role names who acted.
func (w Words) Role(role incident.Role) string {
	if w.Lang != "es" {
		return role.Called()
	}
	return w.T("role_" + string(role))
}

// Field names the field that a column fills.
func (w Words) Field(name string) string {
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
func (w Words) At(t time.Time, place *time.Location) string {
	switch {
	case t.IsZero():
		return "–"
	case w.Lang == "es":
		return MarkInstant(t, place, instantES)
	default:
		return MarkInstant(t, place, instant)
	}
}

// Remaining says how much time is left, or how late it is. clock.js writes the
// same form.
func (w Words) Remaining(left time.Duration) string {
	if left < 0 {
		return w.T("late_by", Span(left))
	}
	return w.T("left_of", Span(left))
}

// Days says how many days are left, whole ones.
func (w Words) Days(left time.Duration) string {
	switch n := int(left / (24 * time.Hour)); {
	case left <= 0:
		return w.T("days_none")
	case n == 0:
		return w.T("days_less")
	case n == 1:
		return w.T("days_one")
	default:
		return w.T("days_n", n)
	}
}

// Left says how long the rest takes.
func (w Words) Left(seconds int64) string {
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
func (w Words) Language(tag string) string {
	names := map[string]string{
		"ca": "Català", "de": "Deutsch", "en": "English", "es": "Español", "fr": "Français",
		"it": "Italiano", "lv": "Latviešu", "nl": "Nederlands", "pl": "Polski", "pt": "Português",
	}
	if name := names[tag]; name != "" {
		return name
	}
	return tag
}

// said gives texts whose key is the English text itself.
func said(pairs [][2]string) [][3]string {
	list := make([][3]string, 0, len(pairs))
	for _, one := range pairs {
		list = append(list, [3]string{one[0], one[0], one[1]})
	}
	return list
}
