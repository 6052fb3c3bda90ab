package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"tocsin/activities"
	"tocsin/incident"
)

// RetentionWorkflowID is the id of the workflow that erases an incident's people.
func RetentionWorkflowID(id string) string { return "retention/" + id }

// longestSleep bounds how long a retention sleeps without looking at the record:
// its date lies years ahead, and a change that nobody told it of is found.
const longestSleep = 7 * 24 * time.Hour

// warnWait is how long a warning that the relay did not take waits, real time.
// Nothing is erased meanwhile.
const warnWait = 15 * time.Minute

// Retention is the workflow of a closed case's retention: it warns before the
// date, erases people's data when it has come, and ends then, or when the case is
// reopened or held. Whether a step may be taken is decided by the record.
func Retention(ctx workflow.Context, id string) error {
	p := &retentionProcess{id: id, changed: workflow.GetSignalChannel(ctx, SignalChanged)}
	return p.run(ctx)
}

// retentionProcess is the running workflow of one retention.
type retentionProcess struct {
	id      string
	changed workflow.ReceiveChannel
	// holdMail is the real instant before which a mail is not tried again, since
	// the relay is away.
	holdMail time.Time
}

func (p *retentionProcess) run(ctx workflow.Context) error {
	for range stepsPerRun {
		var view activities.RetentionView
		if err := workflow.ExecuteActivity(patient(ctx, QueueReminders), a.LoadRetention, p.id).Get(ctx, &view); err != nil {
			return err
		}
		if view.Step.Kind == incident.ErasureNone {
			if p.changed.ReceiveAsync(nil) {
				continue
			}
			return nil
		}
		at := view.At
		if view.Step.Kind == incident.ErasureMail && at.Before(p.holdMail) {
			at = p.holdMail
		}
		if wait := at.Sub(workflow.Now(ctx)); wait > 0 {
			woken := sleepUntilChanged(ctx, p.changed, min(wait, longestSleep))
			if woken || wait > longestSleep {
				continue
			}
		}
		ended, err := p.take(ctx, view.Step)
		if err != nil || ended {
			return err
		}
	}
	for p.changed.ReceiveAsync(nil) {
		continue // whatever changed is read by the next run
	}
	return workflow.NewContinueAsNewError(ctx, Retention, p.id)
}

// take takes a step, and says whether it was the last.
func (p *retentionProcess) take(ctx workflow.Context, step incident.ErasureStep) (ended bool, _ error) {
	switch step.Kind {
	case incident.ErasureAdopt:
		return false, record(ctx, QueueReminders, p.id, incident.AdoptRetention{})
	case incident.ErasureWarn:
		return false, record(ctx, QueueReminders, p.id, incident.WarnErasure{})
	case incident.ErasureMail:
		return false, p.mail(ctx, step)
	case incident.ErasureBegin:
		return false, record(ctx, QueueReminders, p.id, incident.BeginErasure{})
	case incident.ErasureErase:
		return true, p.erase(ctx)
	}
	return false, fmt.Errorf("a retention has the unknown step %q", step.Kind)
}

// mail sends one warning to one person and records what the relay answered.
func (p *retentionProcess) mail(ctx workflow.Context, step incident.ErasureStep) error {
	var sent activities.ReminderSent
	err := workflow.ExecuteActivity(promptly(ctx, longestOffer), a.SendErasureWarning, activities.WarningCall{
		Incident: p.id, Revision: step.Revision, N: step.N, Level: step.Level,
	}).Get(ctx, &sent)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		workflow.GetLogger(ctx).Warn("a warning before erasing could not be handed over; it is tried again")
		p.holdMail = workflow.Now(ctx).Add(warnWait)
		return nil
	}
	return record(ctx, QueueReminders, p.id, incident.WarningOutcome{
		Revision: step.Revision, N: step.N, Level: step.Level,
		Recipient: sent.Recipient, State: sent.State, Code: sent.Code, MessageID: sent.MessageID, SentAt: sent.SentAt,
	})
}

// erase removes people's data, however often it has to begin again, records what
// was removed and tells the DPO. That last mail is given up after a while: the
// record and the pages say the same.
func (p *retentionProcess) erase(ctx workflow.Context) error {
	erasing := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           QueueMailings, // it may take minutes: not on the reminders' lane
		StartToCloseTimeout: 6 * time.Hour,
		HeartbeatTimeout:    heartbeat,
		RetryPolicy:         patience(),
	})
	var erased activities.Erased
	if err := workflow.ExecuteActivity(erasing, a.ErasePeople, p.id).Get(ctx, &erased); err != nil {
		return err
	}
	finish := incident.FinishErasure{Counts: erased.Counts, Listed: erased.Listed}
	if err := record(ctx, QueueReminders, p.id, finish); err != nil {
		return err
	}
	if err := workflow.ExecuteActivity(anchoring(ctx), a.TellErased, p.id).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Warn("the mail that tells of an erasure could not be sent")
	}
	return nil
}
