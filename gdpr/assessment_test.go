package gdpr_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"tocsin/gdpr"
)

// vector is one case with its facts and the outcome to be reproduced.
type vector struct {
	Name   string          `json:"name"`
	Facts  json.RawMessage `json:"facts"`
	Expect struct {
		NotifyAuthority bool `json:"notify_authority"`
		Communicate     bool `json:"communicate"`
	} `json:"expect"`
}

func vectors(t *testing.T, files ...string) []vector {
	t.Helper()
	var all []vector
	for _, file := range files {
		var list []vector
		readJSON(t, file, &list)
		all = append(all, list...)
	}
	return all
}

func TestAssessReproducesTheCasesOfTheGuidelines(t *testing.T) {
	all := vectors(t, "testdata/edpb-cases.json", "testdata/edpb-cases-memory.json")
	if len(all) < 18 {
		t.Fatalf("only %d cases", len(all))
	}
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			facts, err := gdpr.ParseBreachFacts(v.Facts)
			if err != nil {
				t.Fatal(err)
			}
			a, err := gdpr.Assess(facts)
			if err != nil {
				t.Fatal(err)
			}
			if a.NotifyAuthority != v.Expect.NotifyAuthority || a.Communicate != v.Expect.Communicate {
				t.Errorf("notify %t, communicate %t, want %t, %t: %s, severity %s, %v",
					a.NotifyAuthority, a.Communicate, v.Expect.NotifyAuthority, v.Expect.Communicate, a.Risk, a.Severity.Score, rulesOf(a))
			}
			if a.Provisional {
				t.Errorf("provisional although all is known: %+v", a.Missing)
			}
		})
	}
}

func rulesOf(a gdpr.Assessment) []string {
	var codes []string
	for _, r := range a.Reasons {
		codes = append(codes, r.Rule)
	}
	return codes
}

// TestNoFactThatIsLeftOutLowersTheRisk takes each fact out of each case.
func TestNoFactThatIsLeftOutLowersTheRisk(t *testing.T) {
	for _, v := range vectors(t, "testdata/edpb-cases.json", "testdata/edpb-cases-memory.json") {
		full := assess(t, v.Facts)
		var facts map[string]json.RawMessage
		if err := json.Unmarshal(v.Facts, &facts); err != nil {
			t.Fatal(err)
		}
		for name, value := range facts {
			if name == "breach" {
				continue
			}
			delete(facts, name)
			less := assess(t, marshal(t, facts))
			if !less.Risk.AtLeast(full.Risk) || full.Communicate && !less.Communicate {
				t.Errorf("%s: %s without %s, %s with it", v.Name, less.Risk, name, full.Risk)
			}
			if less.Risk != full.Risk && !less.Provisional {
				t.Errorf("%s: without %s the risk is %s and not provisional", v.Name, name, less.Risk)
			}
			facts[name] = value
		}
	}
}

func assess(t *testing.T, raw []byte) gdpr.Assessment {
	t.Helper()
	facts, err := gdpr.ParseBreachFacts(raw)
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	a, err := gdpr.Assess(facts)
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return a
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// stolen are facts of a high risk by disclosure alone.
func stolen() gdpr.BreachFacts {
	return gdpr.BreachFacts{
		Breach: []gdpr.Property{gdpr.Confidentiality}, Data: []gdpr.AffectedData{{Kind: "health"}}, People: new(60),
		VulnerablePeople: gdpr.No, Exposure: gdpr.ExposureUnknown, Malicious: gdpr.Yes, Unintelligible: gdpr.UnintelligibleNo,
		RecipientTrusted: gdpr.No, AvailabilityLoss: gdpr.AvailabilityNone, IntegrityLoss: gdpr.IntegrityNone,
		EssentialService: gdpr.No, Identification: gdpr.IdentificationMaximum,
	}
}

func TestGroundsOfArticle34ParagraphThree(t *testing.T) {
	cases := []struct {
		name    string
		change  func(*gdpr.BreachFacts)
		told    bool
		channel string
		rule    string
	}{
		{"without a ground each person is told", func(*gdpr.BreachFacts) {}, true, "individual", "communicate-high-risk"},
		{"(a) protection measures", func(f *gdpr.BreachFacts) { f.ProtectionMeasures = gdpr.Yes }, false, "none", "protection-measures"},
		{"(b) subsequent measures", func(f *gdpr.BreachFacts) { f.SubsequentMeasures = gdpr.Yes }, false, "none", "subsequent-measures"},
		{"(c) changes the channel and is not silence", func(f *gdpr.BreachFacts) { f.DisproportionateEffort = gdpr.Yes },
			true, "public", "public-communication"},
		{"(a) does not answer data that are missing", func(f *gdpr.BreachFacts) {
			f.ProtectionMeasures, f.EssentialService, f.AvailabilityLoss = gdpr.Yes, gdpr.Yes, gdpr.AvailabilityDays
			f.Breach = append(f.Breach, gdpr.Availability)
		}, true, "individual", "essential-service-interrupted"},
		{"(4) the authority has the last word", func(f *gdpr.BreachFacts) {
			f.SubsequentMeasures, f.AuthorityRequiresCommunication = gdpr.Yes, gdpr.Yes
		}, true, "individual", "authority-requires-communication"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := stolen()
			c.change(&f)
			a, err := gdpr.Assess(f)
			if err != nil {
				t.Fatal(err)
			}
			if a.Risk != gdpr.RiskHigh || !a.NotifyAuthority {
				t.Errorf("risk %s, notify %t", a.Risk, a.NotifyAuthority)
			}
			if a.Communicate != c.told || a.Channel != c.channel || !slices.Contains(rulesOf(a), c.rule) {
				t.Errorf("communicate %t by %s, rules %v", a.Communicate, a.Channel, rulesOf(a))
			}
		})
	}
}

