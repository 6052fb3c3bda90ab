package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"tocsin/ledger"
)

// Audit computes the whole record anew and holds it against every checkpoint
// that it keeps and against those that are given, such as those that were
// mailed: see [ledger.VerifyLog]. Events that the log does not hold are a
// problem too. Everything is read in one snapshot; nothing is changed.
func (s *Store) Audit(ctx context.Context, given []ledger.LogCheckpoint) (ledger.LogReport, error) {
	var report ledger.LogReport
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		checkpoints, err := keptCheckpoints(ctx, tx)
		if err != nil {
			return err
		}
		key, rotations, err := s.ledgerKey(ctx, tx, ledger.MaxTreeSize)
		if err != nil {
			return err
		}
		report, err = ledger.VerifyLog(ctx, ledger.LogSource{
			Rows: logRows(ctx, tx), Hashes: logHashes(ctx, tx), Checkpoints: append(checkpoints, given...),
			Key: key, Rotations: notesOf(rotations), Known: s.keys.VKey,
		})
		if err != nil {
			return err
		}
		if err := lostEvents(ctx, tx, &report); err != nil {
			return err
		}
		return lostConfirmations(ctx, tx, &report)
	})
	return report, failed("verify the record", err)
}

func keptCheckpoints(ctx context.Context, q querier) ([]ledger.LogCheckpoint, error) {
	rows, err := q.Query(ctx, `SELECT note FROM checkpoint ORDER BY size`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (ledger.LogCheckpoint, error) {
		c := ledger.LogCheckpoint{From: "the record"}
		return c, row.Scan(&c.Text)
	})
}

// auditBatch is how many rows one query of an audit reads: few enough to stay
// small in memory, many enough that the database is not asked often. Entries
// and hashes are read by turns on one connection, so neither query may stay
// open.
const auditBatch = 4096

// logRows gives every entry beside its event.
func logRows(ctx context.Context, q querier) iter.Seq2[ledger.LogRow, error] {
	return func(yield func(ledger.LogRow, error) bool) {
		after := int64(-1)
		for {
			batch, err := readLogRows(ctx, q, after)
			if err != nil {
				yield(ledger.LogRow{}, err)
				return
			}
			for _, r := range batch {
				if !yield(r, nil) {
					return
				}
				after = r.Index
			}
			if len(batch) < auditBatch {
				return
			}
		}
	}
}

func readLogRows(ctx context.Context, q querier, after int64) ([]ledger.LogRow, error) {
	rows, err := q.Query(ctx, `
		SELECT l.index, l.entry, l.incident, l.seq, e.type, e.at, e.recorded_at, e.actor_role, e.actor_id, e.data
		FROM ledger_entry l LEFT JOIN event e USING (incident, seq)
		WHERE l.index > @after
		ORDER BY l.index
		LIMIT @limit`, pgx.NamedArgs{"after": after, "limit": auditBatch})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (ledger.LogRow, error) {
		var r ledger.LogRow
		var kind, role, actor *string
		var at, recordedAt *time.Time
		var data json.RawMessage
		if err := row.Scan(&r.Index, &r.Line, &r.Incident, &r.Seq, &kind, &at, &recordedAt, &role, &actor, &data); err != nil {
			return r, err
		}
		r.Event = &ledger.Entry{Incident: r.Incident, Seq: r.Seq} // what a lost event shows
		if kind != nil && at != nil && recordedAt != nil && role != nil && actor != nil {
			r.Event.Type, r.Event.At, r.Event.RecordedAt, r.Event.Data = *kind, *at, *recordedAt, data
			r.Event.Actor = ledger.Actor{Role: *role, ID: *actor}
		}
		return r, nil
	})
}

// logHashes gives every stored hash.
func logHashes(ctx context.Context, q querier) iter.Seq2[ledger.LogHash, error] {
	return func(yield func(ledger.LogHash, error) bool) {
		after := int64(-1)
		for {
			batch, err := readLogHashes(ctx, q, after)
			if err != nil {
				yield(ledger.LogHash{}, err)
				return
			}
			for _, h := range batch {
				if !yield(h, nil) {
					return
				}
				after = h.Position
			}
			if len(batch) < auditBatch {
				return
			}
		}
	}
}

func readLogHashes(ctx context.Context, q querier, after int64) ([]ledger.LogHash, error) {
	rows, err := q.Query(ctx, `SELECT position, hash FROM ledger_hash WHERE position > @after ORDER BY position LIMIT @limit`,
		pgx.NamedArgs{"after": after, "limit": auditBatch})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (ledger.LogHash, error) {
		var h ledger.LogHash
		var raw []byte
		if err := row.Scan(&h.Position, &raw); err != nil {
			return h, err
		}
		if len(raw) == tlog.HashSize { // another length is a hash that fits nothing
			h.Hash = tlog.Hash(raw)
		}
		return h, nil
	})
}

// lostEvents reports events that people are shown and that the log does not
// hold.
func lostEvents(ctx context.Context, q querier, report *ledger.LogReport) error {
	const most = 100
	rows, err := q.Query(ctx, `
		SELECT e.incident, e.seq
		FROM event e LEFT JOIN ledger_entry l USING (incident, seq)
		WHERE l.index IS NULL
		ORDER BY e.incident, e.seq
		LIMIT @most`, pgx.NamedArgs{"most": most})
	if err != nil {
		return err
	}
	var id string
	var seq int64
	_, err = pgx.ForEachRow(rows, []any{&id, &seq}, func() error {
		report.OK = false
		report.Problems = append(report.Problems, ledger.LogProblem{
			Index: -1, Incident: id, Entry: seq, Kind: ledger.KindEvent,
			Detail: fmt.Sprintf("event %d of the incident is shown by the pages and stands nowhere in the log", seq),
		})
		return nil
	})
	return err
}
