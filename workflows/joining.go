package workflows

import (
	"go.temporal.io/sdk/workflow"

	"tocsin/incident"
)

// listen reads the case again when another workflow recorded something in it: a
// case that joined it, or was taken out. What is recorded there stands already; this
// is how the clocks of duties that it took over begin to run. No history of before
// has such a signal, so it needs no version.
func (p *incidentProcess) listen(ctx workflow.Context) {
	changed := workflow.GetSignalChannel(ctx, SignalChanged)
	workflow.Go(ctx, func(ctx workflow.Context) {
		for changed.Receive(ctx, nil) {
			if err := p.refresh(ctx); err != nil {
				return // the run ends
			}
		}
	})
}

// refresh reads the case from the record, in turn with the commands.
func (p *incidentProcess) refresh(ctx workflow.Context) error {
	if err := p.lock.Lock(ctx); err != nil {
		return err
	}
	defer p.lock.Unlock()
	if err := workflow.Await(ctx, func() bool { return p.state != nil }); err != nil {
		return err
	}
	var state incident.State
	if err := workflow.ExecuteActivity(patient(ctx, QueueIncidents), a.Load, p.id).Get(ctx, &state); err != nil {
		return err
	}
	if state.Seq > p.state.Seq {
		p.state = &state
	}
	return nil
}

// note keeps which other cases a command changed.
func (p *incidentProcess) note(events []incident.Event) {
	for _, e := range events {
		switch d := e.Data.(type) {
		case incident.Joined:
			p.others = append(p.others, d.Into)
		case incident.Reopened:
			if d.TakenOutOf != "" {
				p.others = append(p.others, d.TakenOutOf)
			}
		}
	}
}

// tellOthers tells the workflows of those cases to look at the record. One that is
// not running has nothing to do, or reads the record when it is started.
func (p *incidentProcess) tellOthers(ctx workflow.Context) {
	for len(p.others) > 0 {
		other := p.others[0]
		p.others = p.others[1:]
		if err := workflow.SignalExternalWorkflow(ctx, IncidentWorkflowID(other), "", SignalChanged, nil).Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Debug("the workflow of a joined case is not running", "incident", other)
		}
	}
}
