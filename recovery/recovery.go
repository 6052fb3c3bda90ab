package recovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/workflows"
)

const (
	// atOnce is how many cases are looked at at the same time: fewer than the
	// store has connections.
	atOnce = 8
	// young is how long a process is left alone whose record may be on its way.
	young = 10 * time.Minute
	// starting is for how long after an event of a case its own workflow may still
	// be about to start what follows from it.
	starting = time.Minute
	// why is the reason that stands in the engine beside what was ended.
	why = "the record does not call for it"
)

// Recovery is what a recovery works with.
type Recovery struct {
	// Store is the record.
	Store *postgres.Store
	// Engine starts and ends workflows.
	Engine *workflows.Client
	// Witnessed says that somebody outside confirms checkpoints.
	Witnessed bool
	// Clock gives the present instant, real time.
	Clock func() time.Time
}

// Failed is a process or case that could not be looked at, started or ended.
type Failed struct {
	// ID is the id of the incident or the workflow.
	ID string `json:"id"`
	// Why says what went wrong.
	Why string `json:"why"`
}

// Found is what a recovery found and did.
type Found struct {
	// Open is the number of open incidents.
	Open int `json:"open"`
	// Wanted is how many processes the record calls for.
	Wanted int `json:"wanted"`
	// Started did not run although the record calls for them. With DryRun they were
	// not started.
	Started []workflows.Process `json:"started"`
	// Ended ran although the record does not call for them. With DryRun they were
	// not ended.
	Ended []workflows.Process `json:"ended"`
	// Failed are those for which nothing could be done; the others were done.
	Failed []Failed `json:"failed"`
	// DryRun says that nothing was changed.
	DryRun bool `json:"dry_run"`
	// quiet is how many of Started stand in no entry: they start at all times.
	quiet int
}

// Run compares the record with what runs and, unless dry, mends the difference. The
// same key again, after an attempt that broke off, notes nothing twice. What could
// be done was done also when there is an error.
func (r *Recovery) Run(ctx context.Context, key string, dry bool) (Found, error) {
	out := Found{Started: []workflows.Process{}, Ended: []workflows.Process{}, Failed: []Failed{}, DryRun: dry}
	if !dry {
		release, err := r.lock(ctx)
		if err != nil {
			return out, err
		}
		defer release()
	}
	w, err := r.read(ctx)
	if err != nil {
		return out, err
	}
	out.Open = w.open
	run := &run{Recovery: r, key: key, out: &out}
	run.cases(ctx, w)
	run.apart(ctx, w)
	run.orphans(ctx, w)
	slices.SortFunc(out.Started, byID)
	slices.SortFunc(out.Ended, byID)
	return out, errors.Join(run.record(ctx, w), run.failure(ctx))
}

// lock waits until no other recovery is under way.
func (r *Recovery) lock(ctx context.Context) (release func(), err error) {
	for {
		release, err := r.Store.LockRecovery(ctx)
		if incident.KindOf(err) != incident.Conflict {
			return release, err
		}
		again := time.NewTimer(250 * time.Millisecond)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return nil, err
		}
	}
}

func byID(a, b workflows.Process) int { return cmp.Compare(a.ID, b.ID) }

// run is one comparison that is under way.
type run struct {
	*Recovery
	key string
	mu  sync.Mutex
	out *Found
}

// failed keeps what went wrong, and lets the others go on.
func (r *run) failed(id string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out.Failed = append(r.out.Failed, Failed{ID: id, Why: err.Error()})
}

// failure is the error of a run in which something could not be done.
func (r *run) failure(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(r.out.Failed) == 0 {
		return nil
	}
	first := r.out.Failed[0]
	return fmt.Errorf("%d of what the record calls for could not be seen to, the first is %s: %s; the others were", len(r.out.Failed), first.ID, first.Why)
}

// cases starts what is missing in each case.
func (r *run) cases(ctx context.Context, w *wanted) {
	persons, err := r.Store.OnCall(ctx)
	if err != nil {
		r.failed(incident.InstallationID, err)
		return
	}
	var all errgroup.Group
	all.SetLimit(atOnce)
	for _, c := range w.cases {
		all.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			if err := r.oneCase(ctx, c, len(persons)); err != nil {
				r.failed(c.id, err)
			}
			return nil
		})
	}
	_ = all.Wait() // what failed is kept beside the others
}

