package activities_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"tocsin/activities"
	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp/smtptest"
	"tocsin/templates"
)

// post sends mails to accounts through a real relay.
type post struct {
	t     *testing.T
	store *postgres.Store
	a     *activities.Activities
	env   *testsuite.TestActivityEnvironment

	mu  sync.Mutex
	got map[string][]string // by recipient
}

func newPost(t *testing.T, options smtptest.Options) *post {
	t.Helper()
	p := &post{t: t, store: postgrestest.Store(t), got: map[string][]string{}}
	options.See = func(recipient string, message []byte) {
		p.mu.Lock()
		defer p.mu.Unlock()
		text := strings.ReplaceAll(string(bytes.ReplaceAll(message, []byte("=\r\n"), nil)), "\r\n", "\n")
		p.got[recipient] = append(p.got[recipient], text)
	}
	s := smtptest.Start(t, options)
	composer, err := notice.New(templates.Mail(), notice.Config{From: "privacy@example.com", Controller: "Example Platform"})
	if err != nil {
		t.Fatal(err)
	}
	p.a = &activities.Activities{
		Store: p.store, Relays: relaysTo(t, s.Address()), Composer: composer, PublicURL: "https://tocsin.example.com",
		LinkKey: []byte(strings.Repeat("k", 32)), Logger: slog.New(slog.DiscardHandler), Clock: time.Now,
	}
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	p.env = suite.NewTestActivityEnvironment()
	p.env.RegisterActivity(p.a)
	return p
}

func (p *post) send(id string) {
	p.t.Helper()
	if _, err := p.env.ExecuteActivity(p.a.SendAccountMail, id); err != nil {
		p.t.Fatal(err)
	}
}

// mails are those that a recipient has got.
func (p *post) mails(recipient string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.got[recipient]
}

func (p *post) invited() (postgres.User, postgres.AccountMail) {
	p.t.Helper()
	user, mail, err := p.store.InviteUser(p.t.Context(), postgres.NewUser{Email: "new@example.com", Name: "N", Role: incident.RoleDeputy, Locale: "es", Zone: "Europe/Madrid"})
	if err != nil {
		p.t.Fatal(err)
	}
	return user, mail
}

func TestAnInvitationIsMailedOnceToWhomItIsFor(t *testing.T) {
	p := newPost(t, smtptest.Options{})
	user, mail := p.invited()
	_, _, secret, _, err := p.store.MailToSend(t.Context(), mail.ID)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // again, as after a crash: it is known that it was sent
		p.send(mail.ID)
	}
	got := p.mails("new@example.com")
	if len(got) != 1 || !strings.Contains(got[0], "https://tocsin.example.com/invitation/"+secret) || !strings.Contains(got[0], "Content-Language: es") {
		t.Errorf("the mails are %q", got)
	}
	if waiting, err := p.store.Invitations(t.Context()); err != nil || waiting[user.ID].SentAt == nil || waiting[user.ID].RefusedAt != nil {
		t.Errorf("waiting is %+v: %v", waiting[user.ID], err)
	}
	p.send("nothing-of-this-id")
}

func TestAWithdrawnInvitationIsNotMailed(t *testing.T) {
	p := newPost(t, smtptest.Options{})
	user, mail := p.invited()
	if err := p.store.WithdrawInvitation(t.Context(), incident.Engine(), user.ID); err != nil {
		t.Fatal(err)
	}
	p.send(mail.ID)
	if got := p.mails("new@example.com"); len(got) != 0 {
		t.Errorf("it was mailed: %q", got)
	}
}

func TestARefusedInvitationIsNotedAndNotOfferedAgain(t *testing.T) {
	p := newPost(t, smtptest.Options{Answer: func(string) string { return "550 5.1.1 no such mailbox" }})
	user, mail := p.invited()
	p.send(mail.ID)
	waiting, err := p.store.Invitations(t.Context())
	if err != nil || waiting[user.ID].RefusedAt == nil || waiting[user.ID].SentAt != nil {
		t.Errorf("waiting is %+v: %v", waiting[user.ID], err)
	}
	if unsent, err := p.store.UnsentMails(t.Context()); err != nil || len(unsent) != 0 {
		t.Errorf("it is still to be sent: %v, %v", unsent, err)
	}
}

