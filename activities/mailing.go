package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/smtp"
)

// claimBatch is how many deliveries are claimed with one commit. A sender that
// dies leaves these in doubt at the most; one is on its way at a time, so only
// one is claimed.
const claimBatch = 1

// checkEvery is after how many notices the record is asked whether the round
// was stopped.
const checkEvery = 25

// Waits before a deferred notice is offered again, by number of attempts.
var retryWaits = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour}

// maxAttempts is how often a notice is offered before its deferral is final.
const maxAttempts = 12

// PrepareMailing makes one delivery per person of a round. Repeating it adds
// nothing.
func (a *Activities) PrepareMailing(ctx context.Context, id string, round int) error {
	if err := a.Store.PrepareDeliveries(ctx, id, round); err != nil {
		return failure(err)
	}
	return nil
}

// SendMailing hands over, one by one, what can be handed over now. When the
// relay itself is away the activity fails and is retried; nothing about a
// person is concluded from that.
func (a *Activities) SendMailing(ctx context.Context, id string, round int) (MailingPass, error) {
	defer beating(ctx)()
	pass, err := a.sendMailing(ctx, id, round)
	if err != nil {
		return MailingPass{}, failure(err)
	}
	return pass, nil
}

func (a *Activities) sendMailing(ctx context.Context, id string, round int) (MailingPass, error) {
	s, err := a.newSender(ctx, id, round)
	if err != nil {
		return MailingPass{}, err
	}
	defer s.close()
	// Whatever an earlier attempt left between the final dot and the reply is
	// in doubt: it becomes unknown and is sent again once.
	if _, err := a.Store.TakeOver(ctx, id, round, s.owner); err != nil {
		return MailingPass{}, err
	}
	for n := 0; ; n++ {
		if n%checkEvery == 0 {
			stopped, err := a.stopped(ctx, id, round)
			if err != nil || stopped {
				return MailingPass{Done: stopped}, err
			}
		}
		claimed, err := a.Store.Claim(ctx, id, round, s.owner, claimBatch)
		if err != nil {
			return MailingPass{}, err
		}
		if len(claimed) == 0 {
			break
		}
		for _, d := range claimed {
			if err := s.deliver(ctx, d); err != nil {
				return MailingPass{}, err
			}
		}
	}
	counts, next, err := a.Store.Counts(ctx, id, round)
	if err != nil {
		return MailingPass{}, err
	}
	done := counts.Pending == 0 && counts.Sending == 0 && next.IsZero()
	return MailingPass{Done: done, NextAt: next}, nil
}

func (a *Activities) stopped(ctx context.Context, id string, round int) (bool, error) {
	state, err := a.Store.State(ctx, id)
	if err != nil {
		return false, err
	}
	r := state.Round(round)
	return r == nil || r.Status != incident.MailingSending, nil
}

// SumUpMailing counts a round's outcomes and hashes them.
func (a *Activities) SumUpMailing(ctx context.Context, id string, round int) (MailingOutcome, error) {
	counts, _, err := a.Store.Counts(ctx, id, round)
	if err != nil {
		return MailingOutcome{}, failure(err)
	}
	digest, err := a.Store.OutcomeDigest(ctx, id, round)
	if err != nil {
		return MailingOutcome{}, failure(err)
	}
	return MailingOutcome{Counts: counts, SHA256: digest}, nil
}

// sender sends one round's notices over one connection.
type sender struct {
	a        *Activities
	id       string
	round    int
	owner    string
	relay    *smtp.Relay
	conn     *smtp.Conn
	content  notice.Content
	exercise bool
	mailKey  []byte
	// kinds are the kinds of data of the whole round, for people whose own are
	// not known.
	kinds []string
	// date is the Date of every notice: a copy that is sent again is the same
	// to the byte.
	date time.Time
}

