package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/smtp"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// accountsPath is the page of all accounts.
const accountsPath = "/settings/accounts"

// colleagueShown is an account in the list of those who keep accounts.
type colleagueShown struct {
	ID, Name, Email, Role string
	// State says in a sentence how far the account is.
	State string
	// Factor says that a second factor is on.
	Factor bool
	// Lacks says that one is demanded and there is none.
	Lacks bool
	// Ended, Invited and Open say that the account ended, that its holder has not
	// accepted yet, and that the link of the invitation works.
	Ended, Invited, Open bool
	// Own is the reader's own account.
	Own bool
}

// accountsPage lists the accounts and adds one.
type accountsPage struct {
	frame
	Done, Problem string
	Accounts      []colleagueShown
	Roles         []choice
	Locales       []choice
	// Given is what was filled in when it was refused.
	Given postgres.NewUser
	// Asked opens the form.
	Asked bool
	// Demand is of which roles a second factor is demanded.
	Demand demandShown
}

// accountsPages are the page of all accounts and its buttons.
func (s *server) accountsPages() []pageRoute {
	return []pageRoute{
		{"GET", accountsPath, accountKeepers(), false, s.accountsPage},
		{"POST", accountsPath, accountKeepers(), false, s.inviteOnPage},
		{"POST", accountsPath + "/{user}/invite", accountKeepers(), false, s.inviteAgainOnPage},
		{"POST", accountsPath + "/{user}/withdraw", accountKeepers(), false, s.withdrawOnPage},
		{"POST", accountsPath + "/{user}/reset", accountKeepers(), false, s.resetOnPage},
		{"POST", accountsPath + "/{user}/end", accountKeepers(), false, s.endOnPage},
	}
}

func (s *server) accountsPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.showAccounts(w, r, user, http.StatusOK, accountsPage{})
}

func (s *server) showAccounts(w http.ResponseWriter, r *http.Request, user postgres.User, status int, page accountsPage) error {
	words := wording.For(user.Locale)
	page.frame = s.frameFor(r, user, words.T("Accounts"))
	page.Locales = []choice{{"en", "English"}, {"es", "Español"}}
	for _, role := range incident.Roles() {
		page.Roles = append(page.Roles, choice{string(role), words.Role(role)})
	}
	page.Given.Role = cmp.Or(page.Given.Role, incident.RoleResponder)
	chosen, err := s.Store.Settings(r.Context())
	if err != nil {
		return err
	}
	page.Given.Locale, page.Given.Zone = cmp.Or(page.Given.Locale, chosen[incident.SettingAccountLanguage], user.Locale), cmp.Or(page.Given.Zone, user.Zone)
	users, err := s.Store.Users(r.Context())
	if err != nil {
		return err
	}
	withFactor, err := s.Store.WithSecondFactor(r.Context())
	if err != nil {
		return err
	}
	waiting, err := s.Store.Invitations(r.Context())
	if err != nil {
		return err
	}
	var demand incident.DemandFactor
	if page.Demand, demand, err = s.showDemand(r.Context(), user, words); err != nil {
		return err
	}
	for _, u := range users {
		invitation, invited := waiting[u.ID]
		page.Accounts = append(page.Accounts, colleagueShown{
			ID: u.ID, Name: u.Name, Email: u.Email, Role: words.Role(u.Role), Factor: withFactor[u.ID], Ended: u.EndedAt != nil,
			Lacks:   !withFactor[u.ID] && demand.Of(u.Role, s.Clock()),
			Invited: invited, Open: invited && invitation.Open(s.Clock()), Own: u.ID == user.ID,
			State: accountState(u, invitation, s.Clock(), words, zoneOf(user.Zone)),
		})
	}
	// Who has ended stands below.
	slices.SortStableFunc(page.Accounts, func(a, b colleagueShown) int {
		switch {
		case a.Ended == b.Ended:
			return 0
		case a.Ended:
			return 1
		default:
			return -1
		}
	})
	s.show(w, r, status, "accounts", page)
	return nil
}

