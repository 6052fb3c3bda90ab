package gdpr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxAffectedKinds is far above the number of kinds in the data.
const maxAffectedKinds = 100

// maxAdjustmentReason bounds the words beside an adjustment, in characters.
const maxAdjustmentReason = 300

// maxPeople bounds a count: more than there are people.
const maxPeople = 10_000_000_000

// ContradictionError says that two facts cannot both be true. Nothing is
// assessed until one of them is corrected.
type ContradictionError struct {
	// First and Second are the facts' names as in JSON.
	First, Second string
	// FirstValue and SecondValue are what was given for them.
	FirstValue, SecondValue string
	// Expected says how to put it right.
	Expected string
}

// Error names both facts, their values and what is expected, in one line.
func (e *ContradictionError) Error() string {
	return fmt.Sprintf("%s: %s contradicts %s: %s; expected %s", e.First, e.FirstValue, e.Second, e.SecondValue, e.Expected)
}

// Validate returns an [*InputError] for the first fact outside its values, an
// [*UnknownError] for a kind of data that does not exist, and a
// [*ContradictionError] for two facts that cannot both be true. Facts that are
// not known are no error.
func (f BreachFacts) Validate() error {
	for _, check := range []func() error{f.checkBreach, f.checkWords, f.checkCounts, f.checkData, f.checkContradictions} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (f BreachFacts) checkBreach() error {
	const expected = `one or more of "confidentiality", "integrity", "availability"`
	if len(f.Breach) == 0 {
		return &InputError{Field: "breach", Value: "empty", Expected: expected}
	}
	for i, p := range f.Breach {
		if p != Confidentiality && p != Integrity && p != Availability {
			return &InputError{Field: fmt.Sprintf("breach[%d]", i), Value: quoted(string(p)), Expected: expected}
		}
		if slices.Contains(f.Breach[:i], p) {
			return &InputError{Field: fmt.Sprintf("breach[%d]", i), Value: quoted(string(p)), Expected: "each of them once"}
		}
	}
	return nil
}

func (f BreachFacts) checkWords() error {
	for _, w := range []struct {
		field, value string
		allowed      []string
	}{
		{"exposure", string(f.Exposure), words(ExposureNone, ExposureKnown, ExposureUnknown, ExposurePublic)},
		{"unintelligible", string(f.Unintelligible), words(UnintelligibleYes, UnintelligiblePartly, UnintelligibleNo)},
		{"availability_loss", string(f.AvailabilityLoss), words(AvailabilityNone, AvailabilityHours, AvailabilityDays, AvailabilityPermanent)},
		{"integrity_loss", string(f.IntegrityLoss), words(IntegrityNone, IntegrityRecoverable, IntegrityPermanent)},
		{"identification", string(f.Identification), words(IdentificationNegligible, IdentificationLimited, IdentificationSignificant, IdentificationMaximum)},
	} {
		if w.value != "" && w.value != Unknown && !slices.Contains(w.allowed, w.value) {
			return &InputError{Field: w.field, Value: quoted(w.value), Expected: strings.Join(w.allowed, ", ") + " or " + Unknown}
		}
	}
	return nil
}

func (f BreachFacts) checkCounts() error {
	for _, c := range []struct {
		field string
		value *int
	}{{"people", f.People}, {"records", f.Records}} {
		if c.value != nil && (*c.value < 0 || *c.value > maxPeople) {
			return &InputError{Field: c.field, Value: strconv.Itoa(*c.value), Expected: "a number of 0 or more; leave it out when it is not known"}
		}
	}
	return nil
}

func (f BreachFacts) checkData() error {
	if f.Data != nil && (len(f.Data) == 0 || len(f.Data) > maxAffectedKinds) {
		return &InputError{Field: "data", Value: fmt.Sprintf("%d kinds", len(f.Data)),
			Expected: fmt.Sprintf(`1 to %d kinds; leave it out when they are not known`, maxAffectedKinds)}
	}
	for i, d := range f.Data {
		if err := d.check(fmt.Sprintf("data[%d]", i)); err != nil {
			return err
		}
	}
	return nil
}

func (d AffectedData) check(path string) error {
	kind, known := kindContextByKey(d.Kind)
	if !known {
		return &UnknownError{Field: path + ".kind", Value: d.Kind, Suggestions: nearestOrAll(d.Kind, contextKeys())}
	}
	if d.Opens != "" && d.Opens != Unknown {
		if kind.Category != categoryCredentials {
			return &ContradictionError{First: path + ".opens", FirstValue: quoted(d.Opens), Second: path + ".kind", SecondValue: quoted(d.Kind),
				Expected: "opens beside credentials only"}
		}
		if _, ok := openedCategory(d.Opens); !ok {
			return &UnknownError{Field: path + ".opens", Value: d.Opens, Suggestions: nearestOrAll(d.Opens, openable())}
		}
	}
	if category := d.category(); d.Adjustment != 0 {
		if _, ok := contextAdjustment(category, d.Adjustment); !ok {
			return &InputError{Field: path + ".adjustment", Value: strconv.Itoa(d.Adjustment),
				Expected: fmt.Sprintf("0, %s for %s data", strings.Join(allowedSteps(category), ", "), category)}
		}
	}
	switch {
	case d.Reason == "":
	case d.Adjustment == 0:
		return &ContradictionError{First: path + ".reason", FirstValue: "given", Second: path + ".adjustment", SecondValue: "0",
			Expected: "a reason beside an adjustment only"}
	case utf8.RuneCountInString(d.Reason) > maxAdjustmentReason || strings.ContainsFunc(d.Reason, unicode.IsControl):
		return &InputError{Field: path + ".reason", Value: quoted(d.Reason), Expected: fmt.Sprintf("one line of at most %d characters", maxAdjustmentReason)}
	}
	return nil
}

// checkContradictions goes through the pairs of facts that cannot both be true.
func (f BreachFacts) checkContradictions() error {
	breach := joined(f.Breach)
	lost := func(p Property) bool { return slices.Contains(f.Breach, p) }
	exposed := f.Exposure == ExposureKnown || f.Exposure == ExposureUnknown || f.Exposure == ExposurePublic
	strangers := f.Exposure == ExposureUnknown || f.Exposure == ExposurePublic
	people, data := "", ""
	if f.People != nil {
		people = strconv.Itoa(*f.People)
	}
	if f.Data != nil {
		data = fmt.Sprintf("%d kinds", len(f.Data))
	}
	for _, c := range []struct {
		holds bool
		ContradictionError
	}{
		{people == "0" && f.Records != nil && *f.Records > 0,
			ContradictionError{"people", "records", people, number(f.Records), "the number of people whom the records concern"}},
		{people == "0" && f.VulnerablePeople == Yes,
			ContradictionError{"people", "vulnerable_people", people, "true", "at least one person"}},
		{people == "0" && f.Minors == Yes,
			ContradictionError{"people", "minors", people, "true", "at least one person"}},
		{people == "0" && f.Data != nil,
			ContradictionError{"people", "data", people, data, "at least one person; leave people out when it is not known"}},
		{f.Minors == Yes && f.VulnerablePeople == No,
			ContradictionError{"vulnerable_people", "minors", "false", "true", "vulnerable_people true, because children are vulnerable"}},
		{!lost(Availability) && f.AvailabilityLoss.isLoss(),
			ContradictionError{"availability_loss", "breach", quoted(string(f.AvailabilityLoss)), breach, `"availability" in breach, or no loss of it`}},
		{!lost(Integrity) && (f.IntegrityLoss == IntegrityRecoverable || f.IntegrityLoss == IntegrityPermanent),
			ContradictionError{"integrity_loss", "breach", quoted(string(f.IntegrityLoss)), breach, `"integrity" in breach, or no loss of it`}},
		{!lost(Confidentiality) && exposed,
			ContradictionError{"exposure", "breach", quoted(string(f.Exposure)), breach, `"confidentiality" in breach, or exposure none`}},
		{!lost(Confidentiality) && f.Exfiltrated == Yes,
			ContradictionError{"exfiltrated", "breach", "true", breach, `"confidentiality" in breach`}},
		{f.Exposure == ExposureNone && f.Exfiltrated == Yes,
			ContradictionError{"exposure", "exfiltrated", quoted(string(f.Exposure)), "true", "who has the data that left"}},
		{strangers && f.RecipientTrusted == Yes,
			ContradictionError{"recipient_trusted", "exposure", "true", quoted(string(f.Exposure)), "exposure known_recipients, because only who is known can be trusted"}},
		{strangers && f.RecipientConfirmedDeletion == Yes,
			ContradictionError{"recipient_confirmed_deletion", "exposure", "true", quoted(string(f.Exposure)), "exposure known_recipients, because only who is known can confirm"}},
		{f.AvailabilityLoss == AvailabilityPermanent && f.Restored == Yes,
			ContradictionError{"availability_loss", "restored", quoted(string(f.AvailabilityLoss)), "true", "hours or days when the data are available again"}},
		{f.ProtectionMeasures == Yes && f.KeyCompromised == Yes,
			ContradictionError{"protection_measures", "key_compromised", "true", "true", "a ground that does not rest on a key that others have"}},
	} {
		if c.holds {
			return &c.ContradictionError
		}
	}
	return nil
}

func (l AvailabilityLoss) isLoss() bool {
	return l == AvailabilityHours || l == AvailabilityDays || l == AvailabilityPermanent
}

func words[T ~string](values ...T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}

func joined(properties []Property) string { return strings.Join(words(properties...), ", ") }

func quoted(value string) string { return strconv.Quote(shorten(value)) }

func number(n *int) string {
	if n == nil {
		return Unknown
	}
	return strconv.Itoa(*n)
}
