package web

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/pquerna/otp"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// tokenShown is a token in the list of its owner.
type tokenShown struct {
	ID, Name, Made, Used, State string
	ReadsOnly, Open             bool
}

// accountPage is what a person sees and changes of the own account.
type accountPage struct {
	frame
	// Done says what was done, Problem what was wrong; both may be empty.
	Done, Problem string
	Role          string
	Factor        postgres.SecondFactor
	// Secret is what waits to be confirmed, in groups of four; empty for none.
	Secret string
	// HasPassword says that the account has one, by which a new device is confirmed.
	HasPassword bool
	// Demanded says from when on a second factor is demanded of the reader who has
	// none; empty for never.
	Demanded string
	// Recovery are the codes for a lost device, shown once.
	Recovery []string
	// Token opens the API, shown once; TokenName is what it is for.
	Token, TokenName string
	Tokens           []tokenShown
	// Calendar is the address of the calendar of deadlines, shown once;
	// HasCalendar says that there is one, MayCalendar that there may be one.
	Calendar                 string
	HasCalendar, MayCalendar bool
	// Sessions are those that are not over; Others says that there are more than this.
	Sessions []sessionShown
	Others   bool
	// KeepsAccounts says that the person keeps the accounts of others.
	KeepsAccounts bool
	// Locales are the languages that the pages speak.
	Locales []choice
	// AskLanguage opens the form of language and zone.
	AskLanguage bool
}

// accountPages are the page of the own account with its buttons.
func (s *server) accountPages() []pageRoute {
	return []pageRoute{
		{"GET", "/account", everyone(), false, s.accountPage},
		{"GET", "/account/second-factor.png", everyone(), false, s.factorImage},
		{"POST", "/account/language", everyone(), false, s.changeLanguage},
		{"POST", "/account/password", everyone(), false, s.changePassword},
		{"POST", "/account/sessions", everyone(), false, s.endSessions},
		{"POST", "/account/sessions/{session}/end", everyone(), false, s.endOneSession},
		{"POST", "/account/second-factor", everyone(), false, s.proposeFactor},
		{"POST", "/account/second-factor/confirm", everyone(), false, s.confirmFactor},
		{"POST", "/account/second-factor/remove", everyone(), false, s.removeFactor},
		{"POST", "/account/tokens", everyone(), false, s.createTokenPage},
		{"POST", "/account/tokens/{token}/revoke", everyone(), false, s.revokeTokenPage},
		{"POST", "/account/calendar", caseReaders(), false, s.createCalendar},
		{"POST", "/account/calendar/remove", everyone(), false, s.removeCalendar},
	}
}

// accountPage shows the own account.
func (s *server) accountPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.showAccount(w, r, user, http.StatusOK, accountPage{})
}

