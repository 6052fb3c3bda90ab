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
// missed is such a day when the timer itself was lost, as 2026-11-30; empty for
// none.
func Anchors(ctx workflow.Context, missed string) error {
	if missed != "" {
		if err := anchorDay(ctx, missed); err != nil {
			return err
		}
	}
	for range anchorsPerRun {
		due := nextAnchor(workflow.Now(ctx))
		if err := workflow.Sleep(ctx, due.Sub(workflow.Now(ctx))); err != nil {
			return err
		}
		if err := anchorDay(ctx, due.Format(time.DateOnly)); err != nil {
			return err
		}
	}
	return workflow.NewContinueAsNewError(ctx, Anchors, "")
}

// anchorDay mails the checkpoint of a day to both.
func anchorDay(ctx workflow.Context, day string) error {
	for _, further := range []bool{false, true} {
		call := activities.AnchorCall{Further: further, Day: day}
		err := workflow.ExecuteActivity(anchoringDaily(ctx), a.MailCheckpoint, call).Get(ctx, nil)
		if temporal.IsCanceledError(err) {
			return err
		}
		if err != nil {
			workflow.GetLogger(ctx).Error("a daily checkpoint could not be mailed", "further", further)
		}
	}
	return nil
}

// MissedAnchor gives the day whose checkpoint should have left by an instant and did
// not, where the last that left was that of another day; empty for none. An
// installation of which none ever left has missed none.
func MissedAnchor(last string, now time.Time) string {
	due := nextAnchor(now).AddDate(0, 0, -1).Format(time.DateOnly)
	if last == "" || last >= due {
		return ""
	}
	return due
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
