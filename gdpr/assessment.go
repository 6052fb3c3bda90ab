package gdpr

import "slices"

// Risk is how likely a breach is to harm people, in the steps of the law.
type Risk string

// The risks, from the least to the greatest.
const (
	// RiskUnlikely is a breach unlikely to result in a risk (Art. 33(1)).
	RiskUnlikely Risk = "unlikely"
	// RiskLikely is everything between: the authority is notified (Art. 33(1)).
	RiskLikely Risk = "risk"
	// RiskHigh is a likely high risk: the people are told too (Art. 34(1)).
	RiskHigh Risk = "high_risk"
)

// AtLeast reports whether the risk is as great as another, or greater.
func (r Risk) AtLeast(other Risk) bool { return r.rank() >= other.rank() }

func (r Risk) rank() int {
	return slices.Index([]Risk{RiskUnlikely, RiskLikely, RiskHigh}, r)
}

// The channels of a communication to the people.
const (
	// ChannelNone is no communication.
	ChannelNone = "none"
	// ChannelIndividual is a message to each person.
	ChannelIndividual = "individual"
	// ChannelPublic is a public communication in its place (Art. 34(3)(c)).
	ChannelPublic = "public"
)

// Assessment is a recommendation with its reasons. It never decides: a person
// does, and writes down why, also where they agree.
type Assessment struct {
	// Severity is the outcome of ENISA 2013, an aid beside the rules.
	Severity Severity `json:"severity"`
	// Risk is the recommended judgement.
	Risk Risk `json:"risk"`
	// NotifyAuthority recommends a notification under Art. 33.
	NotifyAuthority bool `json:"notify_authority"`
	// Communicate recommends telling the people under Art. 34. Where it is
	// true, NotifyAuthority is too.
	Communicate bool `json:"communicate"`
	// Channel is "individual" or "public" where Communicate is true, "none"
	// otherwise.
	Channel string `json:"channel"`
	// Provisional says that a better answer to what is missing would lower
	// the risk.
	Provisional bool `json:"provisional"`
	// BestRisk is the risk if every missing fact turned out best. It equals
	// Risk where nothing is provisional.
	BestRisk Risk `json:"best_risk"`
	// Reasons are the rules that applied, in the order of the rules.
	Reasons []Reason `json:"reasons"`
	// Missing are the facts that are not known and bear on the case. Never nil.
	Missing []MissingFact `json:"missing"`
}

// Reason is a rule that applied to the facts.
type Reason struct {
	// Rule is the code of the [AssessmentRule].
	Rule string `json:"rule"`
	// Effect is what the rule does.
	Effect string `json:"effect"`
	// Text is the reason in words, in the language of the answer.
	Text string `json:"text"`
	// Facts are the names of the facts that the rule looked at; may be empty.
	Facts []string `json:"facts,omitempty"`
	// Assumed are those of Facts that are not known: the rule counted their
	// worst value. May be empty.
	Assumed []string `json:"assumed,omitempty"`
	// Label is the reason in every language.
	Label Label `json:"-"`
	Provenance
}

// MissingFact is a fact that is not known.
type MissingFact struct {
	// Fact is its name as in JSON, such as "people" or "data[0].opens".
	Fact string `json:"fact"`
	// Question asks for it, in the language of the answer.
	Question string `json:"question"`
	// Best is the answer that would lower the risk most.
	Best string `json:"best"`
	// RiskThen is the risk with that answer and everything else as it is.
	RiskThen Risk `json:"risk_then"`
	// Lowers says that this answer alone would lower the risk.
	Lowers bool `json:"lowers"`
	// Label is the question in every language.
	Label Label `json:"-"`
}

