package postgres

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"tocsin/incident"
	"tocsin/ledger"
)

// Anchor is what somebody outside answered about a checkpoint.
type Anchor struct {
	// Kind is [incident.AnchorCosignature] or [incident.AnchorTimestamp].
	Kind string
	// Name is the name of the witness or the authority.
	Name string
	// Size is the number of entries under the checkpoint.
	Size int64
	// Content is the cosignature's line, or the time stamp's token.
	Content []byte
	// At is when they confirmed it, by their own clock, UTC.
	At time.Time
}

// KeepAnchor keeps what somebody outside answered, and records that it did. What
// is kept already stays, and is not recorded again.
func (s *Store) KeepAnchor(ctx context.Context, a Anchor) error {
	return s.transact(ctx, "keep a confirmation", func(tx pgx.Tx) error {
		last, err := lockInstallation(ctx, tx)
		if err != nil {
			return err
		}
		named := pgx.NamedArgs{"kind": a.Kind, "name": a.Name, "size": a.Size, "content": a.Content, "at": a.At, "seq": last + 1, "now": s.now()}
		if _, err := tx.Exec(ctx, `
			INSERT INTO anchor_attempt (kind, name, tried) VALUES (@kind, @name, @now)
			ON CONFLICT (kind, name) DO UPDATE SET tried = excluded.tried, failing = NULL, problem = ''`, named); err != nil {
			return err
		}
		added, err := tx.Exec(ctx, `
			INSERT INTO anchor (size, kind, name, seq, content, at) VALUES (@size, @kind, @name, @seq, @content, @at)
			ON CONFLICT (kind, name, size) DO NOTHING`, named)
		if err != nil || added.RowsAffected() == 0 {
			return err
		}
		return s.recordInstallation(ctx, tx, last, incident.Engine(), incident.KeepAnchor{
			Kind: a.Kind, Outside: a.Name, Size: a.Size, SHA256: fmt.Sprintf("%x", sha256.Sum256(a.Content)), At: ledger.Instant(a.At),
		})
	})
}

// AnchorFailed notes that somebody outside did not confirm a checkpoint. The
// problem is one of the words of [incident.AnchorAway] and its like.
func (s *Store) AnchorFailed(ctx context.Context, kind, name, problem string) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO anchor_attempt AS a (kind, name, tried, failing, problem) VALUES (@kind, @name, @now, @now, @problem)
		ON CONFLICT (kind, name) DO UPDATE SET tried = excluded.tried, failing = coalesce(a.failing, excluded.failing), problem = excluded.problem`,
		pgx.NamedArgs{"kind": kind, "name": name, "problem": problem, "now": s.now()})
	return failed("note a failed confirmation", err)
}

// AnchorState is how it stands with somebody who confirms checkpoints.
type AnchorState struct {
	// Kind and Name say who it is, as in [Anchor].
	Kind, Name string
	// Size is the number of entries that they confirmed last, and At when, UTC;
	// both are zero when they never did.
	Size int64
	At   time.Time
	// Tried is when they were asked last, UTC.
	Tried time.Time
	// Failing is since when every attempt has failed, UTC; zero when the last did
	// not. Problem is the last one.
	Failing time.Time
	Problem string
}

// AnchorStates says how it stands with each who was ever asked.
func (s *Store) AnchorStates(ctx context.Context) ([]AnchorState, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT t.kind, t.name, coalesce(a.size, 0), a.at, t.tried, t.failing, t.problem
		FROM anchor_attempt t LEFT JOIN LATERAL (
			SELECT size, at FROM anchor WHERE kind = t.kind AND name = t.name ORDER BY size DESC LIMIT 1) a ON true
		ORDER BY t.kind, t.name`)
	if err != nil {
		return nil, failed("read the confirmations", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (AnchorState, error) {
		var a AnchorState
		var at, failing *time.Time
		err := row.Scan(&a.Kind, &a.Name, &a.Size, &at, &a.Tried, &failing, &a.Problem)
		a.At, a.Failing = moment(at), moment(failing)
		return a, err
	})
	return list, failed("read the confirmations", err)
}

// NewestCheckpoint gives the last checkpoint that was signed, and the size up to
// which somebody outside has confirmed the log, 0 for nothing. The text is empty
// when nothing was signed yet.
func (s *Store) NewestCheckpoint(ctx context.Context, kind, name string) (text string, size, confirmed int64, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT note, size, coalesce((SELECT max(size) FROM anchor WHERE kind = @kind AND name = @name), 0)
		FROM checkpoint WHERE size > 0 ORDER BY size DESC LIMIT 1`, pgx.NamedArgs{"kind": kind, "name": name}).Scan(&text, &size, &confirmed)
	return text, size, confirmed, failed("read the newest checkpoint", optional(err))
}

// ProveGrowth gives the hashes which show that the log of a greater size goes on
// from that of a smaller one; none from an empty log.
func (s *Store) ProveGrowth(ctx context.Context, from, to int64) (tlog.TreeProof, error) {
	if from == 0 || from == to {
		return nil, nil
	}
	proof, err := ledger.ProveConsistency(from, to, hashReader(ctx, s.pool))
	return proof, failed("prove that the log only grew", err)
}
