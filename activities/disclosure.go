package activities

import (
	"context"
	"fmt"
	"time"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/smtp"
)

// DisclosureCall asks to mail one person that a vendor told of a breach through
// its link.
type DisclosureCall struct {
	// Incident is the id of the case that it opened.
	Incident string `json:"incident"`
	// Level is the place in the on-call order, 0 for the DPO.
	Level int `json:"level"`
}

// DisclosureTold answers a [DisclosureCall].
type DisclosureTold struct {
	// Further says that there is a next person to be mailed.
	Further bool `json:"further"`
}

// TellOfDisclosure mails one person that a vendor told of a breach through its
// link. A repeated attempt sends the same message with the same Message-ID.
func (a *Activities) TellOfDisclosure(ctx context.Context, c DisclosureCall) (DisclosureTold, error) {
	defer beating(ctx)()
	told, err := a.tellOfDisclosure(ctx, c)
	if err != nil {
		return DisclosureTold{}, failure(err)
	}
	return told, nil
}

func (a *Activities) tellOfDisclosure(ctx context.Context, c DisclosureCall) (DisclosureTold, error) {
	state, err := a.Store.State(ctx, c.Incident)
	if err != nil {
		return DisclosureTold{}, err
	}
	persons, err := a.Store.OnCall(ctx)
	if err != nil {
		return DisclosureTold{}, err
	}
	if state.Opener == nil || c.Level >= len(persons) {
		return DisclosureTold{}, nil
	}
	to := persons[c.Level]
	key, err := a.mailKey(ctx, c.Incident)
	if err != nil {
		return DisclosureTold{}, err
	}
	envelope, err := a.envelope(key, to.Email, state.Clock.Real(state.OpenedAt).Truncate(time.Second), "disclosed", c.Incident, fmt.Sprint(c.Level))
	if err != nil {
		return DisclosureTold{}, err
	}
	composer, err := a.writer(ctx, state)
	if err != nil {
		return DisclosureTold{}, err
	}
	message, err := composer.Disclosed(envelope, notice.Disclosed{
		Locale: to.Locale, IncidentNumber: state.Number, Vendor: state.Disclosure.Vendor, Reference: state.Disclosure.Reference,
		At: state.Disclosure.ReceivedAt, Zone: placeOf(to.Zone, state.Disclosure.Zone), IncidentURL: a.PublicURL + "/incidents/" + state.ID,
	})
	if err != nil {
		return DisclosureTold{}, fmt.Errorf("compose the message about a disclosure: %w", err)
	}
	outcome, err := a.offer(ctx, false, message, incident.Say("a message about a disclosure"))
	if err != nil {
		return DisclosureTold{}, err
	}
	if outcome.State != smtp.Accepted {
		a.Logger.Error("a person could not be told that a vendor told of a breach", "incident", c.Incident, "level", c.Level)
	}
	return DisclosureTold{Further: c.Level+1 < len(persons)}, nil
}
