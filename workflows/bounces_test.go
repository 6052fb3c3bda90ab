package workflows_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"tocsin/activities"
	"tocsin/incident"
	"tocsin/workflows"
)

func TestARoundThatHaltsByItselfCallsEachPersonOnceAndGoesOnWhenResumed(t *testing.T) {
	d := newDrill(t)
	d.record.hold = incident.HeldForRefusals
	// The relay is away at first: nobody waits for it.
	d.record.away = h(5).Add(30 * time.Second)
	d.mailing()
	d.at(h(9), "resume", dpo, incident.ResumeMailing{Round: 1, Reason: "old addresses"})
	s := d.run(14)
	want := []activities.HoldCall{{Incident: "i1", Round: 1, Level: 0}, {Incident: "i1", Round: 1, Level: 1}}
	if diff := cmp.Diff(want, d.record.told); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if r := s.Round(1); r.Status != incident.MailingDone || r.Resumptions != 1 || r.HeldSent != 0 {
		t.Errorf("the round ends as %+v", r)
	}
	// The incident's process did not know of the hold before it was over, and
	// still told the round that it goes on.
	last := d.record.events[len(d.record.events)-1]
	if took := last.At.Sub(h(9)); last.Type != incident.EvMailingFinished || took > 5*time.Minute {
		t.Errorf("the last event is %s, %v after the round was resumed", last.Type, took)
	}
}

func TestManyBouncesBecomeFewEntries(t *testing.T) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(30 * time.Second)
	m := newMemory(env)
	began := env.Now()
	events, err := incident.Decide(&incident.State{}, dpo, incident.Open{ID: "i1", Number: "INC-2026-0001", Disclosure: incident.Disclosure{
		Title: "Exported data set", Kind: "vendor", Vendor: "Mirador Analytics", ReceivedAt: began.Add(-time.Hour), Zone: "Europe/Madrid", Authority: "AEPD", PersonalData: "yes",
	}}, began)
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range []incident.Data{
		incident.PeopleImported{Round: 1},
		incident.MailingFinished{Round: 1, Counts: incident.DeliveryCounts{Total: 3, Accepted: 3}, Root: "first"},
	} {
		events = append(events, incident.Event{Seq: int64(len(events) + 1), At: began, Actor: incident.Engine(), Type: data.Type(), Data: data})
	}
	m.events = events
	m.bounced = 1
	arrives := func(after time.Duration) {
		env.RegisterDelayedCallback(func() {
			m.mu.Lock()
			m.bounced++
			m.mu.Unlock()
			env.SignalWorkflow(workflows.SignalChanged, nil)
		}, after)
	}
	arrives(3 * time.Second)
	arrives(time.Minute)
	// The same report again is no news.
	env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.SignalChanged, nil) }, 10*time.Minute)
	env.ExecuteWorkflow(workflows.Bounces, workflows.MailingRef{Incident: "i1", Round: 1})
	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, e := range m.events {
		if b, ok := e.Data.(incident.MailingBounced); ok {
			got = append(got, b.Bounced)
		}
	}
	if diff := cmp.Diff([]int{2, 3}, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	r := m.state().Round(1)
	if r.Root != "first" || r.BouncesRoot != "root of 3" || r.Counts.Bounced != 3 || r.Counts.Accepted != 0 {
		t.Errorf("the round is %+v", r)
	}
	if took := env.Now().Sub(began); took < time.Hour || took > 3*time.Hour {
		t.Errorf("the workflow ended after %v; expected an hour without a report", took)
	}
}
