package gdpr

import (
	"slices"
	"testing"
	"time"
)

// TestEveryRuleThatDecidesHasItsCondition keeps the data and the code one.
func TestEveryRuleThatDecidesHasItsCondition(t *testing.T) {
	conditions := len(highRisk) + len(risk) + len(lowers)
	seen := map[string]bool{}
	for _, r := range assessmentRules() {
		if seen[r.Code] {
			t.Errorf("%s stands twice", r.Code)
		}
		seen[r.Code] = true
		if r.Text.EN == "" || r.Text.ES == "" {
			t.Errorf("%s has no text in a language", r.Code)
		}
		_, decides := conditionOf(r)
		switch r.Effect {
		case EffectHighRisk, EffectRisk, EffectLowers:
			if !decides {
				t.Errorf("%s has no condition", r.Code)
			}
			conditions--
		case EffectOutcome, EffectGround, EffectChannel, EffectSupport:
		default:
			t.Errorf("%s: effect %q", r.Code, r.Effect)
		}
	}
	if conditions != 0 {
		t.Errorf("%d conditions without a rule in the data", conditions)
	}
	for _, code := range append(slices.Clone(concernsDisclosure), "notify-by-default", "risk-unlikely", "communicate-high-risk",
		"protection-measures", "subsequent-measures", "public-communication", "severity-is-an-aid", "unknown-counts-as-worst", "document-always") {
		if !seen[code] {
			t.Errorf("the code names %s, the data do not", code)
		}
	}
}

func TestEveryItemOfAnAssessmentSaysWhereItComesFrom(t *testing.T) {
	items := map[string]Provenance{}
	for _, r := range assessmentRules() {
		items["rule "+r.Code] = r.Provenance
	}
	for _, c := range contextCategories() {
		items["category "+c.Code] = c.Provenance
	}
	for _, a := range contextAdjustments() {
		items["adjustment "+a.Text.EN] = a.Provenance
	}
	for _, k := range kindContexts() {
		items["context of "+k.Key] = k.Provenance
	}
	for _, g := range dataGroups() {
		items["group "+g.Key] = g.Provenance
	}
	for _, s := range severityTerms() {
		items["term "+s.Code] = s.Provenance
	}
	for _, q := range factQuestions() {
		items["question "+q.Fact] = q.Provenance
	}
	for _, r := range slices.Concat(routingRules(), routingNotes()) {
		items["routing "+r.Code] = r.Provenance
		if r.Text.EN == "" || r.Text.ES == "" {
			t.Errorf("routing %s has no text in a language", r.Code)
		}
	}
	for name, p := range items {
		if p.Source == "" || p.Article == "" {
			t.Errorf("%s: no source or article", name)
		}
		if _, err := time.Parse(time.DateOnly, p.ValidFrom); err != nil {
			t.Errorf("%s: valid_from %q", name, p.ValidFrom)
		}
		if p.VerifiedAt != "" && p.VerifiedAt != "2026-11-23" {
			t.Errorf("%s: verified_at %q", name, p.VerifiedAt)
		}
	}
}

func TestEveryKindAndGroupHasItsContext(t *testing.T) {
	keys := contextKeys()
	for _, k := range dataKinds() {
		if !slices.Contains(keys, k.Key) {
			t.Errorf("kind %s has no context", k.Key)
		}
	}
	for _, g := range dataGroups() {
		if !slices.Contains(keys, g.Key) {
			t.Errorf("group %s has no context", g.Key)
		}
		if _, ok := DataKindByKey(g.Key); ok {
			t.Errorf("%s is a kind and a group", g.Key)
		}
	}
	if want := len(dataKinds()) + len(dataGroups()); len(keys) != want {
		t.Errorf("%d contexts for %d kinds and groups", len(keys), want)
	}
	for _, k := range kindContexts() {
		if k.Category != categoryCredentials && categoryByCode(k.Category).Code != k.Category {
			t.Errorf("%s: category %q", k.Key, k.Category)
		}
		// The options c to m of the form, without l, are data of Art. 9 and 10.
		if kind, ok := DataKindByKey(k.Key); ok && k.Special != (kind.Option >= "c" && kind.Option <= "m" && kind.Option != "l") {
			t.Errorf("%s: special is %t, option %s", k.Key, k.Special, kind.Option)
		}
	}
}
