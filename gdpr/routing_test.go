package gdpr_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tocsin/gdpr"
)

func TestRouteProposesWhoIsCompetent(t *testing.T) {
	cases := []struct {
		name  string
		in    gdpr.RoutingFacts
		want  string
		notes string
	}{
		{"one state", gdpr.RoutingFacts{MainEstablishment: "ES", PeopleIn: []string{"ES"}}, "AEPD/gdpr-33/own-state", ""},
		{"people elsewhere", gdpr.RoutingFacts{MainEstablishment: "ES", PeopleIn: []string{"ES", "FR"}}, "AEPD/gdpr-33/lead-authority", "lead-tells-countries"},
		{"establishments elsewhere", gdpr.RoutingFacts{MainEstablishment: "FR", Establishments: []string{"BE", "FR"}, PeopleIn: []string{"BE"}},
			"CNIL/gdpr-33/lead-authority", ""},
		{"a single establishment without a word on which is the main one", gdpr.RoutingFacts{Establishments: []string{"US", "IE"}, PeopleIn: []string{"PT"}},
			"DPC/gdpr-33/lead-authority", "other-countries"},
		{"several establishments, none of them the main one", gdpr.RoutingFacts{Establishments: []string{"IE", "NL"}}, "DPC/gdpr-33/every-establishment AP/gdpr-33/every-establishment", ""},
		{"no establishment in the Union", gdpr.RoutingFacts{MainEstablishment: "US", PeopleIn: []string{"ES", "FR", "ES", "NO", "US"}},
			"AEPD/gdpr-33/every-authority CNIL/gdpr-33/every-authority DATATILSYNET-NO/gdpr-33/every-authority", "representative-disagreement"},
		{"a representative changes nothing and is said to be disputed", gdpr.RoutingFacts{Representative: "IE", PeopleIn: []string{"FR"}},
			"CNIL/gdpr-33/every-authority", "representative-disagreement"},
		{"a Land", gdpr.RoutingFacts{MainEstablishment: "DE-HH"}, "DE-HH/gdpr-33/own-state", "germany-by-land"},
		{"another Land is the same state", gdpr.RoutingFacts{MainEstablishment: "DE-HH", PeopleIn: []string{"DE-BE"}}, "DE-HH/gdpr-33/own-state", ""},
		{"a company in Bavaria", gdpr.RoutingFacts{MainEstablishment: "DE-BY"}, "DE-BY/gdpr-33/own-state", ""},
		{"a public body in Bavaria", gdpr.RoutingFacts{MainEstablishment: "DE-BY", PublicBody: true}, "DE-BY-PUBLIC/gdpr-33/public-body", ""},
		{"a federal body in Germany", gdpr.RoutingFacts{MainEstablishment: "DE", PublicBody: true, FederalBody: true}, "BFDI/gdpr-33/public-body", ""},
		{"a telephone company in Germany", gdpr.RoutingFacts{MainEstablishment: "DE-NW", Sector: "telecommunications"}, "BFDI/gdpr-33/own-state", ""},
		{"a public body has no lead", gdpr.RoutingFacts{MainEstablishment: "ES", PublicBody: true, PeopleIn: []string{"FR"}}, "AEPD/gdpr-33/public-body", "spain-regional"},
		{"a public body in Catalonia", gdpr.RoutingFacts{MainEstablishment: "ES-CT", PublicBody: true}, "APDCAT/gdpr-33/public-body", ""},
		{"a public body in the Basque Country", gdpr.RoutingFacts{MainEstablishment: "ES-PV", PublicBody: true}, "AVPD/gdpr-33/public-body", ""},
		{"a public body in Andalusia", gdpr.RoutingFacts{MainEstablishment: "ES-AN", PublicBody: true}, "CTPDA/gdpr-33/public-body", ""},
		{"a public body in Galicia", gdpr.RoutingFacts{MainEstablishment: "ES-GA", PublicBody: true}, "AEPD/gdpr-33/public-body", ""},
		{"a company in Catalonia", gdpr.RoutingFacts{MainEstablishment: "ES-CT"}, "AEPD/gdpr-33/own-state", ""},
		{"a newspaper in Lithuania", gdpr.RoutingFacts{MainEstablishment: "LT", Sector: "journalism"}, "ZEIT/gdpr-33/own-state", ""},
		{"the lead is in doubt", gdpr.RoutingFacts{MainEstablishment: "IE", LeadInDoubt: true, BreachAt: "PL"}, "UODO/gdpr-33/local-authority", "doubt-lead-candidate"},
		{"the United Kingdom and Switzerland beside", gdpr.RoutingFacts{MainEstablishment: "ES", PeopleIn: []string{"GB", "CH", "ES"}},
			"AEPD/gdpr-33/own-state ICO/uk-gdpr/united-kingdom FDPIC/fadp-24/switzerland", "swiss-threshold"},
		{"an establishment in the United Kingdom alone", gdpr.RoutingFacts{MainEstablishment: "GB"}, "ICO/uk-gdpr/united-kingdom", ""},
		{"an institution of the Union", gdpr.RoutingFacts{UnionInstitution: true, PeopleIn: []string{"ES"}}, "EDPS/eudpr-34/union-institution", ""},
		{"nobody in a country of the data", gdpr.RoutingFacts{MainEstablishment: "US"}, "", "other-countries"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, err := gdpr.Route(c.in)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range r.Recipients {
				got = append(got, p.Authority+"/"+p.Regime+"/"+p.Rule)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %v, want %s", got, c.want)
			}
			if c.notes != "" && !slices.ContainsFunc(r.Notes, func(n gdpr.RoutingNote) bool { return n.Code == c.notes }) {
				t.Errorf("no note %s: %+v", c.notes, r.Notes)
			}
		})
	}
}

