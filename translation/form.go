package translation

import (
	"regexp"
	"slices"
	"strings"

	"tocsin/gdpr"
	"tocsin/incident"
)

// form recognises the sentences of a format.
type form struct {
	format  string
	pattern *regexp.Regexp
	literal int // how much of the format is no value
}

// formsOf are the forms of all formats with values. A format that says more
// comes first: "Draft the %s to %s." would take in others.
func formsOf(texts map[string]string) []form {
	var list []form
	for format := range texts {
		verbs := incident.Verbs(format)
		if len(verbs) == 0 {
			continue
		}
		const mark = "\x00"
		text := incident.Fill(format, func(int) string { return mark })
		pieces := strings.Split(text, mark)
		literal := 0
		var b strings.Builder
		b.WriteString("(?s)^")
		for i, piece := range pieces {
			literal += len(piece)
			b.WriteString(regexp.QuoteMeta(piece))
			if i == len(pieces)-1 {
				break
			}
			if strings.HasSuffix(verbs[i], "d") {
				b.WriteString(`(-?\d+)`)
			} else {
				b.WriteString("(.*?)")
			}
		}
		b.WriteString("$")
		if literal >= 4 { // less says nothing about what a sentence is
			list = append(list, form{format, regexp.MustCompile(b.String()), literal})
		}
	}
	slices.SortFunc(list, func(a, b form) int {
		if a.literal != b.literal {
			return b.literal - a.literal
		}
		return strings.Compare(a.format, b.format)
	})
	return list
}

// recognise says a sentence by the form that it has; false for none.
func (t *Table) recognise(english string) (string, bool) {
	for _, f := range t.forms {
		found := f.pattern.FindStringSubmatch(english)
		if found == nil {
			continue
		}
		return t.Contracted(incident.Fill(t.texts[f.format], func(n int) string {
			if n+1 >= len(found) {
				return ""
			}
			return t.Word(found[n+1])
		})), true
	}
	return "", false
}

// Word says a word of the language: the name of a stage, a fact, a status or a
// role, by the name that the record has for it. What is in no table stays as it is.
func (t *Table) Word(english string) string {
	if own, known := t.find(english); known {
		return own
	}
	return english
}

func (t *Table) find(key string) (string, bool) {
	if t.texts == nil {
		return "", false
	}
	if own, known := t.words[key]; known {
		return own, true
	}
	if own, known := t.texts[key]; known {
		return own, true
	}
	for _, fact := range gdpr.KnownFacts() {
		if fact.Label.EN == key || fact.Name == key {
			return fact.Label.In(t.Language), true
		}
	}
	for _, regime := range gdpr.Regimes() {
		i := slices.IndexFunc(regime.Stages, func(s gdpr.Stage) bool { return s.Label.EN == key || s.Name == key })
		if i >= 0 {
			return regime.Stages[i].Label.In(t.Language), true
		}
	}
	return valueES(key)
}
