package postgres_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// duties goes through the whole list, a few at a time.
func duties(t testing.TB, s *postgres.Store, atOnce int) []string {
	t.Helper()
	var out []string
	for after, more := "", true; more; {
		list, next, err := s.RunningDuties(t.Context(), after, atOnce)
		if err != nil || len(list) > atOnce {
			t.Fatalf("%d duties after %q, %v", len(list), after, err)
		}
		for _, d := range list {
			out = append(out, fmt.Sprint(d.Incident, " ", d.Duty.N))
		}
		after, more = next, next != ""
	}
	return out
}

func TestRunningDutiesAreListedUntilTheyEnd(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	if got := duties(t, s, 10); len(got) != 0 {
		t.Errorf("without a case there are %v", got)
	}
	for i, id := range []string{"soon", "later", "latest"} {
		open := opening(id, start)
		open.Disclosure.ReceivedAt = start.Add(time.Duration(i-40) * time.Hour)
		record(t, s, id, dpo, open)
	}
	drill := opening("drill", start)
	drill.Disclosure.ReceivedAt = start.Add(-60 * time.Hour)
	drill.Disclosure.Exercise = &incident.Exercise{Pace: 1, StartsAt: start}
	record(t, s, "drill", dpo, drill)
	want := []string{"soon 1", "later 1", "latest 1", "drill 1"}
	for _, atOnce := range []int{1, 3, 4, 10} {
		if got := duties(t, s, atOnce); !slices.Equal(got, want) {
			t.Errorf("%d at once: %v, want %v", atOnce, got, want)
		}
	}
	list, _, err := s.RunningDuties(t.Context(), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	if d := list[0]; !d.Real.Equal(start.Add(32*time.Hour)) || d.Number != "INC-2026-0001" || d.Zone != "Europe/Madrid" || d.Exercise ||
		d.Duty.Recipient != "AEPD" || d.Duty.Cited == "" || d.Duty.Taken || !d.Duty.DueAt.Equal(d.Real) {
		t.Errorf("the first is %+v", d)
	}

	// A later awareness moves it; an acknowledgement shows; a closed case has none.
	record(t, s, "soon", dpo, incident.SetAwareness{At: start.Add(-39 * time.Hour).Add(time.Minute), Reason: "The mail was read then."})
	clock.advance(time.Hour)
	record(t, s, "soon", incident.Engine(), incident.RingReminder{Obligation: 1})
	record(t, s, "soon", dpo, incident.Acknowledge{Obligation: 1, Via: "command"})
	facts := assessment(false)
	facts.Decision.NotifyAuthority = false
	record(t, s, "latest", dpo, facts)
	if got := duties(t, s, 2); !slices.Equal(got, []string{"later 1", "soon 1", "drill 1"}) {
		t.Errorf("then the list is %v", got)
	}
	if list, _, err = s.RunningDuties(t.Context(), "", 2); err != nil || !list[1].Duty.Taken {
		t.Errorf("the duty that was taken on is %+v, %v", list[1].Duty, err)
	}

	// A program of before the list recorded last: it is written anew.
	if _, err := connect(t, ownerURL).Exec(t.Context(), `
		DELETE FROM running_duty WHERE incident = 'later'; UPDATE incident SET listed_seq = 0 WHERE id = 'later'`); err != nil {
		t.Fatal(err)
	}
	if got := duties(t, s, 10); !slices.Equal(got, []string{"later 1", "soon 1", "drill 1"}) {
		t.Errorf("after an older program the list is %v", got)
	}
	for _, after := range []string{"x", "0.1.1", "2.1.1.a", "0.x.1.a", "0.1.x.a", "0.99999999999999999.1.a", "0.1.1.\x00"} {
		_, _, err := s.RunningDuties(t.Context(), after, 10)
		wantKind(t, err, incident.Invalid)
	}
}

func TestHowFastAuthoritiesWereNotifiedIsCounted(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))
	filed := func(id string, after time.Duration) {
		clock.set(start)
		openCase(t, s, id, start)
		record(t, s, id, dpo, incident.SetAwareness{At: start, Reason: "It was read then."})
		document := putDocument(t, s, id, "form.json", "application/json", "{}")
		record(t, s, id, dpo, incident.DraftNotification{Authority: "AEPD", Content: document})
		record(t, s, id, deputy, incident.ApproveNotification{Obligation: 1})
		clock.advance(after)
		record(t, s, id, dpo, incident.FileNotification{Obligation: 1, Receipt: "R-1", At: clock.now(), DelayReasons: "The vendor was slow."})
	}
	filed("first", 10*time.Hour)
	filed("second", 20*time.Hour)
	filed("late", 80*time.Hour)
	openCase(t, s, "open", clock.now())
	counts, err := s.CountIncidents(t.Context())
	if err != nil || counts.Notified != 3 || counts.InTime != 2 || counts.Median != 20*time.Hour {
		t.Errorf("there are %+v, %v", counts, err)
	}
}
