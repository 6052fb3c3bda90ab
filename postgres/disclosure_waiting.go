package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// DisclosureWaiting is what a vendor told through its link while nothing could
// open the case: its receipt was given, and it is not asked for again.
type DisclosureWaiting struct {
	// Incident is the id of the case that it opens, Link that of the link.
	Incident, Link string
	// Open is the command that opens the case.
	Open incident.Open
}

// KeepDisclosure keeps what a vendor told until its case can be opened. The same
// case again changes nothing.
func (s *Store) KeepDisclosure(ctx context.Context, link string, open incident.Open) error {
	command, err := json.Marshal(open)
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, `
		INSERT INTO disclosure_waiting (incident, link, command, kept_at) VALUES (@incident, @link, @command, @now) ON CONFLICT DO NOTHING`,
		pgx.NamedArgs{"incident": open.ID, "link": link, "command": string(command), "now": s.now()})
	return failed("keep a disclosure", err)
}

// DisclosureWaits says whether what a vendor told waits for its case.
func (s *Store) DisclosureWaits(ctx context.Context, incidentID string) (waits bool, err error) {
	err = s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM disclosure_waiting WHERE incident = @incident)`,
		pgx.NamedArgs{"incident": incidentID}).Scan(&waits)
	return waits, failed("look for a disclosure", err)
}

// FirstDisclosureWaiting is when the first of the disclosures that wait for their
// cases came, UTC; zero when none waits.
func (s *Store) FirstDisclosureWaiting(ctx context.Context) (time.Time, error) {
	var at *time.Time
	if err := s.pool.QueryRow(ctx, `SELECT min(kept_at) FROM disclosure_waiting`).Scan(&at); err != nil || at == nil {
		return time.Time{}, failed("look for a disclosure", err)
	}
	return at.UTC(), nil
}

// DisclosuresWaiting lists what waits for its case, the oldest first.
func (s *Store) DisclosuresWaiting(ctx context.Context) ([]DisclosureWaiting, error) {
	rows, err := s.pool.Query(ctx, `SELECT incident, link, command FROM disclosure_waiting ORDER BY kept_at, incident`)
	if err != nil {
		return nil, failed("list disclosures that wait", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (w DisclosureWaiting, err error) {
		var command string
		if err = row.Scan(&w.Incident, &w.Link, &command); err == nil {
			err = json.Unmarshal([]byte(command), &w.Open)
		}
		return w, err
	})
	return list, failed("list disclosures that wait", err)
}

// DisclosureTaken forgets what waited, once its case stands in the record.
func (s *Store) DisclosureTaken(ctx context.Context, incidentID string) error {
	_, err := s.pool.Exec(ctx, `
		DELETE FROM disclosure_waiting WHERE incident = @incident AND EXISTS (SELECT FROM event WHERE incident = @incident)`,
		pgx.NamedArgs{"incident": incidentID})
	return failed("forget a disclosure that waited", err)
}
