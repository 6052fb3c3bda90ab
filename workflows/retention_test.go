package workflows_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"tocsin/incident"
	"tocsin/workflows"
)

// closedEvents are the events of a case that was closed, with a retention of so
// many days; 0 for none.
func closedEvents(t *testing.T, days int) (events []incident.Event, closed time.Time) {
	t.Helper()
	state, now := &incident.State{}, aware.Add(10*time.Minute)
	give := func(by incident.Actor, c incident.Command) {
		t.Helper()
		more, err := incident.Decide(state, by, c, now)
		if err != nil {
			t.Fatalf("%s: %v", c.Name(), err)
		}
		state.Apply(more...)
		events = append(events, more...)
	}
	give(dpo, incident.Open{ID: "i1", Number: "INC-2026-0001", Disclosure: incident.Disclosure{
		Title: "Exported data set", Kind: "vendor", Vendor: "Mirador Analytics", ReceivedAt: aware,
		OccurredFrom: aware.Add(-200 * time.Hour), PersonalData: "yes", Authority: "AEPD", Zone: "Europe/Madrid",
		Awareness: &incident.SetAwareness{At: aware, Reason: "the vendor says so"},
	}})
	if days > 0 {
		give(dpo, incident.SetRetention{Days: days, Reason: "long enough"})
	}
	give(dpo, assessment(false, false))
	now = aware.Add(52 * time.Hour)
	give(dpo, incident.Close{Reason: "done"})
	return events, now
}

// retained runs a retention from an instant over a record, at most two years.
func retained(t *testing.T, events []incident.Event, from time.Time, prepare func(*testsuite.TestWorkflowEnvironment, *memory)) *memory {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(from)
	env.SetTestTimeout(30 * time.Second)
	m := newMemory(env)
	m.events = slices.Clone(events)
	prepare(env, m)
	env.RegisterDelayedCallback(func() {
		if !env.IsWorkflowCompleted() {
			env.CancelWorkflow()
		}
	}, 2*365*24*time.Hour)
	env.ExecuteWorkflow(workflows.Retention, "i1")
	if !env.IsWorkflowCompleted() || env.GetWorkflowError() != nil {
		t.Fatalf("the retention ended with %v", env.GetWorkflowError())
	}
	return m
}

func nothingElse(*testsuite.TestWorkflowEnvironment, *memory) {}

func TestPeopleAreErasedAfterThreeWarnings(t *testing.T) {
	events, closed := closedEvents(t, 365)
	m := retained(t, events, closed, nothingElse)
	r := m.state().Retention
	if !r.IsErased() || r.Because != incident.ErasedByPolicy || r.BegunAt.Before(r.EraseAt) || r.BegunAt.After(r.EraseAt.Add(time.Minute)) {
		t.Errorf("the retention ended as %+v", r)
	}
	var days []int
	for _, w := range r.Warnings {
		days = append(days, w.Days)
		if len(w.Calls) != 2 || w.Calls[1].AcceptedAt.IsZero() || w.FiredAt.Sub(w.DueAt) > time.Minute {
			t.Errorf("the warning %d days before is %+v", w.Days, w)
		}
	}
	if !slices.Equal(days, []int{30, 7, 1}) || len(m.warned) != 6 || m.erased != 1 || m.tellings != 1 {
		t.Errorf("warned %v days before in %d mails; erased %d times, told %d times", days, len(m.warned), m.erased, m.tellings)
	}
}

func TestARetentionThatSleptThroughItsDateWarnsBeforeItErases(t *testing.T) {
	events, closed := closedEvents(t, 60)
	back := closed.AddDate(0, 6, 0)
	m := retained(t, events, back, nothingElse)
	r := m.state().Retention
	if !r.IsErased() || r.BegunAt.Sub(back) < 24*time.Hour || len(r.Warnings) != 1 || !slices.Equal(r.Warnings[0].Missed, []int{30, 7}) {
		t.Errorf("the retention ended as %+v", r)
	}
}

func TestARelayThatIsAwayPutsTheErasureOff(t *testing.T) {
	events, closed := closedEvents(t, 2)
	m := retained(t, events, closed, func(_ *testsuite.TestWorkflowEnvironment, m *memory) {
		m.away = closed.AddDate(0, 0, 3) // the warning is due a day after closing
	})
	r := m.state().Retention
	if !r.IsErased() || r.BegunAt.Before(m.away.Add(24*time.Hour)) {
		t.Errorf("the relay was away until %s; the retention ended as %+v", m.away, r)
	}
}

func TestAHoldEndsTheRetentionUntilItIsStartedAgain(t *testing.T) {
	events, closed := closedEvents(t, 100)
	m := retained(t, events, closed, func(env *testsuite.TestWorkflowEnvironment, m *memory) {
		env.RegisterDelayedCallback(func() {
			held, err := incident.Decide(m.state(), dpo, incident.HoldErasure{Reason: "a suit"}, env.Now())
			if err != nil {
				t.Error(err)
			}
			m.events = append(m.events, held...)
			env.SignalWorkflow(workflows.SignalChanged, nil)
		}, 90*24*time.Hour)
	})
	if r := m.state().Retention; r.Begun() || m.erased != 0 || len(r.Warnings) != 1 {
		t.Errorf("a held case has %+v", r)
	}
}

func TestTheInstallationsSettingReachesACaseClosedBefore(t *testing.T) {
	events, closed := closedEvents(t, 0)
	m := retained(t, events, closed.AddDate(1, 0, 0), func(_ *testsuite.TestWorkflowEnvironment, m *memory) {
		m.policy = incident.RetentionPolicy{Days: 90}
	})
	if r := m.state().Retention; !r.IsErased() || !r.Default || len(r.Warnings) != 3 {
		t.Errorf("the retention ended as %+v", r)
	}
	without := retained(t, events, closed.AddDate(1, 0, 0), nothingElse)
	if without.state().Retention.Begun() || without.erased != 0 {
		t.Error("a case was erased for which nobody decided")
	}
}

func TestClosingStartsTheRetention(t *testing.T) {
	d := newDrill(t)
	d.at(aware.Add(time.Hour), "retention", dpo, incident.SetRetention{Days: 365, Reason: "long enough"})
	d.at(aware.Add(50*time.Hour), "assess", dpo, assessment(false, false))
	d.at(aware.Add(52*time.Hour), "close", dpo, incident.Close{Reason: "done"})
	s := d.run(2 * 365 * 24)
	if r := s.Retention; !r.IsErased() || len(r.Warnings) != 3 {
		t.Errorf("the retention of a closed case ended as %+v", r)
	}
}

// A command on a closed case starts the incident's workflow again, which tells
// the retention. No signal reaches a child in this environment, so that it finds
// the decision when it looks by itself, after a week.
func TestACommandOnAClosedCaseReachesItsRetention(t *testing.T) {
	events, closed := closedEvents(t, 365)
	asked, err := incident.Decide(incident.Fold(events), dpo, incident.RequestErasure{Reason: "settled", Others: 1}, closed)
	if err != nil {
		t.Fatal(err)
	}
	d := resumed(t, append(events, asked...), closed.Add(time.Hour))
	d.at(closed.Add(time.Hour), "refused confirmation by oneself", dpo, incident.ConfirmErasure{})
	d.at(closed.Add(time.Hour), "confirm", deputy, incident.ConfirmErasure{})
	s := d.run(2 * 365 * 24)
	if r := s.Retention; !r.IsErased() || r.Because != incident.ErasedByDecision || r.BegunAt.After(closed.AddDate(0, 0, 8)) {
		t.Errorf("after two people decided, the retention is %+v", r)
	}
}
