package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// KeyMark recognises one of the installation's keys without holding it.
type KeyMark struct {
	// Name is the key's file, such as index.key.
	Name string
	// Make gives a mark of the key, as text that does not give it away.
	Make func() (string, error)
	// Fits says whether a mark was made with the key.
	Fits func(mark string) bool
}

// StrangeKeys names the keys that are others than those with which the record was
// written, in the order given. The first time a key is seen it is marked.
func (s *Store) StrangeKeys(ctx context.Context, keys []KeyMark) ([]string, error) {
	var strange []string
	err := s.transact(ctx, "compare the keys", func(tx pgx.Tx) error {
		strange = nil
		for _, key := range keys {
			var mark string
			err := tx.QueryRow(ctx, `SELECT mark FROM key_mark WHERE name = @name`, pgx.NamedArgs{"name": key.Name}).Scan(&mark)
			if errors.Is(err, pgx.ErrNoRows) {
				err = s.markKey(ctx, tx, key, `ON CONFLICT DO NOTHING`)
			} else if err == nil && !key.Fits(mark) {
				strange = append(strange, key.Name)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return strange, err
}

// MarkKey marks a key anew, after it has been changed.
func (s *Store) MarkKey(ctx context.Context, key KeyMark) error {
	return s.transact(ctx, "mark a key", func(tx pgx.Tx) error { return s.markKey(ctx, tx, key, replaceMark) })
}

// ReplaceKey records that a key is lost and another one is used from now on.
func (s *Store) ReplaceKey(ctx context.Context, key KeyMark, reason string) error {
	return s.transact(ctx, "replace a key", func(tx pgx.Tx) error {
		last, err := lockInstallation(ctx, tx)
		if err != nil {
			return err
		}
		if err := s.recordInstallation(ctx, tx, last, incident.Engine(), incident.ReplaceKey{Key: key.Name, Reason: reason}); err != nil {
			return err
		}
		return s.markKey(ctx, tx, key, replaceMark)
	})
}

const replaceMark = `ON CONFLICT (name) DO UPDATE SET mark = @mark, made_at = @now`

func (s *Store) markKey(ctx context.Context, tx pgx.Tx, key KeyMark, conflict string) error {
	mark, err := key.Make()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO key_mark (name, mark, made_at) VALUES (@name, @mark, @now) `+conflict,
		pgx.NamedArgs{"name": key.Name, "mark": mark, "now": s.now()})
	return err
}
