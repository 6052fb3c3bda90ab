package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// groupSize is how many commands one transaction records at most.
	groupSize = 32
	// groupTime bounds such a transaction when nothing else does.
	groupTime = 40 * time.Second
)

// recordings are the commands of this process that wait to be recorded. Those that
// came while others were recorded are recorded next, in one transaction and with one
// flush of the disk. Each is decided by itself, on the state of its own case. The zero
// value is empty.
type recordings struct {
	mu      sync.Mutex
	waiting []*waiter // the longest first
	going   bool      // whether somebody records
}

// waiter is a command that waits for its answer.
type waiter struct {
	recording
	done     chan struct{} // closed when what follows is true
	alone    bool          // it has to be recorded by itself
	answered Recorded
	err      error
}

// recordTogether records a command with others that wait. Its answer comes once it
// is durable.
func (s *Store) recordTogether(ctx context.Context, in Recording) (Recorded, error) {
	if err := ctx.Err(); err != nil {
		return Recorded{}, failed("record", err)
	}
	w := &waiter{recording: recording{Recording: in}, done: make(chan struct{})}
	if s.recordings.join(w) {
		// The others do not end with the caller who came first.
		go s.recordGroups(context.WithoutCancel(ctx))
	}
	select {
	case <-w.done:
	case <-ctx.Done():
		if s.recordings.leave(w) {
			return Recorded{}, failed("record", ctx.Err())
		}
		return Recorded{}, uncertain("record", ctx.Err())
	}
	if w.alone {
		return s.recordAlone(ctx, in)
	}
	return w.answered, w.err
}

// join lets a command wait, and says whether nobody records yet.
func (q *recordings) join(w *waiter) (begin bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, w)
	begin, q.going = !q.going, true
	return begin
}

// leave takes a command back that is not being recorded yet, and says whether it could.
func (q *recordings) leave(w *waiter) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := slices.Index(q.waiting, w)
	if at < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, at, at+1)
	return true
}

// next gives those that wait longest, one of each case at most, since a command has to
// see what those before it led to. None ends the recording.
func (q *recordings) next() []*waiter {
	q.mu.Lock()
	defer q.mu.Unlock()
	var group, rest []*waiter
	cases := map[string]bool{}
	for _, w := range q.waiting {
		if len(group) == groupSize || cases[w.Incident] {
			rest = append(rest, w)
			continue
		}
		cases[w.Incident] = true
		group = append(group, w)
	}
	q.waiting, q.going = rest, len(group) > 0
	return group
}

// recordGroups records what waits until nothing does.
func (s *Store) recordGroups(ctx context.Context) {
	for group := s.recordings.next(); len(group) > 0; group = s.recordings.next() {
		s.recordGroup(ctx, group)
	}
}

// recordGroup records a group and answers each of it.
func (s *Store) recordGroup(ctx context.Context, group []*waiter) {
	ctx, cancel := context.WithTimeout(ctx, groupTime)
	defer cancel()
	err := s.tryGroup(ctx, group)
	_, isAway := errors.AsType[*outage](err)
	for _, w := range group {
		switch {
		case isAway && !inTheWay(err):
			w.err = err
		case err != nil, errors.Is(w.refused, errAlone):
			// What one of them cannot have is no reason for the others to be refused.
			w.alone = true
		case w.refused != nil:
			w.err = failed("record", w.refused)
		default:
			w.answered = w.answer()
			s.states.put(w.Incident, w.heldState)
		}
		close(w.done)
	}
}

// inTheWay says whether an error means that another transaction held what this one
// needed for one command or other: too long (55P03), or both each other's (40P01).
func inTheWay(err error) bool {
	fault, ok := errors.AsType[*sqlFault](err)
	return ok && (fault.code == "55P03" || fault.code == "40P01")
}

// tryGroup records in one transaction what can be recorded together. The others are
// left with a refusal. An error undoes all of it.
func (s *Store) tryGroup(ctx context.Context, group []*waiter) error {
	return s.transact(ctx, "record", func(tx pgx.Tx) (err error) {
		defer func() {
			if broken := recover(); broken != nil {
				// It breaks again where its caller hears of it.
				err = fmt.Errorf("decide: %v", broken)
			}
		}()
		all := make([]*recording, len(group))
		for i, w := range group {
			all[i] = &w.recording
		}
		if err := s.begin(ctx, tx, all, tryIncident); err != nil {
			return err
		}
		now := s.now()
		var decided []*recording
		for _, r := range all {
			if !r.locked {
				r.refused = errAlone // somebody else records in this case
				continue
			}
			if err := s.consider(ctx, tx, r, nil, now); err != nil {
				return err
			}
			if r.refused == nil && !r.repeated {
				decided = append(decided, r)
			}
		}
		return s.save(ctx, tx, decided, now)
	})
}
