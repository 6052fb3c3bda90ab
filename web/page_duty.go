package web

import (
	"fmt"
	"strings"
	"time"

	"tocsin/incident"
)

// dutyOf draws a duty with its ladder.
func dutyOf(o *incident.Obligation, now time.Time, place *time.Location) dutyShown {
	v := dutyShown{
		N: o.N, HasClock: o.Terms.HasClock(),
		Authority: o.Terms.Authority, Article: "GDPR " + o.Terms.Article, Status: o.Status, Due: shown(o.DueAt, place),
		Aware: shown(o.AwareAt, place), Outer: shown(o.OuterBound, place), Outcome: o.Reason,
	}
	if v.HasClock {
		left := o.DueAt.Sub(now)
		v.Left, v.LeftSeconds = remaining(left), int64(left/time.Second)
		v.Overdue = o.Status == incident.ObligationOpen && left < 0
	}
	ended := now // where the bar of the time that has gone ends
	if n := len(o.Filings); n > 0 {
		f := o.Filings[n-1]
		ended = f.At
		v.Outcome = fmt.Sprintf("Filed %s with receipt %s, %s before the limit.", shown(f.At, place), f.Receipt, span(o.DueAt.Sub(f.At)))
		if f.LateSeconds > 0 {
			v.Outcome = fmt.Sprintf("Filed %s with receipt %s, %s late, with the reasons for the delay.", shown(f.At, place), f.Receipt,
				span(time.Duration(f.LateSeconds)*time.Second))
		}
	}
	v.drawLadder(o, ended)
	for _, r := range o.Reminders {
		one := reminderShownOf(r, place)
		if r.Revision != o.Revision {
			one.Mode = strings.TrimSpace(one.Mode + " by an earlier clock")
		}
		v.Reminders = append(v.Reminders, one)
		if r.Revision == o.Revision && r.Mode == incident.RungAlone {
			v.Unanswered = o.Status == incident.ObligationOpen && r.AcknowledgedAt.IsZero()
		}
	}
	return v
}

// drawLadder places the planned rungs on a line from awareness to the limit.
// Those after the limit have no end to be placed against: the table has them.
func (v *dutyShown) drawLadder(o *incident.Obligation, ended time.Time) {
	whole := o.DueAt.Sub(o.AwareAt)
	across := func(t time.Time) int {
		if whole <= 0 {
			return 10
		}
		return 10 + int(700*max(0, min(1, float64(t.Sub(o.AwareAt))/float64(whole))))
	}
	v.Progress = across(ended)
	for n := range len(o.Terms.Ladder.Rungs) {
		rung, _ := o.Terms.Ladder.Rung(n)
		name := incident.RungName(rung)
		mark := markShown{X: across(rung.When(o.DueAt)), Y: 42 + 13*(n%2), Label: name}
		switch r := o.Reminder(o.Revision, name); {
		case r != nil && !r.AcknowledgedAt.IsZero():
			mark.Class, mark.Label = "seen", name+" ✓"
		case r != nil:
			mark.Class = "rang"
		case rung.HoursLeft == 0:
			mark.Class = "due"
		}
		v.Marks = append(v.Marks, mark)
	}
}

func reminderShownOf(r incident.Reminder, place *time.Location) reminderShown {
	one := reminderShown{Rung: rungInWords(r.Rung), Due: shown(r.DueAt, place), Fired: shown(r.FiredAt, place), Acknowledged: shown(r.AcknowledgedAt, place)}
	switch r.Mode {
	case incident.RungCombined:
		one.Mode = "told with a later one"
	case incident.RungPassed:
		one.Mode = "passed before the clock was set"
	}
	var accepted []string
	for _, c := range r.Calls {
		if c.Recipient != nil && !c.AcceptedAt.IsZero() {
			accepted = append(accepted, string(c.Recipient.Role)+": "+shown(c.AcceptedAt, place))
		}
	}
	if one.Accepted = strings.Join(accepted, "; "); one.Accepted == "" {
		one.Accepted = "–"
	}
	return one
}
