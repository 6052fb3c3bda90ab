package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"tocsin/ledger"
)

// ledgerSize is the number of entries. Entries are numbered without a gap.
const ledgerSize = `SELECT coalesce(max(index) + 1, 0) FROM ledger_entry`

// takeLedger takes the ledger's lock until the transaction ends: nothing is added
// to the log meanwhile by anybody else.
const takeLedger = `SELECT pg_advisory_xact_lock($1, 0)`

// EntryRow is one line of the ledger and its place.
type EntryRow struct {
	// Index is the place in the whole log, from 0.
	Index int64
	// Hash is the leaf hash in base64, as proofs give it.
	Hash string
	// Entry is the line itself.
	Entry ledger.Entry
}

// Entries gives the ledger's lines of an incident, oldest first.
func (s *Store) Entries(ctx context.Context, incidentID string) ([]EntryRow, error) {
	entries, err := s.EntriesAfter(ctx, incidentID, 0, ledger.MaxInteger)
	if err == nil && len(entries) == 0 {
		return nil, noIncident()
	}
	return entries, err
}

// EntriesAfter gives the ledger's lines of an incident with numbers above one,
// oldest first, at most limit of them; 0 begins with the first. None for an
// incident that does not exist.
func (s *Store) EntriesAfter(ctx context.Context, incidentID string, after int64, limit int) ([]EntryRow, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT index, entry FROM ledger_entry WHERE incident = @incident AND seq > @after ORDER BY seq LIMIT @limit`,
		pgx.NamedArgs{"incident": incidentID, "after": after, "limit": limit})
	if err != nil {
		return nil, failed("read entries", err)
	}
	entries, err := pgx.CollectRows(rows, scanEntry)
	return entries, failed("read entries", err)
}

// EntriesBefore gives the ledger's lines of an incident with numbers below one, the
// latest first, at most limit of them; 0 stands for after the last.
func (s *Store) EntriesBefore(ctx context.Context, incidentID string, before int64, limit int) ([]EntryRow, error) {
	if before <= 0 {
		before = ledger.MaxInteger
	}
	rows, err := s.pool.Query(ctx, `
		SELECT index, entry FROM ledger_entry WHERE incident = @incident AND seq < @before ORDER BY seq DESC LIMIT @limit`,
		pgx.NamedArgs{"incident": incidentID, "before": before, "limit": limit})
	if err != nil {
		return nil, failed("read entries", err)
	}
	entries, err := pgx.CollectRows(rows, scanEntry)
	return entries, failed("read entries", err)
}

func scanEntry(row pgx.CollectableRow) (EntryRow, error) {
	var r EntryRow
	var text []byte
	if err := row.Scan(&r.Index, &text); err != nil {
		return EntryRow{}, err
	}
	entry, err := ledger.ParseEntry(text)
	if err != nil {
		return EntryRow{}, err
	}
	r.Entry, r.Hash = entry, ledger.LeafHash(text).String()
	return r, nil
}

// hashReader reads the stored hashes of the tree.
func hashReader(ctx context.Context, q querier) tlog.HashReader {
	return tlog.HashReaderFunc(func(positions []int64) ([]tlog.Hash, error) {
		rows, err := q.Query(ctx, `
			SELECT h.hash
			FROM unnest(@positions::bigint[]) WITH ORDINALITY AS p (position, ordinality)
			JOIN ledger_hash h USING (position)
			ORDER BY p.ordinality`, pgx.NamedArgs{"positions": positions})
		if err != nil {
			return nil, err
		}
		hashes, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (h tlog.Hash, err error) {
			var b []byte
			if err := row.Scan(&b); err != nil {
				return h, err
			}
			if len(b) != tlog.HashSize {
				return h, fmt.Errorf("a stored hash has %d bytes", len(b))
			}
			return tlog.Hash(b), nil
		})
		if err != nil {
			return nil, err
		}
		if len(hashes) != len(positions) {
			return nil, fmt.Errorf("%d of %d hashes are missing from the ledger", len(positions)-len(hashes), len(positions))
		}
		return hashes, nil
	})
}
