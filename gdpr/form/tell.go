package form

import "time"

// Told is the answer of one field in words.
type Told struct {
	// Number is the template's number of the field.
	Number int
	// Key names the field.
	Key string
	// Label is the field as people read it, Value its answer, both in the language
	// that was asked for; free text stays as it was written.
	Label, Value string
	// State says how sure the answer is.
	State State
	// Prefilled says that the answer was copied from the case.
	Prefilled bool
}

// Tell puts the answers of fields into words, in the order of the keys. Left out
// is what is hidden at the given instant, has no answer or is still to be
// determined, and a key that the draft's edition does not have. A language that
// the form does not speak is taken for English. It returns a [*FieldError] for an
// edition that does not exist.
func Tell(d Draft, language string, at time.Time, keys ...string) ([]Told, error) {
	f, err := edition(d.Version)
	if err != nil {
		return nil, err
	}
	v := newView(f, d, at)
	var list []Told
	for _, key := range keys {
		field := f.field(key)
		if field == nil || !v.shows(field) {
			continue
		}
		a, ok := d.Answer(key)
		if !ok || a.State == "" || a.State == StateToBeDetermined {
			continue
		}
		if text := render(field, a, language, nil); text != "" {
			list = append(list, Told{Number: field.Number, Key: key, Label: field.Label.In(language), Value: text, State: a.State, Prefilled: a.Prefilled})
		}
	}
	return list, nil
}
