package incident

import (
	"slices"
	"time"
)

// Names of the commands about webhooks.
const (
	// CmdKeepWebhook is given by who keeps the installation's settings.
	CmdKeepWebhook = "keep_webhook"
	// CmdStopWebhook is given by the engine, when an endpoint takes nothing.
	CmdStopWebhook = "stop_webhook"
)

// EvWebhookChanged says that a webhook was made, changed, tried or stopped.
const EvWebhookChanged = "webhook_changed"

// What happens to a webhook. They stand in the record for ever.
const (
	WebhookAdded   = "added"
	WebhookChanged = "changed"
	WebhookOn      = "on"
	WebhookOff     = "off"
	WebhookRotated = "secret_rotated"
	WebhookTested  = "tested"
	WebhookEnded   = "ended"
	// WebhookReplayed: it is told again, or not at all, from an instant on.
	WebhookReplayed = "replayed"
	// WebhookFailing: nothing was taken for three days.
	WebhookFailing = "failing"
	// WebhookGone: the receiver answered 410, it wants nothing any more.
	WebhookGone = "gone"
)

// Forms in which an endpoint is told.
const (
	// FormStandard is the form of https://www.standardwebhooks.com, signed.
	FormStandard = "standard"
	// FormSlack is a message for an incoming webhook of Slack.
	FormSlack = "slack"
	// FormTeams is a card for a webhook of Microsoft Teams' Workflows.
	FormTeams = "teams"
)

// WebhookForms are the forms in which an endpoint can be told.
func WebhookForms() []string { return []string{FormStandard, FormSlack, FormTeams} }

// ChangeWebhook says what happened to a webhook. It holds neither the path of
// its address, which is a secret at many receivers, nor its name.
type ChangeWebhook struct {
	// What happened, one of the Webhook constants.
	What string
	// Webhook is the webhook's id.
	Webhook string
	// Host is the host of its address, for one that was added or changed.
	Host string
	// Form is its form, for one that was added or changed.
	Form string
	// Kinds are the kinds of signal it is told, for one that was added or changed.
	Kinds []string
	// From is the instant from which on it is told what was recorded, UTC, for one
	// that was replayed; zero otherwise.
	From time.Time
}

// WebhookChange says what happened to a webhook, and by whom.
type WebhookChange struct {
	What    string   `json:"what"`
	Webhook string   `json:"webhook"`
	Host    string   `json:"host,omitempty"`
	Form    string   `json:"form,omitempty"`
	Kinds   []string `json:"kinds,omitempty"`
	// From is the instant of a replay, UTC; nil for anything else, so that entries of
	// before there were replays stay as they were written.
	From *time.Time `json:"from,omitempty"`
}

// Name is [CmdKeepWebhook], or [CmdStopWebhook] for what the engine found.
func (c ChangeWebhook) Name() string {
	if c.What == WebhookFailing || c.What == WebhookGone {
		return CmdStopWebhook
	}
	return CmdKeepWebhook
}

func (c ChangeWebhook) check() *Error {
	known := []string{WebhookAdded, WebhookChanged, WebhookOn, WebhookOff, WebhookRotated, WebhookTested, WebhookEnded, WebhookReplayed, WebhookFailing, WebhookGone}
	described := c.What == WebhookAdded || c.What == WebhookChanged
	if !slices.Contains(known, c.What) || c.Webhook == "" || described != (c.Host != "") ||
		described != slices.Contains(WebhookForms(), c.Form) || described != (len(c.Kinds) > 0) ||
		(c.What == WebhookReplayed) == c.From.IsZero() {
		return &Error{Kind: Internal, Message: "a webhook changes without saying how"}
	}
	for _, kind := range c.Kinds {
		if !slices.Contains(SignalKinds(), kind) {
			return &Error{Kind: Internal, Message: "a webhook is told of a kind of signal that there is not"}
		}
	}
	return nil
}

func (c ChangeWebhook) fact() Data {
	change := WebhookChange{What: c.What, Webhook: c.Webhook, Host: c.Host, Form: c.Form, Kinds: c.Kinds}
	if !c.From.IsZero() {
		from := c.From.UTC()
		change.From = &from
	}
	return change
}

// Type is [EvWebhookChanged].
func (WebhookChange) Type() string { return EvWebhookChanged }

func (WebhookChange) apply(*State, Event) {}
