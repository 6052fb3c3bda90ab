package gdpr_test

import (
	"testing"

	"tocsin/gdpr"
)

// TestContextReproducesTheExamplesOfTheMethod takes the examples of ENISA 2013
// for the data processing context. The category of a music shop's account is
// simple, of online banking financial.
func TestContextReproducesTheExamplesOfTheMethod(t *testing.T) {
	cases := []struct {
		name string
		data gdpr.AffectedData
		want int
	}{
		{"list of customers of a supermarket", gdpr.AffectedData{Kind: "basic"}, 1},
		{"customers of a seller of luxury goods", gdpr.AffectedData{Kind: "contact", Adjustment: 1}, 2},
		{"delivery addresses of an adult bookshop", gdpr.AffectedData{Kind: "address", Adjustment: 2}, 3},
		{"list of undercover officers", gdpr.AffectedData{Kind: "name", Adjustment: 3}, 4},
		{"credentials of a music shop", gdpr.AffectedData{Kind: "credentials", Opens: "simple"}, 1},
		{"calls to the help desk of an internet provider", gdpr.AffectedData{Kind: "usage", Adjustment: -1}, 1},
		{"calls of one week", gdpr.AffectedData{Kind: "usage"}, 2},
		{"calls of one year", gdpr.AffectedData{Kind: "usage", Adjustment: 1}, 3},
		{"calls to a centre for psychological support", gdpr.AffectedData{Kind: "usage", Adjustment: 2}, 4},
		{"purchases of a month on a loyalty card", gdpr.AffectedData{Kind: "profile"}, 2},
		{"places of a transport card in one year", gdpr.AffectedData{Kind: "location", Adjustment: 1}, 3},
		{"purchases in a pharmacy", gdpr.AffectedData{Kind: "profile", Adjustment: 2}, 4},
		{"letter to a customer of a bank", gdpr.AffectedData{Kind: "financial", Adjustment: -2}, 1},
		{"transactions of a day without details", gdpr.AffectedData{Kind: "financial", Adjustment: -1}, 2},
		{"balances of a month", gdpr.AffectedData{Kind: "bank_account"}, 3},
		{"statements of a year", gdpr.AffectedData{Kind: "financial", Adjustment: 1}, 4},
		{"very old or invalid cards", gdpr.AffectedData{Kind: "card", Adjustment: -2}, 1},
		{"part of a card", gdpr.AffectedData{Kind: "card", Adjustment: -1}, 2},
		{"more of a card", gdpr.AffectedData{Kind: "card"}, 3},
		{"a full card", gdpr.AffectedData{Kind: "card", Adjustment: 1}, 4},
		{"that general blood tests were made", gdpr.AffectedData{Kind: "health", Adjustment: -3}, 1},
		{"a blood test in an emergency room", gdpr.AffectedData{Kind: "health", Adjustment: -2}, 2},
		{"a test for a specific disease", gdpr.AffectedData{Kind: "health", Adjustment: -1}, 3},
		{"results of tests", gdpr.AffectedData{Kind: "health"}, 4},
		{"political opinions in a closed forum", gdpr.AffectedData{Kind: "political"}, 4},
		{"a dating site with sexual orientation", gdpr.AffectedData{Kind: "sex_life"}, 4},
		{"credentials of online banking", gdpr.AffectedData{Kind: "credentials", Opens: "financial", Adjustment: 1}, 4},
		{"credentials of an unknown site", gdpr.AffectedData{Kind: "password"}, 4},
		{"kinds that are not known", gdpr.AffectedData{Kind: "unknown"}, 4},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, terms, err := c.data.Context()
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("context %d, want %d", got, c.want)
			}
			sum := gdpr.Hundredths(0)
			for _, term := range terms {
				sum += term.Value
				if term.Label.EN == "" || term.Label.ES == "" || term.Source == "" || term.Article == "" {
					t.Errorf("a term without a reason: %+v", term)
				}
			}
			if sum != gdpr.Hundredths(c.want*100) {
				t.Errorf("the terms make %s, want %d", sum, c.want)
			}
		})
	}
}

func TestExplainListsEveryTermInOrder(t *testing.T) {
	s, err := gdpr.Explain(gdpr.Inputs{DPC: 4, Identification: 75, Confidentiality: 25, Malicious: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		name  string
		value gdpr.Hundredths
	}{
		{"dpc", 400}, {"identification", 75}, {"dpc_x_identification", 300}, {"confidentiality", 25},
		{"integrity", 0}, {"availability", 0}, {"malicious", 50}, {"score", 375},
	}
	if len(s.Terms) != len(want) || s.Score != 375 || s.Band != gdpr.BandHigh {
		t.Fatalf("%d terms, score %s, band %s", len(s.Terms), s.Score, s.Band)
	}
	for i, w := range want {
		if s.Terms[i].Name != w.name || s.Terms[i].Value != w.value || s.Terms[i].Why == "" {
			t.Errorf("term %d is %+v, want %+v", i, s.Terms[i], w)
		}
	}
	if s.In("es").Terms[0].Why == s.Terms[0].Why {
		t.Error("the Spanish reason is the English one")
	}
	if _, err := gdpr.Explain(gdpr.Inputs{}); err == nil {
		t.Error("empty inputs were explained")
	}
}

func TestExplainHasAReasonForEveryValue(t *testing.T) {
	losses := []gdpr.Hundredths{0, 25, 50}
	for dpc := 1; dpc <= 4; dpc++ {
		for _, ease := range []gdpr.Hundredths{25, 50, 75, 100} {
			for i, loss := range losses {
				s, err := gdpr.Explain(gdpr.Inputs{DPC: dpc, Identification: ease, Confidentiality: loss, Integrity: losses[(i+1)%3],
					Availability: losses[(i+2)%3], Malicious: i == 0})
				if err != nil {
					t.Fatal(err)
				}
				for _, term := range s.Terms {
					if term.Label.EN == "" || term.Label.ES == "" || term.Article == "" {
						t.Errorf("no reason for %s %s", term.Name, term.Value)
					}
				}
			}
		}
	}
}
