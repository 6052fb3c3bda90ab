package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"tocsin/ledger"
)

// Checkpoint gives the signed head of the ledger as it stands now. It signs
// and keeps a new one when entries were added since the last, and gives the
// last one otherwise.
//
// Before it signs it checks that the log still contains what was signed last:
// it never puts its name under two different pasts.
func (s *Store) Checkpoint(ctx context.Context) (string, error) {
	var text string
	err := s.transact(ctx, "sign checkpoint", func(tx pgx.Tx) error {
		// Under the lock, no bundle is sealed meanwhile: its seal lists every
		// checkpoint before it.
		if _, err := tx.Exec(ctx, takeLedger, lockLedger); err != nil {
			return err
		}
		var size int64
		if err := tx.QueryRow(ctx, ledgerSize).Scan(&size); err != nil {
			return err
		}
		stored, err := storedCheckpoint(ctx, tx, size)
		if err != nil || stored != "" {
			text = stored
			return err
		}
		if err := s.checkLast(ctx, tx, size); err != nil {
			return err
		}
		root, err := ledger.Root(size, hashReader(ctx, tx))
		if err != nil {
			return err
		}
		signer, err := s.signer(ctx, tx)
		if err != nil {
			return err
		}
		batch := &pgx.Batch{}
		if err := s.queueCheckpoint(batch, signer, size, root, s.now()); err != nil {
			return err
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		text, err = storedCheckpoint(ctx, tx, size)
		return err
	})
	if err != nil {
		return "", err
	}
	return text, nil
}

// storedCheckpoint gives the note of a size, or "" when none was signed.
func storedCheckpoint(ctx context.Context, q querier, size int64) (string, error) {
	var text string
	err := q.QueryRow(ctx, `SELECT note FROM checkpoint WHERE size = @size`, pgx.NamedArgs{"size": size}).Scan(&text)
	return text, optional(err)
}

// checkLast refuses a log that does not contain what was signed last.
func (s *Store) checkLast(ctx context.Context, q querier, size int64) error {
	var text string
	err := q.QueryRow(ctx, `SELECT note FROM checkpoint WHERE size <= @size ORDER BY size DESC LIMIT 1`,
		pgx.NamedArgs{"size": size}).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	last, err := s.readCheckpoint(ctx, q, text)
	if err != nil {
		return fmt.Errorf("the last checkpoint: %w", err)
	}
	root, err := ledger.Root(last.Size, hashReader(ctx, q))
	if err != nil {
		return err
	}
	if root != last.Root {
		return fmt.Errorf("the ledger was changed: its first %d entries are not those that were signed", last.Size)
	}
	return nil
}

// queueCheckpoint signs a head and keeps it, unless one of that size was kept.
func (s *Store) queueCheckpoint(batch *pgx.Batch, signer note.Signer, size int64, root tlog.Hash, at time.Time) error {
	at = ledger.Instant(at)
	text, err := ledger.Sign(ledger.Checkpoint{Origin: s.keys.Origin, Size: size, Root: root, SignedAt: at}, signer)
	if err != nil {
		return err
	}
	batch.Queue(`
		INSERT INTO checkpoint (size, root, signed_at, note) VALUES (@size, @root, @at, @note)
		ON CONFLICT (size) DO NOTHING`,
		pgx.NamedArgs{"size": size, "root": root[:], "at": at, "note": text})
	return nil
}
