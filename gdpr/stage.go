package gdpr

import (
	"fmt"
	"strings"
	"time"
)

// Stage is one step of a regime, in the data.
type Stage struct {
	// Name says what is due, in small letters: "notification", "early_warning",
	// "final". It is unique within the regime.
	Name string `json:"name"`
	// Label is the step as people read it.
	Label Label `json:"label"`
	// StartsFrom is the fact from which the period counts: "awareness",
	// "filed:" and an earlier stage, or another name of [KnownFacts].
	StartsFrom string `json:"starts_from"`
	// Within is the period. The zero Period is a duty without a clock.
	Within Period `json:"within"`
	// Limit is a second time limit that may come first; zero for none.
	Limit Limit `json:"limit,omitzero"`
	// Standard is the law's own soft wording beside the period, "without
	// undue delay", which can be missed before the period ends. May be empty.
	Standard string `json:"standard"`
	// Article is where the step stands, for example "Art. 33(1)".
	Article string `json:"article"`
	// Cited is the step as reasons cite it, with the law's short name, for
	// example "NIS2 Art. 23(4)(a)". Empty for the GDPR's own steps, which are
	// cited as "GDPR" and Article.
	Cited string `json:"cited,omitempty"`
	// DelayReasonsRequired says that a late filing must state why.
	DelayReasonsRequired bool `json:"delay_reasons_required"`
	// Ladder is the code of the reminder ladder; empty for a duty without a
	// clock.
	Ladder string `json:"ladder"`
	// NoOuterBound says that Reg. (EEC, Euratom) 1182/71 does not govern the
	// step, so that no outer bound is shown for its hours.
	NoOuterBound bool `json:"no_outer_bound,omitempty"`
	// Note is what the person who files has to know and Tocsin does not
	// compute, in English. May be empty.
	Note string `json:"note,omitempty"`
	// ToConfirm names the part of the step that nobody has read in its source
	// yet, even where the regime's VerifiedAt is set. Empty for none.
	ToConfirm string `json:"to_confirm,omitempty"`
}

// Limit is a second time limit of a stage, from another fact. The earlier of
// the two holds, except where the stage starts only after this one has passed:
// then the stage's own period is left alone.
type Limit struct {
	// StartsFrom is the fact from which the limit counts.
	StartsFrom string `json:"starts_from"`
	// Within is the limit, in hours.
	Within Period `json:"within"`
}

// StageTerms are the rules of one step as an obligation keeps them. They are
// part of the JSON form of [Terms], which is stable.
type StageTerms struct {
	// Stage is the step of the regime, for example "notification".
	Stage string `json:"stage"`
	// Label is the step as people read it. Zero in obligations of before
	// labels existed.
	Label Label `json:"label,omitzero"`
	// Article is where the step stands, for example "Art. 33(1)".
	Article string `json:"article"`
	// Cited is the step with the law's short name, as reasons cite it. Empty
	// for the GDPR's own steps, see [Terms.At].
	Cited string `json:"cited,omitempty"`
	// StartsFrom is the fact from which the period counts, for example
	// "awareness" or "filed:notification".
	StartsFrom string `json:"starts_from"`
	// StartsLabel is that fact as people read it; zero for a fact of
	// [KnownFacts], which is labelled there.
	StartsLabel Label `json:"starts_label,omitzero"`
	// Within is the period; zero for a duty without a clock.
	Within Period `json:"within"`
	// Limit is a second time limit that may come first; zero for none.
	Limit Limit `json:"limit,omitzero"`
	// Standard is the law's soft wording, "without undue delay".
	Standard string `json:"standard"`
	// Ladder is the plan of reminders; empty for a duty without a clock.
	Ladder Ladder `json:"ladder"`
	// DelayReasonsRequired says that a late filing must state why.
	DelayReasonsRequired bool `json:"delay_reasons_required"`
	// NoOuterBound says that Reg. (EEC, Euratom) 1182/71 does not govern the
	// step, so that no outer bound is shown for its hours.
	NoOuterBound bool `json:"no_outer_bound,omitempty"`
	// Note is what the person who files has to know and Tocsin does not
	// compute, in English. May be empty.
	Note string `json:"note,omitempty"`
	// ToConfirm names the part of the step that nobody has read in its source
	// yet. Empty for none.
	ToConfirm string `json:"to_confirm,omitempty"`
}

// HasClock reports whether the terms give a period, so that a due time can be
// computed and reminders run.
func (s StageTerms) HasClock() bool { return !s.Within.IsZero() }

// Rule names the step's article and period in one line, in English, whether or
// not the facts are known from which it counts: "NIS2 Art. 23(4)(d), 1 month
// from the filing of the incident notification".
func (s StageTerms) Rule() string {
	parts := []string{s.citation()}
	if s.Standard != "" {
		parts = append(parts, s.Standard)
	}
	if s.HasClock() {
		parts = append(parts, fmt.Sprintf("%s from the %s", s.Within, s.startsLabel().EN))
	} else {
		parts = append(parts, "no period in law")
	}
	if s.Limit != (Limit{}) {
		parts = append(parts, fmt.Sprintf("no later than %s after the %s", s.Limit.Within, factLabel(s.Limit.StartsFrom).EN))
	}
	return strings.Join(parts, ", ")
}

// citation is the step as reasons cite it.
func (s StageTerms) citation() string {
	if s.Cited == "" {
		return "GDPR " + s.Article
	}
	return s.Cited
}

