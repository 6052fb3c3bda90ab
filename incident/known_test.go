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

func TestWhatWasRecordedLateCountsFromWhenItHappened(t *testing.T) {
	p := begin(t)
	p.must(dpo, RecordAssessment{Facts: []byte(`{"people":500}`), Decision: AssessmentDecision{NotifyAuthority: true, Reason: "phishing is likely"}})
	filed := received.Add(10 * time.Hour)
	p.now = received.Add(15 * time.Hour)
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R1", At: filed})
	between := received.Add(12 * time.Hour)
	if s := KnownBy(p.log, between); len(s.Obligation(1).Filings) != 0 || s.Obligation(1).Status != ObligationOpen {
		t.Errorf("by what was recorded it is %s", s.Obligation(1).Status)
	}
	if s := HappenedBy(p.log, between); len(s.Obligation(1).Filings) != 1 || s.Obligation(1).Status != ObligationFiled || len(s.Assessments) != 1 {
		t.Errorf("by what happened it is %s", s.Obligation(1).Status)
	}
	if s := HappenedBy(p.log, filed.Add(-time.Second)); s.Obligation(1).Status != ObligationOpen {
		t.Errorf("before the filing it is %s", s.Obligation(1).Status)
	}
	// The word of it came before the case was opened.
	if s := HappenedBy(p.log, received); !s.Exists() || len(s.Awareness) != 1 || len(s.Tasks) != 0 {
		t.Errorf("when the word came: %+v", s)
	}
	if s := HappenedBy(p.log, received.Add(-time.Second)); s.Exists() {
		t.Error("before the word of it there is a case")
	}
	for _, e := range p.log {
		if e.Happened().After(e.At) {
			t.Errorf("%s happened after it was recorded", e.Type)
		}
	}
}
