package gdpr

import "slices"

// Rule is one sentence of law or guidance that a computed time or a piece of
// advice rests on.
type Rule struct {
	// Code names the rule inside Tocsin, for example "reg-1182-71-3-1".
	Code string `json:"code"`
	// Text says in our own words what the rule asks, in English.
	Text string `json:"text"`
	// Standing is "settled", "information" (shown, never used to plan) or
	// "disputed" (sources disagree; explained, never used).
	Standing string `json:"standing"`
	Provenance
}

// Rules returns the rules that deadlines rest on.
func Rules() []Rule { return slices.Clone(rules()) }
