package activities_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tocsin/postgres/postgrestest"
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
	s := newSink(b, pipelining)
	m := newMailing(b, postgrestest.Start(b, true).Store(b), s, people)
	message := append(bytes.Repeat([]byte(strings.Repeat("x", 74)+"\r\n"), 40), []byte(".\r\n")...)
	began := time.Now()
	rawSend(b, s, people, append([]byte("Subject: raw\r\n\r\n"), message...))
	raw := float64(people) / time.Since(began).Seconds()

	runtime.GC()
	peak, done := watchMemory()
	began = time.Now()
	pass, err := m.pass()
	took := time.Since(began)
	close(done)
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
	b.ReportMetric(float64(peak.Load())/(1<<20), "MB-heap-peak")
	b.ReportMetric(0, "ns/op")
}

// watchMemory looks at the heap until done is closed.
func watchMemory() (peak *atomic.Uint64, done chan struct{}) {
	peak, done = &atomic.Uint64{}, make(chan struct{})
	go func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		var stats runtime.MemStats
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				runtime.ReadMemStats(&stats)
				if now := stats.HeapSys - stats.HeapReleased; now > peak.Load() {
					peak.Store(now)
				}
			}
		}
	}()
	return peak, done
}
