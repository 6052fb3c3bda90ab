package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/ledger"
)

// StreamRow is one entry of the log on its way to a receiver.
type StreamRow struct {
	// Index is the place in the log, from 0.
	Index int64
	// Hash is the leaf hash in base64.
	Hash string
	// Line is the entry in its canonical form.
	Line []byte
	// Entry is the same, read.
	Entry ledger.Entry
}

// streamTime bounds one turn of a stream, so that its transaction never waits
// for a receiver for long.
const streamTime = 20 * time.Second

// StreamNext hands the next entries of the log, in their order and at most so
// many, to a receiver, and moves the receiver's mark behind them once send
// returns without an error. Whatever happens before that, they are handed out
// again: a receiver gets each entry at least once. Only one program at a time
// has the turn of a receiver; while another has it, there is nothing to do. It
// says how many entries were sent.
func (s *Store) StreamNext(ctx context.Context, name string, most int, send func(ctx context.Context, rows []StreamRow) error) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, streamTime)
	defer cancel()
	if _, err := s.pool.Exec(ctx, `INSERT INTO audit_stream (name) VALUES (@name) ON CONFLICT (name) DO NOTHING`, pgx.NamedArgs{"name": name}); err != nil {
		return 0, failed("stream the record", err)
	}
	var refused error
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var next int64
		err := tx.QueryRow(ctx, `SELECT next FROM audit_stream WHERE name = @name FOR UPDATE SKIP LOCKED`, pgx.NamedArgs{"name": name}).Scan(&next)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		rows, err := streamRows(ctx, tx, next, most)
		if err != nil || len(rows) == 0 {
			return err
		}
		if refused = send(ctx, rows); refused != nil {
			return refused
		}
		n = len(rows)
		_, err = tx.Exec(ctx, `UPDATE audit_stream SET next = @next, sent_at = @now WHERE name = @name`,
			pgx.NamedArgs{"name": name, "next": rows[n-1].Index + 1, "now": s.now()})
		return err
	})
	if refused != nil {
		return 0, refused
	}
	if err != nil {
		return 0, failed("stream the record", err)
	}
	return n, nil
}

func streamRows(ctx context.Context, q querier, next int64, most int) ([]StreamRow, error) {
	rows, err := q.Query(ctx, `SELECT index, entry FROM ledger_entry WHERE index >= @next ORDER BY index LIMIT @most`,
		pgx.NamedArgs{"next": next, "most": most})
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (StreamRow, error) {
		var r StreamRow
		if err := row.Scan(&r.Index, &r.Line); err != nil {
			return r, err
		}
		var err error
		r.Entry, err = ledger.ParseEntry(r.Line)
		r.Hash = ledger.LeafHash(r.Line).String()
		return r, err
	})
	if err != nil {
		return nil, err
	}
	for i, r := range list {
		// Entries become visible in the order of the log; nothing is passed over.
		if r.Index != next+int64(i) {
			return nil, fmt.Errorf("the log has no entry at place %d", next+int64(i))
		}
	}
	return list, nil
}

// StreamsBehind says how many entries each of the named receivers has not taken
// yet. One that never began has all before it.
func (s *Store) StreamsBehind(ctx context.Context, names []string) (map[string]int64, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT n.name, (`+ledgerSize+`) - coalesce(a.next, 0)
		FROM unnest(@names::text[]) AS n (name) LEFT JOIN audit_stream a USING (name)`, pgx.NamedArgs{"names": names})
	if err != nil {
		return nil, failed("read the streams of the record", err)
	}
	behind := map[string]int64{}
	var name string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&name, &n}, func() error {
		behind[name] = n
		return nil
	})
	return behind, failed("read the streams of the record", err)
}
