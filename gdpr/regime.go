package gdpr

import (
	"slices"
	"time"
)

// The codes of the regimes that Tocsin's own code names. The others are in the
// data: see [Regimes].
const (
	// RegimeNotification is GDPR Art. 33: the authority, within 72 hours.
	RegimeNotification = "gdpr-33"
	// RegimeCommunication is GDPR Art. 34: the people affected, without undue
	// delay.
	RegimeCommunication = "gdpr-34"
	// RegimeProcessor is GDPR Art. 33(2): a processor tells its controller,
	// without undue delay; the contract may give hours.
	RegimeProcessor = "gdpr-33-2"
)

// The recipients of a duty.
const (
	// RecipientAuthority is a supervisory authority for data protection.
	RecipientAuthority = "authority"
	// RecipientPeople are the people affected.
	RecipientPeople = "people"
	// RecipientController is the controller on whose behalf a processor works.
	RecipientController = "controller"
	// RecipientCSIRT is the computer security incident response team, or the
	// authority that national law names in its place.
	RecipientCSIRT = "csirt"
	// RecipientFinancialSupervisor is the competent authority of a financial
	// entity.
	RecipientFinancialSupervisor = "financial_supervisor"
	// RecipientSupervisoryBody is the supervisory body for trust services.
	RecipientSupervisoryBody = "supervisory_body"
)

// recipientNames are the recipients in words, for errors.
var recipientNames = map[string]string{
	RecipientAuthority:           "an authority",
	RecipientPeople:              "the people affected",
	RecipientController:          "the controller",
	RecipientCSIRT:               "the CSIRT or its authority",
	RecipientFinancialSupervisor: "the financial supervisor",
	RecipientSupervisoryBody:     "the supervisory body for trust services",
}

// The standings of a regime.
const (
	// StatusInForce is law, within the dates of the regime.
	StatusInForce = "in_force"
	// StatusProposal is a text that is not law. It is there to be looked at by
	// its name and is never chosen, proposed or suggested.
	StatusProposal = "proposal"
)

// Regime is one law that makes a breach somebody's business: what triggers it,
// to whom the duty is owed and in which stages.
type Regime struct {
	// Code names the regime, for example "gdpr-33".
	Code string `json:"code"`
	// Name is the regime in a line a person reads, in English.
	Name string `json:"name"`
	// Status is "in_force" or "proposal". ValidFrom of a proposal is the day
	// of the proposal, on which nothing came into force.
	Status string `json:"status"`
	// StatusNote explains a status other than "in_force", in English.
	StatusNote string `json:"status_note,omitempty"`
	// Recipient is to whom the duty is owed: "authority", "people",
	// "controller", "csirt", "financial_supervisor" or "supervisory_body".
	Recipient string `json:"recipient"`
	// Authority is the code of the one authority to which the duty is owed.
	// Empty where that depends on the case or the recipient is no authority.
	Authority string `json:"authority,omitempty"`
	// Threshold is the condition under which the duty arises.
	Threshold Threshold `json:"threshold"`
	// Stages are the steps of the duty in order; at least one.
	Stages []Stage `json:"stages"`
	// FollowUp is the rule for what is still missing after the first filing.
	FollowUp FollowUp `json:"follow_up"`
	Provenance
}

// Proposal reports whether the regime is a proposal and not law.
func (r Regime) Proposal() bool { return r.Status == StatusProposal }

// InForce reports whether the regime is law on the day of t, counted in UTC. A
// proposal never is.
func (r Regime) InForce(t time.Time) bool { return !r.Proposal() && r.Provenance.InForce(t) }

// Threshold is the condition under which a duty arises.
type Threshold struct {
	// Code is "any_breach", "risk_not_unlikely", "high_risk",
	// "significant_incident", "significant_impact", "major_incident",
	// "severe_incident" or "exploited_vulnerability".
	Code string `json:"code"`
	// Text is the condition in words, in English.
	Text string `json:"text"`
}

// FollowUp is the rule for information that is given after the first filing.
type FollowUp struct {
	// Within is the period for the rest, from the first filing. Zero when
	// there is none, or none in numbers.
	Within Period `json:"within"`
	// Soft says that the period is an expectation and not a limit in law.
	Soft bool `json:"soft"`
	// Text is the rule in words, in English. Empty where there is no rule.
	Text string `json:"text"`
	Provenance
}

// Regimes returns the regimes in the data, proposals included: see
// [Regime.InForce].
func Regimes() []Regime {
	list := slices.Clone(regimes())
	for i := range list {
		list[i].Stages = slices.Clone(list[i].Stages)
	}
	return list
}

// RegimesInForce returns the regimes that are law on the day of at, counted in
// UTC. Use it wherever somebody chooses from a list.
func RegimesInForce(at time.Time) []Regime {
	return slices.DeleteFunc(Regimes(), func(r Regime) bool { return !r.InForce(at) })
}

// RegimeByCode returns the regime of that code. It finds a proposal too, since
// it was asked for by name.
func RegimeByCode(code string) (Regime, bool) {
	for _, r := range regimes() {
		if r.Code == code {
			r.Stages = slices.Clone(r.Stages)
			return r, true
		}
	}
	return Regime{}, false
}

// SuggestRegimes returns the codes of regimes that may have been meant by a
// code that finds none, nearest first, or all of them when none comes near.
// Proposals are left out.
func SuggestRegimes(code string) []string {
	var codes []string
	for _, r := range regimes() {
		if !r.Proposal() {
			codes = append(codes, r.Code)
		}
	}
	return nearestOrAll(code, codes)
}

// Stage returns the regime's stage of that name. For another name it returns
// an [*UnknownError] with the nearest ones.
func (r Regime) Stage(name string) (Stage, error) {
	var names []string
	for _, s := range r.Stages {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Stage{}, &UnknownError{Field: "stage", Value: name, Suggestions: nearestOrAll(name, names)}
}
