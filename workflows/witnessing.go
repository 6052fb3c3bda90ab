package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tocsin/activities"
)

// WitnessingWorkflowID is the id of the one workflow that has checkpoints
// confirmed outside.
const WitnessingWorkflowID = "witnessing"

const (
	// witnessingEvery is how often it looks for a checkpoint that was not confirmed.
	witnessingEvery = 2 * time.Minute
	// witnessingsPerRun keeps a run's history short.
	witnessingsPerRun = 100
)

// Witnessing has the newest checkpoint of the record confirmed by every witness
// and every authority that was set up, within minutes of its signing. They are
// asked side by side: one that fails holds up neither another nor anything else,
// and is asked again.
func Witnessing(ctx workflow.Context) error {
	for range witnessingsPerRun {
		var calls []activities.OutsideCall
		err := workflow.ExecuteActivity(confirming(ctx), a.ListOutside).Get(ctx, &calls)
		if temporal.IsCanceledError(err) {
			return err
		}
		if err == nil && len(calls) == 0 {
			return nil // nobody is asked any more
		}
		asked := make([]workflow.Future, len(calls))
		for i, call := range calls {
			asked[i] = workflow.ExecuteActivity(confirming(ctx), a.ConfirmCheckpoint, call)
		}
		for i, answer := range asked {
			err := answer.Get(ctx, nil)
			if temporal.IsCanceledError(err) {
				return err
			}
			if err != nil {
				workflow.GetLogger(ctx).Error("a checkpoint was not confirmed outside", "kind", calls[i].Kind, "name", calls[i].Name)
			}
		}
		if err := workflow.Sleep(ctx, witnessingEvery); err != nil {
			return err
		}
	}
	return workflow.NewContinueAsNewError(ctx, Witnessing)
}

// confirming is for those outside: an answer within a minute, and some attempts
// before the next round begins.
func confirming(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              QueueSignals,
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: 5 * time.Minute,
		HeartbeatTimeout:       heartbeat,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: 2 * time.Second, BackoffCoefficient: 3, MaximumInterval: time.Minute,
		},
	})
}
