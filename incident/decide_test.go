package incident

import (
	"slices"
	"testing"
	"time"
)

func TestOpeningStartsTheClockAndTheContainmentList(t *testing.T) {
	p := begin(t)
	o := p.duty()
	if o == nil || !o.DueAt.Equal(received.Add(72*time.Hour)) {
		t.Fatalf("the obligation is %+v; expected one due 72 h after awareness", o)
	}
	if o.Terms.Authority != "AEPD" || o.Terms.Regime != "gdpr-33" {
		t.Errorf("terms are %s to %s", o.Terms.Regime, o.Terms.Authority)
	}
	var codes []string
	for _, task := range p.state.Tasks {
		codes = append(codes, task.Code)
	}
	want := []string{TaskCutIntegration, TaskSecureEvidence, TaskAskVendor, TaskReviewVendors}
	if !slices.Equal(codes, want) {
		t.Errorf("tasks are %v, expected %v", codes, want)
	}
	if got := p.must(dpo, opening()); len(got) != 0 {
		t.Errorf("the same opening again led to %v", got)
	}
	other := opening()
	other.Key = "k2"
	p.refused(dpo, other, Conflict, "INC-2026-0001")
}

func TestOpeningWithoutAwarenessRunsFromTheReceiptAndSaysSo(t *testing.T) {
	p := &play{t: t, state: &State{}, now: opened}
	o := opening()
	o.Disclosure.Awareness = nil
	p.must(dpo, o)
	aware, ok := p.state.Aware()
	if !ok || !aware.Provisional || !aware.At.Equal(received) {
		t.Fatalf("awareness is %+v; expected a provisional one at receipt", aware)
	}
	if next := p.state.Summarize(p.now).Next.Code; next != CmdSetAwareness {
		t.Errorf("next action is %s", next)
	}
	p.must(dpo, SetAwareness{At: received, Reason: "certain at receipt"})
	if p.duty().Revision != 1 {
		t.Error("confirming the same instant moved the clock")
	}
}

func TestOpeningIsRefusedWithTheFieldAtFault(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Disclosure)
		words  []string
	}{
		"no title":                 {func(d *Disclosure) { d.Title = " " }, []string{"title"}},
		"unknown kind":             {func(d *Disclosure) { d.Kind = "rumour" }, []string{"kind", "rumour", "vendor"}},
		"vendor without a name":    {func(d *Disclosure) { d.Vendor = "" }, []string{"vendor.name"}},
		"personal data perhaps":    {func(d *Disclosure) { d.PersonalData = "perhaps" }, []string{"personal_data", "unknown"}},
		"unknown zone":             {func(d *Disclosure) { d.Zone = "Mars/Olympus" }, []string{"zone", "Mars/Olympus", "Europe/Madrid"}},
		"the machine's own zone":   {func(d *Disclosure) { d.Zone = "Local" }, []string{"zone"}},
		"unknown authority":        {func(d *Disclosure) { d.Authority = "AEDP" }, []string{"authority", "AEDP", "AEPD"}},
		"no receipt":               {func(d *Disclosure) { d.ReceivedAt = time.Time{} }, []string{"received_at", "missing"}},
		"receipt in the future":    {func(d *Disclosure) { d.ReceivedAt = opened.Add(time.Hour) }, []string{"received_at", "future"}},
		"awareness in the future":  {func(d *Disclosure) { d.Awareness.At = opened.Add(time.Second) }, []string{"awareness.at", "future"}},
		"awareness before breach":  {func(d *Disclosure) { d.Awareness.At = d.OccurredFrom.Add(-1) }, []string{"awareness.at", "before the breach"}},
		"awareness without reason": {func(d *Disclosure) { d.Awareness.Reason = "" }, []string{"awareness.reason"}},
		"end before start":         {func(d *Disclosure) { d.OccurredTo = d.OccurredFrom.Add(-1) }, []string{"occurred_to", "occurred_from"}},
		"exercise too fast":        {func(d *Disclosure) { d.Exercise = &Exercise{Pace: MaxPace + 1} }, []string{"exercise.pace", "10000"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := opening()
			c.change(&o.Disclosure)
			p := &play{t: t, state: &State{}, now: opened}
			p.refused(dpo, o, Invalid, c.words...)
		})
	}
}

