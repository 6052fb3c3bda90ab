package postgres_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestASearchMindsNeitherAccentsNorTheirAbsence(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	opened := opening("payroll", start)
	opened.Disclosure.Title, opened.Disclosure.Vendor = "Exportación de nóminas de Logroño", "Łódź Ágil S.L."
	record(t, s, "payroll", dpo, opened)
	plain := opening("plain", start)
	plain.Disclosure.Title, plain.Disclosure.Vendor = "Exportacion by mistake", "Agil"
	record(t, s, "plain", dpo, plain)
	for search, want := range map[string][]string{
		"NOMINAS": {"payroll"}, "nóminas de logrono": {"payroll"}, "LOGROÑO": {"payroll"}, "lodz": {"payroll"}, "Łódź": {"payroll"},
		"exportación": {"payroll", "plain"}, "ÁGIL": {"payroll", "plain"}, "nomima": {},
	} {
		got := ids(listIncidents(t, s, postgres.IncidentFilter{Search: search}))
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("the list finds %v for %q, want %v", got, search, want)
		}
		got = registered(t, s, postgres.RegisterFilter{Search: search})
		slices.Sort(got)
		if !slices.Equal(got, want) && len(got)+len(want) > 0 {
			t.Errorf("the register finds %v for %q, want %v", got, search, want)
		}
	}
	if got := registered(t, s, postgres.RegisterFilter{Vendor: "lodz agil"}); !slices.Equal(got, []string{"payroll"}) {
		t.Errorf("the register finds %v for a vendor", got)
	}
}

func TestTheDatabaseLosesTheAccentsThatAQueryLoses(t *testing.T) {
	t.Parallel()
	migration, err := os.ReadFile("migrations/00043_search_accents.sql")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Join(strings.Fields(string(migration)), " ")
	pair := strings.TrimSuffix(strings.TrimPrefix(postgres.Folded("x"), "translate(lower(x), "), ")")
	if n := strings.Count(words, pair); n != 3 {
		t.Errorf("the migration names the letters of a query %d times, want 3", n)
	}
}
