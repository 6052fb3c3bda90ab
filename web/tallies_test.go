package web

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tocsin/postgres"
)

func TestALargeRoundIsCountedOnceForAllWhoLookAtTheSameTime(t *testing.T) {
	var kept tallies
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	looks := 0
	of := func(round, people int) int {
		t.Helper()
		tally, err := kept.of(fmt.Sprint("case ", round), func() time.Time { return now }, func() (postgres.Tally, error) {
			looks++ // only one counts a round at a time
			var tally postgres.Tally
			tally.Counts.Total = people
			return tally, nil
		})
		if err != nil {
			t.Error(err)
		}
		return tally.Counts.Total
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if n := of(1, manyDeliveries); n != manyDeliveries {
				t.Errorf("the count is %d", n)
			}
		})
	}
	all.Wait()
	if looks != 1 {
		t.Errorf("eight who look count %d times", looks)
	}
	now = now.Add(tallyFor)
	if n := of(1, manyDeliveries+1); n != manyDeliveries+1 || looks != 2 {
		t.Errorf("later the count is %d after %d looks", n, looks)
	}
	// Another round, and one that is small, are looked at each time.
	for people := range 3 {
		if n := of(2, people); n != people {
			t.Errorf("a small round is %d, expected %d", n, people)
		}
	}
	for round := range 2 * talliesKept {
		of(round+3, manyDeliveries)
	}
	if n := len(kept.kept); n > talliesKept {
		t.Errorf("%d rounds are remembered, at most %d are allowed", n, talliesKept)
	}
	// What could not be counted is not remembered.
	broken := errors.New("away")
	now = now.Add(time.Hour)
	if _, err := kept.of("case 1", func() time.Time { return now }, func() (postgres.Tally, error) { return postgres.Tally{}, broken }); !errors.Is(err, broken) {
		t.Errorf("the failure is %v", err)
	}
	if n := of(1, 7); n != 7 {
		t.Errorf("after a failure the count is %d", n)
	}
}
