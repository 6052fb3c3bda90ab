package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// IncidentRow is one line of the list of incidents.
type IncidentRow struct {
	// ID is the incident's id.
	ID string
	// Number is the human number, such as INC-2026-0007.
	Number string
	// Title names the case in a few words.
	Title string
	// Stage is the stage of the case, one of the Stage constants of incident.
	Stage string
	// Authority is the code of the competent authority, such as AEPD.
	Authority string
	// Zone is the IANA name of the zone in which instants are shown.
	Zone string
	// Exercise says whether the incident is a drill.
	Exercise bool
	// Clock maps real time to the incident's own.
	Clock incident.Clock
	// OpenedAt is when the case was opened, in its own time, UTC.
	OpenedAt time.Time
	// ClosedAt is when it was closed; zero while it is open.
	ClosedAt time.Time
	// DueAt is the nearest legal deadline of an open obligation, in the
	// incident's own time; zero when none runs.
	DueAt time.Time
	// People is the number of people affected in all rounds.
	People int
	// NextAction says in plain English what a person should do next.
	NextAction string
	// Seq is the number of the last event.
	Seq int64
}

// IncidentFilter says which incidents are listed.
type IncidentFilter struct {
	// Open lists open incidents alone, or closed ones alone; nil lists both.
	Open *bool
	// Search is looked for in number, title and vendor, whatever the case.
	Search string
	// Limit is the greatest number of rows, 1 to 500; 0 stands for 100.
	Limit int
	// After is the id of the last incident of the page before; empty for the first page.
	After string
}

// Incidents lists incidents, the most urgent first: open ones by their
// deadline in real time, then open ones without one, then closed ones, the
// latest first.
func (s *Store) Incidents(ctx context.Context, f IncidentFilter) ([]IncidentRow, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	rows, err := s.pool.Query(ctx, `
		SELECT id, number, title, stage, authority, zone, exercise, clock, opened_at, closed_at, due_at,
		       people, next_action, seq
		FROM incident
		WHERE (@open::boolean IS NULL OR (closed_at IS NULL) = @open)
		  AND (@search = '' OR concat_ws(' ', number, title, vendor) ILIKE @search)
		  AND (@after = '' OR (urgency, id) > (SELECT urgency, id FROM incident WHERE id = @after))
		ORDER BY urgency, id
		LIMIT @limit`,
		pgx.NamedArgs{"open": f.Open, "search": pattern(f.Search), "after": f.After, "limit": min(limit, 500)})
	if err != nil {
		return nil, failed("list incidents", err)
	}
	list, err := pgx.CollectRows(rows, scanIncident)
	return list, failed("list incidents", err)
}

func scanIncident(row pgx.CollectableRow) (IncidentRow, error) {
	var r IncidentRow
	var closed, due *time.Time
	err := row.Scan(&r.ID, &r.Number, &r.Title, &r.Stage, &r.Authority, &r.Zone, &r.Exercise, &r.Clock, &r.OpenedAt,
		&closed, &due, &r.People, &r.NextAction, &r.Seq)
	r.OpenedAt, r.ClosedAt, r.DueAt = r.OpenedAt.UTC(), moment(closed), moment(due)
	return r, err
}

// moment gives zero for NULL.
func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// pattern looks for a text anywhere, taken literally.
func pattern(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

// OpenIncidents gives the ids of all open incidents, the most urgent first, for
// starting again what should be running.
func (s *Store) OpenIncidents(ctx context.Context) ([]string, error) {
	rows, err := s.pool.Query(ctx, `SELECT id FROM incident WHERE closed_at IS NULL ORDER BY urgency, id`)
	if err != nil {
		return nil, failed("list open incidents", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return ids, failed("list open incidents", err)
}
