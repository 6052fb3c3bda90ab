package postgres_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestWhatComesBackStandsBesideTheOutcome(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	id := sendingRound(t, s, "case", somebody(1), somebody(2), somebody(3), somebody(4))
	sent := claim(t, s, id, "owner", 3)
	for i, d := range sent[:2] {
		settle(t, s, id, d, "owner", accepted(string(rune('a'+i))))
	}
	settle(t, s, id, sent[2], "owner", postgres.DeliveryOutcome{State: "unknown", MessageID: "c", At: start})
	waiting := claim(t, s, id, "owner", 4)
	if err := s.Release(t.Context(), id, "owner", waiting[0].ID, waiting[1].ID); err != nil {
		t.Fatal(err)
	}
	_, root, err := s.HashOutcomes(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	note := func(delivery int64, final bool, want postgres.NotedBounce) {
		t.Helper()
		clock.advance(time.Minute)
		got, err := s.NoteBounce(t.Context(), postgres.Bounce{Delivery: delivery, Final: final, Status: "5.1.1", Class: "no_such_mailbox"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("delivery %d, final %v (-want +got):\n%s", delivery, final, diff)
		}
	}
	final := postgres.NotedBounce{Incident: id, Round: 1, Unrecorded: true}
	delay := postgres.NotedBounce{Incident: id, Round: 1}
	note(sent[0].ID, false, delay)
	note(sent[1].ID, true, final)
	note(sent[1].ID, true, final) // the same report again
	note(sent[1].ID, false, delay)
	note(sent[2].ID, true, final)
	note(1<<40, true, postgres.NotedBounce{}) // no such delivery
	never := waiting[1].ID
	if never == sent[2].ID {
		never = waiting[0].ID
	}
	note(never, true, postgres.NotedBounce{}) // nothing was sent

	if diff := cmp.Diff(incident.DeliveryCounts{Total: 4, Pending: 1, Accepted: 1, Bounced: 2}, counts(t, s, id)); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	view := listPeople(t, s, id, postgres.PeopleQuery{State: "bounced"})
	if len(view) != 2 || view[0].BounceClass != "no_such_mailbox" || !view[0].BouncedAt.Equal(start.Add(2*time.Minute)) || !view[0].DelayedAt.IsZero() {
		t.Errorf("those who bounced are %+v", view)
	}
	if late := listPeople(t, s, id, postgres.PeopleQuery{State: "accepted"}); len(late) != 1 || !late[0].DelayedAt.Equal(start.Add(time.Minute)) {
		t.Errorf("who is late is %+v", late)
	}

	// What was recorded of the outcomes still holds, and the reports have a tree
	// of their own.
	if _, after, err := s.HashOutcomes(t.Context(), id, 1); err != nil || after != root {
		t.Errorf("the root of the outcomes became %s from %s, %v", after, root, err)
	}
	n, bounces, err := s.BouncesRoot(t.Context(), id, 1)
	if err != nil || n != 2 || bounces == root {
		t.Errorf("%d bounces with root %s, %v", n, bounces, err)
	}
	proof, err := s.ProveBounce(t.Context(), id, 1, "c")
	if err != nil || proof.Check() != nil || proof.Outcome.State != "bounced" || proof.Index != 1 || proof.Size != 2 {
		t.Errorf("the proof is %+v, %v", proof, err)
	}
	if _, err := s.ProveBounce(t.Context(), id, 1, "a"); incident.KindOf(err) != incident.NotFound {
		t.Errorf("a bounce that was none: %v", err)
	}

	unrecorded := func(want []postgres.RoundRef) {
		t.Helper()
		got, err := s.UnrecordedBounces(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("not recorded (-want +got):\n%s", diff)
		}
	}
	unrecorded([]postgres.RoundRef{{Incident: id, Round: 1}})
	command := incident.RecordBounces{Round: 1, Bounced: n, Counts: counts(t, s, id), Root: bounces}
	record(t, s, id, incident.Engine(), command)
	unrecorded(nil)
	record(t, s, id, incident.Engine(), command)
	state, err := s.State(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if r := state.Round(1); r.Bounced != 2 || r.BouncesRoot != bounces || r.Counts.Total != 0 {
		t.Errorf("the round is %+v", r)
	}
}
