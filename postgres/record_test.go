package postgres_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestRecordAnswersTheEventsAndTheState(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	out := openCase(t, s, "case", start)

	if out.Number != "INC-2026-0001" {
		t.Errorf("number is %q, want INC-2026-0001", out.Number)
	}
	if out.Seq != int64(len(out.Recorded)) || out.Seq < 3 {
		t.Errorf("seq is %d with %d events", out.Seq, len(out.Recorded))
	}
	state, err := s.State(t.Context(), "case")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(incident.Fold(out.Recorded), state); diff != "" {
		t.Errorf("the state is not the fold of what was answered (-fold +state):\n%s", diff)
	}
	if !state.OpenedAt.Equal(start) {
		t.Errorf("opened at %v, want %v to the microsecond", state.OpenedAt, start)
	}
}

func TestRecordGivesAllEventsSinceTheCallersLast(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	first := openCase(t, s, "case", start)
	record(t, s, "case", dpo, assessment(false))
	out, err := s.Record(t.Context(), postgres.Recording{
		Incident: "case", Key: newKey(), Actor: dpo, AfterSeq: first.Seq, Command: incident.CompleteTask{Task: 1, Note: "done"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Recorded) != 1 || len(out.Since) != 2 || out.Since[0].Seq != first.Seq+1 {
		t.Errorf("recorded %d and since %d events from %d, want 1 and 2 from %d",
			len(out.Recorded), len(out.Since), out.Since[0].Seq, first.Seq+1)
	}
	all, err := s.Events(t.Context(), "case", first.Seq)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(out.Since, all); diff != "" {
		t.Errorf("answered events differ from those read later:\n%s", diff)
	}
}

func TestTheSameKeyRecordsOnceHoweverOftenItIsTried(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	in := postgres.Recording{Incident: "case", Key: newKey(), Actor: dpo, Command: opening("case", start)}
	const tries = 12
	answers := make([]postgres.Recorded, tries)
	var all sync.WaitGroup
	for i := range tries {
		all.Go(func() {
			var err error
			if answers[i], err = s.Record(t.Context(), in); err != nil {
				t.Errorf("try %d: %v", i, err)
			}
		})
	}
	all.Wait()
	for i := range tries {
		if diff := cmp.Diff(answers[0], answers[i]); diff != "" {
			t.Errorf("try %d answers otherwise than try 0:\n%s", i, diff)
		}
	}
	events, err := s.Events(t.Context(), "case", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != len(answers[0].Recorded) {
		t.Errorf("%d events are recorded, want %d", len(events), len(answers[0].Recorded))
	}

	// Also when the case has moved on since.
	moved := record(t, s, "case", dpo, assessment(true))
	again, err := s.Record(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(answers[0].Recorded, again.Recorded); diff != "" {
		t.Errorf("a late retry answers otherwise:\n%s", diff)
	}
	if again.Seq != moved.Seq || len(again.Since) != len(answers[0].Recorded)+len(moved.Recorded) {
		t.Errorf("a late retry has seq %d and %d events since, want the present ones", again.Seq, len(again.Since))
	}
}

func TestACommandWithNothingToDoIsRepeatedAsSuch(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	ring := postgres.Recording{Incident: "case", Key: newKey(), Actor: incident.Engine(), Command: incident.RingReminder{Obligation: 1}}
	first, err := s.Record(t.Context(), ring)
	if err != nil {
		t.Fatal(err)
	}
	clock.advance(30 * time.Hour) // rungs are due now
	again, err := s.Record(t.Context(), ring)
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Recorded) != 0 || len(again.Recorded) != 0 {
		t.Errorf("recorded %d, then %d events under one key, want none", len(first.Recorded), len(again.Recorded))
	}
	ring.Key = newKey()
	rung, err := s.Record(t.Context(), ring)
	if err != nil {
		t.Fatal(err)
	}
	if len(rung.Recorded) == 0 {
		t.Error("another key rings nothing although rungs are due")
	}
}

func TestAKeyOfAnotherRecordingIsRefused(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	key := newKey()
	if _, err := s.Record(t.Context(), postgres.Recording{Incident: "a", Key: key, Actor: dpo, Command: opening("a", start)}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Record(t.Context(), postgres.Recording{Incident: "b", Key: key, Actor: dpo, Command: opening("b", start)})
	wantKind(t, err, incident.Internal)
}

func TestTwoWritersNeverForkACase(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	const writers, each = 10, 6
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				_, err := s.Record(t.Context(), postgres.Recording{
					Incident: "case", Key: newKey(), Actor: dpo, AfterSeq: 1 << 40,
					Command: incident.GiveDelayReasons{Obligation: 1, Reasons: fmt.Sprintf("writer %d, reason %d", w, i)},
				})
				if err != nil {
					t.Errorf("writer %d: %v", w, err)
				}
			}
		})
	}
	all.Wait()
	events, err := s.Events(t.Context(), "case", 0)
	if err != nil {
		t.Fatal(err)
	}
	given := 0
	for i, e := range events {
		if e.Seq != int64(i)+1 {
			t.Fatalf("event %d has number %d", i+1, e.Seq)
		}
		if e.Type == incident.EvDelayReasonsGiven {
			given++
		}
	}
	if given != writers*each {
		t.Errorf("%d reasons are recorded, want %d", given, writers*each)
	}
	checkLedger(t, s, "case")
	checkSnapshot(t, s, "case")
}

