package activities_test

import (
	"fmt"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/internal/memwatch"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp/smtptest"
)

// misbehaving is a relay that defers a tenth of the people, refuses a
// twentieth, and of a fiftieth takes the message and hangs up without a word.
func misbehaving(recipient string) string {
	switch n := number(recipient); {
	case n%10 == 1:
		return "451 4.3.0 later"
	case n%20 == 2:
		return "550 5.1.1 nobody of that name"
	case n%50 == 3:
		return smtptest.Drop
	default:
		return ""
	}
}

// disturbed is what has to become of so many people at the misbehaving relay,
// when those who were deferred are not due again.
func disturbed(people int) incident.DeliveryCounts {
	c := incident.DeliveryCounts{Total: people}
	for n := range people {
		switch answer := misbehaving(fmt.Sprintf("p%d@example.org", n)); {
		case answer == "":
			c.Accepted++
		case answer == smtptest.Drop:
			c.Unknown++
			c.Resent++
		case answer[0] == '4':
			c.Deferred++
		default:
			c.Refused++
		}
	}
	return c
}

// looked lets a person look at the first refusals and go on, so that the round is
// not held for them.
func (m *mailing) looked() {
	m.t.Helper()
	m.record(dpo, incident.PauseMailing{Round: 1, Reason: "to look at the first refusals"})
	m.record(dpo, incident.ResumeMailing{Round: 1, Reason: "old addresses, as expected"})
}

// checkCopies checks that everybody who was taken got one message, and those
// at whom the relay hung up the same message once more.
func checkCopies(tb testing.TB, s *smtptest.Sink, people int) {
	tb.Helper()
	copies := make(map[string]int, people)
	for message, m := range s.Messages() {
		if _, twice := copies[m.Recipient]; twice {
			tb.Errorf("%s got another message than before: %s", m.Recipient, message)
		}
		copies[m.Recipient] = m.Copies
	}
	for n := range people {
		recipient := fmt.Sprintf("p%d@example.org", n)
		want := 0
		switch misbehaving(recipient) {
		case "":
			want = 1
		case smtptest.Drop:
			want = 2
		}
		if copies[recipient] != want {
			tb.Errorf("%s got %d copies, expected %d", recipient, copies[recipient], want)
		}
	}
}

func TestARelayWithTroubleLeavesEachPersonInTheRightState(t *testing.T) {
	for _, pipelining := range []bool{true, false} {
		t.Run(fmt.Sprint("pipelining ", pipelining), func(t *testing.T) {
			const people = 3000
			s := smtptest.Start(t, smtptest.Options{Pipelining: pipelining, Answer: misbehaving, Keep: true})
			m := newMailing(t, postgrestest.Store(t), s, people)
			m.looked()
			pass, err := m.pass()
			if err != nil || pass.Done || pass.NextAt.IsZero() {
				t.Fatalf("the pass is %+v, %v; expected deferred ones to be due later", pass, err)
			}
			if c, want := m.counts(), disturbed(people); c != want {
				t.Errorf("the counts are %+v, expected %+v", c, want)
			}
			checkCopies(t, s, people)
		})
	}
}

// BenchmarkMailingTroubled measures a mailing to the misbehaving relay beside
// one of the same size to the same relay while it behaves.
func BenchmarkMailingTroubled(b *testing.B) {
	for _, pipelining := range []bool{true, false} {
		for _, people := range []int{1_000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("pipelining %t/%d people", pipelining, people), func(b *testing.B) {
				for range b.N {
					benchTroubled(b, pipelining, people)
				}
			})
		}
	}
}

func benchTroubled(b *testing.B, pipelining bool, people int) {
	rate := func(answer func(string) string, want incident.DeliveryCounts) (float64, *smtptest.Sink, memwatch.Peak) {
		s := smtptest.Start(b, smtptest.Options{Pipelining: pipelining, Answer: answer, Keep: true})
		m := newMailing(b, postgrestest.Start(b, true).Store(b), s, people)
		m.looked()
		stop := memwatch.Watch()
		began := time.Now()
		if _, err := m.pass(); err != nil {
			b.Fatal(err)
		}
		took := time.Since(began)
		peak := stop()
		if c := m.counts(); c != want {
			b.Fatalf("the counts are %+v, expected %+v", c, want)
		}
		return float64(people) / took.Seconds(), s, peak
	}
	// Once before and once after, since a machine seldom stays as it is.
	behaving := incident.DeliveryCounts{Total: people, Accepted: people}
	before, _, _ := rate(nil, behaving)
	rough, s, peak := rate(misbehaving, disturbed(people))
	after, _, _ := rate(nil, behaving)
	smooth := 2 / (1/before + 1/after)
	checkCopies(b, s, people)
	b.ReportMetric(rough, "messages/s")
	b.ReportMetric(smooth, "undisturbed/s")
	b.ReportMetric(rough/smooth, "of-undisturbed")
	b.ReportMetric(memwatch.MB(peak.Held), "MB-held")
	b.ReportMetric(0, "ns/op")
}
