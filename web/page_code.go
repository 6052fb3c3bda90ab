package web

import (
	"net/http"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

// codePage asks for the code of the second factor.
type codePage struct {
	frame
	Text, Next string
}

// showCode asks for the code of a session whose password was right.
func (s *server) showCode(w http.ResponseWriter, r *http.Request) {
	next := localPath(r.URL.Query().Get("next"))
	if _, err := s.Store.PendingUser(r.Context(), s.sessionToken(r)); err != nil {
		s.backToSignIn(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "code", codePage{frame: s.frameAsked(r, "Your code"), Next: next})
}

// backToSignIn begins anew when no password was given, or too long ago.
func (s *server) backToSignIn(w http.ResponseWriter, r *http.Request, err error) {
	if incident.KindOf(err) == incident.Unauthenticated {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	s.refuse(w, r, err)
}

// giveCode completes the session. Wrong codes are counted apart from wrong
// passwords, so that a right password does not start the count anew.
func (s *server) giveCode(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	if err := r.ParseForm(); err != nil {
		s.refuse(w, r, incident.InvalidField("form", "", "cannot be read", "a code"))
		return
	}
	pending := s.sessionToken(r)
	user, err := s.Store.PendingUser(r.Context(), pending)
	if err != nil {
		s.backToSignIn(w, r, err)
		return
	}
	page := codePage{frame: s.frameAsked(r, "Your code"), Next: localPath(r.PostForm.Get("next"))}
	counted, origin := user.ID+" code", s.originOf(r)
	if page.Text = s.failures.shut(page.W, counted, origin); page.Text != "" {
		s.show(w, r, http.StatusTooManyRequests, "code", page)
		return
	}
	session, err := s.Store.CompleteSession(r.Context(), pending, r.PostForm.Get("code"))
	switch incident.KindOf(err) {
	case incident.Invalid:
		s.failures.add(counted, origin)
		page.Text = page.W.T("That code is wrong, or was used already. Wait for the next one, or give a recovery code.")
		s.show(w, r, http.StatusUnauthorized, "code", page)
		return
	case incident.Unauthenticated:
		s.backToSignIn(w, r, err)
		return
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.failures.forget(counted, origin)
	s.setSession(w, session.Token, int(postgres.SessionLength/time.Second))
	http.Redirect(w, r, page.Next, http.StatusSeeOther) //nolint:gosec // localPath keeps it on this site
}
