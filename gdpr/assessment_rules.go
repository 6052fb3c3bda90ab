package gdpr

import (
	"slices"
	"sync"
)

// The effects of a rule of assessment.
const (
	// EffectHighRisk makes a high risk likely.
	EffectHighRisk = "high_risk"
	// EffectRisk keeps a risk from being unlikely.
	EffectRisk = "risk"
	// EffectLowers shows, for one of the three losses, that no harm is likely.
	EffectLowers = "lowers"
	// EffectOutcome states what follows.
	EffectOutcome = "outcome"
	// EffectGround is a ground on which communication is not required.
	EffectGround = "ground"
	// EffectChannel changes the channel of the communication.
	EffectChannel = "channel"
	// EffectSupport explains without changing the outcome.
	EffectSupport = "support"
)

// AssessmentRule is one sentence by which facts become a recommendation.
type AssessmentRule struct {
	// Code names the rule, for example "special-category-exposed". Stable.
	Code string `json:"code"`
	// Effect is one of the effects above.
	Effect string `json:"effect"`
	// Text is the rule as a reason, in every language.
	Text Label `json:"text"`
	Provenance
}

var assessmentRules = sync.OnceValue(func() []AssessmentRule { return decode[AssessmentRule]("assessment_rules") })

// AssessmentRules returns the rules in the order in which they are applied.
func AssessmentRules() []AssessmentRule { return slices.Clone(assessmentRules()) }

// AssessmentRuleByCode returns the rule of that code, so that a stored reason
// can be shown in another language.
func AssessmentRuleByCode(code string) (AssessmentRule, bool) {
	for _, r := range assessmentRules() {
		if r.Code == code {
			return r, true
		}
	}
	return AssessmentRule{}, false
}

// condition is when a rule applies, and the facts that it looks at.
type condition struct {
	applies func(c circumstances) bool
	facts   []string
}

// highRisk, risk and lowers are the conditions of the rules that decide, by
// code. A fact that gets worse may move a case from one rule to a graver one
// and never the other way: the property tests hold the rules to it. The rules
// that lower name what keeps a rule of risk from applying; they are reasons
// and decide nothing by themselves.
var (
	highRisk = map[string]condition{
		"authority-requires-communication": {
			func(c circumstances) bool { return c.facts.AuthorityRequiresCommunication == Yes },
			[]string{"authority_requires_communication"}},
		"essential-service-interrupted": {
			func(c circumstances) bool {
				return c.essential && (c.availability == AvailabilityDays || c.availability == AvailabilityPermanent)
			},
			[]string{"essential_service", "availability_loss"}},
		"essential-service-altered": {
			func(c circumstances) bool { return c.essential && c.integrity == IntegrityPermanent },
			[]string{"essential_service", "integrity_loss"}},
		"most-sensitive-data-lost": {
			func(c circumstances) bool {
				return c.context == maxContext && (c.availability == AvailabilityPermanent || c.integrity == IntegrityPermanent)
			},
			[]string{"data", "availability_loss", "integrity_loss"}},
		"special-category-exposed": {
			// Hardly identifiable people weigh less: context × identification.
			func(c circumstances) bool { return c.toStrangers() && Hundredths(c.special)*c.identification >= 200 },
			[]string{"data", "exposure", "unintelligible", "identification"}},
		"most-sensitive-data-disclosed": {
			func(c circumstances) bool { return c.disclosed() && c.context == maxContext && c.identifiable() },
			[]string{"data", "exposure", "unintelligible", "recipient_trusted", "identification"}},
		"vulnerable-people-exposed": {
			func(c circumstances) bool {
				return c.vulnerable && c.identifiable() && (c.toStrangers() || c.disclosed() && c.malicious)
			},
			[]string{"vulnerable_people", "exposure", "unintelligible", "malicious", "identification"}},
		"identity-or-money-data-taken": {
			func(c circumstances) bool { return c.disclosed() && c.malicious && c.serious() },
			[]string{"data", "exposure", "unintelligible", "malicious"}},
		"taken-by-unknown-persons": {
			func(c circumstances) bool { return c.toStrangers() && c.malicious && c.identifiable() },
			[]string{"exposure", "unintelligible", "malicious", "identification"}},
		"severe-exposure": {
			func(c circumstances) bool {
				return c.toStrangers() && (c.severity.Score >= 300 || c.reach == reachPublic && c.fraud && c.serious())
			},
			[]string{"data", "exposure", "unintelligible", "identification"}},
		"mass-disclosure": {
			func(c circumstances) bool { return c.disclosed() && c.many && c.serious() },
			[]string{"data", "people", "exposure", "unintelligible", "recipient_trusted"}},
	}
	risk = map[string]condition{
		"attacker-in-readable-data": {
			func(c circumstances) bool {
				return c.malicious && c.readable && (c.context >= 3 || c.fraud || c.vulnerable)
			},
			[]string{"malicious", "unintelligible", "data", "vulnerable_people"}},
		"readable-data-exposed": {
			func(c circumstances) bool { return c.disclosed() && !c.small() },
			[]string{"exposure", "unintelligible", "recipient_trusted"}},
		"availability-lost": {
			func(c circumstances) bool {
				return c.availability == AvailabilityDays || c.availability == AvailabilityPermanent ||
					c.availability == AvailabilityHours && c.essential
			},
			[]string{"availability_loss", "essential_service"}},
		"integrity-lost": {
			func(c circumstances) bool { return c.integrity != IntegrityNone },
			[]string{"integrity_loss"}},
	}
	lowers = map[string]condition{
		"no-exposure": {
			func(c circumstances) bool { return c.reach == reachNobody },
			[]string{"exposure"}},
		"data-unintelligible": {
			func(c circumstances) bool { return !c.readable },
			[]string{"unintelligible"}},
		"trusted-recipient": {
			func(c circumstances) bool { return c.neutralised() },
			[]string{"exposure", "recipient_trusted"}},
		"small-disclosure-of-simple-data": {
			func(c circumstances) bool { return c.disclosed() && c.small() },
			[]string{"data", "people", "exposure", "malicious", "vulnerable_people"}},
		"available-again": {
			func(c circumstances) bool { return c.availability == AvailabilityHours && !c.essential },
			[]string{"availability_loss", "essential_service"}},
	}
)

// small says that the disclosure is a slip whose worst is a nuisance.
func (c circumstances) small() bool {
	return c.reach == reachKnown && !c.malicious && !c.many && !c.vulnerable && !c.fraud && c.context == minContext
}

// conditionOf finds the condition of a rule that decides.
func conditionOf(r AssessmentRule) (condition, bool) {
	var set map[string]condition
	switch r.Effect {
	case EffectHighRisk:
		set = highRisk
	case EffectRisk:
		set = risk
	case EffectLowers:
		set = lowers
	}
	found, ok := set[r.Code]
	return found, ok
}

// concernsDisclosure lists the rules of high risk that rest on a disclosure
// alone, so that protection measures applied to the data can answer them.
var concernsDisclosure = []string{
	"special-category-exposed", "most-sensitive-data-disclosed", "vulnerable-people-exposed",
	"identity-or-money-data-taken", "taken-by-unknown-persons", "severe-exposure", "mass-disclosure",
}
