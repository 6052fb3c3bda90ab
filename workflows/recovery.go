package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// RecoveryWorkflowID is the id of the one workflow that looks for what should be
// running and is not.
const RecoveryWorkflowID = "recovery"

const (
	// recoverEvery is how long it takes at most until something that was lost is
	// missed.
	recoverEvery = time.Hour
	// recoveriesPerRun keeps a run's history short.
	recoveriesPerRun = 100
)

// Recovery compares what the record calls for with what runs: at once, whenever a
// worker starts, and every hour. One installation runs it once, however many
// workers it has. A look that fails is tried again for half an hour, and then at
// the next hour.
func Recovery(ctx workflow.Context) error {
	changed := workflow.GetSignalChannel(ctx, SignalChanged)
	for range recoveriesPerRun {
		for changed.ReceiveAsync(nil) {
			continue // the look that follows answers all that asked for one
		}
		err := workflow.ExecuteActivity(recovering(ctx), a.Recover).Get(ctx, nil)
		if ctx.Err() != nil || temporal.IsCanceledError(err) {
			return err
		}
		if err != nil {
			workflow.GetLogger(ctx).Error("a recovery failed; it is tried again within the hour")
		}
		sleepUntilChanged(ctx, changed, recoverEvery)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return workflow.NewContinueAsNewError(ctx, Recovery)
}

// recovering is for one look, which takes minutes where thousands of cases have
// to be started.
func recovering(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              QueueReminders,
		StartToCloseTimeout:    30 * time.Minute,
		ScheduleToCloseTimeout: 30 * time.Minute,
		HeartbeatTimeout:       heartbeat,
		RetryPolicy:            patience(),
	})
}
