package web

import (
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/web/wording"
)

type (
	// ladderShown is the line from the start of a clock to its limit.
	ladderShown struct {
		Progress int // where the present stands
		Marks    []markShown
		Words    string // the same for those who do not see it
	}
	markShown struct {
		X, Y         int
		Class, Label string
		Narrow       bool // whether a small screen has room for the label
	}
	reminderShown struct {
		Rung, Name, Mode, Due, Fired, Accepted, Acknowledged string
		Revision                                             int
	}
)

// ladderOf places the planned rungs on a line from the start to the limit.
// Those after the limit have no end to be placed against: the table has them.
func ladderOf(o *incident.Obligation, w wording.Words, now time.Time) *ladderShown {
	whole := o.DueAt.Sub(o.AwareAt)
	across := func(t time.Time) int {
		if whole <= 0 {
			return 10
		}
		return 10 + int(700*max(0, min(1, float64(t.Sub(o.AwareAt))/float64(whole))))
	}
	v, words := &ladderShown{Progress: across(now)}, []string{}
	ladder := o.Stage().Ladder
	for n := range len(ladder.Rungs) {
		rung, _ := ladder.Rung(n)
		name := incident.RungName(rung)
		mark, state := markShown{X: across(rung.When(o.DueAt)), Label: name}, w.T("planned")
		r := o.Reminder(o.Revision, name)
		switch {
		case r != nil && !r.AcknowledgedAt.IsZero():
			mark.Class, mark.Label, state = "seen", name+" ✓", w.T("acknowledged")
		case r != nil && r.Mode == incident.RungPassed:
			mark.Class, state = "passed", w.T("before the clock was set")
		case r != nil:
			mark.Class, state = "rang", w.T("rang, not acknowledged")
		case rung.HoursLeft == 0:
			mark.Class, mark.Label = "due", w.T("ladder_due")
		}
		v.Marks = append(v.Marks, mark)
		words = append(words, wording.RungIn(name, w)+": "+state)
	}
	placeLabels(v.Marks)
	v.Words = w.T("Reminders") + ". " + strings.Join(words, "; ")
	return v
}

// placeLabels sets each label below its mark in the first row in which it has
// room. The rungs crowd before the limit, whose own label comes first.
func placeLabels(marks []markShown) {
	const rows, apart, apartNarrow = 3, 45, 100
	var taken [rows][]int
	var narrow []int
	free := func(x int, row []int, distance int) bool {
		for _, other := range row {
			if max(x-other, other-x) < distance {
				return false
			}
		}
		return true
	}
	for i := len(marks) - 1; i >= 0; i-- {
		m := &marks[i]
		row := 0
		for row < rows-1 && !free(m.X, taken[row], apart) {
			row++
		}
		taken[row] = append(taken[row], m.X)
		m.Y = 44 + 14*row
		if m.Narrow = row == 0 && free(m.X, narrow, apartNarrow); m.Narrow {
			narrow = append(narrow, m.X)
		}
	}
}

// nextReminder says when the ladder rings next.
func nextReminder(o *incident.Obligation, w wording.Words, now time.Time, place *time.Location) string {
	ladder := o.Stage().Ladder
	n, ok := ladder.RungAfter(o.DueAt, now)
	if !ok {
		return ""
	}
	rung, _ := ladder.Rung(n)
	return w.At(rung.When(o.DueAt), place) + " (" + wording.RungIn(incident.RungName(rung), w) + ")"
}

// listReminders lists what rang: the mails of the present clock, and apart
// from them what only explains the record.
func (v *dutyShown) listReminders(o *incident.Obligation, w wording.Words, names colleagues, place *time.Location) {
	for _, r := range o.Reminders {
		if r.Mode == incident.RungPassed {
			v.Passed++
			continue
		}
		one := reminderShownOf(r, w, names, place)
		if r.Revision != o.Revision {
			one.Mode = strings.TrimSpace(one.Mode + " " + w.T("by an earlier clock"))
		}
		if r.Revision != o.Revision || r.Mode != incident.RungAlone || v.Mode == "done" {
			v.Further = append(v.Further, one)
			continue
		}
		v.Reminders = append(v.Reminders, one)
		v.Latest, v.Unanswered = &one, o.Running() && r.AcknowledgedAt.IsZero()
	}
}

func reminderShownOf(r incident.Reminder, w wording.Words, names colleagues, place *time.Location) reminderShown {
	one := reminderShown{
		Rung: wording.RungIn(r.Rung, w), Name: r.Rung, Revision: r.Revision, Due: w.At(r.DueAt, place), Fired: w.At(r.FiredAt, place),
		Accepted: "–", Acknowledged: "–",
	}
	if !r.AcknowledgedAt.IsZero() {
		one.Acknowledged = names.in(w, r.AcknowledgedBy) + ", " + w.At(r.AcknowledgedAt, place)
	}
	if r.Mode == incident.RungCombined {
		one.Mode = w.T("told with a later one")
	}
	var accepted []string
	for _, c := range r.Calls {
		switch {
		case c.Recipient == nil:
		case !c.AcceptedAt.IsZero():
			accepted = append(accepted, names.in(w, c.Recipient)+", "+w.At(c.AcceptedAt, place))
		case !c.RefusedAt.IsZero():
			accepted = append(accepted, names.in(w, c.Recipient)+": "+w.T("refused, %s", w.At(c.RefusedAt, place)))
		}
	}
	if len(accepted) > 0 {
		one.Accepted = strings.Join(accepted, "; ")
	}
	return one
}
