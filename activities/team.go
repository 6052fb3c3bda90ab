package activities

import (
	"context"
	"time"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/smtp"
)

// envelope is that of a mail to the team. Its Message-ID follows from the parts,
// so that a repeated copy is recognisable as the same.
func (a *Activities) envelope(key []byte, to string, date time.Time, parts ...string) (notice.Envelope, error) {
	id, err := notice.MessageID(key, a.domain(), parts...)
	return notice.Envelope{To: to, MessageID: id, Date: date}, err
}

// placeOf is the zone in which somebody reads times: their own, or the case's;
// UTC where the machine does not know it.
func placeOf(own, ofCase string) *time.Location {
	place, err := time.LoadLocation(orDefault(own, ofCase))
	if err != nil {
		return time.UTC
	}
	return place
}

// offer hands a mail to the team over to the relay, and gives its answer when it
// is final: accepted, refused or undeliverable. Anything else is an
// [incident.Unavailable], and the mail is offered again.
func (a *Activities) offer(ctx context.Context, exercise bool, message notice.Message, what incident.Phrase) (smtp.Outcome, error) {
	outcome, err := a.hand(ctx, exercise, message)
	if err != nil {
		return outcome, err
	}
	switch outcome.State {
	case smtp.Accepted, smtp.Refused, smtp.Undeliverable:
		return outcome, nil
	}
	return outcome, notTaken(what)
}

// offerUntilTaken is offer for a mail of which nobody is told that the relay
// refused it: it is offered again as well.
func (a *Activities) offerUntilTaken(ctx context.Context, exercise bool, message notice.Message, what incident.Phrase) error {
	outcome, err := a.offer(ctx, exercise, message, what)
	if err == nil && outcome.State != smtp.Accepted {
		err = notTaken(what)
	}
	return err
}

func notTaken(what incident.Phrase) error {
	return incident.Refused(incident.Unavailable, "the relay did not take %s; it is offered again", what)
}