func TestAwarenessRevisedEarlierIsAlreadyLateAndDemandsReasons(t *testing.T) {
	p := begin(t)
	p.now = received.Add(70 * time.Hour)
	types := p.must(dpo, SetAwareness{At: received.Add(-24 * time.Hour), Reason: "the help desk was told a day before"})
	if !slices.Equal(types, []string{EvAwarenessSet, EvObligationMoved}) {
		t.Fatalf("events are %v", types)
	}
	o := p.duty()
	if !o.DueAt.Equal(received.Add(48*time.Hour)) || o.Revision != 2 {
		t.Fatalf("due %v, revision %d", o.DueAt, o.Revision)
	}
	types = p.must(Engine(), RingReminder{Obligation: 1})
	if types[0] != EvObligationOverdue {
		t.Errorf("the first event is %s, expected %s", types[0], EvObligationOverdue)
	}
	p.refused(dpo, file(p.now), Invalid, "delay_reasons", "Art. 33(1)")
	late := file(p.now)
	late.DelayReasons = "the help desk's note reached us today"
	p.must(dpo, late)
	f := p.duty().Filings[0]
	if f.LateSeconds != int64(22*3600) {
		t.Errorf("late by %d s, expected 22 h", f.LateSeconds)
	}
}

func TestDelayReasonsGivenBeforeTheFilingAreEnough(t *testing.T) {
	p := begin(t)
	p.now = received.Add(73 * time.Hour)
	p.must(dpo, GiveDelayReasons{Obligation: 1, Reasons: "the portal was down"})
	p.must(dpo, file(p.now))
	if p.duty().Filings[0].LateSeconds != 3600 {
		t.Errorf("late by %d s", p.duty().Filings[0].LateSeconds)
	}
}

func TestFourEyes(t *testing.T) {
	p := begin(t)
	p.must(dpo, DraftNotification{Authority: "AEPD", Content: document("n1")})
	p.refused(dpo, ApproveNotification{Obligation: 1}, Forbidden, "drafted by you")
	p.must(approver, ApproveNotification{Obligation: 1})
	if p.duty().Drafts[0].ApprovedBy.ID != approver.ID {
		t.Error("the approval is not by the approver")
	}
	p.must(dpo, ImportPeople{Import: "m1", SHA256: sum64, Counts: PeopleCounts{Rows: 3, Accepted: 3}})
	p.refused(dpo, StartMailing{Round: 1}, Conflict, "draft the mailing")
	p.must(dpo, DraftMailing{Round: 1, Template: "affected", Content: document("c1"), Locales: []string{"es"}})
	p.refused(dpo, StartMailing{Round: 1}, Conflict, "not approved")
	p.refused(dpo, ApproveMailing{Round: 1}, Forbidden, "another person")
	p.must(deputy, ApproveMailing{Round: 1})
	p.must(dpo, StartMailing{Round: 1})
	p.refused(dpo, DraftMailing{Round: 1, Template: "affected", Content: document("c2")}, Conflict, "sending")
}

func TestADraftWrittenOnAnOlderVersionIsRefused(t *testing.T) {
	p := begin(t)
	p.must(dpo, DraftNotification{Authority: "AEPD", Content: document("n1"), Version: 1})
	p.refused(deputy, DraftNotification{Authority: "AEPD", Content: document("n2"), Version: 1}, Conflict, "version 1 was put down meanwhile")
	p.must(deputy, DraftNotification{Authority: "AEPD", Content: document("n2"), Version: 2})
	p.must(deputy, DraftNotification{Authority: "AEPD", Content: document("n2"), Version: 2}) // sent twice
	p.must(dpo, DraftNotification{Authority: "AEPD", Content: document("n3")})
	p.must(dpo, ImportPeople{Import: "m1", SHA256: sum64, Counts: PeopleCounts{Rows: 3, Accepted: 3}})
	p.must(dpo, DraftMailing{Round: 1, Template: "affected", Content: document("c1"), Locales: []string{"es"}, Version: 1})
	p.refused(deputy, DraftMailing{Round: 1, Template: "affected", Content: document("c2"), Locales: []string{"es"}, Version: 1}, Conflict, "version 1 was put down meanwhile")
	p.must(deputy, DraftMailing{Round: 1, Template: "affected", Content: document("c2"), Locales: []string{"es"}, Version: 2})
}