// startsLabel is the fact from which the period counts, as people read it.
func (s StageTerms) startsLabel() Label {
	if s.StartsLabel != (Label{}) {
		return s.StartsLabel
	}
	return factLabel(s.StartsFrom)
}

// MissingFactError says that the time limit of a stage cannot be computed yet,
// because a fact from which it counts has no time.
type MissingFactError struct {
	// Stage is the step, for example "final".
	Stage string
	// Fact is the name of the missing fact, for example "filed:notification".
	Fact string
	// Label is the fact as people read it.
	Label Label
}

// Error names the stage and the missing fact, in one line.
func (e *MissingFactError) Error() string {
	return fmt.Sprintf("%s: the time of the %s (%s) is missing; the time limit counts from it", e.Stage, e.Label.EN, e.Fact)
}

// Due returns the time limit of the stage. Times are shown, and days counted,
// in the zone of the place; a period in days or months that would end on a
// Saturday, a Sunday or a holiday of the place's country ends with the
// following working day. A nil calendar knows no holidays.
//
// It returns a [*MissingFactError] while a fact from which the stage counts
// has no time, and an [*InputError] for a stage without a clock or a calendar
// without working days.
func (s StageTerms) Due(facts Facts, place Place, calendar Calendar) (Deadline, error) {
	if !s.HasClock() {
		return Deadline{}, &InputError{Field: "stage", Value: s.Stage, Expected: "a stage for which the law or a contract gives a period"}
	}
	start, err := s.factTime(s.StartsFrom, facts)
	if err != nil {
		return Deadline{}, err
	}
	var limitStart time.Time
	if s.Limit != (Limit{}) {
		if limitStart, err = s.factTime(s.Limit.StartsFrom, facts); err != nil {
			return Deadline{}, err
		}
	}
	return s.dueFrom(start, limitStart, place, calendar)
}

// dueFrom computes the time limit from the instants of the facts. limitStart
// is not looked at where there is no second limit.
func (s StageTerms) dueFrom(start, limitStart time.Time, place Place, calendar Calendar) (Deadline, error) {
	cited := s.citation()
	if s.Within.Hours == 0 {
		return s.endOfDays(start, place, calendar, cited)
	}
	d := elapsedHours(start, s.Within, place.zone(), cited)
	if s.Limit != (Limit{}) {
		d = d.limitedBy(s, limitStart)
	}
	if s.NoOuterBound {
		d.OuterBound = time.Time{}
	}
	d.whyLate = s.DelayReasonsRequired
	return d, nil
}

// endOfDays computes a period in days or months.
func (s StageTerms) endOfDays(start time.Time, place Place, calendar Calendar, cited string) (Deadline, error) {
	start = start.Round(0).In(place.zone())
	days, err := countDays(start, s.Within, place, calendar)
	if err != nil {
		return Deadline{}, err
	}
	return Deadline{Aware: start, Due: endOfDay(days.end, place.zone()), cited: cited, within: s.Within, days: days}, nil
}

func (s StageTerms) factTime(name string, facts Facts) (time.Time, error) {
	at, known := facts[name]
	if !known || at.IsZero() {
		label := factLabel(name)
		if name == s.StartsFrom {
			label = s.startsLabel()
		}
		return time.Time{}, &MissingFactError{Stage: s.Stage, Fact: name, Label: label}
	}
	return at, nil
}

// appliedLimit is how the second limit of a stage bore on a deadline.
type appliedLimit struct {
	limit Limit     // as in the terms
	own   Period    // the stage's own period
	start time.Time // the stage's own start
	from  time.Time // the start of the limit
	holds bool      // the limit came first
	late  bool      // the stage started after the limit had passed
}

// limitedBy applies the second limit of a stage to its own period.
func (d Deadline) limitedBy(s StageTerms, from time.Time) Deadline {
	l := &appliedLimit{limit: s.Limit, own: s.Within, start: d.Aware, from: from.Round(0).In(d.Aware.Location())}
	other := elapsedHours(from, s.Limit.Within, d.Aware.Location(), d.cited)
	l.late = d.Aware.After(other.Due)
	l.holds = !l.late && other.Due.Before(d.Due)
	if l.holds {
		d = other
	}
	d.limit = l
	return d
}

// rule continues the line that begins with the period that holds.
func (l *appliedLimit) rule() string {
	if l.holds {
		return fmt.Sprintf(" from the %s, which end before %s from the start of the stage", factLabel(l.limit.StartsFrom).EN, l.own)
	}
	return fmt.Sprintf(", and no later than %s after the %s unless the stage starts after that", l.limit.Within, factLabel(l.limit.StartsFrom).EN)
}

// reason explains in a sentence which of the two limits holds, in English.
func (l *appliedLimit) reason() string {
	fact := factLabel(l.limit.StartsFrom).EN
	ends := inWords(l.from.Add(time.Duration(l.limit.Within.Hours) * time.Hour))
	switch {
	case l.late:
		return fmt.Sprintf("The limit of %s after the %s had passed (%s) when the stage started (%s): %s from its start hold.",
			l.limit.Within, fact, ends, inWords(l.start), l.own)
	case l.holds:
		return fmt.Sprintf("The limit of %s after the %s comes before the %s from the start of the stage (%s), so it holds.",
			l.limit.Within, fact, l.own, inWords(l.start))
	default:
		return fmt.Sprintf("The limit of %s after the %s comes later (%s) and does not shorten it.", l.limit.Within, fact, ends)
	}
}
