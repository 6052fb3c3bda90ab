package postgres_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// hash is a stand-in for the hash of a vendor's file.
func hash(c byte) string { return strings.Repeat(string(c), 64) }

func somebody(n int) postgres.Person {
	return postgres.Person{
		Name: fmt.Sprintf("Person Number%d", n), Email: fmt.Sprintf("person%d@example.org", n), Locale: "es", Country: "ES",
		Kinds: []string{"email", "name"}, Fields: map[string]string{"account": fmt.Sprintf("ACC-%d", n)},
	}
}

// importPeople stores people and records them as an import of a round.
func importPeople(t testing.TB, s *postgres.Store, id, name string, round int, people ...postgres.Person) postgres.Recorded {
	t.Helper()
	accepted := stage(t, s, id, name, people...)
	return record(t, s, id, dpo, incident.ImportPeople{
		Round: round, Import: name, SHA256: fmt.Sprintf("%064x", len(name)*1000+int(name[len(name)-1])),
		Counts: incident.PeopleCounts{Rows: len(people), Accepted: accepted, Duplicates: len(people) - accepted},
	})
}

func stage(t testing.TB, s *postgres.Store, id, name string, people ...postgres.Person) (accepted int) {
	t.Helper()
	w, err := s.StageImport(t.Context(), id, name)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		duplicate, err := w.Add(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if !duplicate {
			accepted++
		}
	}
	if err := w.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	return accepted
}

// publish records a staged import.
func publish(t testing.TB, s *postgres.Store, id, name string, accepted int) {
	t.Helper()
	record(t, s, id, dpo, incident.ImportPeople{Round: 1, Import: name, SHA256: hash('a'),
		Counts: incident.PeopleCounts{Rows: accepted, Accepted: accepted}})
}

func same[T any](t testing.TB, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differs from what was stored:\n%s", diff)
	}
}

func listPeople(t testing.TB, s *postgres.Store, id string, q postgres.PeopleQuery) []postgres.PersonView {
	t.Helper()
	people, err := s.People(t.Context(), id, q)
	if err != nil {
		t.Fatal(err)
	}
	return people
}

func TestPeopleAreSeenOnceTheirImportIsRecorded(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	far := somebody(2)
	far.Undeliverable, far.Email = "the local part is quoted", `"a b"@example.org`
	stage(t, s, "case", "first", somebody(1), far)
	if people := listPeople(t, s, "case", postgres.PeopleQuery{}); len(people) != 0 {
		t.Fatalf("%d people are seen before the import is recorded", len(people))
	}
	record(t, s, "case", dpo, incident.ImportPeople{Import: "first", SHA256: hash('a'),
		Counts: incident.PeopleCounts{Rows: 2, Accepted: 1, Undeliverable: 1}})
	people := listPeople(t, s, "case", postgres.PeopleQuery{Round: 1})
	want := []postgres.PersonView{{Person: somebody(1), State: "pending"}, {Person: far, State: "undeliverable", Why: far.Undeliverable}}
	for i := range want {
		want[i].ID, want[i].Round = people[i].ID, 1
	}
	if diff := cmp.Diff(want, people); diff != "" {
		t.Errorf("people differ from those imported:\n%s", diff)
	}
	if only := listPeople(t, s, "case", postgres.PeopleQuery{State: "undeliverable"}); len(only) != 1 || only[0].ID != people[1].ID {
		t.Errorf("the undeliverable people are %d, want the second alone", len(only))
	}
	if next := listPeople(t, s, "case", postgres.PeopleQuery{After: people[0].ID, Limit: 1}); len(next) != 1 || next[0].ID != people[1].ID {
		t.Error("the second page does not begin after the first")
	}
	if row := listIncidents(t, s, postgres.IncidentFilter{})[0]; row.People != 2 {
		t.Errorf("the list says %d people, want 2", row.People)
	}
	_, err := s.People(t.Context(), "case", postgres.PeopleQuery{State: "nowhere"})
	wantKind(t, err, incident.Invalid)
}

