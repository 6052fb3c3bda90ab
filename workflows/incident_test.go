package workflows_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"tocsin/incident"
	"tocsin/workflows"
)

var (
	aware    = time.Date(2026, 11, 17, 9, 17, 0, 0, time.UTC)
	dpo      = incident.Actor{Role: incident.RoleDPO, ID: "d1"}
	deputy   = incident.Actor{Role: incident.RoleDeputy, ID: "d2"}
	document = incident.Document{ID: "c1", Name: "c.json", SHA256: strings.Repeat("0a", 32), Size: 2, MediaType: "application/json"}
)

// drill plays commands against the incident workflow in skipped time.
type drill struct {
	t       *testing.T
	env     *testsuite.TestWorkflowEnvironment
	record  *memory
	started time.Time
	answers map[string]error
}

func newDrill(t *testing.T) *drill {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(aware.Add(10 * time.Minute))
	env.SetTestTimeout(30 * time.Second)
	d := &drill{t: t, env: env, record: newMemory(env), started: aware.Add(10 * time.Minute),
		answers: map[string]error{}}
	d.at(aware.Add(10*time.Minute), "open", dpo, incident.Open{ID: "i1", Disclosure: incident.Disclosure{
		Title: "Exported data set", Kind: "vendor", Vendor: "Mirador Analytics", ReceivedAt: aware,
		OccurredFrom: aware.Add(-200 * time.Hour), PersonalData: "yes", Authority: "AEPD", Zone: "Europe/Madrid",
		Awareness: &incident.SetAwareness{At: aware, Reason: "the vendor says so"},
	}})
	return d
}

// at gives a command at an instant and keeps its answer under a name.
func (d *drill) at(when time.Time, name string, by incident.Actor, c incident.Command) {
	d.env.RegisterDelayedCallback(func() {
		d.env.UpdateWorkflow(c.Name(), name, d.callback(name),
			workflows.Request[incident.Command]{Actor: by, Command: c})
	}, when.Sub(d.started))
}

func (d *drill) callback(name string) *testsuite.TestUpdateCallback {
	return &testsuite.TestUpdateCallback{
		OnAccept: func() {},
		OnReject: func(err error) { d.answers[name] = err },
		OnComplete: func(_ any, err error) {
			d.answers[name] = err
		},
	}
}

// run plays everything until the incident's workflow ends or hours have gone by.
func (d *drill) run(hours int) *incident.State {
	d.t.Helper()
	d.env.RegisterDelayedCallback(func() {
		if !d.env.IsWorkflowCompleted() {
			d.env.CancelWorkflow()
		}
	}, aware.Add(time.Duration(hours)*time.Hour).Sub(d.started))
	d.env.ExecuteWorkflow(workflows.Incident, "i1")
	for name, err := range d.answers {
		if err != nil && !strings.HasPrefix(name, "refused") {
			d.t.Errorf("%s: %v", name, err)
		}
		if err == nil && strings.HasPrefix(name, "refused") {
			d.t.Errorf("%s was carried out", name)
		}
	}
	return d.record.state()
}

func rungs(s *incident.State) []string {
	var out []string
	for _, r := range s.Obligation(1).Reminders {
		if r.Mode == incident.RungAlone {
			out = append(out, r.Rung)
		}
	}
	return out
}

func filing(at time.Time, reasons string) incident.FileNotification {
	return incident.FileNotification{Obligation: 1, Receipt: "O000123", At: at, DelayReasons: reasons}
}

func assessment(notify, communicate bool) incident.RecordAssessment {
	return incident.RecordAssessment{Facts: []byte(`{"people":500}`), Decision: incident.AssessmentDecision{
		NotifyAuthority: notify, Communicate: communicate, Reason: "phishing is likely",
	}}
}

