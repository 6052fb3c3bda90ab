package smtp

import (
	"context"
	"time"
)

// Ahead is how far in the future permits are leased from a [Pool]. A permit that
// is not used within twice this time lapses. So whatever several processes do,
// and whichever of them die, in no span of time more than the burst and what the
// lasting rate gives in that span and 2 s beyond may leave.
const Ahead = time.Second

// scarceLook is how soon at the earliest a process asks again for a limit of
// which it was not given all that it wanted.
const scarceLook = Ahead / 4

// Pool keeps limits for several processes together. It hands out permits in
// blocks, so that most messages cost it nothing.
type Pool interface {
	// Lease gives permits to the caller alone, in the order of the demands, as far
	// as they become due within Ahead. Names differ from each other.
	Lease(ctx context.Context, demands []Demand) ([]Lease, error)
}

// Demand asks for permits under one limit.
type Demand struct {
	// Name tells limits apart. It may name a domain of recipients, which can be
	// personal.
	Name string
	// Interval is the time between two messages at the lasting rate.
	Interval time.Duration
	// Burst is how many may leave at once after a pause; at least one.
	Burst int
	// Wanted is how many permits are asked for; at least one.
	Wanted int
}

// Lease is what was given.
type Lease struct {
	// Permits is how many were given, from zero to the number wanted.
	Permits int
	// In is when, counted from the answer, the first may be used; zero or less for
	// at once. Each further one follows an interval later.
	In time.Duration
}

// holding is what a process holds of one limit.
type holding struct {
	blocks []block
	asked  int       // how many were wanted last
	again  time.Time // nothing is asked for before
}

// block is what is left of one lease.
type block struct {
	next   time.Time // from when the next permit may be used
	left   int
	lapses time.Time
}

// prune drops what is used up or has lapsed.
func (h *holding) prune(now time.Time) {
	for len(h.blocks) > 0 {
		first := h.blocks[0]
		if first.left > 0 && now.Before(first.lapses) {
			return
		}
		if first.left > 0 {
			h.asked = 0 // too many were asked for
		}
		h.blocks = h.blocks[1:]
	}
}

// take takes a permit, or says how long there will be none. With short, more
// may be asked for now.
func (h *holding) take(now time.Time, interval time.Duration) (wait time.Duration, short bool) {
	h.prune(now)
	if len(h.blocks) == 0 {
		wait = h.again.Sub(now)
		return max(0, wait), wait <= 0
	}
	first := &h.blocks[0]
	if wait = first.next.Sub(now); wait > 0 {
		return wait, false
	}
	first.next = first.next.Add(interval)
	first.left--
	return 0, false
}

// giveBack undoes the latest take, unless its block has gone meanwhile.
func (h *holding) giveBack(interval time.Duration) {
	if len(h.blocks) > 0 {
		h.blocks[0].next = h.blocks[0].next.Add(-interval)
		h.blocks[0].left++
	}
}

// lacks is how many permits to ask for when so many are needed: zero when they
// are at hand or it is too early to ask. Who uses up block after block asks for
// twice as many each time, up to the burst and what leaves within Ahead.
func (h *holding) lacks(now time.Time, needed int, rate Rate) int {
	h.prune(now)
	held := 0
	for _, b := range h.blocks {
		held += b.left
	}
	if held >= needed || now.Before(h.again) {
		return 0
	}
	wanted := needed - held
	if held == 0 {
		wanted = max(wanted, 2*h.asked)
	}
	return max(0, min(wanted, int(rate.PerSecond*Ahead.Seconds())+max(rate.Burst, 1)-held))
}

// put adds what was given now of so many that were wanted, to a demand that was
// made at an instant before.
func (h *holding) put(asked, now time.Time, interval time.Duration, wanted int, given Lease) {
	h.asked = wanted
	if given.Permits > 0 {
		h.blocks = append(h.blocks, block{next: now.Add(given.In), left: given.Permits, lapses: asked.Add(2 * Ahead)})
	}
	if given.Permits < wanted {
		h.asked = (wanted + 1) / 2 // so that no more is asked for next time
		further := given.In + time.Duration(given.Permits)*interval - Ahead
		h.again = now.Add(max(scarceLook, further))
	}
}

// idle reports whether nothing is held that could be used.
func (h *holding) idle(now time.Time) bool {
	h.prune(now)
	return len(h.blocks) == 0 && !now.Before(h.again)
}

// Prepare asks the pool for what so many messages to each domain will need and
// is not at hand, for all domains together. Whatever is not given waits, as Take
// says. Without a pool, or when all is at hand, it does nothing.
func (l *Limiter) Prepare(ctx context.Context, messages map[string]int) error {
	if l.pool == nil {
		return nil
	}
	needed := map[string]int{} // domains may share a limit
	rates := map[string]Rate{}
	for domain, n := range messages {
		name, rate := l.ofDomain(domain)
		needed[name] += n
		rates[name] = rate
	}
	var short []*queue
	var demands []Demand
	defer func() {
		for _, q := range short {
			<-q.turn
			l.leave(q)
		}
	}()
	for name, n := range needed {
		q := l.enter(l.domains, domainPrefix, name, rates[name])
		if q == nil {
			continue
		}
		select {
		case q.turn <- struct{}{}:
		default: // somebody else asks already
			l.leave(q)
			continue
		}
		demand, lacks := l.demand(q, n)
		if !lacks {
			<-q.turn
			l.leave(q)
			continue
		}
		short, demands = append(short, q), append(demands, demand)
	}
	return l.lease(ctx, short, demands)
}

// demand says what to ask for when so many messages are to leave.
func (l *Limiter) demand(q *queue, messages int) (Demand, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wanted := q.held.lacks(l.now(), messages, q.rate)
	return Demand{Name: q.name, Interval: q.bucket.interval, Burst: max(q.rate.Burst, 1), Wanted: wanted}, wanted > 0
}

// lease asks the pool. The caller holds the turns of the queues.
func (l *Limiter) lease(ctx context.Context, short []*queue, demands []Demand) error {
	if len(demands) == 0 {
		return nil
	}
	asked := l.now()
	given, err := l.pool.Lease(ctx, demands)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for i, q := range short {
		q.held.put(asked, now, q.bucket.interval, demands[i].Wanted, given[i])
	}
	return nil
}
