package smtp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Relays are several relays in order of preference, of which the first healthy
// one that has room is used.
//
// A relay that fails is left alone for a wait that grows with each failure in a
// row. When the wait is over one connection tries it, while the others stay
// with the next relay; an answer to a message makes it healthy again, for which
// a mere connection is not enough. Nothing runs in the background.
//
// A relay has room while fewer connections are open to it than it allows
// (Config.Connections). One that turns a further connection away with 421 while
// others work is not failing: that many are what it allows.
type Relays struct {
	backoff Backoff
	now     func() time.Time

	mu  sync.Mutex
	all []*health
	// away is since when no relay is healthy; zero while one is.
	away time.Time
}

// health is what is known of one relay; guarded by Relays.mu.
type health struct {
	relay    *Relay
	failures int       // in a row
	until    time.Time // when it may be tried again
	probing  bool      // somebody is trying it
	last     Verdict   // of the latest failure
	open     int       // connections, also those that are being opened
	learnt   int       // how many it allowed when it turned one away; 0 for any number
	accepted time.Time // when it took a message last
	failedAt time.Time // when it failed last
	failure  string    // how, see [RelayStatus.Failure]
}

// most is how many connections may be open; 0 for any number.
func (h *health) most() int {
	configured := h.relay.config.Connections
	if h.learnt > 0 && (configured == 0 || h.learnt < configured) {
		return h.learnt
	}
	return configured
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
	// AcceptedAt is when it took a message last, FailedAt when it failed last; zero
	// for never since the process began.
	AcceptedAt, FailedAt time.Time
	// Failure is where in the dialogue it failed last and the class of its reply,
	// such as "AUTH 5xx", or "connect none" where it did not reply.
	Failure string
}

// failureOf is how a relay failed: no text of it, and no address.
func failureOf(err error) string {
	u, ok := errors.AsType[*Unavailable](err)
	switch {
	case !ok:
		return "DATA none"
	case u.Code == 0:
		return string(u.Step) + " none"
	}
	return fmt.Sprintf("%s %dxx", u.Step, u.Code/100)
}

// Note keeps what a relay of this address last answered to a message that went
// over a connection that was not dialled here. It changes nothing in which relay
// is used.
func (r *Relays) Note(address string, outcome Outcome, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, of := range r.all {
		switch {
		case of.relay.Address() != address:
		case err == nil && outcome.State == Accepted:
			of.accepted = r.now()
		case IsUnavailable(err):
			of.failedAt, of.failure = r.now(), failureOf(err)
		}
	}
}

// errNoneHealthy is the cause of Unavailable when no relay may be tried now.
var errNoneHealthy = errors.New("every configured relay failed a moment ago and is left alone for a while")

// ErrRelaysFull is the refusal of a connection while every relay that may be
// used has as many as it allows: wait until one is given back.
var ErrRelaysFull = errors.New("the mail relays allow no further connection now")

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

// Dial opens a connection to the first healthy relay that has room, and to the
// next if that fails. The error is ErrRelaysFull, or the *Unavailable of the
// last one tried, or one of its own when none may be tried now; RetryAt tells
// when that changes.
//
// What happens on the connection keeps the health up to date. Close it, or a
// relay that is being tried again stays with this connection.
func (r *Relays) Dial(ctx context.Context) (*MailingConn, error) {
	tried := map[*health]bool{}
	full := false
	var last error = &Unavailable{Step: StepDial, cause: errNoneHealthy}
	for {
		chosen, probing, some := r.pick(tried)
		full = full || some
		if chosen == nil {
			if full {
				return nil, ErrRelaysFull
			}
			return nil, last
		}
		tried[chosen] = true
		conn, err := chosen.relay.DialMailing(ctx)
		if err == nil {
			r.attach(conn, chosen, probing)
			return conn, nil
		}
		r.left(chosen, probing)
		switch {
		case ctx.Err() != nil:
			// The caller gave up; that is not the relay's fault.
			return nil, err
		case r.turnedAway(chosen, err):
			full = true
		default:
			last = err
			r.failed(chosen, err)
		}
	}
}

