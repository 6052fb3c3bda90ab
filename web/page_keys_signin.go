package web

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"regexp"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// stepCookie names the cookie that holds a question while nobody is signed in.
func (s *server) stepCookie() string {
	if s.secure {
		return "__Host-tocsin-step"
	}
	return "tocsin-step"
}

// newStep gives the browser a fresh cookie to hold a question with. It says
// nothing: what was asked stays on the server.
func (s *server) newStep(w http.ResponseWriter) string {
	token := rand.Text() + rand.Text()
	s.setStep(w, token, int(postgres.CeremonyLength/time.Second))
	return token
}

func (s *server) setStep(w http.ResponseWriter, token string, seconds int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure on every https address; a local one has no TLS
		Name: s.stepCookie(), Value: token, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	})
}

func (s *server) stepToken(r *http.Request) string {
	c, err := r.Cookie(s.stepCookie())
	if err != nil || len(c.Value) > 200 {
		return ""
	}
	return c.Value
}

// accountID is the form of an account's id, which is the user handle of its
// passkeys.
var accountID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// beginKeySignIn asks the browser for any passkey that it has for this address.
func (s *server) beginKeySignIn(w http.ResponseWriter, r *http.Request) {
	s.asking(w, r, func() error {
		words, origin := wording.For(askedLanguage(r)), s.originOf(r)
		party, why := s.parties.party(r)
		if party == nil {
			return &incident.Error{Kind: incident.Conflict, Message: words.T(why, s.parties.localHost)}
		}
		// Each question takes a row for five minutes, and anybody may ask.
		if wait := s.questions.take("question", origin); wait > 0 {
			return &incident.Error{Kind: incident.Conflict, Message: words.T("Too many failed attempts. Try again in %s.", wait.Round(time.Second).String())}
		}
		question, asking, err := party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
		if err != nil {
			return err
		}
		return s.ask(w, r, passkeySignsIn, s.newStep(w), "", keyAsked{Session: *asking}, question)
	}())
}

// keySignIn begins a session by a passkey in the place of password and code.
func (s *server) keySignIn(w http.ResponseWriter, r *http.Request) {
	if err := readForm(w, r, 64<<10); err != nil {
		s.refuse(w, r, err)
		return
	}
	page := signInPage{frame: s.frameAsked(r, "Sign in"), Next: localPath(r.PostForm.Get("next"))}
	session, err := func() (postgres.Session, error) {
		party, _ := s.parties.party(r)
		answer, err := readKeyAnswer(r.PostForm.Get("answer"))
		if err != nil || party == nil {
			return postgres.Session{}, unknownKey()
		}
		a, err := s.asked(r, passkeySignsIn, s.stepToken(r), "")
		if err != nil {
			return postgres.Session{}, err
		}
		id := string(answer.Response.UserHandle)
		if !accountID.MatchString(id) {
			return postgres.Session{}, unknownKey()
		}
		user, err := s.Store.User(r.Context(), id)
		if incident.KindOf(err) == incident.NotFound {
			return postgres.Session{}, unknownKey()
		}
		if err != nil {
			return postgres.Session{}, err
		}
		if may, err := s.mayUsePassword(r, user); err != nil || !may {
			return postgres.Session{}, cmp.Or[error](err, unknownKey())
		}
		return s.Store.SignInByPasskey(r.Context(), id, checkAnswer(party, user, a, answer))
	}()
	s.setStep(w, "", -1)
	switch incident.KindOf(err) {
	case incident.Invalid, incident.Unauthenticated:
		page.Text = page.W.T("That passkey opens nothing here. Try again, or sign in with your password.")
		s.showSignInPage(w, r, http.StatusUnauthorized, page)
		return
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if err := s.beginSession(w, r, session); err != nil {
		s.refuse(w, r, err)
		return
	}
	http.Redirect(w, r, page.Next, http.StatusSeeOther) //nolint:gosec // localPath keeps it on this site
}

// unknownKey is one answer to everything that is wrong with a passkey.
func unknownKey() *incident.Error {
	return incident.InvalidField("answer", "", "is not accepted", "a passkey of an account, made at this address")
}

// beginKeyCode asks the browser for a passkey of the account whose password was
// right.
func (s *server) beginKeyCode(w http.ResponseWriter, r *http.Request) {
	s.asking(w, r, func() error {
		pending := s.sessionToken(r)
		user, err := s.Store.PendingUser(r.Context(), pending)
		if err != nil {
			return err
		}
		return s.askOwner(w, r, passkeyCompletes, pending, user)
	}())
}

// keyCode completes the session by a passkey in the place of a code.
func (s *server) keyCode(w http.ResponseWriter, r *http.Request) {
	if err := readForm(w, r, 64<<10); err != nil {
		s.refuse(w, r, err)
		return
	}
	pending := s.sessionToken(r)
	user, err := s.Store.PendingUser(r.Context(), pending)
	if err != nil {
		s.backToSignIn(w, r, err)
		return
	}
	page := codePage{frame: s.frameAsked(r, "Your code"), Next: localPath(r.PostForm.Get("next"))}
	session, err := func() (postgres.Session, error) {
		party, _ := s.parties.party(r)
		answer, err := readKeyAnswer(r.PostForm.Get("answer"))
		if err != nil || party == nil {
			return postgres.Session{}, unknownKey()
		}
		a, err := s.asked(r, passkeyCompletes, pending, user.ID)
		if err != nil {
			return postgres.Session{}, err
		}
		return s.Store.CompleteSessionByPasskey(r.Context(), pending, checkAnswer(party, user, a, answer))
	}()
	switch incident.KindOf(err) {
	case incident.Invalid, incident.Unauthenticated:
		page.Text = page.W.T("That passkey is not accepted. Try again, or give a code.")
		s.showCodePage(w, r, http.StatusUnauthorized, page, user)
		return
	}
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if err := s.beginSession(w, r, session); err != nil {
		s.refuse(w, r, err)
		return
	}
	http.Redirect(w, r, page.Next, http.StatusSeeOther) //nolint:gosec // localPath keeps it on this site
}
