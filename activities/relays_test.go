package activities_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"tocsin/activities"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp"
	"tocsin/smtp/smtptest"
)

// keeping is a relay that remembers what it takes by Message-ID.
func keeping(t *testing.T, o smtptest.Options) *smtptest.Sink {
	t.Helper()
	o.Pipelining, o.Keep = true, true
	return smtptest.Start(t, o)
}

// onceEach demands that so many messages arrived, each once, over all sinks.
func onceEach(t *testing.T, n int, sinks ...*smtptest.Sink) {
	t.Helper()
	all := map[string]int{}
	for _, s := range sinks {
		for message, m := range s.Messages() {
			all[message] += m.Copies
		}
	}
	if len(all) != n {
		t.Errorf("%d messages arrived, expected %d", len(all), n)
	}
	for message, times := range all {
		if times != 1 {
			t.Errorf("%s arrived %d times", message, times)
		}
	}
}

func TestARelayThatDiesInTheMiddleIsReplacedAndNobodyIsLostOrToldTwice(t *testing.T) {
	const people = 2000
	first, second := keeping(t, smtptest.Options{}), keeping(t, smtptest.Options{})
	first.Answer(func(string) string {
		if first.Taken() >= people/2 {
			first.Die()
		}
		return ""
	})
	m := newMailing(t, postgrestest.Store(t), first, people)
	m.a.Relays = relaysTo(t, first.Address(), second.Address())
	pass, err := m.pass()
	if err != nil || !pass.Done {
		t.Fatalf("the pass is %+v, %v", pass, err)
	}
	if c := m.counts(); c.Accepted != people || c.Unknown != 0 {
		t.Errorf("the counts are %+v", c)
	}
	onceEach(t, people, first, second)
	tally, err := m.store.Tally(t.Context(), id, 1, time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string]int{}
	for _, share := range tally.Relays {
		taken[share.Relay] = share.Accepted
		if share.Recent != share.Accepted {
			t.Errorf("of %d outcomes over %s, %d are of the last hour", share.Accepted, share.Relay, share.Recent)
		}
	}
	if taken[first.Address()] != first.Taken() || taken[second.Address()] != second.Taken() || taken[second.Address()] == 0 {
		t.Errorf("the record says %v; the relays took %d and %d", taken, first.Taken(), second.Taken())
	}
}

func TestARelayThatRefusesToWorkIsPassedOverWhileAnotherTakesAll(t *testing.T) {
	first, second := keeping(t, smtptest.Options{Greeting: "554 5.7.1 no service for you"}), keeping(t, smtptest.Options{})
	m := newMailing(t, postgrestest.Store(t), second, 200)
	m.a.Relays = relaysTo(t, first.Address(), second.Address())
	pass, err := m.pass()
	if err != nil || !pass.Done {
		t.Fatalf("the pass is %+v, %v", pass, err)
	}
	onceEach(t, 200, second)
	if status := m.a.Relays.Status(); status[0].Trouble != smtp.CallPerson || !status[1].Healthy {
		t.Errorf("the relays are %+v", status)
	}
}

func TestEveryRelayRefusingHoldsTheRound(t *testing.T) {
	first := keeping(t, smtptest.Options{Greeting: "554 5.7.1 no service for you"})
	second := keeping(t, smtptest.Options{Greeting: "535 5.7.8 who are you"})
	m := newMailing(t, postgrestest.Store(t), second, 100)
	m.a.Relays = relaysTo(t, first.Address(), second.Address())
	pass, err := m.pass()
	if err != nil || pass.Hold != incident.HeldForRelay {
		t.Fatalf("the pass is %+v, %v", pass, err)
	}
	if c := m.counts(); c.Pending != 100 {
		t.Errorf("the counts are %+v", c)
	}
}

func TestNoRelayForLongHoldsTheRound(t *testing.T) {
	var mu sync.Mutex
	now := time.Now()
	s := keeping(t, smtptest.Options{})
	m := newMailing(t, postgrestest.Store(t), s, 20)
	config, err := smtp.ParseURL("smtp://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	relay, err := smtp.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if m.a.Relays, err = smtp.NewRelays([]*smtp.Relay{relay}, smtp.Backoff{}, func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}); err != nil {
		t.Fatal(err)
	}
	if pass, err := m.pass(); err == nil {
		t.Fatalf("at first the pass is %+v; expected it to be tried again", pass)
	}
	mu.Lock()
	now = now.Add(16 * time.Minute)
	mu.Unlock()
	pass, err := m.pass()
	if err != nil || pass.Hold != incident.HeldForRelay {
		t.Fatalf("after a quarter of an hour the pass is %+v, %v; expected a person to be called", pass, err)
	}
	if c := m.counts(); c.Pending != 20 {
		t.Errorf("the counts are %+v", c)
	}
}

func TestARelaysConnectionsAreNotExceededWhetherToldOrLearnt(t *testing.T) {
	for name, option := range map[string]string{"told": "?connections=5", "learnt": ""} {
		t.Run(name, func(t *testing.T) {
			s := keeping(t, smtptest.Options{Connections: 5})
			m := newMailing(t, postgrestest.Store(t), s, 600)
			m.a.Relays = relaysTo(t, s.Address()+option)
			pass, err := m.pass()
			if err != nil || !pass.Done {
				t.Fatalf("the pass is %+v, %v", pass, err)
			}
			if c := m.counts(); c.Accepted != 600 {
				t.Errorf("the counts are %+v", c)
			}
			onceEach(t, 600, s)
			if status := m.a.Relays.Status()[0]; !status.Healthy {
				t.Errorf("the relay is taken for %+v", status)
			}
		})
	}
}

