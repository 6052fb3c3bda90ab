package main

import (
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tocsin/cmd/tocsin-local/internal/play"
	"tocsin/smtp/smtptest"
)

// firstAddress is the address of the first account of a folder.
func firstAddress(t testing.TB, dir string) string {
	t.Helper()
	var c struct{ Email string }
	readInto(t, filepath.Join(dir, "credentials.json"), &c)
	return c.Email
}

// TestAReminderPassesAMailing lets a rung fall due while a mailing keeps every
// connection of its own busy at a relay that answers it no more: the reminder
// has to reach the relay all the same, and only then the mailing goes on.
func TestAReminderPassesAMailing(t *testing.T) {
	const people, before = 20_000, 2_000
	sink := smtptest.Start(t, smtptest.Options{Pipelining: true, Keep: true})
	dir := folder(t)
	r := start(t, dir, "127.0.0.1:0", "--smtp", "smtp://"+sink.Address())
	t.Cleanup(func() { r.stop(t) })
	reminded, asked, passed, once := make(chan struct{}), atomic.Int64{}, atomic.Int64{}, sync.Once{}
	dpo := firstAddress(t, dir)
	sink.Answer(func(recipient string) string {
		if recipient == dpo {
			once.Do(func() {
				passed.Store(asked.Load())
				close(reminded)
			})
			return ""
		}
		if asked.Add(1) > before {
			select {
			case <-reminded:
			case <-t.Context().Done():
			}
		}
		return ""
	})
	round := approveRound(t, r, dir, people)
	round.send(t, r)
	eventually(t, func() error {
		if asked.Load() <= before {
			return errors.New("the mailing has not begun")
		}
		return nil
	})
	// The rung at 48 hours is due 24 hours after awareness: in a moment.
	urgent := openReal(t, r, round.dpo, time.Now().Add(2*time.Second-24*time.Hour))
	eventually(t, func() error {
		var c play.Case
		r.give(t, round.dpo, &c, "incident", "show", urgent)
		for _, rung := range c.Obligations[0].Reminders {
			if rung.Rung == "48h" && len(rung.Calls) > 0 && !rung.Calls[0].AcceptedAt.IsZero() {
				return nil
			}
		}
		return errors.New("the reminder did not pass the mailing")
	})
	if counts := round.finished(t, r); counts.Accepted != people {
		t.Errorf("the round ended as %+v", counts)
	}
	reminders := 0
	for id, m := range sink.Messages() {
		if m.Recipient != dpo {
			continue
		}
		reminders++
		if m.Copies != 1 {
			t.Errorf("%s came %d times", id, m.Copies)
		}
	}
	if n := passed.Load(); n > before+connectionsOfAMailing {
		t.Errorf("the relay was asked for %d people before the reminder, of whom %d were let through", n, before)
	}
	if reminders != 1 {
		t.Errorf("%d reminders came, expected one", reminders)
	}
}
