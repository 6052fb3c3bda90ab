package postgres_test

import (
	"slices"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// newcomer makes an account in a role and gives its id.
func newcomer(t *testing.T, s *postgres.Store, email string, role incident.Role) string {
	t.Helper()
	user, _, err := s.CreateUser(t.Context(), postgres.NewUser{Email: email, Name: email, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	return user.ID
}

func onCall(t *testing.T, s *postgres.Store) []string {
	t.Helper()
	list, err := s.OnCall(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, u := range list {
		ids = append(ids, u.ID)
	}
	return ids
}

func TestPeopleAreCalledInTheOrderThatWasDecided(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	deputy := newcomer(t, s, "deputy@example.com", incident.RoleDeputy)
	first, second := newcomer(t, s, "first@example.com", incident.RoleDPO), newcomer(t, s, "second@example.com", incident.RoleDPO)
	auditor := newcomer(t, s, "auditor@example.com", incident.RoleAuditor)
	if got := onCall(t, s); !slices.Equal(got, []string{first, second, deputy}) {
		t.Fatalf("before anything was decided the order is %v", got)
	}
	move := func(id string, earlier bool, want ...string) {
		t.Helper()
		if err := s.MoveOnCall(t.Context(), dpo, id, earlier); err != nil {
			t.Fatal(err)
		}
		if got := onCall(t, s); !slices.Equal(got, want) {
			t.Errorf("the order is %v, expected %v", got, want)
		}
	}
	move(deputy, true, first, deputy, second)
	move(deputy, true, deputy, first, second)
	entries, err := s.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	move(deputy, true, deputy, first, second) // nothing to do, nothing to record
	move(first, false, deputy, second, first)
	later := newcomer(t, s, "later@example.com", incident.RoleDPO)
	if got := onCall(t, s); !slices.Equal(got, []string{deputy, second, first, later}) {
		t.Errorf("with a newcomer the order is %v", got)
	}
	after, err := s.InstallationEntries(t.Context())
	if err != nil || len(after) != len(entries)+2 || after[len(entries)].Entry.Type != incident.EvOnCallOrdered {
		t.Errorf("%d entries were recorded of a move and a newcomer, %v", len(after)-len(entries), err)
	}
	for _, id := range []string{auditor, "nobody", ""} {
		wantKind(t, s.MoveOnCall(t.Context(), dpo, id, true), incident.NotFound)
	}
	wantKind(t, s.MoveOnCall(t.Context(), incident.Actor{Role: incident.RoleDeputy, ID: deputy}, first, true), incident.Forbidden)
	if got := onCall(t, s); !slices.Equal(got, []string{deputy, second, first, later}) {
		t.Errorf("refused moves made the order %v", got)
	}
}

func TestARoleChangesByTheRulesAndIsRecorded(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	only, other := newcomer(t, s, "only@example.com", incident.RoleDPO), newcomer(t, s, "other@example.com", incident.RoleResponder)
	admin := incident.Actor{Role: incident.RoleAdmin, ID: newcomer(t, s, "admin@example.com", incident.RoleAdmin)}
	before, err := s.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.ChangeRole(t.Context(), admin, only, incident.RoleAuditor), incident.Conflict)
	wantKind(t, s.ChangeRole(t.Context(), admin, admin.ID, incident.RoleDPO), incident.Conflict)
	wantKind(t, s.ChangeRole(t.Context(), admin, other, incident.RoleEngine), incident.Invalid)
	wantKind(t, s.ChangeRole(t.Context(), admin, other, "counsel"), incident.Invalid)
	wantKind(t, s.ChangeRole(t.Context(), admin, "nobody", incident.RoleDPO), incident.NotFound)
	wantKind(t, s.ChangeRole(t.Context(), incident.Actor{Role: incident.RoleDeputy, ID: "x"}, other, incident.RoleDPO), incident.Forbidden)
	if user, err := s.User(t.Context(), other); err != nil || user.Role != incident.RoleResponder {
		t.Fatalf("after refusals the role is %s, %v", user.Role, err)
	}
	for _, role := range []incident.Role{incident.RoleDPO, incident.RoleDeputy, incident.RoleAuditor} { // these see people
		wantKind(t, s.ChangeRole(t.Context(), admin, other, role), incident.Forbidden)
	}
	dpo := incident.Actor{Role: incident.RoleDPO, ID: only}
	for range 2 { // the second changes nothing
		if err := s.ChangeRole(t.Context(), dpo, other, incident.RoleDPO); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.CreateCalendar(t.Context(), only); err != nil {
		t.Fatal(err)
	}
	if err := s.ChangeRole(t.Context(), admin, only, incident.RoleAdmin); err != nil {
		t.Fatalf("with another DPO the first stays: %v", err)
	}
	if has, err := s.HasCalendar(t.Context(), only); err != nil || has {
		t.Errorf("an administrator has a calendar of deadlines, %v", err)
	}
	after, err := s.InstallationEntries(t.Context())
	if err != nil || len(after) != len(before)+3 {
		t.Fatalf("%d entries were recorded of two changes and a calendar, %v", len(after)-len(before), err)
	}
	data, err := incident.DecodeData(after[len(before)].Entry.Type, after[len(before)].Entry.Data)
	want := incident.AccountChanged{What: incident.AccountRoleChanged, Account: other, Role: incident.RoleDPO, Before: incident.RoleResponder}
	if err != nil || data != incident.Data(want) {
		t.Errorf("the record says %+v, %v", data, err)
	}
}

// TestADPOWhoHasNotComeYetIsNoOtherDPO: who was invited and has not accepted hears no
// reminder.
func TestADPOWhoHasNotComeYetIsNoOtherDPO(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	only := newcomer(t, s, "only@example.com", incident.RoleDPO)
	admin := incident.Actor{Role: incident.RoleAdmin, ID: newcomer(t, s, "admin@example.com", incident.RoleAdmin)}
	invited, _, err := s.InviteUser(t.Context(), postgres.NewUser{Email: "invited@example.com", Name: "Invited", Role: incident.RoleDPO, By: dpo})
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.ChangeRole(t.Context(), admin, only, incident.RoleResponder), incident.Conflict)
	wantKind(t, s.ChangeRole(t.Context(), incident.Actor{Role: incident.RoleDPO, ID: invited.ID}, only, incident.RoleDeputy), incident.Conflict)
	wantKind(t, s.EndUser(t.Context(), admin, only), incident.Conflict)
	if user, err := s.User(t.Context(), only); err != nil || user.Role != incident.RoleDPO || user.EndedAt != nil {
		t.Errorf("the only DPO is now %s, %v", user.Role, err)
	}
}