// showAccount completes a page and shows it.
func (s *server) showAccount(w http.ResponseWriter, r *http.Request, user postgres.User, status int, page accountPage) error {
	if mustSetUp(r) {
		return s.showSetUp(w, r, user, status, page)
	}
	words := wording.For(user.Locale)
	page.frame = s.frameFor(r, user, words.T("Your account"))
	page.AtAccount = true
	if said := words.Own(page.Done); said != "" {
		page.Done = said
	}
	page.Role, page.Locales = words.Role(user.Role), []choice{{"en", "English"}, {"es", "Español"}}
	var err error
	if page.Factor, err = s.Store.SecondFactor(r.Context(), user.ID); err != nil {
		return err
	}
	if err := s.fillSessions(r.Context(), &page, user, s.sessionToken(r)); err != nil {
		return err
	}
	secret, err := s.Store.ProposedSecondFactor(r.Context(), user.ID)
	if err != nil {
		return err
	}
	page.Secret = inGroups(secret)
	if page.HasPassword, err = s.Store.HasPassword(r.Context(), user.ID); err != nil {
		return err
	}
	if !page.Factor.On {
		if page.Demanded, err = s.demandOf(r.Context(), user, words); err != nil {
			return err
		}
	}
	page.KeepsAccounts = slices.Contains(accountKeepers(), user.Role)
	page.MayCalendar = slices.Contains(caseReaders(), user.Role)
	if page.HasCalendar, err = s.Store.HasCalendar(r.Context(), user.ID); err != nil {
		return err
	}
	tokens, err := s.Store.Tokens(r.Context(), user.ID)
	if err != nil {
		return err
	}
	place := zoneOf(user.Zone)
	for _, t := range tokens {
		one := tokenShown{ID: t.ID, Name: t.Name, ReadsOnly: t.ReadsOnly, Made: words.At(t.CreatedAt, place), Used: words.T("never"), State: words.T("no end"), Open: true}
		if t.UsedAt != nil {
			one.Used = words.At(*t.UsedAt, place)
		}
		switch {
		case t.RevokedAt != nil:
			one.State, one.Open = words.T("revoked %s", words.At(*t.RevokedAt, place)), false
		case t.ExpiresAt != nil && !t.ExpiresAt.After(s.Clock()):
			one.State, one.Open = words.T("ended %s", words.At(*t.ExpiresAt, place)), false
		case t.ExpiresAt != nil:
			one.State = words.T("until %s", words.At(*t.ExpiresAt, place))
		}
		page.Tokens = append(page.Tokens, one)
	}
	s.show(w, r, status, "account", page)
	return nil
}

// step carries out one form of the account's page: what a person gave wrongly
// is told on the page itself, and what was shown once stays on it. A token of the API
// does none of it.
func (s *server) step(w http.ResponseWriter, r *http.Request, user postgres.User, do func(form url.Values) (accountPage, error)) error {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		return incident.InvalidField("form", "", "cannot be read", "the form on the page of your account")
	}
	page, err := accountPage{}, error(nil)
	if _, err = s.ownSession(r, user); err == nil {
		page, err = do(r.PostForm)
	}
	switch kind := incident.KindOf(err); {
	case err == nil:
		s.tellHolder(r.Context(), user.ID)
		return s.showAccount(w, r, user, http.StatusOK, page)
	case kind == incident.Invalid || kind == incident.Conflict || kind == incident.NotFound:
		told := explain(err)
		return s.showAccount(w, r, user, statusOf(told.Kind), accountPage{Problem: wording.For(user.Locale).Refusal(told)})
	default:
		return err
	}
}

func (s *server) changePassword(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.step(w, r, user, func(form url.Values) (accountPage, error) {
		if form.Get("new") != form.Get("again") {
			return accountPage{}, incident.InvalidField("again", "", "differs from the new password", "the new password a second time")
		}
		// The new password is a door like the sign-in: guesses at the old one count.
		err := s.failures.guess(wording.For(user.Locale), user.ID+" password", s.originOf(r), func() error {
			told, err := s.Store.ChangePassword(r.Context(), user.ID, form.Get("old"), form.Get("new"), s.sessionToken(r))
			if err == nil {
				s.mailSoon(r.Context(), told)
			}
			return err
		})
		if err != nil {
			return accountPage{}, err
		}
		return accountPage{Done: "The password was changed. Every other session of yours has ended."}, nil
	})
}

// changeLanguage sets in which language and zone a person reads the pages.
func (s *server) changeLanguage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 16<<10); err != nil {
		return err
	}
	locale, zone := r.PostForm.Get("locale"), strings.TrimSpace(r.PostForm.Get("zone"))
	var err error
	if locale != "en" && locale != "es" {
		err = incident.InvalidField("locale", intake.Shortened(locale), "is not a language of the pages", "en or es")
	} else {
		err = s.Store.SetLanguage(r.Context(), user.ID, locale, zone)
	}
	if incident.KindOf(err) == incident.Invalid {
		return s.showAccount(w, r, user, http.StatusBadRequest, accountPage{Problem: wording.For(user.Locale).Refusal(explain(err)), AskLanguage: true})
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/account", http.StatusSeeOther)
	return nil
}

