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
		v := s.dutyOf(state, o, names, now, place)
		v.CanAcknowledge = v.Unanswered && slices.Contains(onDuty(), user.Role)
		if filing.HasForm(o) && slices.Contains(caseReaders(), user.Role) {
			v.HasForm = true
			draft, err := s.draftShownOf(ctx, state, o, names, now)
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
func (s *server) dutyOf(state *incident.State, o *incident.Obligation, names colleagues, now time.Time, place *time.Location) dutyShown {
	stage := o.Stage()
	v := dutyShown{
		N: o.N, Mode: modeOf(o), Title: dutyTitle(o), Cited: stage.Cited, Status: outcomeInWords(o.Status),
		Due: shown(o.DueAt, place), Aware: startInWords(stage) + ": " + shown(o.AwareAt, place), Outer: shown(o.OuterBound, place),
		Note: stage.Note, ToConfirm: stage.ToConfirm, Demanded: stage.DelayReasonsRequired,
		Outcome: outcomeOf(o, place),
	}
	if o.Terms.VerifiedAt == "" && v.ToConfirm == "" {
		v.ToConfirm = "the whole rule"
	}
	switch d, missing, ok := s.Rules.Deadline(state, o); {
	case missing != nil:
		v.Waits = missing.Label.EN
	case ok:
		v.Reasons = d.Reasons()
	}
	if v.Mode == "clock" {
		left := o.DueAt.Sub(now)
		v.Left, v.LeftSeconds, v.Overdue = remaining(left), int64(left/time.Second), left < 0
		v.Ladder = ladderOf(o, now)
		v.Next = nextReminder(o, now, place)
	}
	for _, filed := range o.Filings {
		for _, d := range append(slices.Clone(filed.Dossier), attachmentOf(filed)...) {
			v.Papers = append(v.Papers, paperOf(d))
		}
	}
	v.listReminders(o, names, place)
	v.listSteps(s.stagesOf(state, o, place))
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
func outcomeOf(o *incident.Obligation, place *time.Location) []string {
	var list []string
	for _, f := range o.Filings {
		what := "Filed"
		switch {
		case f.Subtype == incident.FilingWithdraw:
			what = "Withdrawal filed"
		case f.Kind == incident.FilingFollowUp:
			what = "Follow-up filed"
		}
		if f.Subtype == incident.FilingIncomplete {
			what += " as incomplete"
		}
		text := fmt.Sprintf("%s on %s with receipt %s, in time.", what, shown(f.At, place), f.Receipt)
		if f.LateSeconds > 0 {
			text = fmt.Sprintf("%s on %s with receipt %s, %s late", what, shown(f.At, place), f.Receipt,
				span(time.Duration(f.LateSeconds)*time.Second))
			if f.DelayReasons != "" {
				text += ", with the reasons for the delay"
			}
			text += "."
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

// dutyTitle says what is due to whom.
func dutyTitle(o *incident.Obligation) string {
	stage := o.Stage()
	switch {
	case o.Terms.Recipient == gdpr.RecipientPeople:
		return "Duty to tell the people affected"
	case stage.Stage == incident.StageFollowUp:
		return "Rest of the notification to " + o.Recipient()
	case len(o.Terms.Then) > 0 && stage.Label.EN != "":
		if o.Running() {
			return "Deadline for the " + stage.Label.EN + " to " + o.Recipient()
		}
		return sentenceStart(stage.Label.EN) + " to " + o.Recipient()
	case o.Running():
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

// listSteps lists the stages of a duty that has several.
func (v *dutyShown) listSteps(stages []stageView) {
	if len(stages) < 2 {
		return
	}
	for _, stage := range stages {
		step := stepShown{Name: cmp.Or(stage.Label.EN, stage.Name) + " (" + stage.Cited + ")"}
		switch {
		case stage.FiledAt != nil:
			step.State = "filed " + stage.FiledAt.Format(instant)
		case stage.Due != nil:
			step.State = "due " + stage.Due.Format(instant)
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
func (s *server) draftShownOf(ctx context.Context, state *incident.State, o *incident.Obligation, names colleagues, now time.Time) (*draftShown, error) {
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
		v.Approved = "approved by " + names.by(stored.ApprovedBy)
	}
	check, err := form.Check(draft, now)
	if err != nil {
		return nil, formError(err)
	}
	v.Percent, v.MissingNow, v.Open = check.Percent, len(check.MissingNow), len(check.LeftOpen)
	return v, nil
}
