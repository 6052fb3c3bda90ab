package wording

import (
	"slices"
	"strings"
	"testing"

	"tocsin/incident"
)

func TestPagesSpeakTheReadersLanguage(t *testing.T) {
	english, spanish := For("en-GB"), For("es-ES")
	if english.Lang != "en" || spanish.Lang != "es" || For("fr").Lang != "en" || For("").Lang != "en" {
		t.Error("the languages are not those of the accounts")
	}
	keys := map[string]bool{}
	for _, line := range Texts() {
		if line[1] == "" || line[2] == "" || strings.Count(line[1], "%") != strings.Count(line[2], "%") {
			t.Errorf("%s reads %q and %q", line[0], line[1], line[2])
		}
		if keys[line[0]] {
			t.Errorf("two lists have the text %s", line[0])
		}
		keys[line[0]] = true
	}
	if got := spanish.N(1234567); got != "1.234.567" {
		t.Errorf("a number in Spanish is %s", got)
	}
	for seconds, want := range map[int64]string{0: "", 21: "about 21 s left", 600: "about 10 min left", 7200: "about 2 h left"} {
		if got := english.Left(seconds); got != want {
			t.Errorf("%d s are %q", seconds, got)
		}
	}
	if roles := slices.Concat(incident.Roles(), []incident.Role{incident.RoleEngine}); slices.ContainsFunc(roles, func(r incident.Role) bool { return strings.Contains(spanish.Role(r), "?") }) {
		t.Error("a role has no words")
	}
}
