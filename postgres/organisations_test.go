package postgres_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// member is somebody of an organisation.
func member(n int, organisation string, kinds ...string) postgres.Person {
	p := somebody(n)
	p.Kinds, p.Fields = kinds, map[string]string{"organisation": organisation}
	return p
}

func TestOrganisationsAreTheirPeopleInEverySpelling(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	openCase(t, s, "other", start)
	far := member(3, "acme ltd ", "email")
	far.Undeliverable = "no address"
	importPeople(t, s, "case", "first", 1, member(1, "ACME Ltd", "email", "name"), member(2, "Bakers", "email"), far, somebody(4))
	importPeople(t, s, "case", "second", 1, member(5, "Acme  Ltd", "user_id"))
	importPeople(t, s, "other", "first", 1, member(6, "ACME Ltd", "email"))
	stage(t, s, "case", "unrecorded", member(7, "ACME Ltd", "card"))

	got, err := s.Organisations(t.Context(), "case")
	if err != nil {
		t.Fatal(err)
	}
	want := []postgres.Organisation{
		{Name: "ACME Ltd", People: 3, Undeliverable: 1, Kinds: []string{"email", "name", "user_id"}},
		{Name: "Bakers", People: 1, Kinds: []string{"email"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the organisations differ:\n%s", diff)
	}
	var members []string
	list := func(name string) error {
		members = nil
		return s.OrganisationPeople(t.Context(), "case", name, func(p *postgres.Person) error {
			members = append(members, p.Email)
			return nil
		})
	}
	if err := list("acme LTD"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"person1@example.org", "person3@example.org", "person5@example.org"}, members); diff != "" {
		t.Errorf("the members differ:\n%s", diff)
	}
	for _, name := range []string{"", "nobody knows"} {
		wantKind(t, list(name), incident.NotFound)
	}
	broken := errors.New("broken")
	if err := s.OrganisationPeople(t.Context(), "case", "Bakers", func(*postgres.Person) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("the reader's error becomes %v", err)
	}
	if _, err := s.Erase(t.Context(), "case"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Organisations(t.Context(), "case")
	wantKind(t, err, incident.NotFound)
}
