package gdpr_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/gdpr"
)

func notificationTerms(t *testing.T) gdpr.Terms {
	t.Helper()
	terms, err := gdpr.NewTerms(gdpr.RegimeNotification, "AEPD")
	if err != nil {
		t.Fatal(err)
	}
	return terms
}

func TestTheLadderRingsAtTheHoursOfTheDesign(t *testing.T) {
	ladder := notificationTerms(t).Ladder
	want := []gdpr.Rung{
		{HoursLeft: 48, EscalateAfterMinutes: 30},
		{HoursLeft: 24, EscalateAfterMinutes: 30},
		{HoursLeft: 12, EscalateAfterMinutes: 30},
		{HoursLeft: 6, EscalateAfterMinutes: 15},
		{HoursLeft: 3, EscalateAfterMinutes: 15},
		{HoursLeft: 1, EscalateAfterMinutes: 5},
		{HoursLeft: 0, EscalateAfterMinutes: 5},
		{HoursLeft: -12, EscalateAfterMinutes: 5},
		{HoursLeft: -24, EscalateAfterMinutes: 5},
		{HoursLeft: -36, EscalateAfterMinutes: 5},
	}
	for n, w := range want {
		got, ok := ladder.Rung(n)
		if !ok || got != w {
			t.Errorf("rung %d: got %+v, %t; want %+v", n, got, ok, w)
		}
		if got.Overdue() != (w.HoursLeft < 0) {
			t.Errorf("rung %d: overdue is %t", n, got.Overdue())
		}
	}
	if got, ok := ladder.Rung(-1); ok {
		t.Errorf("rung -1 exists: %+v", got)
	}
}

func TestARungRingsItsHoursBeforeTheDueTime(t *testing.T) {
	due := time.Date(2025, 11, 28, 17, 4, 0, 0, time.UTC)
	cases := []struct {
		hoursLeft int
		want      time.Time
	}{
		{48, due.Add(-48 * time.Hour)},
		{0, due},
		{-12, due.Add(12 * time.Hour)},
	}
	for _, c := range cases {
		if got := (gdpr.Rung{HoursLeft: c.hoursLeft}).When(due); !got.Equal(c.want) {
			t.Errorf("%d hours left: got %s, want %s", c.hoursLeft, got, c.want)
		}
	}
	if got := (gdpr.Rung{EscalateAfterMinutes: 15}).EscalateAfter(); got != 15*time.Minute {
		t.Errorf("escalate after: got %s", got)
	}
}

func TestAnEmptyLadderNeverRings(t *testing.T) {
	var empty gdpr.Ladder
	if _, ok := empty.Rung(0); ok {
		t.Error("rung 0 exists")
	}
	if _, ok := empty.RungAfter(time.Unix(0, 0), time.Unix(0, 0)); ok {
		t.Error("a rung follows")
	}
	finite := gdpr.Ladder{Rungs: []gdpr.Rung{{HoursLeft: 0, EscalateAfterMinutes: 1}}}
	if _, ok := finite.Rung(1); ok {
		t.Error("a ladder without repetition goes on")
	}
	if _, ok := finite.RungAfter(time.Unix(0, 0), time.Unix(1, 0)); ok {
		t.Error("a ladder without repetition goes on after its last rung")
	}
}

func TestTheNextRungIsTheFirstThatRingsLater(t *testing.T) {
	ladder := notificationTerms(t).Ladder
	due := time.Date(2025, 11, 28, 17, 4, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		at := due.Add(time.Duration(rapid.Int64Range(-100*3600, 400*3600).Draw(t, "seconds")) * time.Second)
		n, ok := ladder.RungAfter(due, at)
		if !ok {
			t.Fatal("the ladder ends")
		}
		next, _ := ladder.Rung(n)
		if !next.When(due).After(at) {
			t.Fatalf("rung %d rings at %s, not after %s", n, next.When(due), at)
		}
		if n > 0 {
			before, _ := ladder.Rung(n - 1)
			if before.When(due).After(at) {
				t.Fatalf("rung %d rings after %s already", n-1, at)
			}
			if !before.When(due).Before(next.When(due)) {
				t.Fatalf("rung %d does not ring before rung %d", n-1, n)
			}
		}
	})
}
