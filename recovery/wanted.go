package recovery

import (
	"context"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/workflows"
)

// wanted is what the record calls for.
type wanted struct {
	open  int
	cases []*wantedCase
	// apart belong to no incident.
	apart []workflows.Process
	// unmissed says that the daily checkpoints run for the first time: to start
	// them is no recovery.
	unmissed bool
}

// wantedCase is what the record calls for in one incident.
type wantedCase struct {
	id        string
	processes []workflows.Process
	// closed says that the incident is closed.
	closed bool
	// lastAt is when its last event was recorded; zero when that does not matter.
	lastAt time.Time
}

// read asks the record for everything but the duties of each case, which are read
// where the case is looked at.
func (r *Recovery) read(ctx context.Context) (*wanted, error) {
	open, err := r.Store.OpenIncidents(ctx)
	if err != nil {
		return nil, err
	}
	w := &wanted{open: len(open)}
	byID := map[string]*wantedCase{}
	of := func(id string) *wantedCase {
		c := byID[id]
		if c == nil {
			c = &wantedCase{id: id, closed: true}
			byID[id] = c
			w.cases = append(w.cases, c)
		}
		return c
	}
	for _, one := range open {
		c := of(one.ID)
		c.closed, c.lastAt = false, one.LastAt
		c.processes = append(c.processes, workflows.IncidentProcess(one.ID))
	}
	for _, list := range []struct {
		read    func(context.Context) ([]postgres.RoundRef, error)
		process func(string, int) workflows.Process
	}{
		{r.Store.RunningRounds, workflows.MailingProcess},
		{r.Store.UnrecordedBounces, workflows.BouncesProcess},
	} {
		rounds, err := list.read(ctx)
		if err != nil {
			return nil, err
		}
		for _, round := range rounds {
			c := of(round.Incident)
			c.processes = append(c.processes, list.process(round.Incident, round.Round))
		}
	}
	retained, err := r.Store.Retained(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range retained {
		c := of(id)
		c.processes = append(c.processes, workflows.RetentionProcess(id))
	}
	return w, r.readApart(ctx, w)
}

func (r *Recovery) readApart(ctx context.Context, w *wanted) error {
	last, err := r.Store.LastDailyCheckpoint(ctx)
	if err != nil {
		return err
	}
	w.unmissed = last == ""
	w.apart = append(w.apart, workflows.AnchorsProcess(workflows.MissedAnchor(last, r.Clock())))
	if r.Witnessed {
		w.apart = append(w.apart, workflows.WitnessingProcess())
	}
	for _, list := range []struct {
		read    func(context.Context) ([]string, error)
		process func(string) workflows.Process
	}{
		{r.Store.UnsentMails, workflows.AccountMailProcess},
		{r.Store.WebhooksDue, workflows.WebhookProcess},
	} {
		ids, err := list.read(ctx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			w.apart = append(w.apart, list.process(id))
		}
	}
	return nil
}

// obligations adds the clocks that an open case calls for.
func (r *Recovery) obligations(ctx context.Context, c *wantedCase, persons int) error {
	if c.closed {
		return nil
	}
	state, err := r.Store.State(ctx, c.id)
	if err != nil {
		return err
	}
	for i := range state.Obligations {
		// A clock without a next step ends by itself: it is called for no longer.
		if o := &state.Obligations[i]; o.Next(persons).Kind != incident.StepNone {
			c.processes = append(c.processes, workflows.ObligationProcess(c.id, o.N))
		}
	}
	return nil
}
