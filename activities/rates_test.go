package activities_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tocsin/activities"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp"
	"tocsin/smtp/smtptest"
)

// TestTwoWorkersKeepOneLimitTogether: a round each, to the same domain, through
// the same database.
func TestTwoWorkersKeepOneLimitTogether(t *testing.T) {
	const each, rate = 30, 40
	_, _, appURL := postgrestest.Migrated(t)
	keys := postgrestest.Keys(t)
	limits := smtp.Limits{Domains: map[string]smtp.DomainLimit{"slow.example.net": {Group: "slow.example.net", Rate: smtp.Rate{PerSecond: rate}}}}
	began := time.Now()
	done := make(chan error, 2)
	for range 2 {
		limiter, err := smtp.NewLimiter(limits, activities.SharedRates{Store: postgrestest.Open(t, appURL, keys)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for left := each; left > 0; {
				if err := limiter.Prepare(t.Context(), map[string]int{"slow.example.net": left, "free.example.net": left}); err != nil {
					done <- err
					return
				}
				if limiter.Take("", "free.example.net") != 0 {
					done <- errors.New("a domain without a limit has to wait")
					return
				}
				wait := limiter.Take("", "slow.example.net")
				if wait == 0 {
					left--
				}
				time.Sleep(wait)
			}
			done <- nil
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	// Each has an instant of its own, a fortieth of a second from the next. There
	// is a lower bound only, so no machine is too slow for it.
	if took, least := time.Since(began), (2*each-1)*time.Second/rate; took < least {
		t.Errorf("%d left in %v, want no less than %v", 2*each, took, least)
	}
}

// TestNamedDomainsHaveLimitsOfTheirOwn sends a round under a limit for two
// domains together, one for all others and none for one.
func TestNamedDomainsHaveLimitsOfTheirOwn(t *testing.T) {
	const n = 240
	domains := []string{"outlook.example.net", "hotmail.example.net", "other.example.net", "free.example.net"}
	s := keeping(t, smtptest.Options{})
	m := newMailingTo(t, postgrestest.Store(t), s, n, func(i int) postgres.Person {
		p := ordinary(i)
		p.Email = fmt.Sprintf("p%d@%s", i, domains[i%len(domains)])
		return p
	}, nil)
	named, err := smtp.ParseDomainLimits("outlook.example.net,hotmail.example.net=60 free.example.net=none")
	if err != nil {
		t.Fatal(err)
	}
	limits := smtp.Limits{PerDomain: smtp.Rate{PerSecond: 1000, Burst: 10}, Domains: named}
	if m.a.Limiter, err = smtp.NewLimiter(limits, activities.SharedRates{Store: m.store}, nil); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	pass, err := m.pass()
	took := time.Since(began)
	if err != nil || !pass.Done {
		t.Fatalf("the pass is %+v, %v", pass, err)
	}
	if c := m.counts(); c.Accepted != n || c.Unknown != 0 {
		t.Errorf("the counts are %+v", c)
	}
	onceEach(t, n, s)
	// 120 went to the two domains together: the burst of 60, and 60 in a second.
	if took < 900*time.Millisecond {
		t.Errorf("the round took %v: the two domains did not share their limit", took)
	}
	free, last := 0, 0
	for _, message := range s.Messages() {
		last = max(last, message.Place)
		if number(message.Recipient)%len(domains) == 3 {
			free = max(free, message.Place)
		}
	}
	if free == last {
		t.Error("the last notice went to the domain without a limit: it waited for the others")
	}
}

// TestWithoutTheRecordNoPermitIsHad: the limit is not passed over, and the round
// is not held for a person.
func TestWithoutTheRecordNoPermitIsHad(t *testing.T) {
	cluster := postgrestest.Start(t, false)
	store := cluster.Store(t)
	for name, limits := range map[string]smtp.Limits{
		"a relay":  {PerRelay: smtp.Rate{PerSecond: 10}},
		"a domain": {PerDomain: smtp.Rate{PerSecond: 10}},
	} {
		limiter, err := smtp.NewLimiter(limits, activities.SharedRates{Store: store}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(limiter.Wait(t.Context(), "relay:25", "example.org"), limiter.Prepare(t.Context(), map[string]int{"example.org": 1})); err != nil {
			t.Fatal(err)
		}
		cluster.Stop(t)
		if err := errors.Join(limiter.Prepare(t.Context(), map[string]int{"example.net": 1}), limiter.Wait(t.Context(), "other:25", "example.net")); incident.KindOf(err) != incident.Unavailable {
			t.Errorf("%s: %v, want that the record is away", name, err)
		}
		if wait := limiter.Take("other:25", "example.net"); wait == 0 {
			t.Errorf("%s: a message was let through", name)
		}
		cluster.Restart(t)
		// Connections of before may still be in the store's pool.
		for range 20 {
			if err = limiter.Wait(t.Context(), "other:25", "example.net"); err == nil {
				break
			}
		}
		if err != nil {
			t.Errorf("%s: once it is back: %v", name, err)
		}
	}
}
