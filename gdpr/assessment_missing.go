package gdpr

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// factQuestion asks for a fact that is not known.
type factQuestion struct {
	Fact     string `json:"fact"`
	Best     string `json:"best"`
	Question Label  `json:"question"`
	Provenance
}

var factQuestions = sync.OnceValue(func() []factQuestion { return decode[factQuestion]("assessment_facts") })

// openFact is a fact that is not known in a case.
type openFact struct {
	name     string // as in JSON, with its place in a list
	question string // the fact's code in the questions
	best     func(*BreachFacts)
}

// missingFacts lists what is not known, tries the best answer to each, and
// returns the risk when all of them come out best.
func missingFacts(f BreachFacts, now Risk) ([]MissingFact, Risk) {
	missing := []MissingFact{}
	best := f.copy()
	for _, o := range openFacts(f) {
		one := f.copy()
		o.best(&one)
		o.best(&best)
		then := judge(circumstancesOf(one)).risk
		q := questionFor(o.question)
		missing = append(missing, MissingFact{Fact: o.name, Best: q.Best, RiskThen: then, Lowers: then != now, Label: q.Question})
	}
	return missing, judge(circumstancesOf(best)).risk
}

// openFacts lists the facts that are not known and bear on the case, in the
// order in which they are asked.
func openFacts(f BreachFacts) []openFact {
	var open []openFact
	add := func(unknown bool, name string, best func(*BreachFacts)) {
		if unknown {
			open = append(open, openFact{name: name, question: name, best: best})
		}
	}
	lost := func(p Property) bool { return slices.Contains(f.Breach, p) }
	notKnown := func(word string) bool { return word == "" || word == Unknown }

	add(f.Data == nil, "data", func(b *BreachFacts) { b.Data = []AffectedData{{Kind: "basic"}} })
	for i, d := range f.Data {
		if d.Kind == Unknown {
			open = append(open, openFact{fmt.Sprintf("data[%d].kind", i), "data", func(b *BreachFacts) { b.Data[i] = AffectedData{Kind: "basic"} }})
		}
		if k, _ := kindContextByKey(d.Kind); k.Category == categoryCredentials && notKnown(d.Opens) {
			open = append(open, openFact{fmt.Sprintf("data[%d].opens", i), "opens", func(b *BreachFacts) {
				b.Data[i].Opens = "simple"
				b.Data[i].Adjustment = 0
			}})
		}
	}
	add(f.People == nil, "people", func(b *BreachFacts) { b.People = new(1) })
	add(f.VulnerablePeople == AnswerUnknown && f.Minors != Yes, "vulnerable_people", func(b *BreachFacts) { b.VulnerablePeople = No })
	add(notKnown(string(f.Identification)), "identification", func(b *BreachFacts) { b.Identification = IdentificationNegligible })
	if lost(Confidentiality) {
		add(notKnown(string(f.Exposure)), "exposure", func(b *BreachFacts) { b.Exposure = ExposureNone })
	}
	add(f.Malicious == AnswerUnknown, "malicious", func(b *BreachFacts) { b.Malicious = No })
	if lost(Confidentiality) || f.Malicious != No {
		add(notKnown(string(f.Unintelligible)), "unintelligible", func(b *BreachFacts) { b.Unintelligible = UnintelligibleYes })
	}
	if f.Exposure == ExposureKnown {
		add(f.RecipientTrusted == AnswerUnknown, "recipient_trusted", func(b *BreachFacts) { b.RecipientTrusted = Yes })
		add(f.RecipientTrusted != No && f.RecipientConfirmedDeletion == AnswerUnknown, "recipient_confirmed_deletion",
			func(b *BreachFacts) { b.RecipientConfirmedDeletion = Yes })
	}
	if lost(Availability) {
		add(notKnown(string(f.AvailabilityLoss)), "availability_loss", func(b *BreachFacts) { b.AvailabilityLoss = AvailabilityNone })
	}
	if lost(Integrity) {
		add(notKnown(string(f.IntegrityLoss)), "integrity_loss", func(b *BreachFacts) { b.IntegrityLoss = IntegrityNone })
	}
	if lost(Availability) || lost(Integrity) {
		add(f.EssentialService == AnswerUnknown, "essential_service", func(b *BreachFacts) { b.EssentialService = No })
	}
	return open
}

// assumedFacts names the facts of which the worst value counts because they
// are not known, "data" for all that concerns the kinds of data.
func assumedFacts(f BreachFacts) []string {
	var names []string
	for _, o := range openFacts(f) {
		name, _, _ := strings.Cut(o.name, "[")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// copy returns facts that may be changed without touching the original.
func (f BreachFacts) copy() BreachFacts {
	f.Breach = slices.Clone(f.Breach)
	f.Data = slices.Clone(f.Data)
	return f
}

// questionFor finds a question by its fact. The tests show that each has one.
func questionFor(fact string) factQuestion {
	for _, q := range factQuestions() {
		if q.Fact == fact {
			return q
		}
	}
	return factQuestion{Fact: fact}
}
