package gdpr_test

import (
	"encoding/json"
	"strings"
	"testing"

	"tocsin/gdpr"
)

func TestFactsAreRefusedWithTheFactsName(t *testing.T) {
	cases := []struct {
		name, facts, message string
	}{
		{"no JSON", `{`, "facts: cut off; expected a JSON object"},
		{"broken JSON", `{"breach":}`, "facts: not JSON at byte 9; expected a JSON object"},
		{"nothing", ``, "facts: cut off; expected a JSON object"},
		{"a list", `[]`, "facts: []; expected an object"},
		{"two documents", `{"breach":["integrity"]} {}`, "facts: more after the object; expected one JSON object and nothing else"},
		{"not UTF-8", "{\"breach\":[\"\xff\"]}", "facts: not UTF-8; expected a JSON document in UTF-8"},
		{"an unknown fact", `{"breach":["integrity"],"peple":3}`, `fact: "peple" is not known; did you mean people?`},
		{"a fact in capitals", `{"breach":["integrity"],"People":3}`, `fact: "People" is not known; did you mean people, vulnerable_people?`},
		{"a fact twice", `{"breach":["integrity"],"people":3,"people":4}`, "people: given twice; expected each fact once"},
		{"an unknown field of data", `{"breach":["integrity"],"data":[{"knd":"basic"}]}`, `data[0]: "knd" is not known; did you mean kind?`},
		{"no breach", `{"people":3}`, `breach: empty; expected one or more of "confidentiality", "integrity", "availability"`},
		{"an empty breach", `{"breach":[]}`, `breach: empty; expected one or more of "confidentiality", "integrity", "availability"`},
		{"another property", `{"breach":["privacy"]}`, `breach[0]: "privacy"; expected one or more of "confidentiality", "integrity", "availability"`},
		{"a property twice", `{"breach":["integrity","integrity"]}`, `breach[1]: "integrity"; expected each of them once`},
		{"an unknown kind", `{"breach":["integrity"],"data":[{"kind":"helth"}]}`, `data[0].kind: "helth" is not known; did you mean health?`},
		{"no kind", `{"breach":["integrity"],"data":[{}]}`, `data[0].kind: "" is not known; did you mean basic, name, birth_date`},
		{"empty data", `{"breach":["integrity"],"data":[]}`, "data: 0 kinds; expected 1 to 100 kinds; leave it out when they are not known"},
		{"data of another type", `{"breach":["integrity"],"data":"basic"}`, `data: "basic"; expected a list such as [{"kind": "contact"}]`},
		{"another exposure", `{"breach":["confidentiality"],"exposure":"some"}`,
			`exposure: "some"; expected none, known_recipients, unknown_recipients, public or unknown`},
		{"a number of people in words", `{"breach":["integrity"],"people":"many"}`, `people: "many"; expected a whole number`},
		{"half a person", `{"breach":["integrity"],"people":1.5}`, "people: 1.5; expected a whole number"},
		{"fewer than no people", `{"breach":["integrity"],"people":-1}`, "people: -1; expected a number of 0 or more; leave it out when it is not known"},
		{"an answer in words", `{"breach":["integrity"],"malicious":"perhaps"}`, `malicious: "perhaps"; expected true, false or "unknown"`},
		{"a step that the category does not have", `{"breach":["integrity"],"data":[{"kind":"health","adjustment":1}]}`,
			"data[0].adjustment: 1; expected 0, -3, -2, -1 for sensitive data"},
		{"something that credentials cannot open", `{"breach":["integrity"],"data":[{"kind":"credentials","opens":"finance"}]}`,
			`data[0].opens: "finance" is not known; did you mean financial?`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := gdpr.ParseBreachFacts([]byte(c.facts))
			if err == nil || !strings.HasPrefix(err.Error(), c.message) {
				t.Errorf("got %v, want %s", err, c.message)
			}
		})
	}
	deep := `{"breach":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`
	if _, err := gdpr.ParseBreachFacts([]byte(deep)); err == nil || err.Error() != "facts: nested too deep; expected at most 8 levels" {
		t.Errorf("a deep document: %v", err)
	}
	large := `{"breach":["integrity"]` + strings.Repeat(" ", gdpr.MaxFactsBytes) + `}`
	if _, err := gdpr.ParseBreachFacts([]byte(large)); err == nil || !strings.HasSuffix(err.Error(), "expected at most 1 MB") {
		t.Errorf("a large document: %v", err)
	}
}

