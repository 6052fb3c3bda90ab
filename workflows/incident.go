package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tocsin/activities"
	"tocsin/incident"
)

// a names the activities.
var a *activities.Activities

// Request is a person's command as an update carries it.
type Request[T incident.Command] struct {
	// Actor is who gives the command; the caller has checked who it is.
	Actor incident.Actor `json:"actor"`
	// Command is the command.
	Command T `json:"command"`
}

// Reply answers a command when its events are recorded.
type Reply struct {
	// Incident is the incident's id.
	Incident string `json:"incident"`
	// Number is the incident's human number.
	Number string `json:"number"`
	// Seq is the number of the last event.
	Seq int64 `json:"seq"`
	// Events are the types of the events that the command led to; none when it
	// had been carried out before.
	Events []string `json:"events"`
}

// updatesPerRun is how many updates a run takes before it continues as new;
// the server's own limit is 2,000.
const updatesPerRun = 1500

// unopenedFor is how long a workflow waits for an incident that is not in the
// record: its opening was refused, or is about to be given again.
const unopenedFor = time.Minute

// Incident is the workflow of one incident: it takes people's commands one at
// a time and starts what has to run beside them. It ends when the case is
// closed.
func Incident(ctx workflow.Context, id string) error {
	p, err := setupIncident(ctx, id)
	if err != nil {
		return err
	}
	return p.run(ctx)
}

// incidentProcess is the running workflow of one incident.
type incidentProcess struct {
	id      string
	state   *incident.State // nil until it is loaded
	lock    workflow.Mutex
	updates int
	// seen is the number of the last event that the process has acted upon.
	seen int64
	// told holds, per child, the state of affairs that it was last told of.
	told map[string]string
	// marks are the filings and closings for which a checkpoint was sent out.
	marks int
	// tests counts the tests of drafts that were sent on their way.
	tests int
	// fresh says that the case was not open when this run began.
	fresh bool
	// others are the cases that a joining changed and whose workflows are still to
	// be told.
	others []string
	// anchors waits for checkpoints and tests on their way.
	anchors workflow.WaitGroup
}

func setupIncident(ctx workflow.Context, id string) (*incidentProcess, error) {
	p := &incidentProcess{id: id, lock: workflow.NewMutex(ctx), told: map[string]string{}, anchors: workflow.NewWaitGroup(ctx)}
	for _, register := range []func(workflow.Context, *incidentProcess) error{
		handle[incident.Open], handle[incident.SetAwareness], handle[incident.RecordAssessment],
		handle[incident.DraftNotification], handle[incident.ApproveNotification], handle[incident.FileNotification],
		handle[incident.GiveDelayReasons], handle[incident.WaiveObligation], handle[incident.CompleteTask],
		handle[incident.RecordScreening], handle[incident.AddObligation], handle[incident.FixFact],
		handle[incident.Attach], handle[incident.ImportPeople], handle[incident.OpenRound], handle[incident.DraftMailing],
		handle[incident.ApproveMailing], handle[incident.StartMailing], handle[incident.StopMailing],
		handle[incident.PauseMailing], handle[incident.ResumeMailing],
		handle[incident.TestMailing], handle[incident.DraftPublic], handle[incident.ApprovePublic], handle[incident.RecordPublication],
		handle[incident.Acknowledge], handle[incident.Close], handle[incident.Reopen], handle[incident.Join], handle[incident.PrepareBundle], handle[incident.SealBundle],
		handle[incident.LinkVendor], handle[incident.AddTask], handle[incident.ReopenTask],
		handle[incident.SetRetention], handle[incident.HoldErasure], handle[incident.ReleaseErasure],
		handle[incident.KeepDocument], handle[incident.RequestErasure], handle[incident.ConfirmErasure],
	} {
		if err := register(ctx, p); err != nil {
			return nil, err
		}
	}
	p.listen(ctx)
	return p, nil
}

// handle registers the update of one command.
func handle[T incident.Command](ctx workflow.Context, p *incidentProcess) error {
	var command T
	err := workflow.SetUpdateHandlerWithOptions(ctx, command.Name(),
		func(ctx workflow.Context, r Request[T]) (Reply, error) {
			return p.carryOut(ctx, r.Actor, r.Command)
		},
		workflow.UpdateHandlerOptions{
			Validator: func(ctx workflow.Context, r Request[T]) error {
				return p.admit(ctx, r.Actor, r.Command)
			},
		})
	if err != nil {
		return fmt.Errorf("register update %s: %w", command.Name(), err)
	}
	return nil
}

