package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"tocsin/activities"
	"tocsin/incident"
)

// Bounds of the recording of what came back.
const (
	// bouncesFirst is how long the first report waits for others, so that they
	// become one entry; each further wait is four times as long.
	bouncesFirst = 5 * time.Second
	// bouncesMost is the longest such wait.
	bouncesMost = 10 * time.Minute
	// bouncesQuiet is after how long without a report the workflow ends.
	bouncesQuiet = time.Hour
	// bouncesPerRun bounds the history of one run.
	bouncesPerRun = 100
)

// Bounces is the workflow that records which notices of a round came back. The
// listener wakes it with each report; many reports become few entries.
func Bounces(ctx workflow.Context, ref MailingRef) error {
	changed := workflow.GetSignalChannel(ctx, SignalChanged)
	wait := bouncesFirst
	for range bouncesPerRun {
		if err := workflow.Sleep(ctx, wait); err != nil {
			return err
		}
		for changed.ReceiveAsync(nil) {
			continue // what they told of is counted now
		}
		var sum activities.BouncesSum
		err := workflow.ExecuteActivity(lasting(ctx), a.SumUpBounces, ref.Incident, ref.Round).Get(ctx, &sum)
		if err != nil {
			return err
		}
		if err := record(ctx, QueueMailings, ref.Incident, incident.RecordBounces{
			Round: ref.Round, Bounced: sum.Bounced, Counts: sum.Counts, Root: sum.Root,
		}); err != nil {
			return err
		}
		if !sleepUntilChanged(ctx, changed, bouncesQuiet) && !changed.ReceiveAsync(nil) {
			return nil
		}
		wait = min(4*wait, bouncesMost)
	}
	return workflow.NewContinueAsNewError(ctx, Bounces, ref)
}