func TestARefusalRecordsNothing(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	openCase(t, s, "open", start)
	unknown := opening("new", start)
	unknown.Disclosure.Authority = "NOWHERE"
	huge := assessment(true)
	huge.Facts = []byte(`{"n": 9007199254740993}`)
	long := assessment(true)
	long.Facts = []byte(`{"text": "` + string(slices.Repeat([]byte("x"), 1<<20)) + `"}`)
	for _, c := range []struct {
		name, id string
		actor    incident.Actor
		command  incident.Command
		kind     incident.Kind
	}{
		{"an unknown authority", "new", dpo, unknown, incident.Invalid},
		{"an incident that nobody opened", "none", dpo, assessment(true), incident.NotFound},
		{"a command that does not fit", "open", dpo, incident.ApproveNotification{Obligation: 1}, incident.Conflict},
		{"a role that may not", "open", incident.Actor{Role: incident.RoleAuditor, ID: "x"}, assessment(true), incident.Forbidden},
		{"a number that the record cannot hold", "open", dpo, huge, incident.Invalid},
		{"facts that are too long", "open", dpo, long, incident.TooLarge},
		{"an opening given twice under another key", "open", dpo, incident.Open{ID: "open", Key: "other", Disclosure: disclosure(start)}, incident.Conflict},
	} {
		before := totals(t, ownerURL)
		_, err := s.Record(t.Context(), postgres.Recording{Incident: c.id, Key: newKey(), Actor: c.actor, Command: c.command})
		if incident.KindOf(err) != c.kind || err == nil {
			t.Errorf("%s: error is %v (%s), want kind %s", c.name, err, incident.KindOf(err), c.kind)
		}
		if after := totals(t, ownerURL); after != before {
			t.Errorf("%s: rows were %s, are %s", c.name, before, after)
		}
	}
	if out := openCase(t, s, "second", start); out.Number != "INC-2026-0002" {
		t.Errorf("the next number is %s: refused openings must not use numbers up", out.Number)
	}
}

// totals counts the rows of all tables that a recording touches.
func totals(t *testing.T, url string) string {
	t.Helper()
	return query[string](t, url, `
		SELECT concat_ws(' ', (SELECT count(*) FROM event), (SELECT count(*) FROM recording),
			(SELECT count(*) FROM ledger_entry), (SELECT count(*) FROM ledger_hash), (SELECT count(*) FROM checkpoint),
			(SELECT sum(seq) FROM incident), (SELECT sum(last) FROM incident_number))`)
}

