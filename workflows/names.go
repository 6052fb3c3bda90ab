package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tocsin/incident"
)

// Task queues. Reminders have their own, so that a million notices never
// delay one of them.
const (
	// QueueIncidents serves incidents and the recording of commands.
	QueueIncidents = "tocsin-incidents"
	// QueueReminders serves obligations and their reminders.
	QueueReminders = "tocsin-reminders"
	// QueueMailings serves mailings.
	QueueMailings = "tocsin-mailings"
	// QueueSignals serves webhooks, so that a receiver that hangs holds up nothing else.
	QueueSignals = "tocsin-signals"
)

// SignalChanged tells an obligation or a mailing that the record has changed
// and is to be read again. It carries nothing.
const SignalChanged = "changed"

// IncidentWorkflowID is the id of an incident's workflow.
func IncidentWorkflowID(id string) string { return "incident/" + id }

// ObligationWorkflowID is the id of an obligation's workflow.
func ObligationWorkflowID(id string, n int) string { return fmt.Sprintf("obligation/%s/%d", id, n) }

// MailingWorkflowID is the id of a mailing's workflow.
func MailingWorkflowID(id string, round int) string { return fmt.Sprintf("mailing/%s/%d", id, round) }

// BouncesWorkflowID is the id of the workflow that records what came back of a
// round.
func BouncesWorkflowID(id string, round int) string { return fmt.Sprintf("bounces/%s/%d", id, round) }

// WebhookWorkflowID is the id of the workflow that sends a webhook its signals.
func WebhookWorkflowID(id string) string { return "webhook/" + id }

// recordCommand bounds the recording of a person's command: someone waits for
// the answer, and after this time gets "unavailable" with nothing recorded. Who
// a round writes to is counted as it is recorded, and a million people take
// seconds.
func recordCommand(ctx workflow.Context, name string) workflow.Context {
	one, all := 5*time.Second, 12*time.Second
	switch name {
	case incident.CmdOpenRound, incident.CmdImportPeople:
		one, all = 15*time.Second, 18*time.Second // shorter than answerWithin
	}
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              QueueIncidents,
		StartToCloseTimeout:    one,
		ScheduleToCloseTimeout: all,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 2 * time.Second,
		},
	})
}

// patient is for what must happen, however long a part is away.
func patient(ctx workflow.Context, queue string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           queue,
		StartToCloseTimeout: 6 * time.Second, // a worker that was killed is not waited for longer
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: 500 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 20 * time.Second,
		},
	})
}
