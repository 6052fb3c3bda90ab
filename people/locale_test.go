package people_test

import (
	"testing"

	"tocsin/people"
)

func TestLocaleChoosesTheLanguageOfTheNotice(t *testing.T) {
	cases := []struct{ locale, country, want string }{
		{"es-ES", "ES", "es"}, {"es_MX", "IE", "es"}, {"ES", "", "es"}, {" es ", "", "es"},
		{"en-GB", "ES", "en"}, {"de-DE", "DE", "de"}, {"lv", "LV", "lv"}, {"fr_CA", "CA", "fr"}, {"ger", "", "de"},
		{"ca-ES", "ES", "ca"}, {"eu", "ES", "es"}, {"gl_ES", "", "es"}, {"pt-BR", "", "pt"}, {"sv-SE", "DE", "en"},
		{"", "ES", "es"}, {"", "España", "es"}, {"", "mx", "es"}, {"", "LV", "lv"}, {"", "", "en"},
		{"", "Deutschland", "de"}, {"", "AT", "de"}, {"", "IT", "it"}, {"", "BR", "pt"}, {"", "PL", "pl"}, {"", "NL", "nl"},
		{"", "AD", "ca"}, {"", "FR", "fr"}, {"", "BE", "en"}, {"", "CH", "en"}, {"", "SE", "en"},
		{"est-EE", "EE", "en"}, {"et", "EE", "en"},
	}
	for _, c := range cases {
		if got := people.Locale(c.locale, c.country); got != c.want {
			t.Errorf("locale %q, country %q: got %s, want %s", c.locale, c.country, got, c.want)
		}
	}
}

func TestCountryCodeReadsCodesAndNames(t *testing.T) {
	cases := map[string]string{
		"ES": "ES", "es": "ES", " lv ": "LV", "UK": "GB", "EL": "GR", "ESP": "ES", "España": "ES", "Spain": "ES",
		"Deutschland": "DE", "Países Bajos": "NL", "Österreich": "AT", "Česko": "CZ", "": "", "Atlantis": "", "1": "",
	}
	for in, want := range cases {
		if got := people.CountryCode(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestNormalizeEmailFindsTheSamePerson(t *testing.T) {
	const same = "ana.robles@example.com"
	for _, in := range []string{
		"ana.robles@example.com", "Ana.Robles@Example.COM", " ana.robles@example.com\t", "ana.robles@example.com.",
		"\ufeffana.robles@example.com\u200b", "\u00a0ana.robles@example.com",
	} {
		if got := people.NormalizeEmail(in); got != same {
			t.Errorf("%q: got %q", in, got)
		}
	}
	for _, in := range []string{"ana+robles@example.com", "anarobles@example.com", "ana.robles@example.org", "ana.robles"} {
		if got := people.NormalizeEmail(in); got == same || got != in {
			t.Errorf("%q: got %q", in, got)
		}
	}
}