func TestFiledInTimeTheLadderEndsAndTheCaseCloses(t *testing.T) {
	d := newDrill(t)
	d.at(aware.Add(50*time.Hour), "assess", dpo, assessment(true, false))
	d.at(aware.Add(51*time.Hour), "file", dpo, filing(aware.Add(51*time.Hour), ""))
	d.at(aware.Add(52*time.Hour), "close", dpo, incident.Close{Reason: "done"})
	s := d.run(200)
	if !d.env.IsWorkflowCompleted() || d.env.GetWorkflowError() != nil {
		t.Fatalf("the workflow ended with %v", d.env.GetWorkflowError())
	}
	if got := rungs(s); !slices.Equal(got, []string{"48h", "24h"}) {
		t.Errorf("rungs are %v", got)
	}
	if !s.IsClosed() || s.Obligation(1).Filings[0].LateSeconds != 0 {
		t.Errorf("the case ended as %+v", s.Obligation(1))
	}
	for _, r := range s.Obligation(1).Reminders {
		if len(r.Calls) != 2 || r.Calls[0].AcceptedAt.IsZero() || r.Calls[1].AcceptedAt.IsZero() {
			t.Errorf("%s: calls are %+v; expected the DPO and, unacknowledged, the deputy, both accepted", r.Rung, r.Calls)
		}
	}
}

func TestFiledLateTheReasonsAreDemanded(t *testing.T) {
	d := newDrill(t)
	late := aware.Add(85 * time.Hour)
	d.at(late, "refused without reasons", dpo, filing(late, ""))
	d.at(late.Add(time.Minute), "file", dpo, filing(late, "the portal was down"))
	s := d.run(120)
	want := []string{"48h", "24h", "12h", "6h", "3h", "1h", "due", "overdue+12h"}
	if got := rungs(s); !slices.Equal(got, want) {
		t.Errorf("rungs are %v, expected %v", got, want)
	}
	if s.Obligation(1).OverdueAt.IsZero() || s.Obligation(1).Filings[0].LateSeconds != 13*3600 {
		t.Errorf("the duty ended as %+v", s.Obligation(1).Filings)
	}
}

func TestAwarenessRevisedEarlierIsOverdueAtOnce(t *testing.T) {
	d := newDrill(t)
	d.at(aware.Add(60*time.Hour), "aware", dpo,
		incident.SetAwareness{At: aware.Add(-20 * time.Hour), Reason: "the help desk knew"})
	s := d.run(61)
	o := s.Obligation(1)
	if o.Revision != 2 || o.OverdueAt.IsZero() || o.OverdueAt.Sub(aware) > 60*time.Hour+time.Minute {
		t.Fatalf("revision %d, overdue at %v", o.Revision, o.OverdueAt)
	}
	last := o.Reminders[len(o.Reminders)-1]
	if last.Rung != "due" || last.FiredAt.Sub(aware) > 60*time.Hour+time.Minute {
		t.Errorf("the last rung is %s at %v; expected due at once", last.Rung, last.FiredAt)
	}
}

func TestARungThatRingsAgainAfterARevisionIsMailedAgain(t *testing.T) {
	d := newDrill(t)
	d.at(aware.Add(24*time.Hour+40*time.Minute), "acknowledge", deputy, incident.Acknowledge{Obligation: 1, Via: "link"})
	d.at(aware.Add(25*time.Hour), "aware", dpo, incident.SetAwareness{At: aware.Add(-34 * time.Minute), Reason: "read then"})
	s := d.run(26)
	again := s.Obligation(1).Reminder(2, "48h")
	if again == nil || len(again.Calls) != 2 {
		t.Fatalf("after the revision the rung's calls are %+v; expected the DPO and, unacknowledged, the deputy", again)
	}
	for _, c := range again.Calls {
		if c.AcceptedAt.IsZero() {
			t.Errorf("the call of level %d was never accepted by the relay", c.Level)
		}
	}
}

func TestAwarenessRevisedLaterMovesTheLadder(t *testing.T) {
	d := newDrill(t)
	d.at(aware.Add(2*time.Hour), "aware", dpo, incident.SetAwareness{At: aware.Add(time.Hour), Reason: "read then"})
	s := d.run(26)
	o := s.Obligation(1)
	if len(o.Reminders) != 1 || !o.Reminders[0].DueAt.Equal(aware.Add(25*time.Hour)) {
		t.Fatalf("reminders are %+v; expected one, an hour later", o.Reminders)
	}
	if late := o.Reminders[0].FiredAt.Sub(o.Reminders[0].DueAt); late < 0 || late > time.Second {
		t.Errorf("it rang %v after it was due", late)
	}
}

