package form

import (
	"slices"

	"tocsin/gdpr"
)

// Type says what a field takes.
type Type string

// The types of fields.
const (
	// TypeEnum takes the code of one option.
	TypeEnum Type = "enum"
	// TypeMulti takes the codes of any number of options.
	TypeMulti Type = "multi"
	// TypeText takes one line of text.
	TypeText Type = "text"
	// TypeTextarea takes text of several lines.
	TypeTextarea Type = "textarea"
	// TypeNumber takes a whole number that is not negative.
	TypeNumber Type = "number"
	// TypeDatetime takes an instant, RFC 3339 with its offset.
	TypeDatetime Type = "datetime"
	// TypeDate takes a day, YYYY-MM-DD.
	TypeDate Type = "date"
	// TypeBoolean takes true or false.
	TypeBoolean Type = "boolean"
)

// Requirement is the template's own word on whether a field is answered.
type Requirement string

// The requirements.
const (
	// Mandatory fields are required whenever they are shown.
	Mandatory Requirement = "mandatory"
	// Conditional fields are required when their condition holds.
	Conditional Requirement = "conditional"
	// Optional fields are never required.
	Optional Requirement = "optional"
)

// What the answer of a list field consists of.
const (
	// ListCountries is a list of ISO 3166-1 alpha-2 codes of EEA countries.
	ListCountries = "countries"
	// ListAuthorities is a list of codes of [gdpr.Authorities].
	ListAuthorities = "authorities"
	// ListCountPerCountry is one number per EEA country.
	ListCountPerCountry = "count_per_country"
)

// Field is one input field of the template.
type Field struct {
	// Number is the template's number, 3 to 126.
	Number int `json:"number"`
	// Section is the code of the section it stands in.
	Section string `json:"section"`
	// Key names the field in drafts, files and tables. Stable, snake_case.
	Key string `json:"key"`
	// Label is what people read: the template's English and Tocsin's Spanish.
	Label gdpr.Label `json:"label"`
	// Type says what the field takes.
	Type Type `json:"type"`
	// TypeInTemplate is the template's own type where an erratum changes it;
	// empty otherwise.
	TypeInTemplate Type `json:"type_in_template,omitempty"`
	// Requirement is the template's own word on it.
	Requirement Requirement `json:"requirement"`
	// Voluntary says that the field is never required although it is marked
	// conditional.
	Voluntary bool `json:"voluntary,omitempty"`
	// Repeats says that a text field takes a list with one text per party.
	Repeats bool `json:"repeats,omitempty"`
	// List says what a list of codes or numbers consists of: "countries",
	// "authorities" or "count_per_country"; empty for other fields.
	List string `json:"list,omitempty"`
	// MayBeOpen says that an incomplete notification may leave the answer to
	// be determined.
	MayBeOpen bool `json:"may_be_open,omitempty"`
	// ShownIf is the condition under which the field is asked; nil for always.
	ShownIf *Condition `json:"shown_if,omitempty"`
	// ConditionNote is the template's own wording; "…" stands where the
	// reference text breaks off. Empty when the template says nothing.
	ConditionNote string `json:"condition_note,omitempty"`
	// Reading says in English how Tocsin reads a condition that is missing,
	// unclear or wrong; empty otherwise.
	Reading string `json:"reading,omitempty"`
	// Options are the answers of an enum or multi field, in order.
	Options []Option `json:"options,omitempty"`
	// WhoKnows names who could know the answer, likeliest first: dpo, vendor,
	// security, legal, hr, business, communications, management.
	WhoKnows []string `json:"who_knows"`
	gdpr.Provenance
}

// Option is one answer of an enum or multi field.
type Option struct {
	// Letter is the template's own letter, for example "a" or "b1".
	Letter string `json:"letter"`
	// Code names the option in drafts. Stable, snake_case.
	Code string `json:"code"`
	// Label is what people read: the template's English and Tocsin's Spanish.
	Label gdpr.Label `json:"label"`
	// State is the state that the option itself says, to_be_determined or
	// cannot_be_determined; empty for an answer that is one.
	State State `json:"state,omitempty"`
	// OnlyIncomplete says that a complete notification may not carry it.
	OnlyIncomplete bool `json:"only_incomplete,omitempty"`
	// OnlyFollowUp says that a new notification may not carry it.
	OnlyFollowUp bool `json:"only_follow_up,omitempty"`
}

// Option returns the option of that code or letter.
func (f *Field) Option(code string) (Option, bool) {
	for _, o := range f.Options {
		if o.Code == code || o.Letter == code {
			return o, true
		}
	}
	return Option{}, false
}

// optionWith returns the option that says a state by itself.
func (f *Field) optionWith(state State) (Option, bool) {
	for _, o := range f.Options {
		if o.State == state {
			return o, true
		}
	}
	return Option{}, false
}

// requires reports whether the field, being shown, has to be answered.
func (f *Field) requires() bool { return f.Requirement != Optional && !f.Voluntary }

// allows reports whether an answer of the field may have a state.
func (f *Field) allows(s State) bool {
	switch s {
	case StateKnown, StateEstimated:
		return true
	case StateToBeDetermined:
		return f.MayBeOpen
	case StateCannotBeDetermined:
		if len(f.Options) > 0 {
			_, ok := f.optionWith(StateCannotBeDetermined)
			return ok
		}
		return f.MayBeOpen
	}
	return false
}

func (f *Field) clone() Field {
	c := *f
	c.ShownIf = f.ShownIf.clone()
	c.Options = slices.Clone(f.Options)
	c.WhoKnows = slices.Clone(f.WhoKnows)
	return c
}
