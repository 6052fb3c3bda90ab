package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres/postgrestest"
)

// What the large benchmarks measure is an installation whose record holds.
func TestMultipliedCasesVerifyAndGoOn(t *testing.T) {
	t.Parallel()
	adminURL, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	openCase(t, s, "first", time.Now())
	record(t, s, "first", dpo, assessment(true))
	openCase(t, s, "second", time.Now())
	for n := range 40 {
		record(t, s, "second", dpo, incident.GiveDelayReasons{Obligation: 1, Reasons: fmt.Sprint("Reason ", n)})
	}
	ids := postgrestest.Multiply(t, adminURL, []string{"first", "second"}, 205)
	if len(ids) != 205 {
		t.Fatalf("there are %d copies", len(ids))
	}
	for _, id := range ids[203:] {
		checkSnapshot(t, s, id)
		record(t, s, id, dpo, incident.GiveDelayReasons{Obligation: 1, Reasons: "One more"})
		checkSnapshot(t, s, id)
	}
	if number := openCase(t, s, "third", time.Now()).Number; number[len("INC-2026-"):] != "0208" {
		t.Errorf("the next case is %s", number)
	}
	if _, err := s.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	report, err := s.Audit(t.Context(), nil)
	if err != nil || !report.OK || report.Entries < 5000 {
		t.Errorf("the record: %+v, %v", report, err)
	}
}
