package incident

import (
	"errors"
	"slices"
	"time"

	"tocsin/gdpr"
)

// Rules are what a decision rests on beside the law that is compiled in.
type Rules struct {
	// Calendar knows the public holidays; nil knows none, and then only
	// Saturdays and Sundays move the end of a period in days or months.
	Calendar gdpr.Calendar
	// Retention says for how long people's data are kept where nobody decided
	// otherwise for a case.
	Retention RetentionPolicy
}

// StageFollowUp is the name of the stage in which an incomplete notification
// is completed (GDPR Art. 33(4)).
const StageFollowUp = "follow_up"

// Stage gives the terms of the present stage.
func (o *Obligation) Stage() gdpr.StageTerms {
	if o.onFollowUp() {
		return *o.FollowUp
	}
	stage, _ := o.Terms.At(o.StageIndex)
	return stage
}

// StageName is the name of the present stage, such as notification.
func (o *Obligation) StageName() string { return o.Stage().Stage }

// Running says whether the obligation's clock runs: it is open, or the rest of
// what was filed is expected, and the law, the authority or a contract gives
// that a period.
func (o *Obligation) Running() bool {
	return (o.Status == ObligationOpen || o.onFollowUp()) && o.Stage().HasClock() && !o.DueAt.IsZero()
}

// onFollowUp says whether the rest of an incomplete filing is expected (GDPR
// Art. 33(4)). The duty itself was met in time or not; that stands.
func (o *Obligation) onFollowUp() bool { return o.FollowUp != nil && !o.Suspended }

// Timed says whether some stage of the obligation has a clock.
func (o *Obligation) Timed() bool {
	if o.Stage().HasClock() {
		return true
	}
	for _, stage := range o.Terms.Then {
		if stage.HasClock() {
			return true
		}
	}
	return o.Terms.HasClock()
}

// Pending says whether something is still to be done for the duty.
func (o *Obligation) Pending() bool {
	return o.Status == ObligationOpen || o.Status == ObligationWaiting
}

// toPeople says whether the duty is owed to the people affected.
func (o *Obligation) toPeople() bool { return o.Terms.Recipient == gdpr.RecipientPeople }

// notifies says whether the duty is to notify an authority under GDPR Art. 33.
func (o *Obligation) notifies() bool {
	return o.Terms.Regime == gdpr.RegimeNotification && !o.toPeople()
}

// Recipient names to whom the duty is owed, in a word or two.
func (o *Obligation) Recipient() string {
	switch {
	case o.Terms.Authority != "":
		return o.Terms.Authority
	case o.Duty != nil && o.Duty.Recipient != "":
		return o.Duty.Recipient
	case o.Terms.Recipient == gdpr.RecipientPeople:
		return "the people affected"
	default:
		return gdpr.RecipientName(o.Terms.Recipient)
	}
}

// Starts gives every instant from which the obligation's stages may count.
func (s *State) Starts(o *Obligation) gdpr.Facts {
	facts := gdpr.Facts{}
	if aware, ok := s.Aware(); ok {
		facts[gdpr.StartsFromAwareness] = aware.At
	}
	for name, at := range o.Facts {
		facts[name] = at
	}
	return facts
}

// Place is where the obligation's days are counted.
func (s *State) Place(o *Obligation) gdpr.Place {
	place := gdpr.Place{Zone: time.UTC}
	if zone, err := time.LoadLocation(s.Disclosure.Zone); err == nil {
		place.Zone = zone // zones are checked at opening
	}
	code := o.Terms.Authority
	if code == "" {
		code = s.Disclosure.Authority
	}
	if a, ok := gdpr.AuthorityByCode(code); ok && a.Country != "EU" {
		place.Country = a.Country
	}
	if o.Duty != nil && o.Duty.Country != "" {
		place.Country = o.Duty.Country
	}
	return place
}

// Deadline gives the time limit of the present stage with its reasons, or the
// fact that is missing. The result is false for a stage without a clock.
func (r Rules) Deadline(s *State, o *Obligation) (gdpr.Deadline, *gdpr.MissingFactError, bool) {
	stage := o.Stage()
	if !stage.HasClock() {
		return gdpr.Deadline{}, nil, false
	}
	d, err := stage.Due(s.Starts(o), s.Place(o), r.Calendar)
	if missing, ok := errors.AsType[*gdpr.MissingFactError](err); ok {
		return gdpr.Deadline{}, missing, true
	}
	return d, nil, err == nil
}

// clock is the derived clock of a stage, UTC.
type clock struct {
	startsAt, dueAt, outerBound time.Time
	waiting                     bool
}

// derive computes the clock of the obligation's present stage.
func (c context) derive(o *Obligation) clock {
	d, missing, ok := c.Rules.Deadline(c.State, o)
	switch {
	case missing != nil:
		return c.bound(o)
	case !ok:
		aware, _ := c.State.Aware()
		return clock{startsAt: aware.At.UTC()}
	}
	return clockOf(d)
}

func clockOf(d gdpr.Deadline) clock {
	out := clock{startsAt: d.Aware.UTC(), dueAt: d.Due.UTC()}
	if !d.OuterBound.IsZero() {
		out.outerBound = d.OuterBound.UTC()
	}
	return out
}

// bound is the clock of a stage whose starting fact is not known: where a
// second limit runs already, it is what to plan by until the fact comes.
func (c context) bound(o *Obligation) clock {
	limit := o.Stage().Limit
	start, known := c.State.Starts(o)[limit.StartsFrom]
	if !known || limit.Within.Hours == 0 {
		return clock{waiting: true}
	}
	return clock{startsAt: start.UTC(), dueAt: start.Add(time.Duration(limit.Within.Hours) * time.Hour).UTC()}
}

// redo derives the obligation's clock again after a fact changed, and gives
// the event that says so, if it says anything new.
func (c context) redo(o *Obligation) (Data, bool) {
	next := c.derive(o)
	switch {
	case next.waiting:
		return nil, false
	case o.Status == ObligationWaiting:
		return StageStarted{
			Obligation: o.N, Stage: o.StageIndex, Name: o.StageName(), Revision: o.Revision + 1,
			StartsAt: next.startsAt, DueAt: next.dueAt, OuterBound: next.outerBound,
		}, true
	case next.dueAt.Equal(o.DueAt) && next.startsAt.Equal(o.AwareAt):
		return nil, false
	default:
		return ObligationMoved{
			Obligation: o.N, Revision: o.Revision + 1,
			AwareAt: next.startsAt, DueAt: next.dueAt, OuterBound: next.outerBound,
		}, true
	}
}

// Draft is the draft of what comes next: the latest that was not filed.
func (o *Obligation) Draft() (Draft, bool) {
	if len(o.Drafts) == 0 {
		return Draft{}, false
	}
	last := o.Drafts[len(o.Drafts)-1]
	for _, f := range o.Filings {
		if f.Version >= last.Version {
			return Draft{}, false
		}
	}
	return last, true
}

// reasonsGiven says whether reasons for the delay of a stage are in the record.
func (o *Obligation) reasonsGiven(stage int) bool {
	return slices.ContainsFunc(o.DelayReasons, func(r DelayReason) bool { return r.Stage == stage })
}
