package incident

import (
	"slices"
	"testing"
	"time"
)

func TestAFollowUpEscalatesLikeEveryClock(t *testing.T) {
	p := begin(t)
	p.now = received.Add(50 * time.Hour)
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R1", At: p.now, Subtype: FilingIncomplete})
	p.until(p.duty().DueAt.Add(36 * time.Hour))
	levels := 0
	for _, r := range p.duty().Reminders {
		if r.Revision == p.duty().Revision && len(r.Calls) > 1 {
			levels++
		}
	}
	if levels == 0 || p.duty().OverdueAt.IsZero() {
		t.Errorf("the follow-up's reminders called a second person %d times, overdue since %s", levels, p.duty().OverdueAt)
	}
}

func TestTheWaitForAnAnswerEndsAlsoForARungOfAnotherLadder(t *testing.T) {
	p := begin(t)
	for _, name := range []string{"18h", "overdue+6h", "overdue+12h", "168h"} {
		if wait := p.duty().EscalateAfter(name); wait <= 0 || wait > 24*time.Hour {
			t.Errorf("%s waits %s", name, wait)
		}
	}
}

func TestAClockOfYearsAgoRingsOnceAndNotForEveryHalfDay(t *testing.T) {
	p := begin(t)
	d := disclosure()
	d.OccurredFrom = time.Time{}
	d.ReceivedAt = received.AddDate(-9, 0, 0)
	d.Awareness = &SetAwareness{At: d.ReceivedAt, Reason: "found in the archive"}
	old := &play{t: t, state: &State{}, now: opened}
	old.must(dpo, Open{ID: "i1", Number: "INC-2026-0001", Disclosure: d})
	if got := old.must(Engine(), RingReminder{Obligation: 1}); len(got) > 12 {
		t.Errorf("ringing recorded %d events", len(got))
	}
	if next := old.duty().NextRing(2).At; next.Before(old.now) || next.After(old.now.Add(12*time.Hour)) {
		t.Errorf("the next rung rings %s", next)
	}
	d.ReceivedAt = time.Date(26, 11, 17, 9, 0, 0, 0, time.UTC)
	fresh := &play{t: t, state: &State{}, now: opened}
	fresh.refused(dpo, Open{ID: "i1", Disclosure: d}, Invalid, "received_at", "10 years")
	p.refused(dpo, SetAwareness{At: time.Date(26, 11, 17, 9, 0, 0, 0, time.UTC), Reason: "r"}, Invalid, "at")
}

func TestTheSameFilingToldTwiceIsNotTakenForTheNextStage(t *testing.T) {
	p := begin(t)
	p.add(Duty{Regime: "nis2", Recipient: "CERT"})
	at := p.now
	p.must(dpo, FileNotification{Obligation: 2, Receipt: "INC 123", At: at})
	p.now = p.now.Add(5 * time.Minute)
	p.refused(deputy, FileNotification{Obligation: 2, Receipt: "INC-123", At: at.Add(time.Minute)}, Conflict, "early_warning", "INC 123", "--stage")
	if got := p.must(dpo, FileNotification{Obligation: 2, Receipt: "INC 123", At: at}); len(got) != 0 {
		t.Errorf("the same filing again recorded %v", got)
	}
	p.must(dpo, FileNotification{Obligation: 2, Receipt: "N", At: p.now, Stage: "notification"})
	p.refused(dpo, FileNotification{Obligation: 2, Receipt: "X", At: p.now, Stage: "early_warning"}, Invalid, "stage", "early_warning")
}

func TestAStageThatNobodyFiledDoesNotHideTheNext(t *testing.T) {
	p := begin(t)
	p.add(Duty{Regime: "nis2", Recipient: "CERT"})
	p.now = received.Add(71 * time.Hour)
	missing := func() (texts []string) {
		for _, a := range p.state.Summarize(p.now).Missing {
			texts = append(texts, a.Text)
		}
		return texts
	}
	if !slices.Contains(missing(), "After it, file the incident notification with CERT.") {
		t.Errorf("open is %q", missing())
	}
	p.must(dpo, FileNotification{Obligation: 2, Receipt: "N", At: p.now, Stage: "notification"})
	o := p.state.Obligation(2)
	if o.StageName() != "final" || o.Filings[0].LateSeconds != 0 || !slices.Equal(o.Filings[0].Skipped, []string{"early_warning"}) {
		t.Errorf("after the second stage the duty stands at %s, the filing is %+v", o.StageName(), o.Filings[0])
	}
}

