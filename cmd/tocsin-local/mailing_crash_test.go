package main

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tocsin/smtp/smtptest"
)

// connectionsOfAMailing is how many notices are on their way at once: a crash
// puts as many in doubt at the most.
const connectionsOfAMailing = 64

// TestCrashInAMailing kills the whole process tree at random moments of a
// mailing and starts it again. The relay stands outside and counts: nobody may
// be lost, and whoever got a notice twice has to be known.
func TestCrashInAMailing(t *testing.T) {
	crashes, chance := chosenCrashes(t)
	people := 4000 + 1000*crashes

	// A relay that takes its time before it answers, so that each crash finds
	// notices whose fate is open.
	sink := smtptest.Start(t, smtptest.Options{Pipelining: true, Keep: true, Delay: 5 * time.Millisecond})
	dir, listen := folder(t), freeAddress(t)
	r := start(t, dir, listen, "--smtp", "smtp://"+sink.Address())
	round := approveRound(t, r, dir, people)
	round.send(t, r)
	for crash := range crashes {
		// Not in the last fifth: whoever was in doubt is written to again there,
		// and who is in doubt twice is left to a person.
		moment := int(float64(people) * (0.02 + 0.78*(float64(crash)+chance.Float64())/float64(crashes)))
		within(t, 3*time.Minute, time.Millisecond, func() error {
			if n := sink.Taken(); n < moment {
				return fmt.Errorf("the relay took %d notices, waiting for %d", n, moment)
			}
			return nil
		})
		r.killTree(t)
		t.Logf("crash %d after %d notices", crash+1, sink.Taken())
		r = start(t, dir, listen, "--smtp", "smtp://"+sink.Address())
	}
	counts := round.finished(t, r)
	if want := (roundCounts{Status: "finished", Total: people, Accepted: people, Resent: counts.Resent}); counts != want {
		t.Errorf("the round ended as %+v, expected %+v", counts, want)
	}

	said := round.list(t, r)
	arrived := map[string]bool{}
	doubled := 0
	for id, m := range sink.Messages() {
		p, known := said[m.Recipient]
		switch {
		case !known || "<"+p.MessageID+">" != id:
			t.Errorf("%s got %s, the record says %+v", m.Recipient, id, p)
		case m.Copies > 2 || m.Copies == 2 && !p.Resent:
			t.Errorf("%s got %d copies, the record says %+v", m.Recipient, m.Copies, p)
		}
		arrived[m.Recipient] = true
		if m.Copies == 2 {
			doubled++
		}
	}
	resent := 0
	for email, p := range said {
		if !arrived[email] || p.State != "accepted" {
			t.Errorf("%s is %s in the record, and a notice arrived: %t", email, p.State, arrived[email])
		}
		if p.Resent {
			resent++
		}
	}
	if len(said) != people || doubled > resent || resent != counts.Resent || resent > crashes*connectionsOfAMailing {
		t.Errorf("%d people are listed, %d got two copies, %d were in doubt and %d by the status; %d people and %d in doubt at most are right",
			len(said), doubled, resent, counts.Resent, people, crashes*connectionsOfAMailing)
	}
	t.Logf("%d were in doubt after %d crashes and written to again, %d of them got two copies", resent, crashes, doubled)

	bundle := filepath.Join(t.TempDir(), "bundle.zip")
	r.give(t, round.dpo, nil, "audit", "export", round.id, "--out", bundle)
	var verified struct{ OK bool }
	r.give(t, round.dpo, &verified, "verify", bundle, "--key", logKey(t, dir))
	if !verified.OK {
		t.Error("the record does not verify")
	}
	r.stop(t)
}

// killTree ends it and all below it as a power cut would.
func (r *running) killTree(t testing.TB) {
	t.Helper()
	tree := processTree(t, r.command.Process.Pid)
	for _, pid := range tree {
		// One that has ended meanwhile is as good as killed.
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH { //nolint:errorlint // the kernel's number
			t.Error(err)
		}
	}
	<-r.ended
	within(t, time.Minute, 10*time.Millisecond, func() error {
		for _, pid := range tree {
			if syscall.Kill(pid, 0) == nil {
				return fmt.Errorf("process %d is still there", pid)
			}
		}
		return nil
	})
}
