package activities

import (
	"context"
	"fmt"
	"slices"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/notice"
	"tocsin/postgres"
)

// AnchorCall asks to mail a checkpoint of the record, so that a copy leaves the
// building: what is recorded by then cannot be changed later without
// contradicting the mail.
type AnchorCall struct {
	// Incident is the incident whose filing or closing calls for it; empty for
	// the daily one, which is about no incident.
	Incident string `json:"incident,omitempty"`
	// Further is true for the further address, false for the DPO.
	Further bool `json:"further,omitempty"`
	// Day is the day of a daily checkpoint in UTC, as 2026-11-30; empty
	// otherwise. It makes each day's mail another one, also when nothing was
	// recorded in between.
	Day string `json:"day,omitempty"`
}

// Anchor signs a checkpoint of the record and mails it to the DPO.
func (a *Activities) Anchor(ctx context.Context, id string) error {
	return a.MailCheckpoint(ctx, AnchorCall{Incident: id})
}

// MailCheckpoint signs a checkpoint of the record and mails it to one
// recipient. There is nothing to do when there is no such recipient, and, for
// the daily one, while nothing is recorded.
func (a *Activities) MailCheckpoint(ctx context.Context, c AnchorCall) error {
	defer beating(ctx)()
	if err := a.mailCheckpoint(ctx, c); err != nil {
		return failure(err)
	}
	return nil
}

// keeper is who a checkpoint is mailed to.
type keeper struct{ account, email, locale, zone string }

func (a *Activities) mailCheckpoint(ctx context.Context, c AnchorCall) error {
	to, err := a.keeper(ctx, c.Further)
	if err != nil || to.email == "" {
		return err
	}
	// That a checkpoint was mailed is an entry too: a repeated call would find
	// another record, and mail another checkpoint.
	if done, err := a.mailedOn(ctx, c); err != nil || done {
		return err
	}
	exercise, zone, key := false, "", a.LinkKey
	if c.Incident != "" {
		state, err := a.Store.State(ctx, c.Incident)
		if err != nil {
			return err
		}
		exercise, zone = state.Clock.Pace > 0, state.Disclosure.Zone
		if key, err = a.mailKey(ctx, c.Incident); err != nil {
			return err
		}
	}
	text, err := a.Store.Checkpoint(ctx)
	if err != nil {
		return err
	}
	signed, err := a.Store.ReadCheckpoint(ctx, text)
	if err != nil || signed.Size == 0 {
		return err
	}
	message, err := a.composeCheckpoint(ctx, c, to, zone, key, exercise, text, signed)
	if err != nil {
		return fmt.Errorf("compose the checkpoint: %w", err)
	}
	if err := a.offerUntilTaken(ctx, exercise, message, incident.Say("a checkpoint")); err != nil || exercise {
		return err // an exercise's mail stays in the catcher
	}
	sent := incident.SendCheckpoint{Size: signed.Size, To: c.to(), Account: to.account, Day: c.Day}
	return a.Store.RecordForInstallation(ctx, incident.Engine(), sent)
}

// to says to whom a call is, as the record has it.
func (c AnchorCall) to() string {
	if c.Further {
		return incident.ToFurther
	}
	return incident.ToDPO
}

// mailedOn says whether the last checkpoint that a recipient got was that of the
// call's day.
func (a *Activities) mailedOn(ctx context.Context, c AnchorCall) (bool, error) {
	if c.Day == "" {
		return false, nil
	}
	head, err := a.Store.LogHead(ctx)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(head.Sent, func(one postgres.LogSent) bool { return one.To == c.to() && one.Day == c.Day }), nil
}

func (a *Activities) keeper(ctx context.Context, further bool) (keeper, error) {
	if further {
		return keeper{email: a.CheckpointTo}, nil
	}
	persons, err := a.Store.OnCall(ctx)
	if err != nil || len(persons) == 0 {
		return keeper{}, err
	}
	return keeper{account: persons[0].ID, email: persons[0].Email, locale: persons[0].Locale, zone: persons[0].Zone}, nil
}

func (a *Activities) composeCheckpoint(
	ctx context.Context, c AnchorCall, to keeper, zone string, key []byte, exercise bool, text string, signed ledger.Checkpoint,
) (notice.Message, error) {
	parts := []string{"checkpoint", c.Incident, text}
	if c.Further || c.Day != "" {
		parts = append(parts, fmt.Sprint(c.Further), c.Day)
	}
	envelope, err := a.envelope(key, to.email, signed.SignedAt, parts...)
	if err != nil {
		return notice.Message{}, err
	}
	composer, err := a.writer(ctx, nil)
	if err != nil {
		return notice.Message{}, err
	}
	return composer.Checkpoint(envelope, notice.Checkpoint{
		Locale: to.locale, Exercise: exercise, Note: text, Size: uint64(signed.Size), //nolint:gosec // a size is never negative
		SignedAt: signed.SignedAt, Zone: placeOf(to.zone, zone),
	})
}
