package incident

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/gdpr"
)

// add opens a duty and gives it.
func (p *play) add(d Duty) *Obligation {
	p.t.Helper()
	d.Reason = "it applies"
	p.must(dpo, AddObligation{Duty: d})
	return &p.state.Obligations[len(p.state.Obligations)-1]
}

// file files the present stage of an obligation now.
func (p *play) file(n int, receipt string) []string {
	p.t.Helper()
	return p.must(dpo, FileNotification{Obligation: n, Receipt: receipt, At: p.now, Stage: p.state.Obligation(n).StageName()})
}

func TestEachStageStartsWhereTheLawSaysAndTheLastEndsTheDuty(t *testing.T) {
	p := begin(t)
	o := p.add(Duty{Regime: "nis2", Recipient: "INCIBE-CERT", Country: "ES"})
	if o.StageName() != "early_warning" || !o.DueAt.Equal(received.Add(24*time.Hour)) || o.Recipient() != "INCIBE-CERT" {
		t.Fatalf("the first stage is %s, due %s, to %s", o.StageName(), o.DueAt, o.Recipient())
	}
	p.now = received.Add(20 * time.Hour)
	if got := p.file(2, "W1"); !slices.Equal(got, []string{EvNotificationFiled, EvStageStarted}) {
		t.Fatalf("filing the early warning recorded %v", got)
	}
	o = p.state.Obligation(2)
	if o.StageName() != "notification" || !o.DueAt.Equal(received.Add(72*time.Hour)) || o.Revision != 2 || !o.Running() {
		t.Fatalf("the second stage is %s, due %s, revision %d, %s", o.StageName(), o.DueAt, o.Revision, o.Status)
	}
	p.now = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	p.file(2, "N1")
	// One month after the notification: Sunday 20 December 2026, so the end of
	// Monday 21 December, in Madrid.
	end := time.Date(2026, 12, 21, 22, 59, 59, 0, time.UTC)
	if o = p.state.Obligation(2); o.StageName() != "final" || !o.DueAt.Equal(end) || !o.OuterBound.IsZero() {
		t.Fatalf("the final report is due %s, expected %s", o.DueAt, end)
	}
	p.now = end.Add(-time.Hour)
	if got := p.file(2, "F1"); !slices.Equal(got, []string{EvNotificationFiled}) {
		t.Fatalf("filing the last stage recorded %v", got)
	}
	if o = p.state.Obligation(2); o.Status != ObligationFiled || len(o.Filings) != 3 {
		t.Errorf("the duty is %s with %d filings", o.Status, len(o.Filings))
	}
}

func TestHolidaysOfThePlaceMoveTheEndOfAMonth(t *testing.T) {
	p := begin(t)
	p.add(Duty{Regime: "nis2", Recipient: "INCIBE-CERT", Country: "ES"})
	p.now = received.Add(time.Hour)
	p.file(2, "W1")
	p.now = time.Date(2026, 11, 18, 8, 0, 0, 0, time.UTC)
	events, err := Rules{Calendar: closedOn{2026, time.December, 18}}.Decide(p.state, dpo,
		FileNotification{Obligation: 2, Receipt: "N1", At: p.now}, p.now)
	if err != nil {
		t.Fatal(err)
	}
	started, ok := events[1].Data.(StageStarted)
	// Friday 18 December is taken for a holiday: Monday 21 December.
	if want := time.Date(2026, 12, 21, 22, 59, 59, 0, time.UTC); !ok || !started.DueAt.Equal(want) {
		t.Errorf("due %s, expected %s", started.DueAt, want)
	}
}

// closedOn is a calendar with one holiday.
type closedOn gdpr.Date

func (c closedOn) Holiday(_ string, day gdpr.Date) (string, bool, bool) {
	return "a holiday", day == gdpr.Date(c), true
}

