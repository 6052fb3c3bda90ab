package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"tocsin/activities"
)

// longestWait bounds how long a webhook that took nothing waits without looking at
// the record.
const longestWait = 24 * time.Hour

// Webhook is the workflow that sends a webhook its signals, one after the other in
// the order of the record. It runs while something waits and ends then; whoever
// records wakes it. How far it is, and when it is tried again, stand in the record's
// database: a run that is lost loses nothing.
func Webhook(ctx workflow.Context, id string) error {
	changed := workflow.GetSignalChannel(ctx, SignalChanged)
	for range stepsPerRun {
		for changed.ReceiveAsync(nil) {
			continue // what changed until now is seen by the look that follows
		}
		var step activities.WebhookStep
		if err := workflow.ExecuteActivity(telling(ctx), a.TellWebhook, id).Get(ctx, &step); err != nil {
			return err
		}
		switch {
		case step.GivenUp:
			if err := workflow.ExecuteActivity(persistently(ctx), a.TellWebhookStopped, id).Get(ctx, nil); err != nil {
				if ctx.Err() != nil {
					return err
				}
				workflow.GetLogger(ctx).Warn("the mail that tells of a webhook that was given up could not be sent; it is tried again")
				return nil // whoever looks for what is due starts it again
			}
		case step.More:
		case step.Wait > 0:
			sleepUntilChanged(ctx, changed, min(step.Wait, longestWait))
			if ctx.Err() != nil {
				return ctx.Err()
			}
		case !changed.ReceiveAsync(nil):
			return nil
		}
	}
	return workflow.NewContinueAsNewError(ctx, Webhook, id)
}
