package postgres_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// keeper keeps the accounts of others.
var keeper = incident.Actor{Role: incident.RoleAdmin, ID: "keeper"}

func TestATokenEndsByItselfWhenItIsRevokedAndWithItsAccount(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	newUser(t, s, "dpo@example.com", incident.RoleDPO)
	user, first := newUser(t, s, "deputy@example.com", incident.RoleDeputy)
	make := func(in postgres.NewToken) (postgres.Token, string) {
		t.Helper()
		token, secret, err := s.CreateToken(t.Context(), user.ID, in)
		if err != nil {
			t.Fatal(err)
		}
		return token, secret
	}
	short, shortSecret := make(postgres.NewToken{Name: "SIEM", ReadsOnly: true, ExpiresAt: start.Add(time.Hour)})
	revoked, revokedSecret := make(postgres.NewToken{Name: "old laptop"})
	_, lasting := make(postgres.NewToken{Name: "laptop"})

	found, token, err := s.UserByToken(t.Context(), shortSecret)
	if err != nil || found.ID != user.ID || !token.ReadsOnly || token.ID != short.ID {
		t.Fatalf("found %q with %+v, %v", found.ID, token, err)
	}
	if err := s.RevokeToken(t.Context(), user.ID, revoked.ID); err != nil {
		t.Fatal(err)
	}
	refused := func(what, secret string) {
		t.Helper()
		if _, _, err := s.UserByToken(t.Context(), secret); incident.KindOf(err) != incident.Unauthenticated {
			t.Errorf("%s opens: %v", what, err)
		}
	}
	refused("a revoked token", revokedSecret)
	clock.advance(time.Hour)
	refused("a token that is over", shortSecret)
	for what, secret := range map[string]string{"the first token": first, "another token": lasting} {
		if _, _, err := s.UserByToken(t.Context(), secret); err != nil {
			t.Errorf("%s does not open: %v", what, err)
		}
	}
	if err := s.EndUser(t.Context(), keeper, user.ID); err != nil {
		t.Fatal(err)
	}
	refused("the first token of an account that ended", first)
	refused("a token of an account that ended", lasting)
	if _, err := s.UserByPassword(t.Context(), "deputy@example.com", goodPassword); incident.KindOf(err) != incident.Unauthenticated {
		t.Errorf("an account that ended signs in: %v", err)
	}
	if onCall, err := s.OnCall(t.Context()); err != nil || len(onCall) != 1 {
		t.Errorf("on call are %d, %v; want the DPO alone", len(onCall), err)
	}
}

