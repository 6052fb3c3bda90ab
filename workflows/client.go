package workflows

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tocsin/incident"
)

// answerWithin is how long a caller waits for the answer to a command.
const answerWithin = 20 * time.Second

// Client gives commands to incidents' workflows.
type Client struct {
	temporal client.Client
}

// NewClient gives a client over a connection to Temporal.
func NewClient(c client.Client) *Client { return &Client{temporal: c} }

// Command gives a command and waits until its events are recorded. The
// incident's workflow is started when it does not run: at opening, at
// reopening, and when it was lost. Errors are [*incident.Error]: the refusal,
// or [incident.Unavailable] when Temporal or every worker is away.
func (c *Client) Command(
	ctx context.Context, id string, actor incident.Actor, command incident.Command,
) (Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	// A workflow that is just ending refuses the update: then the next try
	// starts a new run.
	const tries = 3
	var err error
	for range tries {
		var reply Reply
		reply, err = c.update(ctx, id, actor, command)
		if err == nil {
			return reply, nil
		}
		if _, ending := errors.AsType[*serviceerror.NotFound](err); !ending {
			break
		}
	}
	return Reply{}, c.explain(err)
}

func (c *Client) update(ctx context.Context, id string, actor incident.Actor, command incident.Command) (Reply, error) {
	start := c.temporal.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID:                       IncidentWorkflowID(id),
		TaskQueue:                QueueIncidents,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	}, Incident, id)
	handle, err := c.temporal.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateName:   command.Name(),
			Args:         []any{Request[incident.Command]{Actor: actor, Command: command}},
			WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err != nil {
		return Reply{}, err
	}
	var reply Reply
	if err := handle.Get(ctx, &reply); err != nil {
		return Reply{}, err
	}
	return reply, nil
}

// SendAccountMail starts the workflow that sends one mail to the holder of an
// account, when it does not run.
func (c *Client) SendAccountMail(ctx context.Context, mail string) error {
	_, err := c.ensure(ctx, AccountMailWorkflowID(mail), QueueReminders, AccountMail, mail)
	return err
}

func (c *Client) ensure(ctx context.Context, id, queue string, process any, arguments ...any) (started bool, err error) {
	run, err := c.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       id,
		TaskQueue:                                queue,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	}, process, arguments...)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return false, nil
	}
	if err != nil {
		return false, c.explain(err)
	}
	return run != nil, nil
}

// RecordBounces has the notices of a round that came back recorded soon.
func (c *Client) RecordBounces(ctx context.Context, id string, round int) error {
	_, err := c.temporal.SignalWithStartWorkflow(ctx, BouncesWorkflowID(id, round), SignalChanged, nil, client.StartWorkflowOptions{
		TaskQueue:             QueueMailings,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	}, Bounces, MailingRef{Incident: id, Round: round})
	if err != nil {
		return c.explain(err)
	}
	return nil
}

// WakeWebhook has a webhook sent what waits for it: its workflow is started, or
// told to look again.
func (c *Client) WakeWebhook(ctx context.Context, id string) error {
	_, err := c.temporal.SignalWithStartWorkflow(ctx, WebhookWorkflowID(id), SignalChanged, nil, client.StartWorkflowOptions{
		TaskQueue:             QueueSignals,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	}, Webhook, id)
	if err != nil {
		return c.explain(err)
	}
	return nil
}

// Ping says whether Temporal answers.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
	return err
}

// NewIncidentID gives the id of a new incident: the same for the same key of
// the client, so that opening again finds the first; random without a key.
func NewIncidentID(key string) string {
	if key == "" {
		return "i" + strings.ToLower(rand.Text()[:20])
	}
	sum := sha256.Sum256([]byte("tocsin incident key v1\n" + key))
	return "i" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:20])
}
