package form

import "time"

// State says how sure an answer is.
type State string

// The states of an answer (GDPR Art. 33(4): information in phases).
const (
	// StateKnown answers are established.
	StateKnown State = "known"
	// StateEstimated answers are the best that can be said now.
	StateEstimated State = "estimated"
	// StateToBeDetermined answers are not there yet and will follow. A complete
	// notification may not carry one.
	StateToBeDetermined State = "to_be_determined"
	// StateCannotBeDetermined answers are not there and will not follow.
	StateCannotBeDetermined State = "cannot_be_determined"
)

// Answer is what a draft says about one field.
type Answer struct {
	// Value is what was answered; no value is allowed while the state is to be
	// determined or cannot be determined.
	Value Value `json:"value"`
	// State says how sure the answer is. Empty, when given to Set, means what
	// the value itself says: known, or the state of its option.
	State State `json:"state"`
	// AsOf is the instant since which the field has this value and state, UTC.
	AsOf time.Time `json:"as_of,omitzero"`
	// Source says where the answer comes from, such as "disclosure" or "people
	// import round 1". Never a person's name. May be empty.
	Source string `json:"source,omitempty"`
	// WhoKnows says who was asked or could know, in a few words. May be empty.
	WhoKnows string `json:"who_knows,omitempty"`
	// Prefilled says that the answer was copied from the case; another
	// [Prefill] may replace it, which it never does with a person's answer.
	Prefilled bool `json:"prefilled,omitempty"`
}

// same reports whether two answers say the same with the same certainty.
func (a Answer) same(b Answer) bool { return a.State == b.State && a.Value.Equal(b.Value) }

// identical reports whether nothing at all differs but the instant.
func (a Answer) identical(b Answer) bool {
	return a.same(b) && a.Source == b.Source && a.WhoKnows == b.WhoKnows && a.Prefilled == b.Prefilled
}

// settled reports whether the answer is good enough for a complete
// notification.
func (a Answer) settled() bool {
	switch a.State {
	case StateKnown, StateEstimated:
		return !a.Value.IsZero()
	case StateCannotBeDetermined:
		return true
	default:
		return false
	}
}
