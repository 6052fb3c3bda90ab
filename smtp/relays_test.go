package smtp

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"
)

// hands is a clock that is set by hand.
type hands struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hands) read() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hands) turn(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// refusing is a relay that takes connections and sends them away.
func refusing(t *testing.T, greeting string) (relay *Relay, dials func() int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	count := 0
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			count++
			mu.Unlock()
			_, _ = conn.Write([]byte(greeting + "\r\n"))
			_ = conn.Close()
		}
	})
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
		running.Wait()
	})
	if relay, err = New(Config{Address: listener.Addr().String()}); err != nil {
		t.Fatal(err)
	}
	return relay, func() int {
		mu.Lock()
		defer mu.Unlock()
		return count
	}
}

func living(t *testing.T) *Relay {
	t.Helper()
	relay, err := New(Config{Address: server(t, &inbox{}, nil, false)})
	if err != nil {
		t.Fatal(err)
	}
	return relay
}

func relaysOf(t *testing.T, clock *hands, all ...*Relay) *Relays {
	t.Helper()
	relays, err := NewRelays(all, Backoff{First: time.Minute, Most: 10 * time.Minute}, clock.read)
	if err != nil {
		t.Fatal(err)
	}
	return relays
}

func dialTo(t *testing.T, relays *Relays, want *Relay) *MailingConn {
	t.Helper()
	conn, err := relays.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if conn.Relay() != want {
		t.Errorf("dialed %s, want %s", conn.Relay().Address(), want.Address())
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return conn
}

func TestTheFirstHealthyRelayIsUsed(t *testing.T) {
	clock := &hands{now: time.Unix(1_700_000_000, 0)}
	first, dials := refusing(t, "421 4.3.2 down")
	second := living(t)
	relays := relaysOf(t, clock, first, second)
	for range 5 {
		dialTo(t, relays, second)
	}
	if dials() != 1 {
		t.Errorf("the failed relay was dialed %d times", dials())
	}
	status := relays.Status()
	if status[0].Healthy || status[0].Failures != 1 || !status[0].RetryAt.Equal(clock.read().Add(time.Minute)) || status[0].Trouble != RelayAway || !status[1].Healthy {
		t.Errorf("status %+v", status)
	}
	if !relays.RetryAt().IsZero() {
		t.Error("a relay is healthy, but a wait is announced")
	}
	clock.turn(time.Minute)
	dialTo(t, relays, second) // tries the first, in vain
	clock.turn(time.Minute)
	dialTo(t, relays, second) // the second wait is longer
	if dials() != 2 || relays.Status()[0].Failures != 2 {
		t.Errorf("dialed %d times, status %+v", dials(), relays.Status()[0])
	}
}

func TestNoHealthyRelay(t *testing.T) {
	clock := &hands{now: time.Unix(1_700_000_000, 0)}
	first, _ := refusing(t, "554 5.7.1 not you")
	second, _ := refusing(t, "421 4.3.2 down")
	relays := relaysOf(t, clock, first, second)
	_, err := relays.Dial(t.Context())
	if trouble := unavailableAt(t, err, StepHello); trouble.Code != 421 {
		t.Errorf("trouble %+v", trouble)
	}
	_, err = relays.Dial(t.Context())
	if trouble := unavailableAt(t, err, StepDial); !errors.Is(trouble, errNoneHealthy) || trouble.Verdict() != RelayAway {
		t.Errorf("trouble %+v", trouble)
	}
	if got := relays.RetryAt(); !got.Equal(clock.read().Add(time.Minute)) {
		t.Errorf("retry at %v", got)
	}
	if status := relays.Status(); status[0].Trouble != CallPerson || status[1].Trouble != RelayAway {
		t.Errorf("status %+v", status)
	}
}

func TestARelayReturnsByOneConnectionAndOneAnswer(t *testing.T) {
	clock := &hands{now: time.Unix(1_700_000_000, 0)}
	first, second := living(t), living(t)
	relays := relaysOf(t, clock, first, second)
	relays.failed(relays.all[0], &Unavailable{Step: StepMail, Code: 421})
	dialTo(t, relays, second)
	clock.turn(time.Minute)
	probe := dialTo(t, relays, first)
	dialTo(t, relays, second) // the others stay away until the probe has an answer
	if relays.Status()[0].Healthy {
		t.Error("a connection without an answer made the relay healthy")
	}
	if _, err := probe.Send(t.Context(), us, "gone@example.org", letter("x")); err != nil {
		t.Fatal(err) // a refusal is an answer too
	}
	if !relays.Status()[0].Healthy {
		t.Error("an answer did not make the relay healthy")
	}
	dialTo(t, relays, first)
}

func TestAProbeThatClosesLetsAnotherTry(t *testing.T) {
	clock := &hands{now: time.Unix(1_700_000_000, 0)}
	first, second := living(t), living(t)
	relays := relaysOf(t, clock, first, second)
	relays.failed(relays.all[0], nil)
	clock.turn(time.Minute)
	if err := dialTo(t, relays, first).Close(); err != nil {
		t.Fatal(err)
	}
	dialTo(t, relays, first)
}

func TestManyConnectionsThatBreakAreOneFailure(t *testing.T) {
	clock := &hands{now: time.Unix(1_700_000_000, 0)}
	address := scripted(t, hangUpAtMail, hangUpAtMail, hangUpAtMail, hangUpAtMail)
	relay, err := New(Config{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	relays := relaysOf(t, clock, relay)
	var all []*MailingConn
	for range 4 {
		all = append(all, dialTo(t, relays, relay))
	}
	for _, conn := range all {
		if _, err := conn.Send(t.Context(), us, ana, letter("x")); !IsUnavailable(err) {
			t.Errorf("%v", err)
		}
	}
	if status := relays.Status()[0]; status.Failures != 1 {
		t.Errorf("status %+v", status)
	}
}

func hangUpAtMail(d *dialogue) {
	d.hello()
	d.hear("MAIL")
}

func TestWhoGivesUpDoesNotBlameTheRelay(t *testing.T) {
	clock := &hands{now: time.Unix(1_700_000_000, 0)}
	relay := living(t)
	relays := relaysOf(t, clock, relay)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := relays.Dial(ended); !IsUnavailable(err) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if !relays.Status()[0].Healthy {
		t.Error("the relay is blamed")
	}
	relays.failed(relays.all[0], nil)
	clock.turn(time.Hour)
	if _, err := relays.Dial(ended); !IsUnavailable(err) {
		t.Errorf("%v", err)
	}
	dialTo(t, relays, relay) // the probe was given back
}

func TestRelaysNeedAtLeastOne(t *testing.T) {
	for name, all := range map[string][]*Relay{"none": nil, "a hole": {nil}} {
		if _, err := NewRelays(all, Backoff{}, nil); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	relay, err := New(Config{Address: "127.0.0.1:25"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewRelays([]*Relay{relay}, Backoff{First: time.Minute, Most: time.Second}, nil); err == nil {
		t.Error("waits that shrink were taken")
	}
}

func TestARelayThatOnlyHungUpIsNotBlamed(t *testing.T) {
	clock := &hands{now: time.Unix(1_700_000_000, 0)}
	address := scripted(t, func(d *dialogue) {
		d.hello()
		d.transactionToDot()
		d.say("250 ok")
		d.hear("MAIL") // the connection had stood for too long
	})
	relay, err := New(Config{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	relays := relaysOf(t, clock, relay)
	conn := dialTo(t, relays, relay)
	if outcome, err := conn.Send(t.Context(), us, ana, letter("x")); err != nil || outcome.State != Accepted {
		t.Fatalf("%+v, %v", outcome, err)
	}
	if _, err := conn.Send(t.Context(), us, ana, letter("x")); !IsUnavailable(err) || conn.Usable() {
		t.Errorf("%v", err)
	}
	if status := relays.Status()[0]; !status.Healthy {
		t.Errorf("status %+v", status)
	}
}

func TestConnectionsAreShared(t *testing.T) {
	clock := &hands{now: time.Unix(1_700_000_000, 0)}
	first, second := living(t), living(t)
	first.config.Connections = 2
	relays := relaysOf(t, clock, first, second)
	one := dialTo(t, relays, first)
	dialTo(t, relays, first)
	dialTo(t, relays, second) // the first has no room
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	dialTo(t, relays, first)
	second.config.Connections = 1
	if _, err := relays.Dial(t.Context()); !errors.Is(err, ErrRelaysFull) {
		t.Errorf("a connection too many: %v", err)
	}
	if got := relays.Room(64); got != 3 {
		t.Errorf("room for %d, want 3", got)
	}
}

func TestOneTooManyTellsHowManyARelayAllows(t *testing.T) {
	clock := &hands{now: time.Unix(1_700_000_000, 0)}
	address := scripted(t, func(d *dialogue) { d.hello(); d.hear("QUIT"); d.say("221 bye") }, func(d *dialogue) { d.say("421 4.7.0 too many") },
		func(d *dialogue) { d.say("421 4.3.2 shutting down") })
	relay, err := New(Config{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	relays := relaysOf(t, clock, relay)
	conn := dialTo(t, relays, relay)
	for range 2 { // the second time the relay is not even asked
		if _, err := relays.Dial(t.Context()); !errors.Is(err, ErrRelaysFull) {
			t.Errorf("a connection too many: %v", err)
		}
	}
	if status := relays.Status()[0]; !status.Healthy || relays.Room(64) != 1 {
		t.Errorf("status %+v, room for %d", status, relays.Room(64))
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	// With no other connection open it is the relay that fails.
	if _, err := relays.Dial(t.Context()); !IsUnavailable(err) || relays.Status()[0].Healthy {
		t.Errorf("%v", err)
	}
}

func TestRoomFollowsHealthAndRate(t *testing.T) {
	clock := &hands{now: time.Unix(1_700_000_000, 0)}
	first, err := New(Config{Address: "127.0.0.1:25"})
	if err != nil {
		t.Fatal(err)
	}
	second, err := New(Config{Address: "127.0.0.1:26", Rate: Rate{PerSecond: 10}})
	if err != nil {
		t.Fatal(err)
	}
	relays := relaysOf(t, clock, first, second)
	if got := relays.Room(64); got != 64 {
		t.Errorf("room for %d", got)
	}
	relays.failed(relays.all[0], nil)
	if got := relays.Room(64); got != 10 {
		t.Errorf("with the slow one alone there is room for %d", got)
	}
	if relays.AwayFor() != 0 {
		t.Error("one is healthy, and yet they are away")
	}
	if order := relays.InOrder(); order[0] != second || order[1] != first {
		t.Error("the failed one is asked first")
	}
	clock.turn(time.Second)
	relays.failed(relays.all[1], nil)
	clock.turn(time.Minute)
	if got, away := relays.Room(64), relays.AwayFor(); got != 1 || away != time.Minute {
		t.Errorf("without a healthy one there is room for %d, and they are away for %v", got, away)
	}
	relays.succeeded(relays.all[0], true)
	if relays.AwayFor() != 0 {
		t.Error("one is back, and yet they are away")
	}
}
