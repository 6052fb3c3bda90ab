package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tocsin/activities"
)

// AnchorsWorkflowID is the id of the one workflow that sends daily checkpoints.
const AnchorsWorkflowID = "anchors"

const (
	// anchorHour is the hour of the day, UTC, at which a checkpoint leaves.
	anchorHour = 5
	// anchorsPerRun keeps a run's history short.
	anchorsPerRun = 100
)

// Anchors sends a checkpoint of the record out of the building every day, to the
// DPO and to the further address. One installation runs it once. A day that
// fails does not hold up the next, whose checkpoint covers it; a day that was
// missed while everything was down is made up for at once, as its timer fires.
func Anchors(ctx workflow.Context) error {
	for range anchorsPerRun {
		due := nextAnchor(workflow.Now(ctx))
		if err := workflow.Sleep(ctx, due.Sub(workflow.Now(ctx))); err != nil {
			return err
		}
		for _, further := range []bool{false, true} {
			call := activities.AnchorCall{Further: further, Day: due.Format(time.DateOnly)}
			err := workflow.ExecuteActivity(anchoringDaily(ctx), a.MailCheckpoint, call).Get(ctx, nil)
			if temporal.IsCanceledError(err) {
				return err
			}
			if err != nil {
				workflow.GetLogger(ctx).Error("a daily checkpoint could not be mailed", "further", further)
			}
		}
	}
	return workflow.NewContinueAsNewError(ctx, Anchors)
}

// nextAnchor is the next instant after now at which a checkpoint leaves.
func nextAnchor(now time.Time) time.Time {
	now = now.UTC()
	due := time.Date(now.Year(), now.Month(), now.Day(), anchorHour, 0, 0, 0, time.UTC)
	if !due.After(now) {
		due = due.AddDate(0, 0, 1)
	}
	return due
}