func TestRouteRefusesPlacesThatAreNotExact(t *testing.T) {
	cases := []struct {
		name    string
		in      gdpr.RoutingFacts
		message string
	}{
		{"no country", gdpr.RoutingFacts{PeopleIn: []string{"ES", "XX"}}, `people_in[1]: "XX"; expected an ISO 3166-1 code`},
		{"an empty place", gdpr.RoutingFacts{PeopleIn: []string{""}}, `people_in[0]: ""; expected a place`},
		{"a name", gdpr.RoutingFacts{MainEstablishment: "Spain"}, `main_establishment: "Spain"; expected an ISO 3166-1 code`},
		{"UK", gdpr.RoutingFacts{PeopleIn: []string{"UK"}}, `people_in[0]: "UK" is not known; did you mean GB?`},
		{"EL", gdpr.RoutingFacts{MainEstablishment: "el"}, `main_establishment: "el" is not known; did you mean GR?`},
		{"Germany without a Land", gdpr.RoutingFacts{MainEstablishment: "DE"}, `main_establishment: "DE"; expected the Land`},
		{"a Land that is none", gdpr.RoutingFacts{MainEstablishment: "DE-XX"}, `main_establishment: "DE-XX" is not known; did you mean DE-BW`},
		{"another sector", gdpr.RoutingFacts{MainEstablishment: "ES", Sector: "bank"}, `sector: "bank"; expected "telecommunications"`},
		{"doubt without a place of the breach", gdpr.RoutingFacts{LeadInDoubt: true}, `breach_at: ""; expected the place in the Union`},
		{"a public body nowhere", gdpr.RoutingFacts{PublicBody: true}, `main_establishment: ""; expected the place of the public body`},
		{"a public body whose lead is in doubt", gdpr.RoutingFacts{PublicBody: true, MainEstablishment: "ES", LeadInDoubt: true}, "lead_in_doubt: true contradicts public_body: true"},
		{"a federal body in Spain", gdpr.RoutingFacts{PublicBody: true, FederalBody: true, MainEstablishment: "ES"}, "federal_body: true contradicts main_establishment"},
		{"an institution with a main establishment", gdpr.RoutingFacts{UnionInstitution: true, MainEstablishment: "BE"}, "union_institution: true contradicts main_establishment"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := gdpr.Route(c.in)
			if err == nil || !strings.HasPrefix(err.Error(), c.message) {
				t.Errorf("got %v, want %s…", err, c.message)
			}
		})
	}
}

func TestEveryRecipientIsAnAuthorityAndStandsOnce(t *testing.T) {
	var places []string
	for _, a := range gdpr.Authorities() {
		if a.Country != "DE" && a.Country != "EU" {
			places = append(places, a.Country)
		}
	}
	places = append(places, "DE-BE", "DE-BY", "US", "JP")
	rapid.Check(t, func(t *rapid.T) {
		in := gdpr.RoutingFacts{
			PublicBody:     rapid.Bool().Draw(t, "public"),
			PeopleIn:       rapid.SliceOfN(rapid.SampledFrom(places), 0, 6).Draw(t, "people"),
			Establishments: rapid.SliceOfN(rapid.SampledFrom(places), 0, 3).Draw(t, "establishments"),
		}
		if rapid.Bool().Draw(t, "main") {
			in.MainEstablishment = rapid.SampledFrom(places).Draw(t, "at")
		}
		r, err := gdpr.Route(in)
		if err != nil {
			if in.PublicBody && in.MainEstablishment == "" {
				return
			}
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, p := range r.Recipients {
			if _, ok := gdpr.AuthorityByCode(p.Authority); !ok || seen[p.Authority] || p.Why.EN == "" || p.Source == "" || p.Article == "" {
				t.Fatalf("%+v: %+v", in, p)
			}
			if _, ok := gdpr.RegimeByCode(p.Regime); !ok {
				t.Fatalf("regime %s does not exist", p.Regime)
			}
			seen[p.Authority] = true
		}
	})
}