func TestAStageWaitsForItsFactAndStartsWithIt(t *testing.T) {
	p := begin(t)
	p.add(Duty{Regime: "cra-vulnerability", Recipient: "the coordinator CSIRT"})
	p.file(2, "W")
	p.file(2, "N")
	o := p.state.Obligation(2)
	if o.Status != ObligationWaiting || o.Running() || !o.DueAt.IsZero() {
		t.Fatalf("the final report is %s, due %s", o.Status, o.DueAt)
	}
	p.refused(dpo, FileNotification{Obligation: 2, Receipt: "F", At: p.now}, Conflict, "corrective_measure")
	p.refused(dpo, Close{Reason: "done"}, Conflict, "") // the first duty is open in any case
	p.refused(dpo, FixFact{Obligation: 2, Fact: "classified_major", At: p.now, Reason: "r"}, Invalid, "corrective_measure")
	p.refused(dpo, FixFact{Obligation: 1, Fact: "corrective_measure", At: p.now, Reason: "r"}, Invalid, "no fact")
	p.refused(dpo, FixFact{Obligation: 2, Fact: "corrective_measure", At: p.now.Add(time.Hour), Reason: "r"}, Invalid, "future")
	fixed := FixFact{Obligation: 2, Fact: "corrective_measure", At: p.now, Reason: "the patch is out"}
	if got := p.must(dpo, fixed); !slices.Equal(got, []string{EvFactFixed, EvStageStarted}) {
		t.Fatalf("fixing the fact recorded %v", got)
	}
	// 14 days after Tuesday 17 November 2026: the end of Tuesday 1 December.
	want := time.Date(2026, 12, 1, 22, 59, 59, 0, time.UTC)
	if o = p.state.Obligation(2); !o.Running() || !o.DueAt.Equal(want) {
		t.Errorf("the final report is %s, due %s; expected %s", o.Status, o.DueAt, want)
	}
	if got := p.must(dpo, fixed); len(got) != 0 {
		t.Errorf("the same fact again recorded %v", got)
	}
}

func TestAWaivedDutyThatWaitedWaitsAgain(t *testing.T) {
	p := begin(t)
	p.add(Duty{Regime: "cra-vulnerability", Recipient: "the coordinator CSIRT"})
	p.file(2, "W")
	p.file(2, "N")
	p.must(dpo, WaiveObligation{Obligation: 2, Reason: "not exploited after all"})
	p.add(Duty{Regime: "cra-vulnerability", Recipient: "the coordinator CSIRT"})
	if o := p.state.Obligation(2); o.Status != ObligationWaiting || o.Running() || len(p.state.Obligations) != 2 {
		t.Fatalf("the duty is %s, and there are %d", o.Status, len(p.state.Obligations))
	}
	p.must(dpo, FixFact{Obligation: 2, Fact: "corrective_measure", At: p.now, Reason: "the patch is out"})
	if o := p.state.Obligation(2); !o.Running() || o.Next(2).At.Before(p.now) {
		t.Errorf("with the fact it is %s, next %+v", o.Status, o.Next(2))
	}
}

func TestUntilTheIncidentIsClassifiedTheSecondLimitIsPlannedBy(t *testing.T) {
	p := begin(t)
	o := p.add(Duty{Regime: "dora", Recipient: "Banco de España"})
	if !o.Running() || !o.DueAt.Equal(received.Add(24*time.Hour)) {
		t.Fatalf("before the classification it is %s, due %s", o.Status, o.DueAt)
	}
	p.now = received.Add(3 * time.Hour)
	p.must(dpo, FixFact{Obligation: 2, Fact: "classified_major", At: p.now, Reason: "by the criteria"})
	if o = p.state.Obligation(2); !o.DueAt.Equal(received.Add(7 * time.Hour)) {
		t.Errorf("four hours after the classification would be %s, it is due %s", received.Add(7*time.Hour), o.DueAt)
	}
}

func TestAnIncompleteNotificationIsFollowedUpByTheAuthoritysOwnPeriod(t *testing.T) {
	p := &play{t: t, state: &State{}, now: opened}
	d := disclosure()
	d.Authority, d.Zone = "CNIL", "Europe/Paris"
	p.must(dpo, Open{ID: "i1", Number: "INC-2026-0001", Disclosure: d})
	p.now = received.Add(50 * time.Hour)
	got := p.must(dpo, FileNotification{Obligation: 1, Receipt: "R1", At: p.now, Kind: FilingNew, Subtype: FilingIncomplete})
	if !slices.Equal(got, []string{EvNotificationFiled, EvStageStarted}) {
		t.Fatalf("an incomplete filing recorded %v", got)
	}
	o := p.duty()
	if o.StageName() != StageFollowUp || o.Status != ObligationFiled || !o.Running() || !o.DueAt.Equal(p.now.Add(72*time.Hour)) {
		t.Fatalf("the follow-up is %s %s, due %s", o.StageName(), o.Status, o.DueAt)
	}
	p.refused(dpo, FileNotification{Obligation: 1, Receipt: "R2", At: p.now}, Conflict, "follow-up")
	p.now = p.now.Add(80 * time.Hour) // late, and nobody asks for reasons: the period is soft
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R2", At: p.now, Kind: FilingFollowUp, Subtype: FilingIncomplete})
	if o = p.duty(); !o.Running() {
		t.Errorf("after a further incomplete filing the duty is %s", o.Status)
	}
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R3", At: p.now, Kind: FilingFollowUp, Subtype: FilingComplete})
	if o = p.duty(); o.Status != ObligationFiled || o.Running() || len(o.Filings) != 3 {
		t.Errorf("after the rest the duty is %s with %d filings", o.Status, len(o.Filings))
	}
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "R4", At: p.now, Kind: FilingFollowUp, Subtype: FilingWithdraw})
	if o = p.duty(); o.Status != ObligationWithdrawn {
		t.Errorf("after the withdrawal the duty is %s", o.Status)
	}
	p.refused(dpo, FileNotification{Obligation: 1, Receipt: "R5", At: p.now, Kind: FilingFollowUp}, Conflict, "withdrawn")
}

