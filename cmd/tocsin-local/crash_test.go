package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"tocsin/cmd/tocsin-local/internal/play"
)

// defaultCrashes is how often TestCrash kills the system; `make crash` asks
// for 20 through TOCSIN_CRASHES.
const defaultCrashes = 3

// chosenCrashes is how often a test kills the system, and the chance by which it
// chooses the moments: TOCSIN_SEED repeats those of an earlier run.
func chosenCrashes(t *testing.T) (int, *rand.Rand) {
	t.Helper()
	crashes := defaultCrashes
	if asked, err := strconv.Atoi(os.Getenv("TOCSIN_CRASHES")); err == nil {
		crashes = asked
	}
	seed := uint64(time.Now().UnixNano())
	if asked, err := strconv.ParseUint(os.Getenv("TOCSIN_SEED"), 10, 64); err == nil {
		seed = asked
	}
	t.Logf("%d crashes, TOCSIN_SEED=%d", crashes, seed)
	return crashes, rand.New(rand.NewPCG(seed, 1))
}

// scenesOfPlay is about how many lines the play says.
const scenesOfPlay = 20

// TestCrash plays the example while the system is killed at random moments and
// started again each time. The case has to end as it ends undisturbed.
func TestCrash(t *testing.T) {
	crashes, chance := chosenCrashes(t)
	dir := folder(t)
	listen := freeAddress(t)
	system := start(t, dir, listen)
	var pace int64 = 1500
	if crashes > 5 {
		pace = 400 // every crash costs seconds, which are hours of the exercise
	}
	p := play.Play{
		Tocsin:  play.Command{Program: programs.tocsin, URL: func() string { return "http://" + listen }, Patience: 3 * time.Minute},
		Example: "../../examples/vendor-breach", Key: "crash", DPO: firstAccount(t, dir), VKey: logKey(t, dir), Work: t.TempDir(),
		Pace: pace,
	}
	scenes := make(chan struct{}, scenesOfPlay*2)
	p.Say = func(format string, a ...any) {
		t.Logf("play: "+format, a...)
		scenes <- struct{}{}
	}
	type result struct {
		outcome play.Outcome
		err     error
	}
	w := &witness{url: "http://" + listen, by: p.DPO}
	watching, stopWatching := context.WithCancel(t.Context())
	watched := make(chan struct{})
	go func() {
		w.watch(watching)
		close(watched)
	}()
	finished := make(chan result, 1)
	var over atomic.Bool
	go func() {
		outcome, err := p.Run(t.Context())
		over.Store(true)
		finished <- result{outcome, err}
	}()
	// Half of the kills are spread over the time that the exercise takes until
	// the reminder at 24 hours, and a little more; the others come just after a
	// scene has begun, where commands, filing and mailing are under way.
	length := time.Duration(float64(48*time.Hour) / float64(pace) * 1.15)
	byTime := crashes / 2
	byScene := map[int]bool{}
	for len(byScene) < min(crashes-byTime, scenesOfPlay) {
		byScene[1+chance.IntN(scenesOfPlay)] = true
	}
	pauseByTime := func() <-chan time.Time {
		if byTime == 0 {
			return nil
		}
		byTime--
		return time.After(time.Duration(float64(length) / float64(crashes/2) * (0.2 + 1.2*chance.Float64())))
	}
	began, scene, done := time.Now(), 0, 0
	for timer := pauseByTime(); !over.Load(); {
		why := "while the clock ran"
		select {
		case r := <-finished:
			finished <- r
			continue
		case <-timer:
			timer = pauseByTime()
		case <-scenes:
			if scene++; !byScene[scene] {
				continue
			}
			time.Sleep(time.Duration(chance.IntN(700)) * time.Millisecond) // the moment is the test
			why = fmt.Sprintf("in scene %d", scene)
		}
		system.kill(t)
		done++
		t.Logf("crash %d after %s %s, with %d entries seen", done, time.Since(began).Round(time.Millisecond), why, w.count(t))
		system = start(t, dir, listen)
	}
	t.Logf("%d of %d crashes fell into the play", done, crashes)
	if done == 0 {
		t.Error("the system was never killed")
	}
	r := <-finished
	if r.err != nil {
		said, _ := os.ReadFile(system.log)
		t.Fatalf("the play fell short: %v\n%s", r.err, tail(string(said), 4000))
	}
	if err := p.Check(t.Context(), r.outcome); err != nil {
		record, _, _ := system.run(t.Context(), p.DPO, "audit", "list", r.outcome.Case.ID, "-o", "json")
		said, _ := os.ReadFile(system.log)
		t.Errorf("the case did not end as it does undisturbed:\n%v\nthe record:\n%s\nthe log:\n%s", err, record, tail(string(said), 40000))
	}
	// One more look at the record as it ended, compared with all that was seen.
	looks := func() int { w.mu.Lock(); defer w.mu.Unlock(); return w.looks }
	for before := looks(); looks() <= before+1 && t.Context().Err() == nil; {
		time.Sleep(50 * time.Millisecond)
	}
	stopWatching()
	<-watched
	if seen := w.count(t); seen < r.outcome.Verified.Entries-1 {
		t.Errorf("the witness saw %d entries, the bundle has %d", seen, r.outcome.Verified.Entries)
	}
	t.Logf("%d looks at the record saw %d entries, none lost", looks(), w.count(t))
	system.stop(t)
}

func tail(text string, n int) string {
	if len(text) > n {
		return text[len(text)-n:]
	}
	return text
}

// freeAddress is a loopback address that is free now.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return address
}
