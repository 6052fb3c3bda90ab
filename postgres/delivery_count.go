package postgres

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// Tally is what can be counted of a round's deliveries in one look at them.
type Tally struct {
	// Counts are the deliveries by state.
	Counts incident.DeliveryCounts
	// Next is the next instant at which a deferred one may be tried again, real
	// time, UTC; zero when there is none.
	Next time.Time
	// Relays are those that have answered, those with the most notices first.
	Relays []RelayShare
}

// RelayShare is what one relay has answered in a round.
type RelayShare struct {
	// Relay is the relay's host:port.
	Relay string
	// Accepted is how many notices it has taken.
	Accepted int
	// Recent is how many outcomes came over it since the instant asked for.
	Recent int
}

// counted are the columns of a count: rows of people with the delivery d.
const counted = `count(*), count(*) FILTER (WHERE d.resent), min(d.retry_at), coalesce(d.relay, ''),
	count(*) FILTER (WHERE d.state = 'accepted'), count(*) FILTER (WHERE d.settled_at >= @since)`

// countDeliveries counts the deliveries of a round.
const countDeliveries = `
	SELECT ` + deliveryState + ` AS state, ` + counted + `
	FROM delivery d WHERE d.incident = @incident AND d.round = @round
	GROUP BY 1, d.relay`

// countPeople is the same while deliveries are still being made.
const countPeople = `
	SELECT ` + presentState + ` AS state, ` + counted + `
	FROM people_import i
	JOIN ` + peopleOfImport + `
	LEFT JOIN delivery d ON d.person = p.id AND d.round = i.round
	WHERE i.incident = @incident AND i.round = @round
	GROUP BY 1, d.relay
	UNION ALL

	SELECT ` + deliveryState + `, ` + counted + `
	FROM delivery d
	WHERE d.incident = @incident AND d.round = @round
	  AND NOT EXISTS (SELECT FROM people_import i WHERE i.incident = @incident AND i.round = @round)
	GROUP BY 1, d.relay`

// Counts gives the deliveries of a round by state, and the next instant at
// which a deferred one may be tried again; zero when there is none. People of
// imports whose delivery was not prepared yet count as pending or undeliverable;
// a round that a person opened has no deliveries before it was prepared.
func (s *Store) Counts(ctx context.Context, incidentID string, round int) (incident.DeliveryCounts, time.Time, error) {
	t, err := s.Tally(ctx, incidentID, round, s.now())
	return t.Counts, t.Next, err
}

// Tally counts what [Store.Counts] counts, and over which relays the round went
// with how many outcomes came over each since an instant. It looks at every
// delivery of the round.
func (s *Store) Tally(ctx context.Context, incidentID string, round int, since time.Time) (Tally, error) {
	prepared, err := isPrepared(ctx, s.pool, incidentID, round)
	if err != nil {
		return Tally{}, failed("count deliveries", err)
	}
	statement := countPeople
	if prepared {
		statement = countDeliveries
	}
	rows, err := s.pool.Query(ctx, statement, pgx.NamedArgs{"incident": incidentID, "round": round, "since": since})
	if err != nil {
		return Tally{}, failed("count deliveries", err)
	}
	var t Tally
	var state, relay string
	var n, resent, accepted, recent int
	var retry *time.Time
	relays := map[string]RelayShare{}
	_, err = pgx.ForEachRow(rows, []any{&state, &n, &resent, &retry, &relay, &accepted, &recent}, func() error {
		t.Counts.Resent += resent
		t.add(state, n, moment(retry))
		if relay != "" {
			share := relays[relay]
			relays[relay] = RelayShare{Relay: relay, Accepted: share.Accepted + accepted, Recent: share.Recent + recent}
		}
		return nil
	})
	if err != nil {
		return Tally{}, failed("count deliveries", err)
	}
	for _, share := range relays {
		t.Relays = append(t.Relays, share)
	}
	slices.SortFunc(t.Relays, func(a, b RelayShare) int {
		if a.Accepted != b.Accepted {
			return b.Accepted - a.Accepted
		}
		return strings.Compare(a.Relay, b.Relay)
	})
	return t, nil
}

// add counts n deliveries of a state, the first of which are due again at an
// instant.
func (t *Tally) add(state string, n int, next time.Time) {
	c := &t.Counts
	c.Total += n
	switch state {
	case StatePending:
		c.Pending += n
	case StateSending:
		c.Sending += n
	case StateAccepted:
		c.Accepted += n
	case StateDeferred:
		c.Deferred += n
		if t.Next.IsZero() || next.Before(t.Next) {
			t.Next = next
		}
	case StateRefused:
		c.Refused += n
	case StateUndeliverable:
		c.Undeliverable += n
	case StateUnknown:
		c.Unknown += n
	case StateBounced:
		c.Bounced += n
	case StateWithheld:
		c.Withheld += n
	}
}

// CountBounces gives how many notices of a round came back, without a look at
// the others.
func (s *Store) CountBounces(ctx context.Context, incidentID string, round int) (int, error) {
	var n int
	err := s.pool.QueryRow(ctx, `
		SELECT coalesce(max(bounce_number), 0) FROM delivery
		WHERE incident = @incident AND round = @round AND bounce_number IS NOT NULL`,
		pgx.NamedArgs{"incident": incidentID, "round": round}).Scan(&n)
	return n, failed("count what came back", err)
}
