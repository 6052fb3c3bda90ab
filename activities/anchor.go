package activities

import (
	"context"
	"fmt"
	"time"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/smtp"
)

// Anchor signs a checkpoint of the record and mails it to the DPO, so that a
// copy leaves the building: what is recorded by then cannot be changed later
// without contradicting the mail.
func (a *Activities) Anchor(ctx context.Context, id string) error {
	defer beating(ctx)()
	if err := a.anchor(ctx, id); err != nil {
		return failure(err)
	}
	return nil
}

func (a *Activities) anchor(ctx context.Context, id string) error {
	state, err := a.Store.State(ctx, id)
	if err != nil {
		return err
	}
	persons, err := a.Store.OnCall(ctx)
	if err != nil {
		return err
	}
	text, err := a.Store.Checkpoint(ctx)
	if err != nil || len(persons) == 0 {
		return err
	}
	signed, err := a.Store.ReadCheckpoint(text)
	if err != nil {
		return err
	}
	key, err := a.Store.IncidentMailKey(ctx, id)
	if err != nil {
		return err
	}
	to := persons[0]
	messageID, err := notice.MessageID(key, a.domain(), "checkpoint", id, text)
	if err != nil {
		return err
	}
	place, err := time.LoadLocation(orDefault(to.Zone, state.Disclosure.Zone))
	if err != nil {
		place = time.UTC
	}
	exercise := state.Clock.Pace > 0
	message, err := a.Composer.Checkpoint(
		notice.Envelope{To: to.Email, MessageID: messageID, Date: signed.SignedAt},
		notice.Checkpoint{
			Locale: to.Locale, Exercise: exercise, Note: text, Size: uint64(signed.Size), //nolint:gosec // a size is never negative

			SignedAt: signed.SignedAt, Zone: place,
		})
	if err != nil {
		return fmt.Errorf("compose the checkpoint: %w", err)
	}
	outcome, err := a.hand(ctx, exercise, message)
	if err != nil {
		return err
	}
	if outcome.State != smtp.Accepted {
		return &incident.Error{Kind: incident.Unavailable, Message: "the relay did not take a checkpoint; it is offered again"}
	}
	return nil
}
