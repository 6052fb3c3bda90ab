package incident

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// settle lets the relay take every call that waits.
func (p *play) settle() {
	for {
		step := p.duty().Next(2)
		if step.Kind != StepCall {
			return
		}
		p.must(Engine(), ReminderOutcome{
			Obligation: 1, Revision: step.Revision, Rung: step.Rung, Level: step.Level,
			Recipient: dpo, State: OutcomeAccepted, MessageID: "m@example.com", SentAt: p.now,
		})
	}
}

// until runs the engine's side of the clock up to an instant.
func (p *play) until(end time.Time) {
	for {
		p.settle()
		step := p.duty().Next(2)
		if step.Kind == StepNone || p.state.Clock.Real(step.At).After(end) {
			p.now = end
			return
		}
		if at := p.state.Clock.Real(step.At); at.After(p.now) {
			p.now = at
		}
		if step.Kind == StepRing {
			p.must(Engine(), RingReminder{Obligation: 1})
		} else {
			p.must(Engine(), EscalateReminder{Obligation: 1, Persons: 2})
		}
	}
}

func (p *play) rungs() []string {
	var names []string
	for _, r := range p.duty().Reminders {
		names = append(names, r.Rung+" "+r.Mode)
	}
	return names
}

func TestTheLadderRingsAt48_24_12_6_3_1_DueAndEvery12HoursAfter(t *testing.T) {
	p := begin(t)
	p.until(received.Add(97 * time.Hour))
	want := []string{"48h rung", "24h rung", "12h rung", "6h rung", "3h rung", "1h rung", "due rung",
		"overdue+12h rung", "overdue+24h rung"}
	if got := p.rungs(); !slices.Equal(got, want) {
		t.Fatalf("rungs are %v, expected %v", got, want)
	}
	for _, r := range p.duty().Reminders {
		if r.FiredAt.Sub(r.DueAt) > time.Millisecond || r.FiredAt.Before(r.DueAt) {
			t.Errorf("%s was due %v and rang %v", r.Rung, r.DueAt, r.FiredAt)
		}
		if len(r.Calls) != 2 || r.Calls[1].Because != becauseUnacknowledged {
			t.Errorf("%s has the calls %+v; expected the DPO, then the deputy", r.Rung, r.Calls)
		}
	}
	first := p.duty().Reminders[0]
	if got := first.Calls[1].DueAt.Sub(first.FiredAt); got != 30*time.Minute {
		t.Errorf("the deputy was called after %v, expected 30 minutes", got)
	}
}

func TestAnAcknowledgedRungCallsNobodyElse(t *testing.T) {
	p := begin(t)
	p.until(received.Add(24*time.Hour + time.Minute))
	p.must(dpo, Acknowledge{Obligation: 1, Via: "link"})
	if got := p.must(dpo, Acknowledge{Obligation: 1, Rung: "48h", Via: "link"}); len(got) != 0 {
		t.Errorf("the link used again led to %v", got)
	}
	p.until(received.Add(40 * time.Hour))
	if calls := p.duty().Reminders[0].Calls; len(calls) != 1 {
		t.Errorf("calls are %+v; expected the DPO alone", calls)
	}
}

func TestARefusedAddressCallsTheNextPersonAtOnce(t *testing.T) {
	p := begin(t)
	p.now = received.Add(24 * time.Hour)
	p.must(Engine(), RingReminder{Obligation: 1})
	p.must(Engine(), ReminderOutcome{Obligation: 1, Revision: 1, Rung: "48h", State: OutcomeRefused, Code: 550, SentAt: p.now})
	step := p.duty().Next(2)
	if step.Kind != StepEscalate || step.At.After(p.now) {
		t.Fatalf("the next step is %+v; expected to escalate at once", step)
	}
	p.must(Engine(), EscalateReminder{Obligation: 1, Persons: 2})
	if got := p.duty().Reminders[0].Calls[1].Because; got != becauseRefused {
		t.Errorf("escalated because %s", got)
	}
	if step := p.duty().Next(1); step.Kind == StepEscalate {
		t.Error("with one person on call there is nobody to escalate to")
	}
}

func TestRungsMissedWhileEverythingWasDownAreToldTogether(t *testing.T) {
	p := begin(t)
	p.now = received.Add(67 * time.Hour) // 5 hours left: 48, 24, 12 and 6 were missed
	p.must(Engine(), RingReminder{Obligation: 1})
	want := []string{"48h combined", "24h combined", "12h combined", "6h rung"}
	if got := p.rungs(); !slices.Equal(got, want) {
		t.Fatalf("rungs are %v, expected %v", got, want)
	}
	if got := p.must(Engine(), RingReminder{Obligation: 1}); len(got) != 0 {
		t.Errorf("ringing again led to %v", got)
	}
}

func TestRungsBeforeTheClockWasSetArePassed(t *testing.T) {
	p := begin(t)
	p.now = received.Add(20 * time.Hour)
	p.must(dpo, SetAwareness{At: received.Add(-40 * time.Hour), Reason: "told earlier"}) // 12 hours left
	p.now = p.now.Add(time.Second)
	p.must(Engine(), RingReminder{Obligation: 1})
	want := []string{"48h passed", "24h passed", "12h rung"}
	if got := p.rungs(); !slices.Equal(got, want) {
		t.Fatalf("rungs are %v, expected %v", got, want)
	}
}

func TestFilingEndsTheClock(t *testing.T) {
	p := begin(t)
	p.until(received.Add(30 * time.Hour))
	p.must(dpo, file(p.now))
	if step := p.duty().Next(2); step.Kind != StepNone {
		t.Errorf("after the filing the clock still wants to %s", step.Kind)
	}
	if got := p.must(Engine(), RingReminder{Obligation: 1}); len(got) != 0 {
		t.Errorf("after the filing ringing led to %v", got)
	}
}

func TestAnExerciseRunsAtItsPace(t *testing.T) {
	p := &play{t: t, state: &State{}, now: opened}
	o := opening()
	o.Disclosure.Exercise = &Exercise{Pace: 3600, StartsAt: received.Add(time.Minute)}
	p.must(dpo, o)
	p.until(opened.Add(24 * time.Second))
	want := []string{"48h rung"}
	if got := p.rungs(); !slices.Equal(got, want) {
		t.Fatalf("24 s after the opening the rungs are %v, expected %v", got, want)
	}
}

func TestClockConversionsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Clock{}
		if rapid.Bool().Draw(t, "exercise") {
			c = Clock{StartsAt: received, OpenedAt: opened, Pace: rapid.Int64Range(1, MaxPace).Draw(t, "pace")}
		}
		at := received.Add(time.Duration(rapid.Int64Range(0, int64(2000*time.Hour)).Draw(t, "at"))).Truncate(time.Microsecond)
		if real := c.Real(at); c.At(real).Before(at) {
			t.Fatalf("waiting until %v, the real time of %v, ends at %v: too early", real, at, c.At(real))
		}
	})
}
