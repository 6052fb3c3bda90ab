package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// countDeliveries counts the deliveries of a round by state.
const countDeliveries = `
	SELECT ` + deliveryState + `, count(*), count(*) FILTER (WHERE d.resent), min(d.retry_at)
	FROM delivery d WHERE d.incident = @incident AND d.round = @round
	GROUP BY 1`

// countPeople is the same while deliveries are still being made.
const countPeople = `
	SELECT ` + presentState + ` AS state, count(*), count(*) FILTER (WHERE d.resent), min(d.retry_at)
	FROM people_import i
	JOIN ` + peopleOfImport + `
	LEFT JOIN delivery d ON d.person = p.id AND d.round = i.round
	WHERE i.incident = @incident AND i.round = @round
	GROUP BY 1
	UNION ALL
	SELECT ` + deliveryState + `, count(*), count(*) FILTER (WHERE d.resent), min(d.retry_at)
	FROM delivery d
	WHERE d.incident = @incident AND d.round = @round
	  AND NOT EXISTS (SELECT FROM people_import i WHERE i.incident = @incident AND i.round = @round)
	GROUP BY 1`

// Counts gives the deliveries of a round by state, and the next instant at
// which a deferred one may be tried again; zero when there is none. People of
// imports whose delivery was not prepared yet count as pending or undeliverable;
// a round that a person opened has no deliveries before it was prepared.
func (s *Store) Counts(ctx context.Context, incidentID string, round int) (incident.DeliveryCounts, time.Time, error) {
	prepared, err := isPrepared(ctx, s.pool, incidentID, round)
	if err != nil {
		return incident.DeliveryCounts{}, time.Time{}, failed("count deliveries", err)
	}
	statement := countPeople
	if prepared {
		statement = countDeliveries
	}
	rows, err := s.pool.Query(ctx, statement, pgx.NamedArgs{"incident": incidentID, "round": round})
	if err != nil {
		return incident.DeliveryCounts{}, time.Time{}, failed("count deliveries", err)
	}
	var counts incident.DeliveryCounts
	var next time.Time
	var state string
	var n, resent int
	var retry *time.Time
	_, err = pgx.ForEachRow(rows, []any{&state, &n, &resent, &retry}, func() error {
		counts.Total += n
		counts.Resent += resent
		switch state {
		case StatePending:
			counts.Pending = n
		case StateSending:
			counts.Sending = n
		case StateAccepted:
			counts.Accepted = n
		case StateDeferred:
			counts.Deferred, next = n, moment(retry)
		case StateRefused:
			counts.Refused = n
		case StateUndeliverable:
			counts.Undeliverable = n
		case StateUnknown:
			counts.Unknown = n
		case StateBounced:
			counts.Bounced = n
		case StateWithheld:
			counts.Withheld = n
		}
		return nil
	})
	if err != nil {
		return incident.DeliveryCounts{}, time.Time{}, failed("count deliveries", err)
	}
	return counts, next, nil
}