func TestAnAddressIsStoredOncePerIncidentHoweverItIsSpelt(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	openCase(t, s, "other", start)
	spelt := somebody(1)
	spelt.Email = " \u200bPERSON1@Example.ORG. "
	nobody := postgres.Person{Name: "Without Address", Undeliverable: "no address"}
	if n := stage(t, s, "case", "first", somebody(1), spelt, somebody(2), nobody, nobody); n != 4 {
		t.Errorf("%d people are stored, want 4: two addresses, and two people without one", n)
	}
	record(t, s, "case", dpo, incident.ImportPeople{Import: "first", SHA256: hash('a'), Counts: incident.PeopleCounts{Accepted: 4}})
	if n := stage(t, s, "case", "second", somebody(2), somebody(3)); n != 1 {
		t.Errorf("%d people of the second file are new, want 1", n)
	}
	if n := stage(t, s, "other", "first", somebody(1)); n != 1 {
		t.Error("another incident's people are taken for duplicates")
	}
}

func TestFilesReadAtTheSameTimeNeverWriteToAPersonTwice(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	stage(t, s, "case", "one", somebody(1), somebody(2))
	stage(t, s, "case", "two", somebody(2), somebody(3))
	answers := make([]error, 2)
	var all sync.WaitGroup
	for i, name := range []string{"one", "two"} {
		all.Go(func() {
			_, answers[i] = s.Record(t.Context(), postgres.Recording{Incident: "case", Key: newKey(), Actor: dpo,
				Command: incident.ImportPeople{Import: name, SHA256: hash(byte('a' + i)), Counts: incident.PeopleCounts{Accepted: 2}}})
		})
	}
	all.Wait()
	refused := answers[0]
	if refused == nil {
		refused = answers[1]
	}
	if (answers[0] == nil) == (answers[1] == nil) || incident.KindOf(refused) != incident.Conflict {
		t.Fatalf("answers are %v and %v, want one conflict", answers[0], answers[1])
	}
	if people := listPeople(t, s, "case", postgres.PeopleQuery{}); len(people) != 2 {
		t.Errorf("%d people are seen, want the 2 of one file", len(people))
	}
}

func TestAnImportThatIsNotCompleteIsNotRecorded(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	try := func(name string, accepted int) error {
		_, err := s.Record(t.Context(), postgres.Recording{Incident: "case", Key: newKey(), Actor: dpo,
			Command: incident.ImportPeople{Import: name, SHA256: hash('a'), Counts: incident.PeopleCounts{Accepted: accepted}}})
		return err
	}
	wantKind(t, try("never stored", 1), incident.Conflict)

	w, err := s.StageImport(t.Context(), "case", "half")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Add(t.Context(), somebody(1)); err != nil {
		t.Fatal(err)
	}
	wantKind(t, try("half", 1), incident.Conflict)

	// A second attempt begins anew, and the first can no longer add to it.
	if n := stage(t, s, "case", "half", somebody(1), somebody(2)); n != 2 {
		t.Errorf("the second attempt stored %d people, want 2", n)
	}
	if err := w.Finish(t.Context()); err == nil {
		t.Error("the first attempt could finish after the second")
	}
	if err := try("half", 3); incident.KindOf(err) != incident.Internal || err == nil {
		t.Errorf("recording another number than stored gives %v, want a fault", err)
	}
	if err := try("half", 2); err != nil {
		t.Fatal(err)
	}
	if _, err := s.StageImport(t.Context(), "case", "half"); incident.KindOf(err) != incident.Conflict {
		t.Errorf("storing a recorded import again gives %v, want a conflict", err)
	}

	thrown, err := s.StageImport(t.Context(), "case", "thrown")
	if err != nil {
		t.Fatal(err)
	}
	if err := thrown.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantKind(t, try("thrown", 0), incident.Conflict)
}

