package incident

import (
	"encoding/json"

	"tocsin/gdpr"
)

// Advice is what the law's rules recommended on the facts of an assessment. It
// never decides: beside it stands what a person decided, and why.
type Advice struct {
	// Risk is unlikely, risk or high_risk.
	Risk gdpr.Risk `json:"risk"`
	// NotifyAuthority recommends a notification under GDPR Art. 33.
	NotifyAuthority bool `json:"notify_authority"`
	// Communicate recommends telling the people under GDPR Art. 34.
	Communicate bool `json:"communicate"`
	// Channel is individual, public or none.
	Channel string `json:"channel"`
	// Provisional says that a better answer to what is missing would lower the risk.
	Provisional bool `json:"provisional,omitempty"`
	// Score is the severity by ENISA 2013 in hundredths, Band its verdict.
	Score int    `json:"score_hundredths"`
	Band  string `json:"band"`
	// Rules are the codes of the rules that applied, in their order.
	Rules []string `json:"rules"`
	// Missing are the facts that were not known and bear on the case.
	Missing []string `json:"missing"`
}

// advise asks the rules about facts in the form that they read.
func advise(facts gdpr.BreachFacts) (Advice, error) {
	a, err := gdpr.Assess(facts)
	if err != nil {
		return Advice{}, err
	}
	out := Advice{
		Risk: a.Risk, NotifyAuthority: a.NotifyAuthority, Communicate: a.Communicate, Channel: a.Channel,
		Provisional: a.Provisional, Score: int(a.Severity.Score), Band: string(a.Severity.Band),
		Rules: []string{}, Missing: []string{},
	}
	for _, r := range a.Reasons {
		out.Rules = append(out.Rules, r.Rule)
	}
	for _, m := range a.Missing {
		out.Missing = append(out.Missing, m.Fact)
	}
	return out, nil
}

// AdviseOn gives the advice on the facts of an assessment. Facts that say
// which property was lost ("breach") are in the form that the rules read: a
// field that the rules do not know, and facts that contradict each other, are
// then refused. Other objects are recorded as they are given, without advice.
func AdviseOn(raw json.RawMessage) (*Advice, *Error) {
	var form struct {
		Breach json.RawMessage `json:"breach"`
	}
	if err := json.Unmarshal(raw, &form); err != nil || form.Breach == nil {
		return nil, nil
	}
	facts, err := gdpr.ParseBreachFacts(raw)
	if err != nil {
		return nil, LawError("facts.", err)
	}
	advice, err := advise(facts)
	if err != nil {
		return nil, LawError("facts.", err)
	}
	return &advice, nil
}

// Against says whether the decision differs from the advice: in notifying the
// authority, or in telling the people. It is false without advice.
func (a Assessment) Against() (notify, communicate bool) {
	if a.Advice == nil {
		return false, false
	}
	return a.Decision.NotifyAuthority != a.Advice.NotifyAuthority, a.Decision.Communicate != a.Advice.Communicate
}

// check refuses a ground that the law does not know or that contradicts the
// decision. Deciding against the advice is allowed, with its reason.
func (d AssessmentDecision) check() *Error {
	switch d.Ground {
	case "", "a", "b", "c":
	default:
		return InvalidField("decision.ground", d.Ground, "is none of GDPR Art. 34(3)", "a, b or c; left out for none")
	}
	if d.Communicate && d.Ground != "" && d.Ground != "c" {
		return InvalidField("decision.ground", d.Ground, "contradicts decision.communicate",
			"no ground where the people are told, or c for a public communication in place of messages")
	}
	if err := limitText("decision.dissent", d.Dissent, limitReason); err != nil {
		return err
	}
	return requireText("decision.reason", d.Reason, limitReason)
}