// admit refuses what does not fit, before anything stands in the history.
// Commands that hang on what children record (reminders, mailings) are judged
// by the record alone, since this copy may be behind.
func (p *incidentProcess) admit(ctx workflow.Context, actor incident.Actor, command incident.Command) error {
	if p.state == nil || (!p.state.Exists() && command.Name() != incident.CmdOpen) {
		return refusal(incident.Check(actor, command))
	}
	switch command.Name() {
	case incident.CmdAcknowledge, incident.CmdClose, incident.CmdStopMailing, incident.CmdPauseMailing, incident.CmdResumeMailing,
		incident.CmdReopen, incident.CmdJoin, incident.CmdHoldErasure, incident.CmdConfirmErasure:
		return refusal(incident.Check(actor, command))
	}
	_, err := incident.Decide(p.state, actor, command, workflow.Now(ctx))
	return refusal(err)
}

// carryOut records a command and answers when its events are durable.
func (p *incidentProcess) carryOut(ctx workflow.Context, actor incident.Actor, command incident.Command) (Reply, error) {
	p.updates++
	if err := p.lock.Lock(ctx); err != nil {
		return Reply{}, err
	}
	defer p.lock.Unlock()
	if err := workflow.Await(ctx, func() bool { return p.state != nil }); err != nil {
		return Reply{}, err
	}
	envelope, err := incident.Wrap(command)
	if err != nil {
		return Reply{}, err
	}
	var done activities.Recorded
	err = workflow.ExecuteActivity(recordCommand(ctx, command.Name()), a.Record, activities.RecordRequest{
		Incident: p.id, Actor: actor, Command: envelope, AfterSeq: p.state.Seq,
	}).Get(ctx, &done)
	if err != nil {
		return Reply{}, err
	}
	p.state.Apply(done.Since...)
	p.note(done.Since)
	return Reply{Incident: p.id, Number: done.Number, Seq: done.Seq, Events: done.Types}, nil
}

func (p *incidentProcess) run(ctx workflow.Context) error {
	if err := p.load(ctx); err != nil {
		return err
	}
	for {
		if !p.state.Exists() {
			opened, err := workflow.AwaitWithTimeout(ctx, unopenedFor, func() bool { return p.state.Exists() })
			if err != nil {
				return err
			}
			if !opened && workflow.AllHandlersFinished(ctx) {
				return nil
			}
			continue
		}
		p.seen = p.state.Seq
		if err := p.reconcile(ctx); err != nil {
			return err
		}
		p.tellOthers(ctx)
		p.anchor(ctx)
		p.test(ctx)
		p.tellOfDisclosure(ctx)
		if p.state.IsClosed() && p.seen == p.state.Seq {
			p.anchors.Wait(ctx)
			if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
				return err
			}
			if p.state.IsClosed() && (p.seen == p.state.Seq || !erases(ctx)) {
				return nil
			}
		}
		if err := workflow.Await(ctx, func() bool { return p.state.Seq != p.seen || p.tired(ctx) }); err != nil {
			return err
		}
		if p.tired(ctx) {
			p.anchors.Wait(ctx)
			if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
				return err
			}
			return workflow.NewContinueAsNewError(ctx, Incident, p.id)
		}
	}
}

// tired says whether this run should continue as new.
func (p *incidentProcess) tired(ctx workflow.Context) bool {
	return p.updates >= updatesPerRun || workflow.GetInfo(ctx).GetContinueAsNewSuggested()
}

// load reads the case from the record, however long that takes.
func (p *incidentProcess) load(ctx workflow.Context) error {
	var state incident.State
	if err := workflow.ExecuteActivity(patient(ctx, QueueIncidents), a.Load, p.id).Get(ctx, &state); err != nil {
		return err
	}
	p.state, p.marks, p.tests, p.fresh = &state, state.Marks(), len(state.Tests), !state.Exists()
	return nil
}

// anchor sends a checkpoint out of the building after a filing or a closing.
// It does not hold up anything else, and is given up after a while: the next
// one covers it.
func (p *incidentProcess) anchor(ctx workflow.Context) {
	if p.state.Marks() == p.marks {
		return
	}
	p.marks = p.state.Marks()
	p.anchors.Add(1)
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer p.anchors.Done()
		if err := workflow.ExecuteActivity(anchoring(ctx), a.Anchor, p.id).Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Warn("a checkpoint could not be mailed")
		}
		if workflow.GetVersion(ctx, "checkpoints-to-a-further-address", workflow.DefaultVersion, 1) < 1 {
			return
		}
		call := activities.AnchorCall{Incident: p.id, Further: true}
		if err := workflow.ExecuteActivity(anchoring(ctx), a.MailCheckpoint, call).Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Warn("a checkpoint could not be mailed to the further address")
		}
	})
}

