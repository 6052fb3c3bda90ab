package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// RecordForInstallation records what was done for the whole installation, in
// the chain [incident.InstallationID] of the log. A refusal is the
// [incident.Error] of [incident.DecideInstallation], and nothing is recorded.
func (s *Store) RecordForInstallation(ctx context.Context, by incident.Actor, command incident.InstallationCommand) error {
	return s.transact(ctx, "record for the installation", func(tx pgx.Tx) error {
		last, err := lockInstallation(ctx, tx)
		if err != nil {
			return err
		}
		return s.recordInstallation(ctx, tx, last, by, command)
	})
}

// lockInstallation lets one transaction at a time do something for the whole
// installation, and gives the number of its last event.
func lockInstallation(ctx context.Context, tx pgx.Tx) (last int64, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`SELECT pg_advisory_xact_lock($1, $2)`, lockIncident, incidentLock(incident.InstallationID))
	batch.Queue(`SELECT coalesce(max(seq), 0) FROM event WHERE incident = @id`, pgx.NamedArgs{"id": incident.InstallationID}).
		QueryRow(func(row pgx.Row) error { return row.Scan(&last) })
	return last, tx.SendBatch(ctx, batch).Close()
}

// recordInstallation writes the event that follows and its line of the log,
// under the lock of [lockInstallation].
func (s *Store) recordInstallation(ctx context.Context, tx pgx.Tx, last int64, by incident.Actor, command incident.InstallationCommand) error {
	event, err := incident.DecideInstallation(last, by, command, s.now())
	if err != nil {
		return err
	}
	data, err := canonicalData(event.Data)
	if err != nil {
		return err
	}
	written, err := write(incident.InstallationID, event, data)
	if err != nil {
		return err
	}
	lines := []line{written}
	batch := &pgx.Batch{}
	queueEvents(batch, lines)
	grown, err := growLedger(ctx, tx, batch, lines)
	if err != nil {
		return err
	}
	batch = &pgx.Batch{}
	grown.queue(batch, lines)
	return tx.SendBatch(ctx, batch).Close()
}

// InstallationEntries gives the log's lines that belong to no incident, oldest
// first; none when nothing was recorded yet.
func (s *Store) InstallationEntries(ctx context.Context) ([]EntryRow, error) {
	entries, err := s.Entries(ctx, incident.InstallationID)
	if incident.KindOf(err) == incident.NotFound {
		return nil, nil
	}
	return entries, err
}