func TestADutyToAFurtherAuthorityDoesNotTakeTheFirstAway(t *testing.T) {
	for name, c := range map[string]struct {
		duties []Duty
		want   []string
	}{
		"another authority":            {[]Duty{{Regime: "gdpr-33", Authority: "CNIL"}}, []string{"AEPD", "CNIL"}},
		"the same authority":           {[]Duty{{Regime: "gdpr-33", Authority: "AEPD"}}, []string{"AEPD"}},
		"a client beside one's own":    {[]Duty{{Regime: "gdpr-33-2", Recipient: "Client"}}, []string{"AEPD", "Client"}},
		"an institution of the Union":  {[]Duty{{Regime: "eudpr-34"}}, []string{"EDPS"}},
		"the United Kingdom beside it": {[]Duty{{Regime: "uk-gdpr"}}, []string{"AEPD", "ICO"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := disclosure()
			d.Duties = c.duties
			p := &play{t: t, state: &State{}, now: opened}
			p.must(dpo, Open{ID: "i1", Disclosure: d})
			var got []string
			for i := range p.state.Obligations {
				got = append(got, p.state.Obligations[i].Recipient())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("the duties are to %v, expected %v", got, c.want)
			}
		})
	}
	d := disclosure()
	d.PersonalData, d.Duties = "no", []Duty{{Regime: "uk-gdpr"}}
	p := &play{t: t, state: &State{}, now: opened}
	p.must(dpo, Open{ID: "i1", Disclosure: d})
	if got := p.must(dpo, assess(true, false)); !slices.Contains(got, EvObligationOpened) {
		t.Errorf("deciding to notify recorded %v: the competent authority is left out", got)
	}
	d.Duties = []Duty{{Regime: "nis2"}, {Regime: "nis2"}}
	twice := &play{t: t, state: &State{}, now: opened}
	twice.refused(dpo, Open{ID: "i1", Disclosure: d}, Invalid, "obligations[1].regime", "twice")
}

func TestAFollowUpGoesOnWhenAMistakenCloseIsUndone(t *testing.T) {
	p := begin(t)
	p.now = received.Add(50 * time.Hour)
	p.must(dpo, assess(true, false))
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R1", At: p.now, Subtype: FilingIncomplete})
	due, revision := p.duty().DueAt, p.duty().Revision
	p.must(dpo, Close{Reason: "by mistake"})
	if p.duty().Running() {
		t.Error("a clock runs in a closed case")
	}
	p.must(dpo, Reopen{Reason: "it was a mistake"})
	if o := p.duty(); !o.Running() || !o.DueAt.Equal(due) || o.Revision <= revision {
		t.Errorf("after the reopening it runs: %t, due %s, revision %d", o.Running(), o.DueAt, o.Revision)
	}
}

func TestAWithdrawnDutyComesBackWithADecision(t *testing.T) {
	p := begin(t)
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R1", At: p.now})
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R2", At: p.now, Kind: FilingFollowUp, Subtype: FilingWithdraw})
	if got := p.must(dpo, assess(true, false)); !slices.Contains(got, EvObligationReinstated) || !p.duty().Running() {
		t.Errorf("deciding to notify after all recorded %v; the duty is %s", got, p.duty().Status)
	}
}

func TestAWithdrawalWithTheSameReceiptIsNoRepetition(t *testing.T) {
	p := begin(t)
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R", At: p.now})
	got := p.must(dpo, FileNotification{Obligation: 1, Receipt: "R", At: p.now, Kind: FilingFollowUp, Subtype: FilingWithdraw})
	if !slices.Equal(got, []string{EvNotificationFiled}) || p.duty().Status != ObligationWithdrawn {
		t.Errorf("the withdrawal recorded %v; the duty is %s", got, p.duty().Status)
	}
}

func TestWhatIsApprovedAndFiledIsWhatWasLookedAt(t *testing.T) {
	p := begin(t)
	p.must(dpo, DraftNotification{Authority: "AEPD", Content: document("one")})
	second := document("two")
	second.SHA256 = "ff" + sum64[2:]
	p.must(dpo, DraftNotification{Authority: "AEPD", Content: second})
	p.refused(approver, ApproveNotification{Obligation: 1, Version: 1}, Conflict, "version 2")
	p.must(approver, ApproveNotification{Obligation: 1, Version: 2})
	p.refused(dpo, FileNotification{Obligation: 1, Receipt: "R", At: p.now, Version: 1}, Conflict, "latest")
	frozen := document("frozen") // something was added after the approval
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R", At: p.now, Version: 2, Frozen: &frozen})
	if f := p.duty().Filings[0]; f.Approved || f.Version != 2 {
		t.Errorf("what was added to counts as approved: %+v", f)
	}
}

