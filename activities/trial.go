package activities

import (
	"context"
	"fmt"
	"strconv"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/smtp"
)

// SendTest mails a test of a notice's draft to who asked for it, and to nobody
// else. The test of an exercise goes where all its mail goes.
func (a *Activities) SendTest(ctx context.Context, id string, test int) error {
	defer beating(ctx)()
	if err := a.sendTest(ctx, id, test); err != nil {
		return failure(err)
	}
	return nil
}

func (a *Activities) sendTest(ctx context.Context, id string, n int) error {
	state, err := a.Store.State(ctx, id)
	if err != nil {
		return err
	}
	test, missing := state.Test(n)
	if missing != nil {
		return missing
	}
	to, err := a.Store.User(ctx, test.By.ID)
	if err != nil {
		return err
	}
	round := state.Round(test.Round)
	if round == nil {
		return &incident.Error{Kind: incident.NotFound, Message: "there is no such round"}
	}
	draft, ok := round.DraftOf(test.Version)
	if !ok {
		return &incident.Error{Kind: incident.NotFound, Message: "there is no such draft"}
	}
	content, err := a.contentOf(ctx, id, draft)
	if err != nil {
		return err
	}
	key, err := a.Store.IncidentMailKey(ctx, id)
	if err != nil {
		return err
	}
	messageID, err := notice.MessageID(key, a.domain(), "test", id, strconv.Itoa(n))
	if err != nil {
		return err
	}
	exercise := state.Clock.Pace > 0
	c := content.Communication(test.Locale)
	c.Exercise, c.DataKinds = exercise, round.Kinds()
	message, err := a.Composer.Trial(notice.Envelope{To: to.Email, MessageID: messageID, Date: state.Clock.Real(test.At)}, c)
	if err != nil {
		return fmt.Errorf("compose a test: %w", err)
	}
	outcome, err := a.hand(ctx, exercise, message)
	if err != nil {
		return err
	}
	if outcome.State != smtp.Accepted {
		return &incident.Error{Kind: incident.Unavailable, Message: "the relay did not take a test; it is offered again"}
	}
	return nil
}
