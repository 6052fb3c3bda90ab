package web

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"tocsin/filing"
	"tocsin/gdpr"
	"tocsin/gdpr/form"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

type (
	stepShown  struct{ Name, State string }
	draftShown struct {
		Version, Percent, MissingNow, Open int
		Subtype, Approved                  string
	}
	dutyShown struct {
		N                                             int
		Mode                                          string // waiting, open, clock or done
		Title, Cited, Status, Due, Aware, Outer, Left string
		Outcome                                       []string
		LeftSeconds                                   int64
		Overdue, Unanswered, CanAcknowledge, Demanded bool
		Ladder                                        *ladderShown // nil unless a clock runs
		Latest                                        *reminderShown
		Next                                          string // the reminder that is planned next
		Reminders, Further                            []reminderShown
		Passed                                        int
		Steps                                         []stepShown
		Waits, ToConfirm, Note                        string
		Reasons                                       []string
		Draft                                         *draftShown
		HasForm                                       bool
		Papers                                        []paperShown
	}
)

// dutiesOf draws the duties of a case, the nearest limit first.
func (s *server) dutiesOf(ctx context.Context, state *incident.State, user postgres.User, names colleagues, now time.Time, place *time.Location) ([]dutyShown, error) {
	var order []*incident.Obligation
	for i := range state.Obligations {
		order = append(order, &state.Obligations[i])
	}
	slices.SortStableFunc(order, pressing)
	var list []dutyShown
	for _, o := range order {
		v := s.dutyOf(state, o, wording.For(user.Locale), names, now, place)
		if user.Role == incident.RoleCounsel {
			for i := range v.Papers {
				v.Papers[i].ID = "" // counsel sees that a file is there, and cannot open it
			}
		}
		v.CanAcknowledge = v.Unanswered && slices.Contains(onDuty(), user.Role)
		if filing.HasForm(o) && slices.Contains(caseReaders(), user.Role) {
			v.HasForm = true
			draft, err := s.draftShownOf(ctx, state, o, wording.For(user.Locale), names, now)
			if err != nil {
				return nil, err
			}
			v.Draft = draft
		}
		list = append(list, v)
	}
	return list, nil
}

