package web

import (
	"net/http"
	"slices"

	"tocsin/incident"
	"tocsin/postgres"
)

// codePage asks for the code of the second factor.
type codePage struct {
	frame
	Text, Next string
	// App says that an app of the account shows codes, Key that one of its
	// passkeys can be asked for instead.
	App, Key bool
}

// showCode asks for the code of a session whose password was right.
func (s *server) showCode(w http.ResponseWriter, r *http.Request) {
	next := localPath(r.URL.Query().Get("next"))
	user, err := s.Store.PendingUser(r.Context(), s.sessionToken(r))
	if err != nil {
		s.backToSignIn(w, r, err)
		return
	}
	s.showCodePage(w, r, http.StatusOK, codePage{frame: s.frameAsked(r, "Your code"), Next: next}, user)
}

// showCodePage says by what the account can be completed, and shows the page.
func (s *server) showCodePage(w http.ResponseWriter, r *http.Request, status int, page codePage, user postgres.User) {
	factor, err := s.Store.SecondFactor(r.Context(), user.ID)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	page.App = factor.App
	if party, _ := s.parties.party(r); party != nil && factor.Passkeys > 0 {
		list, err := s.Store.Passkeys(r.Context(), user.ID)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		page.Key = slices.ContainsFunc(list, func(p postgres.Passkey) bool { return p.Party == party.Config.RPID })
	}
	s.show(w, r, status, "code", page)
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
	if page.Text = tooMany(page.W, s.failures.take(counted, origin)); page.Text != "" {
		s.showCodePage(w, r, http.StatusTooManyRequests, page, user)
		return
	}
	session, err := s.Store.CompleteSession(r.Context(), pending, r.PostForm.Get("code"))
	switch incident.KindOf(err) {
	case incident.Invalid:
		page.Text = page.W.T("That code is wrong, or was used already. Wait for the next one, or give a recovery code.")
		s.showCodePage(w, r, http.StatusUnauthorized, page, user)
		return
	case incident.Conflict:
		page.Text = page.W.T("Too many wrong codes were given for this account within the hour. Somebody may know your password. Give a recovery code, use a passkey, or wait until the next hour; then choose a new password.")
		s.showCodePage(w, r, http.StatusTooManyRequests, page, user)
		return
	case incident.Unauthenticated:
		s.failures.back(counted, origin)
		s.backToSignIn(w, r, err)
		return
	}
	if err != nil {
		s.failures.back(counted, origin)
		s.refuse(w, r, err)
		return
	}
	s.failures.right(counted, origin)
	if err := s.beginSession(w, r, session); err != nil {
		s.refuse(w, r, err)
		return
	}
	http.Redirect(w, r, page.Next, http.StatusSeeOther) //nolint:gosec // localPath keeps it on this site
}