func (r *Relays) attach(conn *MailingConn, of *health, probing bool) {
	used := false
	conn.watch = func(ctx context.Context, outcome Outcome, trouble error) {
		before := used
		used = true
		switch {
		case trouble == nil && outcome.State != Unknown:
			r.succeeded(of, outcome.State == Accepted)
		case ctx.Err() != nil:
		case trouble == nil:
			// A connection that was lost after the final dot says little about the
			// relay; whoever sends counts them.
		case before && hungUp(trouble):
			// It closed a connection that had stood or been used for long enough.
			// Whether it is away shows when somebody dials again.
		default:
			r.failed(of, trouble)
		}
	}
	conn.leave = func() { r.left(of, probing) }
}

// hungUp says that a connection ended before a further message was begun.
func hungUp(trouble error) bool {
	var u *Unavailable
	return errors.As(trouble, &u) && u.Step == StepMail && (u.Code == 0 || u.Code == 421)
}

// turnedAway says whether a relay allows no more connections than the others
// that are open to it, and remembers how many those are.
func (r *Relays) turnedAway(of *health, err error) bool {
	var u *Unavailable
	if !errors.As(err, &u) || u.Code != 421 {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if of.failures > 0 || of.open == 0 {
		return false
	}
	of.learnt = of.open
	return true
}

// pick gives the first relay that may be used and was not tried yet, and
// whether this is to find out if it is well again. full says that one was
// passed over since it has no room.
func (r *Relays) pick(tried map[*health]bool) (chosen *health, probing, full bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	for _, each := range r.all {
		switch {
		case tried[each]:
		case each.failures == 0 && each.most() > 0 && each.open >= each.most():
			full = true
		case each.failures == 0:
			each.open++
			return each, false, full
		case !each.probing && !now.Before(each.until):
			each.probing = true
			each.open++
			return each, true, full
		}
	}
	return nil, false, full
}

// Room is how many connections of those wanted can be busy at once: what the
// healthy relays allow, by number and by about a second's worth of their rates.
// It is one while none is healthy, to find out whether one is again.
func (r *Relays) Room(wanted int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	room := 0
	for _, each := range r.all {
		if each.failures > 0 {
			continue
		}
		own := wanted
		if most := each.most(); most > 0 {
			own = min(own, most)
		}
		if rate := each.relay.config.Rate; !rate.unlimited() {
			own = min(own, max(1, int(rate.PerSecond+0.5)))
		}
		room += own
	}
	return max(1, min(room, wanted))
}

// InOrder gives the relays as one message should be offered to them: those that
// are healthy first, then the others.
func (r *Relays) InOrder() []*Relay {
	r.mu.Lock()
	defer r.mu.Unlock()
	var healthy, others []*Relay
	for _, each := range r.all {
		if each.failures == 0 {
			healthy = append(healthy, each.relay)
		} else {
			others = append(others, each.relay)
		}
	}
	return append(healthy, others...)
}

// AwayFor is for how long no relay has been healthy; zero while one is.
func (r *Relays) AwayFor() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away.IsZero() {
		return 0
	}
	return r.now().Sub(r.away)
}

// Rates are the relays' own limits by their addresses, for a Limiter.
func (r *Relays) Rates() map[string]Rate {
	rates := map[string]Rate{}
	for _, each := range r.all {
		rates[each.relay.Address()] = each.relay.config.Rate
	}
	return rates
}

func (r *Relays) succeeded(of *health, accepted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	of.failures, of.until, of.probing, of.last = 0, time.Time{}, false, ""
	if accepted {
		of.accepted = r.now()
	}
	r.away = time.Time{}
}

// failed counts a failure, but not those of the many connections that break
// together with the first. A nil error stands for a connection that was lost.
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
	of.failedAt, of.failure = now, failureOf(err)
	of.failures++
	of.until = now.Add(r.backoff.Wait(of.failures))
	of.probing, of.last = false, verdict
	if r.away.IsZero() && !slices.ContainsFunc(r.all, func(h *health) bool { return h.failures == 0 }) {
		r.away = now
	}
}

// left gives a connection back.
func (r *Relays) left(of *health, probing bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if of.open--; of.open == 0 {
		of.learnt = 0 // it may allow more the next time
	}
	if probing {
		of.probing = false
	}
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
			AcceptedAt: each.accepted, FailedAt: each.failedAt, Failure: each.failure,
		})
	}
	return all
}