func TestAFollowUpNeedsAnEarlierFiling(t *testing.T) {
	p := begin(t)
	p.refused(dpo, FileNotification{Obligation: 1, Receipt: "R", At: p.now, Kind: FilingFollowUp}, Conflict, "not filed yet")
	p.refused(dpo, FileNotification{Obligation: 1, Receipt: "R", At: p.now, Subtype: FilingWithdraw}, Invalid, "earlier filing")
}

func TestADecisionOpensAndWithdrawsTheDutyTowardsThePeople(t *testing.T) {
	p := begin(t)
	if got := p.must(dpo, assess(true, true)); !slices.Equal(got, []string{EvAssessmentRecorded, EvObligationOpened}) {
		t.Fatalf("deciding to tell the people recorded %v", got)
	}
	o := p.state.Obligation(2)
	if o.Terms.Regime != gdpr.RegimeCommunication || o.Status != ObligationOpen || o.Running() {
		t.Fatalf("the duty is %s, %s", o.Terms.Regime, o.Status)
	}
	if got := p.must(dpo, assess(true, false)); !slices.Contains(got, EvObligationWaived) {
		t.Errorf("deciding otherwise recorded %v", got)
	}
	if got := p.must(dpo, assess(true, true)); !slices.Contains(got, EvObligationReinstated) || len(p.state.Obligations) != 2 {
		t.Errorf("deciding again recorded %v, and there are %d duties", got, len(p.state.Obligations))
	}
	p.must(dpo, ImportPeople{Round: 1, Import: "a", SHA256: sum64, Counts: PeopleCounts{Rows: 1, Accepted: 1}})
	p.must(dpo, DraftMailing{Round: 1, Template: "affected", Content: document("c"), Locales: []string{"en"}})
	p.must(deputy, ApproveMailing{Round: 1})
	p.must(dpo, StartMailing{Round: 1})
	got := p.must(Engine(), FinishMailing{Round: 1, Counts: DeliveryCounts{Total: 1, Accepted: 1}, SHA256: sum64})
	if !slices.Equal(got, []string{EvMailingFinished, EvObligationMet}) || p.state.Obligation(2).Status != ObligationMetStatus {
		t.Errorf("the mailing's end recorded %v", got)
	}
}

