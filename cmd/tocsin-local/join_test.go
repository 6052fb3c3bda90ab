package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// shownCase is what the test reads of a case.
type shownCase struct {
	State  string
	Number string
	Next   struct{ Code, Text string } `json:"next_action"`
	Joined []struct {
		Number  string
		Earlier *time.Time `json:"earlier_awareness"`
		OutAt   *time.Time `json:"taken_out_at"`
	}
	JoinedTo *struct{ Number string } `json:"joined_to"`
	Duties   []struct {
		Status    string
		Authority string
		Reminders []struct{ Rung string }
	} `json:"obligations"`
}

// TestAJoinedCaseStopsAndItsDutiesGoOnInTheOther joins two cases with the real engine,
// survives being killed right after it, and takes the case out again.
func TestAJoinedCaseStopsAndItsDutiesGoOnInTheOther(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	r := start(t, dir, "127.0.0.1:0")
	dpo := firstAccount(t, dir)
	one, two := openReal(t, r, dpo, time.Now().Add(-65*time.Hour)), openReal(t, r, dpo, time.Now().Add(-60*time.Hour))
	show := func(id string) shownCase {
		t.Helper()
		var v shownCase
		r.give(t, dpo, &v, "incident", "show", id)
		return v
	}
	// ring waits until the clock of a duty has rung, which it does at once, since most
	// of the ladder lies behind.
	ring := func(id string, duty int) {
		t.Helper()
		within(t, time.Minute, 100*time.Millisecond, func() error {
			if v := show(id); len(v.Duties) < duty || len(v.Duties[duty-1].Reminders) == 0 {
				return fmt.Errorf("the clock of obligation %d of %s does not run: %+v", duty, v.Number, v.Duties)
			}
			return nil
		})
	}
	r.give(t, dpo, nil, "obligation", "add", one, "--regime", "gdpr-33", "--authority", "CNIL", "--reason", "the French branch")
	ring(one, 2)
	r.give(t, dpo, nil, "incident", "join", one, "--into", show(two).Number, "--reason", "the same export")
	r.kill(t)
	r = start(t, dir, "127.0.0.1:0")
	from, into := show(one), show(two)
	if from.State != "closed" || from.JoinedTo == nil || from.JoinedTo.Number != into.Number || from.Duties[0].Status != "waived" || from.Duties[1].Status != "waived" {
		t.Fatalf("the joined case is %+v", from)
	}
	if len(into.Joined) != 1 || into.Joined[0].Number != from.Number || into.Joined[0].Earlier == nil || into.Next.Code != "set_awareness" ||
		len(into.Duties) != 2 || into.Duties[1].Authority != "CNIL" {
		t.Fatalf("the other case is %+v", into)
	}
	ring(two, 2)

	if _, said, err := r.run(t.Context(), dpo, "incident", "join", two, "--into", one, "--reason", "turned round"); err == nil || !strings.Contains(said, "itself") {
		t.Errorf("joining it the other way round: %v, %s", err, said)
	}
	var none struct{ Events []string }
	if r.give(t, dpo, &none, "incident", "join", one, "--into", two, "--reason", "the same export"); len(none.Events) != 0 {
		t.Errorf("joining again recorded %v", none.Events)
	}

	rungs := len(show(one).Duties[0].Reminders)
	r.give(t, dpo, nil, "incident", "reopen", one, "--reason", "another export after all")
	within(t, time.Minute, 100*time.Millisecond, func() error {
		if v := show(one); v.State != "open" || v.Duties[0].Status != "open" || len(v.Duties[0].Reminders) <= rungs {
			return fmt.Errorf("its clock does not run again: %+v", v)
		}
		return nil
	})
	if v := show(two); v.Joined[0].OutAt == nil || v.Duties[0].Status != "open" || v.Duties[1].Status != "waived" {
		t.Errorf("the other case after it was taken out: %+v", v)
	}
	r.stop(t)
}
