package activities

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
	"tocsin/smtp"
	"tocsin/translation"
)

// linkLife is how long the link in a reminder works.
const linkLife = 14 * 24 * time.Hour

// SendReminder mails one person about one rung. A repeated attempt sends the
// same message with the same Message-ID.
func (a *Activities) SendReminder(ctx context.Context, c ReminderCall) (ReminderSent, error) {
	defer beating(ctx)()
	state, err := a.Store.State(ctx, c.Incident)
	if err != nil {
		return ReminderSent{}, failure(err)
	}
	o := state.Obligation(c.Obligation)
	if o == nil {
		return ReminderSent{}, failure(&incident.Error{Kind: incident.NotFound, Message: "there is no such obligation"})
	}
	reminder := o.Reminder(c.Revision, c.Rung)
	if reminder == nil {
		return ReminderSent{}, failure(&incident.Error{Kind: incident.NotFound, Message: "there is no such reminder"})
	}
	persons, err := a.Store.OnCall(ctx)
	if err != nil {
		return ReminderSent{}, failure(err)
	}
	if c.Level >= len(persons) {
		// Nobody is there to be written to. The next person, if one is named
		// meanwhile, is called at once.
		return ReminderSent{State: incident.OutcomeRefused, SentAt: a.Clock()}, nil
	}
	to := persons[c.Level]
	message, err := a.composeReminder(ctx, state, o, reminder, c, persons)
	if err != nil {
		a.Logger.Error("a reminder could not be composed", "incident", c.Incident, "obligation", c.Obligation, "rung", c.Rung, "error", err)
		return ReminderSent{}, failure(err)
	}
	return a.callPerson(ctx, state, to, message, incident.Say("a reminder"))
}

// callPerson hands a mail that calls a person on duty over to the relay, and
// says what became of it. Where that is deferred or unknown it is an error, and
// the same message is offered again. what names the mail in the error.
func (a *Activities) callPerson(
	ctx context.Context, state *incident.State, to postgres.User, message notice.Message, what incident.Phrase,
) (ReminderSent, error) {
	outcome, err := a.offer(ctx, state.Clock.Pace > 0, message, what)
	if err != nil {
		return ReminderSent{}, failure(err)
	}
	sent := ReminderSent{
		Recipient: incident.Actor{Role: to.Role, ID: to.ID}, Code: outcome.Code,
		MessageID: strings.Trim(message.MessageID, "<>"), SentAt: outcome.At, State: incident.OutcomeRefused,
	}
	if outcome.State == smtp.Accepted {
		sent.State = incident.OutcomeAccepted
	}
	return sent, nil
}

func (a *Activities) composeReminder(
	ctx context.Context, state *incident.State, o *incident.Obligation, r *incident.Reminder, c ReminderCall,
	persons []postgres.User,
) (notice.Message, error) {
	to := persons[c.Level]
	fired := state.Clock.Real(r.FiredAt).Truncate(time.Second) // the same for a repeated copy
	token, err := incident.AckLink{
		Incident: state.ID, Obligation: o.N, Revision: c.Revision, Rung: c.Rung, User: to.ID,
		Expires: fired.Add(linkLife),
	}.Sign(a.LinkKey)
	if err != nil {
		return notice.Message{}, fmt.Errorf("sign the link: %w", err)
	}
	key, err := a.mailKey(ctx, state.ID)
	if err != nil {
		return notice.Message{}, err
	}
	envelope, err := a.envelope(key, to.Email, fired, "reminder", state.ID, fmt.Sprint(o.N), fmt.Sprint(c.Revision), c.Rung, fmt.Sprint(c.Level))
	if err != nil {
		return notice.Message{}, err
	}
	now := state.Clock.At(a.Clock())
	summary, own := state.Summarize(a.Clock()), translation.In(to.Locale)
	data := notice.Reminder{
		Locale: to.Locale, IncidentNumber: state.Number, Title: state.Disclosure.Title,
		Obligation: dutyName(o, to.Locale), RungLabel: rungLabel(c.Rung), DueAt: o.DueAt, Zone: placeOf(to.Zone, state.Disclosure.Zone),
		Left: o.DueAt.Sub(now), Exercise: state.Clock.Pace > 0,
		NextAction: own.Text(summary.Next.Text), AckURL: a.PublicURL + "/ack/" + token,
		IncidentURL: a.PublicURL + "/incidents/" + state.ID, Missed: missed(o, r),
	}
	for _, m := range summary.Missing {
		data.OpenQuestions = append(data.OpenQuestions, own.Text(m.Text))
	}
	if c.Level > 0 {
		data.EscalatedFrom = string(persons[c.Level-1].Role)
	}
	if c.Level+1 < len(persons) {
		data.EscalatesTo = string(persons[c.Level+1].Role)
		data.EscalatesIn = o.EscalateAfter(c.Rung)
	}
	composer, err := a.writer(ctx, state)
	if err != nil {
		return notice.Message{}, err
	}
	return composer.Reminder(envelope, data)
}

// dutyName gives the duty in a line: the step as the law is cited, and to whom
// it is owed.
func dutyName(o *incident.Obligation, locale string) string {
	return translation.In(locale).Phrase(incident.Say("%s: notify %s", incident.Word(o.Stage().Cited), o.Recipient()))
}

// rungLabel writes a rung for people: 24 h, +12 h.
func rungLabel(rung string) string {
	if after, ok := strings.CutPrefix(rung, "overdue+"); ok {
		return "+" + strings.TrimSuffix(after, "h") + " h"
	}
	if rung == "due" {
		return "0 h"
	}
	return strings.TrimSuffix(rung, "h") + " h"
}

// missed lists the rungs that are told of in this rung's mail.
func missed(o *incident.Obligation, r *incident.Reminder) []notice.MissedRung {
	var out []notice.MissedRung
	for _, other := range o.Reminders {
		if other.Revision == r.Revision && other.Into == r.Rung {
			out = append(out, notice.MissedRung{
				Label: rungLabel(other.Rung), DueAt: other.DueAt, Late: other.FiredAt.Sub(other.DueAt),
			})
		}
	}
	return out
}

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
