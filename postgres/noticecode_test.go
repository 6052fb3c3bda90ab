package postgres_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// codeOf is the code of these tests.
func codeOf(person int64) string { return fmt.Sprintf("2222-3333-%04d", person) }

func TestACodeTellsItsRoundAndOutlivesTheIncidentsKey(t *testing.T) {
	t.Parallel()
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	far := somebody(3)
	far.Undeliverable = "the address is none"
	preparedRound(t, s, "case", somebody(1), somebody(2), far)
	asked := map[int64]bool{}
	for range 2 { // again, as after a crash
		if err := s.KeepNoticeCodes(t.Context(), "case", 1, func(person int64) string {
			asked[person] = true
			return codeOf(person)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if len(asked) != 2 {
		t.Errorf("%d people got a code, want the 2 whom mail can reach", len(asked))
	}
	if n := query[int](t, ownerURL, `SELECT count(*) FROM notice_code`); n != 2 {
		t.Errorf("%d codes are kept, want 2", n)
	}
	look := func(when string) {
		t.Helper()
		for person := range asked {
			got, err := s.NoticesOfCode(t.Context(), codeOf(person))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, []postgres.CodedRound{{Incident: "case", Round: 1}}) {
				t.Errorf("%s a code gives %+v", when, got)
			}
		}
	}
	look("before the erasure")
	if _, err := s.Erase(t.Context(), "case"); err != nil {
		t.Fatal(err)
	}
	look("after the erasure")
	for _, code := range []string{"", "2222-3333-9999", "' OR true --"} {
		if got, err := s.NoticesOfCode(t.Context(), code); err != nil || len(got) != 0 {
			t.Errorf("the code %q gives %+v, %v", code, got, err)
		}
	}
	if n := query[int](t, ownerURL, `SELECT count(*) FROM notice_code WHERE encode(code, 'escape') LIKE '%2222%'`); n != 0 {
		t.Error("a code is kept in clear")
	}
}

func TestCodesOfAnotherInstallationAreUnknown(t *testing.T) {
	t.Parallel()
	_, _, appURL := postgrestest.Migrated(t)
	ours := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	preparedRound(t, ours, "case", somebody(1))
	if err := ours.KeepNoticeCodes(t.Context(), "case", 1, codeOf); err != nil {
		t.Fatal(err)
	}
	people, err := ours.People(t.Context(), "case", postgres.PeopleQuery{})
	if err != nil {
		t.Fatal(err)
	}
	keys := postgrestest.Keys(t)
	keys.Index = bytes.Repeat([]byte{7}, 32)
	theirs := postgrestest.Open(t, appURL, keys) // a thief of the database, who lacks the key
	if got, err := theirs.NoticesOfCode(t.Context(), codeOf(people[0].ID)); err != nil || len(got) != 0 {
		t.Errorf("under another key the code gives %+v, %v", got, err)
	}
	if got, err := ours.NoticesOfCode(t.Context(), codeOf(people[0].ID)); err != nil || len(got) != 1 {
		t.Errorf("under our key the code gives %+v, %v", got, err)
	}
}

func TestNoCodeIsKeptWhereTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	cluster := postgrestest.Start(t, false)
	s := cluster.Store(t)
	preparedRound(t, s, "case", somebody(1))
	cluster.Stop(t)
	if err := s.KeepNoticeCodes(t.Context(), "case", 1, codeOf); incident.KindOf(err) != incident.Unavailable {
		t.Errorf("keeping codes gives %v, want unavailable", err)
	}
	if _, err := s.NoticesOfCode(t.Context(), codeOf(1)); incident.KindOf(err) != incident.Unavailable {
		t.Errorf("looking a code up gives %v, want unavailable", err)
	}
	cluster.Restart(t)
}
