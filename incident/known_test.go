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
	// What is recorded as still to come does not count later than it was recorded.
	later := Event{At: filed, Data: StageStarted{StartsAt: filed.Add(time.Hour)}}
	if !later.Happened().Equal(filed) {
		t.Errorf("what begins later happened at %v", later.Happened())
	}
}

// A duty that was opened after awareness was corrected must not stand in the place of
// the first one, which was opened with a later awareness.
func TestACorrectedAwarenessCountsForItsOwnDutyByWhatHappened(t *testing.T) {
	p := begin(t)
	aware := received.Add(-2 * time.Hour)
	p.now = p.now.Add(time.Hour)
	p.must(dpo, SetAwareness{At: aware, Reason: "their mail lay in the archive"})
	p.must(dpo, AddObligation{Duty: Duty{Regime: "nis2", Recipient: "INCIBE-CERT", Country: "ES", Reason: "an essential service"}})
	between := aware.Add(time.Hour)
	s := HappenedBy(p.log, between)
	now := Fold(p.log)
	if len(s.Obligations) != len(now.Obligations) {
		t.Fatalf("an hour after awareness %d duties had begun, of %d", len(s.Obligations), len(now.Obligations))
	}
	for i := range s.Obligations {
		then, is := &s.Obligations[i], &now.Obligations[i]
		if then.N != is.N || then.Terms.Regime != is.Terms.Regime || !then.AwareAt.Equal(is.AwareAt) || !then.DueAt.Equal(is.DueAt) {
			t.Errorf("duty %d (%s) counts from %s to %s, not from %s to %s", then.N, then.Terms.Regime, then.AwareAt, then.DueAt, is.AwareAt, is.DueAt)
		}
		if s.Obligation(then.N) != then {
			t.Errorf("duty %d is not found by its number", then.N)
		}
	}
	if s := HappenedBy(p.log, aware.Add(-time.Second)); len(s.Obligations) != 0 {
		t.Errorf("before awareness there are %d duties", len(s.Obligations))
	}
	// Where an earlier one is missing, no other is taken for it.
	late := &State{Obligations: []Obligation{{N: 2}}}
	if late.Obligation(1) != nil || late.Obligation(2) == nil || late.Obligation(3) != nil {
		t.Error("a duty is found under another's number")
	}
}

// What happened need not have been recorded in that order: no moment and no lack of
// earlier entries may break the fold.
func TestNoOrderInWhichThingsHappenedBreaksTheFold(t *testing.T) {
	p := begin(t)
	p.must(dpo, RecordAssessment{Facts: []byte(`{"people":500}`), Decision: AssessmentDecision{NotifyAuthority: true, Reason: "phishing is likely"}})
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R1", At: p.now})
	for skip := 1; skip < len(p.log); skip++ {
		for width := 1; skip+width <= len(p.log); width++ {
			some := append(append([]Event{}, p.log[:skip]...), p.log[skip+width:]...)
			if s := Fold(some); !s.Exists() {
				t.Errorf("without %d entries from %d on there is no case", width, skip)
			}
		}
	}
}
