package postgres_test

import (
	"slices"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func listIncidents(t testing.TB, s *postgres.Store, f postgres.IncidentFilter) []postgres.IncidentRow {
	t.Helper()
	rows, err := s.Incidents(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func ids(rows []postgres.IncidentRow) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.ID
	}
	return out
}

func TestIncidentsAreListedTheMostUrgentFirst(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	s := postgrestest.Store(t, postgres.WithClock(clock.now))

	openCase(t, s, "late", start) // aware an hour ago
	early := opening("early", start)
	early.Disclosure.ReceivedAt = start.Add(-30 * time.Hour)
	early.Disclosure.Title = "100% of Sample_Vendor's list"
	record(t, s, "early", dpo, early)
	undated := opening("undated", start)
	undated.Disclosure.PersonalData = "no"
	record(t, s, "undated", dpo, undated)
	drill := opening("drill", start)
	starts := start.Add(-24 * time.Hour)
	drill.Disclosure = disclosure(starts)
	drill.Disclosure.Exercise = &incident.Exercise{Pace: 3600, StartsAt: starts} // over in about 71 s
	record(t, s, "drill", dpo, drill)
	for _, id := range []string{"done", "done later"} {
		clock.advance(time.Minute)
		over := opening(id[:4]+id[4:], start)
		over.ID = id
		over.Disclosure.PersonalData = "no"
		if id == "done later" {
			over.ID = "later"
		}
		record(t, s, over.ID, dpo, over)
		facts := assessment(false)
		facts.Decision.NotifyAuthority = false
		record(t, s, over.ID, dpo, facts)
		record(t, s, over.ID, dpo, incident.Close{Reason: "Nothing personal was concerned."})
	}

	rows := listIncidents(t, s, postgres.IncidentFilter{})
	if want := []string{"early", "late", "undated", "drill", "later", "done"}; !slices.Equal(ids(rows), want) {
		t.Errorf("the order is %v, want %v", ids(rows), want)
	}
	row := rows[0]
	if row.Number != "INC-2026-0002" || row.Stage != incident.StageAssessing || row.Authority != "AEPD" || row.Zone != "Europe/Madrid" ||
		row.Exercise || row.NextAction == "" || row.Seq == 0 || !row.DueAt.Equal(start.Add(42*time.Hour)) || !row.ClosedAt.IsZero() {
		t.Errorf("the row is %+v", row)
	}
	if d := rows[3]; !d.Exercise || d.Clock.Pace != 3600 || !d.Clock.StartsAt.Equal(starts) {
		t.Errorf("the exercise's row is %+v", d)
	}
	if c := rows[5]; c.ClosedAt.IsZero() || c.Stage != incident.StageClosed {
		t.Errorf("the closed row is %+v", c)
	}
	yes, no := true, false
	for _, c := range []struct {
		name   string
		filter postgres.IncidentFilter
		want   []string
	}{
		{"open ones", postgres.IncidentFilter{Open: &yes}, []string{"early", "late", "undated", "drill"}},
		{"closed ones", postgres.IncidentFilter{Open: &no}, []string{"later", "done"}},
		{"a first page", postgres.IncidentFilter{Limit: 2}, []string{"early", "late"}},
		{"the next page", postgres.IncidentFilter{Limit: 2, After: "late"}, []string{"undated", "drill"}},
		{"a page after a closed one", postgres.IncidentFilter{After: "later"}, []string{"done"}},
		{"a number", postgres.IncidentFilter{Search: "2026-0002"}, []string{"early"}},
		{"a title in other case", postgres.IncidentFilter{Search: "sample_vendor"}, []string{"early"}},
		{"a percent sign taken literally", postgres.IncidentFilter{Search: "100%"}, []string{"early"}},
		{"wildcards taken literally", postgres.IncidentFilter{Search: "S_mple%"}, []string{}},
		{"a text that is not there", postgres.IncidentFilter{Search: "nothing\x00 like this"}, []string{}},
	} {
		if got := ids(listIncidents(t, s, c.filter)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	counts, err := s.CountIncidents(t.Context())
	if want := (postgres.IncidentCounts{Open: 4, Running: 3, Closed: 2}); err != nil || counts != want {
		t.Errorf("there are %+v, %v, want %+v", counts, err, want)
	}
	for number, want := range map[string]string{"INC-2026-0002": "early", "inc-2026-0002": "early", "INC-2026-000": "", "INC-2026-0002\x00": ""} {
		if id, err := s.IncidentByNumber(t.Context(), number); id != want {
			t.Errorf("the number %q leads to %q, %v", number, id, err)
		}
	}
	open, err := s.OpenIncidents(t.Context())
	ids := []string{}
	for _, one := range open {
		if ids = append(ids, one.ID); one.LastAt.IsZero() {
			t.Errorf("%s has no last event", one.ID)
		}
	}
	if err != nil || !slices.Equal(ids, []string{"early", "late", "undated", "drill"}) {
		t.Errorf("open incidents are %v, %v", open, err)
	}
	_, err = s.State(t.Context(), "none")
	wantKind(t, err, incident.NotFound)
	_, err = s.Events(t.Context(), "none", 0)
	wantKind(t, err, incident.NotFound)
	_, err = s.Entries(t.Context(), "none")
	wantKind(t, err, incident.NotFound)
}
