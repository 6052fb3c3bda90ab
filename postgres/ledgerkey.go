package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/note"

	"tocsin/incident"
	"tocsin/ledger"
)

// LedgerKeys finds signing keys of the ledger, in the directory of keys of this
// machine.
type LedgerKeys interface {
	// Signer gives the signer of a public key in the form of signed notes, or nil
	// when this machine does not have it.
	Signer(key string) (note.Signer, error)
	// File is the name of the file in which a key's secret half lies, or would.
	File(key string) string
}

// rotation is a change of the ledger's key as the record has it.
type rotation struct {
	index int64  // its place in the log
	entry []byte // its line
	data  incident.LedgerKeyRotated
}

func notesOf(list []rotation) []string {
	notes := make([]string, len(list))
	for i, r := range list {
		notes[i] = r.data.Note
	}
	return notes
}

func placesOf(list []rotation) []int64 {
	places := make([]int64, len(list))
	for i, r := range list {
		places[i] = r.index
	}
	return places
}

func entriesOf(list []rotation) [][]byte {
	entries := make([][]byte, len(list))
	for i, r := range list {
		entries[i] = r.entry
	}
	return entries
}

// ledgerKey gives the public key that signs at a place of the log, and the
// changes before that place that led to it.
func (s *Store) ledgerKey(ctx context.Context, q querier, before int64) (key string, list []rotation, err error) {
	rows, err := q.Query(ctx, `
		SELECT l.index, l.entry, e.data FROM event e JOIN ledger_entry l USING (incident, seq)
		WHERE e.incident = @id AND e.type = @type AND l.index < @before ORDER BY l.index`,
		pgx.NamedArgs{"id": incident.InstallationID, "type": incident.EvLedgerKeyRotated, "before": before})
	if err != nil {
		return "", nil, err
	}
	list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r rotation, err error) {
		return r, row.Scan(&r.index, &r.entry, &r.data)
	})
	if err != nil || len(list) == 0 {
		return s.keys.VKey, nil, err
	}
	return list[len(list)-1].data.Key, list, nil
}

// signer gives the key that the record says to sign with. It is read under the
// ledger's lock, so that no key signs after its end.
func (s *Store) signer(ctx context.Context, q querier) (note.Signer, error) {
	key, _, err := s.ledgerKey(ctx, q, ledger.MaxTreeSize)
	if err != nil {
		return nil, err
	}
	return s.signerOf(key)
}

func (s *Store) signerOf(key string) (note.Signer, error) {
	if key == s.keys.VKey {
		return s.keys.Ledger, nil
	}
	var signer note.Signer
	if s.keys.Successors != nil {
		var err error
		if signer, err = s.keys.Successors.Signer(key); err != nil {
			return nil, err
		}
	}
	if signer == nil {
		return nil, &incident.Error{Kind: incident.Unavailable, Message: "the key that signs the record was changed, and this machine does not have the new one; " +
			"whoever runs the server must copy the newest ledger key to its directory of keys"}
	}
	return signer, nil
}

// RotateLedgerKey records that another key signs from now on, signed by both, and
// signs a checkpoint with each: the last of the one before, and the first of the
// new one. Both keys must be on this machine. It fills in what the command says
// of the record, and gives the key before. A refusal is the [incident.Error] of
// [incident.DecideInstallation], and nothing is recorded.
func (s *Store) RotateLedgerKey(ctx context.Context, command incident.RotateLedgerKey) (before string, err error) {
	err = s.transact(ctx, "change the ledger's key", func(tx pgx.Tx) error {
		last, err := lockInstallation(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, takeLedger, lockLedger); err != nil {
			return err
		}
		var list []rotation
		if before, list, err = s.ledgerKey(ctx, tx, ledger.MaxTreeSize); err != nil {
			return err
		}
		if len(list) >= ledger.MaxRotations {
			return &incident.Error{Kind: incident.Conflict, Message: "the ledger's key was changed too often to be changed again"}
		}
		ends, err := s.signerOf(before)
		if err != nil {
			return err
		}
		begins, err := s.signerOf(command.Key)
		if err != nil {
			return err
		}
		if command, err = s.signRotation(ctx, tx, before, command, ends, begins); err != nil {
			return err
		}
		if err := s.recordInstallation(ctx, tx, last, incident.Engine(), command); err != nil {
			return err
		}
		root, err := ledger.Root(command.Size+1, hashReader(ctx, tx))
		if err != nil {
			return err
		}
		batch := &pgx.Batch{}
		if err := s.queueCheckpoint(batch, begins, command.Size+1, root, s.now()); err != nil {
			return err
		}
		return tx.SendBatch(ctx, batch).Close()
	})
	return before, err
}

