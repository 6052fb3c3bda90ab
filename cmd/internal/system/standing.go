package system

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

// standbysSetting names the servers on which a standby may be promoted.
const standbysSetting = "TOCSIN_STANDBYS"

const (
	// standEvery is how often a process looks whether its database is a copy.
	standEvery = 5 * time.Second
	// standFor is for how long a look is believed before something goes outward.
	standFor = 2 * time.Second
)

// stand is what a process knows of whether it may act.
type stand struct {
	mu   sync.Mutex
	at   time.Time
	saw  *int64                            // see [postgres.Machine]
	last atomic.Pointer[postgres.Standing] // nil before the first look
}

// Standing looks whether this installation may act, or is a copy of one. A process
// without workers says what holds for the machines.
func (s *System) Standing(ctx context.Context) (postgres.Standing, error) {
	s.stand.mu.Lock()
	defer s.stand.mu.Unlock()
	return s.look(ctx)
}

// stands looks for the first time, and says in the log when this may be a copy.
func (s *System) stands(ctx context.Context) error {
	now, err := s.Standing(ctx)
	if err == nil && now.Held() {
		s.logger.Error("this may be a copy of the installation: pages can be read and take nothing in until somebody gives \"tocsin recover --take-over\"",
			"why", strings.Join(now.Why, " "), "entries", now.Entries)
	}
	return err
}

// look asks the record; the caller has the lock.
func (s *System) look(ctx context.Context) (postgres.Standing, error) {
	now, err := s.ask(ctx)
	if err == nil && now.Promoted {
		now, err = s.followPromotion(ctx)
	}
	if err == nil {
		s.stand.at = time.Now()
		s.stand.last.Store(&now)
	}
	return now, err
}

// followPromotion takes a standby that was promoted where it was expected for the
// installation, and looks again. What was lost with the last moments of the server before
// is seen to as after a restore: rounds halt, and processes start again from this record.
func (s *System) followPromotion(ctx context.Context) (postgres.Standing, error) {
	done, err := s.TakeOver(ctx, postgres.Succession{
		Followed: true, WithoutCheckpoint: true, Reason: "a standby was promoted on a server named in " + standbysSetting,
	})
	switch {
	case err == nil:
		s.logger.Warn("a standby was promoted where it was expected; this is the installation now", "take_over", done.Epoch, "rounds_halted", done.Rounds)
	case incident.KindOf(err) != incident.Conflict: // else another process was first
		return postgres.Standing{}, err
	}
	return s.ask(ctx)
}

func (s *System) ask(ctx context.Context) (postgres.Standing, error) {
	if !s.forWorker {
		return s.Store.Stand(ctx, nil)
	}
	machine, copied, err := readMachine(s.config.erasedDir())
	if err != nil {
		return postgres.Standing{}, err
	}
	machine.Saw = s.stand.saw
	before := machine
	now, err := s.Store.Stand(ctx, &machine)
	s.stand.saw = machine.Saw
	machine.Saw = before.Saw
	if err == nil && (copied || machine != before) {
		err = writeMachine(s.config.erasedDir(), machine, os.Rename)
	}
	return now, err
}

// mayAct refuses what goes outward while this may be a copy.
func (s *System) mayAct(ctx context.Context) error {
	s.stand.mu.Lock()
	defer s.stand.mu.Unlock()
	if time.Since(s.stand.at) > standFor {
		if _, err := s.look(ctx); err != nil {
			return err
		}
	}
	if s.Held() {
		return incident.Refused(incident.Unavailable, "this may be a restored copy: nothing goes out until somebody takes over")
	}
	return nil
}

// Held says whether this process knows that it may be a copy, without asking anew.
func (s *System) Held() bool { return len(s.HeldFor()) > 0 }

// HeldFor are the reasons why this process holds everything, without asking anew.
func (s *System) HeldFor() []string {
	if last := s.stand.last.Load(); last != nil {
		return last.Why
	}
	return nil
}

// heldError says why a command on the server does not do something on a copy.
func heldError(now postgres.Standing, what string) error {
	return fmt.Errorf("this may be a copy of the installation (%s): %s. "+
		"Make sure that the other one is off and stays off, then give \"tocsin recover --take-over --reason TEXT\"", strings.Join(now.Why, ", "), what)
}

// refuseOnCopy refuses what would change the record or the keys of a copy.
func refuseOnCopy(ctx context.Context, store *postgres.Store) error {
	now, err := store.Stand(ctx, nil)
	if err == nil && now.Held() {
		err = heldError(now, "no key is changed")
	}
	return err
}

// watchStanding looks again and again until the context ends, and tells of each look
// that came to an answer.
func (s *System) watchStanding(ctx context.Context, seen func(postgres.Standing)) {
	for {
		now, err := s.Standing(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.logger.Warn("it could not be looked at whether this is a copy; it is tried again", "error", err.Error())
		default:
			seen(now)
		}
		if !paused(ctx, standEvery) {
			return
		}
	}
}

// standing runs what looks whether this is a copy, beside everything else.
func (s *System) standing(seen func(postgres.Standing)) {
	ctx, cancel := context.WithCancel(context.Background())
	var one sync.WaitGroup
	one.Go(func() { s.watchStanding(ctx, seen) })
	s.standingEnds = func() {
		cancel()
		one.Wait()
	}
}
