package incident

import (
	"cmp"
	"slices"
	"strings"
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
	if f.Unmarked != "" && (len(f.Unmarked) != 64 || f.Frozen == nil) {
		return &Error{Kind: Internal, Message: "open fields were marked in content that is not frozen"}
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
		if f.repeats(filed) {
			return nil, nil
		}
	}
	if err := f.fits(o, c.State); err != nil {
		return nil, err
	}
	if err := requirePast("at", f.At, c.Now, c.State); err != nil {
		return nil, err
	}
	present, skipped, err := c.stageToFile(o, f)
	if err != nil {
		return nil, err
	}
	if start := f.start(c, present); f.At.Before(start) {
		return nil, InvalidField("at", f.At.Format(time.RFC3339), Say("lies before %s", f.startOf(present)),
			Say("an instant not before %s", c.State.show(start)))
	}
	filed := NotificationFiled{
		Obligation: o.N, At: f.At.UTC(), Receipt: f.Receipt, Stage: f.stageName(present), Skipped: skipped, Kind: f.Kind, Subtype: f.Subtype,
		Frozen: f.Frozen, Dossier: f.Dossier, Attachment: f.Attachment, DelayReasons: f.DelayReasons,
	}
	if err := f.explainDelay(c, present, &filed); err != nil {
		return nil, err
	}
	last, drafted := o.Draft()
	if f.Version != 0 && (!drafted || f.Version != last.Version) {
		return nil, conflict("version %d is not the latest draft of obligation %d: look at what was drafted meanwhile, then file", f.Version, o.N)
	}
	if drafted {
		filed.Version, filed.SHA256 = last.Version, last.Content.SHA256
		filed.Approved = !last.ApprovedAt.IsZero() && f.holds(last)
	}
	events := []Data{filed}
	if next, ok := c.after(present, filed); ok {
		events = append(events, next)
	}
	return events, nil
}

// holds says whether what was filed is the draft. That open fields were marked
// as such adds nothing: a mark says of a field what the draft said by leaving
// it empty.
func (f FileNotification) holds(draft Draft) bool {
	return f.Frozen == nil || f.Frozen.SHA256 == draft.Content.SHA256 || f.Unmarked == draft.Content.SHA256
}

// repeats says whether the command was carried out before as that filing.
func (f FileNotification) repeats(filed Filing) bool {
	same := func(a, b, otherwise string) bool { return cmp.Or(a, otherwise) == cmp.Or(b, otherwise) }
	return filed.Receipt == f.Receipt && filed.At.Equal(f.At) && same(f.Kind, filed.Kind, FilingNew) &&
		same(f.Subtype, filed.Subtype, FilingComplete) && (f.Stage == "" || f.Stage == filed.Stage)
}

// secondFilingAfter is how soon after a filing another of the same duty may be
// the same thing, told twice: then the stage has to be named.
const secondFilingAfter = time.Hour

// stageToFile is the obligation at the stage that is filed, and the stages
// between that never were.
func (c context) stageToFile(o *Obligation, f FileNotification) (*Obligation, []string, *Error) {
	if f.Kind == FilingFollowUp || o.onFollowUp() {
		return o, nil, nil
	}
	present := o.StageName()
	if f.Stage == "" || f.Stage == present {
		if n := len(o.Filings); f.Stage == "" && n > 0 && len(o.Terms.Then) > 0 && f.At.Sub(o.Filings[n-1].At).Abs() < secondFilingAfter {
			return nil, nil, conflict("the %s of obligation %d was filed with receipt %s within the same hour: say which stage this is (--stage %s for the next one)",
				Word(o.Filings[n-1].Stage), o.N, o.Filings[n-1].Receipt, present)
		}
		return o, nil, nil
	}
	var names, skipped []string
	for i, stage := range o.Terms.Stages() {
		names = append(names, stage.Stage)
		if stage.Stage != f.Stage || i < o.StageIndex {
			continue
		}
		for _, between := range o.Terms.Stages()[o.StageIndex:i] {
			skipped = append(skipped, between.Stage)
		}
		later := *o
		later.StageIndex = i
		at := c.derive(&later)
		if at.waiting {
			return nil, nil, conflict("the stage %s of obligation %d counts from %s, which is not known yet: fix that fact first",
				Word(f.Stage), o.N, Word(stage.StartsFrom))
		}
		later.AwareAt, later.DueAt, later.OuterBound, later.Status = at.startsAt, at.dueAt, at.outerBound, ObligationOpen
		return &later, skipped, nil
	}
	return nil, nil, InvalidField("stage", f.Stage, Say("is no stage of obligation %d that is still to be filed", o.N),
		Say("one of: %s", strings.Join(names, ", ")))
}

// stageName is the stage that a filing is for: a follow-up completes the last
// one that was filed, unless it is awaited as a stage of its own.
func (f FileNotification) stageName(o *Obligation) string {
	if f.Kind != FilingFollowUp || o.onFollowUp() {
		return o.StageName()
	}
	if n := len(o.Filings); n > 0 {
		return o.Filings[n-1].Stage
	}
	return o.StageName()
}

// start is the earliest instant at which the filing can have been made.
func (f FileNotification) start(c context, o *Obligation) time.Time {
	if f.Kind == FilingFollowUp {
		return o.Filings[0].At
	}
	if stage := o.Stage(); stage.StartsFrom == gdpr.StartsFromAwareness || stage.StartsFrom == "" {
		aware, _ := c.State.Aware()
		return aware.At
	}
	return o.AwareAt
}

// startOf says in words from what the present stage counts.
func (f FileNotification) startOf(o *Obligation) Phrase {
	if f.Kind == FilingFollowUp {
		return Say("the filing that it follows")
	}
	stage := o.Stage()
	if stage.StartsFrom == gdpr.StartsFromAwareness || stage.StartsFrom == "" {
		return Say("you became aware")
	}
	return Say("the stage %s began", Word(stage.Stage))
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
			Word(stage.Stage), o.N, Word(stage.StartsFrom))
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
	late := lateBy(f.At, o.DueAt)
	if late == 0 || f.Kind == FilingFollowUp && !o.onFollowUp() {
		return nil
	}
	filed.LateSeconds = late
	stage := o.Stage()
	if !stage.DelayReasonsRequired || !blank(f.DelayReasons) || o.reasonsGiven(o.StageIndex) {
		return nil
	}
	return InvalidField("delay_reasons", "", "is missing",
		Say("the reasons for the delay, since the filing is later than %s (%s)", c.State.show(o.DueAt), stage.Cited))
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
