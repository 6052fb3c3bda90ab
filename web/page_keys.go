package web

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// freshSession is how lately somebody without a password has to have signed in
// to change the ways to sign in.
const freshSession = 10 * time.Minute

// keyShown is a passkey in the list of its owner.
type keyShown struct {
	ID, Name, Made, Used string
	// Refused says when its counter went backwards; empty when it never did.
	Refused string
	// Elsewhere is the host name that it belongs to; empty for the one at which
	// the page is read.
	Elsewhere string
	// Mine says that the page can ask for it.
	Mine bool
}

// keysPage is where a person sees and changes the ways to sign in.
type keysPage struct {
	frame
	// Done says what was done, Problem what was wrong; both may be empty.
	Done, Problem string
	// Why says why there are no passkeys at this address; empty when there are.
	Why string
	// Passkeys are those of the account; AskMine says that one of them can be
	// asked for here.
	Passkeys []keyShown
	AskMine  bool
	// Recovery are the codes for a lost device, shown once; Codes is how many are
	// left.
	Recovery []string
	Codes    int
	// HasPassword says that the account has one, by which a step is confirmed.
	HasPassword bool
	// Provider is what the provider of identities is called; empty without one.
	// Linked and LinkUsed say when the account was linked there and last used;
	// empty when it is not linked, or was not used.
	Provider, Linked, LinkUsed string
}

// keyPages are the pages about the ways to sign in.
func (s *server) keyPages() []pageRoute {
	return []pageRoute{
		{"GET", "/account/keys", everyone(), false, s.keysPage},
		{"POST", "/account/keys", everyone(), false, s.addKey},
		{"POST", "/account/keys/begin", everyone(), false, s.beginKey},
		{"POST", "/account/keys/confirm", everyone(), false, s.askForKey},
		{"POST", "/account/keys/{passkey}/remove", everyone(), false, s.removeKey},
		{"POST", "/account/provider", everyone(), false, s.linkProvider},
		{"POST", "/account/provider/remove", everyone(), false, s.unlinkProvider},
	}
}

func (s *server) keysPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.showKeys(w, r, user, http.StatusOK, keysPage{})
}

// showKeys completes the page and shows it.
func (s *server) showKeys(w http.ResponseWriter, r *http.Request, user postgres.User, status int, page keysPage) error {
	page.frame = s.frameFor(r, user, wording.For(user.Locale).T("Ways to sign in"))
	page.AtAccount = true
	party, why := s.parties.party(r)
	if why != "" {
		page.Why = page.W.T(why, s.parties.localHost)
	}
	factor, err := s.Store.SecondFactor(r.Context(), user.ID)
	if err != nil {
		return err
	}
	page.Codes = factor.RecoveryCodes
	if page.HasPassword, err = s.Store.HasPassword(r.Context(), user.ID); err != nil {
		return err
	}
	list, err := s.Store.Passkeys(r.Context(), user.ID)
	if err != nil {
		return err
	}
	place := zoneOf(user.Zone)
	for _, one := range list {
		shown := keyShown{ID: one.ID, Name: one.Name, Made: page.W.At(one.CreatedAt, place), Used: page.W.T("never")}
		if one.UsedAt != nil {
			shown.Used = page.W.At(*one.UsedAt, place)
		}
		if one.RefusedAt != nil {
			shown.Refused = page.W.At(*one.RefusedAt, place)
		}
		if shown.Mine = party != nil && party.Config.RPID == one.Party; shown.Mine {
			page.AskMine = true
		} else {
			shown.Elsewhere = one.Party
		}
		page.Passkeys = append(page.Passkeys, shown)
	}
	if s.SignOn != nil {
		page.Provider = s.SignOn.Name()
		links, err := s.Store.SignOns(r.Context(), user.ID)
		if err != nil {
			return err
		}
		for _, one := range links {
			if one.Issuer != s.SignOn.Issuer() {
				continue // of a provider that was set up before
			}
			page.Linked, page.LinkUsed = page.W.At(one.CreatedAt, place), page.W.T("never")
			if one.UsedAt != nil {
				page.LinkUsed = page.W.At(*one.UsedAt, place)
			}
		}
	}
	s.show(w, r, status, "keys", page)
	return nil
}

