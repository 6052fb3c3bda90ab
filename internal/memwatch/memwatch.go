// Package memwatch tells benchmarks how much memory the program took at most
// while something ran. It looks every 20 ms and at the end, so a peak that is
// shorter can be missed; it counts what Go holds, not what other processes do.
package memwatch

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Peak is the most that was seen, in bytes.
type Peak struct {
	// Heap is what objects took, those not collected yet included.
	Heap uint64
	// Held is all that Go holds of the machine's memory: heap, stacks and its
	// own tables, without what it has given back.
	Held uint64
}

// MB gives bytes in units of 2^20.
func MB(bytes uint64) float64 { return float64(bytes) / (1 << 20) }

// Watch gives back what memory it can and looks from then on, until what it
// returned is called, which gives the peak.
func Watch() (stop func() Peak) {
	runtime.GC()
	debug.FreeOSMemory()
	var peak Peak
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		samples := []metrics.Sample{
			{Name: "/memory/classes/heap/objects:bytes"},
			{Name: "/memory/classes/total:bytes"},
			{Name: "/memory/classes/heap/released:bytes"},
		}
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for watching := true; watching; {
			select {
			case <-done:
				watching = false // and one last look
			case <-tick.C:
			}
			metrics.Read(samples)
			peak.Heap = max(peak.Heap, samples[0].Value.Uint64())
			peak.Held = max(peak.Held, samples[1].Value.Uint64()-samples[2].Value.Uint64())
		}
	}()
	return func() Peak {
		close(done)
		<-ended
		return peak
	}
}
