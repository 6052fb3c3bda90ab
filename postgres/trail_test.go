package postgres_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// seedTrail fills the record as three cases and the installation would, n
// entries in all: one a second, of twenty types of which one is rare.
func seedTrail(t testing.TB, ownerURL string, n int) {
	t.Helper()
	conn := connect(t, ownerURL)
	if _, err := conn.Exec(t.Context(), `
		CREATE TEMP TABLE seeded AS
			SELECT g AS index,
				CASE WHEN g % 4 = 3 THEN 'installation' ELSE 'case' || g % (1 + `+strconv.Itoa(n/100)+`) END AS incident,
				CASE WHEN g = 7 THEN 'master_key_rotated' WHEN g % 4 = 3 THEN (ARRAY['people_seen','account_changed'])[1 + g / 4 % 2]
				     ELSE (ARRAY['reminder_fired','reminder_accepted','task_created','task_completed','awareness_set','obligation_opened',
				                 'documents_attached','mailing_started','mailing_finished'])[1 + g % 9] END AS type,
				(ARRAY['dpo','deputy','responder','auditor','engine'])[1 + g / 3 % 5] AS role,
				timestamptz '2026-01-01 00:00:00+00' + g * interval '1 second' AS at,
				CASE WHEN g % 4 = 3 AND g / 4 % 2 = 0 THEN format('{"incident":"case%s"}', g % 97) ELSE '{}' END AS data
			FROM generate_series(0, `+strconv.Itoa(n)+` - 1) AS g`); err != nil {
		t.Fatalf("seed: %v", err)
	}
	for _, statement := range []string{
		`CREATE TEMP TABLE numbered AS SELECT *, row_number() OVER (PARTITION BY incident ORDER BY index) AS seq FROM seeded`,
		`INSERT INTO event (incident, seq, type, at, recorded_at, actor_role, actor_id, data)
			SELECT incident, seq, type, at, at, role, '', data::json FROM numbered`,
		`INSERT INTO ledger_entry (index, incident, seq, entry)
			SELECT index, incident, seq, convert_to(format('{"actor":{"id":"","role":"%s"},"at":"%s","data":%s,"incident":"%s","recorded_at":"%s","seq":%s,"type":"%s","v":1}',
				role, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), data, incident, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), seq, type), 'UTF8')
			FROM numbered`,
		`ANALYZE event`, `ANALYZE ledger_entry`,
	} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("seed: %v", err)
		}
	}
}

