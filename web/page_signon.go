package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/signon"
	"tocsin/web/wording"
)

// What an answer of the provider is good for.
const (
	signOnSignsIn = "sign-on"
	signOnLinks   = "sign-on-link"
	signOnAccepts = "sign-on-invitation"
)

// SignOnReturn is the path to which the provider of identities sends people
// back. The address with it is registered there.
const SignOnReturn = "/sign-in/provider/return"

// signOnAsked is what is remembered of a question to the provider.
type signOnAsked struct {
	signon.Question
	// Next is the page to which a reader goes after signing in.
	Next string `json:"next,omitempty"`
}

// askProvider remembers a question for this browser and gives the address to
// which it goes.
func (s *server) askProvider(w http.ResponseWriter, r *http.Request, purpose, account, next string) (string, error) {
	if s.SignOn == nil {
		return "", &incident.Error{Kind: incident.NotFound, Message: "no provider of identities is set up here"}
	}
	words, origin := wording.For(askedLanguage(r)), s.originOf(r)
	if wait := s.questions.take("question", origin); wait > 0 {
		return "", &incident.Error{Kind: incident.Conflict, Message: words.T("Too many failed attempts. Try again in %s.", wait.Round(time.Second).String())}
	}
	address, question, err := s.SignOn.Ask(r.Context())
	if err != nil {
		return "", s.providerFault(r, err)
	}
	data, err := json.Marshal(signOnAsked{Question: question, Next: next})
	if err != nil {
		return "", err
	}
	return address, s.Store.BeginCeremony(r.Context(), postgres.Ceremony{Purpose: purpose, Holder: s.newStep(w), Account: account, Data: data})
}

// providerFault logs what is wrong with the provider or its answer, in words that
// name nobody, and gives what is told: that it is away, or one refusal for
// everything else.
func (s *server) providerFault(r *http.Request, err error) error {
	words := wording.For(askedLanguage(r))
	if errors.Is(err, signon.ErrAway) {
		s.Logger.WarnContext(r.Context(), "the provider of identities does not answer")
		return &incident.Error{Kind: incident.Unavailable, Message: words.T("%s does not answer just now. Use another way to sign in, or try again in a minute.", s.SignOn.Name())}
	}
	if why, ok := errors.AsType[*signon.Refused](err); ok {
		s.Logger.WarnContext(r.Context(), "an answer of the provider of identities was refused", "why", why.Why)
		return s.notKnown(r)
	}
	return err
}

// notKnown is the one answer to whatever is wrong with a sign-in at the provider.
func (s *server) notKnown(r *http.Request) *incident.Error {
	return &incident.Error{Kind: incident.Unauthenticated, Message: wording.For(askedLanguage(r)).T(
		"%s did not confirm an account that is known here. Try again. The first time, use the link of your invitation, or sign in as before and link your account on the page of the ways to sign in.", s.SignOn.Name())}
}

// showProblem shows the sign-in page with what went wrong.
func (s *server) showProblem(w http.ResponseWriter, r *http.Request, next string, err error) {
	told := explain(err)
	switch told.Kind {
	case incident.Unauthenticated, incident.Unavailable, incident.Conflict:
		s.showSignInPage(w, r, statusOf(told.Kind), signInPage{frame: s.frameAsked(r, "Sign in"), Next: next, Text: told.Message})
	default:
		s.refuse(w, r, err)
	}
}