func TestWhatLowersARiskMustHoldInFull(t *testing.T) {
	cases := []struct {
		name   string
		change func(*gdpr.BreachFacts)
		want   gdpr.Risk
	}{
		{"encrypted data with a safe key", func(f *gdpr.BreachFacts) { f.Unintelligible = gdpr.UnintelligibleYes }, gdpr.RiskUnlikely},
		{"encrypted data whose key is out", func(f *gdpr.BreachFacts) {
			f.Unintelligible, f.KeyCompromised = gdpr.UnintelligibleYes, gdpr.Yes
		}, gdpr.RiskHigh},
		{"data encrypted in part", func(f *gdpr.BreachFacts) { f.Unintelligible = gdpr.UnintelligiblePartly }, gdpr.RiskHigh},
		{"encrypted data that are lost for good", func(f *gdpr.BreachFacts) {
			f.Unintelligible, f.AvailabilityLoss = gdpr.UnintelligibleYes, gdpr.AvailabilityPermanent
			f.Breach = append(f.Breach, gdpr.Availability)
			f.Data = []gdpr.AffectedData{{Kind: "contact"}}
		}, gdpr.RiskLikely},
		{"a trusted recipient", trusted, gdpr.RiskUnlikely},
		{"a trusted recipient who refuses to delete", func(f *gdpr.BreachFacts) {
			trusted(f)
			f.RecipientConfirmedDeletion = gdpr.No
		}, gdpr.RiskHigh},
		{"a trusted recipient of a mass of health data", func(f *gdpr.BreachFacts) {
			trusted(f)
			f.People = new(5000)
		}, gdpr.RiskHigh},
		{"the same after the deletion was confirmed", func(f *gdpr.BreachFacts) {
			trusted(f)
			f.People, f.RecipientConfirmedDeletion = new(5000), gdpr.Yes
		}, gdpr.RiskUnlikely},
		{"an attacker in readable health data, of which none left", func(f *gdpr.BreachFacts) {
			f.Exposure = gdpr.ExposureNone
		}, gdpr.RiskLikely},
		{"a day centre without its list for hours", func(f *gdpr.BreachFacts) {
			*f = gdpr.BreachFacts{Breach: []gdpr.Property{gdpr.Availability}, Data: []gdpr.AffectedData{{Kind: "contact"}},
				People: new(20), VulnerablePeople: gdpr.No, Malicious: gdpr.No, AvailabilityLoss: gdpr.AvailabilityHours,
				EssentialService: gdpr.No, Identification: gdpr.IdentificationMaximum}
		}, gdpr.RiskUnlikely},
		{"the same while it is still without", func(f *gdpr.BreachFacts) {
			*f = gdpr.BreachFacts{Breach: []gdpr.Property{gdpr.Availability}, Data: []gdpr.AffectedData{{Kind: "contact"}},
				People: new(20), VulnerablePeople: gdpr.No, Malicious: gdpr.No, AvailabilityLoss: gdpr.AvailabilityHours,
				Restored: gdpr.No, EssentialService: gdpr.No, Identification: gdpr.IdentificationMaximum}
		}, gdpr.RiskLikely},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := stolen()
			c.change(&f)
			a, err := gdpr.Assess(f)
			if err != nil {
				t.Fatal(err)
			}
			if a.Risk != c.want {
				t.Errorf("risk %s, want %s: %v", a.Risk, c.want, rulesOf(a))
			}
		})
	}
}

func trusted(f *gdpr.BreachFacts) {
	f.Exposure, f.Malicious, f.RecipientTrusted = gdpr.ExposureKnown, gdpr.No, gdpr.Yes
}

func ExampleAssess() {
	facts, err := gdpr.ParseBreachFacts([]byte(`{"breach": ["confidentiality"], "data": [{"kind": "email"}], "people": 2,
		"vulnerable_people": false, "exposure": "known_recipients", "recipient_trusted": true, "malicious": false,
		"unintelligible": "no", "identification": "maximum"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	a, err := gdpr.Assess(facts)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Risk, a.NotifyAuthority, a.Severity.Score, a.Reasons[0].Rule)
	// Output: unlikely false 1.25 trusted-recipient
}

func TestARuleIsFoundByItsCode(t *testing.T) {
	for _, r := range gdpr.AssessmentRules() {
		if found, ok := gdpr.AssessmentRuleByCode(r.Code); !ok || found != r {
			t.Errorf("%s: %+v, %t", r.Code, found, ok)
		}
	}
	if _, ok := gdpr.AssessmentRuleByCode("no-rule"); ok {
		t.Error("no-rule is a rule")
	}
}