func (a *Activities) newSender(ctx context.Context, id string, round int) (*sender, error) {
	state, err := a.Store.State(ctx, id)
	if err != nil {
		return nil, err
	}
	r := state.Round(round)
	if r == nil || len(r.Drafts) == 0 {
		return nil, &incident.Error{Kind: incident.NotFound, Message: "there is no such round, or it has no notice"}
	}
	_, raw, err := a.Store.Document(ctx, id, r.Drafts[len(r.Drafts)-1].Content.ID)
	if err != nil {
		return nil, err
	}
	content, err := notice.ParseContent(raw)
	if err != nil {
		return nil, fmt.Errorf("read the approved notice: %w", err)
	}
	key, err := a.Store.IncidentMailKey(ctx, id)
	if err != nil {
		return nil, err
	}
	exercise := state.Clock.Pace > 0
	relay, err := a.relay(exercise)
	if err != nil {
		return nil, err
	}
	info := activity.GetInfo(ctx)
	return &sender{
		a: a, id: id, round: round, relay: relay, content: content, exercise: exercise, mailKey: key,
		owner: fmt.Sprintf("%s/%s/%d", info.WorkflowExecution.RunID, info.ActivityID, info.Attempt),
		kinds: r.Kinds(),
		date:  state.Clock.Real(r.StartedAt).Truncate(time.Second),
	}, nil
}

// deliver sends one claimed notice and settles its outcome. An error means
// that the relay or the record is away.
func (s *sender) deliver(ctx context.Context, d postgres.Delivery) error {
	if _, err := smtp.ParseAddress(d.Person.Email); err != nil {
		return s.settle(ctx, d, notice.Message{}, smtp.Outcome{State: smtp.Undeliverable, Reply: err.Error(), At: s.a.Clock()})
	}
	message, err := s.compose(d)
	if err != nil {
		// What cannot be composed for this person is for another channel.
		s.a.Logger.Error("a notice could not be composed", "incident", s.id, "round", s.round, "delivery", d.ID)
		return s.settle(ctx, d, message, smtp.Outcome{
			State: smtp.Undeliverable, Reply: "the notice could not be composed", At: s.a.Clock(),
		})
	}
	if s.conn == nil || !s.conn.Usable() {
		s.close()
		if s.conn, err = s.relay.Dial(ctx); err != nil {
			s.conn = nil
			return errors.Join(err, s.release(ctx, d))
		}
	}
	outcome, err := s.conn.Send(ctx, message.From, message.To, message)
	if err != nil {
		return errors.Join(err, s.release(ctx, d))
	}
	return s.settle(ctx, d, message, outcome)
}

// release gives a claimed notice back untouched: it never left.
func (s *sender) release(ctx context.Context, d postgres.Delivery) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return s.a.Store.Release(ctx, s.id, d.ID, s.owner)
}

func (s *sender) settle(ctx context.Context, d postgres.Delivery, m notice.Message, o smtp.Outcome) error {
	out := postgres.DeliveryOutcome{
		State: string(o.State), Code: o.Code, Enhanced: o.EnhancedCode, Reply: o.Reply,
		MessageID: strings.Trim(m.MessageID, "<>"), SHA256: m.SHA256[:], At: o.At,
	}
	if o.State == smtp.Deferred {
		if d.Attempt >= maxAttempts {
			out.State = string(smtp.Refused)
		} else {
			out.RetryAt = o.At.Add(retryWaits[min(d.Attempt, len(retryWaits)-1)])
		}
	}
	// The outcome is written down even when the activity is being ended: the
	// message has left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if _, err := s.a.Store.Settle(ctx, s.id, d.ID, s.owner, out); err != nil {
		return err
	}
	return nil
}

func (s *sender) compose(d postgres.Delivery) (notice.Message, error) {
	id, err := notice.MessageID(s.mailKey, s.a.domain(), "notice", s.id, fmt.Sprint(d.PersonID), fmt.Sprint(s.round))
	if err != nil {
		return notice.Message{}, err
	}
	c := s.content.Communication(s.content.Language(d.Person.Locale))
	c.PersonName, c.DataKinds, c.Exercise = d.Person.Name, d.Person.Kinds, s.exercise
	if len(c.DataKinds) == 0 {
		c.DataKinds = s.kinds
	}
	m, err := s.a.Composer.Communication(notice.Envelope{To: d.Person.Email, MessageID: id, Date: s.date}, c)
	if err != nil {
		return notice.Message{MessageID: id}, err
	}
	return m, nil
}

func (s *sender) close() {
	if s.conn == nil {
		return
	}
	if err := s.conn.Close(); err != nil {
		s.a.Logger.Debug("the connection to the relay did not end well")
	}
	s.conn = nil
}
