package postgres

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/ledger"
)

// deliveryState is the state of the delivery d as it is shown: a notice that came
// back is bounced, although a relay had accepted it.
const deliveryState = `CASE WHEN d.bounced_at IS NOT NULL AND d.state IN ('accepted', 'unknown') THEN 'bounced' ELSE d.state END`

// presentState is that of the person p, whose delivery may not be prepared yet.
const presentState = `coalesce(` + deliveryState + `, CASE WHEN p.undeliverable THEN 'undeliverable' ELSE 'pending' END)`

// Bounce is what a report says about one delivery.
type Bounce struct {
	// Delivery is the delivery's id.
	Delivery int64
	// Final says that the notice will not arrive; otherwise it is late and a
	// server goes on trying.
	Final bool
	// Status is the code of RFC 3463, such as 5.1.1; may be empty.
	Status string
	// Class is why, coarsely: one of the classes of package bounce.
	Class string
}

// NotedBounce is what a report led to.
type NotedBounce struct {
	// Incident and Round are those of the delivery. Incident is empty when there
	// is no such delivery, or nothing was ever sent for it: then nothing changed.
	Incident string
	Round    int
	// Unrecorded says that the round has a final report which the record may
	// not hold yet.
	Unrecorded bool
}

// NoteBounce writes down a report. The first final report about a delivery
// counts and gets its place among those of the round; the same or another one
// later changes nothing.
func (s *Store) NoteBounce(ctx context.Context, b Bounce) (NotedBounce, error) {
	var noted NotedBounce
	err := s.transact(ctx, "note a bounce", func(tx pgx.Tx) error {
		noted = NotedBounce{}
		var attempt int
		args := pgx.NamedArgs{"id": b.Delivery, "now": s.now(), "status": b.Status, "class": b.Class}
		err := tx.QueryRow(ctx, `SELECT incident, round, attempt FROM delivery WHERE id = @id`, args).
			Scan(&noted.Incident, &noted.Round, &attempt)
		if optional(err) != nil {
			return err
		}
		if err != nil || attempt == 0 {
			noted = NotedBounce{}
			return nil
		}
		if !b.Final {
			_, err := tx.Exec(ctx, `UPDATE delivery SET delayed_at = @now WHERE id = @id AND bounced_at IS NULL`, args)
			return err
		}
		noted.Unrecorded = true
		// The round's reports are numbered one after the other.
		args["incident"], args["round"] = noted.Incident, noted.Round
		if _, err := tx.Exec(ctx, `SELECT FROM mailing WHERE incident = @incident AND round = @round FOR UPDATE`, args); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE delivery SET bounced_at = @now, bounce_status = nullif(@status, ''), bounce_class = @class, bounce_number = 1 + (
				SELECT coalesce(max(bounce_number), 0) FROM delivery
				WHERE incident = @incident AND round = @round AND bounce_number IS NOT NULL)
			WHERE id = @id AND bounced_at IS NULL`, args)
		return err
	})
	return noted, err
}

// BouncesRoot is the number of final reports of a round and the root of the
// Merkle tree over them in the order in which they came, hexadecimal: see
// [ledger.OutcomeTree]. Earlier roots are those of the first so many.
func (s *Store) BouncesRoot(ctx context.Context, incidentID string, round int) (int, string, error) {
	var tree ledger.OutcomeTree
	if err := s.eachBounce(ctx, incidentID, round, tree.Add); err != nil {
		return 0, "", failed("hash bounces", err)
	}
	root := tree.Root()
	return int(tree.Size()), hex.EncodeToString(root[:]), nil
}

// eachBounce goes through the final reports of a round in their order.
func (s *Store) eachBounce(ctx context.Context, incidentID string, round int, each func(ledger.Outcome)) error {
	rows, err := s.pool.Query(ctx, `
		SELECT coalesce(message_id, ''), bounced_at FROM delivery
		WHERE incident = @incident AND round = @round AND bounce_number IS NOT NULL ORDER BY bounce_number`,
		pgx.NamedArgs{"incident": incidentID, "round": round})
	if err != nil {
		return err
	}
	o := ledger.Outcome{State: StateBounced}
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&o.MessageID, &at}, func() error {
		o.At = at.UTC()
		each(o)
		return nil
	})
	return err
}

// RoundRef names a round.
type RoundRef struct {
	// Incident is the incident's id.
	Incident string
	// Round is the number within the incident.
	Round int
}

// UnrecordedBounces are the rounds with final reports that their record does not
// hold yet.
func (s *Store) UnrecordedBounces(ctx context.Context) ([]RoundRef, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT incident, round, max(bounce_number) FROM delivery WHERE bounce_number IS NOT NULL
		GROUP BY incident, round ORDER BY incident, round`)
	if err != nil {
		return nil, failed("list bounces", err)
	}
	type counted struct {
		RoundRef
		n int
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (counted, error) {
		var c counted
		return c, row.Scan(&c.Incident, &c.Round, &c.n)
	})
	if err != nil {
		return nil, failed("list bounces", err)
	}
	var out []RoundRef
	for _, c := range all {
		state, err := s.State(ctx, c.Incident)
		if err != nil && incident.KindOf(err) != incident.NotFound {
			return nil, err
		}
		if err != nil {
			continue
		}
		if r := state.Round(c.Round); r != nil && r.Bounced < c.n {
			out = append(out, c.RoundRef)
		}
	}
	return out, nil
}