func TestANoticeThatLacksWhatArticle34DemandsIsRefused(t *testing.T) {
	p := begin(t)
	p.must(dpo, ImportPeople{Import: "m1", SHA256: sum64, Counts: PeopleCounts{Rows: 1, Accepted: 1}})
	p.refused(dpo, DraftMailing{Round: 1, Template: "affected", Content: document("c1"), Unmet: []string{"es: measures"}},
		Invalid, "Art. 34(2)", "measures")
}

func TestClosingNeedsEveryDutyMet(t *testing.T) {
	p := begin(t)
	p.refused(dpo, Close{Reason: "done"}, Conflict, "obligation 1", "AEPD", "file")
	p.must(dpo, file(p.now))
	p.refused(dpo, Close{Reason: "done"}, Conflict, "never assessed")
	p.must(dpo, assess(true, true))
	p.refused(dpo, Close{Reason: "done"}, Conflict, "tell the people")
	p.must(dpo, assess(true, false))
	p.must(dpo, Close{Reason: "done"})
	p.refused(dpo, CompleteTask{Task: 1}, Conflict, "closed", "reopen")
	p.refused(dpo, Close{Reason: "again"}, Conflict, "closed")
	p.must(dpo, Reopen{Reason: "the vendor found more"})
	p.must(dpo, CompleteTask{Task: 1, Note: "keys withdrawn"})
	p.refused(dpo, Reopen{Reason: "again"}, Conflict, "open already")
}

func TestADecisionNotToNotifyWaivesAndALaterOneReinstates(t *testing.T) {
	p := begin(t)
	p.must(dpo, assess(false, false))
	if p.duty().Status != ObligationWaivedStatus {
		t.Fatalf("status is %s", p.duty().Status)
	}
	p.refused(dpo, file(p.now), Conflict, "waived")
	types := p.must(dpo, assess(true, false))
	if !slices.Contains(types, EvObligationReinstated) || p.duty().Status != ObligationOpen {
		t.Fatalf("events are %v, status %s", types, p.duty().Status)
	}
	p.must(dpo, file(p.now))
}

func TestRolesAreHeldTo(t *testing.T) {
	p := begin(t)
	for _, role := range []Role{RoleAuditor, RoleAdmin} {
		p.refused(Actor{Role: role, ID: "x"}, Close{Reason: "r"}, Forbidden, string(role))
	}
	p.refused(approver, SetAwareness{At: received, Reason: "r"}, Forbidden, "approver")
	p.refused(dpo, RingReminder{Obligation: 1}, Forbidden, "dpo")
	p.refused(Engine(), Close{Reason: "r"}, Forbidden, "engine")
}

func TestCommandsOnAnUnknownIncidentAreNotFound(t *testing.T) {
	p := &play{t: t, state: &State{}, now: opened}
	p.refused(dpo, Close{Reason: "r"}, NotFound, "no such incident")
}

func TestTheSameCommandTwiceLeavesOneEvent(t *testing.T) {
	p := begin(t)
	people := ImportPeople{Import: "m1", SHA256: sum64, Counts: PeopleCounts{Rows: 1, Accepted: 1}}
	draft := DraftMailing{Round: 1, Template: "affected", Content: document("c1"), Locales: []string{"es"}}
	for _, step := range []struct {
		by Actor
		c  Command
	}{
		{dpo, SetAwareness{At: received.Add(time.Minute), Reason: "read"}},
		{dpo, CompleteTask{Task: 2}},
		{dpo, DraftNotification{Authority: "AEPD", Content: document("n1")}},
		{approver, ApproveNotification{Obligation: 1}},
		{dpo, file(opened)},
		{dpo, people}, {dpo, draft}, {approver, ApproveMailing{Round: 1}}, {dpo, StartMailing{Round: 1}},
		{Engine(), FinishMailing{Round: 1, Counts: DeliveryCounts{Total: 1, Accepted: 1}}},
	} {
		if got := p.must(step.by, step.c); len(got) == 0 {
			t.Errorf("%s led to nothing", step.c.Name())
		}
		if got := p.must(step.by, step.c); len(got) != 0 {
			t.Errorf("%s again led to %v", step.c.Name(), got)
		}
	}
}
