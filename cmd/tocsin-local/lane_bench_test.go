package main

import (
	"fmt"
	"testing"
	"time"

	"tocsin/cmd/tocsin-local/internal/play"
	"tocsin/smtp/smtptest"
)

// BenchmarkReminderInAMailing measures the time from the instant at which a rung
// is due until the relay has accepted its mail, for rungs that fall due while a
// mailing runs. The yardstick are as many rungs on the same system at rest.
func BenchmarkReminderInAMailing(b *testing.B) {
	for _, people := range []int{25_000, 50_000, 100_000} {
		b.Run(fmt.Sprint(people, " people"), func(b *testing.B) {
			for range b.N {
				benchReminders(b, people)
			}
		})
	}
}

func benchReminders(b *testing.B, people int) {
	const reminders = 20
	sink := smtptest.Start(b, smtptest.Options{Pipelining: true})
	dir := folder(b)
	r := start(b, dir, "127.0.0.1:0", "--smtp", "smtp://"+sink.Address())
	defer r.stop(b)
	c := api{b: b, url: r.url, by: firstAccount(b, dir)}
	round := approveRound(b, r, dir, people)

	// open opens cases whose rung at 48 hours, 24 hours after awareness, is due
	// one after the other from an instant on.
	open := func(first time.Time, apart time.Duration) []string {
		ids := make([]string, reminders)
		for n := range ids {
			ids[n] = c.open(first.Add(time.Duration(n)*apart-24*time.Hour), 0)
		}
		return ids
	}
	atRest := open(time.Now().Add(6*time.Second), 100*time.Millisecond)
	var idle []time.Duration
	for _, id := range atRest {
		idle = append(idle, c.accepted(id).took)
	}

	// Fifteen thousand notices a second is the most that was seen.
	length := time.Duration(people) * time.Second / 15_000
	first := time.Now().Add(8 * time.Second)
	ids := open(first.Add(length/20), length*9/10/reminders)
	time.Sleep(time.Until(first)) // the mailing begins when the rungs are about to be due
	began := time.Now()
	round.send(b, r)
	counts := round.finished(b, r)
	ended := time.Now()
	if counts.Accepted != people {
		b.Fatalf("the round ended as %+v", counts)
	}
	var took []time.Duration
	for _, id := range ids {
		if call := c.accepted(id); call.due.After(began) && call.due.Before(ended) {
			took = append(took, call.took)
		}
	}
	if len(took) == 0 {
		b.Fatal("no rung fell due while the mailing ran")
	}
	b.ReportMetric(float64(len(took)), "reminders")
	b.ReportMetric(quantile(took, 0.5).Seconds(), "s-median")
	b.ReportMetric(quantile(took, 0.99).Seconds(), "s-p99")
	b.ReportMetric(quantile(idle, 0.99).Seconds(), "s-p99-at-rest")
	b.ReportMetric(float64(people)/ended.Sub(began).Seconds(), "notices/s")
	b.ReportMetric(0, "ns/op")
}

// call is when a rung was due and how long its mail took to be accepted.
type call struct {
	due  time.Time
	took time.Duration
}

// accepted waits until the mail of an incident's first rung was accepted.
func (c api) accepted(id string) call {
	limit := time.Now().Add(2 * time.Minute)
	for time.Now().Before(limit) {
		var shown play.Case
		c.decode(c.get("/api/v1/incidents/"+id), &shown)
		for _, r := range shown.Obligations[0].Reminders {
			if r.Rung == "48h" && len(r.Calls) > 0 && !r.Calls[0].AcceptedAt.IsZero() {
				return call{due: r.DueAt, took: r.Calls[0].AcceptedAt.Sub(r.DueAt)}
			}
		}
		time.Sleep(500 * time.Millisecond)
	}
	c.b.Fatal("a reminder was not accepted")
	return call{}
}