func TestAPasswordIsAskedForAndItsChangeIsTold(t *testing.T) {
	p := newPost(t, smtptest.Options{})
	user, _, err := p.store.CreateUser(t.Context(), postgres.NewUser{Email: "dpo@example.com", Name: "D", Role: incident.RoleDPO, Password: "long enough to pass"})
	if err != nil {
		t.Fatal(err)
	}
	for _, email := range []string{"nobody@example.com", user.Email} {
		mail, err := p.store.AskReset(t.Context(), email)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			p.send(mail)
		}
	}
	got := p.mails(user.Email)
	if len(got) != 1 || len(p.mails("nobody@example.com")) != 0 {
		t.Fatalf("the mails are %q", got)
	}
	_, link, _ := strings.Cut(got[0], "https://tocsin.example.com/reset/")
	secret, _, _ := strings.Cut(link, "\n")
	told, err := p.store.ResetByLink(t.Context(), secret, "another sentence to go on")
	if err != nil {
		t.Fatal(err)
	}
	p.send(told)
	if got = p.mails(user.Email); len(got) != 2 || !strings.Contains(got[1], "password was changed") || !strings.Contains(got[1], "https://tocsin.example.com/forgotten") {
		t.Errorf("the mails are %q", got)
	}
}

func TestANewWayIntoAnAccountIsToldToItsHolder(t *testing.T) {
	p := newPost(t, smtptest.Options{})
	user, _, err := p.store.CreateUser(t.Context(), postgres.NewUser{Email: "dpo@example.com", Name: "D", Role: incident.RoleDPO, Locale: "es", Zone: "Europe/Madrid", Password: "long enough to pass"})
	if err != nil {
		t.Fatal(err)
	}
	token, secret, err := p.store.CreateToken(t.Context(), user.ID, postgres.NewToken{Name: "robot"})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.store.RevokeToken(t.Context(), user.ID, token.ID); err != nil {
		t.Fatal(err)
	}
	const provider = "https://sso.example.com"
	if err := p.store.LinkSignOn(t.Context(), user.ID, provider, "person-1"); err != nil {
		t.Fatal(err)
	}
	if err := p.store.UnlinkSignOn(t.Context(), user.ID, provider); err != nil {
		t.Fatal(err)
	}
	waiting, err := p.store.MailsTo(t.Context(), user.ID)
	if err != nil || len(waiting) != 4 {
		t.Fatalf("%d mails wait, %v, want one for each step", len(waiting), err)
	}
	for _, id := range append(waiting, waiting...) { // again, as after a crash
		p.send(id)
	}
	got := p.mails(user.Email)
	if len(got) != 4 || !strings.Contains(got[0], "Se ha creado un token de la API") || !strings.Contains(got[1], "Se ha revocado un token") ||
		!strings.Contains(got[2], "adido el acceso con su organizaci") || !strings.Contains(got[3], "Se ha quitado el acceso con su organizaci") ||
		!strings.Contains(got[0], "https://tocsin.example.com/account\n") || strings.Contains(strings.Join(got, ""), secret) {
		t.Errorf("the mails are %q", got)
	}
}

func TestATestMessageGoesToItsReaderAndTheRelaysAnswerIsKept(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		taken        bool
	}{{"taken", "", true}, {"refused", "550 5.1.1 no such mailbox", false}} {
		t.Run(c.name, func(t *testing.T) {
			options := smtptest.Options{}
			if c.answer != "" {
				options.Answer = func(string) string { return c.answer }
			}
			p := newPost(t, options)
			user, _, err := p.store.CreateUser(t.Context(), postgres.NewUser{Email: "dpo@example.com", Name: "D", Role: incident.RoleDPO})
			if err != nil {
				t.Fatal(err)
			}
			mail, err := p.store.AskTestMail(t.Context(), user.ID)
			if err != nil {
				t.Fatal(err)
			}
			p.send(mail.ID)
			last, asked, err := p.store.LastTestMail(t.Context(), user.ID)
			if err != nil || !asked || (last.SentAt != nil) != c.taken || (last.RefusedAt != nil) == c.taken {
				t.Errorf("the test is %+v, %v, %v", last, asked, err)
			}
			if got := p.mails(user.Email); c.taken && (len(got) != 1 || !strings.Contains(got[0], "You asked for this message")) {
				t.Errorf("the mails are %q", got)
			}
			notes, err := p.store.RelayNotes(t.Context())
			if err != nil || len(notes) != 1 {
				t.Fatalf("the relays are %+v, %v", notes, err)
			}
			for _, n := range notes {
				if n.AcceptedAt.IsZero() == c.taken || n.Failure != "" {
					t.Errorf("the relay is noted as %+v", n)
				}
			}
		})
	}
}
