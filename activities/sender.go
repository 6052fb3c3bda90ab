package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/smtp"
)

// Bounds of a mailing.
const (
	// connections is how many messages are on their way at once. A sender that
	// dies puts one message per connection in doubt.
	connections = 64
	// canary is how many notices leave before anybody looks whether relays
	// refuse them.
	canary = 50
	// canaryRefusals is the share of refusals among them, in percent, from
	// which the round is held for a person.
	canaryRefusals = 5
	// settleTime is how long outcomes of messages that have left are tried to
	// be written down while the record is away.
	settleTime = 30 * time.Second
)

// sender sends one round's notices over many connections.
type sender struct {
	a       *Activities
	id      string
	round   int
	owner   string
	relay   *smtp.Relay
	texts   *notice.Round
	mailKey []byte
	// codes says that the notice carries a code by which it can be checked.
	codes bool
	// date is the Date of every notice: a copy that is sent again is the same
	// to the byte.
	date time.Time
	// watched says that nobody has looked at the first refusals yet.
	watched bool
}

func (a *Activities) newSender(ctx context.Context, id string, round int) (*sender, error) {
	state, err := a.Store.State(ctx, id)
	if err != nil {
		return nil, err
	}
	content, err := a.approved(ctx, state, round)
	if err != nil {
		return nil, err
	}
	r := state.Round(round)
	key, err := a.Store.IncidentMailKey(ctx, id)
	if err != nil {
		return nil, err
	}
	exercise := state.Clock.Pace > 0
	relay, err := a.relay(exercise)
	if err != nil {
		return nil, err
	}
	texts, err := a.Composer.Round(content, exercise, r.Kinds())
	if err != nil {
		return nil, fmt.Errorf("write the approved notice: %w", err)
	}
	info := activity.GetInfo(ctx)
	return &sender{
		a: a, id: id, round: round, relay: relay, texts: texts, codes: content.VerifyURL != "", mailKey: key,
		owner:   fmt.Sprintf("%s/%s/%d", info.WorkflowExecution.RunID, info.ActivityID, info.Attempt),
		watched: r.Resumptions == 0,
		date:    state.Clock.Real(r.StartedAt).Truncate(time.Second),
	}, nil
}

// attempt is what came of one claimed delivery: an outcome, or trouble that
// says nothing about the person.
type attempt struct {
	delivery postgres.Delivery
	outcome  postgres.DeliveryOutcome
	trouble  error
	// unwanted says that the relay does not want our mail at all: a person has
	// to look.
	unwanted bool
}

// send hands over everything that can be handed over now. Claims and outcomes
// of all connections are committed together, as soon as the last commit has
// returned: the disk is waited for once for many messages.
func (s *sender) send(ctx context.Context) (MailingPass, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	counts, _, err := s.a.Store.Counts(ctx, s.id, s.round)
	if err != nil {
		return MailingPass{}, err
	}
	t := &traffic{sender: s, flying: map[int64]struct{}{}, work: make(chan postgres.Delivery, connections), done: make(chan attempt, connections), left: -1}
	if settled := counts.Accepted + counts.Refused + counts.Bounced; s.watched && settled < canary {
		t.left = canary - settled
	}
	ended := make(chan struct{})
	for range connections {
		go func() {
			defer func() { ended <- struct{}{} }()
			s.connection(ctx, t.work, t.done)
		}()
	}
	pass, err := t.run(ctx)
	close(t.work)
	for range connections {
		<-ended
	}
	return pass, err
}

// connection sends what it is given, over one connection after another, until
// there is no more.
func (s *sender) connection(ctx context.Context, work <-chan postgres.Delivery, done chan<- attempt) {
	var conn *smtp.MailingConn
	var buffer []byte // of one message after the other
	closing := func() {
		if conn != nil && conn.Close() != nil {
			s.a.Logger.Debug("the connection to the relay did not end well")
		}
		conn = nil
	}
	defer closing()
	for d := range work {
		message, outcome, given := s.write(buffer, d)
		if cap(message.Bytes) > cap(buffer) {
			buffer = message.Bytes[:0]
		}
		if given {
			done <- attempt{delivery: d, outcome: outcome}
			continue
		}
		if conn != nil && !conn.Usable() {
			closing()
		}
		var err error
		if conn == nil {
			if conn, err = s.relay.DialMailing(ctx); err != nil {
				conn = nil
				done <- troubled(d, smtp.Outcome{}, err)
				continue
			}
		}
		sent, err := conn.Send(ctx, message.From, message.To, message)
		if err != nil || smtp.VerdictOf(sent, err) == smtp.CallPerson {
			done <- troubled(d, sent, err)
			continue
		}
		done <- attempt{delivery: d, outcome: s.outcome(d, message, sent)}
	}
}

// troubled is an attempt of which nothing was learnt about the person.
func troubled(d postgres.Delivery, o smtp.Outcome, err error) attempt {
	if err == nil {
		err = fmt.Errorf("the relay answers %d at %s", o.Code, o.Step)
	}
	return attempt{delivery: d, trouble: err, unwanted: smtp.VerdictOf(o, err) == smtp.CallPerson || o.Code != 0}
}

// write composes the notice to one person. given is true when there is none to
// send: then the outcome stands already.
func (s *sender) write(buffer []byte, d postgres.Delivery) (m notice.Message, out postgres.DeliveryOutcome, given bool) {
	if _, err := smtp.ParseAddress(d.Person.Email); err != nil {
		return m, s.outcome(d, m, smtp.Outcome{State: smtp.Undeliverable, Reply: err.Error(), At: s.a.Clock()}), true
	}
	m, err := s.compose(buffer, d)
	if err != nil {
		// What cannot be composed for this person is for another channel.
		s.a.Logger.Error("a notice could not be composed", "incident", s.id, "round", s.round, "delivery", d.ID)
		return m, s.outcome(d, m, smtp.Outcome{State: smtp.Undeliverable, Reply: whyNotComposed(err), At: s.a.Clock()}), true
	}
	return m, out, false
}

// whyNotComposed says, for the list of those to be told in another way, what of
// one person's data the notice cannot be written with. It repeats none of it.
func whyNotComposed(err error) string {
	if person, ok := errors.AsType[*notice.PersonError](err); ok {
		return "the notice could not be composed: " + person.Field + ": " + person.What
	}
	return "the notice could not be composed"
}

func (s *sender) outcome(d postgres.Delivery, m notice.Message, o smtp.Outcome) postgres.DeliveryOutcome {
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
	return out
}

func (s *sender) compose(buffer []byte, d postgres.Delivery) (notice.Message, error) {
	person := fmt.Sprint(d.PersonID)
	id, err := notice.MessageID(s.mailKey, s.a.domain(), "notice", s.id, person, fmt.Sprint(s.round))
	if err != nil {
		return notice.Message{}, err
	}
	to := notice.Recipient{Locale: d.Person.Locale, Name: d.Person.Name, Kinds: d.Person.Kinds}
	if s.codes {
		to.Code = noticeCode(s.mailKey, s.id, d.PersonID)
	}
	m, err := s.texts.Message(buffer, notice.Envelope{To: d.Person.Email, MessageID: id, Date: s.date}, to)
	if err != nil {
		return notice.Message{MessageID: id}, err
	}
	return m, nil
}
