package activities

import (
	"context"
	"fmt"
	"strconv"

	"tocsin/incident"
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
	envelope, err := a.envelope(key, to.Email, state.Clock.Real(test.At), "test", id, strconv.Itoa(n))
	if err != nil {
		return err
	}
	exercise := state.Clock.Pace > 0
	c := content.Communication(test.Locale)
	c.Exercise, c.DataKinds = exercise, round.Kinds()
	composer, err := a.writer(ctx, state)
	if err != nil {
		return err
	}
	message, err := composer.Trial(envelope, c)
	if err != nil {
		return fmt.Errorf("compose a test: %w", err)
	}
	return a.offerUntilTaken(ctx, exercise, message, incident.Say("a test"))
}