func TestContradictionsNameBothFacts(t *testing.T) {
	cases := []struct {
		name, facts, first, second string
	}{
		{"nobody, and records of 500", `{"breach":["confidentiality"],"people":0,"records":500}`, "people: 0", "records: 500"},
		{"nobody, and kinds of data", `{"breach":["confidentiality"],"people":0,"data":[{"kind":"basic"}]}`, "people: 0", "data: 1 kinds"},
		{"nobody, and vulnerable people", `{"breach":["confidentiality"],"people":0,"vulnerable_people":true}`, "people: 0", "vulnerable_people: true"},
		{"nobody, and children", `{"breach":["confidentiality"],"people":0,"minors":true}`, "people: 0", "minors: true"},
		{"children, and nobody vulnerable", `{"breach":["confidentiality"],"vulnerable_people":false,"minors":true}`, "vulnerable_people: false", "minors: true"},
		{"a loss of availability without availability", `{"breach":["confidentiality"],"availability_loss":"permanent"}`,
			`availability_loss: "permanent"`, "breach: confidentiality"},
		{"a loss of integrity without integrity", `{"breach":["confidentiality"],"integrity_loss":"recoverable"}`,
			`integrity_loss: "recoverable"`, "breach: confidentiality"},
		{"recipients without confidentiality", `{"breach":["availability"],"exposure":"unknown_recipients"}`,
			`exposure: "unknown_recipients"`, "breach: availability"},
		{"data that left without confidentiality", `{"breach":["availability"],"exfiltrated":true}`, "exfiltrated: true", "breach: availability"},
		{"data that left and that nobody has", `{"breach":["confidentiality"],"exposure":"none","exfiltrated":true}`, `exposure: "none"`, "exfiltrated: true"},
		{"strangers who are trusted", `{"breach":["confidentiality"],"exposure":"unknown_recipients","recipient_trusted":true}`,
			"recipient_trusted: true", `exposure: "unknown_recipients"`},
		{"strangers who confirmed", `{"breach":["confidentiality"],"exposure":"public","recipient_confirmed_deletion":true}`,
			"recipient_confirmed_deletion: true", `exposure: "public"`},
		{"lost for good and back again", `{"breach":["availability"],"availability_loss":"permanent","restored":true}`,
			`availability_loss: "permanent"`, "restored: true"},
		{"protected by a key that is out", `{"breach":["confidentiality"],"protection_measures":true,"key_compromised":true}`,
			"protection_measures: true", "key_compromised: true"},
		{"what health data open", `{"breach":["confidentiality"],"data":[{"kind":"health","opens":"financial"}]}`,
			`data[0].opens: "financial"`, `data[0].kind: "health"`},
		{"a reason without an adjustment", `{"breach":["confidentiality"],"data":[{"kind":"health","reason":"so"}]}`,
			"data[0].reason: given", "data[0].adjustment: 0"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := gdpr.ParseBreachFacts([]byte(c.facts))
			want := c.first + " contradicts " + c.second + "; expected "
			if err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got %v, want %s…", err, want)
			}
		})
	}
}

func TestAFactThatIsNotKnownMayBeSaidOrLeftOut(t *testing.T) {
	said := `{"breach":["confidentiality"],"data":null,"people":null,"vulnerable_people":"unknown","exposure":"unknown",
		"malicious":null,"unintelligible":"unknown","identification":"unknown","recipient_trusted":"unknown"}`
	a, b := assess(t, []byte(said)), assess(t, []byte(`{"breach":["confidentiality"]}`))
	if x, y := marshal(t, a), marshal(t, b); string(x) != string(y) {
		t.Errorf("the assessments differ: %s, %s", x, y)
	}
	if a.Risk != gdpr.RiskHigh || !a.Provisional || a.BestRisk != gdpr.RiskUnlikely {
		t.Errorf("%s, provisional %t, best %s", a.Risk, a.Provisional, a.BestRisk)
	}
	for _, r := range a.Reasons {
		if r.Rule == "taken-by-unknown-persons" && len(r.Assumed) != len(r.Facts) {
			t.Errorf("it does not say that it assumes %v: %v", r.Facts, r.Assumed)
		}
	}
}

func FuzzParseBreachFacts(f *testing.F) {
	for _, seed := range []string{
		`{"breach":["confidentiality"],"data":[{"kind":"health","adjustment":-1,"reason":"x"}],"people":3,"malicious":true}`,
		`{"breach":["availability"],"availability_loss":"hours","restored":false}`, `{"breach":null}`, `{"data":[{"kind":"credentials","opens":"x"}]}`,
		`[[[[`, `{"a":{"a":{"a":1}}}`, `"`, `{"people":1e400}`, `{"malicious":"unknown"} x`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		facts, err := gdpr.ParseBreachFacts(raw)
		if err != nil {
			if text := err.Error(); strings.ContainsAny(text, "\n\r\x00\x1b") || len(text) > 3000 {
				t.Errorf("not one line: %q", text)
			}
			return
		}
		a, err := gdpr.Assess(facts)
		if err != nil {
			t.Fatalf("%s was read and not assessed: %v", raw, err)
		}
		again, err := json.Marshal(facts)
		if err != nil {
			t.Fatal(err)
		}
		back, err := gdpr.ParseBreachFacts(again)
		if err != nil {
			t.Fatalf("%s became %s: %v", raw, again, err)
		}
		if b, err := gdpr.Assess(back); err != nil || b.Risk != a.Risk {
			t.Fatalf("%s became %s: %s, %s, %v", raw, again, a.Risk, b.Risk, err)
		}
	})
}
