package smtp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// ledgerPool is a pool in memory: each limit is the instant at which all its
// permits are back. It takes time to answer.
type ledgerPool struct {
	latency time.Duration
	fails   error

	mu    sync.Mutex
	full  map[string]time.Time
	asked int // how many times
}

func newPool(latency time.Duration) *ledgerPool {
	return &ledgerPool{latency: latency, full: map[string]time.Time{}}
}

func (p *ledgerPool) Lease(_ context.Context, demands []Demand) ([]Lease, error) {
	time.Sleep(p.latency)
	leases, err := p.answer(demands)
	time.Sleep(p.latency)
	return leases, err
}

func (p *ledgerPool) answer(demands []Demand) ([]Lease, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if p.fails != nil {
		return nil, p.fails
	}
	now := time.Now()
	var leases []Lease
	for _, d := range demands {
		if d.Wanted < 1 || d.Burst < 1 || d.Interval < 1 {
			return nil, fmt.Errorf("a demand is %+v", d)
		}
		full := p.full[d.Name]
		if full.Before(now) {
			full = now
		}
		tolerance := time.Duration(d.Burst-1) * d.Interval
		given := min(d.Wanted, max(0, int((now.Add(Ahead+tolerance).Sub(full)+d.Interval)/d.Interval)))
		leases = append(leases, Lease{Permits: given, In: full.Add(-tolerance).Sub(now)})
		p.full[d.Name] = full.Add(time.Duration(given) * d.Interval)
	}
	return leases, nil
}

func (p *ledgerPool) times() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func sharing(t testing.TB, limits Limits, pool Pool) *Limiter {
	t.Helper()
	l, err := NewLimiter(limits, pool, nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestManyProcessesTogetherKeepALimit: whatever several processes do, in no span
// of time more leaves than the burst and what the rate gives in that span and
// twice Ahead beyond.
func TestManyProcessesTogetherKeepALimit(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rate := Rate{PerSecond: rapid.Float64Range(0.5, 200).Draw(r, "rate"), Burst: rapid.IntRange(0, 30).Draw(r, "burst")}
		latency := time.Duration(rapid.IntRange(0, 100).Draw(r, "latency")) * time.Millisecond
		processes := rapid.IntRange(1, 4).Draw(r, "processes")
		pauses := rapid.SliceOfN(rapid.IntRange(0, 3000), 1, 12).Draw(r, "pauses")
		by := rapid.SampledFrom([]string{"relay", "domain"}).Draw(r, "by")
		synctest.Test(t, func(t *testing.T) {
			pool := newPool(latency)
			var mu sync.Mutex
			var left []time.Time
			var running sync.WaitGroup
			for n := range processes {
				running.Go(func() {
					l := sharing(t, Limits{PerRelay: rate, PerDomain: rate}, pool)
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
					defer cancel()
					for i := 0; ctx.Err() == nil; i++ {
						if by == "relay" {
							if l.Wait(ctx, "relay:25", "") != nil {
								return // the time is over
							}
						} else {
							if err := l.Prepare(ctx, map[string]int{"example.org": 1 + i%5}); err != nil {
								t.Error(err)
								return
							}
							if wait := l.Take("", "example.org"); wait > 0 {
								time.Sleep(wait)
								continue
							}
						}
						mu.Lock()
						left = append(left, time.Now())
						mu.Unlock()
						if i%10 == 9 {
							time.Sleep(time.Duration(pauses[(i/10+n)%len(pauses)]) * time.Millisecond)
						}
					}
				})
			}
			running.Wait()
			slices.SortFunc(left, time.Time.Compare)
			burst := float64(max(rate.Burst, 1))
			for first := range left {
				for last := first; last < len(left); last++ {
					span := left[last].Sub(left[first]) + 2*Ahead
					if most := burst + span.Seconds()*rate.PerSecond*1.001 + 1; float64(last-first+1) > most {
						t.Fatalf("%d left within %v, at most %.1f", last-first+1, left[last].Sub(left[first]), most)
					}
				}
			}
		})
	})
}

// TestFewMessagesCostAQuestion: at a lasting rate the pool is asked about once in
// Ahead, not for each message.
func TestFewMessagesCostAQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := newPool(time.Millisecond)
		l := sharing(t, Limits{PerRelay: Rate{PerSecond: 500, Burst: 10}}, pool)
		began := time.Now()
		for range 10_000 {
			if err := l.Wait(t.Context(), "relay:25", ""); err != nil {
				t.Fatal(err)
			}
		}
		took := time.Since(began)
		if most := (10_000/500 + 2) * time.Second; took > most {
			t.Errorf("10,000 at 500 a second took %v, want no more than %v", took, most)
		}
		if n := pool.times(); n > 100 {
			t.Errorf("the pool was asked %d times for 10,000 messages in %v", n, took)
		}
	})
}

