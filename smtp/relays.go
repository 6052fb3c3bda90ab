package smtp

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Relays are several relays in order of preference, of which the first healthy
// one is used.
//
// A relay that fails is left alone for a wait that grows with each failure in a
// row. When the wait is over one connection tries it, while the others stay
// with the next relay; an answer to a message makes it healthy again, for which
// a mere connection is not enough. Nothing runs in the background.
type Relays struct {
	backoff Backoff
	now     func() time.Time

	mu  sync.Mutex
	all []*health
}

// health is what is known of one relay; guarded by Relays.mu.
type health struct {
	relay    *Relay
	failures int       // in a row
	until    time.Time // when it may be tried again
	probing  bool      // somebody is trying it
	last     Verdict   // of the latest failure
}

// RelayStatus is a relay's health, for a page that people read.
type RelayStatus struct {
	// Address is the relay's host:port.
	Address string
	// Healthy says that it is used, or would be if it stood first.
	Healthy bool
	// Failures counts the failures in a row.
	Failures int
	// RetryAt is when it may be tried again, zero for a healthy one.
	RetryAt time.Time
	// Trouble is the verdict on the latest failure, RelayAway or CallPerson;
	// empty for a healthy one.
	Trouble Verdict
}

// errNoneHealthy is the cause of Unavailable when no relay may be tried now.
var errNoneHealthy = errors.New("every configured relay failed a moment ago and is left alone for a while")

// NewRelays takes the relays in order of preference. A zero Backoff means
// RelayBackoff, a nil clock time.Now.
func NewRelays(relays []*Relay, backoff Backoff, now func() time.Time) (*Relays, error) {
	if len(relays) == 0 {
		return nil, errors.New("at least one mail relay is needed")
	}
	if backoff == (Backoff{}) {
		backoff = RelayBackoff
	}
	if backoff.First <= 0 || backoff.Most < backoff.First {
		return nil, errors.New("the waits after a relay's failure must be positive and grow")
	}
	if now == nil {
		now = time.Now
	}
	all := &Relays{backoff: backoff, now: now}
	for _, relay := range relays {
		if relay == nil {
			return nil, errors.New("a mail relay is missing from the list")
		}
		all.all = append(all.all, &health{relay: relay})
	}
	return all, nil
}

// Dial opens a connection to the first healthy relay, and to the next if that
// fails. The error is the *Unavailable of the last one tried, or one of its own
// when none may be tried now; RetryAt tells when that changes.
//
// What happens on the connection keeps the health up to date. Close it, or a
// relay that is being tried again stays with this connection.
func (r *Relays) Dial(ctx context.Context) (*MailingConn, error) {
	tried := map[*health]bool{}
	var last error = &Unavailable{Step: StepDial, cause: errNoneHealthy}
	for {
		chosen, probing := r.pick(tried)
		if chosen == nil {
			return nil, last
		}
		tried[chosen] = true
		conn, err := chosen.relay.DialMailing(ctx)
		if err == nil {
			r.attach(conn, chosen, probing)
			return conn, nil
		}
		last = err
		if ctx.Err() != nil {
			// The caller gave up; that is not the relay's fault.
			r.stopProbing(chosen, probing)
			return nil, last
		}
		r.failed(chosen, err)
	}
}

func (r *Relays) attach(conn *MailingConn, of *health, probing bool) {
	conn.watch = func(ctx context.Context, outcome Outcome, trouble error) {
		switch {
		case trouble == nil && outcome.State != Unknown:
			r.succeeded(of)
		case ctx.Err() == nil:
			r.failed(of, trouble)
		}
	}
	conn.leave = func() { r.stopProbing(of, probing) }
}

// pick gives the first relay that may be used and was not tried yet, and
// whether this is to find out if it is well again.
func (r *Relays) pick(tried map[*health]bool) (chosen *health, probing bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	for _, each := range r.all {
		switch {
		case tried[each]:
		case each.failures == 0:
			return each, false
		case !each.probing && !now.Before(each.until):
			each.probing = true
			return each, true
		}
	}
	return nil, false
}

func (r *Relays) succeeded(of *health) {
	r.mu.Lock()
	defer r.mu.Unlock()
	of.failures, of.until, of.probing, of.last = 0, time.Time{}, false, ""
}

// failed counts a failure, but not those of the many connections that break
// together with the first. A nil error is a connection that was lost after the
// final dot.
func (r *Relays) failed(of *health, err error) {
	verdict := RelayAway
	if err != nil {
		verdict = VerdictOf(Outcome{}, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if now.Before(of.until) {
		return
	}
	of.failures++
	of.until = now.Add(r.backoff.Wait(of.failures))
	of.probing, of.last = false, verdict
}

func (r *Relays) stopProbing(of *health, probing bool) {
	if !probing {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	of.probing = false
}

// RetryAt is the earliest instant at which Dial may find a relay: zero when one
// is healthy now.
func (r *Relays) RetryAt() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	var earliest time.Time
	for _, each := range r.all {
		if each.failures == 0 {
			return time.Time{}
		}
		if earliest.IsZero() || each.until.Before(earliest) {
			earliest = each.until
		}
	}
	return earliest
}

// Status is the health of every relay, in order of preference.
func (r *Relays) Status() []RelayStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]RelayStatus, 0, len(r.all))
	for _, each := range r.all {
		all = append(all, RelayStatus{
			Address: each.relay.Address(), Healthy: each.failures == 0,
			Failures: each.failures, RetryAt: each.until, Trouble: each.last,
		})
	}
	return all
}
