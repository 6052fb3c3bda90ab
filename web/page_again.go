package web

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"tocsin/web/intake"
	"tocsin/web/wording"
)

// againPage gives a form back that was sent after its reader's session had ended:
// what they wrote is in their own page, to be sent again once they have signed in in
// another window. The server keeps nothing of it.
type againPage struct {
	frame
	Action string
	Fields []fieldSent
	// Texts are what a person wrote, to be read and copied.
	Texts []string
	// Bare says that nothing can be sent again: it was a file, which was not taken.
	Bare bool
}

// fieldSent is one value of a form.
type fieldSent struct{ Name, Value string }

// maxAgain bounds a form that is given back, in bytes.
const maxAgain = 256 << 10

// giveBack answers a form of a case that came without a session. It says whether it
// did; a form that says nothing is answered by signing in.
func (s *server) giveBack(w http.ResponseWriter, r *http.Request, p pageRoute) bool {
	if r.Method != http.MethodPost || !strings.HasPrefix(p.path, "/incidents/") {
		return false // settings and accounts take passwords, which no page gives back
	}
	words := wording.For(askedLanguage(r))
	page := againPage{frame: frame{Title: words.T("You were signed out"), Lang: words.Lang, W: words}, Action: r.URL.EscapedPath()}
	switch {
	case strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/"):
		page.Bare, page.Action = true, backTo(r)
	default:
		r.Body = http.MaxBytesReader(w, r.Body, maxAgain)
		if r.ParseForm() != nil || len(r.PostForm) == 0 {
			return false
		}
		page.take(r)
	}
	s.show(w, r, http.StatusUnauthorized, "again", page)
	return true
}

// take puts the fields of a form into the page, in the order of their names.
func (p *againPage) take(r *http.Request) {
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		for _, value := range r.PostForm[name] {
			if !intake.ValidText(name) || !intake.ValidText(value) {
				continue
			}
			p.Fields = append(p.Fields, fieldSent{name, value})
			// What has a space is no code and no mark of a form.
			if strings.Contains(strings.TrimSpace(value), " ") {
				p.Texts = append(p.Texts, value)
			}
		}
	}
}
