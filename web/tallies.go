package web

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

const (
	// manyDeliveries is from how many deliveries on a count takes long enough to be
	// shown to whoever asks within tallyFor.
	manyDeliveries = 100_000
	// tallyFor is for how long such a count is shown again, real time.
	tallyFor = 2 * time.Second
	// talliesKept bounds how many rounds are remembered.
	talliesKept = 256
)

// tallies remembers the counts of large rounds for a moment: while a mailing
// runs, several people look at its page, which asks anew every few seconds.
type tallies struct {
	mu   sync.Mutex
	kept map[string]*keptTally
}

// keptTally is the latest count of one round.
type keptTally struct {
	mu    sync.Mutex // who comes while it is being counted waits for that count
	tally postgres.Tally
	at    time.Time
}

// of gives the count of a round, which count makes unless one is remembered.
// Small rounds are always counted. The key names the round and its status, so
// that no finished round shows a count of before.
func (t *tallies) of(key string, now func() time.Time, count func() (postgres.Tally, error)) (postgres.Tally, error) {
	t.mu.Lock()
	if t.kept == nil || len(t.kept) >= talliesKept && t.kept[key] == nil {
		t.kept = map[string]*keptTally{}
	}
	k := t.kept[key]
	if k == nil {
		k = &keptTally{}
		t.kept[key] = k
	}
	t.mu.Unlock()

	k.mu.Lock()
	defer k.mu.Unlock()
	if age := now().Sub(k.at); k.tally.Counts.Total >= manyDeliveries && age >= 0 && age < tallyFor {
		return k.tally, nil
	}
	tally, err := count()
	if err == nil {
		k.tally, k.at = tally, now()
	}
	return tally, err
}

// tallyOf counts the deliveries of a round, and those of the last moments by
// relay. Of a round that an import began and that was not sent yet the record knows
// the numbers: whoever mail can reach waits.
func (s *server) tallyOf(ctx context.Context, id string, round *incident.Round) (postgres.Tally, error) {
	if !round.Opened && round.StartedAt.IsZero() && round.Status != incident.MailingHalted {
		var c incident.DeliveryCounts
		for _, i := range round.Imports {
			c.Pending += i.Counts.Accepted
			c.Undeliverable += i.Counts.Undeliverable
		}
		c.Total = c.Pending + c.Undeliverable
		return postgres.Tally{Counts: c}, nil
	}
	return s.tallies.of(fmt.Sprint(id, " ", round.N, " ", round.Status), s.Clock, func() (postgres.Tally, error) {
		return s.Store.Tally(ctx, id, round.N, s.Clock().Add(-rateOver))
	})
}

// countsOf are the deliveries of a round. Those of a finished one stand in the
// record, unless a notice has come back that is not recorded yet.
func (s *server) countsOf(ctx context.Context, state *incident.State, round *incident.Round) (incident.DeliveryCounts, error) {
	if round.Status == incident.MailingDone && round.Counts.Total > 0 {
		n, err := s.Store.CountBounces(ctx, state.ID, round.N)
		if err != nil || n == round.Bounced {
			return round.Counts, err
		}
	}
	tally, err := s.tallyOf(ctx, state.ID, round)
	return forOpened(tally.Counts, round), err
}

// forOpened gives the counts of a round; before one that a person opened is sent,
// the number of those that it was opened for.
func forOpened(counts incident.DeliveryCounts, round *incident.Round) incident.DeliveryCounts {
	if counts.Total == 0 && round.Opened && round.StartedAt.IsZero() && round.Status != incident.MailingHalted {
		counts.Total, counts.Pending = round.Recipients.People, round.Recipients.People
	}
	return counts
}
