package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Spread is how many people of one country are written to in one language, and
// what became of their notices.
type Spread struct {
	// Country is the ISO 3166 code in upper case; empty when unknown.
	Country string
	// Locale is the language of the notice, such as es.
	Locale string
	// People is the number of people.
	People int
	// Accepted is the number of those whose notice a relay has taken.
	Accepted int
	// Untold is the number of those whom mail does not reach.
	Untold int
}

// SpreadOfPeople counts the people affected of an incident by country and
// language, the most numerous first, at most limit rows.
func (s *Store) SpreadOfPeople(ctx context.Context, incidentID string, limit int) ([]Spread, error) {
	var spread []Spread
	err := s.transact(ctx, "count people", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, joinsMany); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
		SELECT p.country, p.locale, count(*) AS people, count(*) FILTER (WHERE d.accepted) AS accepted,
		       count(*) FILTER (WHERE NOT coalesce(d.accepted, false) AND (p.undeliverable OR d.failed)) AS untold
		FROM `+affectedPeople+`
		LEFT JOIN (
			SELECT d.person, bool_or(d.state = 'accepted') AS accepted, bool_or(d.state IN ('undeliverable', 'refused', 'bounced')) AS failed
			FROM delivery d JOIN mailing r ON r.incident = d.incident AND r.round = d.round
			WHERE d.incident = @incident AND r.kind = 'affected' GROUP BY 1
		) d ON d.person = p.id
		GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT @limit`,
			pgx.NamedArgs{"incident": incidentID, "limit": limit})
		if err != nil {
			return err
		}
		spread, err = pgx.CollectRows(rows, pgx.RowToStructByName[Spread])
		return err
	})
	return spread, err
}
