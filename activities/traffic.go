package activities

import (
	"context"
	"errors"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

// lostMost is how many notices in a row may be lost after the final dot before
// the round is held: as many as one dying relay can take with it.
const lostMost = connections

var errLosing = errors.New("the relay takes notices and does not say what became of them")

// traffic is what is on its way and what is to be written down.
type traffic struct {
	sender  *sender
	work    chan postgres.Delivery
	done    chan attempt
	flying  map[int64]struct{} // claimed and not come back
	settled []postgres.Settled // come back and not written down
	back    []int64
	lanes   lanes
	after   int64
	again   int64 // the last one that was claimed for the second time or later
	left    int   // how many may still be claimed before somebody looks; -1 for all
	sent    int   // settled in this pass, and how many of them were refused
	refused int
	doubted int   // and how many nobody knows of
	lost    int   // of those the last in a row, none of them sent again
	trouble error // the relay's; then nothing further is claimed
	// unwanted says that the relay does not want our mail at all.
	unwanted bool
	idle     bool // nothing was to be claimed at the last commit
	halted   bool // the round is not being sent any more
	parked   *parking
}

// run commits and waits in turn until nothing is left to do.
func (t *traffic) run(ctx context.Context) (MailingPass, error) {
	for {
		if err := t.await(ctx); err != nil {
			return MailingPass{}, err
		}
		if t.idle && t.quiet() && (t.parked.count == 0 || t.stopping()) {
			break
		}
		if t.left == 0 && t.quiet() && t.trouble == nil && !t.halted {
			if t.refused*100 > t.sent*canaryRefusals {
				return MailingPass{Hold: incident.HeldForRefusals, Sent: t.sent, Refused: t.refused}, nil
			}
			if t.doubted*100 > t.sent*canaryRefusals {
				return MailingPass{Hold: incident.HeldForRelay, Sent: t.sent, Refused: t.refused}, nil
			}
			t.left = -1 // the first were taken: the others follow
		}
		t.collect()
		free := max(0, t.sender.relays.Room(connections)-t.held())
		if t.stopping() || (t.idle && t.held() > 0) {
			free = 0
		}
		if t.left >= 0 {
			free = min(free, t.left)
		}
		if free == 0 && t.quiet() {
			break
		}
		due := t.parked.due(ctx, free)
		if t.quiet() && len(due) == 0 && t.parked.count > 0 && (t.idle || t.parked.full()) {
			t.rest(ctx)
			due = t.parked.due(ctx, free)
		}
		claim := free
		if t.parked.full() {
			claim = len(due) // those that wait come first
		}
		if err := t.commit(ctx, claim, due); err != nil {
			return MailingPass{}, err
		}
	}
	if t.unwanted {
		t.sender.a.Logger.Error("the relay does not want our mail", "incident", t.sender.id, "round", t.sender.round, "error", t.trouble.Error())
		return MailingPass{Hold: incident.HeldForRelay, Sent: t.sent, Refused: t.refused}, nil
	}
	if t.trouble != nil {
		if away := t.sender.relays.AwayFor(); away > relayPatience && ctx.Err() == nil {
			t.sender.a.Logger.Error("no relay can be reached", "incident", t.sender.id, "round", t.sender.round, "for", away.Round(time.Second).String())
			return MailingPass{Hold: incident.HeldForRelay, Sent: t.sent, Refused: t.refused}, nil
		}
		return MailingPass{}, t.trouble
	}
	if t.halted {
		stopped, err := t.sender.stopped(ctx)
		return MailingPass{Done: stopped, Paused: !stopped}, err
	}
	return MailingPass{}, nil
}

// stopping says that nothing further is to be claimed.
func (t *traffic) stopping() bool { return t.trouble != nil || t.halted }

// rest waits until one that was held back may be let through, or it is time to
// look whether the round is still being sent.
func (t *traffic) rest(ctx context.Context) {
	timer := time.NewTimer(t.parked.next)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// quiet says that nothing is on its way and nothing waits to be written down.
func (t *traffic) quiet() bool {
	return len(t.flying) == 0 && len(t.settled) == 0 && len(t.back) == 0 && t.lanes.open == 0
}

// held is how many deliveries the record knows, or may soon know, as on their
// way: those are in doubt when the sender dies now.
func (t *traffic) held() int { return len(t.flying) + max(t.lanes.writing, t.lanes.wanted) }

// collect takes what has come back: at least one, when something is on its way
// and there is nothing else to do. What has left is waited for, also when the
// activity is being ended.
func (t *traffic) collect() {
	wait := len(t.flying) > 0 && t.lanes.open == 0 && (len(t.flying) >= t.sender.relays.Room(connections) || t.idle || t.parked.full() || t.trouble != nil || t.halted || t.left == 0)
	for len(t.flying) > 0 {
		if wait {
			t.take(<-t.done)
			wait = false
			continue
		}
		select {
		case a := <-t.done:
			t.take(a)
		default:
			return
		}
	}
}

func (t *traffic) take(a attempt) {
	delete(t.flying, a.delivery.ID)
	if a.trouble != nil {
		// It never left: it goes back as it was.
		t.back = append(t.back, a.delivery.ID)
		t.trouble, t.unwanted = a.trouble, t.unwanted || a.unwanted
		return
	}
	t.sent++
	switch a.outcome.State {
	case postgres.StateRefused:
		t.refused++
	case postgres.StateUnknown:
		t.doubted++
	}
	switch {
	case a.outcome.State != postgres.StateUnknown:
		t.lost = 0
	case !a.delivery.Resend:
		if t.lost++; t.lost >= lostMost {
			t.trouble, t.unwanted = errLosing, true
		}
	}
	t.settled = append(t.settled, postgres.Settled{ID: a.delivery.ID, Outcome: a.outcome})
}

// stopped says whether a person ended the round; otherwise it is paused.
func (s *sender) stopped(ctx context.Context) (bool, error) {
	state, err := s.a.Store.State(ctx, s.id)
	if err != nil {
		return false, err
	}
	r := state.Round(s.round)
	return r == nil || r.Status != incident.MailingPausedStatus && r.Status != incident.MailingSending, nil
}
