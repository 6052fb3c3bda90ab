package incident

import "strings"

// Kinds of signal that leave Tocsin. They are part of what receivers rely on:
// never change one.
const (
	SignalOpened   = "incident.opened"
	SignalAware    = "incident.awareness_changed"
	SignalClosed   = "incident.closed"
	SignalReopened = "incident.reopened"
	// SignalJoined: the case took in another one about the same breach, which is
	// told as closed.
	SignalJoined = "incident.joined"
	// SignalWarned: a reminder rang before the limit.
	SignalWarned = "deadline.warned"
	// SignalOverdue: the limit passed, or a reminder rang after it.
	SignalOverdue = "deadline.overdue"
	SignalFiled   = "obligation.filed"
	// SignalHalted: a mailing halts, by itself or by a person.
	SignalHalted = "mailing.halted"
	// SignalMailed: a mailing was sent to its end, or stopped.
	SignalMailed = "mailing.ended"
	// SignalWebhookFailing: another webhook takes nothing and was given up.
	SignalWebhookFailing = "webhook.failing"
	// SignalTest is what the test of a webhook sends. It is not chosen.
	SignalTest = "webhook.test"
)

// SignalKinds are the kinds of signal that can be chosen, in the order of a case.
func SignalKinds() []string {
	return []string{SignalOpened, SignalAware, SignalWarned, SignalOverdue, SignalFiled, SignalHalted, SignalMailed,
		SignalClosed, SignalReopened, SignalJoined, SignalWebhookFailing}
}

// Signal is what is told outside about one event: what it is and which part of
// the case it concerns. It holds nobody's words.
type Signal struct {
	// Kind is one of the Signal constants.
	Kind string
	// Obligation is the number of the duty it concerns; 0 for none.
	Obligation int
	// Rung is the reminder that rang, such as 24h or overdue+12h; empty for none.
	Rung string
	// Round is the number of the mailing it concerns; 0 for none.
	Round int
	// Webhook is the id of the webhook that was tested or is failing.
	Webhook string
}

// signalling are the types of events of which something may be told.
var signalling = []string{EvOpened, EvAwarenessSet, EvReminderFired, EvObligationOverdue, EvNotificationFiled, EvMailingPaused,
	EvMailingFinished, EvMailingStopped, EvClosed, EvReopened, EvJoined, EvDisclosureJoined, EvWebhookChanged}

// SignallingEvents are the types of events of which something may be told.
func SignallingEvents() []string { return append([]string(nil), signalling...) }

// SignalOf gives what is told outside about an event, and whether anything is.
func SignalOf(data Data) (Signal, bool) {
	switch d := data.(type) {
	case Opened:
		return Signal{Kind: SignalOpened}, true
	case AwarenessSet:
		// The first is set with the opening, which is told.
		return Signal{Kind: SignalAware}, d.Revision > 1
	case ReminderFired:
		s := Signal{Kind: SignalWarned, Obligation: d.Obligation, Rung: d.Rung}
		if strings.HasPrefix(d.Rung, "overdue") {
			s.Kind = SignalOverdue
		}
		// The rung at the limit itself is told by ObligationOverdue, a moment after.
		return s, d.Mode == RungAlone && d.Rung != "due"
	case ObligationOverdue:
		return Signal{Kind: SignalOverdue, Obligation: d.Obligation, Rung: "due"}, true
	case NotificationFiled:
		return Signal{Kind: SignalFiled, Obligation: d.Obligation}, true
	case MailingPaused:
		return Signal{Kind: SignalHalted, Round: d.Round}, true
	case MailingFinished:
		return Signal{Kind: SignalMailed, Round: d.Round}, true
	case MailingStopped:
		return Signal{Kind: SignalMailed, Round: d.Round}, true
	case Closed, Joined:
		return Signal{Kind: SignalClosed}, true
	case DisclosureJoined:
		return Signal{Kind: SignalJoined}, true
	case Reopened:
		return Signal{Kind: SignalReopened}, true
	case WebhookChange:
		switch d.What {
		case WebhookTested:
			return Signal{Kind: SignalTest, Webhook: d.Webhook}, true
		case WebhookFailing, WebhookGone:
			return Signal{Kind: SignalWebhookFailing, Webhook: d.Webhook}, true
		}
	}
	return Signal{}, false
}

// Reaches says whether a webhook that is told of these kinds is told of a signal.
func (s Signal) Reaches(webhook string, kinds []string) bool {
	switch s.Kind {
	case SignalTest:
		return s.Webhook == webhook
	case SignalWebhookFailing:
		if s.Webhook == webhook {
			return false
		}
	}
	for _, kind := range kinds {
		if kind == s.Kind {
			return true
		}
	}
	return false
}