// accountState says how far an account is.
func accountState(u postgres.User, i postgres.Invitation, now time.Time, words wording.Words, place *time.Location) string {
	switch {
	case u.EndedAt != nil:
		return words.T("Ended on %s.", words.At(*u.EndedAt, place))
	case i.Account == "":
		return words.T("In use.")
	case i.WithdrawnAt != nil:
		return words.T("The invitation was withdrawn. Invite again, or end the account.")
	case i.RefusedAt != nil:
		return words.T("The mail was refused: is the address right? If not, end this account and add another.")
	case !i.Open(now):
		return words.T("The invitation was not accepted by %s. Invite again.", words.At(i.ExpiresAt, place))
	case i.SentAt == nil:
		return words.T("Invited; the mail is on its way. The link works until %s.", words.At(i.ExpiresAt, place))
	default:
		return words.T("Invited, not accepted yet. The link works until %s.", words.At(i.ExpiresAt, place))
	}
}

// accountStep carries out one form of the page of accounts, and tells there what
// was given wrongly.
func (s *server) accountStep(w http.ResponseWriter, r *http.Request, user postgres.User, given postgres.NewUser, do func() (done string, err error)) error {
	done, err := do()
	switch kind := incident.KindOf(err); {
	case err == nil:
		return s.showAccounts(w, r, user, http.StatusOK, accountsPage{Done: done})
	case kind == incident.Invalid || kind == incident.Conflict || kind == incident.NotFound || kind == incident.Forbidden:
		told := explain(err)
		return s.showAccounts(w, r, user, statusOf(told.Kind), accountsPage{Problem: wording.Sentence(told.Error()), Given: given, Asked: given.Email != "" || given.Name != ""})
	default:
		return err
	}
}

func (s *server) inviteOnPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 16<<10); err != nil {
		return err
	}
	text := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	in := postgres.NewUser{Email: text("email"), Name: text("name"), Role: incident.Role(text("role")), Locale: text("locale"), Zone: text("zone"), By: actor(user)}
	return s.accountStep(w, r, user, in, func() (string, error) {
		if err := checkNewUser(in); err != nil {
			return "", err
		}
		_, mail, err := s.invite(r.Context(), in)
		words := wording.For(user.Locale)
		return words.T("Invited. The mail with the link is on its way; the link works until %s.", words.At(mail.ExpiresAt, zoneOf(user.Zone))), err
	})
}

// checkNewUser refuses an address that cannot be mailed and a role that is none.
func checkNewUser(in postgres.NewUser) error {
	if _, err := smtp.ParseAddress(in.Email); err != nil {
		return incident.InvalidField("email", "", "is not an address that can be mailed", "an address such as dpo@example.com")
	}
	if !in.Role.Valid() {
		return incident.InvalidField("role", intake.Shortened(string(in.Role)), "is not a role", "dpo, deputy, responder, approver, auditor or admin")
	}
	return nil
}

// invite makes an account by invitation and has the mail sent.
func (s *server) invite(ctx context.Context, in postgres.NewUser) (postgres.User, postgres.AccountMail, error) {
	user, mail, err := s.Store.InviteUser(ctx, in)
	if err == nil {
		s.mailSoon(ctx, mail.ID)
	}
	return user, mail, err
}

func (s *server) inviteAgain(ctx context.Context, by incident.Actor, account string) (postgres.AccountMail, error) {
	mail, err := s.Store.InviteAgain(ctx, by, account)
	if err == nil {
		s.mailSoon(ctx, mail.ID)
	}
	return mail, err
}

// mailSoon has a mail to an account sent. While the engine is away that is no
// error: the mail stands in the record, and is sent when what should run is
// looked for the next time.
func (s *server) mailSoon(ctx context.Context, mail string) {
	if err := s.Engine.SendAccountMail(ctx, mail); err != nil {
		s.Logger.WarnContext(ctx, "a mail to an account waits until the engine is back", "error", err.Error())
	}
}

// tellHolder has the mails sent that wait for the holder of an account. One that is
// not sent now is when what should run is looked for the next time.
func (s *server) tellHolder(ctx context.Context, account string) {
	waiting, err := s.Store.MailsTo(ctx, account)
	if err != nil {
		s.Logger.WarnContext(ctx, "mails to an account wait", "error", err.Error())
	}
	for _, id := range waiting {
		s.mailSoon(ctx, id)
	}
}

func (s *server) inviteAgainOnPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.accountStep(w, r, user, postgres.NewUser{}, func() (string, error) {
		mail, err := s.inviteAgain(r.Context(), actor(user), r.PathValue("user"))
		words := wording.For(user.Locale)
		return words.T("Invited. The mail with the link is on its way; the link works until %s.", words.At(mail.ExpiresAt, zoneOf(user.Zone))), err
	})
}