func TestEveryStageOfADutyRingsItsOwnLadder(t *testing.T) {
	d := newDrill(t)
	d.at(aware.Add(time.Hour), "nis2", dpo, incident.AddObligation{Duty: incident.Duty{Regime: "nis2", Recipient: "CERT", Country: "ES", Reason: "r"}})
	d.at(aware.Add(2*time.Hour), "cra", dpo, incident.AddObligation{Duty: incident.Duty{Regime: "cra-vulnerability", Recipient: "CSIRT", Reason: "r"}})
	early := aware.Add(20 * time.Hour)
	for _, n := range []int{2, 3} {
		d.at(early, fmt.Sprint("early warning ", n), dpo, incident.FileNotification{Obligation: n, Receipt: "W", At: early})
	}
	second := aware.Add(50 * time.Hour)
	for _, n := range []int{2, 3} {
		d.at(second, fmt.Sprint("notification ", n), dpo, incident.FileNotification{Obligation: n, Receipt: "N", At: second})
	}
	// The vulnerability's final report waits for the measure, which comes later.
	measure := aware.Add(200 * time.Hour)
	d.at(measure, "measure", dpo, incident.FixFact{Obligation: 3, Fact: "corrective_measure", At: measure, Reason: "the patch is out"})
	s := d.run(24 * 35)

	for n, want := range map[int][]string{
		2: {"1 18h", "1 12h", "1 6h", "2 48h", "2 24h", "3 168h", "3 72h"},
		3: {"1 18h", "1 12h", "1 6h", "2 48h", "2 24h", "4 168h", "4 72h"},
	} {
		var got []string
		for _, r := range s.Obligation(n).Reminders {
			if r.Mode != incident.RungPassed {
				got = append(got, fmt.Sprint(r.Revision, " ", r.Rung))
			}
			if late := r.FiredAt.Sub(r.DueAt); r.Mode == incident.RungAlone && late > time.Minute && r.Revision != 2 {
				t.Errorf("obligation %d: rung %s of clock %d rang %s late", n, r.Rung, r.Revision, late)
			}
		}
		for _, rung := range want {
			if !slices.Contains(got, rung) {
				t.Errorf("obligation %d never rang %s; it rang %v", n, rung, got)
			}
		}
	}
	if o := s.Obligation(3); o.StageName() != "final" || !o.Running() {
		t.Errorf("the final report is %s, %s", o.StageName(), o.Status)
	}
}

func TestWaivedTheClockStopsAndReinstatedItRunsOn(t *testing.T) {
	d := newDrill(t)
	d.at(aware.Add(20*time.Hour), "waive", dpo, assessment(false, false))
	d.at(aware.Add(40*time.Hour), "reinstate", dpo, assessment(true, false))
	s := d.run(49)
	for _, r := range s.Obligation(1).Reminders {
		if r.FiredAt.Before(aware.Add(40 * time.Hour)) {
			t.Errorf("%s rang at %v while the duty was waived", r.Rung, r.FiredAt)
		}
	}
	if got := rungs(s); !slices.Equal(got, []string{"48h", "24h"}) {
		t.Errorf("rungs are %v; expected the missed 48h at the reinstatement and the 24h", got)
	}
}

// h is so many hours after awareness.
func h(n int) time.Time { return aware.Add(time.Duration(n) * time.Hour) }

// mailing starts a round five hours after awareness.
func (d *drill) mailing() {
	d.at(h(1), "import", dpo, incident.ImportPeople{Import: "m1", SHA256: document.SHA256,
		Counts: incident.PeopleCounts{Rows: 3, Accepted: 3}})
	d.at(h(2), "draft", dpo, incident.DraftMailing{Round: 1, Template: "affected", Content: document, Locales: []string{"es"}})
	d.at(h(3), "refused by the drafter", dpo, incident.ApproveMailing{Round: 1})
	d.at(h(4), "approve", deputy, incident.ApproveMailing{Round: 1})
	d.at(h(5), "start", dpo, incident.StartMailing{Round: 1})
}

func TestAMailingIsStartedAndRecorded(t *testing.T) {
	d := newDrill(t)
	d.mailing()
	s := d.run(10)
	if r := s.Round(1); r.Status != incident.MailingDone || r.Counts.Accepted != 3 {
		t.Fatalf("the round ended as %+v", r)
	}
}

