package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"tocsin/ledger"
)

// growth is what lines add to the ledger.
type growth struct {
	before, size int64 // entries before and after
	hashes       []tlog.Hash
	root         tlog.Hash
}

// ledgerEdge reads the hashes on the right edge of the tree, by their positions:
// for each bit of the size the root of a complete subtree, which is stored right
// behind the last leaf of it. The ledger's lock is held.
const ledgerEdge = `
	SELECT p.position, (SELECT h.hash FROM ledger_hash h WHERE h.position = p.position)
	FROM (
		SELECT 2 * leaf - bit_count(leaf::bit(64)) + level AS position
		FROM (` + ledgerSize + `) AS l (size), generate_series(0, 62) AS level,
		     LATERAL (SELECT ((size >> level) << level) - 1 AS leaf) AS last
		WHERE (size >> level) & 1 = 1) AS p`

// growLedger gives what was queued, takes the ledger's lock, reads the end of the log
// under it, all by one question, and computes the hashes that come with further
// entries.
func growLedger(ctx context.Context, tx pgx.Tx, batch *pgx.Batch, lines []line) (growth, error) {
	var g growth
	edge := map[int64]tlog.Hash{}
	batch.Queue(takeLedger, lockLedger)
	batch.Queue(ledgerSize).QueryRow(func(row pgx.Row) error { return row.Scan(&g.before) })
	batch.Queue(ledgerEdge).Query(func(rows pgx.Rows) error {
		var position int64
		var hash []byte
		_, err := pgx.ForEachRow(rows, []any{&position, &hash}, func() error {
			if len(hash) != tlog.HashSize {
				return fmt.Errorf("the stored hash %d has %d bytes", position, len(hash))
			}
			edge[position] = tlog.Hash(hash)
			return nil
		})
		return err
	})
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return growth{}, err
	}
	leaves := make([][]byte, len(lines))
	for i, l := range lines {
		leaves[i] = l.entry
	}
	var err error
	g.size, g.hashes, g.root, err = ledger.Append(g.before, leaves, tlog.HashReaderFunc(func(positions []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(positions))
		for i, position := range positions {
			hash, found := edge[position]
			if !found {
				return nil, fmt.Errorf("hash %d is missing from the ledger", position)
			}
			hashes[i] = hash
		}
		return hashes, nil
	}))
	return g, err
}

// queue writes the entries and their hashes, and tells of their incidents once they
// are committed.
func (g growth) queue(batch *pgx.Batch, lines []line) {
	incidents, seqs, entries := make([]string, len(lines)), make([]int64, len(lines)), make([][]byte, len(lines))
	for i, l := range lines {
		incidents[i], seqs[i], entries[i] = l.incident, l.event.Seq, l.entry
	}
	hashes := make([][]byte, len(g.hashes))
	for i := range g.hashes {
		hashes[i] = g.hashes[i][:]
	}
	addedEntries.queue(batch, pgx.NamedArgs{"before": g.before, "incidents": incidents, "seqs": seqs, "entries": entries})
	addedHashes.queue(batch, pgx.NamedArgs{"first": ledger.FirstHash(g.before), "hashes": hashes})
	tellRecorded.queue(batch, pgx.NamedArgs{"channel": recordChannel, "incidents": incidents})
}

var (
	addedEntries = order(`
		INSERT INTO ledger_entry (index, incident, seq, entry)
		SELECT @before::bigint + ordinality - 1, incident, seq, entry
		FROM unnest(@incidents::text[], @seqs::bigint[], @entries::bytea[]) WITH ORDINALITY AS e (incident, seq, entry, ordinality)`)
	addedHashes = order(`
		INSERT INTO ledger_hash (position, hash)
		SELECT @first::bigint + ordinality - 1, hash FROM unnest(@hashes::bytea[]) WITH ORDINALITY AS h (hash, ordinality)`)
	// What one transaction says twice is told once.
	tellRecorded = order(`SELECT count(pg_notify(@channel::text, incident)) FROM unnest(@incidents::text[]) AS incident`)
)
