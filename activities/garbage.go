package activities

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// garbageMost is how much garbage a mailing may leave before it is collected,
// in bytes. What lives in a worker is a few megabytes, so that at Go's own
// setting a mailing would be interrupted ten times a second.
const garbageMost = 48 << 20

// collecting is Go's own setting while mailings change it.
var collecting struct {
	sync.Mutex
	mailings int
	before   int
}

// collectLess collects garbage less often while a mailing is under way, and not
// at all less where much lives already, or where whoever runs the process has
// said how often (GOGC). A limit of memory (GOMEMLIMIT) holds as ever.
func collectLess() (asBefore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	collecting.Lock()
	defer collecting.Unlock()
	if collecting.mailings++; collecting.mailings == 1 {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		collecting.before = debug.SetGCPercent(garbagePercent(sample[0].Value.Uint64()))
	}
	return func() {
		collecting.Lock()
		defer collecting.Unlock()
		if collecting.mailings--; collecting.mailings == 0 {
			debug.SetGCPercent(collecting.before)
		}
	}
}

// garbagePercent is the garbage that is left, in percent of what lives: from
// Go's own 100 to 800.
func garbagePercent(live uint64) int {
	return int(min(max(garbageMost*100/max(live, 1), 100), 800)) //nolint:gosec // at most 800
}
