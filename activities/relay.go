package activities

import (
	"context"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/smtp"
)

// relays picks the relays: an exercise's mail goes to the catcher and nowhere else.
func (a *Activities) relays(exercise bool) (*smtp.Relays, error) {
	if !exercise {
		return a.Relays, nil
	}
	if a.Catcher == nil {
		return nil, &incident.Error{Kind: incident.Unavailable,
			Message: "this installation has no catcher for the mail of exercises; set TOCSIN_EXERCISE_SMTP_URL"}
	}
	return a.Catcher, nil
}

// hand gives one message to a relay over a connection of its own, to the next
// relay when one has trouble of its own. The limits of mailings are not for it.
func (a *Activities) hand(ctx context.Context, exercise bool, m notice.Message) (smtp.Outcome, error) {
	if err := a.mayAct(ctx); err != nil {
		return smtp.Outcome{}, err
	}
	relays, err := a.relays(exercise)
	if err != nil {
		return smtp.Outcome{}, err
	}
	var outcome smtp.Outcome
	for _, relay := range relays.InOrder() {
		outcome, err = a.handTo(ctx, relay, m)
		relays.Note(relay.Address(), outcome, err)
		if err == nil || !smtp.IsUnavailable(err) || ctx.Err() != nil {
			break
		}
	}
	a.noteRelays(ctx, relays)
	return outcome, err
}

// noteRelays puts down how the relays do, for who reads the page of settings. That
// it cannot is no reason not to send.
func (a *Activities) noteRelays(ctx context.Context, relays *smtp.Relays) {
	if relays != a.Relays {
		return // the catcher is none
	}
	for _, one := range relays.Status() {
		note := postgres.RelayNote{Address: one.Address, AcceptedAt: one.AcceptedAt, FailedAt: one.FailedAt, Failure: one.Failure, RestsUntil: one.RetryAt}
		if err := a.Store.NoteRelay(ctx, note); err != nil {
			a.Logger.Warn("how the relays do could not be noted", "error", err.Error())
			return
		}
	}
}

func (a *Activities) handTo(ctx context.Context, relay *smtp.Relay, m notice.Message) (smtp.Outcome, error) {
	conn, err := relay.Dial(ctx)
	if err != nil {
		return smtp.Outcome{}, err
	}
	outcome, err := conn.Send(ctx, m.From, m.To, m)
	if closing := conn.Close(); closing != nil {
		a.Logger.Debug("the connection to the relay did not end well")
	}
	return outcome, err
}

// mayAct refuses what goes outward while this may be a copy of the installation.
func (a *Activities) mayAct(ctx context.Context) error {
	if a.MayAct == nil {
		return nil
	}
	return a.MayAct(ctx)
}
