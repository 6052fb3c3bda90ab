package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"tocsin/activities"
	"tocsin/incident"
)

// ObligationRef names one obligation.
type ObligationRef struct {
	// Incident is the incident's id.
	Incident string `json:"incident"`
	// Obligation is the number within the incident.
	Obligation int `json:"obligation"`
}

// stepsPerRun bounds the history of one run of an obligation.
const stepsPerRun = 300

// callWait is how long a call that the relay did not take waits, real time,
// while the ladder goes on.
const callWait = time.Minute

// Obligation is the workflow of one duty's clock: it rings the rungs of the
// ladder, calls the next person when nobody acknowledges, and ends when the
// duty is met or does not apply. It knows no regime by name: everything comes
// from the terms in the record.
func Obligation(ctx workflow.Context, ref ObligationRef) error {
	p := setupObligation(ctx, ref)
	return p.run(ctx)
}

// obligationProcess is the running workflow of one obligation.
type obligationProcess struct {
	ref     ObligationRef
	view    activities.ObligationView
	changed workflow.ReceiveChannel
	// holdCalls is the real instant before which an unsettled call is not
	// tried again, since the relay is away.
	holdCalls time.Time
}

func setupObligation(ctx workflow.Context, ref ObligationRef) *obligationProcess {
	return &obligationProcess{ref: ref, changed: workflow.GetSignalChannel(ctx, SignalChanged)}
}

func (p *obligationProcess) run(ctx workflow.Context) error {
	for range stepsPerRun {
		if err := p.load(ctx); err != nil {
			return err
		}
		step, at := p.next(ctx)
		if step.Kind == incident.StepNone {
			if p.calledBack(ctx) {
				continue
			}
			return nil
		}
		if wait := at.Sub(workflow.Now(ctx)); wait > 0 {
			if changed := sleepUntilChanged(ctx, p.changed, wait); changed {
				continue
			}
		}
		if err := p.take(ctx, step); err != nil {
			return err
		}
	}
	for p.changed.ReceiveAsync(nil) {
		continue // whatever changed is read by the next run
	}
	return workflow.NewContinueAsNewError(ctx, Obligation, p.ref)
}

// calledBack says whether a change was signalled while the process was about
// to end. Nobody starts another while this one still runs: it has to look again
// itself, or a clock that was set meanwhile would stand still.
func (p *obligationProcess) calledBack(ctx workflow.Context) bool {
	return p.changed.ReceiveAsync(nil) &&
		workflow.GetVersion(ctx, "look-again-before-the-end", workflow.DefaultVersion, 1) == 1
}

func (p *obligationProcess) load(ctx workflow.Context) error {
	// A value of its own each time: JSON read into an old one keeps what the
	// new one leaves out, and a call would look settled because an older was.
	var view activities.ObligationView
	err := workflow.ExecuteActivity(patient(ctx, QueueReminders), a.LoadObligation,
		p.ref.Incident, p.ref.Obligation).Get(ctx, &view)
	if err != nil {
		return err
	}
	p.view = view
	return nil
}

// next gives the next step and the real instant at which it is to be taken.
func (p *obligationProcess) next(ctx workflow.Context) (incident.Step, time.Time) {
	o := &p.view.Obligation
	step := o.Next(p.view.Persons)
	if step.Kind != incident.StepCall || !workflow.Now(ctx).Before(p.holdCalls) {
		return step, p.view.Clock.Real(step.At)
	}
	// The relay is away: the ladder goes on until the call is tried again.
	ladder := o.NextRing(p.view.Persons)
	if at := p.view.Clock.Real(ladder.At); ladder.Kind != incident.StepNone && at.Before(p.holdCalls) {
		return ladder, at
	}
	return step, p.holdCalls
}

func (p *obligationProcess) take(ctx workflow.Context, step incident.Step) error {
	n := p.ref.Obligation
	switch step.Kind {
	case incident.StepRing:
		return record(ctx, QueueReminders, p.ref.Incident, incident.RingReminder{Obligation: n})
	case incident.StepEscalate:
		return record(ctx, QueueReminders, p.ref.Incident,
			incident.EscalateReminder{Obligation: n, Persons: p.view.Persons})
	default:
		return p.call(ctx, step)
	}
}

// call sends the mail of one call and records what the relay answered.
func (p *obligationProcess) call(ctx workflow.Context, step incident.Step) error {
	ladder := p.view.Obligation.NextRing(p.view.Persons)
	next := p.view.Clock.Real(ladder.At).Sub(workflow.Now(ctx))
	var sent activities.ReminderSent
	err := workflow.ExecuteActivity(promptly(ctx, next), a.SendReminder, activities.ReminderCall{
		Incident: p.ref.Incident, Obligation: p.ref.Obligation,
		Revision: step.Revision, Rung: step.Rung, Level: step.Level,
	}).Get(ctx, &sent)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		workflow.GetLogger(ctx).Warn("a reminder could not be handed over; it is tried again")
		p.holdCalls = workflow.Now(ctx).Add(callWait)
		return nil
	}
	return record(ctx, QueueReminders, p.ref.Incident, incident.ReminderOutcome{
		Obligation: p.ref.Obligation, Revision: step.Revision, Rung: step.Rung, Level: step.Level,
		Recipient: sent.Recipient, State: sent.State, Code: sent.Code, MessageID: sent.MessageID, SentAt: sent.SentAt,
	})
}

// record lets the engine give a command, however long the record is away.
func record(ctx workflow.Context, queue, id string, command incident.Command) error {
	envelope, err := incident.Wrap(command)
	if err != nil {
		return err
	}
	return workflow.ExecuteActivity(patient(ctx, queue), a.Record, activities.RecordRequest{
		Incident: id, Actor: incident.Engine(), Command: envelope,
	}).Get(ctx, nil)
}
