package activities

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/translation"
	"tocsin/webhook"
)

// signalsPerStep is how many signals one activity sends at most: each takes twenty
// seconds when the receiver hangs.
const signalsPerStep = 20

// waits are how long a signal waits after each attempt that came to nothing. They
// are those that Standard Webhooks proposes, three days in all, and up to a tenth more by
// chance; then the webhook is
// given up.
var waits = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// WebhookStep says how a webhook goes on.
type WebhookStep struct {
	// More says that further signals may wait.
	More bool `json:"more,omitempty"`
	// Wait is how long until it is tried again; 0 when nothing waits.
	Wait time.Duration `json:"wait,omitempty"`
	// GivenUp says that it was given up and a person is to be told.
	GivenUp bool `json:"given_up,omitempty"`
}

// TellWebhook sends a webhook the signals that wait for it, until one is not taken
// or nothing waits. One that was sent and not noted is sent again with the same id.
func (a *Activities) TellWebhook(ctx context.Context, id string) (WebhookStep, error) {
	defer beating(ctx)()
	for range signalsPerStep {
		step, goesOn, err := a.tellOne(ctx, id)
		if err != nil && incident.KindOf(err) == incident.NotFound {
			return WebhookStep{}, nil // it was ended
		}
		if err != nil {
			a.Logger.Error("a webhook could not be served; it is tried again", "webhook", id, "error", err)
			return WebhookStep{}, failure(err)
		}
		if !goesOn {
			return step, nil
		}
	}
	return WebhookStep{More: true}, nil
}

// tellOne sends one signal, and says whether the next may follow at once.
func (a *Activities) tellOne(ctx context.Context, id string) (step WebhookStep, goesOn bool, err error) {
	w, err := a.Store.Webhook(ctx, id)
	if err != nil {
		return step, false, err
	}
	now := a.Clock()
	switch {
	case w.State != postgres.WebhookOn:
		gaveUp := w.State == postgres.WebhookFailing || w.State == postgres.WebhookGone
		return WebhookStep{GivenUp: gaveUp && w.ToldAt == nil}, false, nil
	case w.NextTry != nil && w.NextTry.After(now):
		return WebhookStep{Wait: w.NextTry.Sub(now)}, false, nil
	}
	p, found, err := a.Store.NextSignal(ctx, id)
	if err != nil || !found {
		return step, false, err
	}
	out, err := a.sendSignal(ctx, w, p)
	if err != nil {
		return step, false, err
	}
	attempt := postgres.Attempt{Entry: p.Entry, Kind: p.Signal.Kind, Incident: p.Incident, At: now.UTC(), Result: out.Result,
		Status: out.Status, TookMS: int(out.Took.Milliseconds())}
	if out.Result == webhook.Delivered {
		return step, true, a.Store.SettleAttempt(ctx, id, attempt, true, time.Time{})
	}
	wait, stop := time.Duration(0), incident.WebhookFailing
	switch {
	case out.Result == webhook.Gone:
		stop = incident.WebhookGone
	case w.Tries < len(waits):
		// A receiver that asks to be left alone for longer is; it counts as tried all the same.
		wait = max(waits[w.Tries], out.Later)
		wait += rand.N(wait / 10) //nolint:gosec // no secret: receivers that were down are not all asked at one moment
	}
	if err := a.Store.SettleAttempt(ctx, id, attempt, false, now.Add(wait)); err != nil {
		return step, false, err
	}
	if wait > 0 {
		return WebhookStep{Wait: wait}, false, nil
	}
	a.Logger.Error("a webhook takes nothing and was given up", "webhook", id, "result", out.Result, "status", out.Status)
	return WebhookStep{GivenUp: true}, false, a.Store.StopWebhook(ctx, id, stop)
}

