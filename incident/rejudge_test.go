package incident

import (
	"slices"
	"testing"
	"time"
)

// awareAt corrects the awareness and gives the types of what followed.
func (p *play) awareAt(at time.Time) []string {
	p.t.Helper()
	return p.must(dpo, SetAwareness{At: at, Reason: "the help desk was told then, at " + at.String()})
}

// owes says whether reasons for a delay are asked for.
func (p *play) owes() bool {
	return slices.ContainsFunc(p.state.Summarize(p.now).Missing, func(a Action) bool { return a.Code == CmdGiveDelayReasons })
}

// Awareness that turns out to have been earlier makes what was filed late, though
// nobody knew when it was filed: register, figures and report must not say otherwise.
func TestAFilingIsLateByTheAwarenessThatIsCorrectedAfterIt(t *testing.T) {
	p := begin(t)
	p.must(dpo, RecordAssessment{Facts: []byte(`{"people":500}`), Decision: AssessmentDecision{NotifyAuthority: true, Reason: "phishing is likely"}})
	p.now = received.Add(60 * time.Hour)
	filedAt := p.now
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R1", At: filedAt})
	if p.duty().Filings[0].LateSeconds != 0 || p.owes() {
		t.Fatalf("it was filed in time, and is late by %d s", p.duty().Filings[0].LateSeconds)
	}

	p.now = p.now.Add(time.Hour)
	if types := p.awareAt(received.Add(-24 * time.Hour)); !slices.Equal(types, []string{EvAwarenessSet, EvNotificationRejudged}) {
		t.Fatalf("the events are %v", types)
	}
	told := p.log[len(p.log)-1].Data.(NotificationRejudged)
	want := NotificationRejudged{Obligation: 1, Filing: 1, FiledAt: filedAt.UTC(), AwareAt: received.Add(-24 * time.Hour).UTC(),
		DueAt: received.Add(48 * time.Hour).UTC(), OuterBound: told.OuterBound, LateSeconds: 12 * 3600}
	if told != want || told.OuterBound.Before(told.DueAt) {
		t.Errorf("it says %+v, expected %+v", told, want)
	}
	if o := p.duty(); !o.DueAt.Equal(want.DueAt) || !o.AwareAt.Equal(want.AwareAt) || o.Status != ObligationFiled {
		t.Errorf("the duty is shown as due %v from %v, and is %s", o.DueAt, o.AwareAt, o.Status)
	}
	_, inTime, _ := p.state.Notified()
	if e := p.state.Register(); !e.Late || e.Filings[0].LateSeconds != want.LateSeconds || inTime {
		t.Errorf("the register says late %v by %d s, the figures in time %v", e.Late, e.Filings[0].LateSeconds, inTime)
	}
	if !p.owes() {
		t.Error("nobody is asked for the reasons of the delay")
	}
	if s := HappenedBy(p.log, filedAt); s.Obligations[0].Filings[0].LateSeconds != want.LateSeconds {
		t.Errorf("by what happened it was late by %d s when it was filed", s.Obligations[0].Filings[0].LateSeconds)
	}
	p.must(dpo, GiveDelayReasons{Obligation: 1, Reasons: "the help desk did not pass it on"})
	if e := p.state.Register(); p.owes() || len(e.WhyLate) != 1 {
		t.Errorf("once given, the reasons are asked for again, or are not in the register: %q", e.WhyLate)
	}

	// Corrected back, it was in time after all.
	p.now = p.now.Add(time.Hour)
	p.awareAt(received)
	if _, inTime, _ = p.state.Notified(); !inTime || p.state.Register().Late || p.owes() {
		t.Error("corrected back, it is late all the same")
	}
	if o := p.duty(); !o.DueAt.Equal(received.Add(72 * time.Hour)) {
		t.Errorf("corrected back, the duty is shown as due %v", o.DueAt)
	}
	// Another instant by which it stays in time changes nothing of it.
	if types := p.awareAt(received.Add(-time.Minute)); !slices.Equal(types, []string{EvAwarenessSet}) {
		t.Errorf("a minute within the limit gave %v", types)
	}
}

// A fact from which a stage counts, corrected after the filing of that stage, does the
// same; the stages that count from something else keep their limits.
func TestAFilingIsLateByAFactThatIsCorrectedAfterIt(t *testing.T) {
	p := begin(t)
	p.must(dpo, AddObligation{Duty: Duty{Regime: "dora", Recipient: "BdE", Country: "ES", Reason: "a payment institution"}})
	n := len(p.state.Obligations)
	p.now = received.Add(10 * time.Hour)
	p.must(dpo, FixFact{Obligation: n, Fact: "classified_major", At: p.now.Add(-time.Hour), Reason: "classified in the crisis team"})
	p.must(dpo, FileNotification{Obligation: n, Receipt: "D1", At: p.now})
	if late := p.state.Obligation(n).Filings[0].LateSeconds; late != 0 {
		t.Fatalf("it is late by %d s", late)
	}
	p.now = p.now.Add(time.Hour)
	types := p.must(dpo, FixFact{Obligation: n, Fact: "classified_major", At: received.Add(2 * time.Hour), Reason: "the minutes of the night"})
	if !slices.Contains(types, EvNotificationRejudged) {
		t.Fatalf("the events are %v", types)
	}
	if late := p.state.Obligation(n).Filings[0].LateSeconds; late != 4*3600 {
		t.Errorf("classified 8 hours before, with 4 to file, it is late by %d s", late)
	}
}

// What completes a notification has no limit of its own, and stays as it was measured.
func TestAFollowUpIsNotJudgedAnew(t *testing.T) {
	p := begin(t)
	p.must(dpo, RecordAssessment{Facts: []byte(`{"people":500}`), Decision: AssessmentDecision{NotifyAuthority: true, Reason: "phishing is likely"}})
	p.now = received.Add(30 * time.Hour)
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R1", At: p.now, Kind: FilingNew, Subtype: FilingIncomplete})
	p.now = p.duty().DueAt.Add(10 * time.Hour)
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R2", At: p.now, Kind: FilingFollowUp, DelayReasons: "the vendor was silent"})
	before := p.duty().Filings[1].LateSeconds
	types := p.awareAt(received.Add(-time.Hour))
	if slices.Contains(types, EvNotificationRejudged) || before == 0 || p.duty().Filings[1].LateSeconds != before {
		t.Errorf("the events are %v, and the rest is late by %d s, before by %d s", types, p.duty().Filings[1].LateSeconds, before)
	}
}
