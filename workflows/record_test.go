package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"tocsin/activities"
	"tocsin/incident"
	"tocsin/workflows"
)

// memory stands in for the record and the relay in tests that skip time: the
// real ones live in real time. It decides with the same code.
type memory struct {
	mu     sync.Mutex
	now    func() time.Time
	events []incident.Event
	done   map[string][]incident.Event
	sent   []activities.ReminderCall
	// anchors are the checkpoints that were mailed.
	anchors []activities.AnchorCall
	// away makes the relay unavailable until this instant.
	away time.Time
	// persons is how many people are on call.
	persons int
	// hold is why the first pass of a mailing halts it; empty for none.
	hold string
	// told are the calls about a round that halts.
	told []activities.HoldCall
	// bounced is how many notices have come back.
	bounced int
	// policy is the installation's setting of how long people's data are kept.
	policy incident.RetentionPolicy
	// warned are the warnings that were sent, erased counts erasures and told
	// the mails that told of one.
	warned           []activities.WarningCall
	erased, tellings int
	// notices is how many people of a round are still to be written to.
	notices int
	// tested are the tests of notices that were mailed.
	tested []int
}

func newMemory(env *testsuite.TestWorkflowEnvironment) *memory {
	m := &memory{now: env.Now, done: map[string][]incident.Event{}, persons: 2, notices: 3}
	register := func(name string, f any) {
		env.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name})
	}
	register("Record", m.record)
	register("Load", m.load)
	register("LoadObligation", m.loadObligation)
	register("SendReminder", m.sendReminder)
	register("PrepareMailing", func(context.Context, string, int) error { return nil })
	register("SendMailing", m.sendMailing)
	register("SumUpMailing", m.sumUp)
	register("Anchor", func(_ context.Context, id string) error { return m.anchor(activities.AnchorCall{Incident: id}) })
	register("MailCheckpoint", func(_ context.Context, c activities.AnchorCall) error { return m.anchor(c) })
	register("TellOfHold", m.tellOfHold)
	register("SumUpBounces", m.sumUpBounces)
	register("SendTest", m.sendTest)
	register("LoadRetention", m.loadRetention)
	register("SendErasureWarning", m.sendErasureWarning)
	register("ErasePeople", func(context.Context, string) (activities.Erased, error) {
		m.erased++
		return activities.Erased{Counts: incident.ErasureCounts{People: 2}, Listed: !m.state().Retention.Begun()}, nil
	})
	register("TellErased", func(context.Context, string) error { m.tellings++; return nil })
	// A signal to a child that has ended finds nobody, as on the real server.
	env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, mock.Anything, mock.Anything).
		Return(errors.New("not found")).Maybe()
	workflows.Register(env)
	return m
}

func (m *memory) anchor(c activities.AnchorCall) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now().Before(m.away) {
		return temporal.NewApplicationError("the relay is away", activities.UnavailableError)
	}
	m.anchors = append(m.anchors, c)
	return nil
}

func (m *memory) sendTest(_ context.Context, _ string, n int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tested = append(m.tested, n)
	return nil
}

func (m *memory) state() *incident.State { return incident.Fold(m.events) }

func (m *memory) record(ctx context.Context, r activities.RecordRequest) (activities.Recorded, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	info := activity.GetInfo(ctx)
	key := fmt.Sprint(info.WorkflowExecution.ID, info.WorkflowExecution.RunID, info.ActivityID)
	events, repeated := m.done[key]
	if !repeated {
		command, err := r.Command.Command()
		if err != nil {
			return activities.Recorded{}, err
		}
		if o, ok := command.(incident.Open); ok {
			o.Number = "INC-2026-0001"
			command = o
		}
		if request, ok := command.(incident.RequestErasure); ok {
			request.Others = m.persons - 1
			command = request
		}
		events, err = incident.Rules{Retention: m.policy}.Decide(m.state(), r.Actor, command, m.now())
		if e, ok := errors.AsType[*incident.Error](err); ok {
			return activities.Recorded{}, temporal.NewNonRetryableApplicationError(e.Message, activities.RefusedError, nil, e)
		}
		m.done[key] = events
		m.events = append(m.events, events...)
	}
	out := activities.Recorded{Number: "INC-2026-0001", Seq: int64(len(m.events)), Types: []string{}}
	for _, e := range events {
		out.Types = append(out.Types, e.Type)
	}
	for _, e := range m.events {
		if e.Seq > r.AfterSeq {
			out.Since = append(out.Since, e)
		}
	}
	return out, nil
}

