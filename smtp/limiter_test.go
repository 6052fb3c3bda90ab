package smtp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func limiter(t *testing.T, limits Limits, now func() time.Time) *Limiter {
	t.Helper()
	l, err := NewLimiter(limits, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestABucketNeverGivesMoreThanItsRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := Rate{PerSecond: rapid.Float64Range(0.1, 1000).Draw(t, "rate"), Burst: rapid.IntRange(0, 20).Draw(t, "burst")}
		b := newBucket(rate)
		start := time.Unix(1_700_000_000, 0)
		now := start
		given := 0
		for _, step := range rapid.SliceOfN(rapid.Int64Range(0, int64(2*time.Second)), 1, 100).Draw(t, "steps") {
			now = now.Add(time.Duration(step))
			for b.due(now) == 0 {
				b.take(now)
				given++
			}
			most := float64(max(rate.Burst, 1)) + now.Sub(start).Seconds()*rate.PerSecond*1.0001 + 1
			if float64(given) > most {
				t.Fatalf("%d given after %v, at most %.1f", given, now.Sub(start), most)
			}
			if wait := b.due(now); wait <= 0 || wait > b.interval {
				t.Fatalf("next in %v, at an interval of %v", wait, b.interval)
			}
		}
	})
}

func TestTakeWithAClockOfItsOwn(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	l := limiter(t, Limits{PerRelay: Rate{PerSecond: 10, Burst: 3}, PerDomain: Rate{PerSecond: 1}}, func() time.Time { return now })
	take := func(domain string, want time.Duration) {
		t.Helper()
		if got := l.Take("relay:25", domain); got != want {
			t.Errorf("%s: %v, want %v", domain, got, want)
		}
	}
	take("a.example", 0)
	take("a.example", time.Second)
	take("b.example", 0)
	take("c.example", 0)
	take("d.example", 100*time.Millisecond) // the relay's burst is used up
	now = now.Add(100 * time.Millisecond)
	take("d.example", 0) // the domain had its token back
	take("e.example", 100*time.Millisecond)
	now = now.Add(900 * time.Millisecond)
	take("a.example", 0)
	if got := l.Take("other:25", "f.example"); got != 0 {
		t.Errorf("another relay: %v", got)
	}
}

func TestNoLimitIsNoWait(t *testing.T) {
	l := limiter(t, Limits{}, nil)
	for range 1000 {
		if err := l.Wait(t.Context(), "relay:25", "example.org"); err != nil {
			t.Fatal(err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Wait(ended, "relay:25", "example.org"); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

func TestWaitersAreServedInOrderAtTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, Limits{PerRelay: Rate{PerSecond: 10}}, nil)
		started := time.Now()
		var mu sync.Mutex
		var order []int
		var running sync.WaitGroup
		for n := range 20 {
			running.Go(func() {
				if err := l.Wait(t.Context(), "relay:25", "example.org"); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, n)
			})
			synctest.Wait() // this one stands in the queue before the next comes
		}
		running.Wait()
		for want, got := range order {
			if got != want {
				t.Fatalf("served in the order %v", order)
			}
		}
		if took := time.Since(started); took != 1900*time.Millisecond {
			t.Errorf("twenty at ten a second took %v", took)
		}
	})
}

func TestASlowDomainDoesNotHoldUpTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, Limits{PerRelay: Rate{PerSecond: 100}, PerDomain: Rate{PerSecond: 1}}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var running sync.WaitGroup
		for range 50 {
			running.Go(func() { _ = l.Wait(ctx, "relay:25", "slow.example") })
		}
		synctest.Wait()
		started := time.Now()
		for n := range 50 {
			if err := l.Wait(t.Context(), "relay:25", fmt.Sprintf("d%d.example", n)); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(started); took > 600*time.Millisecond {
			t.Errorf("fifty other domains at a hundred a second took %v", took)
		}
		cancel()
		running.Wait()
	})
}

func TestWhoGivesUpUsesNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, Limits{PerRelay: Rate{PerSecond: 1}, PerDomain: Rate{PerSecond: 1, Burst: 100}}, nil)
		wait := func(ctx context.Context) error { return l.Wait(ctx, "relay:25", "example.org") }
		if err := wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		var running sync.WaitGroup
		for range 64 {
			running.Go(func() {
				if err := wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v", err)
				}
			})
		}
		running.Wait()
		started := time.Now()
		if err := wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(started); took != 500*time.Millisecond {
			t.Errorf("the next waited %v", took)
		}
	})
}

func TestDomainsAtRestAreForgotten(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	l := limiter(t, Limits{PerDomain: Rate{PerSecond: 1}}, func() time.Time { return now })
	for n := range 3 * maxDomains {
		now = now.Add(time.Millisecond)
		if wait := l.Take("relay:25", fmt.Sprintf("d%d.example", n)); wait != 0 {
			t.Fatalf("domain %d waits %v", n, wait)
		}
	}
	if kept := len(l.domains); kept > maxDomains {
		t.Errorf("%d domains are remembered", kept)
	}
}

func TestLimitsThatMakeNoSense(t *testing.T) {
	for _, rate := range []Rate{{PerSecond: -1}, {PerSecond: 1e-9}, {PerSecond: 1, Burst: 1 << 30}} {
		for _, limits := range []Limits{{PerRelay: rate}, {PerDomain: rate}} {
			if _, err := NewLimiter(limits, nil, nil); err == nil {
				t.Errorf("%+v was taken", limits)
			}
		}
	}
}

func TestARelaysOwnRateAndANameThatIsNotLimited(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	l := limiter(t, Limits{Relays: map[string]Rate{"slow:25": {PerSecond: 1}}, PerDomain: Rate{PerSecond: 1}}, func() time.Time { return now })
	for _, step := range []struct {
		relay, domain string
		want          time.Duration
	}{
		{"slow:25", "", 0}, {"slow:25", "", time.Second}, {"fast:25", "", 0}, {"fast:25", "", 0},
		{"", "a.example", 0}, {"", "a.example", time.Second}, {"", "", 0}, {"", "", 0},
	} {
		if got := l.Take(step.relay, step.domain); got != step.want {
			t.Errorf("%q, %q: %v, want %v", step.relay, step.domain, got, step.want)
		}
	}
	if !l.LimitsDomains() || limiter(t, Limits{}, nil).LimitsDomains() {
		t.Error("whether domains are limited is told wrongly")
	}
	if _, err := NewLimiter(Limits{Relays: map[string]Rate{"a": {PerSecond: -1}}}, nil, nil); err == nil {
		t.Error("a rate below zero was taken")
	}
}
