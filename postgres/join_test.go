package postgres_test

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// told opens a case with a message, and with a data set.
func told(t *testing.T, s *postgres.Store, id string) *incident.State {
	t.Helper()
	open := opening(id, start)
	message, err := s.PutDocument(t.Context(), id, "message.eml", "message/rfc822", []byte("word of "+id))
	if err != nil {
		t.Fatal(err)
	}
	set, err := s.PutDataSet(t.Context(), id, "people.csv", "text/csv", strings.NewReader(strings.Repeat("email\nana@example.com\n", 70_000)))
	if err != nil {
		t.Fatal(err)
	}
	open.Documents, open.DataSet = []incident.Document{message}, &set
	record(t, s, id, dpo, open)
	return stateOf(t, s, id)
}

func stateOf(t *testing.T, s *postgres.Store, id string) *incident.State {
	t.Helper()
	state, err := s.State(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func joining(t *testing.T, s *postgres.Store, from *incident.State, into string) incident.Join {
	t.Helper()
	copies, err := s.CopyForJoin(t.Context(), from, into)
	if err != nil {
		t.Fatal(err)
	}
	return incident.Join{Into: into, Reason: "the same export", Copies: copies}
}

func TestJoiningStandsInBothCasesOrInNeither(t *testing.T) {
	t.Parallel()
	keys := postgrestest.Keys(t)
	_, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, keys, postgres.WithClock(newWatch(start).now))
	from := told(t, s, "one")
	openCase(t, s, "two", start)
	in := postgres.Recording{Incident: "one", Key: newKey(), Actor: dpo, Command: joining(t, s, from, "two")}
	out, err := s.Record(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Record(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(out, again); diff != "" {
		t.Errorf("the same key answers otherwise:\n%s", diff)
	}
	one, two := stateOf(t, s, "one"), stateOf(t, s, "two")
	if one.JoinedTo == nil || one.JoinedTo.Number != two.Number || len(two.Joined) != 1 {
		t.Fatalf("the cases are %+v and %+v", one.JoinedTo, two.Joined)
	}
	for _, id := range []string{"one", "two"} {
		events, err := s.Events(t.Context(), id, 0)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(incident.Fold(events), stateOf(t, s, id)); diff != "" {
			t.Errorf("%s is not the fold of its events:\n%s", id, diff)
		}
	}

	_, message, err := s.Document(t.Context(), "two", two.Documents[0].ID)
	if err != nil || string(message) != "word of one" {
		t.Errorf("the message is %q, %v", message, err)
	}
	_, set, err := s.DataSet(t.Context(), "two", two.DataSets()[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if people, err := io.ReadAll(set); err != nil || !bytes.HasPrefix(people, []byte("email\nana@example.com")) || len(people) != 22*70_000 {
		t.Errorf("the data set has %d bytes, %v", len(people), err)
	}

	rows, err := s.Incidents(t.Context(), postgres.IncidentFilter{Open: new(false)})
	if err != nil || len(rows) != 1 || rows[0].ID != "one" || !strings.Contains(rows[0].NextAction, two.Number) {
		t.Errorf("closed are %+v, %v", rows, err)
	}
	set1, taken := two.DataSets()[0].ID, record(t, s, "one", deputy, incident.Reopen{Reason: "another export"})
	if len(taken.Recorded) != 2 {
		t.Errorf("taking it out recorded %d events in its own case", len(taken.Recorded))
	}
	if two = stateOf(t, s, "two"); two.Joined[0].OutAt.IsZero() || stateOf(t, s, "one").IsClosed() {
		t.Errorf("it was not taken out: %+v", two.Joined[0])
	}
	if _, _, err := s.DataSet(t.Context(), "two", set1); incident.KindOf(err) != incident.NotFound {
		t.Errorf("the data set of another breach is still there: %v", err)
	}
	if _, _, err := s.DataSet(t.Context(), "one", from.DataSet.ID); err != nil {
		t.Errorf("its own case lost it: %v", err)
	}
	for _, id := range []string{"one", "two"} {
		verifies(t, s, id, keys.VKey)
	}
}

// verifies checks a bundle of a case.
func verifies(t *testing.T, s *postgres.Store, id, key string) {
	t.Helper()
	record(t, s, id, incident.Engine(), incident.SealBundle{})
	var b bytes.Buffer
	if err := s.Bundle(t.Context(), id, &b); err != nil {
		t.Fatal(err)
	}
	report, err := ledger.Verify(t.Context(), bytes.NewReader(b.Bytes()), int64(b.Len()), ledger.VerifyOptions{Key: key})
	if err != nil || !report.OK {
		t.Errorf("the bundle of %s: %+v %v", id, report, err)
	}
}

func TestARefusedJoiningLeavesNothing(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t, postgres.WithClock(newWatch(start).now))
	from := told(t, s, "one")
	openCase(t, s, "two", start)
	command := joining(t, s, from, "two")
	record(t, s, "two", dpo, incident.RecordAssessment{Facts: []byte(`{"a":1}`), Decision: incident.AssessmentDecision{Reason: "no risk"}})
	closing := record(t, s, "two", dpo, incident.Close{Reason: "no risk"})
	for name, in := range map[string]postgres.Recording{
		"a closed case": {Incident: "one", Command: command},
		"no case":       {Incident: "one", Command: incident.Join{Into: "three", Reason: "the same"}},
	} {
		in.Key, in.Actor = newKey(), dpo
		if out, err := s.Record(t.Context(), in); err == nil {
			t.Errorf("%s took it: %+v", name, out)
		}
	}
	if err := s.DropCopies(t.Context(), from, "two", command.Copies); err != nil {
		t.Fatal(err)
	}
	if one, two := stateOf(t, s, "one"), stateOf(t, s, "two"); one.Seq != from.Seq || two.Seq != closing.Seq {
		t.Errorf("something was recorded: %d and %d", one.Seq, two.Seq)
	}
	for _, c := range command.Copies {
		if _, _, err := s.DataSet(t.Context(), "two", c.As.ID); incident.KindOf(err) != incident.NotFound {
			t.Errorf("a file of people stays: %v", err)
		}
	}
}

func TestOfTwoWhoJoinAtOnceOneIsRefused(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t, postgres.WithClock(newWatch(start).now))
	for round := range 5 {
		suffix := string(rune('a' + round))
		one, two := told(t, s, "one"+suffix), told(t, s, "two"+suffix)
		commands := map[string]incident.Join{one.ID: joining(t, s, one, two.ID), two.ID: joining(t, s, two, one.ID)}
		var mu sync.Mutex
		var done, refused int
		var all sync.WaitGroup
		for id, command := range commands {
			for range 2 { // each by two people
				all.Go(func() {
					out, err := s.Record(t.Context(), postgres.Recording{Incident: id, Key: newKey(), Actor: dpo, Command: command})
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err == nil && len(out.Recorded) > 0:
						done++
					case err != nil && incident.KindOf(err) == incident.Conflict:
						refused++
					case err != nil:
						t.Errorf("%s: %v", id, err)
					}
				})
			}
		}
		all.Wait()
		if done != 1 || refused != 2 {
			t.Errorf("round %d: %d joined and %d were refused, expected 1 and 2; the fourth found it done", round, done, refused)
		}
		a, b := stateOf(t, s, one.ID), stateOf(t, s, two.ID)
		if a.IsClosed() == b.IsClosed() || len(a.Joined)+len(b.Joined) != 1 {
			t.Errorf("round %d: the cases are %+v and %+v", round, a.JoinedTo, b.JoinedTo)
		}
	}
}
