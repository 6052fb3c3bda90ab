package form

import (
	"slices"
	"time"

	"tocsin/gdpr"
)

// Completeness says how far a draft is at an instant.
type Completeness struct {
	// At is the instant for which it holds, UTC: after 72 hours the reasons for
	// the delay are required too.
	At time.Time `json:"at"`
	// Subtype is what the draft would be filed as.
	Subtype Subtype `json:"subtype"`
	// Visible are the keys of the fields that are asked, in the template's order.
	Visible []string `json:"visible"`
	// Answered are the keys of the visible fields whose answer needs nothing
	// more: known, estimated, or such that it cannot be determined.
	Answered []string `json:"answered"`
	// MissingForComplete are the required fields that keep the notification
	// from being complete, those to be determined included.
	MissingForComplete []Missing `json:"missing_for_complete"`
	// MissingNow are the required fields without which not even an incomplete
	// notification can be filed.
	MissingNow []Missing `json:"missing_now"`
	// LeftOpen are the required fields that an incomplete notification filed
	// now leaves to be determined: unanswered ones and those marked so.
	LeftOpen []Missing `json:"left_open"`
	// Required is the number of required fields, and Settled how many of them
	// are answered.
	Required int `json:"required"`
	// Settled is how many of the required fields need nothing more.
	Settled int `json:"settled"`
	// Percent is Settled of Required, 0 to 100, rounded down: 100 only when
	// nothing is missing for a complete notification.
	Percent int `json:"percent"`
	// Problems are the contradictions between answers.
	Problems []Problem `json:"problems"`
}

// Missing is a required field without a sufficient answer.
type Missing struct {
	// Key names the field.
	Key string `json:"key"`
	// Number is the template's number of the field.
	Number int `json:"number"`
	// Section is the code of the section it stands in.
	Section string `json:"section"`
	// Label is what people read.
	Label gdpr.Label `json:"label"`
	// State is to_be_determined when the answer says so, empty without one.
	State State `json:"state,omitempty"`
	// MayBeOpen says that an incomplete notification may leave it open.
	MayBeOpen bool `json:"may_be_open"`
	// WhoKnows names who could know: first whom the answer names, then the
	// field's own list.
	WhoKnows []string `json:"who_knows"`
}

// Check says what is answered, what is missing and what contradicts, when the
// draft is filed at the given instant. It returns a [*FieldError] for a draft
// whose edition, kind or sub-type does not exist.
func Check(d Draft, at time.Time) (Completeness, error) {
	if err := d.checkHead(); err != nil {
		return Completeness{}, err
	}
	f, err := edition(d.Version)
	if err != nil {
		return Completeness{}, err
	}
	v := newView(f, d, at)
	c := Completeness{At: at.UTC().Truncate(time.Second), Subtype: d.Subtype, Visible: []string{}, Answered: []string{},
		MissingForComplete: []Missing{}, MissingNow: []Missing{}, LeftOpen: []Missing{}}
	for i := range f.Fields {
		field := &f.Fields[i]
		if !v.shows(field) {
			continue
		}
		c.Visible = append(c.Visible, field.Key)
		a, _ := d.Answer(field.Key)
		if a.settled() {
			c.Answered = append(c.Answered, field.Key)
		}
		if !v.requires(field) {
			continue
		}
		c.Required++
		if a.settled() {
			c.Settled++
			continue
		}
		m := missing(field, a)
		c.MissingForComplete = append(c.MissingForComplete, m)
		if field.MayBeOpen {
			c.LeftOpen = append(c.LeftOpen, m)
		} else {
			c.MissingNow = append(c.MissingNow, m)
		}
	}
	c.Percent = 100
	if c.Required > 0 {
		c.Percent = 100 * c.Settled / c.Required
	}
	c.Problems = problems(v)
	return c, nil
}

// requires reports whether a field has to be answered in this draft.
func (v *view) requires(f *Field) bool {
	if !f.requires() || !v.shows(f) {
		return false
	}
	return v.draft.Subtype != Withdrawn || slices.Contains(v.form.WithdrawalSections, f.Section)
}

func missing(f *Field, a Answer) Missing {
	m := Missing{Key: f.Key, Number: f.Number, Section: f.Section, Label: f.Label, MayBeOpen: f.MayBeOpen}
	if a.State == StateToBeDetermined {
		m.State = a.State
	}
	if a.WhoKnows != "" {
		m.WhoKnows = append(m.WhoKnows, a.WhoKnows)
	}
	m.WhoKnows = append(m.WhoKnows, f.WhoKnows...)
	return m
}

// Refusal returns nil when the draft can be filed as its sub-type says, and a
// [*NotReadyError] with the fields named otherwise. A complete notification
// may leave nothing to be determined; an incomplete one and a withdrawal need
// what MissingNow lists. None may contradict itself.
func (c Completeness) Refusal() error {
	lacking := c.MissingNow
	if c.Subtype == Complete {
		lacking = c.MissingForComplete
	}
	if len(lacking) == 0 && len(c.Problems) == 0 {
		return nil
	}
	return &NotReadyError{Subtype: c.Subtype, Missing: slices.Clone(lacking), Problems: slices.Clone(c.Problems)}
}

// MarkOpen returns the draft with every required field that has no answer, and
// that an incomplete notification may leave open, marked as to be determined.
// What is filed then says what is missing instead of leaving it out.
func MarkOpen(d Draft, now time.Time) (Draft, error) {
	// Marking one field can hide or show others, so it is asked again until
	// nothing is left; each turn marks one field at least.
	for {
		c, err := Check(d, now)
		if err != nil {
			return d, err
		}
		marked := false
		for _, m := range c.LeftOpen {
			if m.State != "" {
				continue
			}
			if d, err = d.Set(now, m.Key, Answer{State: StateToBeDetermined}); err != nil {
				return d, err
			}
			marked = true
		}
		if !marked {
			return d, nil
		}
	}
}
