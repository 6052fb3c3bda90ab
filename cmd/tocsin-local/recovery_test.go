package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/cmd/tocsin-local/internal/play"
	"tocsin/cmd/tocsin-local/internal/postgresserver"
	"tocsin/incident"
	"tocsin/smtp/smtptest"
)

// stages are cases at different stages, by what they wait for.
type stages struct {
	t           *testing.T
	r           *running
	dpo, deputy play.Person
	work        string
}

func (s *stages) give(into any, args ...string) { s.t.Helper(); s.r.give(s.t, s.dpo, into, args...) }

// file writes a file for a command.
func (s *stages) file(name string, v any) string {
	s.t.Helper()
	raw, err := json.Marshal(v)
	if text, ok := v.(string); ok {
		raw, err = []byte(text), nil
	}
	if err != nil {
		s.t.Fatal(err)
	}
	path := filepath.Join(s.work, name)
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// open opens a real case of which the controller has been aware for so long.
func (s *stages) open(since time.Duration) string {
	s.t.Helper()
	return openReal(s.t, s.r, s.dpo, time.Now().Add(-since))
}

// people imports so many people, at an address of their own.
func (s *stages) people(id, name string, n int) {
	s.t.Helper()
	var rows strings.Builder
	rows.WriteString("email,name,country,locale\n")
	for i := range n {
		fmt.Fprintf(&rows, "%s%d@example.org,Person %d,ES,es\n", name, i, i)
	}
	s.give(nil, "people", "import", id, "--file", s.file(name+".csv", rows.String()))
}

// mailing imports people and starts a round to them.
func (s *stages) mailing(id, name string, n int) {
	s.t.Helper()
	s.people(id, name, n)
	s.give(nil, "mailing", "draft", id, "--template", "affected", "--file", "../../examples/vendor-breach/mailing.json")
	s.r.give(s.t, s.deputy, nil, "mailing", "approve", id, "--round", "1")
	s.give(nil, "mailing", "start", id, "--round", "1")
}

// status waits until a round has a status, and gives its counts.
func (s *stages) status(id string, holds func(roundCounts) bool) roundCounts {
	s.t.Helper()
	var counts roundCounts
	eventually(s.t, func() error {
		counts = roundCounts{}
		s.give(&counts, "mailing", "status", id)
		if !holds(counts) {
			return fmt.Errorf("the round is %+v", counts)
		}
		return nil
	})
	return counts
}

// drill opens an exercise whose clock runs so many times as fast, with people, and
// closes it: its people are erased a day of its own later.
func (s *stages) drill(pace int) string {
	s.t.Helper()
	var d map[string]any
	readInto(s.t, "../../examples/vendor-breach/disclosure.json", &d)
	delete(d, "attachments")
	exercise, ok := d["exercise"].(map[string]any)
	if !ok {
		s.t.Fatal("the example is no exercise")
	}
	exercise["pace"] = pace
	var opened struct{ ID string }
	s.give(&opened, "incident", "open", "--file", s.file("drill.json", d))
	s.people(opened.ID, "drilled", 2)
	s.give(nil, "assessment", "record", opened.ID, "--file", s.file("assessment.json", map[string]any{
		"facts": map[string]any{}, "decision": map[string]any{"notify_authority": false, "communicate": false, "reason": "a drill"},
	}))
	s.give(nil, "retention", "set", opened.ID, "--days", "1", "--warn", "1", "--reason", "a drill")
	s.give(nil, "incident", "close", opened.ID, "--reason", "a drill")
	return opened.ID
}

// dropTemporal removes Temporal's databases while everything stands still.
func dropTemporal(t testing.TB, dir string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	server, err := postgresserver.Start(ctx, postgresserver.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(ctx, server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"temporal", "temporal_visibility"} {
		if _, err := conn.Exec(ctx, `DROP DATABASE `+name); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(conn.Close(ctx), server.Stop(ctx)); err != nil {
		t.Fatal(err)
	}
}

// TestEverythingGoesOnAfterTemporalIsLost loses Temporal's databases while ten cases
// are at different stages. Every clock, reminder, mailing and retention goes on, and
// nothing happens twice.
func TestEverythingGoesOnAfterTemporalIsLost(t *testing.T) {
	var open atomic.Bool // whether the relay takes the second half of the round
	var halves atomic.Int64
	sink := smtptest.Start(t, smtptest.Options{Keep: true, Answer: func(recipient string) string {
		switch {
		case open.Load():
		case strings.HasPrefix(recipient, "later"), strings.HasPrefix(recipient, "half") && halves.Add(1) > 30:
			return "421 4.3.2 the relay is being shut down"
		}
		return ""
	}})
	dir := folder(t)
	begin := func() *running {
		return start(t, dir, "127.0.0.1:0", "--signals-to-loopback", "--smtp", "smtp://"+sink.Address())
	}
	s := &stages{t: t, r: begin(), work: t.TempDir()}
	t.Cleanup(func() {
		s.r.stop(t)
		if said, err := os.ReadFile(s.r.log); t.Failed() && err == nil {
			t.Logf("the log ends:\n%s", tail(string(said), 8000))
		}
	})
	s.dpo = firstAccount(t, dir)
	var deputy struct{ Token string }
	s.give(&deputy, "user", "add", "--email", "deputy@example.com", "--name", "Deputy", "--role", "deputy")
	s.deputy = play.Person{Role: "deputy", Token: deputy.Token}

	retained := s.drill(1500) // a day of its own is a minute
	assessed := s.open(5 * time.Hour)
	rang := s.open(50 * time.Hour) // past the rungs of 48 and 24 hours, which are told together
	drafted := s.open(time.Hour)
	s.give(nil, "notification", "draft", drafted, "--authority", "AEPD")
	imported := s.open(time.Hour)
	s.people(imported, "imported", 5)
	paused := s.open(time.Hour)
	s.mailing(paused, "paused", 60)
	s.status(paused, func(c roundCounts) bool { return c.Status == "finished" })
	s.people(paused, "later", 3)
	s.give(nil, "mailing", "draft", paused, "--round", "2", "--template", "affected", "--file", "../../examples/vendor-breach/mailing.json")
	s.r.give(t, s.deputy, nil, "mailing", "approve", paused, "--round", "2")
	s.give(nil, "mailing", "start", paused, "--round", "2")
	s.give(nil, "mailing", "pause", paused, "--round", "2", "--reason", "a name has to be checked")
	half := s.open(time.Hour)
	s.mailing(half, "half", 60)
	s.status(half, func(c roundCounts) bool { return c.Accepted >= 30 })
	eventually(t, func() error {
		if n := s.r.entries(t, s.dpo, rang, incident.EvReminderAccepted); n == 0 {
			return errors.New("no reminder was accepted")
		}
		return nil
	})
	receiver := newInbox(t, http.StatusServiceUnavailable)
	var hook struct{ ID string }
	s.give(&hook, "webhook", "add", "--name", "Ticketing", "--url", receiver.URL)
	told := s.open(time.Hour) // what the webhook is to be told of
	// The rung of 24 hours of this one comes due in a minute, whatever runs then.
	rings := s.open(48*time.Hour - time.Minute)
	reported := s.open(time.Minute)
	eventually(t, func() error {
		if len(receiver.told()) == 0 {
			return errors.New("the webhook was not tried")
		}
		return nil
	})
	// What is on its way when everything stops may come twice, as the record says:
	// the rungs that were due at the opening are taken before.
	accepted := func(id string, least int) {
		t.Helper()
		eventually(t, func() error {
			if n := s.r.entries(t, s.dpo, id, incident.EvReminderAccepted); n < least {
				return fmt.Errorf("%d reminders of %s were accepted, waiting for %d", n, id, least)
			}
			return nil
		})
	}
	accepted(rings, 1)
	before := s.r.entries(t, s.dpo, rings, incident.EvReminderAccepted)
	all := []string{assessed, rang, drafted, imported, half, paused, told, rings, reported, retained}
	fired := s.r.entries(t, s.dpo, rang, incident.EvReminderFired)

	s.r.stop(t)
	dropTemporal(t, dir)
	open.Store(true)
	receiver.answer(http.StatusOK)
	s.r = begin()

	for _, id := range all {
		eventually(t, func() error {
			if n := s.r.entries(t, s.dpo, id, incident.EvProcessesRecovered); n != 1 {
				return fmt.Errorf("%d entries of %s tell that it was started from the record", n, id)
			}
			return nil
		})
	}
	s.give(nil, "webhook", "test", hook.ID) // it does not wait for its next try
	eventually(t, func() error {
		if !slices.Contains(receiver.told(), "webhook.test") {
			return fmt.Errorf("the webhook was told %v", receiver.told())
		}
		return nil
	})
	counts := s.status(half, func(c roundCounts) bool { return c.Status == "finished" })
	if want := (roundCounts{Status: "finished", Total: 60, Accepted: 60}); counts != want {
		t.Errorf("the round ended as %+v, expected %+v", counts, want)
	}
	if c := s.status(paused, func(c roundCounts) bool { return c.Total > 0 }); c.Status != "paused" {
		t.Errorf("the paused round is %+v", c)
	}
	s.give(nil, "mailing", "resume", paused, "--round", "2")
	s.status(paused, func(c roundCounts) bool { return c.Status == "finished" })
	accepted(rings, before+1)
	eventually(t, func() error {
		var v struct{ Status string }
		s.give(&v, "retention", "show", retained)
		if v.Status != "erased" {
			return fmt.Errorf("the retention is %+v", v)
		}
		return nil
	})
	// A case takes commands as before.
	s.give(nil, "task", "done", reported, "1", "--note", "done after the loss")
	s.nothingTwice(all, sink)
	if n := s.r.entries(t, s.dpo, rang, incident.EvReminderFired); n != fired {
		t.Errorf("the case whose rungs had rung has %d entries of that, before the loss %d", n, fired)
	}
	s.once()
}

// once demands one entry of the installation, about everything that was started.
func (s *stages) once() {
	s.t.Helper()
	var list struct {
		Entries []struct {
			Entry struct {
				Type string
				Data incident.InstallationRecovered
			}
		}
	}
	s.give(&list, "audit", "installation")
	var runs []incident.InstallationRecovered
	for _, e := range list.Entries {
		if e.Entry.Type == incident.EvRecoveryRun {
			runs = append(runs, e.Entry.Data)
		}
	}
	if len(runs) != 1 || runs[0].Open != 9 || runs[0].Started < 9+9+2+1 {
		s.t.Fatalf("the recoveries are %+v; expected one with 9 open cases, their clocks, two rounds and a retention", runs)
	}
	kinds := map[string]int{}
	for _, c := range runs[0].By {
		kinds[c.Kind] = c.N
	}
	if kinds[incident.ProcessIncident] != 9 || kinds[incident.ProcessObligation] < 9 || kinds[incident.ProcessMailing] != 2 || kinds[incident.ProcessRetention] != 1 {
		s.t.Errorf("the recovery started %+v", kinds)
	}
}

// nothingTwice looks for mails that came twice, and for steps that were recorded
// twice.
func (s *stages) nothingTwice(all []string, sink *smtptest.Sink) {
	s.t.Helper()
	messages := sink.Messages()
	if len(messages) < 60+60+3 {
		s.t.Errorf("the relay took %d messages", len(messages))
	}
	for id, m := range messages {
		if m.Copies != 1 {
			s.t.Errorf("%s came %d times to %s", id, m.Copies, m.Recipient)
		}
	}
	caught := map[string]bool{}
	for _, m := range s.r.caught(s.t) {
		if caught[m.MessageID] {
			s.t.Errorf("%s was caught twice", m.MessageID)
		}
		caught[m.MessageID] = true
	}
	for _, id := range all {
		var list struct {
			Entries []struct {
				Entry struct {
					Type string
					Data json.RawMessage
				}
			}
		}
		s.give(&list, "audit", "list", id)
		seen := map[string]bool{}
		for _, e := range list.Entries {
			switch e.Entry.Type {
			case incident.EvReminderFired, incident.EvReminderAccepted, incident.EvMailingFinished, incident.EvMailingStarted:
			default:
				continue
			}
			var step struct {
				Obligation, Revision, Round, Level int
				Rung                               string
			}
			if err := json.Unmarshal(e.Entry.Data, &step); err != nil {
				s.t.Fatal(err)
			}
			if what := fmt.Sprintf("%s %+v", e.Entry.Type, step); seen[what] {
				s.t.Errorf("%s has twice: %s", id, what)
			} else {
				seen[what] = true
			}
		}
	}
}
