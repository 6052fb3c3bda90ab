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
	// offers is how often one notice is offered within a pass, to one relay after
	// the other, before the round is said to have trouble with all of them.
	offers = 6
	// relayPatience is for how long no relay may be reached before the round is
	// held and a person is called.
	relayPatience = 15 * time.Minute
	// maxAttempts is how often a notice is offered before its deferral is final:
	// with the waits of [smtp.RecipientBackoff] after about a day.
	maxAttempts = 12
)

// sender sends one round's notices over many connections.
type sender struct {
	a       *Activities
	id      string
	round   int
	owner   string
	relays  *smtp.Relays
	limiter *smtp.Limiter // nil when nothing is limited
	pool    *pool
	texts   *notice.Round
	mailKey []byte
	// codes says that the notice carries a code by which it can be checked.
	codes bool
	// date is the Date of every notice: a copy that is sent again is the same
	// to the byte.
	date time.Time
	// clock and place are the incident's own: a follow-up names the day of the
	// notice before it.
	clock incident.Clock
	place *time.Location
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
	place, err := time.LoadLocation(state.Disclosure.Zone)
	if err != nil {
		place = time.UTC
	}
	exercise := state.Clock.Pace > 0
	relays, err := a.relays(exercise)
	if err != nil {
		return nil, err
	}
	composer, err := a.writer(ctx, state)
	if err != nil {
		return nil, err
	}
	texts, err := composer.Round(content, exercise, r.Kinds())
	if err != nil {
		return nil, fmt.Errorf("write the approved notice: %w", err)
	}
	limiter := a.Limiter
	if exercise {
		limiter = nil // the catcher takes all
	}
	info := activity.GetInfo(ctx)
	return &sender{
		a: a, id: id, round: round, relays: relays, limiter: limiter, pool: newPool(relays, a.Logger), texts: texts, codes: content.VerifyURL != "", mailKey: key,
		owner:   fmt.Sprintf("%s/%s/%d", info.WorkflowExecution.RunID, info.ActivityID, info.Attempt),
		watched: r.Resumptions == 0, clock: state.Clock, place: place,
		date: state.Clock.Real(r.StartedAt).Truncate(time.Second),
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
// of many connections are committed together, while those of others are being
// written: the disk is waited for once for many messages.
func (s *sender) send(ctx context.Context) (MailingPass, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer collectLess()()
	counts, _, err := s.a.Store.Counts(ctx, s.id, s.round)
	if err != nil {
		return MailingPass{}, err
	}
	t := &traffic{
		sender: s, flying: map[int64]struct{}{}, work: make(chan postgres.Delivery, connections), done: make(chan attempt, connections),
		left: -1, lanes: lanes{returned: make(chan committed, lanesMost)}, parked: newParking(s.limiter),
	}
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
	s.pool.close()
	s.a.noteRelays(context.WithoutCancel(ctx), s.relays)
	return pass, err
}

// connection sends what it is given, over one connection or another, until
// there is no more.
func (s *sender) connection(ctx context.Context, work <-chan postgres.Delivery, done chan<- attempt) {
	var buffer []byte // of one message after the other
	for d := range work {
		message, outcome, given := s.write(buffer, d)
		if cap(message.Bytes) > cap(buffer) {
			buffer = message.Bytes[:0]
		}
		if given {
			done <- attempt{delivery: d, outcome: outcome}
			continue
		}
		done <- s.offer(ctx, d, message)
	}
}

// offer hands one notice to the first relay that has a word about its person.
// A relay with trouble of its own has not taken it: the next one is asked, and
// the first again over a new connection when it had only hung up.
func (s *sender) offer(ctx context.Context, d postgres.Delivery, message notice.Message) attempt {
	from := message.From
	if s.a.ReturnTo != nil {
		from = s.a.ReturnTo.Encode(d.ID).String()
	}
	var last error
	for try := range offers {
		conn, err := s.pool.take(ctx, try > 0)
		if err != nil {
			return s.troubled(d, smtp.Outcome{}, err, last)
		}
		via := conn.Relay().Address()
		if s.limiter != nil {
			if err := s.limiter.Wait(ctx, via, ""); err != nil {
				s.pool.put(conn)
				return attempt{delivery: d, trouble: err} // the record's trouble, or the activity ends
			}
		}
		sent, err := conn.Send(ctx, from, message.To, message)
		s.pool.put(conn)
		if err == nil && smtp.VerdictOf(sent, nil) != smtp.CallPerson {
			outcome := s.outcome(d, message, sent)
			outcome.Relay = via
			return attempt{delivery: d, outcome: outcome}
		}
		if err == nil || !smtp.IsUnavailable(err) || ctx.Err() != nil {
			return s.troubled(d, sent, err, last)
		}
		last = err
	}
	return s.troubled(d, smtp.Outcome{}, last)
}

// troubled is an attempt of which nothing was learnt about the person. The
// earlier trouble counts too when relays were tried one after the other.
func (s *sender) troubled(d postgres.Delivery, o smtp.Outcome, all ...error) attempt {
	a := attempt{delivery: d, unwanted: o.Code != 0}
	for _, err := range all {
		if err == nil {
			continue
		}
		if a.trouble == nil {
			a.trouble = err
		}
		a.unwanted = a.unwanted || !errors.Is(err, context.Canceled) && smtp.VerdictOf(o, err) == smtp.CallPerson
	}
	if a.trouble == nil {
		a.trouble = fmt.Errorf("the relay answers %d at %s", o.Code, o.Step)
	}
	return a
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
	if smtp.VerdictOf(o, nil) == smtp.TryLater {
		out.State = string(smtp.Deferred)
		if d.Attempt >= maxAttempts {
			out.State = string(smtp.Refused)
		} else {
			// To the full minute, so that those who are due together are offered in
			// one pass.
			out.RetryAt = o.At.Add(smtp.RecipientBackoff.Wait(d.Attempt)).Add(time.Minute - time.Nanosecond).Truncate(time.Minute)
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
	to.Organisation, to.People = d.Organisation()
	if !d.PreviousAt.IsZero() {
		to.PreviousOn = s.clock.At(d.PreviousAt).In(s.place)
	}
	if s.codes {
		to.Code = noticeCode(s.mailKey, s.id, d.PersonID)
	}
	m, err := s.texts.Message(buffer, notice.Envelope{To: d.Person.Email, MessageID: id, Date: s.date}, to)
	if err != nil {
		return notice.Message{MessageID: id}, err
	}
	return m, nil
}