// ownSession gives the token of the reader's own session: a token of the API may
// do much, but not change by which means its owner signs in.
func (s *server) ownSession(r *http.Request, user postgres.User) (string, error) {
	token := s.sessionToken(r)
	if token != "" && r.Header.Get("Authorization") == "" {
		if owner, err := s.Store.SessionUser(r.Context(), token); err == nil && owner.ID == user.ID {
			return token, nil
		}
	}
	return "", &incident.Error{Kind: incident.Conflict, Message: wording.For(user.Locale).T("this is done on the page, after signing in, and not by a token")}
}

// keyStep carries out one form of the page: what a person gave wrongly is told on
// the page itself.
func (s *server) keyStep(w http.ResponseWriter, r *http.Request, user postgres.User, do func(session string) (keysPage, error)) error {
	err := readForm(w, r, 64<<10)
	var page keysPage
	if err == nil {
		var session string
		if session, err = s.ownSession(r, user); err == nil {
			page, err = do(session)
		}
	}
	if err != nil {
		return s.showKeyProblem(w, r, user, err)
	}
	s.tellHolder(r.Context(), user.ID)
	return s.showKeys(w, r, user, http.StatusOK, page)
}

// showKeyProblem tells on the page what a person has to do otherwise.
func (s *server) showKeyProblem(w http.ResponseWriter, r *http.Request, user postgres.User, err error) error {
	switch told := explain(err); incident.KindOf(err) {
	case incident.Invalid, incident.Conflict, incident.NotFound, incident.TooLarge:
		return s.showKeys(w, r, user, statusOf(told.Kind), keysPage{Problem: wording.Sentence(told.Error())})
	default:
		return err
	}
}

// notAsked is what the script is told when a question cannot be asked.
type notAsked struct {
	// Problem is a sentence for the person who reads the page.
	Problem string `json:"problem"`
}

// asking answers the script why a question was not asked.
func (s *server) asking(w http.ResponseWriter, r *http.Request, err error) {
	if err == nil {
		return
	}
	told := explain(err)
	if told.Kind == incident.Internal || told.Kind == incident.Unavailable {
		s.Logger.ErrorContext(r.Context(), "a passkey could not be asked for", "route", r.Pattern, "error", err.Error())
	}
	writeJSON(w, statusOf(told.Kind), notAsked{Problem: wording.Sentence(told.Error())})
}

// beginKey asks the browser to make a passkey, after the person has shown to be
// the one who signed in.
func (s *server) beginKey(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	s.asking(w, r, func() error {
		if err := readForm(w, r, 16<<10); err != nil {
			return err
		}
		session, err := s.ownSession(r, user)
		if err != nil {
			return err
		}
		party, why := s.parties.party(r)
		if party == nil {
			return &incident.Error{Kind: incident.Conflict, Message: wording.For(user.Locale).T(why, s.parties.localHost)}
		}
		name, err := postgres.PasskeyName(r.PostForm.Get("name"))
		if err != nil {
			return err
		}
		if err := s.confirmed(r, user, session); err != nil {
			return err
		}
		list, err := s.Store.Passkeys(r.Context(), user.ID)
		if err != nil {
			return err
		}
		owner, err := ownerOf(user, list, party)
		if err != nil {
			return err
		}
		question, asking, err := party.BeginRegistration(owner,
			webauthn.WithExclusions(webauthn.Credentials(owner.keys).CredentialDescriptors()))
		if err != nil {
			return err
		}
		return s.ask(w, r, passkeyAdds, session, user.ID, keyAsked{Session: *asking, Name: name}, question)
	}())
	return nil
}

// addKey takes the passkey that the browser made.
func (s *server) addKey(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.keyStep(w, r, user, func(session string) (keysPage, error) {
		words := wording.For(user.Locale)
		party, why := s.parties.party(r)
		if party == nil {
			return keysPage{}, &incident.Error{Kind: incident.Conflict, Message: words.T(why, s.parties.localHost)}
		}
		a, err := s.asked(r, passkeyAdds, session, user.ID)
		if err != nil {
			return keysPage{}, err
		}
		refused := incident.InvalidField("answer", "", "is not accepted", "a passkey that this browser makes at this address and unlocks")
		answer, err := protocol.ParseCredentialCreationResponseBytes([]byte(r.PostForm.Get("answer")))
		if err != nil {
			return keysPage{}, refused
		}
		key, err := party.CreateCredential(passkeyOwner{user: user}, a.Session, answer)
		if err != nil {
			return keysPage{}, refused
		}
		record, err := json.Marshal(key)
		if err != nil {
			return keysPage{}, err
		}
		_, codes, err := s.Store.AddPasskey(r.Context(), user.ID, postgres.NewPasskey{
			Name: a.Name, Credential: key.ID, Party: party.Config.RPID, Record: record,
		}, session)
		return keysPage{Recovery: codes, Done: words.T("The passkey “%s” was added. It opens your account from now on.", a.Name)}, err
	})
}