// signRotation signs the last checkpoint of the key that ends, and has both keys
// say what follows.
func (s *Store) signRotation(ctx context.Context, tx pgx.Tx, before string, command incident.RotateLedgerKey, ends, begins note.Signer) (incident.RotateLedgerKey, error) {
	var size int64
	if err := tx.QueryRow(ctx, ledgerSize).Scan(&size); err != nil {
		return command, err
	}
	// It never hands on a log that is not the one that it signed.
	if err := s.checkLast(ctx, tx, size); err != nil {
		return command, err
	}
	root, err := ledger.Root(size, hashReader(ctx, tx))
	if err != nil {
		return command, err
	}
	if size > 0 {
		batch := &pgx.Batch{}
		if err := s.queueCheckpoint(batch, ends, size, root, s.now()); err != nil {
			return command, err
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return command, err
		}
	}
	if command.Since.After(s.now()) {
		return command, incident.InvalidField("since", command.Since.Format(time.RFC3339), "lies in the future", "the time from which on the key may have been in other hands")
	}
	command.Before, command.Size, command.Since = before, size, ledger.Instant(command.Since)
	command.Note, err = ledger.SignRotation(ledger.Rotation{
		Origin: s.keys.Origin, Size: size, Root: root, Before: before, Key: command.Key,
		Compromised: command.Compromised, Since: command.Since, SignedAt: ledger.Instant(s.now()),
	}, ends, begins)
	if errors.Is(err, ledger.ErrInvalidRotation) {
		return command, fmt.Errorf("the keys cannot follow on each other: %w", err)
	}
	return command, err
}

// LedgerKey is one of the keys that signed the record.
type LedgerKey struct {
	ledger.KeyReport
	// Begun is when it began to sign, UTC; zero while nothing was recorded.
	Begun time.Time
	// Reason is why it ended; empty for the present one.
	Reason string
	// File is the name of the file of its secret half in the directory of keys;
	// empty when keys do not lie in files.
	File string
	// Here says that this machine can sign with it.
	Here bool
}

// LedgerKeys gives the keys that signed the record, the first one first and the
// present one last, and the signed notes by which each took the other's place.
func (s *Store) LedgerKeys(ctx context.Context) (keys []LedgerKey, rotations []string, err error) {
	key, list, err := s.ledgerKey(ctx, s.pool, ledger.MaxTreeSize)
	if err != nil {
		return nil, nil, failed("read the ledger's keys", err)
	}
	rotations = notesOf(list)
	reports, err := ledger.SuccessionOf(key, rotations)
	if err != nil {
		return nil, nil, fmt.Errorf("read the ledger's keys: %w", err)
	}
	keys = make([]LedgerKey, len(reports))
	for i, r := range reports {
		keys[i] = LedgerKey{KeyReport: r}
		if i < len(list) {
			keys[i].Reason = list[i].data.Reason
		}
		if s.keys.Successors != nil {
			keys[i].File = s.keys.Successors.File(r.Key)
		}
		signer, err := s.signerOf(r.Key)
		if keys[i].Here = signer != nil; err != nil && incident.KindOf(err) != incident.Unavailable {
			return nil, nil, failed("read the ledger's keys", err)
		}
	}
	var first *time.Time
	if err := s.pool.QueryRow(ctx, `SELECT recorded_at FROM event JOIN ledger_entry l USING (incident, seq) WHERE l.index = 0`).Scan(&first); optional(err) != nil {
		return nil, nil, failed("read the ledger's keys", err)
	}
	keys[0].Begun = moment(first)
	for i, r := range list {
		read, err := ledger.ParseRotation(r.data.Note)
		if err != nil {
			return nil, nil, fmt.Errorf("read the ledger's keys: %w", err)
		}
		keys[i+1].Begun = read.SignedAt
	}
	return keys, rotations, nil
}
