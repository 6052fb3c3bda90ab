package smtp

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Limits are how fast mail may leave.
type Limits struct {
	// PerRelay holds for each relay on its own that Relays does not name.
	PerRelay Rate
	// Relays are the limits of single relays by their names: what the operator
	// of each allows.
	Relays map[string]Rate
	// PerDomain holds for each domain of recipients over all relays that Domains
	// does not name: what the large mailbox providers take from one sender without
	// deferring.
	PerDomain Rate
	// Domains are the limits of single domains, by the domain as Address.Domain
	// gives it.
	Domains map[string]DomainLimit
}

// Check refuses rates that make no sense.
func (l Limits) Check() error {
	if err := l.PerRelay.check(); err != nil {
		return fmt.Errorf("limit per relay: %w", err)
	}
	for _, rate := range l.Relays {
		if err := rate.check(); err != nil {
			return fmt.Errorf("limit per relay: %w", err)
		}
	}
	if err := l.PerDomain.check(); err != nil {
		return fmt.Errorf("limit per domain: %w", err)
	}
	for domain, limit := range l.Domains {
		if err := limit.Rate.check(); err != nil {
			return fmt.Errorf("limit of %s: %w", domain, err)
		}
	}
	return nil
}

// maxDomains is how many domains are remembered before those at rest are
// forgotten.
const maxDomains = 4096

// Limiter keeps Limits. It is fair: whoever waits longest for a relay or for a
// domain is served first, and those who wait for one slow domain do not use up
// the relay's rate meanwhile. It starts no goroutines and may be used by many.
type Limiter struct {
	limits Limits
	pool   Pool // nil when this process keeps the limits by itself
	now    func() time.Time

	mu      sync.Mutex
	relays  map[string]*queue
	domains map[string]*queue
}

// queue is a bucket with the people who wait before it. The one who holds turn
// stands in front; Go serves those blocked on a channel in their order.
type queue struct {
	name   string // in the pool
	rate   Rate
	turn   chan struct{}
	users  int     // callers that hold a pointer to it; under Limiter.mu
	bucket *bucket // of this process alone
	held   holding // with a pool, and then in place of the bucket's state
}

// What stands before names in the pool.
const (
	relayPrefix  = "relay "
	domainPrefix = "domain "
)

// NewLimiter checks the limits. With a pool they hold for all processes that
// share it, without one for this process alone. The clock now decides what is
// due, nil means time.Now; waiting itself follows the machine's timers.
func NewLimiter(limits Limits, pool Pool, now func() time.Time) (*Limiter, error) {
	if err := limits.Check(); err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now
	}
	return &Limiter{limits: limits, pool: pool, now: now, relays: map[string]*queue{}, domains: map[string]*queue{}}, nil
}

// LimitsDomains says whether domains are limited at all.
func (l *Limiter) LimitsDomains() bool {
	for _, limit := range l.limits.Domains {
		if !limit.Rate.unlimited() {
			return true
		}
	}
	return !l.limits.PerDomain.unlimited()
}

// Wait returns when one message for a recipient's domain may leave through a
// relay, or with the context's error as soon as that ends; then nothing is used
// up. An error of the pool ends the wait too. Relays are told apart by any name, such as Relay.Address; the domain is
// that of Address.Domain. An empty name is not limited: a sender that learns the
// relay later than the recipient asks about one after the other.
func (l *Limiter) Wait(ctx context.Context, relay, domain string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	name, rate := l.ofDomain(domain)
	first := l.enter(l.domains, domainPrefix, name, rate)
	defer l.leave(first)
	if err := l.pass(ctx, first); err != nil {
		return err
	}
	second := l.enter(l.relays, relayPrefix, relay, l.ofRelay(relay))
	defer l.leave(second)
	if err := l.pass(ctx, second); err != nil {
		l.refund(first)
		return err
	}
	return nil
}

// Take lets one message through at once and returns zero, or takes nothing and
// returns how long at least it would have to wait. A sender can then turn to
// another recipient instead of holding up a connection. It asks no pool: Prepare
// does.
func (l *Limiter) Take(relay, domain string) time.Duration {
	name, rate := l.ofDomain(domain)
	first := l.enter(l.domains, domainPrefix, name, rate)
	defer l.leave(first)
	if wait := l.try(first); wait > 0 {
		return wait
	}
	second := l.enter(l.relays, relayPrefix, relay, l.ofRelay(relay))
	defer l.leave(second)
	if wait := l.try(second); wait > 0 {
		l.refund(first)
		return wait
	}
	return 0
}

func (l *Limiter) ofRelay(name string) Rate {
	if rate, named := l.limits.Relays[name]; named {
		return rate
	}
	return l.limits.PerRelay
}

// ofDomain is the limit of a domain, and the name that it is kept by.
func (l *Limiter) ofDomain(domain string) (string, Rate) {
	if limit, named := l.limits.Domains[domain]; named {
		return limit.Group, limit.Rate
	}
	return domain, l.limits.PerDomain
}

// enter finds the queue of a name and holds it; nil when there is no limit.
func (l *Limiter) enter(all map[string]*queue, prefix, name string, rate Rate) *queue {
	if name == "" || rate.unlimited() {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	q := all[name]
	if q == nil {
		if len(all) >= maxDomains {
			now := l.now()
			for other, each := range all {
				if each.users == 0 && each.bucket.idle(now) && each.held.idle(now) {
					delete(all, other)
				}
			}
		}
		q = &queue{name: prefix + name, rate: rate, turn: make(chan struct{}, 1), bucket: newBucket(rate)}
		all[name] = q
	}
	q.users++
	return q
}

func (l *Limiter) leave(q *queue) {
	if q == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	q.users--
}

// pass waits for its turn and then for a token.
func (l *Limiter) pass(ctx context.Context, q *queue) error {
	if q == nil {
		return nil
	}
	select {
	case q.turn <- struct{}{}:
		defer func() { <-q.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		wait, short := l.draw(q)
		if short {
			demand, _ := l.demand(q, 1)
			if err := l.lease(ctx, []*queue{q}, []Demand{demand}); err != nil {
				return err
			}
			continue
		}
		if wait == 0 {
			return nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// try passes only if nobody waits and a token is there.
func (l *Limiter) try(q *queue) time.Duration {
	if q == nil {
		return 0
	}
	select {
	case q.turn <- struct{}{}:
		defer func() { <-q.turn }()
		wait, short := l.draw(q)
		if short {
			return q.bucket.interval
		}
		return wait
	default:
		return q.bucket.interval
	}
}

// draw takes a token that is there, or says how long it will not be. With
// short, the pool is to be asked.
func (l *Limiter) draw(q *queue) (wait time.Duration, short bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if l.pool != nil {
		return q.held.take(now, q.bucket.interval)
	}
	if wait = q.bucket.due(now); wait == 0 {
		q.bucket.take(now)
	}
	return wait, false
}

func (l *Limiter) refund(q *queue) {
	if q == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pool != nil {
		q.held.giveBack(q.bucket.interval)
		return
	}
	q.bucket.giveBack()
}
