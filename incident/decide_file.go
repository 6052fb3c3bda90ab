package incident

import (
	"fmt"
	"slices"
	"time"

	"tocsin/gdpr"
)

// Kinds and subtypes of a filing.
const (
	// FilingNew is the filing of a stage.
	FilingNew = "new"
	// FilingFollowUp completes, corrects or withdraws an earlier one.
	FilingFollowUp = "follow_up"
	// FilingComplete holds everything.
	FilingComplete = "complete"
	// FilingIncomplete says what is still to be determined.
	FilingIncomplete = "incomplete"
	// FilingWithdraw withdraws what was filed.
	FilingWithdraw = "withdraw"
)

func (f FileNotification) check() *Error {
	if err := requireText("receipt", f.Receipt, limitTitle); err != nil {
		err.Expected = "the receipt number that the authority gave"
		return err
	}
	if f.At.IsZero() {
		return InvalidField("at", "", "is missing", "the instant of filing with offset, such as 2026-11-17T10:17:00+01:00")
	}
	if !slices.Contains([]string{"", FilingNew, FilingFollowUp}, f.Kind) {
		return InvalidField("kind", f.Kind, "is not known", "new or follow_up")
	}
	if !slices.Contains([]string{"", FilingComplete, FilingIncomplete, FilingWithdraw}, f.Subtype) {
		return InvalidField("subtype", f.Subtype, "is not known", "complete, incomplete or withdraw")
	}
	if f.Subtype == FilingWithdraw && f.Kind != FilingFollowUp {
		return InvalidField("subtype", f.Subtype, "needs an earlier filing", "a follow_up that withdraws")
	}
	documents := f.Dossier
	for _, d := range []*Document{f.Attachment, f.Frozen} {
		if d != nil {
			documents = append(slices.Clone(documents), *d)
		}
	}
	for _, d := range documents {
		if err := checkDocument("attachment", d); err != nil {
			return err
		}
	}
	return limitText("delay_reasons", f.DelayReasons, limitReason)
}

func (f FileNotification) decide(c context) ([]Data, *Error) {
	o, err := c.State.duty(f.Obligation)
	if err != nil {
		return nil, err
	}
	if o.Status == ObligationWaivedStatus {
		return nil, conflict("obligation %d was waived: record an assessment that decides to notify before you file", o.N)
	}
	for _, filed := range o.Filings {
		if filed.Receipt == f.Receipt && filed.At.Equal(f.At) {
			return nil, nil
		}
	}
	if err := f.fits(o, c.State); err != nil {
		return nil, err
	}
	if err := requirePast("at", f.At, c.Now, c.State); err != nil {
		return nil, err
	}
	if f.At.Before(o.AwareAt) {
		return nil, InvalidField("at", f.At.Format(time.RFC3339), "lies before "+startOf(o),
			"an instant not before "+c.State.show(o.AwareAt))
	}
	filed := NotificationFiled{
		Obligation: o.N, At: f.At.UTC(), Receipt: f.Receipt, Stage: o.StageName(), Kind: f.Kind, Subtype: f.Subtype,
		Frozen: f.Frozen, Dossier: f.Dossier, Attachment: f.Attachment, DelayReasons: f.DelayReasons,
	}
	if err := f.explainDelay(c, o, &filed); err != nil {
		return nil, err
	}
	if last, ok := o.Draft(); ok {
		filed.Version, filed.SHA256, filed.Approved = last.Version, last.Content.SHA256, !last.ApprovedAt.IsZero()
	}
	events := []Data{filed}
	if next, ok := c.after(o, filed); ok {
		events = append(events, next)
	}
	return events, nil
}

// startOf says in words from what the present stage counts.
func startOf(o *Obligation) string {
	stage := o.Stage()
	if stage.StartsFrom == gdpr.StartsFromAwareness || stage.StartsFrom == "" {
		return "you became aware"
	}
	return "the stage " + stage.Stage + " began"
}

// fits refuses a filing that the obligation does not wait for.
func (f FileNotification) fits(o *Obligation, s *State) *Error {
	switch {
	case o.Status == ObligationWithdrawn:
		return conflict("the notification of obligation %d was withdrawn: nothing more is filed", o.N)
	case f.Kind == FilingFollowUp && len(o.Filings) == 0:
		return conflict("obligation %d was not filed yet: a follow-up completes an earlier filing", o.N)
	case f.Kind == FilingFollowUp:
		return nil
	case o.Status == ObligationWaiting:
		stage := o.Stage()
		return conflict("the stage %s of obligation %d counts from %s, which is not known yet: fix that fact first",
			stage.Stage, o.N, stage.StartsFrom)
	case o.Status == ObligationFiled:
		return conflict("obligation %d was filed already with receipt %s; a correction is a follow-up",
			o.N, o.Filings[len(o.Filings)-1].Receipt)
	case o.Status == ObligationMetStatus:
		return conflict("obligation %d was met already", o.N)
	}
	return nil
}

// explainDelay demands the reasons of a late filing where the law does.
func (f FileNotification) explainDelay(c context, o *Obligation, filed *NotificationFiled) *Error {
	if o.DueAt.IsZero() || o.Status == ObligationFiled || !f.At.After(o.DueAt) {
		return nil
	}
	filed.LateSeconds = int64((f.At.Sub(o.DueAt) + time.Second - 1) / time.Second)
	stage := o.Stage()
	if !stage.DelayReasonsRequired || !blank(f.DelayReasons) || o.reasonsGiven() {
		return nil
	}
	return &Error{Kind: Invalid, Field: "delay_reasons", Message: "is missing",
		Expected: fmt.Sprintf("the reasons for the delay, since the filing is later than %s (%s)",
			c.State.show(o.DueAt), stage.Cited)}
}

// after gives what follows from a filing: the next stage, or the follow-up
// that an incomplete notification calls for. Nothing follows from the last.
func (c context) after(o *Obligation, filed NotificationFiled) (Data, bool) {
	if filed.Kind == FilingFollowUp {
		return nil, false
	}
	next := *o
	next.Facts = gdpr.Facts{gdpr.FiledFact(filed.Stage): filed.At}
	for name, at := range o.Facts {
		if name != gdpr.FiledFact(filed.Stage) {
			next.Facts[name] = at
		}
	}
	event := StageStarted{Obligation: o.N, Stage: o.StageIndex, Revision: o.Revision + 1}
	if next.StageIndex < len(o.Terms.Then) {
		next.StageIndex++
		event.Stage = next.StageIndex
	} else {
		terms, expected := gdpr.FollowUpTerms(o.Terms, filed.Stage)
		if filed.Subtype != FilingIncomplete || !expected {
			return nil, false
		}
		next.FollowUp, event.Terms = &terms, &terms
	}
	at := c.derive(&next)
	event.Name = next.StageName()
	event.StartsAt, event.DueAt, event.OuterBound, event.Waiting = at.startsAt, at.dueAt, at.outerBound, at.waiting
	return event, true
}