func TestASlowDomainDoesNotHoldUpOthers(t *testing.T) {
	const slow, others = 400, 300
	s := keeping(t, smtptest.Options{})
	m := newMailingTo(t, postgrestest.Store(t), s, slow+others, func(n int) postgres.Person {
		p := ordinary(n)
		if p.Email = fmt.Sprintf("p%d@d%d.example.org", n, n); n < slow {
			p.Email = fmt.Sprintf("p%d@slow.example.net", n)
		}
		return p
	}, nil)
	var err error
	if m.a.Limiter, err = smtp.NewLimiter(smtp.Limits{PerDomain: smtp.Rate{PerSecond: 200, Burst: 60}}, activities.SharedRates{Store: m.store}, nil); err != nil {
		t.Fatal(err)
	}
	pass, err := m.pass()
	if err != nil || !pass.Done {
		t.Fatalf("the pass is %+v, %v", pass, err)
	}
	if c := m.counts(); c.Accepted != slow+others || c.Unknown != 0 {
		t.Errorf("the counts are %+v", c)
	}
	onceEach(t, slow+others, s)
	last := 0
	for _, message := range s.Messages() {
		if number(message.Recipient) >= slow {
			last = max(last, message.Place)
		}
	}
	if last == slow+others {
		t.Error("the last notice went to another domain: they waited for the slow one")
	}
}

func TestARelaysRateIsKept(t *testing.T) {
	s := keeping(t, smtptest.Options{})
	m := newMailing(t, postgrestest.Store(t), s, 120)
	m.a.Relays = relaysTo(t, s.Address()+"?rate=100&burst=20")
	var err error
	if m.a.Limiter, err = smtp.NewLimiter(smtp.Limits{Relays: m.a.Relays.Rates()}, activities.SharedRates{Store: m.store}, nil); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	pass, err := m.pass()
	took := time.Since(began)
	if err != nil || !pass.Done || m.counts().Accepted != 120 {
		t.Fatalf("the pass is %+v, %v", pass, err)
	}
	// No machine is so fast that a rate is kept by chance, and none so slow that
	// it fails: there is a lower bound only.
	if took < 900*time.Millisecond {
		t.Errorf("120 notices left in %v; expected a second for the hundred beyond the burst", took)
	}
}

func TestDeferredNoticesWaitLongerEachTime(t *testing.T) {
	replies := map[int]string{1: "451 4.3.0 later", 2: "552 5.2.2 mailbox full", 3: "550 5.2.2 mailbox full", 4: "550 5.1.1 nobody"}
	s := keeping(t, smtptest.Options{})
	s.Answer(func(recipient string) string { return replies[number(recipient)] })
	m := newMailing(t, postgrestest.Store(t), s, 100)
	before := time.Now()
	pass, err := m.pass()
	if err != nil || pass.Done {
		t.Fatalf("the pass is %+v, %v", pass, err)
	}
	if c := m.counts(); c.Deferred != 3 || c.Refused != 1 || c.Accepted != 96 {
		t.Errorf("the counts are %+v; expected a full mailbox to be tried again", c)
	}
	deferred, err := m.store.People(t.Context(), id, postgres.PeopleQuery{State: postgres.StateDeferred})
	if err != nil || len(deferred) != 3 {
		t.Fatalf("%d people are deferred, %v", len(deferred), err)
	}
	for _, p := range deferred {
		if wait := p.RetryAt.Sub(before); wait < smtp.RecipientBackoff.First || wait > smtp.RecipientBackoff.First+3*time.Minute {
			t.Errorf("the next attempt is %v after the first, expected five minutes to the full minute", wait)
		}
	}
	if !pass.NextAt.Equal(deferred[0].RetryAt) {
		t.Errorf("the pass says %v, the rows %v", pass.NextAt, deferred[0].RetryAt)
	}
}

func TestARelayThatLosesTheFirstNoticesHoldsTheRound(t *testing.T) {
	s := keeping(t, smtptest.Options{Answer: func(string) string { return smtptest.Drop }})
	m := newMailing(t, postgrestest.Store(t), s, 400)
	pass, err := m.pass()
	if err != nil || pass.Hold != incident.HeldForRelay {
		t.Fatalf("the pass is %+v, %v", pass, err)
	}
	if c := m.counts(); c.Unknown != 50 || c.Pending != 350 {
		t.Errorf("the counts are %+v; expected no more than the first fifty to be in doubt", c)
	}
}

func TestARelayThatBeginsToLoseNoticesHoldsTheRound(t *testing.T) {
	s := keeping(t, smtptest.Options{})
	s.Answer(func(string) string {
		if s.Taken() >= 200 {
			return smtptest.Drop
		}
		return ""
	})
	m := newMailing(t, postgrestest.Store(t), s, 1000)
	pass, err := m.pass()
	if err != nil || pass.Hold != incident.HeldForRelay {
		t.Fatalf("the pass is %+v, %v", pass, err)
	}
	// The halt is noticed when outcomes are committed; how often each of the 64
	// connections hands over a notice until then is the machine's affair.
	if c := m.counts(); c.Unknown > 6*64 || c.Pending < 400 {
		t.Errorf("the counts are %+v; expected most people not to be in doubt", c)
	}
}
