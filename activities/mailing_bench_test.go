package activities_test

import (
	"fmt"
	"testing"
	"time"

	"tocsin/internal/memwatch"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp/smtptest"
)

// BenchmarkMailing measures a mailing, each notice rendered for its person and
// every outcome durable, beside a raw sender to the same relay: one message,
// twenty connections, four round trips each, no database.
func BenchmarkMailing(b *testing.B) {
	for _, pipelining := range []bool{true, false} {
		for _, people := range []int{1_000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("pipelining %t/%d people", pipelining, people), func(b *testing.B) {
				for range b.N {
					benchMailing(b, pipelining, people)
				}
			})
		}
	}
}

func benchMailing(b *testing.B, pipelining bool, people int) {
	s := smtptest.Start(b, smtptest.Options{Pipelining: pipelining})
	m := newMailing(b, postgrestest.Start(b, true).Store(b), s, people)
	raw := float64(people) / smtptest.SendRaw(b, s, people, smtptest.Content()).Seconds()

	stop := memwatch.Watch()
	began := time.Now()
	pass, err := m.pass()
	took := time.Since(began)
	peak := stop()
	if err != nil || !pass.Done {
		b.Fatalf("the pass is %+v, %v", pass, err)
	}
	if c := m.counts(); c.Accepted != people {
		b.Fatalf("the counts are %+v", c)
	}
	rate := float64(people) / took.Seconds()
	b.ReportMetric(rate, "messages/s")
	b.ReportMetric(raw, "raw/s")
	b.ReportMetric(rate/raw, "of-raw")
	b.ReportMetric(memwatch.MB(peak.Held), "MB-held")
	b.ReportMetric(0, "ns/op")
}