func (s *server) endSessions(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.step(w, r, user, func(url.Values) (accountPage, error) {
		n, err := s.Store.EndOtherSessions(r.Context(), user.ID, s.sessionToken(r))
		return accountPage{Done: wording.For(user.Locale).T("Other sessions that were ended: %d.", n)}, err
	})
}

func (s *server) proposeFactor(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.step(w, r, user, func(url.Values) (accountPage, error) {
		// Whoever lacks a factor that is demanded has signed in for this and nothing else.
		if !mustSetUp(r) {
			if err := s.confirmed(r, user, s.sessionToken(r)); err != nil {
				return accountPage{}, err
			}
		}
		_, err := s.Store.ProposeSecondFactor(r.Context(), user.ID)
		return accountPage{}, err
	})
}

func (s *server) confirmFactor(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.step(w, r, user, func(form url.Values) (accountPage, error) {
		codes, err := s.Store.ConfirmSecondFactor(r.Context(), user.ID, form.Get("code"), s.sessionToken(r))
		return accountPage{Recovery: codes, Done: "The second factor is on. From now on a code is asked for when you sign in."}, err
	})
}

func (s *server) removeFactor(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.step(w, r, user, func(form url.Values) (accountPage, error) {
		err := s.failures.guess(wording.For(user.Locale), user.ID+" code", s.originOf(r), func() error {
			return s.Store.RemoveSecondFactor(r.Context(), user.ID, form.Get("code"))
		})
		return accountPage{Done: "The app is no second factor any more. Without a passkey the password alone opens your account."}, err
	})
}

// factorImage is the proposed secret as a picture for the app.
func (s *server) factorImage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	secret, err := s.Store.ProposedSecondFactor(r.Context(), user.ID)
	if err != nil {
		return err
	}
	if secret == "" {
		return &incident.Error{Kind: incident.NotFound, Message: "no second factor waits to be confirmed"}
	}
	address := url.URL{Scheme: "otpauth", Host: "totp", Path: "/Tocsin:" + user.Email,
		RawQuery: url.Values{"secret": {secret}, "issuer": {"Tocsin"}}.Encode()}
	key, err := otp.NewKeyFromURL(address.String())
	if err != nil {
		return fmt.Errorf("write the secret as an address: %w", err)
	}
	picture, err := key.Image(240, 240)
	if err != nil {
		return fmt.Errorf("draw the secret: %w", err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return fmt.Errorf("draw the secret: %w", err)
	}
	w.Header().Set("Content-Type", "image/png")
	// A reader that went away cannot be told so.
	_, _ = out.WriteTo(w)
	return nil
}

// lifetimes of tokens that the page offers, in days; 0 has no end.
var lifetimes = map[string]int{"30": 30, "90": 90, "365": 365, "0": 0}

func (s *server) createTokenPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.step(w, r, user, func(form url.Values) (accountPage, error) {
		days, known := lifetimes[form.Get("days")]
		if !known {
			return accountPage{}, incident.InvalidField("days", intake.Shortened(form.Get("days")), "is not offered", "30, 90, 365 or 0")
		}
		in := postgres.NewToken{Name: form.Get("name"), ReadsOnly: form.Get("may") != "change"}
		if days > 0 {
			in.ExpiresAt = s.Clock().AddDate(0, 0, days)
		}
		token, secret, err := s.Store.CreateToken(r.Context(), user.ID, in)
		return accountPage{Token: secret, TokenName: token.Name}, err
	})
}

func (s *server) revokeTokenPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.step(w, r, user, func(url.Values) (accountPage, error) {
		err := s.Store.RevokeToken(r.Context(), user.ID, strings.TrimSpace(r.PathValue("token")))
		return accountPage{Done: "The token was revoked and opens nothing any more."}, err
	})
}
