package postgres_test

import (
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestADemandedSecondFactorHoldsFromItsDayOn(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	dpo, token := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	other, _ := newUser(t, s, "responder@example.com", incident.RoleResponder)
	by := incident.Actor{Role: incident.RoleDPO, ID: dpo.ID}
	if none, err := s.FactorDemand(t.Context()); err != nil || len(none.Roles) != 0 {
		t.Fatalf("before there is %+v: %v", none, err)
	}
	from := start.Add(48 * time.Hour)
	if _, err := s.DemandFactor(t.Context(), by, incident.DemandFactor{Roles: []incident.Role{incident.RoleDPO}, From: from}); err != nil {
		t.Fatal(err)
	}
	if now, err := s.FactorDemand(t.Context()); err != nil || len(now.Roles) != 1 || !now.From.Equal(from.Truncate(time.Second)) {
		t.Errorf("demanded is %+v: %v", now, err)
	}
	must := func(user postgres.User) bool {
		t.Helper()
		session, err := s.CreateSession(t.Context(), user.ID)
		if err != nil {
			t.Fatal(err)
		}
		who, err := s.Session(t.Context(), session.Token)
		if err != nil || who.ID != user.ID {
			t.Fatalf("the session is of %q: %v", who.ID, err)
		}
		return who.MustSetUpFactor
	}
	if must(dpo) {
		t.Error("it is demanded before its day")
	}
	clock.advance(48 * time.Hour)
	if !must(dpo) || must(other) {
		t.Error("it is not demanded of the DPO alone from its day on")
	}
	_, _, err := s.CreateToken(t.Context(), dpo.ID, postgres.NewToken{Name: "laptop"})
	wantKind(t, err, incident.Conflict)
	if _, _, err := s.UserByToken(t.Context(), token); err != nil {
		t.Errorf("a token that was there is refused: %v", err)
	}
	secret, err := s.ProposeSecondFactor(t.Context(), dpo.ID)
	if err != nil {
		t.Fatal(err)
	}
	now := &secured{t: t, clock: clock, store: s, user: dpo, secret: secret}
	if _, err := s.ConfirmSecondFactor(t.Context(), dpo.ID, now.code(), ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.CreateToken(t.Context(), dpo.ID, postgres.NewToken{Name: "laptop"}); err != nil {
		t.Errorf("with the second factor a token is refused: %v", err)
	}
	for _, role := range []incident.Role{incident.RoleDeputy, incident.RoleAdmin, incident.RoleEngine} {
		_, err := s.DemandFactor(t.Context(), incident.Actor{Role: role, ID: "x"}, incident.DemandFactor{})
		wantKind(t, err, incident.Forbidden)
	}
	if now, err := s.FactorDemand(t.Context()); err != nil || len(now.Roles) != 1 {
		t.Errorf("a refused change left %+v: %v", now, err)
	}
	if _, err := s.DemandFactor(t.Context(), by, incident.DemandFactor{}); err != nil {
		t.Fatal(err)
	}
	if must(other) {
		t.Error("after the end of the demand it goes on")
	}
	entries, err := s.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		if e.Entry.Type == incident.EvFactorDemanded {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d entries tell of the demand", n)
	}
}