func (s *server) withdrawOnPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.accountStep(w, r, user, postgres.NewUser{}, func() (string, error) {
		return wording.For(user.Locale).T("The invitation was withdrawn. Its link opens nothing any more."),
			s.Store.WithdrawInvitation(r.Context(), actor(user), r.PathValue("user"))
	})
}

func (s *server) endOnPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 4<<10); err != nil {
		return err
	}
	return s.accountStep(w, r, user, postgres.NewUser{}, func() (string, error) {
		words := wording.For(user.Locale)
		if r.PostForm.Get("sure") != "yes" {
			return "", incident.InvalidField("sure", "", "is not ticked", "a tick: an account ends for good")
		}
		return words.T("The account has ended. What it did stays in the record."), s.Store.EndUser(r.Context(), actor(user), r.PathValue("user"))
	})
}

// welcomePage lets the holder of a link choose a password.
type welcomePage struct {
	frame
	Problem string
	// Name and Email say whose account it is; Role what the person is.
	Name, Email, Role string
	// Action is where the form goes.
	Action string
	// Provider is what the provider of identities is called, by which an
	// invitation can be accepted; empty without one.
	Provider string
}

// showInvitation shows for whom a valid link is. It changes nothing, so that a
// mail scanner that follows links spends none.
func (s *server) showInvitation(w http.ResponseWriter, r *http.Request) {
	s.withLink(w, r, postgres.MailInvitation, func(user postgres.User, _ string) error {
		s.showWelcome(w, r, user, http.StatusOK, "")
		return nil
	})
}

func (s *server) acceptInvitation(w http.ResponseWriter, r *http.Request) {
	s.withLink(w, r, postgres.MailInvitation, func(user postgres.User, secret string) error {
		return s.choosePassword(w, r, user, func(password string) error {
			return s.Store.AcceptInvitation(r.Context(), secret, password)
		})
	})
}

// withLink does something for who has a valid link. Wrong links are counted by
// where they come from, and after too many nothing is looked up: whatever is
// wrong, the answer is the same.
func (s *server) withLink(w http.ResponseWriter, r *http.Request, kind string, do func(user postgres.User, secret string) error) {
	secret, origin := r.PathValue("secret"), s.originOf(r)
	if len(secret) > 200 || s.links.wait("", origin) > 0 {
		secret = "" // of nobody
	}
	user, err := s.Store.LinkHolder(r.Context(), kind, secret)
	if err == nil {
		err = do(user, secret)
	}
	if incident.KindOf(err) == incident.NotFound {
		s.links.add("", origin)
	}
	if err != nil {
		s.refuse(w, r, err)
	}
}

func (s *server) showWelcome(w http.ResponseWriter, r *http.Request, user postgres.User, status int, problem string) {
	words := wording.For(user.Locale)
	// The form of the provider comes back to the page of the link.
	action := strings.TrimSuffix((&url.URL{Path: r.URL.Path}).EscapedPath(), "/provider")
	page := welcomePage{
		frame: frame{Title: words.T("Choose your password"), Lang: words.Lang, W: words}, Problem: problem,
		Name: user.Name, Email: user.Email, Role: words.Role(user.Role), Action: action,
	}
	if s.SignOn != nil && strings.HasPrefix(action, "/invitation/") {
		page.Provider = s.SignOn.Name()
	}
	s.show(w, r, status, "welcome", page)
}

// choosePassword reads the new password twice and sets it. What is wrong with it
// is told on the same page, and leaves the link open.
func (s *server) choosePassword(w http.ResponseWriter, r *http.Request, user postgres.User, set func(password string) error) error {
	if err := readForm(w, r, 16<<10); err != nil {
		return err
	}
	words := wording.For(user.Locale)
	if r.PostForm.Get("new") != r.PostForm.Get("again") {
		s.showWelcome(w, r, user, http.StatusBadRequest, words.T("The two passwords differ. Give the same one twice."))
		return nil
	}
	err := set(r.PostForm.Get("new"))
	if incident.KindOf(err) == incident.Invalid {
		s.showWelcome(w, r, user, http.StatusBadRequest, words.T("Choose a password of 12 characters or more. A sentence is easy to remember."))
		return nil
	}
	if err != nil {
		return err
	}
	s.show(w, r, http.StatusOK, "message", messagePage{
		frame: frame{Title: words.T("Your password is set"), Lang: words.Lang, W: words},
		Text:  words.T("The link is used up. Sign in with your e-mail address and the password that you have just chosen."),
		Href:  "/sign-in", Link: words.T("Sign in"),
	})
	return nil
}
