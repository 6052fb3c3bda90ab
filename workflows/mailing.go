package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tocsin/activities"
	"tocsin/incident"
)

// MailingRef names one round of a mailing.
type MailingRef struct {
	// Incident is the incident's id.
	Incident string `json:"incident"`
	// Round is the number within the incident.
	Round int `json:"round"`
}

// Mailing is the workflow of one approved round: it hands the notices to the
// relay through one heartbeating activity over the table of deliveries, waits
// for those that were deferred, and records the outcome. A stopped round ends
// with what was sent by then.
func Mailing(ctx workflow.Context, ref MailingRef) error {
	p := &mailingProcess{ref: ref, changed: workflow.GetSignalChannel(ctx, SignalChanged)}
	return p.run(ctx)
}

// mailingProcess is the running workflow of one round.
type mailingProcess struct {
	ref     MailingRef
	changed workflow.ReceiveChannel
}

// pausedLook is how often a paused round is looked at although nobody said that
// it goes on.
const pausedLook = 15 * time.Minute

// resumeWait is the longest wait before a pass that failed, or whose sender
// died, is begun again: people wait for their notices.
const resumeWait = 10 * time.Second

// passesPerRun bounds the history of one run of a mailing.
const passesPerRun = 100

func (p *mailingProcess) run(ctx workflow.Context) error {
	if err := workflow.ExecuteActivity(lasting(ctx), a.PrepareMailing, p.ref.Incident, p.ref.Round).Get(ctx, nil); err != nil {
		return err
	}
	for range passesPerRun {
		pass, err := p.pass(ctx)
		if err != nil {
			return err
		}
		if pass.Done {
			var outcome activities.MailingOutcome
			err := workflow.ExecuteActivity(lasting(ctx), a.SumUpMailing, p.ref.Incident, p.ref.Round).Get(ctx, &outcome)
			if err != nil {
				return err
			}
			return record(ctx, QueueMailings, p.ref.Incident, incident.FinishMailing{
				Round: p.ref.Round, Counts: outcome.Counts, SHA256: outcome.SHA256, Root: outcome.Root,
			})
		}
		if pass.Hold != "" {
			hold := incident.HoldMailing{Round: p.ref.Round, Why: pass.Hold, Sent: pass.Sent, Refused: pass.Refused}
			if err := record(ctx, QueueMailings, p.ref.Incident, hold); err != nil {
				return err
			}
			p.callPersons(ctx)
		}
		if pass.Hold != "" || pass.Paused {
			sleepUntilChanged(ctx, p.changed, pausedLook)
			continue
		}
		if wait := pass.NextAt.Sub(workflow.Now(ctx)); wait > 0 {
			// Deferred notices are due then, or the round was stopped.
			sleepUntilChanged(ctx, p.changed, wait)
		}
	}
	return workflow.NewContinueAsNewError(ctx, Mailing, p.ref)
}

// callPersons mails the DPO and the deputies that the round halts, beside what
// else the process does: it does not wait for a relay to be back.
func (p *mailingProcess) callPersons(ctx workflow.Context) {
	if workflow.GetVersion(ctx, "tell-of-a-hold", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		for level := 0; ; level++ {
			var told activities.HoldTold
			call := activities.HoldCall{Incident: p.ref.Incident, Round: p.ref.Round, Level: level}
			if err := workflow.ExecuteActivity(persistently(ctx), a.TellOfHold, call).Get(ctx, &told); err != nil {
				workflow.GetLogger(ctx).Warn("nobody could be told that a round halts")
				return
			}
			if !told.Further {
				return
			}
		}
	})
}

// pass hands over everything that can be handed over now.
func (p *mailingProcess) pass(ctx workflow.Context) (activities.MailingPass, error) {
	var pass activities.MailingPass
	err := workflow.ExecuteActivity(lasting(ctx), a.SendMailing, p.ref.Incident, p.ref.Round).Get(ctx, &pass)
	return pass, err
}

// lasting is for what takes as long as there are people, and says every second
// that it lives.
func lasting(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           QueueMailings,
		StartToCloseTimeout: 24 * time.Hour,
		HeartbeatTimeout:    heartbeat,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: resumeWait,
		},
	})
}
