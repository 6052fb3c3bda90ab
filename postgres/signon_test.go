package postgres_test

import (
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

const issuer = "https://login.example.com"

func TestOnePersonAtAProviderIsOneAccount(t *testing.T) {
	t.Parallel()
	_, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	user, _ := newUser(t, s, "dpo@example.com", incident.RoleDPO)
	other, _ := newUser(t, s, "other@example.com", incident.RoleAdmin)
	_, err := s.SignOnUser(t.Context(), issuer, "person-1")
	wantKind(t, err, incident.Unauthenticated)
	_, err = s.SignInBySignOn(t.Context(), user.ID, issuer, false)
	wantKind(t, err, incident.Unauthenticated)
	if err := s.LinkSignOn(t.Context(), user.ID, issuer, "person-1"); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.LinkSignOn(t.Context(), other.ID, issuer, "person-1"), incident.Conflict)
	wantKind(t, s.LinkSignOn(t.Context(), user.ID, issuer, "person-2"), incident.Conflict)
	if err := s.LinkSignOn(t.Context(), other.ID, "https://another.example.com", "person-1"); err != nil {
		t.Errorf("the same name at another provider is another person: %v", err)
	}
	if found, err := s.SignOnUser(t.Context(), issuer, "person-1"); err != nil || found.ID != user.ID {
		t.Errorf("the account is %+v, %v", found, err)
	}
	if n := query[int](t, appURL, `SELECT count(*)::int FROM sign_on WHERE sign_on::text LIKE '%person-1%' OR encode(subject, 'escape') LIKE '%person%'`); n != 0 {
		t.Error("the name that the provider has for a person is stored in clear")
	}
	if err := s.EndUser(t.Context(), dpo, other.ID); err != nil {
		t.Fatal(err)
	}
	_, err = s.SignOnUser(t.Context(), "https://another.example.com", "person-1")
	wantKind(t, err, incident.Unauthenticated)
	wantKind(t, s.UnlinkSignOn(t.Context(), user.ID, "https://another.example.com"), incident.NotFound)
	if err := s.UnlinkSignOn(t.Context(), user.ID, issuer); err != nil {
		t.Errorf("with a password left the link stays: %v", err)
	}
}

func TestASessionThroughAProviderIsPendingLikeOneByPassword(t *testing.T) {
	t.Parallel()
	s := newSecured(t)
	if err := s.store.LinkSignOn(t.Context(), s.user.ID, issuer, "person-1"); err != nil {
		t.Fatal(err)
	}
	for vouched, pending := range map[bool]bool{false: true, true: false} {
		begun, err := s.store.SignInBySignOn(t.Context(), s.user.ID, issuer, vouched)
		if err != nil || begun.Pending != pending {
			t.Fatalf("vouched %v: the session is %+v, %v", vouched, begun, err)
		}
		_, err = s.store.SessionUser(t.Context(), begun.Token)
		if (err != nil) != pending {
			t.Errorf("vouched %v: the session opens with %v", vouched, err)
		}
		if pending {
			if _, err := s.store.CompleteSession(t.Context(), begun.Token, s.code()); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestAFactorThatAProviderVouchesForIsNotDemandedAgain(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	user, _, _ := invite(t, s, incident.RoleDeputy)
	if err := s.AcceptInvitationBySignOn(t.Context(), user.ID, issuer, "person-1"); err != nil {
		t.Fatal(err)
	}
	by := incident.Actor{Role: incident.RoleDPO, ID: "a"}
	if _, err := s.DemandFactor(t.Context(), by, incident.DemandFactor{Roles: []incident.Role{incident.RoleDeputy}}); err != nil {
		t.Fatal(err)
	}
	for _, vouched := range []bool{false, true} {
		begun, err := s.SignInBySignOn(t.Context(), user.ID, issuer, vouched)
		if err != nil || begun.Pending {
			t.Fatalf("vouched %v: the session is %+v, %v", vouched, begun, err)
		}
		who, err := s.Session(t.Context(), begun.Token)
		if err != nil || who.MustSetUpFactor == vouched || who.ID != user.ID {
			t.Errorf("vouched %v: the session is of %s and has to set up a factor: %v, %v", vouched, who.ID, who.MustSetUpFactor, err)
		}
	}
	_, _, err := s.CreateToken(t.Context(), user.ID, postgres.NewToken{Name: "lasting"})
	wantKind(t, err, incident.Conflict) // a token outlives the session for which somebody vouched
}

func TestAnInvitationIsAcceptedThroughAProviderOnce(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	user, _, secret := invite(t, s, incident.RoleDeputy)
	if err := s.AcceptInvitationBySignOn(t.Context(), user.ID, issuer, "person-1"); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.AcceptInvitationBySignOn(t.Context(), user.ID, issuer, "person-1"), incident.NotFound)
	wantKind(t, s.AcceptInvitation(t.Context(), secret, goodPassword), incident.NotFound)
	wantKind(t, s.UnlinkSignOn(t.Context(), user.ID, issuer), incident.Conflict) // the only way in
	late, mail, err := s.InviteUser(t.Context(), postgres.NewUser{Email: "late@example.com", Name: "Late", Role: incident.RoleAuditor})
	if err != nil {
		t.Fatal(err)
	}
	clock.set(mail.ExpiresAt)
	wantKind(t, s.AcceptInvitationBySignOn(t.Context(), late.ID, issuer, "person-2"), incident.NotFound)
	if links, err := s.SignOns(t.Context(), late.ID); err != nil || len(links) != 0 {
		t.Errorf("a link that is over links to %+v, %v", links, err)
	}
}