func TestMarkingWhatIsOpenLeavesAnApprovedDraftApproved(t *testing.T) {
	marked := document("frozen")
	marked.SHA256 = "ee" + sum64[2:]
	for what, c := range map[string]struct {
		unmarked string
		approved bool
	}{
		"the draft with marks":            {sum64, true},
		"another content with marks":      {"dd" + sum64[2:], false},
		"a content that was not compared": {"", false},
	} {
		t.Run(what, func(t *testing.T) {
			p := begin(t)
			p.must(dpo, DraftNotification{Authority: "AEPD", Content: document("one")})
			p.must(approver, ApproveNotification{Obligation: 1})
			p.must(dpo, FileNotification{Obligation: 1, Receipt: "R", At: p.now, Subtype: FilingIncomplete, Frozen: &marked, Unmarked: c.unmarked})
			if got := p.duty().Filings[0].Approved; got != c.approved {
				t.Errorf("the filing counts as approved: %t", got)
			}
		})
	}
	p := begin(t)
	p.must(dpo, DraftNotification{Authority: "AEPD", Content: document("one")})
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R", At: p.now, Frozen: &marked, Unmarked: sum64})
	if p.duty().Filings[0].Approved {
		t.Error("a draft that nobody approved counts as approved")
	}
}

func TestALateFollowUpSaysSoAndOneOfAnEarlierStageIsMeasuredAgainstNothing(t *testing.T) {
	p := begin(t)
	p.now = received.Add(50 * time.Hour)
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R1", At: p.now, Subtype: FilingIncomplete})
	p.now = p.duty().DueAt.Add(time.Hour)
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R2", At: p.now, Kind: FilingFollowUp})
	if f := p.duty().Filings[1]; f.LateSeconds != 3600 || f.Stage != StageFollowUp {
		t.Errorf("the follow-up is %d s late, for the stage %s", f.LateSeconds, f.Stage)
	}
	q := begin(t)
	q.add(Duty{Regime: "dora", Recipient: "the supervisor"})
	q.must(dpo, FixFact{Obligation: 2, Fact: "classified_major", At: q.now, Reason: "r"})
	q.file(2, "D1")
	q.now = q.state.Obligation(2).DueAt.Add(time.Hour)
	q.must(dpo, FileNotification{Obligation: 2, Receipt: "D1b", At: q.now, Kind: FilingFollowUp})
	if o := q.state.Obligation(2); o.Filings[1].LateSeconds != 0 || o.Filings[1].Stage != "initial" || o.StageName() != "intermediate" {
		t.Errorf("the correction is %+v; the duty stands at %s", o.Filings[1], o.StageName())
	}
}

func TestBeforeTheClassificationItIsAskedFor(t *testing.T) {
	p := begin(t)
	p.add(Duty{Regime: "dora", Recipient: "the supervisor"})
	asked := false
	for _, a := range p.state.Summarize(p.now).Missing {
		asked = asked || a.Code == CmdFixFact
	}
	if !asked {
		t.Error("nobody is asked when the incident was classified")
	}
}

func TestPeopleWhomNoMailReachedWereNotTold(t *testing.T) {
	p := begin(t)
	p.must(dpo, assess(true, true))
	p.must(dpo, ImportPeople{Round: 1, Import: "a", SHA256: sum64, Counts: PeopleCounts{Rows: 1, Undeliverable: 1}})
	p.must(dpo, DraftMailing{Round: 1, Template: "affected", Content: document("c"), Locales: []string{"en"}})
	p.must(deputy, ApproveMailing{Round: 1})
	p.must(dpo, StartMailing{Round: 1})
	p.must(Engine(), FinishMailing{Round: 1, Counts: DeliveryCounts{Total: 1, Undeliverable: 1}, SHA256: sum64})
	if o := p.state.Obligation(2); o.Status != ObligationOpen {
		t.Errorf("the duty towards the people is %s, and nobody was told", o.Status)
	}
}
