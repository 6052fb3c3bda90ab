package gdpr

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
)

// ContextCategory is one of the four categories of data from which the data
// processing context of ENISA 2013 starts.
type ContextCategory struct {
	// Code is "simple", "behavioural", "financial" or "sensitive".
	Code string `json:"code"`
	// Base is the context before any adjustment: 1, 2, 3 or 4.
	Base int `json:"base"`
	// Label is what people read.
	Label Label `json:"label"`
	Provenance
}

// ContextAdjustment is one step by which a context may be moved, and the
// circumstance that allows it.
type ContextAdjustment struct {
	// Category is the code of the [ContextCategory] that the step belongs to.
	Category string `json:"category"`
	// Step is the number of whole steps, -3 to 3, never 0.
	Step int `json:"step"`
	// Text is the circumstance.
	Text Label `json:"text"`
	Provenance
}

// DataGroup is an option of field 70 of the EDPB template that covers several
// kinds of data. Facts may name it where the kinds are not told apart.
type DataGroup struct {
	// Key names the group in facts, for example "contact". Stable, snake_case.
	Key string `json:"key"`
	// Option is the letter of the option, "a" to "u".
	Option string `json:"option"`
	// Label is what people read.
	Label Label `json:"label"`
	Provenance
}

// KindContext says how a kind or a group of data counts in an assessment.
type KindContext struct {
	// Key is that of a [DataKind] or of a [DataGroup].
	Key string `json:"key"`
	// Category is the code of a [ContextCategory], or "credentials", which
	// inherit the category of what they open.
	Category string `json:"category"`
	// Special says that the data are of Art. 9 or 10 GDPR, or may be.
	Special bool `json:"special"`
	// Fraud says that the data enable identity theft or fraud (Recital 75).
	Fraud bool `json:"fraud"`
	Provenance
}

// The categories of context that code names.
const (
	categoryCredentials = "credentials"
	categorySensitive   = "sensitive"
)

// The decoded data, as in embedded.go.
var (
	dataGroups         = sync.OnceValue(func() []DataGroup { return decode[DataGroup]("data_groups") })
	contextCategories  = sync.OnceValue(func() []ContextCategory { return decode[ContextCategory]("context_categories") })
	contextAdjustments = sync.OnceValue(func() []ContextAdjustment { return decode[ContextAdjustment]("context_adjustments") })
	kindContexts       = sync.OnceValue(func() []KindContext { return decode[KindContext]("kind_contexts") })
)

// DataGroups returns the groups of data, in the order of the form.
func DataGroups() []DataGroup { return slices.Clone(dataGroups()) }

// DataGroupByKey returns the group of that key.
func DataGroupByKey(key string) (DataGroup, bool) {
	for _, g := range dataGroups() {
		if g.Key == key {
			return g, true
		}
	}
	return DataGroup{}, false
}

// ContextCategories returns the four categories, from the lowest base up.
func ContextCategories() []ContextCategory { return slices.Clone(contextCategories()) }

// ContextAdjustments returns the steps by which contexts may be moved.
func ContextAdjustments() []ContextAdjustment { return slices.Clone(contextAdjustments()) }

// KindContexts returns how each kind and group of data counts.
func KindContexts() []KindContext { return slices.Clone(kindContexts()) }

// The bounds of a data processing context.
const (
	minContext = 1
	maxContext = 4
)

// Context returns the data processing context of one kind of data, 1 to 4, and
// the terms that it is made of. What credentials open counts as sensitive while
// it is not known. It returns the errors of [BreachFacts.Validate] for data
// that the method does not know.
func (d AffectedData) Context() (int, []Term, error) {
	if err := d.check("data"); err != nil {
		return 0, nil, err
	}
	value, terms := d.context("data")
	return value, terms, nil
}

// context is Context for data that were checked.
func (d AffectedData) context(path string) (int, []Term) {
	category := categoryByCode(d.category())
	why := Label{
		EN: fmt.Sprintf("%s: %s", d.Kind, category.Label.EN),
		ES: fmt.Sprintf("%s: %s", d.Kind, category.Label.ES),
	}
	if k, _ := kindContextByKey(d.Kind); k.Category == categoryCredentials {
		switch d.Opens {
		case "", Unknown:
			why.EN += ", because what they open is not known"
			why.ES += ", porque no se sabe qué abren"
		default:
			why.EN += ", by what they open (" + d.Opens + ")"
			why.ES += ", por lo que abren (" + d.Opens + ")"
		}
	}
	terms := []Term{{Name: path + ".base", Value: Hundredths(category.Base * 100), Label: why, Provenance: category.Provenance}}
	value := category.Base
	if a, ok := contextAdjustment(category.Code, d.Adjustment); ok {
		value += a.Step
		why := a.Text
		if d.Reason != "" {
			why = Label{EN: why.EN + ": " + d.Reason, ES: why.ES + ": " + d.Reason}
		}
		terms = append(terms, Term{Name: path + ".adjustment", Value: Hundredths(a.Step * 100), Label: why, Provenance: a.Provenance})
	}
	return min(max(value, minContext), maxContext), terms
}

// category is the code of the category that the data count in.
func (d AffectedData) category() string {
	k, ok := kindContextByKey(d.Kind)
	switch {
	case !ok:
		return categorySensitive
	case k.Category != categoryCredentials:
		return k.Category
	}
	if opened, ok := openedCategory(d.Opens); ok {
		return opened
	}
	return categorySensitive
}

// openedCategory finds the category of what credentials open, which is a
// category or a kind that is not itself credentials.
func openedCategory(opens string) (string, bool) {
	for _, c := range contextCategories() {
		if c.Code == opens {
			return c.Code, true
		}
	}
	if k, ok := kindContextByKey(opens); ok && k.Category != categoryCredentials {
		return k.Category, true
	}
	return "", false
}

// openable lists what credentials may be said to open.
func openable() []string {
	var list []string
	for _, c := range contextCategories() {
		list = append(list, c.Code)
	}
	for _, k := range kindContexts() {
		if k.Category != categoryCredentials && !slices.Contains(list, k.Key) {
			list = append(list, k.Key)
		}
	}
	return list
}

func categoryByCode(code string) ContextCategory {
	list := contextCategories()
	for _, c := range list {
		if c.Code == code {
			return c
		}
	}
	return list[len(list)-1] // the worst; the tests of the data keep this from happening
}

func kindContextByKey(key string) (KindContext, bool) {
	for _, k := range kindContexts() {
		if k.Key == key {
			return k, true
		}
	}
	return KindContext{}, false
}

func contextKeys() []string {
	var keys []string
	for _, k := range kindContexts() {
		keys = append(keys, k.Key)
	}
	return keys
}

func contextAdjustment(category string, step int) (ContextAdjustment, bool) {
	for _, a := range contextAdjustments() {
		if a.Category == category && a.Step == step {
			return a, true
		}
	}
	return ContextAdjustment{}, false
}

func allowedSteps(category string) []string {
	var steps []string
	for _, a := range contextAdjustments() {
		if a.Category == category {
			steps = append(steps, strconv.Itoa(a.Step))
		}
	}
	return steps
}