// wholeTrail reads every page of a list.
func wholeTrail(t *testing.T, s *postgres.Store, f postgres.TrailFilter) []postgres.TrailRow {
	t.Helper()
	var all []postgres.TrailRow
	for {
		page, err := s.Trail(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
		if len(page) < f.Limit {
			return all
		}
		f.Before = &page[len(page)-1].Index
	}
}

func TestTheTrailGivesWhatAFilterAsksForAndNothingElse(t *testing.T) {
	t.Parallel()
	const n = 1200
	_, ownerURL, appURL := postgrestest.Migrated(t)
	seedTrail(t, ownerURL, n)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	from, until := time.Date(2026, 1, 1, 0, 5, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 10, 0, 0, time.UTC)
	reads := func(kind string) bool { return incident.InArea(incident.AreaReads, kind) }
	for name, f := range map[string]postgres.TrailFilter{
		"everything":                  {},
		"one case":                    {Incident: "case1"},
		"no incident":                 {Incident: incident.InstallationID},
		"no such incident":            {Incident: "nowhere"},
		"reads":                       {Kind: reads},
		"reads by auditors":           {Kind: reads, Role: "auditor"},
		"a role":                      {Role: "deputy"},
		"a rare type":                 {Kind: func(kind string) bool { return kind == incident.EvMasterKeyRotated }},
		"a time":                      {From: from, Until: until},
		"all of it":                   {Incident: "case2", Role: "engine", From: from, Until: until, Kind: func(kind string) bool { return kind != incident.EvTaskCreated }},
		"the installation, of a time": {Incident: incident.InstallationID, Kind: reads, From: from},
		"an empty time":               {From: until, Until: from},
	} {
		var want []int64
		for row, err := range s.TrailExport(t.Context(), postgres.TrailFilter{}, n) {
			if err != nil {
				t.Fatal(err)
			}
			e := row.Entry
			if (f.Incident == "" || e.Incident == f.Incident || bytes.Contains(e.Data, []byte(`"`+f.Incident+`"`))) && (f.Role == "" || e.Actor.Role == f.Role) && (f.Kind == nil || f.Kind(e.Type)) &&
				(f.From.IsZero() || !e.RecordedAt.Before(f.From)) && (f.Until.IsZero() || e.RecordedAt.Before(f.Until)) {
				want = append(want, row.Index)
			}
		}
		f.Limit = 37
		var got, exported []int64
		for _, row := range wholeTrail(t, s, f) {
			got = append(got, row.Index)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the pages hold %d entries, expected %d", name, len(got), len(want))
		}
		for row, err := range s.TrailExport(t.Context(), f, n) {
			if err != nil {
				t.Fatal(err)
			}
			exported = append(exported, row.Index)
		}
		if !slices.Equal(exported, want) {
			t.Errorf("%s: the export holds %d entries, expected %d", name, len(exported), len(want))
		}
	}
	nowhere := int64(n)
	if _, err := s.Trail(t.Context(), postgres.TrailFilter{Before: &nowhere}); incident.KindOf(err) != incident.Invalid {
		t.Errorf("a place that is not there gives %v", err)
	}
}

func TestEntriesOfOneInstantStandInTheOrderOfTheirCaseAcrossPages(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	for i := range 3 {
		openCase(t, s, fmt.Sprintf("case%d", i), start)
	}
	all := wholeTrail(t, s, postgres.TrailFilter{Limit: 1})
	head, err := s.LogHead(t.Context())
	if err != nil || int64(len(all)) != head.Size || head.Signed != 0 || !head.SignedAt.IsZero() {
		t.Fatalf("%d entries were read of %+v, %v", len(all), head, err)
	}
	last := map[string]int64{}
	for _, row := range all {
		if before, seen := last[row.Entry.Incident]; seen && row.Entry.Seq != before-1 {
			t.Errorf("entry %d of %s follows on %d", row.Entry.Seq, row.Entry.Incident, before)
		}
		last[row.Entry.Incident] = row.Entry.Seq
		line, err := row.Entry.MarshalCanonical()
		if err != nil || row.Hash != ledger.LeafHash(line).String() || row.Number == "" || row.Title == "" {
			t.Errorf("the row %+v has another's hash or no case, %v", row, err)
		}
	}
	if _, err := s.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if head, err = s.LogHead(t.Context()); err != nil || head.Signed != head.Size || head.SignedAt.IsZero() {
		t.Errorf("after a checkpoint the head is %+v, %v", head, err)
	}
}

// BenchmarkTrail reads pages of fifty entries of a record of a million.
func BenchmarkTrail(b *testing.B) {
	_, ownerURL, appURL := postgrestest.Start(b, false).Migrated(b)
	seedTrail(b, ownerURL, 1_000_000)
	s := postgrestest.Open(b, appURL, postgrestest.Keys(b))
	area := func(name string) func(string) bool {
		return func(kind string) bool { return incident.InArea(name, kind) }
	}
	middle, early := int64(500_000), time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		f    postgres.TrailFilter
	}{
		{"newest", postgres.TrailFilter{}},
		{"middle", postgres.TrailFilter{Before: &middle}},
		{"reads", postgres.TrailFilter{Kind: area(incident.AreaReads)}},
		{"security", postgres.TrailFilter{Kind: area(incident.AreaSecurity), Role: "auditor"}},
		{"rare", postgres.TrailFilter{Kind: func(kind string) bool { return kind == incident.EvMasterKeyRotated }}},
		{"early", postgres.TrailFilter{Until: early}},
		{"early role", postgres.TrailFilter{Until: early, Role: "auditor"}},
		{"installation", postgres.TrailFilter{Incident: incident.InstallationID}},
		{"case", postgres.TrailFilter{Incident: "case7"}},
		{"nobody", postgres.TrailFilter{Role: "approver"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Trail(b.Context(), c.f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
