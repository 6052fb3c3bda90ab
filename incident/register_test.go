package incident

import (
	"testing"
	"time"
)

// The rest of a notification is owed without undue delay (GDPR Art. 33(4)); that it
// came after the day that was set for it makes no notification late.
func TestALateFollowUpMakesNoNotificationLate(t *testing.T) {
	p := begin(t)
	p.must(dpo, RecordAssessment{Facts: []byte(`{"people":500}`), Decision: AssessmentDecision{NotifyAuthority: true, Reason: "phishing is likely"}})
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R1", At: p.now, Kind: FilingNew, Subtype: FilingIncomplete})
	p.now = p.duty().DueAt.Add(48 * time.Hour)
	rest := FileNotification{Obligation: 1, Receipt: "R2", At: p.now, Kind: FilingFollowUp, DelayReasons: "the vendor was silent"}
	p.must(dpo, rest)
	if late := p.duty().Filings[1].LateSeconds; late <= 0 {
		t.Fatalf("the rest is late by %d s", late)
	}
	e := p.state.Register()
	if _, inTime, ok := p.state.Notified(); e.Late || !ok || !inTime || e.Outcome != RegisterNotified {
		t.Errorf("the register says late %v and %s, the figures in time %v", e.Late, e.Outcome, inTime)
	}
	if len(e.Filings) != 2 || e.Filings[1].LateSeconds <= 0 {
		t.Errorf("the filings are %+v", e.Filings)
	}
}

func TestANotificationThatIsOverdueIsLateBeforeItIsFiled(t *testing.T) {
	p := begin(t)
	if p.state.Register().Late {
		t.Error("a duty whose time runs is late")
	}
	p.now = p.duty().DueAt.Add(time.Hour)
	p.must(Engine(), RingReminder{Obligation: 1})
	e := p.state.Register()
	if !e.Late || !e.Overdue() || len(e.WhyLate) != 0 {
		t.Errorf("an hour after its limit it is late %v, because of %q", e.Late, e.WhyLate)
	}
	p.must(dpo, GiveDelayReasons{Obligation: 1, Reasons: "the portal was down"})
	if e = p.state.Register(); len(e.WhyLate) != 1 {
		t.Errorf("the reasons are %q", e.WhyLate)
	}
}

// Duties under other laws are no notification under GDPR Art. 33.
func TestTheRegisterTellsOfNoOtherLawsFilings(t *testing.T) {
	p := begin(t)
	p.must(dpo, AddObligation{Duty: Duty{Regime: "nis2", Recipient: "INCIBE-CERT", Country: "ES", Reason: "an essential service"}})
	p.must(dpo, FileNotification{Obligation: 2, Receipt: "N1", At: p.now})
	if e := p.state.Register(); len(e.Filings) != 0 || e.Outcome != RegisterUndecided {
		t.Errorf("the filings are %+v, and it is %s", e.Filings, e.Outcome)
	}
}

func TestTheYearIsThatOfTheCasesOwnZone(t *testing.T) {
	e := RegisterEntry{AwareAt: time.Date(2025, 12, 31, 23, 30, 0, 0, time.UTC), Zone: "Europe/Madrid"}
	if year, month := e.Place(); year != 2026 || month != time.January {
		t.Errorf("it is counted to %d-%02d", year, month)
	}
}

// A case of which nobody says yet when awareness was is counted by its opening.
func TestACaseWithoutAwarenessIsCountedByItsOpening(t *testing.T) {
	e := RegisterEntry{OpenedAt: time.Date(2026, 12, 31, 22, 59, 0, 0, time.UTC), Zone: "Europe/Madrid"}
	if year, month := e.Place(); year != 2026 || month != time.December || !e.Began().Equal(e.OpenedAt) {
		t.Errorf("it is counted to %d-%02d", year, month)
	}
	e.Zone = "Europe/Riga"
	if year, _ := e.Place(); year != 2027 {
		t.Errorf("at Riga it is counted to %d", year)
	}
}
