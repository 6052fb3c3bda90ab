package web

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin/filing"
	"tocsin/gdpr"
	"tocsin/gdpr/form"
	"tocsin/incident"
	"tocsin/postgres"
)

type (
	markShown struct {
		X, Y         int
		Class, Label string
	}
	reminderShown struct{ Rung, Mode, Due, Fired, Accepted, Acknowledged string }
	stepShown     struct{ Name, State string }
	paperShown    struct{ Name, ID string }
	draftShown    struct {
		Version, Percent, MissingNow, Open int
		Subtype, Approved                  string
	}
	dutyShown struct {
		N                                                       int
		Mode                                                    string // waiting, open, clock or done
		Title, Cited, Status, Due, Aware, Outer, Left, Outcome  string
		LeftSeconds                                             int64
		HasClock, Overdue, Unanswered, CanAcknowledge, Demanded bool
		Progress                                                int
		Marks                                                   []markShown
		Reminders                                               []reminderShown
		Passed                                                  int
		Steps                                                   []stepShown
		Waits, ToConfirm, Note                                  string
		Reasons                                                 []string
		Draft                                                   *draftShown
		HasForm                                                 bool
		Papers                                                  []paperShown
	}
)

// dutiesOf draws the duties of a case, the nearest limit first.
func (s *server) dutiesOf(ctx context.Context, state *incident.State, user postgres.User, now time.Time, place *time.Location) ([]dutyShown, error) {
	var order []*incident.Obligation
	for i := range state.Obligations {
		order = append(order, &state.Obligations[i])
	}
	slices.SortStableFunc(order, func(a, b *incident.Obligation) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.DueAt.Compare(b.DueAt))
	})
	var list []dutyShown
	for _, o := range order {
		v := s.dutyOf(state, o, now, place)
		v.CanAcknowledge = v.Unanswered && slices.Contains(onDuty(), user.Role)
		if filing.HasForm(o) && slices.Contains(caseReaders(), user.Role) {
			v.HasForm = true
			draft, err := s.draftShownOf(ctx, state, o, now)
			if err != nil {
				return nil, err
			}
			v.Draft = draft
		}
		list = append(list, v)
	}
	return list, nil
}

// rank puts duties whose clock runs first, then those that wait, then the rest.
func rank(o *incident.Obligation) int {
	switch {
	case o.Running() && o.Status == incident.ObligationOpen:
		return 0
	case o.Pending():
		return 1
	case o.Running():
		return 2
	default:
		return 3
	}
}

// dutyOf draws a duty with its ladder.
func (s *server) dutyOf(state *incident.State, o *incident.Obligation, now time.Time, place *time.Location) dutyShown {
	stage := o.Stage()
	v := dutyShown{
		N: o.N, HasClock: o.Running() || !o.DueAt.IsZero() && !o.Pending(), Title: dutyTitle(o), Cited: stage.Cited, Status: o.Status,
		Due: shown(o.DueAt, place), Aware: startInWords(stage) + ": " + shown(o.AwareAt, place), Outer: shown(o.OuterBound, place),
		Outcome: o.Reason, Note: stage.Note, ToConfirm: stage.ToConfirm, Demanded: stage.DelayReasonsRequired,
	}
	if o.Terms.VerifiedAt == "" && v.ToConfirm == "" {
		v.ToConfirm = "the whole rule"
	}
	switch {
	case o.Running():
		v.Mode = "clock"
	case o.Status == incident.ObligationWaiting:
		v.Mode = "waiting"
	case o.Pending():
		v.Mode = "open"
	default:
		v.Mode = "done"
	}
	if v.HasClock {
		left := o.DueAt.Sub(now)
		v.Left, v.LeftSeconds = remaining(left), int64(left/time.Second)
		v.Overdue = o.Running() && left < 0
	}
	switch d, missing, ok := s.Rules.Deadline(state, o); {
	case missing != nil:
		v.Waits = missing.Label.EN
	case ok:
		v.Reasons = d.Reasons()
	}
	ended := now // where the bar of the time that has gone ends
	if n := len(o.Filings); n > 0 {
		f := o.Filings[n-1]
		if !o.Running() {
			ended = f.At
		}
		v.Outcome = fmt.Sprintf("Filed %s with receipt %s", shown(f.At, place), f.Receipt)
		switch {
		case f.LateSeconds > 0:
			v.Outcome += fmt.Sprintf(", %s late, with the reasons for the delay.", span(time.Duration(f.LateSeconds)*time.Second))
		case n == 1 && !o.Running():
			v.Outcome += fmt.Sprintf(", %s before the limit.", span(o.DueAt.Sub(f.At)))
		default:
			v.Outcome += "."
		}
		for _, filed := range o.Filings {
			for _, d := range append(slices.Clone(filed.Dossier), attachmentOf(filed)...) {
				v.Papers = append(v.Papers, paperShown{d.Name, d.ID})
			}
		}
	}
	v.drawLadder(o, ended)
	v.listReminders(o, place)
	v.listSteps(s.stagesOf(state, o, place))
	return v
}