// Many come with the same token at the same time: that one of them is about to note its
// use keeps no other waiting.
func TestNobodyWaitsForWhoNotesTheUseOfAToken(t *testing.T) {
	t.Parallel()
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	user, secret := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	tx, err := connect(t, ownerURL).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT FROM token FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	limit, cancel := context.WithTimeout(t.Context(), time.Minute) // it would wait for ever
	defer cancel()
	if found, _, err := s.UserByToken(limit, secret); err != nil || found.ID != user.ID {
		t.Errorf("found %q, %v", found.ID, err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestATokenOfAnotherAccountIsNotRevoked(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	one, _ := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	other, _ := newUser(t, s, "deputy@example.com", incident.RoleDeputy)
	token, secret, err := s.CreateToken(t.Context(), one.ID, postgres.NewToken{Name: "laptop"})
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.RevokeToken(t.Context(), other.ID, token.ID), incident.NotFound)
	if _, _, err := s.UserByToken(t.Context(), secret); err != nil {
		t.Errorf("the token does not open any more: %v", err)
	}
	list, err := s.Tokens(t.Context(), one.ID)
	if err != nil || len(list) != 2 || list[0].ID != token.ID || list[0].UsedAt == nil {
		t.Errorf("the tokens are %+v, %v", list, err)
	}
}

func TestATokenThatIsWrongIsRefused(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	user, _ := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	for what, in := range map[string]postgres.NewToken{
		"no name": {}, "a name with a line break": {Name: "a\nb"},
		"an end that has passed": {Name: "x", ExpiresAt: time.Now().Add(-time.Minute)},
	} {
		if _, _, err := s.CreateToken(t.Context(), user.ID, in); incident.KindOf(err) != incident.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	for n := range postgres.MaxTokens - 1 { // the first one counts
		if _, _, err := s.CreateToken(t.Context(), user.ID, postgres.NewToken{Name: fmt.Sprint(n)}); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := s.CreateToken(t.Context(), user.ID, postgres.NewToken{Name: "one too many"})
	wantKind(t, err, incident.Conflict)
}

func TestAChangedPasswordEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	user, _ := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	begin := func() string {
		t.Helper()
		session, err := s.CreateSession(t.Context(), user.ID)
		if err != nil {
			t.Fatal(err)
		}
		return session.Token
	}
	mine, theirs := begin(), begin()
	const better = "a longer sentence than before"
	for old, next := range map[string]string{"not the password": better, goodPassword: "short"} {
		_, err := s.ChangePassword(t.Context(), user.ID, old, next, mine)
		wantKind(t, err, incident.Invalid)
	}
	if _, err := s.SessionUser(t.Context(), theirs); err != nil {
		t.Fatalf("a change that was refused ended a session: %v", err)
	}
	waiting := resetSecret(t, s, ask(t, s, "dpo@example.com"))
	if mail, err := s.ChangePassword(t.Context(), user.ID, goodPassword, better, mine); err != nil || mail == "" {
		t.Fatalf("the holder is told by the mail %q: %v", mail, err)
	}
	if _, err := s.ResetByLink(t.Context(), waiting, nextPassword); waiting == "" || incident.KindOf(err) != incident.NotFound {
		t.Errorf("a link from before the change sets another password: %v", err)
	}
	if _, err := s.SessionUser(t.Context(), mine); err != nil {
		t.Errorf("the own session ended: %v", err)
	}
	_, err := s.SessionUser(t.Context(), theirs)
	wantKind(t, err, incident.Unauthenticated)
	if _, err := s.UserByPassword(t.Context(), "dpo@example.com", better); err != nil {
		t.Errorf("the new password is refused: %v", err)
	}
	_, err = s.UserByPassword(t.Context(), "dpo@example.com", goodPassword)
	wantKind(t, err, incident.Unauthenticated)

	_, err = s.ResetUser(t.Context(), keeper, user.ID, goodPassword, true)
	wantKind(t, err, incident.Conflict) // nobody chooses a DPO's password
	if _, err := s.SessionUser(t.Context(), mine); err != nil {
		t.Errorf("a reset that was refused ended a session: %v", err)
	}
	other, _ := newUser(t, s, "responder@example.com", incident.RoleResponder)
	session, err := s.CreateSession(t.Context(), other.ID)
	if err != nil {
		t.Fatal(err)
	}
	if mail, err := s.ResetUser(t.Context(), keeper, other.ID, better, true); err != nil || mail == "" {
		t.Fatalf("the holder is told by the mail %q: %v", mail, err)
	}
	_, err = s.SessionUser(t.Context(), session.Token)
	wantKind(t, err, incident.Unauthenticated)
}

func TestTheLastDPOStays(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	one, _ := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	wantKind(t, s.EndUser(t.Context(), keeper, one.ID), incident.Conflict)
	two, _ := newUser(t, s, "dpo2@example.com", incident.RoleDPO)
	outcomes := make(chan error, 2)
	for _, id := range []string{one.ID, two.ID} {
		go func() { outcomes <- s.EndUser(t.Context(), keeper, id) }()
	}
	a, b := <-outcomes, <-outcomes
	if (a == nil) == (b == nil) {
		t.Errorf("of two who end each other, one must stay: %v, %v", a, b)
	}
}
