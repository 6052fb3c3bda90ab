package workflows_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"tocsin/activities"
	"tocsin/workflows"
)

func anchoring(t *testing.T, start time.Time) (*testsuite.TestWorkflowEnvironment, *memory) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(start)
	env.SetTestTimeout(30 * time.Second)
	return env, newMemory(env)
}

func TestACheckpointLeavesEveryDayToBoth(t *testing.T) {
	start := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	env, m := anchoring(t, start)
	env.RegisterDelayedCallback(func() {
		// Three mornings have passed: nothing left before the first of them.
		m.mu.Lock()
		defer m.mu.Unlock()
		want := []activities.AnchorCall{
			{Day: "2026-12-01"}, {Day: "2026-12-01", Further: true}, {Day: "2026-12-02"}, {Day: "2026-12-02", Further: true},
			{Day: "2026-12-03"}, {Day: "2026-12-03", Further: true},
		}
		if !slices.Equal(m.anchors, want) {
			t.Errorf("mailed %+v, want %+v", m.anchors, want)
		}
	}, 72*time.Hour)
	env.ExecuteWorkflow(workflows.Anchors, "")
	if err := env.GetWorkflowError(); !workflow.IsContinueAsNewError(err) {
		t.Fatalf("the run ended with %v; expected it to continue as new", err)
	}
	if len(m.anchors) != 200 {
		t.Errorf("%d mails in a run of 100 days to two", len(m.anchors))
	}
}

func TestADayWhoseTimerWasLostIsMadeUpForAtOnce(t *testing.T) {
	start := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	env, m := anchoring(t, start)
	env.RegisterDelayedCallback(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if want := []activities.AnchorCall{{Day: "2026-11-30"}, {Day: "2026-11-30", Further: true}}; !slices.Equal(m.anchors, want) {
			t.Errorf("mailed %+v, want %+v", m.anchors, want)
		}
		env.CancelWorkflow()
	}, time.Hour)
	env.ExecuteWorkflow(workflows.Anchors, "2026-11-30")
	for last, want := range map[string]string{"": "", "2026-11-28": "2026-11-30", "2026-11-29": "2026-11-30", "2026-11-30": "", "2026-12-01": ""} {
		if got := workflows.MissedAnchor(last, start); got != want {
			t.Errorf("after a last checkpoint on %q the day %q was missed, want %q", last, got, want)
		}
	}
	if got := workflows.MissedAnchor("2026-11-29", start.Add(-4*time.Hour)); got != "" {
		t.Errorf("before the hour of the day %q was missed", got)
	}
}

func TestARelayThatIsAwayForAWhileDoesNotLoseTheDay(t *testing.T) {
	start := time.Date(2026, 11, 30, 4, 59, 59, 0, time.UTC)
	env, m := anchoring(t, start)
	// The server tries on for six hours; the test environment gives up after ten.
	m.away = start.Add(5 * time.Minute)
	env.RegisterDelayedCallback(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if want := []activities.AnchorCall{{Day: "2026-11-30"}, {Day: "2026-11-30", Further: true}}; !slices.Equal(m.anchors, want) {
			t.Errorf("mailed %+v, want %+v", m.anchors, want)
		}
		env.CancelWorkflow()
	}, 20*time.Hour)
	env.ExecuteWorkflow(workflows.Anchors, "")
	if env.GetWorkflowError() == nil {
		t.Error("a cancelled run ends well")
	}
}

func TestAFilingSendsACheckpointToBoth(t *testing.T) {
	d := newDrill(t)
	d.at(aware.Add(time.Hour), "assess", dpo, assessment(true, false))
	d.at(aware.Add(2*time.Hour), "file", dpo, filing(aware.Add(2*time.Hour), ""))
	d.run(5)
	want := []activities.AnchorCall{{Incident: "i1"}, {Incident: "i1", Further: true}}
	if !slices.Equal(d.record.anchors, want) {
		t.Errorf("mailed %+v, want %+v", d.record.anchors, want)
	}
}