// sendSignal writes a signal and makes one attempt to send it.
func (a *Activities) sendSignal(ctx context.Context, w postgres.Webhook, p postgres.Pending) (webhook.Outcome, error) {
	if err := a.mayAct(ctx); err != nil {
		return webhook.Outcome{}, err
	}
	event, err := a.signalEvent(ctx, w, p)
	if err != nil {
		return webhook.Outcome{}, err
	}
	secrets, err := a.Store.WebhookSecrets(ctx, w.ID)
	if err != nil {
		return webhook.Outcome{}, err
	}
	body, err := a.SignalWriter.Body(w.Form, w.Locale, event)
	if err != nil {
		return webhook.Outcome{}, err
	}
	m := webhook.Message{ID: event.ID, Body: body}
	for _, secret := range []string{secrets.Secret, secrets.Former} {
		if secret != "" {
			m.Secrets = append(m.Secrets, secret)
		}
	}
	return a.Signals.Send(ctx, secrets.Address, m)
}

// signalEvent is what is told of a signal, as the case stands.
func (a *Activities) signalEvent(ctx context.Context, w postgres.Webhook, p postgres.Pending) (webhook.Event, error) {
	e := webhook.Event{
		ID: webhook.MessageID(w.ID, p.Entry), Kind: p.Signal.Kind, RecordedAt: p.RecordedAt, At: p.At, Entry: p.Entry,
		Incident: p.Incident, Rung: p.Signal.Rung, Round: p.Signal.Round, Webhook: p.Signal.Webhook, URL: a.PublicURL + "/settings/signals",
	}
	if p.Incident == "" {
		return e, nil
	}
	state, err := a.Store.State(ctx, p.Incident)
	if err != nil {
		return e, err
	}
	e.Number, e.Exercise, e.URL = state.Number, state.Disclosure.Exercise != nil, a.PublicURL+"/incidents/"+state.ID
	e.Zone = placeOf("", state.Disclosure.Zone)
	if o := state.Obligation(p.Signal.Obligation); o != nil {
		e.Duty = &webhook.Duty{N: o.N, Law: translation.In(w.Locale).Word(o.Stage().Cited), Regime: o.Terms.Regime, Stage: o.StageName(), Recipient: o.Terms.Recipient,
			Authority: o.Terms.Authority, DueAt: o.DueAt}
	}
	return e, nil
}

// TellWebhookStopped mails the DPO that a webhook was given up, once.
func (a *Activities) TellWebhookStopped(ctx context.Context, id string) error {
	defer beating(ctx)()
	err := a.tellWebhookStopped(ctx, id)
	if err != nil && incident.KindOf(err) == incident.NotFound {
		return nil // it was ended meanwhile
	}
	if err != nil {
		return failure(err)
	}
	return nil
}

func (a *Activities) tellWebhookStopped(ctx context.Context, id string) error {
	w, err := a.Store.Webhook(ctx, id)
	if err != nil {
		return err
	}
	persons, err := a.Store.OnCall(ctx)
	if err != nil {
		return err
	}
	gone := w.State == postgres.WebhookGone
	if len(persons) == 0 || w.ToldAt != nil || !gone && w.State != postgres.WebhookFailing {
		return a.Store.WebhookTold(ctx, id)
	}
	to, since := persons[0], a.Clock()
	if w.FailingSince != nil {
		since = *w.FailingSince
	}
	since = since.UTC().Truncate(time.Second)
	envelope, err := a.envelope(a.teamKey(), to.Email, since, "webhook", id, w.State, fmt.Sprint(since.Unix()))
	if err != nil {
		return err
	}
	composer, err := a.writer(ctx, nil)
	if err != nil {
		return err
	}
	message, err := composer.Webhook(envelope, notice.Webhook{
		Locale: to.Locale, Name: w.Name, Host: w.Host, Since: since, Zone: placeOf(to.Zone, ""), Gone: gone,
		PageURL: a.PublicURL + "/settings/signals",
	})
	if err != nil {
		return fmt.Errorf("compose the message about a webhook: %w", err)
	}
	if err := a.offerUntilTaken(ctx, false, message, incident.Say("the message about a webhook")); err != nil {
		return err
	}
	return a.Store.WebhookTold(ctx, id)
}
