package postgres

import (
	"context"
	"iter"

	"github.com/jackc/pgx/v5"
)

// trailWindow is how many entries of the log one query of an export goes
// through. A window is short, so that no query and no connection waits for a
// slow reader.
const trailWindow = 5000

// TrailExport gives every entry below size that a filter asks for, the last of
// the log first. Before and Limit of the filter count for nothing. It goes
// through the log window by window and keeps one in memory.
func (s *Store) TrailExport(ctx context.Context, f TrailFilter, size int64) iter.Seq2[TrailRow, error] {
	return func(yield func(TrailRow, error) bool) {
		for end := size; end > 0; end -= trailWindow {
			rows, err := s.trailBetween(ctx, f, max(0, end-trailWindow), end)
			if err != nil {
				yield(TrailRow{}, err)
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}

// trailBetween gives the entries of a window of the log.
func (s *Store) trailBetween(ctx context.Context, f TrailFilter, first, end int64) ([]TrailRow, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT l.index, l.entry, coalesce(i.id, ''), coalesce(i.number, ''), coalesce(i.title, '')
		FROM ledger_entry l JOIN event e USING (incident, seq)
		LEFT JOIN incident i ON i.id = CASE WHEN l.incident = 'installation' THEN e.data->>'incident' ELSE l.incident END
		WHERE l.index >= @first AND l.index < @end
		  AND (@incident = '' OR l.incident = @incident OR l.incident = 'installation' AND e.data->>'incident' = @incident)
		  AND (@role = '' OR e.actor_role = @role)
		  AND (@from::timestamptz IS NULL OR e.recorded_at >= @from)
		  AND (@until::timestamptz IS NULL OR e.recorded_at < @until)
		ORDER BY l.index DESC`,
		pgx.NamedArgs{"first": first, "end": end, "incident": f.Incident, "role": f.Role, "from": instant(f.From), "until": instant(f.Until)})
	if err != nil {
		return nil, failed("export the trail", err)
	}
	var list []TrailRow
	all, err := pgx.CollectRows(rows, scanTrail)
	for _, row := range all {
		if f.Kind == nil || f.Kind(row.Entry.Type) {
			list = append(list, row)
		}
	}
	return list, failed("export the trail", err)
}
