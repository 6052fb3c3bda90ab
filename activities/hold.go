package activities

import (
	"context"
	"fmt"
	"time"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/smtp"
)

// HoldCall asks to mail one person that a round halts by itself.
type HoldCall struct {
	// Incident is the incident's id.
	Incident string `json:"incident"`
	// Round is the number within the incident.
	Round int `json:"round"`
	// Level is the place in the on-call order, 0 for the DPO.
	Level int `json:"level"`
}

// HoldTold answers a [HoldCall].
type HoldTold struct {
	// Further says that there is a next person to be mailed.
	Further bool `json:"further"`
}

// TellOfHold mails one person that a round halts by itself. A repeated attempt
// sends the same message with the same Message-ID. Once a person has resumed or
// stopped the round, nobody is mailed any more.
func (a *Activities) TellOfHold(ctx context.Context, c HoldCall) (HoldTold, error) {
	defer beating(ctx)()
	told, err := a.tellOfHold(ctx, c)
	if err != nil {
		return HoldTold{}, failure(err)
	}
	return told, nil
}

func (a *Activities) tellOfHold(ctx context.Context, c HoldCall) (HoldTold, error) {
	state, err := a.Store.State(ctx, c.Incident)
	if err != nil {
		return HoldTold{}, err
	}
	persons, err := a.Store.OnCall(ctx)
	if err != nil {
		return HoldTold{}, err
	}
	r := state.Round(c.Round)
	if r == nil || r.Held == "" || r.Status != incident.MailingPausedStatus || c.Level >= len(persons) {
		return HoldTold{}, nil
	}
	to := persons[c.Level]
	key, err := a.mailKey(ctx, c.Incident)
	if err != nil {
		return HoldTold{}, err
	}
	envelope, err := a.envelope(key, to.Email, state.Clock.Real(r.PausedAt).Truncate(time.Second),
		"hold", c.Incident, fmt.Sprint(c.Round), fmt.Sprint(r.Resumptions), fmt.Sprint(c.Level))
	if err != nil {
		return HoldTold{}, err
	}
	exercise := state.Clock.Pace > 0
	composer, err := a.writer(ctx, state)
	if err != nil {
		return HoldTold{}, err
	}
	message, err := composer.Hold(envelope, notice.Hold{
		Locale: to.Locale, IncidentNumber: state.Number, Title: state.Disclosure.Title, Round: r.N, Since: r.PausedAt,
		Zone: placeOf(to.Zone, state.Disclosure.Zone), Refusals: r.Held == incident.HeldForRefusals, Sent: r.HeldSent, Refused: r.HeldRefused,
		IncidentURL: a.PublicURL + "/incidents/" + state.ID, Exercise: exercise,
	})
	if err != nil {
		return HoldTold{}, fmt.Errorf("compose the message about a round that halts: %w", err)
	}
	outcome, err := a.offer(ctx, exercise, message, incident.Say("a message about a round that halts"))
	if err != nil {
		return HoldTold{}, err
	}
	if outcome.State != smtp.Accepted {
		a.Logger.Error("a person could not be told that a round halts", "incident", c.Incident, "round", c.Round, "level", c.Level)
	}
	return HoldTold{Further: c.Level+1 < len(persons)}, nil
}
