package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// preparedAtOnce is how many numbers of people one transaction goes through. It
// takes about a second on a small machine, so that neither a statement's limit nor a
// command that waits for the incident's lock is in danger.
const preparedAtOnce = 50_000

// PrepareDeliveries makes the deliveries of a round: one per person, pending or
// undeliverable. It works through the people in the order of their numbers, in
// many transactions, and goes on where an earlier call was broken off. It may be
// called again at any time. Whom a round writes to is looked at now, not when it
// was opened: an import may have come between. A round that is prepared takes in
// nobody further.
func (s *Store) PrepareDeliveries(ctx context.Context, incidentID string, round int) error {
	for after, over := int64(0), false; !over; {
		err := s.transact(ctx, "prepare deliveries", func(tx pgx.Tx) (err error) {
			after, over, err = prepareSome(ctx, tx, incidentID, round, after)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// prepareSome makes the deliveries of the next people after a number, gives the
// last number that it went through, and says whether none are left.
func prepareSome(ctx context.Context, tx pgx.Tx, incidentID string, round int, after int64) (last int64, over bool, err error) {
	args := pgx.NamedArgs{"incident": incidentID, "round": round, "staged": ""}
	// No import is recorded between looking and writing.
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1, $2)`, lockIncident, incidentLock(incidentID)); err != nil {
		return 0, false, err
	}
	kind, scope, err := roundKind(ctx, tx, incidentID, round)
	if err != nil {
		return 0, false, err
	}
	if over, err = isPrepared(ctx, tx, incidentID, round); over || err != nil {
		return 0, over, err
	}
	// The last delivery that was made is that of the highest number.
	var made int64
	err = tx.QueryRow(ctx, `SELECT person FROM delivery WHERE incident = @incident AND round = @round ORDER BY id DESC LIMIT 1`, args).Scan(&made)
	if optional(err) != nil {
		return 0, false, err
	}
	args["after"] = max(after, made)
	var first *int64
	err = tx.QueryRow(ctx, `
		SELECT min(greatest(first_person, @after::bigint + 1)) FROM people_import
		WHERE incident = @incident AND (round IS NOT NULL OR recipients_of = @round) AND last_person > @after`, args).Scan(&first)
	if err != nil {
		return 0, false, err
	}
	if first == nil {
		_, err = tx.Exec(ctx, `UPDATE mailing SET prepared = true WHERE incident = @incident AND round = @round`, args)
		return 0, true, err
	}
	if _, err := tx.Exec(ctx, joinsMany); err != nil {
		return 0, false, err
	}
	last = *first + preparedAtOnce - 1
	args["first"], args["last"] = *first, last
	_, err = tx.Exec(ctx, `
		INSERT INTO delivery (incident, round, person, state)
		SELECT @incident, @round, a.id, CASE WHEN a.undeliverable THEN 'undeliverable' ELSE 'pending' END
		FROM (`+audience(kind, scope, among, `p.id, p.undeliverable`)+`) a
		ORDER BY a.id`, args)
	return last, false, err
}

// isPrepared says whether all deliveries of a round are made.
func isPrepared(ctx context.Context, q querier, incidentID string, round int) (bool, error) {
	var prepared bool
	err := q.QueryRow(ctx, `SELECT prepared FROM mailing WHERE incident = @incident AND round = @round`,
		pgx.NamedArgs{"incident": incidentID, "round": round}).Scan(&prepared)
	return prepared, optional(err)
}
