package gdpr

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// StartsFromAwareness is the fact from which most periods count: awareness of
// the breach.
const StartsFromAwareness = "awareness"

// filedPrefix begins the name of the fact that an earlier stage was filed.
const filedPrefix = "filed:"

// FiledFact names the fact that a stage was filed, "filed:notification" for
// the stage "notification". A later stage may count from it.
func FiledFact(stage string) string { return filedPrefix + stage }

// Fact is an event from which a period counts.
type Fact struct {
	// Name names the fact in data, records and commands: "awareness",
	// "classified_major", "corrective_measure", or "filed:" and a stage.
	Name string `json:"name"`
	// Label is what people read; it fits after "the time of the".
	Label Label `json:"label"`
	Provenance
}

// Facts are the instants at which the facts of a case happened, by the name of
// the fact. A fact that has not happened, or is not known, is left out.
type Facts map[string]time.Time

var facts = sync.OnceValue(func() []Fact { return decode[Fact]("facts") })

// KnownFacts returns the facts that laws name; the filings of stages come on
// top of them.
func KnownFacts() []Fact { return slices.Clone(facts()) }

// factLabel is the label of a fact of the data; for others it is the name.
func factLabel(name string) Label {
	for _, f := range facts() {
		if f.Name == name {
			return f.Label
		}
	}
	if stage, filed := strings.CutPrefix(name, filedPrefix); filed {
		return filedLabel(Label{EN: stage, ES: stage})
	}
	return Label{EN: name, ES: name}
}

func filedLabel(stage Label) Label {
	return Label{EN: "filing of the " + stage.EN, ES: "presentación: " + stage.ES}
}

// maxFactName is longer than any name of a fact.
const maxFactName = 64

// ParseFact reads a fact and its time as people give them, NAME=TIME, for
// example "filed:notification=2026-11-20T09:30:00+01:00". The time is RFC 3339
// with offset, between the years 1971 and 9998. Whether a regime knows the
// name is another question: see [Regime.Fact]. It returns an [*InputError].
func ParseFact(text string) (name string, at time.Time, err error) {
	refuse := func(value, expected string) (string, time.Time, error) {
		return "", time.Time{}, &InputError{Field: "fact", Value: strconv.Quote(shorten(value)), Expected: expected}
	}
	name, moment, given := strings.Cut(text, "=")
	if !given || name == "" || moment == "" {
		return refuse(text, "NAME=TIME, such as filed:notification=2026-11-20T09:30:00+01:00")
	}
	if len(name) > maxFactName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_:") != "" {
		return refuse(name, "a name of small letters, such as filed:notification")
	}
	if err := at.UnmarshalText([]byte(moment)); err != nil {
		return refuse(moment, "an instant with offset (RFC 3339), such as 2026-11-20T09:30:00+01:00")
	}
	// Before 1970 zones had offsets with seconds, which RFC 3339 cannot write.
	if at.Year() < 1971 || at.Year() > 9998 {
		return refuse(moment, "a year from 1971 to 9998")
	}
	return name, at, nil
}

// Facts returns the facts from which the regime's stages count, in the order
// of the stages, awareness first.
func (r Regime) Facts() []Fact {
	list := []Fact{r.fact(StartsFromAwareness)}
	add := func(name string) {
		if name != "" && !slices.ContainsFunc(list, func(f Fact) bool { return f.Name == name }) {
			list = append(list, r.fact(name))
		}
	}
	for _, s := range r.Stages {
		add(s.Limit.StartsFrom)
		add(s.StartsFrom)
	}
	return list
}

// fact describes a fact as the regime's stages understand it.
func (r Regime) fact(name string) Fact {
	for _, f := range facts() {
		if f.Name == name {
			return f
		}
	}
	label := factLabel(name)
	if stage, filed := strings.CutPrefix(name, filedPrefix); filed {
		for _, s := range r.Stages {
			if s.Name == stage {
				label = filedLabel(s.Label)
			}
		}
	}
	return Fact{Name: name, Label: label, Provenance: r.Provenance}
}

// Fact returns the regime's fact of that name. For a name from which none of
// its stages counts it returns an [*UnknownError] with the nearest names.
func (r Regime) Fact(name string) (Fact, error) {
	known := r.Facts()
	var names []string
	for _, f := range known {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Fact{}, &UnknownError{Field: "fact", Value: name, Suggestions: nearestOrAll(name, names)}
}

// nearestOrAll returns the names that lie near a misspelled one, nearest
// first, or all of them when none does.
func nearestOrAll(wrong string, names []string) []string {
	if near := nearest(wrong, names); len(near) > 0 {
		return near
	}
	return slices.Clone(names)
}
