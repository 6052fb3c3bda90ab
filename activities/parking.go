package activities

import (
	"context"
	"time"

	"tocsin/postgres"
	"tocsin/smtp"
)

// Bounds of what waits for its domain.
const (
	// parkedMost is how many notices may wait for their domains before nothing
	// further is claimed.
	parkedMost = 5000
	// parkedLook is the longest wait until the record is asked again whether the
	// round is still being sent.
	parkedLook = time.Second
)

// parking holds back notices to domains that take no more for now. They are
// given back to the record meanwhile, so that nothing is in doubt if the sender
// dies, and claimed again by their ids.
type parking struct {
	limiter *smtp.Limiter // nil when domains are not limited
	ids     map[string][]int64
	count   int
	// passed are ids that were let through and are to be claimed.
	passed map[int64]bool
	// soonest is when at the earliest another may be let through.
	soonest time.Time
	// next is how long it is until then, after due.
	next time.Duration
	// trouble is why no permits could be had.
	trouble error
}

func newParking(limiter *smtp.Limiter) *parking {
	if limiter != nil && !limiter.LimitsDomains() {
		limiter = nil
	}
	return &parking{limiter: limiter, ids: map[string][]int64{}, passed: map[int64]bool{}}
}

// prepare has permits ready for notices that were claimed, for all their domains
// together.
func (p *parking) prepare(ctx context.Context, claimed []postgres.Delivery) {
	if p.limiter == nil || len(claimed) == 0 {
		return
	}
	fresh := map[string]int{}
	for _, d := range claimed {
		if address, err := smtp.ParseAddress(d.Person.Email); err == nil && !p.passed[d.ID] {
			fresh[address.Domain()]++
		}
	}
	p.ask(ctx, fresh)
}

func (p *parking) ask(ctx context.Context, messages map[string]int) {
	if err := p.limiter.Prepare(ctx, messages); err != nil && p.trouble == nil {
		p.trouble = err
	}
}

// admit says whether a notice that was claimed may leave now; otherwise it is
// held back.
func (p *parking) admit(d postgres.Delivery) bool {
	if p.limiter == nil {
		return true
	}
	if p.passed[d.ID] {
		delete(p.passed, d.ID)
		return true
	}
	address, err := smtp.ParseAddress(d.Person.Email)
	if err != nil {
		return true // what cannot be mailed is settled without a relay
	}
	wait := p.limiter.Take("", address.Domain())
	if wait == 0 {
		return true
	}
	if until := time.Now().Add(wait); p.count == 0 || until.Before(p.soonest) {
		p.soonest = until
	}
	p.ids[address.Domain()] = append(p.ids[address.Domain()], d.ID)
	p.count++
	return false
}

// full says that nothing fresh is to be claimed.
func (p *parking) full() bool { return p.count >= parkedMost }

// due lets through up to n of those that were held back, and gives their ids.
func (p *parking) due(ctx context.Context, n int) []int64 {
	clear(p.passed) // what was not claimed has been settled or the round halts
	now := time.Now()
	p.next = min(parkedLook, max(0, p.soonest.Sub(now)))
	if p.count == 0 || n == 0 || p.next > 0 {
		return nil
	}
	waiting := make(map[string]int, len(p.ids))
	for domain, ids := range p.ids {
		waiting[domain] = len(ids)
	}
	p.ask(ctx, waiting)
	var out []int64
	p.next = parkedLook
	for domain, ids := range p.ids {
		for len(ids) > 0 && len(out) < n {
			if wait := p.limiter.Take("", domain); wait > 0 {
				p.next = min(p.next, wait)
				break
			}
			out, ids = append(out, ids[0]), ids[1:]
			p.count--
		}
		if p.ids[domain] = ids; len(ids) == 0 {
			delete(p.ids, domain)
		}
	}
	if len(out) == n {
		p.next = 0 // not all were looked at
	}
	p.soonest = now.Add(p.next)
	for _, id := range out {
		p.passed[id] = true
	}
	return out
}