// test sends the tests that were asked for. It holds nothing up, and is given
// up after a while: who misses one asks again.
func (p *incidentProcess) test(ctx workflow.Context) {
	for p.tests < len(p.state.Tests) {
		p.tests++
		n := p.tests
		p.anchors.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer p.anchors.Done()
			if err := workflow.ExecuteActivity(anchoring(ctx), a.SendTest, p.id, n).Get(ctx, nil); err != nil {
				workflow.GetLogger(ctx).Warn("a test of a notice could not be mailed")
			}
		})
	}
}

// reconcile starts the children that the case calls for and tells those that
// run of what has changed.
func (p *incidentProcess) reconcile(ctx workflow.Context) error {
	for i := range p.state.Obligations {
		o := &p.state.Obligations[i]
		if !o.Timed() {
			continue
		}
		id := ObligationWorkflowID(p.id, o.N)
		open := o.Running()
		affairs := fmt.Sprintf("%s %t %d %d", o.Status, open, o.Revision, o.Acknowledged())
		err := p.tell(ctx, id, open, affairs, QueueReminders, Obligation, ObligationRef{Incident: p.id, Obligation: o.N})
		if err != nil {
			return err
		}
	}
	for _, r := range p.state.Rounds {
		id := MailingWorkflowID(p.id, r.N)
		sending := r.Status == incident.MailingSending || r.Status == incident.MailingPausedStatus
		affairs := r.Status
		// A round halts by itself without this process: when it is resumed, the
		// hold and its end become known together, and the status is what it was.
		if r.Resumptions > 0 && workflow.GetVersion(ctx, "tell-of-a-resumption", workflow.DefaultVersion, 1) == 1 {
			affairs = fmt.Sprint(r.Status, " ", r.Resumptions)
		}
		err := p.tell(ctx, id, sending, affairs, QueueMailings, Mailing, MailingRef{Incident: p.id, Round: r.N})
		if err != nil {
			return err
		}
	}
	return p.reconcileRetention(ctx)
}

// reconcileRetention starts the workflow that erases people's data once the case
// is closed. When the case is reopened that workflow finds out by itself.
func (p *incidentProcess) reconcileRetention(ctx workflow.Context) error {
	if !p.state.IsClosed() || !erases(ctx) {
		return nil
	}
	r := &p.state.Retention
	due := !r.IsErased() && (r.Begun() || !r.EraseAt.IsZero())
	affairs := fmt.Sprintf("%d %d %t %t", r.Revision, len(r.Holds), r.Hold() != nil, r.IsErased())
	return p.tell(ctx, RetentionWorkflowID(p.id), due, affairs, QueueReminders, Retention, p.id)
}

// erases says whether this run was begun by a version that erases on schedule.
func erases(ctx workflow.Context) bool {
	return workflow.GetVersion(ctx, "retention", workflow.DefaultVersion, 1) == 1
}

// tell starts a child that is due and not known to run, or tells it of a
// change. A child outlives this run: it is found again by its id.
func (p *incidentProcess) tell(
	ctx workflow.Context, id string, due bool, affairs, queue string, child, ref any,
) error {
	before, known := p.told[id]
	if known && before == affairs {
		return nil
	}
	p.told[id] = affairs
	if due {
		started, err := startChild(ctx, id, queue, child, ref)
		if err != nil || started {
			return err
		}
	}
	if !known && !due {
		return nil // it ended before this run began
	}
	// Not to be found means that it has ended: then there is nobody to tell.
	if err := workflow.SignalExternalWorkflow(ctx, id, "", SignalChanged, nil).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Debug("child is not running", "child", id)
		if due && workflow.GetVersion(ctx, "start-again-what-just-ended", workflow.DefaultVersion, 1) == 1 {
			// It ran a moment ago and has ended since: its duty still needs one.
			_, err := startChild(ctx, id, queue, child, ref)
			return err
		}
	}
	return nil
}

// startChild starts a child workflow, and says false when it runs already.
func startChild(ctx workflow.Context, id, queue string, child, ref any) (bool, error) {
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id, TaskQueue: queue,
		ParentClosePolicy:     parentClosePolicyAbandon,
		WorkflowIDReusePolicy: reusePolicyAllowDuplicate,
	})
	err := workflow.ExecuteChildWorkflow(ctx, child, ref).GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return false, nil
	}
	return err == nil, err
}
