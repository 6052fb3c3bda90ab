package workflows_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"tocsin/activities"
	"tocsin/workflows"
)

// webhookRun runs the workflow of a webhook whose looks are answered by a function of
// how many there were, and gives when each was.
func webhookRun(t *testing.T, look func(n int) (activities.WebhookStep, error), more func(*testsuite.TestWorkflowEnvironment)) (looks []time.Duration, told int, ended error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute)
	begun := env.Now()
	env.RegisterActivityWithOptions(func(context.Context, string) (activities.WebhookStep, error) {
		looks = append(looks, env.Now().Sub(begun))
		return look(len(looks))
	}, activity.RegisterOptions{Name: "TellWebhook"})
	env.RegisterActivityWithOptions(func(context.Context, string) error {
		told++
		return nil
	}, activity.RegisterOptions{Name: "TellWebhookStopped"})
	workflows.Register(env)
	more(env)
	env.ExecuteWorkflow(workflows.Webhook, "wh_1")
	if !env.IsWorkflowCompleted() {
		t.Fatal("the workflow did not end")
	}
	return looks, told, env.GetWorkflowError()
}

func TestAWebhooksWorkflowEndsWhenNothingWaits(t *testing.T) {
	looks, told, err := webhookRun(t, func(n int) (activities.WebhookStep, error) {
		return activities.WebhookStep{More: n < 3}, nil
	}, func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.SignalChanged, nil) }, 0)
	})
	if err != nil || len(looks) != 3 || told != 0 {
		t.Errorf("looked %v, told %d, ended with %v", looks, told, err)
	}
}

func TestAWebhookThatTakesNothingIsTriedWhenItsWaitIsOver(t *testing.T) {
	looks, _, err := webhookRun(t, func(n int) (activities.WebhookStep, error) {
		return []activities.WebhookStep{{Wait: time.Hour}, {Wait: 30 * time.Minute}, {}}[n-1], nil
	}, func(*testsuite.TestWorkflowEnvironment) {})
	if err != nil || len(looks) != 3 || looks[1] < time.Hour || looks[2] < 90*time.Minute {
		t.Errorf("looked %v, ended with %v", looks, err)
	}
}

func TestAPersonsTestEndsTheWait(t *testing.T) {
	looks, _, err := webhookRun(t, func(n int) (activities.WebhookStep, error) {
		return []activities.WebhookStep{{Wait: 24 * time.Hour}, {}}[n-1], nil
	}, func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.SignalChanged, nil) }, 10*time.Minute)
	})
	if err != nil || len(looks) != 2 || looks[1] < 10*time.Minute || looks[1] >= 24*time.Hour {
		t.Errorf("looked %v, ended with %v", looks, err)
	}
}

func TestAWebhookThatIsGivenUpIsToldAndLookedAtAgain(t *testing.T) {
	looks, told, err := webhookRun(t, func(n int) (activities.WebhookStep, error) {
		return activities.WebhookStep{GivenUp: n == 1}, nil
	}, func(*testsuite.TestWorkflowEnvironment) {})
	if err != nil || told != 1 || len(looks) != 2 {
		t.Errorf("looked %v, told %d, ended with %v", looks, told, err)
	}
}

func TestAFaultOfOurOwnIsTriedAgain(t *testing.T) {
	looks, _, err := webhookRun(t, func(n int) (activities.WebhookStep, error) {
		if n < 4 {
			return activities.WebhookStep{}, temporal.NewApplicationError("the database is away", activities.UnavailableError)
		}
		return activities.WebhookStep{}, nil
	}, func(*testsuite.TestWorkflowEnvironment) {})
	if err != nil || len(looks) != 4 {
		t.Errorf("looked %v, ended with %v", looks, err)
	}
}

func TestALongHistoryIsContinued(t *testing.T) {
	_, _, err := webhookRun(t, func(int) (activities.WebhookStep, error) { return activities.WebhookStep{More: true}, nil },
		func(*testsuite.TestWorkflowEnvironment) {})
	var again *workflow.ContinueAsNewError
	if !errors.As(err, &again) {
		t.Errorf("ended with %v", err)
	}
}