// pressing orders duties: the nearest limit first.
func pressing(a, b *incident.Obligation) int {
	return cmp.Or(cmp.Compare(rank(a), rank(b)), a.DueAt.Compare(b.DueAt))
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

// dutyOf draws a duty: how it stands, its clock and its reminders.
func (s *server) dutyOf(state *incident.State, o *incident.Obligation, w wording.Words, names colleagues, now time.Time, place *time.Location) dutyShown {
	stage := o.Stage()
	v := dutyShown{
		N: o.N, Mode: modeOf(o), Title: dutyTitleIn(o, w), Cited: w.Said(stage.Cited), Status: w.T("duty_" + o.Status),
		Due: w.At(o.DueAt, place), Aware: startIn(stage, w) + ": " + w.At(o.AwareAt, place), Outer: w.At(o.OuterBound, place),
		Note: w.Said(stage.Note), ToConfirm: w.Said(stage.ToConfirm), Demanded: stage.DelayReasonsRequired,
		Outcome: outcomeOf(o, w, place),
	}
	if o.Terms.VerifiedAt == "" && v.ToConfirm == "" {
		v.ToConfirm = w.T("the whole rule")
	}
	switch d, missing, ok := s.Rules.Deadline(state, o); {
	case missing != nil:
		v.Waits = missing.Label.In(w.Lang)
	case ok:
		for _, reason := range d.Reasons() {
			v.Reasons = append(v.Reasons, w.Said(reason))
		}
	}
	if v.Mode == "clock" {
		left := o.DueAt.Sub(now)
		v.Left, v.LeftSeconds, v.Overdue = w.Remaining(left), int64(left/time.Second), left < 0
		v.Ladder = ladderOf(o, w, now)
		v.Next = nextReminder(o, w, now, place)
	}
	for _, filed := range o.Filings {
		for _, d := range append(slices.Clone(filed.Dossier), attachmentOf(filed)...) {
			v.Papers = append(v.Papers, paperOf(d, w))
		}
	}
	v.listReminders(o, w, names, place)
	v.listSteps(s.stagesOf(state, o, place), w)
	return v
}

// modeOf says how a duty is drawn.
func modeOf(o *incident.Obligation) string {
	switch {
	case o.Running():
		return "clock"
	case o.Status == incident.ObligationWaiting:
		return "waiting"
	case o.Pending():
		return "open"
	default:
		return "done"
	}
}

// outcomeOf tells what became of a duty, a sentence for each filing. By how
// much a filing was early is not said: the limit may have moved since.
func outcomeOf(o *incident.Obligation, w wording.Words, place *time.Location) []string {
	var list []string
	for _, f := range o.Filings {
		what := w.T("Filed")
		switch {
		case f.Subtype == incident.FilingWithdraw:
			what = w.T("Withdrawal filed")
		case f.Kind == incident.FilingFollowUp:
			what = w.T("Follow-up filed")
		}
		if f.Subtype == incident.FilingIncomplete {
			what = w.T("%s as incomplete", what)
		}
		text := w.T("%s on %s with receipt %s, in time.", what, w.At(f.At, place), f.Receipt)
		if f.LateSeconds > 0 {
			late := w.T("late_by", wording.Span(time.Duration(f.LateSeconds)*time.Second))
			if f.DelayReasons != "" {
				late = w.T("%s, with the reasons for the delay", late)
			}
			text = w.T("%s on %s with receipt %s, %s.", what, w.At(f.At, place), f.Receipt, late)
		}
		list = append(list, text)
	}
	if o.Reason != "" {
		list = append(list, o.Reason)
	}
	return list
}

func attachmentOf(f incident.Filing) []incident.Document {
	if f.Attachment == nil {
		return nil
	}
	return []incident.Document{*f.Attachment}
}

// dutyTitleIn says what is due to whom.
func dutyTitleIn(o *incident.Obligation, w wording.Words) string {
	stage := o.Stage()
	switch {
	case o.Running():
		return runningDutyIn(o.AsRunning(), w)
	case o.Terms.Recipient == gdpr.RecipientPeople:
		return w.T("Duty to tell the people affected")
	case stage.Stage == incident.StageFollowUp:
		return w.T("duty_rest", w.Recipient(o.Recipient()))
	case len(o.Terms.Then) > 0 && stage.Label.EN != "":
		return w.T("duty_stage", wording.SentenceStart(stage.Label.In(w.Lang)), w.Recipient(o.Recipient()))
	default:
		return w.T("Duty to notify %s", w.Recipient(o.Recipient()))
	}
}

// runningDutyIn says what is due to whom, of a duty whose clock runs.
func runningDutyIn(d incident.RunningDuty, w wording.Words) string {
	switch {
	case d.ToPeople:
		return w.T("Duty to tell the people affected")
	case d.Stage == incident.StageFollowUp:
		return w.T("duty_rest", w.Recipient(d.Recipient))
	case d.Several && d.Label.EN != "":
		return w.T("Deadline for the %s to %s", d.Label.In(w.Lang), w.Recipient(d.Recipient))
	default:
		return w.T("Deadline to notify %s", w.Recipient(d.Recipient))
	}
}

// startIn names the fact from which a stage counts.
func startIn(stage gdpr.StageTerms, w wording.Words) string {
	if stage.StartsFrom == gdpr.StartsFromAwareness || stage.StartsFrom == "" {
		return w.T("Awareness")
	}
	if label := stage.StartsLabel.In(w.Lang); label != "" {
		return w.T("Counts from: %s", label)
	}
	return w.T("Counts from: %s", strings.ReplaceAll(strings.ReplaceAll(stage.StartsFrom, "_", " "), ":", " "))
}

// listSteps lists the stages of a duty that has several.
func (v *dutyShown) listSteps(stages []stageView, w wording.Words) {
	if len(stages) < 2 {
		return
	}
	for _, stage := range stages {
		step := stepShown{Name: cmp.Or(stage.Label.In(w.Lang), stage.Name) + " (" + w.Said(stage.Cited) + ")"}
		switch {
		case stage.FiledAt != nil:
			step.State = w.T("filed %s", w.At(*stage.FiledAt, stage.FiledAt.Location()))
		case stage.Due != nil:
			step.State = w.T("due %s", w.At(*stage.Due, stage.Due.Location()))
		case stage.Needs != "":
			step.State = w.T("%s from %s", stage.Within, strings.ReplaceAll(strings.ReplaceAll(stage.Needs, "_", " "), ":", " "))
		default:
			step.State = w.T("no fixed time limit")
		}
		v.Steps = append(v.Steps, step)
	}
}

// draftShownOf says how far the draft of what is filed next is; nil when there
// is none.
func (s *server) draftShownOf(ctx context.Context, state *incident.State, o *incident.Obligation, w wording.Words, names colleagues, now time.Time) (*draftShown, error) {
	stored, ok := o.Draft()
	if !ok {
		return nil, nil
	}
	draft, known, err := s.readDraft(ctx, state.ID, stored.Content.ID)
	if err != nil {
		return nil, err
	}
	if !known {
		return &draftShown{Version: stored.Version, Subtype: "in another form", Approved: w.T("in another form")}, nil // content of before the form
	}
	v := &draftShown{Version: stored.Version, Subtype: string(draft.Subtype), Approved: w.T("not approved yet")}
	if !stored.ApprovedAt.IsZero() {
		v.Approved = w.T("approved by %s", names.in(w, stored.ApprovedBy))
	}
	check, err := form.Check(draft, now)
	if err != nil {
		return nil, formError(err)
	}
	v.Percent, v.MissingNow, v.Open = check.Percent, len(check.MissingNow), len(check.LeftOpen)
	return v, nil
}