func (r *run) oneCase(ctx context.Context, c *wantedCase, persons int) error {
	if err := r.obligations(ctx, c, persons); err != nil {
		return err
	}
	var missing []workflows.Process
	for i, p := range c.processes {
		runs, err := r.Engine.Runs(ctx, p.ID)
		if err != nil {
			return err
		}
		if !runs {
			missing = append(missing, p)
		}
		if i == 0 && runs && !c.closed && r.Clock().Sub(c.lastAt) < starting {
			break // its own workflow sees to what has just been recorded
		}
	}
	r.mu.Lock()
	r.out.Wanted += len(c.processes)
	r.mu.Unlock()
	if len(missing) == 0 {
		return nil
	}
	if !r.out.DryRun {
		if err := r.note(ctx, c.id, missing); err != nil {
			return err
		}
	}
	for _, p := range missing {
		if err := r.start(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// note records in the case what is about to be started.
func (r *run) note(ctx context.Context, id string, missing []workflows.Process) error {
	_, err := r.Store.Record(ctx, postgres.Recording{
		Incident: id, Actor: incident.Engine(), Command: incident.NoteRecovery{Processes: count(missing)},
		Key: postgres.RecordKey{WorkflowID: workflows.RecoveryWorkflowID, RunID: r.key, ActivityID: id},
	})
	return err
}

// start starts a process, unless the run is dry.
func (r *run) start(ctx context.Context, p workflows.Process) error {
	if !r.out.DryRun {
		if started, err := r.Engine.Start(ctx, p); err != nil || !started {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out.Started = append(r.out.Started, p)
	return nil
}

// apart starts what is missing and belongs to no incident. Mails and webhooks are
// started at all times, so that they alone make no entry.
func (r *run) apart(ctx context.Context, w *wanted) {
	for _, p := range w.apart {
		if ctx.Err() != nil {
			return
		}
		r.out.Wanted++
		runs, err := r.Engine.Runs(ctx, p.ID)
		before := len(r.out.Started)
		if err == nil && !runs {
			err = r.start(ctx, p)
		}
		if err != nil {
			r.failed(p.ID, err)
		}
		if p.Kind != incident.ProcessAnchors || w.unmissed {
			r.out.quiet += len(r.out.Started) - before
		}
	}
}

// orphans ends what runs for an incident that the record does not know, or that is
// closed.
func (r *run) orphans(ctx context.Context, w *wanted) {
	all, err := r.Engine.Running(ctx)
	if err != nil {
		r.failed("what runs", err)
		return
	}
	called := map[string]bool{}
	for _, c := range w.cases {
		for _, p := range c.processes {
			called[p.ID] = true
		}
	}
	now := r.Clock()
	ids := []string{}
	all = slices.DeleteFunc(all, func(one workflows.Running) bool {
		return one.Incident == "" || called[one.ID] || now.Sub(one.Since) < young
	})
	for _, one := range all {
		ids = append(ids, one.Incident)
	}
	known, err := r.Store.KnownIncidents(ctx, slices.Compact(slices.Sorted(slices.Values(ids))))
	if err != nil {
		r.failed("what runs", err)
		return
	}
	for _, one := range all {
		closed, is := known[one.Incident]
		if is && !overdue(one.Kind, closed, now) {
			continue
		}
		if !r.out.DryRun {
			if err := r.Engine.End(ctx, one.ID, one.Run, why); err != nil {
				r.failed(one.ID, err)
				continue
			}
		}
		r.out.Ended = append(r.out.Ended, one.Process)
	}
}

// overdue says whether a process of a known incident should have ended. What an open
// case calls for no longer ends by itself, and so do a retention and what waits for
// notices that come back.
func overdue(kind string, closed, now time.Time) bool {
	switch kind {
	case incident.ProcessIncident, incident.ProcessObligation, incident.ProcessMailing:
		return !closed.IsZero() && now.Sub(closed) > max(young, time.Hour)
	}
	return false
}

// record writes down what the run did, also when something else failed.
func (r *run) record(ctx context.Context, w *wanted) error {
	started, ended := len(r.out.Started)-r.out.quiet, len(r.out.Ended)
	if r.out.DryRun || started+ended == 0 {
		return nil
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return r.Store.RecordForInstallation(limit, incident.Engine(), incident.RunRecovery{
		Open: w.open, Started: len(r.out.Started), Ended: ended, By: count(r.out.Started), Orphans: count(r.out.Ended),
	})
}

// count counts processes by kind, in the order of the kinds' names.
func count(list []workflows.Process) []incident.ProcessCount {
	n := map[string]int{}
	for _, p := range list {
		n[p.Kind]++
	}
	out := make([]incident.ProcessCount, 0, len(n))
	for kind, times := range n {
		out = append(out, incident.ProcessCount{Kind: kind, N: times})
	}
	slices.SortFunc(out, func(a, b incident.ProcessCount) int { return cmp.Compare(a.Kind, b.Kind) })
	return out
}