// signInAtProvider sends the browser to the provider.
func (s *server) signInAtProvider(w http.ResponseWriter, r *http.Request) {
	next := localPath(r.URL.Query().Get("next"))
	if s.SignOn == nil {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	address, err := s.askProvider(w, r, signOnSignsIn, "", next)
	if err != nil {
		s.showProblem(w, r, next, err)
		return
	}
	http.Redirect(w, r, address, http.StatusSeeOther) //nolint:gosec // the address is the provider's, of the settings
}

// returnFromProvider takes the answer of the provider, once, from the browser
// that was asked.
func (s *server) returnFromProvider(w http.ResponseWriter, r *http.Request) {
	step := s.stepToken(r)
	s.setStep(w, "", -1)
	if s.SignOn == nil {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	for _, purpose := range []string{signOnSignsIn, signOnLinks, signOnAccepts} {
		c, err := s.Store.TakeCeremony(r.Context(), purpose, step)
		if incident.KindOf(err) == incident.Invalid {
			continue // of another purpose, or none at all
		}
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		s.answered(w, r, c)
		return
	}
	s.showProblem(w, r, "/incidents", s.notKnown(r))
}

// answered says who the provider says it is, and does what was asked for.
func (s *server) answered(w http.ResponseWriter, r *http.Request, c postgres.Ceremony) {
	var a signOnAsked
	if err := json.Unmarshal(c.Data, &a); err != nil {
		s.refuse(w, r, err)
		return
	}
	query := r.URL.Query()
	who, err := s.SignOn.Identify(r.Context(), a.Question, signon.Answer{State: query.Get("state"), Code: query.Get("code"), Issuer: query.Get("iss")})
	if err != nil {
		err = s.providerFault(r, err)
	} else {
		switch c.Purpose {
		case signOnSignsIn:
			err = s.letIn(w, r, who, localPath(a.Next))
		case signOnLinks:
			err = s.linkReturned(w, r, who, c.Account)
		case signOnAccepts:
			if err = s.Store.AcceptInvitationBySignOn(r.Context(), c.Account, who.Issuer, who.Subject); err == nil {
				err = s.letIn(w, r, who, "/incidents")
			}
		}
	}
	if err != nil {
		s.showProblem(w, r, localPath(a.Next), err)
	}
}

// letIn begins a session of the account that is tied to an identity. Nobody gets
// an account by it.
func (s *server) letIn(w http.ResponseWriter, r *http.Request, who signon.Identity, next string) error {
	user, err := s.Store.SignOnUser(r.Context(), who.Issuer, who.Subject)
	if incident.KindOf(err) == incident.Unauthenticated {
		return s.notKnown(r)
	}
	if err != nil {
		return err
	}
	session, err := s.Store.SignInBySignOn(r.Context(), user.ID, who.Issuer, who.SecondFactor)
	if err != nil {
		return err
	}
	if err := s.beginSession(w, r, session); err != nil {
		return err
	}
	if session.Pending {
		next = "/sign-in/code?next=" + url.QueryEscape(next)
	}
	http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // localPath keeps it on this site
	return nil
}

// linkReturned ties an identity to the account that asked for it, and that is
// still signed in in this browser.
func (s *server) linkReturned(w http.ResponseWriter, r *http.Request, who signon.Identity, account string) error {
	user, err := s.Store.SessionUser(r.Context(), s.sessionToken(r))
	if err != nil || user.ID != account {
		return s.notKnown(r)
	}
	err = s.Store.LinkSignOn(r.Context(), user.ID, who.Issuer, who.Subject)
	words := wording.For(user.Locale)
	if incident.KindOf(err) == incident.Conflict {
		return s.showKeys(w, r, user, http.StatusConflict, keysPage{Problem: words.T("Nothing was linked: this account, or the one at %s, is linked already. Remove that link first.", s.SignOn.Name())})
	}
	if err != nil {
		return err
	}
	s.tellHolder(r.Context(), user.ID)
	return s.showKeys(w, r, user, http.StatusOK, keysPage{Done: words.T("Linked. From now on %s opens your account here.", s.SignOn.Name())})
}

// onwardPage leads to the provider. It is a page of its own, since browsers
// follow no form to another site from here.
type onwardPage struct {
	frame
	Provider, Address string
}

func (s *server) showOnward(w http.ResponseWriter, r *http.Request, f frame, address string) {
	s.show(w, r, http.StatusOK, "onward", onwardPage{frame: f, Provider: s.SignOn.Name(), Address: address})
}

// linkProvider begins to tie an account at the provider to the own account.
func (s *server) linkProvider(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var address string
	err := func() error {
		if err := readForm(w, r, 64<<10); err != nil {
			return err
		}
		session, err := s.ownSession(r, user)
		if err != nil {
			return err
		}
		if err = s.confirmed(r, user, session); err != nil {
			return err
		}
		address, err = s.askProvider(w, r, signOnLinks, user.ID, "")
		return err
	}()
	if err != nil {
		return s.showKeyProblem(w, r, user, err)
	}
	s.showOnward(w, r, s.frameFor(r, user, wording.For(user.Locale).T("Ways to sign in")), address)
	return nil
}

// unlinkProvider ends the tie.
func (s *server) unlinkProvider(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.keyStep(w, r, user, func(session string) (keysPage, error) {
		if err := s.confirmed(r, user, session); err != nil {
			return keysPage{}, err
		}
		if s.SignOn == nil {
			return keysPage{}, &incident.Error{Kind: incident.NotFound, Message: "no provider of identities is set up here"}
		}
		return keysPage{Done: wording.For(user.Locale).T("The link was removed. %s opens nothing here any more.", s.SignOn.Name())},
			s.Store.UnlinkSignOn(r.Context(), user.ID, s.SignOn.Issuer())
	})
}

// acceptAtProvider begins to accept an invitation by an account at the provider,
// without a password.
func (s *server) acceptAtProvider(w http.ResponseWriter, r *http.Request) {
	s.withLink(w, r, postgres.MailInvitation, func(user postgres.User, _ string) error {
		address, err := s.askProvider(w, r, signOnAccepts, user.ID, "")
		if err != nil {
			told := explain(err)
			if told.Kind == incident.Internal || told.Kind == incident.NotFound {
				return err
			}
			s.showWelcome(w, r, user, statusOf(told.Kind), told.Message)
			return nil
		}
		words := wording.For(user.Locale)
		s.showOnward(w, r, frame{Title: words.T("Ways to sign in"), Lang: words.Lang, W: words}, address)
		return nil
	})
}

// mayUsePassword says whether an account may be signed in to without the
// provider. Where the installation says that all sign in there, a DPO with a
// second factor still may: when the provider is away, somebody must get in.
func (s *server) mayUsePassword(r *http.Request, user postgres.User) (bool, error) {
	if s.SignOn == nil || !s.SignOnOnly {
		return true, nil
	}
	if user.Role != incident.RoleDPO {
		return false, nil
	}
	factor, err := s.Store.SecondFactor(r.Context(), user.ID)
	return factor.On, err
}