func TestAnOpeningWithSixDutiesOpensThemAll(t *testing.T) {
	d := disclosure()
	d.Screening = map[string]string{"personal_data": "yes"}
	d.Duties = []Duty{
		{Regime: "nis2", Recipient: "INCIBE-CERT"}, {Regime: "dora", Recipient: "Banco de España"}, {Regime: "uk-gdpr"},
		{Regime: "fadp-24"}, {Regime: "eidas", Recipient: "the ministry"},
	}
	p := &play{t: t, state: &State{}, now: opened}
	p.must(dpo, Open{ID: "i1", Number: "INC-2026-0001", Disclosure: d})
	var got []string
	for _, o := range p.state.Obligations {
		got = append(got, o.Terms.Regime+" to "+o.Recipient())
	}
	want := []string{"gdpr-33 to AEPD", "nis2 to INCIBE-CERT", "dora to Banco de España", "uk-gdpr to ICO", "fadp-24 to FDPIC", "eidas to the ministry"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDutiesThatTheLawDoesNotKnowAreRefused(t *testing.T) {
	p := begin(t)
	for what, c := range map[string]struct {
		duty  Duty
		words []string
	}{
		"regime":         {Duty{Regime: "nis3"}, []string{"regime", "nis3", "nis2"}},
		"authority":      {Duty{Regime: "gdpr-33", Authority: "AEDP"}, []string{"authority", "AEDP", "AEPD"}},
		"country":        {Duty{Regime: "nis2", Country: "Spain"}, []string{"country", "Spain"}},
		"no such one":    {Duty{Regime: "nis2", Country: "XX"}, []string{"country", "XX", "ISO 3166-1"}},
		"the Union":      {Duty{Regime: "nis2", Country: "EU"}, []string{"country", "EU"}},
		"contract hours": {Duty{Regime: "nis2", ContractHours: 24}, []string{"contract_hours", "24"}},
	} {
		t.Run(what, func(t *testing.T) {
			p.t = t
			c.duty.Reason = "r"
			for _, word := range c.words {
				p.refused(dpo, AddObligation{Duty: c.duty}, Invalid, word)
			}
		})
	}
	p.refused(dpo, AddObligation{Duty: Duty{Regime: "gdpr-33", Reason: "r"}}, Conflict, "already")
	p.refused(dpo, AddObligation{Duty: Duty{Regime: "nis2"}}, Invalid, "reason")
}

func TestAProcessorsClockIsItsContracts(t *testing.T) {
	p := begin(t)
	o := p.add(Duty{Regime: gdpr.RegimeProcessor, Recipient: "Example Platform", ContractHours: 36})
	if !o.Running() || !o.DueAt.Equal(received.Add(36*time.Hour)) {
		t.Errorf("the duty is %s, due %s", o.Status, o.DueAt)
	}
}

func TestTheScreeningProposesAndOpensNothing(t *testing.T) {
	p := begin(t)
	p.must(dpo, RecordScreening{Answers: map[string]string{"personal_data": "yes", "united_kingdom": "yes", "only_processor": "no"}})
	var regimes []string
	for _, proposal := range p.state.Screenings[0].Proposals {
		regimes = append(regimes, proposal.Regime)
	}
	if !slices.Contains(regimes, "gdpr-33") || !slices.Contains(regimes, "uk-gdpr") || slices.Contains(regimes, "gdpr-omnibus") {
		t.Errorf("proposed are %v", regimes)
	}
	if len(p.state.Obligations) != 1 {
		t.Errorf("there are %d duties", len(p.state.Obligations))
	}
	p.refused(dpo, RecordScreening{Answers: map[string]string{"weather": "yes"}}, Invalid, "weather")
	p.refused(dpo, RecordScreening{Answers: map[string]string{"personal_data": "perhaps"}}, Invalid, "yes, no or unknown")
}

func TestTheAdviceStandsBesideTheDecision(t *testing.T) {
	p := begin(t)
	a := assess(false, false)
	a.Facts = json.RawMessage(`{"breach":["confidentiality"],"data":[{"kind":"health"}],"people":60,"vulnerable_people":true,
		"exposure":"unknown_recipients","malicious":true,"unintelligible":"no","identification":"maximum"}`)
	p.must(dpo, a)
	got, _ := p.state.Assessed()
	if got.Advice == nil || got.Advice.Risk != gdpr.RiskHigh || len(got.Advice.Rules) == 0 {
		t.Fatalf("the advice is %+v", got.Advice)
	}
	if notify, communicate := got.Against(); !notify || !communicate {
		t.Error("a decision against the advice is not seen")
	}
	if p.duty().Status != ObligationWaivedStatus {
		t.Error("the human decision does not hold")
	}
	a.Facts = json.RawMessage(`{"breach":["confidentiality"],"availability_loss":"permanent"}`)
	p.refused(dpo, a, Invalid, "availability_loss")
	a.Facts = json.RawMessage(`{"breach":["confidentiality"],"colour":"red"}`)
	p.refused(dpo, a, Invalid, "colour")
	a.Facts = json.RawMessage(`{"noted":"by hand"}`)
	p.must(dpo, a)
	if got, _ = p.state.Assessed(); got.Advice != nil {
		t.Errorf("facts in another form got the advice %+v", got.Advice)
	}
}

func TestWhatWasRecordedBeforeStagesReadsAsItWasMeant(t *testing.T) {
	p := begin(t)
	raw, err := json.Marshal(p.log)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), `"stage_index"`) || strings.Contains(string(raw), `"waiting"`) {
		t.Error("an opening of one duty writes fields that only further duties need")
	}
}
