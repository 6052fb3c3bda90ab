package postgres_test

import (
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestAPersonChoosesLanguageAndZone(t *testing.T) {
	store := postgrestest.Store(t)
	user, _, err := store.CreateUser(t.Context(), postgres.NewUser{Email: "dpo@example.com", Name: "DPO", Role: incident.RoleDPO})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.SetLanguage(t.Context(), user.ID, "es", "Europe/Madrid"); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range [][2]string{{"", "Europe/Madrid"}, {"es", ""}, {"e s", "UTC"}, {"es", "Europe/Atlantis"}, {"es", "Local"},
		{"es", "../../etc/passwd"}, {"es", "a\x00b"}, {strings.Repeat("e", 40), "UTC"}, {"es", strings.Repeat("x", 100)}} {
		if err := store.SetLanguage(t.Context(), user.ID, wrong[0], wrong[1]); incident.KindOf(err) != incident.Invalid {
			t.Errorf("%q and %q gave %v", wrong[0], wrong[1], err)
		}
	}
	if err := store.SetLanguage(t.Context(), "none", "es", "UTC"); incident.KindOf(err) != incident.NotFound {
		t.Errorf("an account that is not there gave %v", err)
	}
	after, err := store.User(t.Context(), user.ID)
	if err != nil || after.Locale != "es" || after.Zone != "Europe/Madrid" {
		t.Errorf("the account has %s and %s, %v", after.Locale, after.Zone, err)
	}
}
