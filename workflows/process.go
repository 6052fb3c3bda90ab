package workflows

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"tocsin/incident"
)

// Process is a workflow that the record calls for. Its functions make all of them,
// so that whoever starts one gives it the same id, queue and input.
type Process struct {
	// Kind is one of incident's Process constants.
	Kind string `json:"kind"`
	// ID is the workflow's id.
	ID string `json:"id"`
	// Incident is the incident to which it belongs; empty for none.
	Incident string `json:"incident,omitempty"`

	queue     string
	process   any
	arguments []any
}

// IncidentProcess takes the commands of one incident.
func IncidentProcess(id string) Process {
	return Process{incident.ProcessIncident, IncidentWorkflowID(id), id, QueueIncidents, Incident, []any{id}}
}

// ObligationProcess keeps the clock of one duty.
func ObligationProcess(id string, n int) Process {
	ref := ObligationRef{Incident: id, Obligation: n}
	return Process{incident.ProcessObligation, ObligationWorkflowID(id, n), id, QueueReminders, Obligation, []any{ref}}
}

// MailingProcess sends one round.
func MailingProcess(id string, round int) Process {
	ref := MailingRef{Incident: id, Round: round}
	return Process{incident.ProcessMailing, MailingWorkflowID(id, round), id, QueueMailings, Mailing, []any{ref}}
}

// BouncesProcess records what came back of a round.
func BouncesProcess(id string, round int) Process {
	ref := MailingRef{Incident: id, Round: round}
	return Process{incident.ProcessBounces, BouncesWorkflowID(id, round), id, QueueMailings, Bounces, []any{ref}}
}

// RetentionProcess erases the people of a closed incident on their date.
func RetentionProcess(id string) Process {
	return Process{incident.ProcessRetention, RetentionWorkflowID(id), id, QueueReminders, Retention, []any{id}}
}

// AnchorsProcess mails a checkpoint every day. missed is a day whose checkpoint is
// made up for at once, as 2026-11-30; empty for none.
func AnchorsProcess(missed string) Process {
	return Process{incident.ProcessAnchors, AnchorsWorkflowID, "", QueueReminders, Anchors, []any{missed}}
}

// WitnessingProcess has checkpoints confirmed outside.
func WitnessingProcess() Process {
	return Process{incident.ProcessWitnessing, WitnessingWorkflowID, "", QueueSignals, Witnessing, nil}
}

// AccountMailProcess sends one mail to the holder of an account.
func AccountMailProcess(mail string) Process {
	return Process{incident.ProcessAccountMail, AccountMailWorkflowID(mail), "", QueueReminders, AccountMail, []any{mail}}
}

// WebhookProcess sends a webhook what waits for it.
func WebhookProcess(id string) Process {
	return Process{incident.ProcessWebhook, WebhookWorkflowID(id), "", QueueSignals, Webhook, []any{id}}
}

// Start starts a process when it does not run, and says whether it did.
func (c *Client) Start(ctx context.Context, p Process) (started bool, err error) {
	return c.ensure(ctx, p.ID, p.queue, p.process, p.arguments...)
}

// Runs says whether the workflow of an id runs. It asks the engine itself and not
// its list, which may be behind.
func (c *Client) Runs(ctx context.Context, id string) (bool, error) {
	about, err := c.temporal.DescribeWorkflowExecution(ctx, id, "")
	if _, never := errors.AsType[*serviceerror.NotFound](err); never {
		return false, nil
	}
	if err != nil {
		return false, c.explain(err)
	}
	return about.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}

// Running is a workflow that runs.
type Running struct {
	// Process is its kind and id; it cannot be started by it.
	Process
	// Run is the engine's id of this very run.
	Run string
	// Since is when it was first started, before it continued as new.
	Since time.Time
}

// Running lists the workflows of Tocsin that run, in no order. What started or
// ended within the last seconds may be missing or still be there.
func (c *Client) Running(ctx context.Context) ([]Running, error) {
	var list []Running
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: `ExecutionStatus = "Running"`, PageSize: 1000}
	for {
		page, err := c.temporal.ListWorkflow(ctx, request)
		if err != nil {
			return nil, c.explain(err)
		}
		for _, w := range page.GetExecutions() {
			kind, rest, _ := strings.Cut(w.GetExecution().GetWorkflowId(), "/")
			one := Running{Process: Process{Kind: kind, ID: w.GetExecution().GetWorkflowId()}, Run: w.GetExecution().GetRunId(), Since: w.GetStartTime().AsTime()}
			switch kind {
			case incident.ProcessIncident, incident.ProcessObligation, incident.ProcessMailing, incident.ProcessBounces, incident.ProcessRetention:
				one.Incident, _, _ = strings.Cut(rest, "/")
			}
			list = append(list, one)
		}
		if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return list, nil
		}
	}
}

// End ends a workflow for which the record does not call. Nothing is lost with it:
// what it knew stands in the record. One that has ended is let be, and so is one that
// began since under the same id, unless run is empty.
func (c *Client) End(ctx context.Context, id, run, why string) error {
	err := c.temporal.TerminateWorkflow(ctx, id, run, why)
	if _, gone := errors.AsType[*serviceerror.NotFound](err); err == nil || gone {
		return nil
	}
	return c.explain(err)
}

// KeepRecovering has somebody look for what should run and does not: now, when look
// is true, and every hour from then on.
func (c *Client) KeepRecovering(ctx context.Context, look bool) error {
	if !look {
		_, err := c.ensure(ctx, RecoveryWorkflowID, QueueReminders, Recovery)
		return err
	}
	_, err := c.temporal.SignalWithStartWorkflow(ctx, RecoveryWorkflowID, SignalChanged, nil, client.StartWorkflowOptions{
		TaskQueue:             QueueReminders,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	}, Recovery)
	if err != nil {
		return c.explain(err)
	}
	return nil
}