func TestNumbersHaveNoGapUnderConcurrencyAndRefusals(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	const cases = 24
	numbers := make([]string, cases)
	var all sync.WaitGroup
	for i := range cases {
		all.Go(func() {
			id := fmt.Sprintf("case-%d", i)
			command := opening(id, start)
			if i%3 == 0 { // an attempt that is refused after its number was drawn
				bad := command
				bad.Key, bad.Documents = string([]byte{0xff}), []incident.Document{{ID: "\x00"}}
				if _, err := s.Record(t.Context(), postgres.Recording{Incident: id, Key: newKey(), Actor: dpo, Command: bad}); err == nil {
					t.Error("a document id with U+0000 was recorded")
				}
			}
			out, err := s.Record(t.Context(), postgres.Recording{Incident: id, Key: newKey(), Actor: dpo, Command: command})
			if err != nil {
				t.Errorf("open %s: %v", id, err)
			}
			numbers[i] = out.Number
		})
	}
	all.Wait()
	slices.Sort(numbers)
	for i, number := range numbers {
		if want := fmt.Sprintf("INC-2026-%04d", i+1); number != want {
			t.Errorf("number %d is %q, want %s", i+1, number, want)
		}
	}
	checkLedger(t, s, "case-0")
}

func TestTheNumbersYearIsTheOneOfTheIncidentsZoneAndTime(t *testing.T) {
	t.Parallel()
	clock := newWatch(time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC))
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	if out := openCase(t, s, "newyear", clock.now()); out.Number != "INC-2027-0001" {
		t.Errorf("half past midnight in Madrid gives %s, want INC-2027-0001", out.Number)
	}
	drill := opening("drill", clock.now())
	starts := time.Date(2025, 11, 9, 8, 0, 0, 0, time.UTC)
	drill.Disclosure = disclosure(starts)
	drill.Disclosure.Exercise = &incident.Exercise{Pace: 1000, StartsAt: starts}
	if out := record(t, s, "drill", dpo, drill); out.Number != "INC-2025-0001" {
		t.Errorf("an exercise in 2025 gives %s, want INC-2025-0001", out.Number)
	}
}

// checkLedger compares the stored tree with one made from all entries anew.
func checkLedger(t testing.TB, s *postgres.Store, id string) {
	t.Helper()
	entries, err := s.Entries(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	events, err := s.Events(t.Context(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(events) {
		t.Fatalf("%d entries for %d events", len(entries), len(events))
	}
	for i, row := range entries {
		leaf, err := row.Entry.MarshalCanonical()
		if err != nil {
			t.Fatal(err)
		}
		if row.Hash != ledger.LeafHash(leaf).String() {
			t.Errorf("entry %d has another hash than its line", i+1)
		}
		data, err := incident.DecodeData(row.Entry.Type, row.Entry.Data)
		if err != nil {
			t.Fatal(err)
		}
		e := incident.Event{Seq: row.Entry.Seq, Type: row.Entry.Type, At: row.Entry.At, RecordedAt: row.Entry.RecordedAt,
			Actor: incident.Actor{Role: incident.Role(row.Entry.Actor.Role), ID: row.Entry.Actor.ID}, Data: data}
		if diff := cmp.Diff(events[i], e); diff != "" {
			t.Errorf("entry %d tells another story than its event:\n%s", i+1, diff)
		}
	}
}

// checkSnapshot compares the stored state with the fold of all events.
func checkSnapshot(t testing.TB, s *postgres.Store, id string) {
	t.Helper()
	events, err := s.Events(t.Context(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	state, err := s.State(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(incident.Fold(events), state); diff != "" {
		t.Errorf("the stored state is not the fold of the events (-fold +stored):\n%s", diff)
	}
}