func TestAWriterWhoseImportWasBegunAgainLeavesNobodyBehind(t *testing.T) {
	t.Parallel()
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	openCase(t, s, "case", start)
	first, err := s.StageImport(t.Context(), "case", "file")
	if err != nil {
		t.Fatal(err)
	}
	add := func(from, to int) error {
		for i := from; i < to; i++ {
			if _, err := first.Add(t.Context(), somebody(i)); err != nil {
				return err
			}
		}
		return nil
	}
	const batch = 4000
	if err := add(0, batch); err != nil {
		t.Fatal(err)
	}
	if n := stage(t, s, "case", "file", somebody(1)); n != 1 {
		t.Fatalf("the second attempt stored %d people, want 1", n)
	}
	wantKind(t, add(batch, 5*batch), incident.Conflict)
	if err := first.Finish(t.Context()); err == nil {
		t.Error("the first attempt could finish")
	}
	if err := first.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := query[int](t, ownerURL, `SELECT count(*) FROM person`); n != 1 {
		t.Errorf("%d people are stored, want the one of the second attempt", n)
	}
}

func TestALargeFileIsStoredInBatches(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	const n = 2345
	people := make([]postgres.Person, n)
	for i := range people {
		people[i] = somebody(i)
	}
	importPeople(t, s, "case", "big", 1, people...)
	seen, after := 0, int64(0)
	for {
		page := listPeople(t, s, "case", postgres.PeopleQuery{Round: 1, After: after, Limit: 1000})
		if len(page) == 0 {
			break
		}
		for _, p := range page {
			if want := somebody(seen).Email; p.Email != want {
				t.Fatalf("person %d is another one", seen)
			}
			seen++
		}
		after = page[len(page)-1].ID
	}
	if seen != n {
		t.Errorf("%d people are listed, want %d", seen, n)
	}
}

func TestPeopleAreNowhereInClearAndGoneWithTheKey(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	ready := sendingRound(t, s, "case", somebody(7))
	d := claim(t, s, ready, "owner", 1)[0]
	settle(t, s, ready, d, "owner", postgres.DeliveryOutcome{
		State: "refused", Code: 550, Enhanced: "5.1.1", Reply: "550 5.1.1 <person7@example.org>: no such user", MessageID: "m@example.com", At: start,
	})
	for _, table := range []string{"person", "people_import", "delivery", "event", "ledger_entry", "incident", "recording", "document"} {
		for _, secret := range []string{"person7", "Number7", "ACC-7"} {
			found := query[bool](t, ownerURL, fmt.Sprintf(
				`SELECT EXISTS (SELECT FROM %[1]s r WHERE strpos(lower(r::text), lower($1)) > 0
				     OR strpos(lower(r::text), encode(convert_to($1, 'UTF8'), 'hex')) > 0)`, table), secret)
			if found {
				t.Errorf("the table %s holds %q in clear", table, secret)
			}
		}
	}

	// What is sealed cannot be moved to another person.
	importPeople(t, s, "case", "more", 2, somebody(8), somebody(9))
	conn := connect(t, ownerURL)
	if _, err := conn.Exec(t.Context(), `
		UPDATE person SET identity = (SELECT identity FROM person ORDER BY id LIMIT 1)
		WHERE id = (SELECT max(id) FROM person)`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.People(t.Context(), "case", postgres.PeopleQuery{Round: 2}); err == nil {
		t.Error("a person's sealed identity was accepted in another row")
	}

	if _, err := s.Erase(t.Context(), "case"); err != nil {
		t.Fatal(err)
	}
	other := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	for name, store := range map[string]*postgres.Store{"this program": s, "another program": other} {
		_, err := store.People(t.Context(), "case", postgres.PeopleQuery{})
		if incident.KindOf(err) != incident.NotFound || err == nil {
			t.Errorf("%s: after erasure people give %v, want not found", name, err)
		}
	}
	if _, err := s.StageImport(t.Context(), "case", "late"); incident.KindOf(err) != incident.NotFound {
		t.Errorf("after erasure an import gives %v, want not found: no second key is made", err)
	}
	if _, err := s.IncidentMailKey(t.Context(), "case"); incident.KindOf(err) != incident.NotFound {
		t.Errorf("after erasure the mail key gives %v, want not found", err)
	}
	if left := query[int](t, ownerURL, `SELECT count(*) FROM incident_key WHERE incident NOT LIKE '%/papers' AND (keyset IS NOT NULL OR secret IS NOT NULL)`); left != 0 {
		t.Errorf("%d keys are left", left)
	}
	checkLedger(t, s, "case")
	checkSnapshot(t, s, "case")
}
