package smtp

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tocsin/smtp/smtptest"
)

// BenchmarkMailing compares DialMailing with a yardstick in the same run: a raw
// sender on 20 connections that writes a message rendered beforehand, with four
// round trips each and no checks at all. Both talk to the same sink on loopback,
// once with and once without PIPELINING. Run it with -benchtime=1x; "ratio" is
// ours to raw.
func BenchmarkMailing(b *testing.B) {
	for _, pipelining := range []bool{true, false} {
		for _, conns := range []int{20, 64} {
			for _, count := range []int{1_000, 10_000, 50_000} {
				b.Run(fmt.Sprintf("pipelining=%v/connections=%d/messages=%d", pipelining, conns, count), func(b *testing.B) {
					sink := smtptest.Start(b, smtptest.Options{Pipelining: pipelining})
					relay, err := New(Config{Address: sink.Address()})
					if err != nil {
						b.Fatal(err)
					}
					content := smtptest.Content()
					var ours, raw time.Duration
					for b.Loop() {
						raw += smtptest.SendRaw(b, sink, count, content)
						ours += sendMailing(b, relay, conns, count, content)
					}
					if got, want := sink.Taken(), 2*count*b.N; got != want {
						b.Fatalf("the sink took %d messages, want %d", got, want)
					}
					total := float64(count * b.N)
					b.ReportMetric(total/ours.Seconds(), "messages/s")
					b.ReportMetric(total/raw.Seconds(), "raw-messages/s")
					b.ReportMetric(raw.Seconds()/ours.Seconds(), "ratio")
					b.ReportMetric(0, "ns/op")
				})
			}
		}
	}
}

// BenchmarkConn is the connection of Dial on the same sink, for comparison.
func BenchmarkConn(b *testing.B) {
	sink := smtptest.Start(b, smtptest.Options{})
	relay, err := New(Config{Address: sink.Address()})
	if err != nil {
		b.Fatal(err)
	}
	content := smtptest.Content()
	const count = 10_000
	var ours, raw time.Duration
	for b.Loop() {
		raw += smtptest.SendRaw(b, sink, count, content)
		started := time.Now()
		spread(b, 20, count, func() (func() error, func() error, error) {
			conn, err := relay.Dial(b.Context())
			if err != nil {
				return nil, nil, err
			}
			return func() error { return accepted(conn.Send(b.Context(), us, ana, bytes.NewReader(content))) }, conn.Close, nil
		})
		ours += time.Since(started)
	}
	b.ReportMetric(float64(count*b.N)/ours.Seconds(), "messages/s")
	b.ReportMetric(raw.Seconds()/ours.Seconds(), "ratio")
}

// spread shares the work among connections and stops at the first error.
func spread(b *testing.B, conns, count int, open func() (send, closing func() error, err error)) {
	var left atomic.Int64
	left.Store(int64(count))
	var running sync.WaitGroup
	for range conns {
		running.Go(func() {
			send, closing, err := open()
			if err != nil {
				b.Error(err)
				return
			}
			for err == nil && left.Add(-1) >= 0 {
				err = send()
			}
			if err := errors.Join(err, closing()); err != nil {
				b.Error(err)
			}
		})
	}
	running.Wait()
}

func accepted(outcome Outcome, err error) error {
	if err == nil && outcome.State != Accepted {
		return &OutcomeError{Outcome: outcome}
	}
	return err
}

func sendMailing(b *testing.B, relay *Relay, conns, count int, content []byte) time.Duration {
	started := time.Now()
	spread(b, conns, count, func() (func() error, func() error, error) {
		conn, err := relay.DialMailing(b.Context())
		if err != nil {
			return nil, nil, err
		}
		message := bytes.NewReader(nil)
		return func() error {
			message.Reset(content)
			return accepted(conn.Send(b.Context(), us, ana, message))
		}, conn.Close, nil
	})
	return time.Since(started)
}