// askForKey asks the browser for a passkey of the account, to confirm a step.
func (s *server) askForKey(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	s.asking(w, r, func() error {
		session, err := s.ownSession(r, user)
		if err != nil {
			return err
		}
		return s.askOwner(w, r, passkeyConfirms, session, user)
	}())
	return nil
}

// askOwner asks the browser for a passkey of an account that is known.
func (s *server) askOwner(w http.ResponseWriter, r *http.Request, purpose, holder string, user postgres.User) error {
	party, why := s.parties.party(r)
	if party == nil {
		return &incident.Error{Kind: incident.Conflict, Message: s.wordsOf(r, user).T(why, s.parties.localHost)}
	}
	list, err := s.Store.Passkeys(r.Context(), user.ID)
	if err != nil {
		return err
	}
	owner, err := ownerOf(user, list, party)
	if err != nil {
		return err
	}
	if len(owner.keys) == 0 {
		return &incident.Error{Kind: incident.Conflict, Message: s.wordsOf(r, user).T("your account has no passkey for this address")}
	}
	question, asking, err := party.BeginLogin(owner, webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return err
	}
	return s.ask(w, r, purpose, holder, user.ID, keyAsked{Session: *asking}, question)
}

// wordsOf are the words of who is signed in, else of the browser.
func (s *server) wordsOf(r *http.Request, user postgres.User) wording.Words {
	if user.Locale == "" {
		return wording.For(askedLanguage(r))
	}
	return wording.For(user.Locale)
}

// removeKey removes a passkey, confirmed by the password or by a passkey.
func (s *server) removeKey(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.keyStep(w, r, user, func(session string) (keysPage, error) {
		if err := s.confirmed(r, user, session); err != nil {
			return keysPage{}, err
		}
		err := s.Store.RemovePasskey(r.Context(), user.ID, r.PathValue("passkey"))
		return keysPage{Done: wording.For(user.Locale).T("The passkey was removed and opens nothing any more. Delete it on the device too.")}, err
	})
}

// confirmed asks who is signed in to show it again before the ways to sign in
// change, so that a session that somebody else got hold of does not become an
// account: by a passkey, by the password, or, where there is no password, by
// having signed in just now.
func (s *server) confirmed(r *http.Request, user postgres.User, session string) error {
	words := wording.For(user.Locale)
	if text := r.PostForm.Get("answer"); text != "" {
		a, err := s.asked(r, passkeyConfirms, session, user.ID)
		if err != nil {
			return err
		}
		answer, err := readKeyAnswer(text)
		if err != nil {
			return err
		}
		party, _ := s.parties.party(r)
		if party == nil {
			return incident.InvalidField("answer", "", "is not accepted", "the address at which the passkey was made")
		}
		err = s.Store.CheckPasskey(r.Context(), user.ID, checkAnswer(party, user, a, answer))
		if incident.KindOf(err) == incident.Unauthenticated {
			return incident.InvalidField("answer", "", "is not accepted", "a passkey of this account")
		}
		return err
	}
	has, err := s.Store.HasPassword(r.Context(), user.ID)
	if err != nil {
		return err
	}
	if has {
		// The same door as the change of the password: guesses count together.
		return s.failures.guess(words, user.ID+" password", s.originOf(r), func() error {
			return s.Store.CheckPassword(r.Context(), user.ID, r.PostForm.Get("password"))
		})
	}
	began, err := s.Store.SessionBegan(r.Context(), session)
	if err != nil {
		return err
	}
	if s.Clock().Sub(began) > freshSession {
		return &incident.Error{Kind: incident.Conflict, Message: words.T("you signed in a while ago; sign out, sign in again, and do this within ten minutes")}
	}
	return nil
}
