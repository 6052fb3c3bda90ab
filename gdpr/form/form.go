package form

import (
	"slices"

	"tocsin/gdpr"
)

// Form is one edition of the template.
type Form struct {
	// Version names the edition, for example "edpb-2026-06-draft-1.0". A draft
	// refers to it.
	Version string `json:"version"`
	// Title is the edition's own title, in English.
	Title string `json:"title"`
	// Status says how binding the edition is, in English.
	Status string `json:"status"`
	// Sections are its parts in order.
	Sections []Section `json:"sections"`
	// WithdrawalSections are the codes of the sections that a withdrawal asks.
	WithdrawalSections []string `json:"withdrawal_sections"`
	// Translation says whose the Spanish labels and the titles of sections are;
	// its VerifiedAt is empty until somebody has confirmed them.
	Translation gdpr.Provenance `json:"translation"`
	gdpr.Provenance
	// Fields are the input fields in the template's order.
	Fields []Field `json:"fields,omitempty"`
	// Errata are the faults of the edition and what is done instead.
	Errata []Erratum `json:"errata,omitempty"`

	// index finds a field by key.
	index map[string]int
}

// Section is one part of a form.
type Section struct {
	// Code is the template's own number of the part, for example "3.1".
	Code string `json:"code"`
	// Title is what people read; Tocsin's words in both languages.
	Title gdpr.Label `json:"title"`
}

// Erratum is one fault of an edition and what Tocsin does about it.
type Erratum struct {
	// Code names the fault, for example "delay-reversed".
	Code string `json:"code"`
	// Fields are the numbers of the fields concerned, ascending.
	Fields []int `json:"fields"`
	// Fault says what the edition gets wrong, in English.
	Fault string `json:"fault"`
	// Instead says what Tocsin does, in English.
	Instead string `json:"instead"`
}

// Versions returns the editions in the data, the newest first.
func Versions() []string { return slices.Clone(versions) }

// Template returns the edition of that version. It returns a [*FieldError] for
// a version that the data does not have.
func Template(version string) (Form, error) {
	f, err := edition(version)
	if err != nil {
		return Form{}, err
	}
	return f.clone(), nil
}

// Field returns the field of that key.
func (f *Form) Field(key string) (Field, bool) {
	if found := f.field(key); found != nil {
		return found.clone(), true
	}
	return Field{}, false
}

// Keys returns the keys of the fields in the template's order.
func (f *Form) Keys() []string {
	keys := make([]string, len(f.Fields))
	for i := range f.Fields {
		keys[i] = f.Fields[i].Key
	}
	return keys
}

// field returns the field itself, nil for an unknown key. Nobody writes to it.
func (f *Form) field(key string) *Field {
	if i, ok := f.index[key]; ok {
		return &f.Fields[i]
	}
	return nil
}

// must returns a field that the code of this package names, which the tests
// show to exist.
func (f *Form) must(key string) *Field {
	found := f.field(key)
	if found == nil {
		panic("form: the template has no field " + key)
	}
	return found
}

func (f *Form) clone() Form {
	c := *f
	c.Sections = slices.Clone(f.Sections)
	c.WithdrawalSections = slices.Clone(f.WithdrawalSections)
	c.Fields = make([]Field, len(f.Fields))
	c.index = make(map[string]int, len(f.Fields))
	for i := range f.Fields {
		c.Fields[i] = f.Fields[i].clone()
		c.index[c.Fields[i].Key] = i
	}
	c.Errata = slices.Clone(f.Errata)
	for i := range c.Errata {
		c.Errata[i].Fields = slices.Clone(c.Errata[i].Fields)
	}
	return c
}
