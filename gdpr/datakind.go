package gdpr

import "slices"

// DataKind is one kind of personal data that a breach may expose.
type DataKind struct {
	// Key names the kind in records, files and tables, for example "email".
	// Stable, snake_case.
	Key string `json:"key"`
	// Option is the letter of field 70 ("type of breached data") of the EDPB
	// template under which the kind is notified; "u" is "additional data
	// types", which the form asks to describe.
	Option string `json:"option"`
	// Label is what people read.
	Label Label `json:"label"`
	Provenance
}

// Label is one text in the languages of the notices.
type Label struct {
	// ES is the Spanish text.
	ES string `json:"es"`
	// EN is the English text.
	EN string `json:"en"`
}

// In returns the label in a notice's language: Spanish for "es", English for
// every other.
func (l Label) In(language string) string {
	if language == "es" {
		return l.ES
	}
	return l.EN
}

// DataKinds returns the kinds of data, in the order in which they are shown.
func DataKinds() []DataKind { return slices.Clone(dataKinds()) }

// DataKindByKey returns the kind of that key.
func DataKindByKey(key string) (DataKind, bool) {
	for _, k := range dataKinds() {
		if k.Key == key {
			return k, true
		}
	}
	return DataKind{}, false
}
