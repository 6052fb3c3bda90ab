package incident

import (
	"slices"
	"time"

	"tocsin/gdpr"
)

// lateBy is by how many seconds, begun ones counted whole, an instant lies after
// the last one in time; 0 for none.
func lateBy(at, due time.Time) int64 {
	if due.IsZero() || !at.After(due) {
		return 0
	}
	return int64((at.Sub(due) + time.Second - 1) / time.Second)
}

// rejudge holds what was filed against the limits as they count on the state of c,
// in which an instant was corrected. A filing that is late by another length than
// the record says so far is judged anew: the register and the report must not call
// in time what by the corrected awareness was late, nor late what was in time.
//
// A limit counts from what was known of its stage; the filings of other stages keep
// theirs. What completes an earlier filing has no limit of its own.
func (c context) rejudge(o *Obligation) []Data {
	var events []Data
	for i := range o.Filings {
		f := &o.Filings[i]
		limit, ok := c.limitOf(o, f)
		if !ok {
			continue
		}
		if late := lateBy(f.At, limit.dueAt); late != f.LateSeconds {
			events = append(events, NotificationRejudged{Obligation: o.N, Filing: i + 1, FiledAt: f.At,
				AwareAt: limit.startsAt, DueAt: limit.dueAt, OuterBound: limit.outerBound, LateSeconds: late})
		}
	}
	return events
}

// limitOf is the clock of the stage that a filing was made for.
func (c context) limitOf(o *Obligation, f *Filing) (clock, bool) {
	n, ok := o.stageOf(f)
	if !ok {
		return clock{}, false
	}
	then := *o
	then.StageIndex, then.FollowUp = n, nil
	d, missing, ok := c.Rules.Deadline(c.State, &then)
	if !ok || missing != nil {
		return clock{}, false
	}
	return clockOf(d), true
}

// stageOf is the number of the stage that a filing was made for, from 0; false for
// one that follows an earlier filing.
func (o *Obligation) stageOf(f *Filing) (int, bool) {
	if f.Kind == FilingFollowUp {
		return 0, false
	}
	stages := o.Terms.Stages()
	if f.Stage == "" {
		return 0, len(stages) == 1 // records of before stages had names
	}
	for i, stage := range stages {
		if stage.Stage == f.Stage {
			return i, true
		}
	}
	return 0, false
}

// owesReasons gives the stage of the first filing of the obligation that is late only
// since an instant was corrected, where the law demands reasons and nobody gave any.
func (o *Obligation) owesReasons() (gdpr.StageTerms, bool) {
	for i := range o.Filings {
		f := &o.Filings[i]
		n, ok := o.stageOf(f)
		if !ok || f.LateSeconds == 0 || f.RejudgedAt.IsZero() || !blank(f.DelayReasons) || o.reasonsGiven(n) {
			continue
		}
		since := func(r DelayReason) bool { return !r.At.Before(f.RejudgedAt) }
		if stage := o.Terms.Stages()[n]; stage.DelayReasonsRequired && !slices.ContainsFunc(o.DelayReasons, since) {
			return stage, true
		}
	}
	return gdpr.StageTerms{}, false
}
