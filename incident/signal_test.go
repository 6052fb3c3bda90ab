package incident

import (
	"slices"
	"testing"
)

func TestWhatIsToldOutside(t *testing.T) {
	for _, c := range []struct {
		name string
		data Data
		want Signal // no kind when nothing is told
	}{
		{"an opening", Opened{}, Signal{Kind: SignalOpened}},
		{"the first awareness, which comes with the opening", AwarenessSet{Revision: 1}, Signal{}},
		{"a later one", AwarenessSet{Revision: 2}, Signal{Kind: SignalAware}},
		{"a reminder", ReminderFired{Obligation: 2, Rung: "24h", Mode: RungAlone}, Signal{Kind: SignalWarned, Obligation: 2, Rung: "24h"}},
		{"a reminder told in another's mail", ReminderFired{Obligation: 2, Rung: "24h", Mode: RungCombined}, Signal{}},
		{"a reminder before the clock was set", ReminderFired{Obligation: 2, Rung: "24h", Mode: RungPassed}, Signal{}},
		{"the reminder at the limit", ReminderFired{Obligation: 2, Rung: "due", Mode: RungAlone}, Signal{}},
		{"the limit that passed", ObligationOverdue{Obligation: 2}, Signal{Kind: SignalOverdue, Obligation: 2, Rung: "due"}},
		{"a reminder after it", ReminderFired{Obligation: 2, Rung: "overdue+12h", Mode: RungAlone},
			Signal{Kind: SignalOverdue, Obligation: 2, Rung: "overdue+12h"}},
		{"a filing", NotificationFiled{Obligation: 1, Receipt: "secret"}, Signal{Kind: SignalFiled, Obligation: 1}},
		{"a mailing that halts", MailingPaused{Round: 3, Reason: "words"}, Signal{Kind: SignalHalted, Round: 3}},
		{"a mailing that ended", MailingFinished{Round: 3}, Signal{Kind: SignalMailed, Round: 3}},
		{"a mailing that was stopped", MailingStopped{Round: 3}, Signal{Kind: SignalMailed, Round: 3}},
		{"a closing", Closed{Reason: "words"}, Signal{Kind: SignalClosed}},
		{"a reopening", Reopened{Reason: "words"}, Signal{Kind: SignalReopened}},
		{"a webhook's test", WebhookChange{What: WebhookTested, Webhook: "w"}, Signal{Kind: SignalTest, Webhook: "w"}},
		{"a webhook that fails", WebhookChange{What: WebhookFailing, Webhook: "w"}, Signal{Kind: SignalWebhookFailing, Webhook: "w"}},
		{"a webhook that is added", WebhookChange{What: WebhookAdded, Webhook: "w"}, Signal{}},
		{"a task", TaskCompleted{Note: "words"}, Signal{}},
	} {
		got, told := SignalOf(c.data)
		if told != (c.want.Kind != "") || told && got != c.want {
			t.Errorf("%s is told as %+v, %t", c.name, got, told)
		}
		if told && !slices.Contains(SignallingEvents(), c.data.Type()) {
			t.Errorf("%s is told and its type %s is not looked for", c.name, c.data.Type())
		}
	}
}

func TestWhomASignalReaches(t *testing.T) {
	all := SignalKinds()
	for _, c := range []struct {
		name  string
		s     Signal
		to    string
		kinds []string
		want  bool
	}{
		{"a chosen kind", Signal{Kind: SignalOpened}, "w", []string{SignalOpened}, true},
		{"a kind that was not chosen", Signal{Kind: SignalClosed}, "w", []string{SignalOpened}, false},
		{"the test of this one", Signal{Kind: SignalTest, Webhook: "w"}, "w", []string{SignalOpened}, true},
		{"the test of another", Signal{Kind: SignalTest, Webhook: "v"}, "w", all, false},
		{"another that fails", Signal{Kind: SignalWebhookFailing, Webhook: "v"}, "w", all, true},
		{"itself that fails", Signal{Kind: SignalWebhookFailing, Webhook: "w"}, "w", all, false},
	} {
		if got := c.s.Reaches(c.to, c.kinds); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}