func TestTwoProcessesShareAndADeadOneTakesNothingAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 100
		pool := newPool(time.Millisecond)
		limits := Limits{PerRelay: Rate{PerSecond: 20}}
		began := time.Now()
		var running sync.WaitGroup
		for range 2 {
			running.Go(func() {
				l := sharing(t, limits, pool)
				for range n {
					if err := l.Wait(t.Context(), "relay:25", ""); err != nil {
						t.Error(err)
					}
				}
			})
		}
		// A third one takes a block and dies.
		dead := sharing(t, limits, pool)
		for range 3 {
			if err := dead.Wait(t.Context(), "relay:25", ""); err != nil {
				t.Fatal(err)
			}
		}
		running.Wait()
		// Each message has an instant of its own, a twentieth of a second from the
		// next; what lapsed is a few blocks.
		took := time.Since(began)
		if least := (2*n + 3 - 1) * time.Second / 20; took < least || took > least+5*time.Second {
			t.Errorf("%d took %v, want %v and a little", 2*n+3, took, least)
		}
	})
}

func TestDomainsAreAskedForTogetherAndOnlyThoseThatAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := newPool(0)
		limits, err := ParseDomainLimits("outlook.example,hotmail.example=3 slow.example=0.001")
		if err != nil {
			t.Fatal(err)
		}
		l := sharing(t, Limits{Domains: limits}, pool)
		if !l.LimitsDomains() {
			t.Error("no domain is limited")
		}
		want := map[string]int{"outlook.example": 2, "hotmail.example": 2, "slow.example": 2, "free.example": 9}
		for range 3 { // the second and third time all is at hand, or it is too early
			if err := l.Prepare(t.Context(), want); err != nil {
				t.Fatal(err)
			}
		}
		if n := pool.times(); n != 1 {
			t.Errorf("the pool was asked %d times", n)
		}
		for range 9 {
			if wait := l.Take("", "free.example"); wait != 0 {
				t.Errorf("a domain without a limit waits %v", wait)
			}
		}
		for _, domain := range []string{"outlook.example", "hotmail.example", "outlook.example"} {
			if wait := l.Take("", domain); wait != 0 {
				t.Errorf("%s waits %v", domain, wait)
			}
		}
		if wait := l.Take("", "hotmail.example"); wait <= 0 || wait > time.Second {
			t.Errorf("the fourth of three a second waits %v", wait)
		}
		if wait := l.Take("", "slow.example"); wait != 0 {
			t.Errorf("the first to a slow domain waits %v", wait)
		}
		if wait := l.Take("", "slow.example"); wait < 900*time.Second {
			t.Errorf("the second waits %v", wait)
		}
		if err := l.Prepare(t.Context(), map[string]int{"free.example": 1}); err != nil || pool.times() != 1 {
			t.Errorf("%v; the pool was asked %d times, also for what has no limit", err, pool.times())
		}
	})
}

func TestAPoolThatIsAwayIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := newPool(0)
		pool.fails = errors.New("away")
		l := sharing(t, Limits{PerRelay: Rate{PerSecond: 1}, PerDomain: Rate{PerSecond: 1}}, pool)
		if err := l.Wait(t.Context(), "relay:25", ""); !errors.Is(err, pool.fails) {
			t.Errorf("Wait gives %v", err)
		}
		if err := l.Prepare(t.Context(), map[string]int{"example.org": 1}); !errors.Is(err, pool.fails) {
			t.Errorf("Prepare gives %v", err)
		}
		if wait := l.Take("", "example.org"); wait != time.Second {
			t.Errorf("without a permit one waits %v", wait)
		}
		pool.fails = nil
		if err := l.Wait(t.Context(), "relay:25", "example.org"); err != nil {
			t.Errorf("once it is back: %v", err)
		}
	})
}

func TestLimitsOfDomainsAreRead(t *testing.T) {
	got, err := ParseDomainLimits(" Outlook.example,HOTMAIL.example=10\nbücher.example=0.5\texample.com=none ")
	if err != nil {
		t.Fatal(err)
	}
	ten := DomainLimit{Group: "outlook.example", Rate: Rate{PerSecond: 10, Burst: 10}}
	for domain, want := range map[string]DomainLimit{
		"outlook.example": ten, "hotmail.example": ten,
		"xn--bcher-kva.example": {Group: "xn--bcher-kva.example", Rate: Rate{PerSecond: 0.5, Burst: 1}},
		"example.com":           {Group: "example.com"},
	} {
		if got[domain] != want {
			t.Errorf("%s: %+v, want %+v", domain, got[domain], want)
		}
	}
	if len(got) != 4 {
		t.Errorf("%d domains", len(got))
	}
	if got, err := ParseDomainLimits(""); err != nil || len(got) != 0 {
		t.Errorf("nothing gives %v, %v", got, err)
	}
	l := sharing(t, Limits{Domains: map[string]DomainLimit{"example.com": {Group: "example.com"}}}, nil)
	if l.LimitsDomains() {
		t.Error("a domain without a limit counts as one")
	}
	for _, wrong := range []string{
		"example.org", "example.org=", "example.org=fast", "example.org=0", "example.org=-1", "example.org=Inf", "example.org=NaN",
		"=10", "localhost=10", "a.example,,b.example=10", "a.example,a.example=10", "a.example=1 A.example=2", "ana@example.org=10",
		"10.0.0.1=10", "example.org=1e-9",
	} {
		if got, err := ParseDomainLimits(wrong); err == nil {
			t.Errorf("%q gives %+v", wrong, got)
		}
	}
}
