package form

import (
	"slices"
	"time"

	"tocsin/gdpr"
)

// Op is what a condition compares by.
type Op string

// The comparisons.
const (
	// OpEquals holds when the answer is Value.
	OpEquals Op = "equals"
	// OpAnyOf holds when the answer is one of Values.
	OpAnyOf Op = "any_of"
	// OpIncludes holds when Value is among the answers.
	OpIncludes Op = "includes"
	// OpAnswered holds when the field has a value.
	OpAnswered Op = "answered"
	// OpAfter72h holds when the 72 hours of GDPR Art. 33(1) since the instant
	// that the field gives have passed.
	OpAfter72h Op = "after_72h"
	// OpOutsideEEA holds when the controller is not established in the EEA. It
	// has no field: see [Facts].
	OpOutsideEEA Op = "controller_outside_eea"
)

// Condition says when a field is asked. Exactly one of All, Any, Not and Op is
// set.
type Condition struct {
	// All holds when every part holds.
	All []Condition `json:"all,omitempty"`
	// Any holds when one part holds.
	Any []Condition `json:"any,omitempty"`
	// Not holds when its part does not.
	Not *Condition `json:"not,omitempty"`
	// Field is the key of the field that Op looks at.
	Field string `json:"field,omitempty"`
	// Op is the comparison.
	Op Op `json:"op,omitempty"`
	// Value is the option code for equals and includes.
	Value string `json:"value,omitempty"`
	// Values are the option codes for any_of.
	Values []string `json:"values,omitempty"`
}

// Fields returns the keys that the condition looks at, in order, each once. A
// nil condition looks at none.
func (c *Condition) Fields() []string {
	var keys []string
	c.walk(func(part *Condition) {
		if part.Field != "" && !slices.Contains(keys, part.Field) {
			keys = append(keys, part.Field)
		}
	})
	return keys
}

func (c *Condition) walk(visit func(*Condition)) {
	if c == nil {
		return
	}
	visit(c)
	for i := range c.All {
		c.All[i].walk(visit)
	}
	for i := range c.Any {
		c.Any[i].walk(visit)
	}
	c.Not.walk(visit)
}

func (c *Condition) clone() *Condition {
	if c == nil {
		return nil
	}
	d := *c
	d.All, d.Any, d.Values = cloneConditions(c.All), cloneConditions(c.Any), slices.Clone(c.Values)
	d.Not = c.Not.clone()
	return &d
}

func cloneConditions(list []Condition) []Condition {
	if list == nil {
		return nil
	}
	out := make([]Condition, len(list))
	for i := range list {
		out[i] = *list[i].clone()
	}
	return out
}

// view is a draft seen at an instant: which fields are asked. It remembers
// what it has worked out, so it lives for one question only.
type view struct {
	form  *Form
	draft Draft
	at    time.Time
	known map[string]bool
}

func newView(f *Form, d Draft, at time.Time) *view {
	return &view{form: f, draft: d, at: at, known: make(map[string]bool, len(f.Fields))}
}

// shows reports whether a field is asked. The conditions of the template form
// no circle, which the tests show.
func (v *view) shows(f *Field) bool {
	if shown, ok := v.known[f.Key]; ok {
		return shown
	}
	shown := v.holds(f.ShownIf)
	v.known[f.Key] = shown
	return shown
}

// answer returns what a condition sees of a field: the answer of a hidden one
// counts for nothing.
func (v *view) answer(key string) Answer {
	f := v.form.field(key)
	if f == nil || !v.shows(f) {
		return Answer{}
	}
	a, _ := v.draft.Answer(key)
	return a
}

func (v *view) holds(c *Condition) bool {
	switch {
	case c == nil:
		return true
	case c.All != nil:
		for i := range c.All {
			if !v.holds(&c.All[i]) {
				return false
			}
		}
		return true
	case c.Any != nil:
		for i := range c.Any {
			if v.holds(&c.Any[i]) {
				return true
			}
		}
		return false
	case c.Not != nil:
		return !v.holds(c.Not)
	case c.Op == OpOutsideEEA:
		return v.draft.Facts.ControllerOutsideEEA
	}
	value := v.answer(c.Field).Value
	switch c.Op {
	case OpEquals:
		return value.Text() == c.Value && c.Value != ""
	case OpAnyOf:
		return slices.Contains(c.Values, value.Text())
	case OpIncludes:
		return slices.Contains(value.List(), c.Value)
	case OpAnswered:
		return !value.IsZero()
	case OpAfter72h:
		since, ok := value.Instant()
		return ok && v.at.After(gdpr.Due(since, nil).Due)
	default:
		return false
	}
}
