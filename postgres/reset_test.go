package postgres_test

import (
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// resetSecret decides about a question and gives the secret of its link; empty
// when nothing is sent.
func resetSecret(t *testing.T, s *postgres.Store, mail string) string {
	t.Helper()
	if err := s.DecideReset(t.Context(), mail); err != nil {
		t.Fatal(err)
	}
	_, _, secret, due, err := s.MailToSend(t.Context(), mail)
	if err != nil || due != (secret != "") {
		t.Fatalf("due is %v: %v", due, err)
	}
	return secret
}

func ask(t *testing.T, s *postgres.Store, email string) string {
	t.Helper()
	mail, err := s.AskReset(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	return mail
}

const nextPassword = "another sentence to go on"

func TestANewPasswordEndsSessionsAndNothingElse(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	session := s.begin()
	full, err := s.store.CompleteSession(t.Context(), session, s.recovery[0])
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := s.store.CreateToken(t.Context(), s.user.ID, postgres.NewToken{Name: "laptop"})
	if err != nil {
		t.Fatal(err)
	}
	mail := ask(t, s.store, " "+strings.ToUpper(s.user.Email))
	if _, err := s.store.SessionUser(t.Context(), full.Token); err != nil {
		t.Fatalf("asking ended a session: %v", err)
	}
	secret := resetSecret(t, s.store, mail)
	if secret == "" || resetSecret(t, s.store, mail) != secret {
		t.Fatal("the mail carries no link, or another the second time")
	}
	if held, err := s.store.LinkHolder(t.Context(), postgres.MailReset, secret); err != nil || held.ID != s.user.ID {
		t.Errorf("the link is for %q: %v", held.ID, err)
	}
	if _, err := s.store.LinkHolder(t.Context(), postgres.MailInvitation, secret); incident.KindOf(err) != incident.NotFound {
		t.Errorf("as an invitation it gives %v", err)
	}
	_, err = s.store.ResetByLink(t.Context(), secret, "short")
	wantKind(t, err, incident.Invalid)
	told, err := s.store.ResetByLink(t.Context(), secret, nextPassword)
	if err != nil {
		t.Fatal(err)
	}
	if mail, to, link, due, err := s.store.MailToSend(t.Context(), told); err != nil || !due || mail.Kind != postgres.MailChanged || to.ID != s.user.ID || link != "" {
		t.Errorf("told by %+v with the link %q: %v", mail, link, err)
	}
	_, err = s.store.ResetByLink(t.Context(), secret, nextPassword)
	wantKind(t, err, incident.NotFound)
	_, err = s.store.SessionUser(t.Context(), full.Token)
	wantKind(t, err, incident.Unauthenticated)
	if _, _, err := s.store.UserByToken(t.Context(), token); err != nil {
		t.Errorf("the token ended: %v", err)
	}
	if factor, err := s.store.SecondFactor(t.Context(), s.user.ID); err != nil || !factor.On {
		t.Errorf("the second factor is %+v: %v", factor, err)
	}
	if _, err := s.store.UserByPassword(t.Context(), s.user.Email, nextPassword); err != nil {
		t.Errorf("the new password is refused: %v", err)
	}
	changes := changesOf(t, s.store)
	if got := strings.Join(changes[len(changes)-2:], " "); got != "reset_asked password_reset" {
		t.Errorf("the record ends with %q", got)
	}
}

func TestOnlyWhoHasAPasswordIsSentAnotherAndNotTooOften(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	user, _ := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	gone, _ := newUser(t, s, "gone@example.com", incident.RoleResponder)
	if err := s.EndUser(t.Context(), keeper, gone.ID); err != nil {
		t.Fatal(err)
	}
	invite(t, s, incident.RoleResponder)
	for _, email := range []string{"nobody@example.com", "gone@example.com", "new@example.com", "", "\x00\xff", strings.Repeat("a", 9000)} {
		if secret := resetSecret(t, s, ask(t, s, email)); secret != "" {
			t.Errorf("a link is sent for %.30q", email)
		}
	}
	if secret := resetSecret(t, s, "no-such-mail"); secret != "" {
		t.Error("a link is sent for no question")
	}
	before := len(changesOf(t, s))
	var secrets []string
	for range postgres.ResetsPerHour {
		secrets = append(secrets, resetSecret(t, s, ask(t, s, user.Email)))
	}
	if over := resetSecret(t, s, ask(t, s, user.Email)); over != "" {
		t.Error("a further one is sent within the hour")
	}
	if n := len(changesOf(t, s)) - before; n != postgres.ResetsPerHour {
		t.Errorf("%d questions stand in the record", n)
	}
	// Using one ends the others.
	if _, err := s.ResetByLink(t.Context(), secrets[1], nextPassword); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{secrets[0], secrets[2]} {
		_, err := s.ResetByLink(t.Context(), secret, nextPassword)
		wantKind(t, err, incident.NotFound)
	}
	clock.advance(time.Hour + time.Second)
	late := resetSecret(t, s, ask(t, s, user.Email))
	clock.advance(postgres.ResetLife)
	_, err := s.ResetByLink(t.Context(), late, nextPassword)
	wantKind(t, err, incident.NotFound)
	// A question that nobody looked at opens nothing: its secret was never mailed.
	if unsent, err := s.UnsentMails(t.Context()); err != nil || len(unsent) == 0 {
		t.Errorf("to be sent are %v: %v", unsent, err)
	}
}

func TestWhoKeepsAccountsHasALinkMailedAndLearnsNothing(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	mail, err := s.store.SendReset(t.Context(), keeper, s.user.ID, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.UserByPassword(t.Context(), s.user.Email, goodPassword); err != nil {
		t.Errorf("before it is used the present password is refused: %v", err)
	}
	if factor, err := s.store.SecondFactor(t.Context(), s.user.ID); err != nil || !factor.On {
		t.Errorf("before it is used the second factor is %+v: %v", factor, err)
	}
	_, err = s.store.ResetByLink(t.Context(), resetSecret(t, s.store, mail.ID), nextPassword)
	if err != nil {
		t.Fatal(err)
	}
	if factor, err := s.store.SecondFactor(t.Context(), s.user.ID); err != nil || factor.On || factor.RecoveryCodes != 0 {
		t.Errorf("afterwards the second factor is %+v: %v", factor, err)
	}
	_, err = s.store.SendReset(t.Context(), keeper, "nobody", false)
	wantKind(t, err, incident.NotFound)
	invited, _, _ := invite(t, s.store, incident.RoleDeputy)
	_, err = s.store.SendReset(t.Context(), keeper, invited.ID, false)
	wantKind(t, err, incident.Conflict)
}
