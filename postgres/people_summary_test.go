package postgres_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func summary(t testing.TB, s *postgres.Store, id string) postgres.PeopleSummary {
	t.Helper()
	sum, err := s.PeopleSummary(t.Context(), id, true)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Stale {
		t.Error("a count that was waited for is stale")
	}
	return sum
}

// checkSummary holds what is kept against what is counted anew.
func checkSummary(t testing.TB, s *postgres.Store, id string) postgres.PeopleSummary {
	t.Helper()
	sum := summary(t, s, id)
	wantOwed(t, s, id, sum.Owed)
	matched, err := s.Match(t.Context(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	same(t, matched, sum.Matched)
	spread, err := s.SpreadOfPeople(t.Context(), id, postgres.SpreadRows)
	if err != nil {
		t.Fatal(err)
	}
	same(t, spread, sum.Spread)
	return sum
}

func TestWhatWasCountedIsKeptUntilItMayHaveChanged(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	record(t, s, "case", dpo, assessment(true))
	if sum := checkSummary(t, s, "case"); len(sum.Spread) != 0 || sum.Owed.Affected != 0 {
		t.Errorf("of nobody was counted %+v", sum)
	}
	importFile(t, s, "case", "first", somebody(1), somebody(2))
	clock.advance(time.Hour)
	first := checkSummary(t, s, "case")
	if first.Owed.Affected != 2 || !first.CountedAt.Equal(clock.now()) {
		t.Errorf("of two people was counted %+v", first)
	}
	clock.advance(time.Hour)
	if again := summary(t, s, "case"); !again.CountedAt.Equal(first.CountedAt) {
		t.Errorf("what was counted at %s is counted again at %s", first.CountedAt, again.CountedAt)
	}
	w, err := s.StageAccounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(t.Context(), postgres.ControllerAccount{Email: somebody(1).Email}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(t.Context(), dpo, incident.LoadAccounts{Source: incident.AccountsFromFile, SHA256: strings.Repeat("0", 64)}); err != nil {
		t.Fatal(err)
	}
	if sum := checkSummary(t, s, "case"); sum.Matched.InAccounts != 1 || sum.Matched.NotInAccounts != 1 {
		t.Errorf("after accounts were loaded %+v", sum.Matched)
	}
	// While notices are being sent, each look counts.
	prepareRound(t, s, "case", 1, incident.RoundAffected)
	if sum := checkSummary(t, s, "case"); sum.Owed.Affected != 2 {
		t.Errorf("before anybody was told %+v", sum.Owed)
	}
	sendAll(t, s, "case", 1, postgres.StateAccepted)
	if sum := checkSummary(t, s, "case"); sum.Owed.Affected != 0 || sum.Spread[0].Accepted != 2 {
		t.Errorf("after all were told %+v", sum)
	}
	finishRound(t, s, "case", 1)
	checkSummary(t, s, "case")
	importFile(t, s, "case", "second", wider(1, "email", "card"), somebody(3))
	if sum := checkSummary(t, s, "case"); sum.Owed != (incident.Owed{Affected: 1, FollowUp: 1}) {
		t.Errorf("after a second file %+v", sum.Owed)
	}
}

func TestManyPeopleAreCountedInTheBackground(t *testing.T) {
	t.Parallel()
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	openCase(t, s, "case", start)
	record(t, s, "case", dpo, assessment(true))
	importPeople(t, s, "case", "people", 1, somebody(1))
	const n = 50_000
	multiply(t, ownerURL, "case", n)
	sum, err := s.PeopleSummary(t.Context(), "case", false)
	if err != nil || sum.Stale || sum.Owed.Affected != n {
		t.Fatalf("the first look has %+v, %v", sum.Owed, err)
	}
	// A second round makes what is kept old.
	importPeople(t, s, "case", "more", 2, somebody(2))
	sum, err = s.PeopleSummary(t.Context(), "case", false)
	if err != nil || !sum.Stale || sum.Owed.Affected != n {
		t.Errorf("right after a change a look has %+v, stale %v, %v", sum.Owed, sum.Stale, err)
	}
	if sum = summary(t, s, "case"); sum.Owed.Affected != n+1 {
		t.Errorf("waited for, it is %+v", sum.Owed)
	}
	eventually(t, "the new count", func() bool {
		sum, err := s.PeopleSummary(t.Context(), "case", false)
		return err == nil && !sum.Stale && sum.Owed.Affected == n+1
	})
	if err := s.CountAhead(t.Context(), "case"); err != nil {
		t.Error(err)
	}
}

func TestOrganisationsAreKeptSealed(t *testing.T) {
	t.Parallel()
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	openCase(t, s, "case", start)
	of := func(n int, organisation string) postgres.Person {
		p := somebody(n)
		p.Fields = map[string]string{"organisation": organisation}
		return p
	}
	importFile(t, s, "case", "first", of(1, "Example GmbH"), of(2, "Example GmbH"), of(3, "Other"))
	for range 2 {
		list, err := s.Organisations(t.Context(), "case")
		if err != nil || len(list) != 2 || list[0].Name != "Example GmbH" || list[0].People != 2 {
			t.Fatalf("the organisations are %+v, %v", list, err)
		}
	}
	kept := query[[]byte](t, ownerURL, `SELECT content FROM people_summary WHERE what = 'organisations'`)
	if len(kept) == 0 || bytes.Contains(kept, []byte("Example")) || bytes.Contains(kept, []byte("Other")) {
		t.Errorf("%d bytes are kept, or in the open", len(kept))
	}
	importFile(t, s, "case", "second", of(4, "Other"), of(5, "Third"))
	if list, err := s.Organisations(t.Context(), "case"); err != nil || len(list) != 3 || list[1].Name != "Other" {
		t.Errorf("after a second file they are %+v, %v", list, err)
	}
}