func (m *memory) load(context.Context, string) (*incident.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state(), nil
}

func (m *memory) loadObligation(_ context.Context, _ string, n int) (activities.ObligationView, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.state()
	return activities.ObligationView{Obligation: s.Obligation(n).ForClock(), Clock: s.Clock, Persons: m.persons}, nil
}

func (m *memory) sendReminder(_ context.Context, c activities.ReminderCall) (activities.ReminderSent, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now().Before(m.away) {
		return activities.ReminderSent{}, temporal.NewApplicationError("the relay is away", activities.UnavailableError)
	}
	m.sent = append(m.sent, c)
	return activities.ReminderSent{
		Recipient: incident.Actor{Role: incident.RoleDPO, ID: "d1"}, State: incident.OutcomeAccepted,
		Code: 250, MessageID: fmt.Sprintf("%s.%d@example.com", c.Rung, c.Level), SentAt: m.now(),
	}, nil
}

func (m *memory) loadRetention(context.Context, string) (activities.RetentionView, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.state()
	step := s.NextErasure(m.persons, m.policy)
	return activities.RetentionView{Step: step, At: s.Clock.Real(step.At)}, nil
}

func (m *memory) sendErasureWarning(_ context.Context, c activities.WarningCall) (activities.ReminderSent, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now().Before(m.away) {
		return activities.ReminderSent{}, temporal.NewApplicationError("the relay is away", activities.UnavailableError)
	}
	m.warned = append(m.warned, c)
	return activities.ReminderSent{
		Recipient: incident.Actor{Role: incident.RoleDPO, ID: "d1"}, State: incident.OutcomeAccepted,
		Code: 250, MessageID: fmt.Sprintf("w%d.%d@example.com", c.N, c.Level), SentAt: m.now(),
	}, nil
}

func (m *memory) sendMailing(_ context.Context, _ string, round int) (activities.MailingPass, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if hold := m.hold; hold != "" {
		m.hold = ""
		return activities.MailingPass{Hold: hold, Sent: 50, Refused: 5}, nil
	}
	if r := m.state().Round(round); r != nil && r.Status == incident.MailingPausedStatus {
		return activities.MailingPass{Paused: true}, nil
	}
	m.notices--
	return activities.MailingPass{Done: m.notices <= 0, NextAt: m.now().Add(time.Minute)}, nil
}

func (m *memory) sumUp(context.Context, string, int) (activities.MailingOutcome, error) {
	return activities.MailingOutcome{Counts: incident.DeliveryCounts{Total: 3, Accepted: 3}, SHA256: "00"}, nil
}

func (m *memory) tellOfHold(_ context.Context, c activities.HoldCall) (activities.HoldTold, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now().Before(m.away) {
		return activities.HoldTold{}, temporal.NewApplicationError("the relay is away", activities.UnavailableError)
	}
	m.told = append(m.told, c)
	return activities.HoldTold{Further: c.Level+1 < m.persons}, nil
}

func (m *memory) sumUpBounces(context.Context, string, int) (activities.BouncesSum, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return activities.BouncesSum{Bounced: m.bounced, Root: fmt.Sprint("root of ", m.bounced),
		Counts: incident.DeliveryCounts{Total: 3, Accepted: 3 - m.bounced, Bounced: m.bounced}}, nil
}
