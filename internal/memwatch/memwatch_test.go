package memwatch_test

import (
	"runtime"
	"testing"

	"tocsin/internal/memwatch"
)

func TestThePeakIsSeenAndWhatWasBeforeIsNot(t *testing.T) {
	const size = 64 << 20
	before := make([]byte, size)
	before[0] = 1
	runtime.KeepAlive(before)
	before = nil
	_ = before

	empty := memwatch.Watch()()
	if empty.Heap > size/2 {
		t.Errorf("%.0f MB of heap were seen after what was held before had gone", memwatch.MB(empty.Heap))
	}
	stop := memwatch.Watch()
	during := make([]byte, size)
	for i := range during {
		during[i] = byte(i)
	}
	peak := stop()
	runtime.KeepAlive(during)
	if peak.Heap < size || peak.Held < size {
		t.Errorf("%+v was seen while 64 MB were held", peak)
	}
}
