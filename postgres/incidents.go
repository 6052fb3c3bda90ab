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
	// NextBy is the role that it waits for: engine while Tocsin is at work, approver
	// where it takes a second person; empty when there is nothing to do.
	NextBy incident.Role
	// Seq is the number of the last event.
	Seq int64
}

// IncidentFilter says which incidents are listed.
type IncidentFilter struct {
	// Open lists open incidents alone, or closed ones alone; nil lists both.
	Open *bool
	// Search is looked for in number, title and vendor, with and without accents,
	// whatever the case.
	Search string
	// Limit is the greatest number of rows, 1 to 500; 0 stands for 100.
	Limit int
	// After is the id of the last incident of the page before; empty for the first page.
	After string
}

// placeClosed is the place of closed incidents in the list: see the column place.
const placeClosed = 4

// Incidents lists incidents, the most urgent first: open ones by their
// deadline in real time, then open ones without one, then drills likewise, then
// closed ones, the latest first.
func (s *Store) Incidents(ctx context.Context, f IncidentFilter) ([]IncidentRow, error) {
	limit := min(f.Limit, 500)
	if limit <= 0 {
		limit = 100
	}
	first, last := 0, placeClosed
	switch {
	case f.Open == nil:
	case *f.Open:
		last = placeClosed - 1
	default:
		first = placeClosed
	}
	rows, err := s.pool.Query(ctx, `
		SELECT id, number, title, stage, authority, zone, exercise, CASE WHEN exercise THEN clock END, opened_at, closed_at, due_at,
		       people, next_action, next_by, seq
		FROM (
			-- From the index alone: the rows themselves are wide.
			SELECT id FROM incident
			WHERE place BETWEEN @first AND @last
			  AND (@search = '' OR searched LIKE `+folded("@search")+`)
			  AND (@after = '' OR (place, urgency, id) > (SELECT place, urgency, id FROM incident WHERE id = @after))
			ORDER BY place, urgency, id
			LIMIT @limit) found
		JOIN incident USING (id)
		ORDER BY place, urgency, id`,
		pgx.NamedArgs{"first": first, "last": last, "search": pattern(f.Search), "after": f.After, "limit": limit})
	if err != nil {
		return nil, failed("list incidents", err)
	}
	list, err := pgx.AppendRows(make([]IncidentRow, 0, limit), rows, scanIncident)
	return list, failed("list incidents", err)
}

func scanIncident(row pgx.CollectableRow) (IncidentRow, error) {
	var r IncidentRow
	var closed, due *time.Time
	var clock *incident.Clock // that of a real incident need not be read
	err := row.Scan(&r.ID, &r.Number, &r.Title, &r.Stage, &r.Authority, &r.Zone, &r.Exercise, &clock, &r.OpenedAt,
		&closed, &due, &r.People, &r.NextAction, &r.NextBy, &r.Seq)
	if clock != nil {
		r.Clock = *clock
	}
	r.OpenedAt, r.ClosedAt, r.DueAt = r.OpenedAt.UTC(), moment(closed), moment(due)
	return r, err
}

// IncidentByNumber gives the id of the incident with a human number, such as
// INC-2026-0007, in upper or lower case; empty when there is none.
func (s *Store) IncidentByNumber(ctx context.Context, number string) (string, error) {
	var id string
	err := s.pool.QueryRow(ctx, `SELECT id FROM incident WHERE number = @number`,
		pgx.NamedArgs{"number": strings.ToUpper(number)}).Scan(&id)
	return id, failed("find an incident", optional(err))
}

// IncidentCounts are the numbers of incidents.
type IncidentCounts struct {
	// Open are not closed, Running those of them with a deadline, Closed closed.
	Open, Running, Closed int
	// Notified are those of which an authority was notified under GDPR Art. 33,
	// drills excepted, and InTime those of them that were not late.
	Notified, InTime int
	// Median is half of the Notified's time from awareness to the first
	// notification; zero for none.
	Median time.Duration
}

// CountIncidents counts all incidents, drills too where nothing else is said.
func (s *Store) CountIncidents(ctx context.Context) (IncidentCounts, error) {
	var c IncidentCounts
	if err := listOlder(ctx, s.pool); err != nil {
		return c, failed("count incidents", err)
	}
	err := s.pool.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE place < @closed), count(*) FILTER (WHERE place IN (0, 2)), count(*) FILTER (WHERE place = @closed)
		FROM incident`, pgx.NamedArgs{"closed": placeClosed}).Scan(&c.Open, &c.Running, &c.Closed)
	if err != nil {
		return c, failed("count incidents", err)
	}
	var median float64
	err = s.pool.QueryRow(ctx, `
		SELECT count(*), count(*) FILTER (WHERE NOT notified_late), coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY notified_seconds), 0)
		FROM incident WHERE notified_seconds IS NOT NULL AND NOT exercise`).Scan(&c.Notified, &c.InTime, &median)
	c.Median = time.Duration(median * float64(time.Second)).Truncate(time.Second)
	return c, failed("count incidents", err)
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