func TestEachTestOfANoticeIsMailedOnce(t *testing.T) {
	d := newDrill(t)
	h := func(n int) time.Time { return aware.Add(time.Duration(n) * time.Hour) }
	d.at(h(1), "import", dpo, incident.ImportPeople{Import: "m1", SHA256: document.SHA256,
		Counts: incident.PeopleCounts{Rows: 3, Accepted: 3}})
	d.at(h(2), "refused before a draft", dpo, incident.TestMailing{Round: 1, Locale: "es"})
	d.at(h(3), "draft", dpo, incident.DraftMailing{Round: 1, Template: "affected", Content: document, Locales: []string{"es"}})
	d.at(h(4), "refused in another language", dpo, incident.TestMailing{Round: 1, Locale: "lv"})
	d.at(h(5), "test", dpo, incident.TestMailing{Round: 1, Locale: "es"})
	d.at(h(6), "another", deputy, incident.TestMailing{Round: 1, Locale: "es"})
	d.at(h(7), "approve", deputy, incident.ApproveMailing{Round: 1})
	s := d.run(10)
	if len(s.Tests) != 2 || s.Tests[0].By != dpo || s.Tests[1].By != deputy || !slices.Equal(d.record.tested, []int{1, 2}) {
		t.Errorf("the record has %+v, mailed were %v", s.Tests, d.record.tested)
	}
}

func TestARelayThatIsAwayDoesNotHoldUpTheLadder(t *testing.T) {
	d := newDrill(t)
	d.record.away = aware.Add(49 * time.Hour)
	s := d.run(50)
	if got := rungs(s); !slices.Equal(got, []string{"48h", "24h"}) {
		t.Fatalf("rungs are %v", got)
	}
	for _, r := range s.Obligation(1).Reminders {
		if late := r.FiredAt.Sub(r.DueAt); late > 3*time.Second {
			t.Errorf("%s rang %v late while the relay was away", r.Rung, late)
		}
		if r.Calls[0].AcceptedAt.IsZero() {
			t.Errorf("%s was never handed over", r.Rung)
		}
	}
}

func TestARefusedCommandSaysWhyAndRecordsNothing(t *testing.T) {
	d := newDrill(t)
	d.at(aware.Add(time.Hour), "refused closing", dpo, incident.Close{Reason: "done"})
	d.at(aware.Add(time.Hour), "refused awareness", dpo, incident.SetAwareness{At: aware.Add(30 * time.Hour), Reason: "r"})
	s := d.run(2)
	if err := d.answers["refused closing"]; err == nil || !strings.Contains(err.Error(), "obligation 1") {
		t.Errorf("closing was answered with %v", err)
	}
	if s.IsClosed() || len(s.Awareness) != 1 {
		t.Errorf("a refused command left something in the record")
	}
}

func TestAClosedCaseIsReopenedByAnotherRun(t *testing.T) {
	d := newDrill(t)
	d.at(aware.Add(time.Hour), "assess", dpo, assessment(false, false))
	d.at(aware.Add(2*time.Hour), "close", dpo, incident.Close{Reason: "no risk"})
	first := d.run(10)
	if !first.IsClosed() || !d.env.IsWorkflowCompleted() {
		t.Fatal("the case did not close")
	}
	second := resumed(t, d.record.events, aware.Add(24*time.Hour))
	second.at(aware.Add(24*time.Hour), "reopen", dpo, incident.Reopen{Reason: "the vendor found more"})
	second.at(aware.Add(25*time.Hour), "assess", dpo, assessment(true, false))
	s := second.run(49)
	if s.IsClosed() || s.Obligation(1).Status != incident.ObligationOpen {
		t.Fatalf("after reopening the duty is %s", s.Obligation(1).Status)
	}
	if got := rungs(s); !slices.Contains(got, "24h") {
		t.Errorf("rungs are %v; expected the ladder to run on", got)
	}
}

// resumed is a drill on a record that exists, begun at an instant.
func resumed(t *testing.T, events []incident.Event, at time.Time) *drill {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetStartTime(at)
	env.SetTestTimeout(30 * time.Second)
	d := &drill{t: t, env: env, record: newMemory(env), started: at, answers: map[string]error{}}
	d.record.events = events
	return d
}
