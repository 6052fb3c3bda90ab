package web

import (
	"net/http"
	"strings"

	"tocsin/postgres"
	"tocsin/web/wording"
)

// tableWords says what stands in a table that is taken away. For a person who takes
// it from a page it is in the language of the pages; the API has names that
// programs rely on, in English.
type tableWords struct{ w *wording.Words }

func tableFor(r *http.Request, user postgres.User) tableWords {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		return tableWords{}
	}
	w := wording.For(user.Locale)
	return tableWords{&w}
}

// head is the names of the columns.
func (t tableWords) head(names ...string) []string {
	list := make([]string, len(names))
	for i, name := range names {
		if list[i] = name; t.w != nil {
			list[i] = t.w.T("column_" + name)
		}
	}
	return list
}

func (t tableWords) language(locale string) string {
	if t.w == nil || locale == "" {
		return locale
	}
	return t.w.Language(locale)
}

func (t tableWords) kinds(kinds []string) string {
	if t.w == nil {
		return strings.Join(kinds, " ")
	}
	list := make([]string, len(kinds))
	for i, kind := range kinds {
		list[i] = t.w.Kind(kind)
	}
	return strings.Join(list, ", ")
}

func (t tableWords) state(state string) string {
	if t.w == nil {
		return state
	}
	return t.w.State(state)
}

// said is a sentence of ours, such as why mail cannot reach somebody.
func (t tableWords) said(english string) string {
	if t.w == nil {
		return english
	}
	return t.w.Said(english)
}
