package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// RoundLocales are the language tags of the people of a round, sorted, each
// once: those of files that the record names. There are none for a round without
// people, and none once the incident's people were erased.
func (s *Store) RoundLocales(ctx context.Context, incidentID string, round int) ([]string, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT DISTINCT p.locale
		FROM people_import i
		JOIN `+peopleOfImport+`
		WHERE i.incident = @incident AND i.round = @round
		ORDER BY p.locale`,
		pgx.NamedArgs{"incident": incidentID, "round": round})
	if err != nil {
		return nil, failed("list the languages of a round", err)
	}
	tags, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return tags, failed("list the languages of a round", err)
}
