package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// OpenIncident is an open incident as a recovery looks at it.
type OpenIncident struct {
	// ID is the incident's id.
	ID string
	// LastAt is when its last event was recorded, real time, UTC.
	LastAt time.Time
}

// LockRecovery lets one recovery at a time compare and start. It is refused with a
// [incident.Conflict] while another is under way.
func (s *Store) LockRecovery(ctx context.Context) (release func(), err error) {
	return s.lockSession(ctx, lockRecovery, "lock the recovery",
		&incident.Error{Kind: incident.Conflict, Message: "a recovery is under way already; try again when it has ended"})
}

// OpenIncidents gives all open incidents, the most urgent first, for starting again
// what should be running.
func (s *Store) OpenIncidents(ctx context.Context) ([]OpenIncident, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT i.id, (SELECT e.recorded_at FROM event e WHERE e.incident = i.id ORDER BY e.seq DESC LIMIT 1) AS last_at
		FROM incident i WHERE i.closed_at IS NULL ORDER BY i.place, i.urgency, i.id`)
	if err != nil {
		return nil, failed("list open incidents", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[OpenIncident])
	return list, failed("list open incidents", err)
}

// RunningRounds gives the rounds that are being sent or are paused, of closed
// incidents too.
func (s *Store) RunningRounds(ctx context.Context) ([]RoundRef, error) {
	rows, err := s.pool.Query(ctx, `SELECT incident, round FROM mailing WHERE status = ANY (@running) ORDER BY incident, round`,
		pgx.NamedArgs{"running": []string{incident.MailingSending, incident.MailingPausedStatus}})
	if err != nil {
		return nil, failed("list rounds that run", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[RoundRef])
	return list, failed("list rounds that run", err)
}

// KnownIncidents says of some ids which the record knows, and when each was closed,
// real time; zero for one that is open.
func (s *Store) KnownIncidents(ctx context.Context, ids []string) (map[string]time.Time, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT id, CASE WHEN closed_at IS NOT NULL THEN
			(SELECT e.recorded_at FROM event e WHERE e.incident = i.id ORDER BY e.seq DESC LIMIT 1) END
		FROM incident i WHERE id = ANY (@ids)`, pgx.NamedArgs{"ids": ids})
	if err != nil {
		return nil, failed("look for incidents", err)
	}
	known := make(map[string]time.Time, len(ids))
	var id string
	var closed *time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &closed}, func() error {
		known[id] = moment(closed)
		return nil
	})
	return known, failed("look for incidents", err)
}

// LastDailyCheckpoint gives the day, as 2026-11-30, of the last daily checkpoint
// that left the building to the DPO; empty when none did.
func (s *Store) LastDailyCheckpoint(ctx context.Context) (string, error) {
	var day string
	err := s.pool.QueryRow(ctx, `
		SELECT data->>'day' FROM event
		WHERE incident = @installation AND type = @sent AND actor_role = @engine
		  AND data->>'to' = @dpo AND coalesce(data->>'day', '') <> ''
		ORDER BY recorded_at DESC LIMIT 1`, pgx.NamedArgs{
		"installation": incident.InstallationID, "sent": incident.EvCheckpointSent,
		"engine": string(incident.RoleEngine), "dpo": incident.ToDPO,
	}).Scan(&day)
	return day, failed("look for the last daily checkpoint", optional(err))
}
