package activities_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"tocsin/internal/memwatch"
	"tocsin/postgres/postgrestest"
	"tocsin/smtp/smtptest"
)

// short are the texts of a notice of three kilobytes, both parts together.
var short = map[string]json.RawMessage{
	"not_exposed": json.RawMessage(`["password", "card"]`),
	"locales": json.RawMessage(`{
		"es": {"contact_name": "Oficina de protección de datos", "nature": ["Una persona no autorizada copió un fichero."],
			"consequences": ["Alguien podría hacerse pasar por nosotros."], "measures": ["Hemos retirado al proveedor."], "advice": ["Desconfíe de los mensajes que no espera."]},
		"en": {"contact_name": "Data protection office", "nature": ["Somebody without permission copied a file."],
			"consequences": ["Somebody may pretend to be us."], "measures": ["We have removed the vendor."], "advice": ["Distrust messages that you do not expect."]}}`),
}

// BenchmarkMailing measures a mailing, each notice rendered for its person and
// every outcome durable, beside a raw sender to the same relay: one finished
// message of the same round, twenty connections, four round trips each, no
// database.
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

// finished is one message of the round as it travels.
func finished(b *testing.B, server *postgrestest.Cluster) (message []byte) {
	b.Helper()
	s := smtptest.Start(b, smtptest.Options{See: func(_ string, m []byte) { message = bytes.Clone(m) }})
	if pass, err := newMailingTo(b, server.Store(b), s, 1, ordinary, short).pass(); err != nil || !pass.Done {
		b.Fatalf("the pass is %+v, %v", pass, err)
	}
	return message
}

func benchMailing(b *testing.B, pipelining bool, people int) {
	server := postgrestest.Start(b, true)
	content := finished(b, server)
	s := smtptest.Start(b, smtptest.Options{Pipelining: pipelining})
	m := newMailingTo(b, server.Store(b), s, people, ordinary, short)
	raw := float64(people) / smtptest.SendRaw(b, s, people, content).Seconds()

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
	b.ReportMetric(float64(len(content))/1000, "kB-message")
	b.ReportMetric(memwatch.MB(peak.Held), "MB-held")
	b.ReportMetric(0, "ns/op")
}
