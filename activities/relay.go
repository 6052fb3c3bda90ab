package activities

import (
	"context"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/smtp"
)

// relay picks the relay: an exercise's mail goes to the catcher and nowhere else.
func (a *Activities) relay(exercise bool) (*smtp.Relay, error) {
	if !exercise {
		return a.Relay, nil
	}
	if a.Catcher == nil {
		return nil, &incident.Error{Kind: incident.Unavailable,
			Message: "this installation has no catcher for the mail of exercises; set TOCSIN_EXERCISE_SMTP_URL"}
	}
	return a.Catcher, nil
}

// hand gives one message to the relay over a connection of its own.
func (a *Activities) hand(ctx context.Context, exercise bool, m notice.Message) (smtp.Outcome, error) {
	relay, err := a.relay(exercise)
	if err != nil {
		return smtp.Outcome{}, err
	}
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
