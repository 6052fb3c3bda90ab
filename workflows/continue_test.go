package workflows_test

import (
	"testing"
	"time"

	"go.temporal.io/sdk/workflow"

	"tocsin/incident"
)

func TestALongRunContinuesAsNewWithoutLosingAnything(t *testing.T) {
	d := newDrill(t)
	// The duty is waived, so that its clock does not outlive the run under test.
	d.at(aware.Add(30*time.Minute), "waive", dpo, assessment(false, false))
	d.at(aware.Add(time.Hour), "task", dpo, incident.CompleteTask{Task: 1, Note: "done"})
	d.env.RegisterDelayedCallback(func() { d.env.SetContinueAsNewSuggested(true) }, 51*time.Minute)
	s := d.run(10)
	if err := d.env.GetWorkflowError(); !workflow.IsContinueAsNewError(err) {
		t.Fatalf("the run ended with %v; expected it to continue as new", err)
	}
	if answered, ok := d.answers["task"]; !ok || answered != nil || s.Tasks[0].DoneAt.IsZero() {
		t.Errorf("the last command was answered with %v and its task is %+v", answered, s.Tasks[0])
	}
}

func TestALostWorkflowIsTakenUpFromTheRecord(t *testing.T) {
	first := newDrill(t)
	s := first.run(30)
	if len(s.Obligation(1).Reminders) != 1 {
		t.Fatalf("reminders are %+v", s.Obligation(1).Reminders)
	}
	// Everything that ran is gone; only the record is left, five hours later.
	second := resumed(t, first.record.events, aware.Add(35*time.Hour))
	s = second.run(49)
	if got := rungs(s); len(got) != 2 || got[1] != "24h" {
		t.Errorf("after the loss the rungs are %v; expected the 48h once and the 24h in time", got)
	}
}
