package postgres_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// lease asks for permits of one limit.
func lease(t *testing.T, s *postgres.Store, ahead time.Duration, d postgres.RateDemand) postgres.RateLease {
	t.Helper()
	got, err := s.LeaseRates(t.Context(), ahead, []postgres.RateDemand{d})
	if err != nil || len(got) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	return got[0]
}

// TestPermitsAreGivenOnceWhoeverAsks: a limit so slow that no second permit
// comes back while the test runs.
func TestPermitsAreGivenOnceWhoeverAsks(t *testing.T) {
	t.Parallel()
	_, ownerURL, appURL := postgrestest.Migrated(t)
	keys := postgrestest.Keys(t)
	one, other := postgrestest.Open(t, appURL, keys), postgrestest.Open(t, appURL, keys)
	slow := postgres.RateDemand{Name: "domain example.org", Interval: 1000 * time.Hour, Burst: 5, Wanted: 3}
	if got := lease(t, one, time.Second, slow); got.Permits != 3 || got.In > 0 {
		t.Errorf("the first worker is given %+v, want 3 at once", got)
	}
	if got := lease(t, other, time.Second, slow); got.Permits != 2 || got.In > 0 {
		t.Errorf("the second worker is given %+v, want the 2 that are left", got)
	}
	if got := lease(t, one, time.Second, slow); got.Permits != 0 || got.In <= 0 || got.In > slow.Interval {
		t.Errorf("a third time %+v is given, want none within %v", got, slow.Interval)
	}
	another := slow
	another.Name = "domain example.net"
	if got := lease(t, other, time.Second, another); got.Permits != 3 {
		t.Errorf("another limit gives %+v", got)
	}

	// Both workers die. What they held is there again when its time has passed.
	if _, err := connect(t, ownerURL).Exec(t.Context(), `UPDATE sending_rate SET full_us = full_us - $1`,
		(2 * slow.Interval).Microseconds()); err != nil {
		t.Fatal(err)
	}
	if got := lease(t, one, time.Second, slow); got.Permits != 2 || got.In > 0 {
		t.Errorf("two intervals later %+v is given, want 2 at once", got)
	}
}

func TestPermitsAreLeasedAheadAndNoFurther(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	// Ten seconds apart, so that a slow machine changes the count by nothing in
	// the first lease, which begins a limit.
	d := postgres.RateDemand{Name: "relay", Interval: 10 * time.Second, Burst: 1, Wanted: 100}
	got := lease(t, s, time.Minute, d)
	if got.Permits != 7 || got.In != 0 {
		t.Errorf("a minute ahead gives %+v, want one now and one each ten seconds", got)
	}
	if got = lease(t, s, 0, d); got.Permits != 0 || got.In <= 0 || got.In > 70*time.Second {
		t.Errorf("then %+v, want none before 70 s have passed", got)
	}
	for _, fast := range []postgres.RateDemand{{Name: "fast", Interval: 1, Wanted: 50}, {Name: "none"}} {
		if got := lease(t, s, time.Second, fast); got.Permits != max(fast.Wanted, 1) {
			t.Errorf("%+v gives %+v", fast, got)
		}
	}
	if got, err := s.LeaseRates(t.Context(), time.Second, nil); err != nil || len(got) != 0 {
		t.Errorf("no demand gives %v, %v", got, err)
	}
}

// TestManyWorkersTogetherKeepEachLimit: many ask at once for many limits, in
// orders of their own.
func TestManyWorkersTogetherKeepEachLimit(t *testing.T) {
	t.Parallel()
	const workers, limits, times, burst = 8, 20, 15, 40
	s := postgrestest.Store(t)
	var mu sync.Mutex
	given := map[string]int{}
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for n := range times {
				var demands []postgres.RateDemand
				for l := range limits {
					name := fmt.Sprintf("domain d%d.example", (l*(w+1)+n)%limits)
					if w%2 == 0 {
						name = fmt.Sprintf("domain d%d.example", limits-1-l)
					}
					demands = append(demands, postgres.RateDemand{Name: name, Interval: 1000 * time.Hour, Burst: burst, Wanted: 1 + w%3})
				}
				demands = distinct(demands)
				got, err := s.LeaseRates(t.Context(), time.Second, demands)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for i, d := range demands {
					given[d.Name] += got[i].Permits
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for l := range limits {
		if name := fmt.Sprintf("domain d%d.example", l); given[name] != burst {
			t.Errorf("%s: %d permits were given, want the burst of %d", name, given[name], burst)
		}
	}
}

func distinct(demands []postgres.RateDemand) (out []postgres.RateDemand) {
	seen := map[string]bool{}
	for _, d := range demands {
		if !seen[d.Name] {
			seen[d.Name] = true
			out = append(out, d)
		}
	}
	return out
}

func TestDomainsOfRecipientsAreNotStoredAndAreForgotten(t *testing.T) {
	t.Parallel()
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	lease(t, s, time.Second, postgres.RateDemand{Name: "domain ana.example", Interval: time.Millisecond, Burst: 1, Wanted: 1})
	lease(t, s, time.Second, postgres.RateDemand{Name: "domain busy.example", Interval: 1000 * time.Hour, Burst: 1, Wanted: 1})
	conn := connect(t, ownerURL)
	rows := func(where string) (n int) {
		t.Helper()
		if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM sending_rate WHERE `+where).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := rows(`position('ana' IN encode(name, 'escape')) > 0`); n != 0 || rows(`true`) != 2 {
		t.Error("a domain stands in the table")
	}
	if _, err := conn.Exec(t.Context(), `UPDATE sending_rate SET full_us = full_us - 2 * 3600 * 1000000::bigint`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := rows(`true`); n != 1 {
		t.Errorf("%d limits are kept, want the one that is not at rest", n)
	}
}
