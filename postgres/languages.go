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
		JOIN mailing m ON m.incident = i.incident AND m.round = @round
		WHERE i.incident = @incident AND CASE
			WHEN m.kind IN ('affected_organisation', 'not_affected') THEN i.recipients_of = m.round
			WHEN m.kind = 'follow_up' OR m.scope = 'rest' THEN i.round IS NOT NULL
			ELSE i.round = m.round END
		ORDER BY p.locale`,
		pgx.NamedArgs{"incident": incidentID, "round": round})
	if err != nil {
		return nil, failed("list the languages of a round", err)
	}
	tags, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return tags, failed("list the languages of a round", err)
}
