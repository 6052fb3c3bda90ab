package postgres_test

import (
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// changesOf lists what happened to accounts, as it stands in the record.
func changesOf(t *testing.T, s *postgres.Store) (list []string) {
	t.Helper()
	entries, err := s.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(string(e.Entry.Data), "example.com") {
			t.Errorf("the record names an address: %s", e.Entry.Data)
		}
		_, rest, ok := strings.Cut(string(e.Entry.Data), `"what":"`)
		if !ok {
			continue
		}
		what, _, _ := strings.Cut(rest, `"`)
		list = append(list, what)
	}
	return list
}

func invite(t *testing.T, s *postgres.Store, role incident.Role) (postgres.User, postgres.AccountMail, string) {
	t.Helper()
	user, mail, err := s.InviteUser(t.Context(), postgres.NewUser{Email: "New@Example.com", Name: "New", Role: role, Locale: "es", Password: "is not taken over"})
	if err != nil {
		t.Fatal(err)
	}
	return user, mail, secretOf(t, s, mail.ID)
}

func secretOf(t *testing.T, s *postgres.Store, mail string) string {
	t.Helper()
	_, to, secret, due, err := s.MailToSend(t.Context(), mail)
	if err != nil || !due || to.Email != "new@example.com" || len(secret) != 43 {
		t.Fatalf("the mail is %v to %q with a secret of %d letters: %v", due, to.Email, len(secret), err)
	}
	return secret
}

const firstPassword = "a sentence to begin with"

func TestAnInvitationSetsTheFirstPasswordOnce(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	user, mail, secret := invite(t, s, incident.RoleDeputy)
	if again := secretOf(t, s, mail.ID); again != secret {
		t.Error("a repeated mail carries another link")
	}
	if _, err := s.UserByPassword(t.Context(), user.Email, "is not taken over"); incident.KindOf(err) != incident.Unauthenticated {
		t.Errorf("before it is accepted signing in gives %v", err)
	}
	if _, err := s.UserByPassword(t.Context(), user.Email, ""); incident.KindOf(err) != incident.Unauthenticated {
		t.Errorf("an empty password gives %v", err)
	}
	if tokens, err := s.Tokens(t.Context(), user.ID); err != nil || len(tokens) != 0 {
		t.Errorf("the invited account has tokens: %v, %v", tokens, err)
	}
	if held, err := s.LinkHolder(t.Context(), postgres.MailInvitation, secret); err != nil || held.ID != user.ID {
		t.Errorf("the link is for %q: %v", held.ID, err)
	}
	if err := s.AcceptInvitation(t.Context(), secret, "short"); incident.KindOf(err) != incident.Invalid {
		t.Errorf("a short password gives %v", err)
	}
	if err := s.AcceptInvitation(t.Context(), secret, firstPassword); err != nil {
		t.Fatal(err)
	}
	if got, err := s.UserByPassword(t.Context(), user.Email, firstPassword); err != nil || got.ID != user.ID {
		t.Errorf("signing in gives %v", err)
	}
	if err := s.AcceptInvitation(t.Context(), secret, "another long sentence"); incident.KindOf(err) != incident.NotFound {
		t.Errorf("a second use gives %v", err)
	}
	if _, err := s.InviteAgain(t.Context(), incident.Engine(), user.ID); incident.KindOf(err) != incident.Conflict {
		t.Errorf("inviting who has accepted gives %v", err)
	}
	if err := s.WithdrawInvitation(t.Context(), incident.Engine(), user.ID); incident.KindOf(err) != incident.Conflict {
		t.Errorf("withdrawing what was accepted gives %v", err)
	}
	if _, _, _, due, err := s.MailToSend(t.Context(), mail.ID); err != nil || due {
		t.Errorf("a used link is still to be sent: %v", err)
	}
	want := "added invited invitation_accepted"
	if got := strings.Join(changesOf(t, s), " "); got != want {
		t.Errorf("the record says %q, want %q", got, want)
	}
}

func TestALinkThatOpensNothingGivesOneAnswer(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	user, first, replaced := invite(t, s, incident.RoleResponder)
	if _, err := s.InviteAgain(t.Context(), incident.Engine(), user.ID); err != nil {
		t.Fatal(err)
	}
	if unsent, err := s.UnsentMails(t.Context()); err != nil || len(unsent) != 1 || unsent[0] == first.ID {
		t.Errorf("to be sent are %v: %v", unsent, err)
	}
	if err := s.WithdrawInvitation(t.Context(), incident.Engine(), user.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.WithdrawInvitation(t.Context(), incident.Engine(), user.ID); incident.KindOf(err) != incident.Conflict {
		t.Errorf("withdrawing twice gives %v", err)
	}
	mail, err := s.InviteAgain(t.Context(), incident.Engine(), user.ID)
	if err != nil {
		t.Fatal(err)
	}
	expired := secretOf(t, s, mail.ID)
	clock.advance(postgres.InvitationLife)
	if waiting, err := s.Invitations(t.Context()); err != nil || !waiting[user.ID].ExpiresAt.Equal(mail.ExpiresAt) || waiting[user.ID].SentAt != nil {
		t.Errorf("waiting are %+v: %v", waiting, err)
	}
	mail, err = s.InviteAgain(t.Context(), incident.Engine(), user.ID)
	if err != nil {
		t.Fatal(err)
	}
	ofEnded := secretOf(t, s, mail.ID)
	if err := s.EndUser(t.Context(), incident.Engine(), user.ID); err != nil {
		t.Fatal(err)
	}
	answers := map[string]bool{}
	for name, secret := range map[string]string{
		"replaced": replaced, "expired": expired, "of an account that ended": ofEnded, "forged": strings.Repeat("A", 43), "none": "",
		"an id in its place": mail.ID, "not text": "\x00\xff",
	} {
		_, err := s.LinkHolder(t.Context(), postgres.MailInvitation, secret)
		accepted := s.AcceptInvitation(t.Context(), secret, firstPassword)
		if incident.KindOf(err) != incident.NotFound || incident.KindOf(accepted) != incident.NotFound {
			t.Fatalf("a link that is %s gives %v and %v", name, err, accepted)
		}
		answers[err.Error()], answers[accepted.Error()] = true, true
	}
	if len(answers) != 1 {
		t.Errorf("the answers differ: %v", answers)
	}
	if waiting, err := s.Invitations(t.Context()); err != nil || len(waiting) != 0 {
		t.Errorf("after the end of the account wait %v: %v", waiting, err)
	}
}

func TestAnInvitedDPODoesNotReplaceTheLastOne(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	one, _, err := s.CreateUser(t.Context(), postgres.NewUser{Email: "dpo@example.com", Name: "DPO", Role: incident.RoleDPO, Password: firstPassword})
	if err != nil {
		t.Fatal(err)
	}
	_, mail, secret := invite(t, s, incident.RoleDPO)
	if err := s.EndUser(t.Context(), incident.Engine(), one.ID); incident.KindOf(err) != incident.Conflict {
		t.Errorf("ending the only DPO who can sign in gives %v", err)
	}
	if err := s.MailAnswered(t.Context(), mail.ID, true, time.Now()); err != nil {
		t.Fatal(err)
	}
	if unsent, err := s.UnsentMails(t.Context()); err != nil || len(unsent) != 0 {
		t.Errorf("a mail that was sent is still to be sent: %v, %v", unsent, err)
	}
	if err := s.AcceptInvitation(t.Context(), secret, firstPassword); err != nil {
		t.Fatal(err)
	}
	if err := s.EndUser(t.Context(), incident.Engine(), one.ID); err != nil {
		t.Error(err)
	}
}
