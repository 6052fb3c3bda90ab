package people_test

import (
	"testing"

	"tocsin/people"
)

func TestAnOrganisationIsKnownInEverySpelling(t *testing.T) {
	t.Parallel()
	for _, spellings := range [][]string{
		{"ACME  Ltd", " acme ltd", "Acme\u00a0Ltd\u200b", "ＡＣＭＥ Ltd"},
		{"Straße 7 GmbH", "STRASSE 7 gmbh"},
		{"org_4711", "ORG_4711\t"},
		{"", " ", "\u200b"},
	} {
		want := people.NormalizeOrganisation(spellings[0])
		for _, one := range spellings {
			got := people.NormalizeOrganisation(one)
			if got != want {
				t.Errorf("%q becomes %q and %q becomes %q", one, got, spellings[0], want)
			}
			if again := people.NormalizeOrganisation(got); again != got {
				t.Errorf("%q becomes %q when it is normalised again", got, again)
			}
		}
	}
	if people.NormalizeOrganisation("acme") == people.NormalizeOrganisation("acme ltd") {
		t.Error("two organisations are taken for one")
	}
}
