package activities

import (
	"context"
	"maps"
	"slices"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

// Commits of a mailing.
const (
	// lanesMost is how many commits are under way at once: while one is being
	// written, another is filled.
	lanesMost = 2
	// laneLoad is how many outcomes make a further commit worth while: each costs
	// the same whatever it holds.
	laneLoad = 28
)

// lanes are the commits that have not returned.
type lanes struct {
	open     int
	returned chan committed
	wanted   int // how many deliveries they claim
	writing  int // how many outcomes they write
	// lost are those whose answer was lost. They are asked again when no other is
	// under way: only then it is known which claims nobody was told of.
	lost []postgres.Exchange
}

// committed is a commit that has returned.
type committed struct {
	exchange postgres.Exchange
	done     postgres.Exchanged
	err      error
}

// another says that a further commit is worth while beside those under way. Only
// an ordinary run has more than one: whatever is out of the ordinary goes on one
// step after the other.
func (t *traffic) another() bool {
	return t.lanes.open < lanesMost && len(t.lanes.lost) == 0 && len(t.settled) >= laneLoad &&
		t.left < 0 && t.parked.limiter == nil && !t.stopping() && !t.idle
}

// await takes what comes until the next commit is to be made.
func (t *traffic) await(ctx context.Context) error {
	for t.lanes.open > 0 && !t.another() {
		select {
		case a := <-t.done:
			t.take(a)
		case c := <-t.lanes.returned:
			if err := t.committed(ctx, c); err != nil {
				return err
			}
		}
	}
	return t.askAgain(ctx)
}

// commit writes down what has come back and claims more. Outcomes of messages
// that have left are written down even when the activity is being ended.
//
// Those that are due are claimed among the number wanted; the rest are fresh.
func (t *traffic) commit(ctx context.Context, claim int, due []int64) error {
	s := t.sender
	durable, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	if ctx.Err() != nil {
		claim, due = 0, nil
		t.trouble = ctx.Err()
	}
	if claim > 0 {
		if err := s.a.mayAct(ctx); err != nil {
			claim, due = 0, nil
			t.trouble = err
		}
	}
	if err := s.a.Store.Release(durable, s.id, s.owner, t.back...); err != nil {
		cancel()
		return err
	}
	t.back = t.back[:0]
	x := postgres.Exchange{
		Incident: s.id, Round: s.round, Owner: s.owner, Settled: t.settled, Claim: claim, After: t.after, Again: t.again,
		Due: due, Fresh: t.parked.count > 0,
	}
	t.settled = nil
	t.lanes.open++
	t.lanes.wanted += claim
	t.lanes.writing += len(x.Settled)
	go func() {
		defer cancel()
		done, err := s.a.Store.Exchange(durable, x)
		t.lanes.returned <- committed{exchange: x, done: done, err: err}
	}()
	return nil
}

// committed takes what a commit has claimed.
func (t *traffic) committed(ctx context.Context, c committed) error {
	t.lanes.open--
	t.lanes.wanted -= c.exchange.Claim
	t.lanes.writing -= len(c.exchange.Settled)
	if incident.KindOf(c.err) == incident.Unavailable {
		t.lanes.lost = append(t.lanes.lost, c.exchange)
		return nil
	}
	if c.err != nil {
		return c.err
	}
	t.halted = t.halted || !c.done.Sending
	t.idle = c.exchange.Claim > len(c.exchange.Due) && len(c.done.Claimed) <= len(c.exchange.Due)
	if t.parked.prepare(ctx, c.done.Claimed); t.trouble == nil {
		t.trouble = t.parked.trouble
	}
	for _, d := range c.done.Claimed {
		if d.ID > t.after {
			t.after = d.ID
		} else {
			t.again = d.ID
		}
		if !t.parked.admit(d) {
			t.back = append(t.back, d.ID)
			continue
		}
		t.flying[d.ID] = struct{}{}
		if t.left > 0 {
			t.left--
		}
		t.work <- d
	}
	return nil
}

// askAgain writes down what a lost answer leaves in doubt, as often as it takes
// while the record is away. What was claimed without an answer is given back:
// nobody has begun to send it. No commit is under way when there is any.
func (t *traffic) askAgain(ctx context.Context) error {
	if len(t.lanes.lost) == 0 {
		return nil
	}
	durable, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	s := t.sender
	for {
		timer := time.NewTimer(200 * time.Millisecond)
		select {
		case <-durable.Done():
			timer.Stop()
			return durable.Err()
		case <-timer.C:
		}
		err := t.writeAgain(durable)
		if err == nil {
			err = s.a.Store.ReleaseOthers(durable, s.id, s.round, s.owner, slices.Collect(maps.Keys(t.flying)))
		}
		if err == nil {
			t.idle = false
			return nil
		}
		if incident.KindOf(err) != incident.Unavailable || durable.Err() != nil {
			return err
		}
	}
}

// writeAgain writes the outcomes of lost commits, and claims nothing.
func (t *traffic) writeAgain(ctx context.Context) error {
	for len(t.lanes.lost) > 0 {
		x := t.lanes.lost[0]
		x.Claim, x.Due = 0, nil
		done, err := t.sender.a.Store.Exchange(ctx, x)
		if err != nil {
			return err
		}
		t.halted = t.halted || !done.Sending
		t.lanes.lost = t.lanes.lost[1:]
	}
	return nil
}
