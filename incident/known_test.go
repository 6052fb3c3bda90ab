package incident

import (
	"testing"
	"time"
)

func TestWhatWasKnownEndsWithTheInstant(t *testing.T) {
	p := begin(t)
	first := len(p.log)
	p.now = p.now.Add(time.Hour)
	p.must(dpo, SetAwareness{At: received.Add(-time.Hour), Reason: "their mail lay in the archive"})
	if s := KnownBy(p.log, opened.Add(-time.Microsecond)); s.Exists() {
		t.Errorf("before the opening something is known: %+v", s)
	}
	// What is learnt later about an earlier time does not enter.
	if s := KnownBy(p.log, opened.Add(59*time.Minute)); s.Seq != int64(first) || len(s.Awareness) != 1 {
		t.Errorf("an hour before the revision %d entries and %d instants are known", s.Seq, len(s.Awareness))
	}
	for _, at := range []time.Time{p.now, p.now.Add(1000 * time.Hour)} {
		if s := KnownBy(p.log, at); s.Seq != int64(len(p.log)) || len(s.Awareness) != 2 {
			t.Errorf("from the revision on %d entries and %d instants are known", s.Seq, len(s.Awareness))
		}
	}
}