func attachmentOf(f incident.Filing) []incident.Document {
	if f.Attachment == nil {
		return nil
	}
	return []incident.Document{*f.Attachment}
}

// dutyTitle says what is due to whom.
func dutyTitle(o *incident.Obligation) string {
	stage := o.Stage()
	switch {
	case o.Terms.Recipient == gdpr.RecipientPeople:
		return "Duty to tell the people affected"
	case stage.Stage == incident.StageFollowUp:
		return "Rest of the notification to " + o.Recipient()
	case len(o.Terms.Then) > 0 && stage.Label.EN != "":
		return "Deadline for the " + stage.Label.EN + " to " + o.Recipient()
	case stage.HasClock():
		return "Deadline to notify " + o.Recipient()
	default:
		return "Duty to notify " + o.Recipient()
	}
}

// startInWords names the fact from which a stage counts.
func startInWords(stage gdpr.StageTerms) string {
	if stage.StartsFrom == gdpr.StartsFromAwareness || stage.StartsFrom == "" {
		return "Awareness"
	}
	if label := stage.StartsLabel.EN; label != "" {
		return "Counts from the " + label
	}
	return "Counts from " + strings.ReplaceAll(strings.ReplaceAll(stage.StartsFrom, "_", " "), ":", " ")
}

func (v *dutyShown) listReminders(o *incident.Obligation, place *time.Location) {
	for _, r := range o.Reminders {
		if r.Revision == o.Revision && r.Mode == incident.RungAlone {
			v.Unanswered = o.Running() && r.AcknowledgedAt.IsZero()
		}
		if r.Mode == incident.RungPassed {
			v.Passed++
			continue
		}
		one := reminderShownOf(r, place)
		if r.Revision != o.Revision {
			one.Mode = strings.TrimSpace(one.Mode + " by an earlier clock")
		}
		v.Reminders = append(v.Reminders, one)
	}
}

// listSteps lists the stages of a duty that has several.
func (v *dutyShown) listSteps(stages []stageView) {
	if len(stages) < 2 {
		return
	}
	for _, stage := range stages {
		step := stepShown{Name: cmp.Or(stage.Label.EN, stage.Name) + " (" + stage.Cited + ")"}
		switch {
		case stage.FiledAt != nil:
			step.State = "filed " + stage.FiledAt.Format("Mon 2 Jan 2006, 15:04 -07:00")
		case stage.Due != nil:
			step.State = "due " + stage.Due.Format("Mon 2 Jan 2006, 15:04 -07:00")
		case stage.Needs != "":
			step.State = stage.Within + " from " + strings.ReplaceAll(strings.ReplaceAll(stage.Needs, "_", " "), ":", " ")
		default:
			step.State = "no fixed time limit"
		}
		v.Steps = append(v.Steps, step)
	}
}

// draftShownOf says how far the draft of what is filed next is; nil when there
// is none.
func (s *server) draftShownOf(ctx context.Context, state *incident.State, o *incident.Obligation, now time.Time) (*draftShown, error) {
	stored, ok := o.Draft()
	if !ok {
		return nil, nil
	}
	draft, known, err := s.readDraft(ctx, state.ID, stored.Content.ID)
	if err != nil {
		return nil, err
	}
	if !known {
		return &draftShown{Version: stored.Version, Subtype: "in another form"}, nil // content of before the form
	}
	v := &draftShown{Version: stored.Version, Subtype: string(draft.Subtype), Approved: "not approved yet"}
	if !stored.ApprovedAt.IsZero() {
		v.Approved = "approved by " + string(stored.ApprovedBy.Role)
	}
	check, err := form.Check(draft, now)
	if err != nil {
		return nil, formError(err)
	}
	v.Percent, v.MissingNow, v.Open = check.Percent, len(check.MissingNow), len(check.LeftOpen)
	return v, nil
}

// drawLadder places the planned rungs on a line from the start to the limit.
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
	ladder := o.Stage().Ladder
	for n := range len(ladder.Rungs) {
		rung, _ := ladder.Rung(n)
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
	if r.AcknowledgedBy != nil {
		one.Acknowledged = string(r.AcknowledgedBy.Role) + ": " + one.Acknowledged
	}
	if r.Mode == incident.RungCombined {
		one.Mode = "told with a later one"
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
