package web

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/web/wording"
)

func TestARightGuessStartsTheCountAnewAndAFaultDoesNotCount(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	f := newFailures(func() time.Time { return now }, 3, 100)
	asked := 0
	guess := func(err error) error {
		return f.guess(wording.For("es"), "somebody", "192.0.2.1", func() error { asked++; return err })
	}
	wrong, away := incident.InvalidField("code", "", "is wrong", "a code"), &incident.Error{Kind: incident.Unavailable, Message: "away"}
	for _, err := range []error{wrong, wrong, nil, wrong, away, away, away, wrong} {
		got := guess(err)
		if (got == nil) != (err == nil) || err != nil && got.Error() != err.Error() {
			t.Fatalf("a guess that ends with %v gave %v", err, got)
		}
	}
	if err := guess(wrong); incident.KindOf(err) != incident.Invalid {
		t.Fatalf("the third wrong guess gave %v", err)
	}
	before := asked
	err := guess(nil)
	if incident.KindOf(err) != incident.Conflict || !strings.Contains(err.Error(), "Demasiados intentos fallidos") || !strings.Contains(err.Error(), "15m0s") || asked != before {
		t.Errorf("after three wrong ones a guess gave %v", err)
	}
	now = now.Add(failureWindow + time.Second)
	if err := guess(nil); err != nil {
		t.Errorf("after the wait a right guess gave %v", err)
	}
}

// guesser counts as a server does, at an instant that stands still.
func guesser(perPair, perOrigin int) *failures {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	return newFailures(func() time.Time { return now }, perPair, perOrigin)
}

func TestOfManyGuessesAtOnceNoMoreAreMadeThanOfManyInARow(t *testing.T) {
	f, made := guesser(5, 100), atomic.Int64{}
	var all sync.WaitGroup
	goesOn := make(chan struct{})
	for range 1000 {
		all.Go(func() {
			if f.take("officer@example.com", "192.0.2.1") == 0 {
				made.Add(1)
				<-goesOn // none has failed yet
			}
		})
	}
	close(goesOn)
	all.Wait()
	if n := made.Load(); n != 5 {
		t.Errorf("%d guesses were made at once", n)
	}
}

// TestANetworkOfManyAddressesIsNotManyOrigins guesses as a household with a /56 and an
// organisation with a /48 can, and as somebody from elsewhere.
func TestANetworkOfManyAddressesIsNotManyOrigins(t *testing.T) {
	made := func(f *failures, from func(int) string) (n int) {
		for i := range 4096 {
			if f.take("officer@example.com", from(i)) == 0 {
				n++
			}
		}
		return n
	}
	f := guesser(5, 100)
	if n := made(f, func(i int) string { return fmt.Sprintf("2001:db8:0:%x::/64", i%256) }); n != 10 {
		t.Errorf("from a /56 %d guesses at one account were made", n)
	}
	if n := made(f, func(i int) string { return fmt.Sprintf("2001:db8:0:%x::/64", i) }); n != 30 {
		t.Errorf("from the rest of its /48 %d more were made", n)
	}
	if f.take("officer@example.com", "2001:db8:1::/64") != 0 || f.take("officer@example.com", "192.0.2.1") != 0 {
		t.Error("the officer is shut out elsewhere")
	}
	if f.take("deputy@example.com", "2001:db8:0:1::/64") != 0 {
		t.Error("a colleague in the same network is shut out by that")
	}
	f = guesser(5, 100)
	n := 0
	for i := range 4096 {
		if f.take(fmt.Sprintf("somebody%d@example.com", i), fmt.Sprintf("2001:db8:0:%x::/64", i%256)) == 0 {
			n++
		}
	}
	if n != 200 {
		t.Errorf("from a /56 %d guesses at many accounts were made", n)
	}
}

// TestAShutDoorIsNotOpenedByKnockingElsewhere fills what is remembered.
func TestAShutDoorIsNotOpenedByKnockingElsewhere(t *testing.T) {
	f := guesser(5, 100)
	f.remembers = 200
	for range 5 {
		f.add("officer@example.com", "192.0.2.1")
	}
	for i := range 5000 {
		f.add(fmt.Sprint("somebody", i), fmt.Sprintf("198.51.100.%d", i%256))
		if len(f.seen) > 200+6 {
			t.Fatalf("%d counts are kept", len(f.seen))
		}
	}
	if f.wait("officer@example.com", "192.0.2.1") == 0 {
		t.Error("guessing at the officer is open again")
	}
}

func TestAGuessThatWasRightOrNoneIsTakenBack(t *testing.T) {
	f, origin := guesser(2, 3), "2001:db8::/64"
	for range 50 {
		if f.take("officer@example.com", origin) != 0 {
			t.Fatal("right passwords shut the door")
		}
		f.right("officer@example.com", origin)
		if f.take("deputy@example.com", origin) != 0 {
			t.Fatal("faults shut the door")
		}
		f.back("deputy@example.com", origin)
	}
}
