package system

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"tocsin/activities"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/recovery"
)

const (
	// lookAfterRecovery is how often a process makes sure that somebody looks for
	// what was lost: that workflow may be lost itself.
	lookAfterRecovery = 5 * time.Minute
	// lookAgain is when it tries again after it could not.
	lookAgain = 15 * time.Second
)

// Recover compares what the record calls for with what runs, and mends the
// difference unless dry: at the first start, after the loss of Temporal's database,
// or of a start that never happened.
func (s *System) Recover(ctx context.Context, dry bool) (recovery.Found, error) {
	now, err := s.Standing(ctx)
	if err != nil {
		return recovery.Found{}, err
	}
	if now.Held() {
		return recovery.Found{}, heldError(now, "nothing is started")
	}
	return s.recovery().Run(ctx, rand.Text(), dry)
}

// TookOver is what a take-over did.
type TookOver struct {
	// Epoch counts the take-overs, and Why are the reasons for which everything was held.
	Epoch int64    `json:"epoch"`
	Why   []string `json:"why"`
	// Entries is how many entries the log has, and Lost how many are known to be
	// missing at its end.
	Entries int64 `json:"entries"`
	Lost    int64 `json:"lost"`
	// InDoubt is how many notices may have left or not; they are not sent again. Rounds
	// is how many rounds halt until somebody resumes them.
	InDoubt int `json:"in_doubt"`
	Rounds  int `json:"rounds"`
	// Ended is how many workflows of before were ended.
	Ended int `json:"ended"`
	// Recovered is what was started from the record.
	Recovered recovery.Found `json:"recovered"`
}

// TakeOver makes this database and the machines that wait the installation. Whatever
// runs in the engine remembers another record: it is ended, and everything is started
// from this one. Rounds that were being sent halt first, since some of their people
// may have been written to after the backup was made.
func (s *System) TakeOver(ctx context.Context, in postgres.Succession) (TookOver, error) {
	in.Try = true
	if _, err := s.Store.Succeed(ctx, in); err != nil {
		return TookOver{}, err
	}
	out := TookOver{}
	running, err := s.Engine.Running(ctx)
	if err != nil {
		return out, err
	}
	for _, one := range running {
		if err := s.Engine.End(ctx, one.ID, "", "another record was taken over"); err != nil {
			return out, err
		}
		out.Ended++
	}
	rounds, err := s.Store.RunningRounds(ctx)
	if err != nil {
		return out, err
	}
	key := rand.Text()
	for _, round := range rounds {
		done, err := s.Store.Record(ctx, postgres.Recording{
			Incident: round.Incident, Actor: incident.Engine(),
			Command: incident.HoldMailing{Round: round.Round, Why: incident.HeldForRestore},
			Key:     postgres.RecordKey{WorkflowID: "take-over", RunID: key, ActivityID: fmt.Sprint(round.Incident, "/", round.Round)},
		})
		if err != nil {
			return out, err
		}
		if len(done.Recorded) > 0 {
			out.Rounds++
		}
	}
	in.Try, in.Rounds = false, out.Rounds
	took, err := s.Store.Succeed(ctx, in)
	if err != nil {
		return out, err
	}
	out.Epoch, out.Why, out.Entries, out.Lost, out.InDoubt = took.Epoch, took.Why, took.Entries, took.Lost, took.InDoubt
	out.Recovered, err = s.recovery().Run(ctx, key, false)
	return out, err
}

func (s *System) recovery() *recovery.Recovery {
	return &recovery.Recovery{Store: s.Store, Engine: s.Engine, Clock: time.Now, Witnessed: s.config.Anchors.any()}
}

// recoverOnce is a recovery as the workflow runs it: every hour, once for the whole
// installation. It tidies up then as well.
func (s *System) recoverOnce(ctx context.Context, key string) (activities.Recovered, error) {
	found, err := s.recovery().Run(ctx, key, false)
	out := activities.Recovered{Open: found.Open, Started: len(found.Started), Ended: len(found.Ended)}
	if n := out.Started + out.Ended; n > 0 {
		s.logger.Warn("a recovery started what the record calls for", "started", out.Started, "ended", out.Ended, "open", out.Open)
	}
	if err != nil {
		return out, err
	}
	swept, err := s.tidy(ctx)
	if err != nil {
		s.logger.Warn("tidying failed; it is tried again at the next look", "error", err.Error())
	} else if swept.Documents+swept.Imports > 0 {
		s.logger.Info("removed what no record names", "documents", swept.Documents, "imports", swept.Imports)
	}
	return out, nil
}

// keepRecovering has the installation's recovery look at once, since this worker may
// have come back after a loss, and sees that it goes on. Several workers may do so:
// there is one such workflow.
func (s *System) keepRecovering() {
	ctx, cancel := context.WithCancel(context.Background())
	var one sync.WaitGroup
	one.Go(func() { s.lookAfterRecovery(ctx) })
	one.Go(func() { s.takeUpDisclosures(ctx) })
	s.keeping = func() {
		cancel()
		one.Wait()
	}
}

func (s *System) lookAfterRecovery(ctx context.Context) {
	for look := true; ; {
		pause := lookAfterRecovery
		if err := s.Engine.KeepRecovering(ctx, look); err == nil {
			look = false
		} else if ctx.Err() == nil {
			s.logger.Warn("the recovery could not be started; trying again", "error", err.Error(), "again_in", lookAgain.String())
			pause = lookAgain
		}
		if !paused(ctx, pause) {
			return
		}
	}
}

// takeUpDisclosures opens the cases of what vendors told while the engine was away.
func (s *System) takeUpDisclosures(ctx context.Context) {
	for {
		taken, err := recovery.TakeUp(ctx, s.Store, s.Engine)
		if taken > 0 {
			s.logger.Warn("what vendors told while the engine was away was taken up", "cases", taken)
		}
		if err != nil && ctx.Err() == nil {
			s.logger.Warn("what a vendor told waits for its case; it is tried again", "error", err.Error(), "again_in", lookAgain.String())
		}
		if !paused(ctx, lookAgain) {
			return
		}
	}
}

// tidy removes what uploads that came to nothing left behind, and completes this
// machine's list of erased incidents.
func (s *System) tidy(ctx context.Context) (postgres.Swept, error) {
	if err := s.Store.CompleteErasureList(ctx); err != nil {
		return postgres.Swept{}, err
	}
	if _, err := s.Store.RecordFailures(ctx); err != nil {
		return postgres.Swept{}, err
	}
	return s.Store.Sweep(ctx)
}
