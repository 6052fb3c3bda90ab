package gdpr

import (
	"slices"
	"sync"
)

// Term is one summand, factor or result in the calculation of a severity, with
// the reason for its value.
type Term struct {
	// Name says which: "data[0].base", "data[0].adjustment", "dpc",
	// "identification", "dpc_x_identification", "confidentiality",
	// "integrity", "availability", "malicious", "score".
	Name string `json:"name"`
	// Value is its value.
	Value Hundredths `json:"value"`
	// Why is the reason in words, in the language of the answer.
	Why string `json:"why"`
	// Label is the reason in every language.
	Label Label `json:"-"`
	Provenance
}

// Flag is a circumstance beside the score that can change the conclusion.
type Flag struct {
	// Code is "over_100_people" or "unintelligible".
	Code string `json:"code"`
	// Raised says that the circumstance is given.
	Raised bool `json:"raised"`
	// Why says in words what it means, in the language of the answer.
	Why string `json:"why"`
	// Label is the meaning in every language.
	Label Label `json:"-"`
	Provenance
}

// Severity is the outcome of the ENISA 2013 methodology with its calculation.
type Severity struct {
	// Score is SE = DPC × EI + CB, 0.25 to 6.
	Score Hundredths `json:"score"`
	// Band is the verdict of the score.
	Band Band `json:"band"`
	// Terms are what the score is made of, in the order of the calculation.
	Terms []Term `json:"terms"`
	// Flags are the circumstances beside the score; empty where the facts were
	// not asked for.
	Flags []Flag `json:"flags,omitempty"`
}

// severityTerm is a sentence of the methodology for one value of one input.
type severityTerm struct {
	Code string `json:"code"`
	Text Label  `json:"text"`
	Provenance
}

var severityTerms = sync.OnceValue(func() []severityTerm { return decode[severityTerm]("severity_terms") })

// Explain returns what [Score] does, with every term of the calculation in
// English; see [Severity.In]. It returns an [*InputError] for inputs that the
// methodology does not know.
func Explain(in Inputs) (Severity, error) {
	score, band, err := Score(in)
	if err != nil {
		return Severity{}, err
	}
	malicious := Hundredths(0)
	if in.Malicious {
		malicious = maliciousIntent
	}
	dpc := Hundredths(in.DPC * 100)
	terms := []Term{
		termFor("dpc", dpc, "dpc"),
		termFor("identification", in.Identification, "identification-"+in.Identification.String()),
	}
	product := termFor("dpc_x_identification", Hundredths(in.DPC)*in.Identification, "dpc")
	product.Label = Label{
		EN: dpc.String() + " × " + in.Identification.String(),
		ES: dpc.String() + " × " + in.Identification.String(),
	}
	terms = append(terms, product)
	for _, t := range []struct {
		name  string
		value Hundredths
	}{
		{"confidentiality", in.Confidentiality}, {"integrity", in.Integrity},
		{"availability", in.Availability}, {"malicious", malicious},
	} {
		terms = append(terms, termFor(t.name, t.value, t.name+"-"+t.value.String()))
	}
	terms = append(terms, termFor("score", score, "band-"+string(band)))
	return Severity{Score: score, Band: band, Terms: terms}.In("en"), nil
}

// In returns the severity with its words in a language: Spanish for "es",
// English for every other.
func (s Severity) In(language string) Severity {
	s.Terms = slices.Clone(s.Terms)
	for i := range s.Terms {
		s.Terms[i].Why = s.Terms[i].Label.In(language)
	}
	s.Flags = slices.Clone(s.Flags)
	for i := range s.Flags {
		s.Flags[i].Why = s.Flags[i].Label.In(language)
	}
	return s
}

func termFor(name string, value Hundredths, code string) Term {
	text := severityText(code)
	return Term{Name: name, Value: value, Label: text.Text, Provenance: text.Provenance}
}

func flagFor(code string, raised bool) Flag {
	text := severityText("flag-" + code)
	return Flag{Code: code, Raised: raised, Label: text.Text, Provenance: text.Provenance}
}

// severityText finds a sentence by its code. The tests of the data show that
// each possible code has one.
func severityText(code string) severityTerm {
	for _, t := range severityTerms() {
		if t.Code == code {
			return t
		}
	}
	return severityTerm{Code: code}
}
