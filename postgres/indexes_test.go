package postgres_test

import (
	"testing"

	"tocsin/postgres/postgrestest"
)

// TestWhatEachCommandChangesOfACaseIsInNoIndex keeps recording cheap: a column in an
// index, also one that only its condition names, makes each command write to all of them.
func TestWhatEachCommandChangesOfACaseIsInNoIndex(t *testing.T) {
	t.Parallel()
	_, ownerURL, _ := postgrestest.Migrated(t)
	const columns = `
		SELECT count(DISTINCT a.attname), coalesce(string_agg(DISTINCT a.attname || ' by ' || c.relname, ', ') FILTER (WHERE
			a.attname IN ('seq', 'listed_seq', 'register_seq', 'people', 'next_action', 'state', 'state_version')), '')
		FROM pg_index i
		JOIN pg_class c ON c.oid = i.indexrelid
		JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refobjid = i.indrelid
		JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
		WHERE i.indrelid = 'tocsin.incident'::regclass`
	var n int
	var wrong string
	if err := connect(t, ownerURL).QueryRow(t.Context(), columns).Scan(&n, &wrong); err != nil {
		t.Fatal(err)
	}
	if n < 6 || wrong != "" {
		t.Errorf("%d columns of a case are in an index; among them: %q, want none of those that each command changes", n, wrong)
	}
}
