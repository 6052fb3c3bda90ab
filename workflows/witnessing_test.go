package workflows_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"tocsin/activities"
	"tocsin/workflows"
)

// outside answers for those who confirm checkpoints.
func outside(calls []activities.OutsideCall, asked map[string]int) *testsuite.TestWorkflowEnvironment {
	env := new(testsuite.WorkflowTestSuite).NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute)
	env.RegisterActivityWithOptions(func(context.Context) ([]activities.OutsideCall, error) { return calls, nil },
		activity.RegisterOptions{Name: "ListOutside"})
	var mu sync.Mutex // they are asked side by side
	env.RegisterActivityWithOptions(func(_ context.Context, c activities.OutsideCall) error {
		mu.Lock()
		asked[c.Name]++
		mu.Unlock()
		if c.Name == "down.example.com" {
			return errors.New("away")
		}
		return nil
	}, activity.RegisterOptions{Name: "ConfirmCheckpoint"})
	return env
}

func TestOneThatConfirmsNothingHoldsUpNoOther(t *testing.T) {
	asked := map[string]int{}
	env := outside([]activities.OutsideCall{{Kind: "cosignature", Name: "down.example.com"}, {Kind: "timestamp", Name: "tsa.example.com"}}, asked)
	env.ExecuteWorkflow(workflows.Witnessing)
	if err := env.GetWorkflowError(); !workflow.IsContinueAsNewError(err) {
		t.Fatalf("the run ended with %v; expected it to continue as new", err)
	}
	if asked["tsa.example.com"] != 100 || asked["down.example.com"] <= 100 {
		t.Errorf("asked %v; expected the one that answers once a round, the other several times", asked)
	}
}

func TestNobodyToAskEndsIt(t *testing.T) {
	env := outside(nil, map[string]int{})
	env.ExecuteWorkflow(workflows.Witnessing)
	if err := env.GetWorkflowError(); err != nil || !env.IsWorkflowCompleted() {
		t.Errorf("%v", err)
	}
}