// Assess recommends what the facts call for: whether a risk is unlikely, likely
// or high, whether the authority is to be notified and the people told, and by
// which rules. It returns the errors of [BreachFacts.Validate].
//
// The default is to notify. That a risk is unlikely has to be shown, for
// disclosure, alteration and loss each, and a fact that is not known counts as
// its worst value (Art. 33(1), Recital 85): no fact that gets worse and no fact
// that is left out ever lowers the recommendation.
//
// The assessment advises and never decides. It is in English; see
// [Assessment.In].
func Assess(facts BreachFacts) (Assessment, error) {
	if err := facts.Validate(); err != nil {
		return Assessment{}, err
	}
	c := circumstancesOf(facts)
	v := judge(c)
	a := Assessment{
		Severity:        c.severity,
		Risk:            v.risk,
		NotifyAuthority: v.risk != RiskUnlikely,
		Communicate:     v.communicate,
		Channel:         v.channel,
		Missing:         []MissingFact{},
	}
	a.Missing, a.BestRisk = missingFacts(facts, v.risk)
	a.Provisional = a.BestRisk != a.Risk
	codes, assumed := v.codes, assumedFacts(facts)
	if a.Provisional {
		codes["unknown-counts-as-worst"] = true
	}
	for _, r := range assessmentRules() {
		if codes[r.Code] {
			met, _ := conditionOf(r)
			a.Reasons = append(a.Reasons, Reason{
				Rule: r.Code, Effect: r.Effect, Label: r.Text, Provenance: r.Provenance,
				Facts: slices.Clone(met.facts), Assumed: common(met.facts, assumed),
			})
		}
	}
	return a.In("en"), nil
}

// verdict is what the rules come to.
type verdict struct {
	risk        Risk
	communicate bool
	channel     string
	codes       map[string]bool
}

// judge applies the rules.
func judge(c circumstances) verdict {
	v := verdict{risk: RiskUnlikely, channel: ChannelNone, codes: map[string]bool{"severity-is-an-aid": true, "document-always": true}}
	onlyDisclosure := true
	for _, r := range assessmentRules() {
		met, decides := conditionOf(r)
		if !decides || !met.applies(c) {
			continue
		}
		v.codes[r.Code] = true
		switch {
		case r.Effect == EffectHighRisk:
			v.risk = RiskHigh
			onlyDisclosure = onlyDisclosure && slices.Contains(concernsDisclosure, r.Code)
		case r.Effect == EffectRisk && v.risk == RiskUnlikely:
			v.risk = RiskLikely
		}
	}
	if v.risk == RiskUnlikely {
		v.codes["risk-unlikely"] = true
		return v
	}
	v.codes["notify-by-default"] = true
	if v.risk == RiskHigh {
		v.codes["communicate-high-risk"] = true
		v.communicateUnless(c.facts, onlyDisclosure)
	}
	return v
}

// communicateUnless applies Art. 34(3) and (4) to a high risk.
func (v *verdict) communicateUnless(f BreachFacts, onlyDisclosure bool) {
	v.communicate, v.channel = true, ChannelIndividual
	if f.AuthorityRequiresCommunication != Yes {
		if f.ProtectionMeasures == Yes && onlyDisclosure {
			v.codes["protection-measures"] = true
			v.communicate = false
		}
		if f.SubsequentMeasures == Yes {
			v.codes["subsequent-measures"] = true
			v.communicate = false
		}
	}
	switch {
	case !v.communicate:
		v.channel = ChannelNone
	case f.DisproportionateEffort == Yes:
		v.codes["public-communication"] = true
		v.channel = ChannelPublic
	}
}

// In returns the assessment with its words in a language: Spanish for "es",
// English for every other.
func (a Assessment) In(language string) Assessment {
	a.Severity = a.Severity.In(language)
	a.Reasons = slices.Clone(a.Reasons)
	for i := range a.Reasons {
		a.Reasons[i].Text = a.Reasons[i].Label.In(language)
	}
	a.Missing = slices.Clone(a.Missing)
	for i := range a.Missing {
		a.Missing[i].Question = a.Missing[i].Label.In(language)
	}
	return a
}

// common returns what stands in both lists, in the order of the first.
func common(first, second []string) []string {
	var both []string
	for _, one := range first {
		if slices.Contains(second, one) {
			both = append(both, one)
		}
	}
	return both
}
