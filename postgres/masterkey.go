package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"tocsin/incident"
)

// rewrapAtOnce is how many rows one transaction wraps anew.
const rewrapAtOnce = 100

// Rewrapped is what a pass over everything that a master key wraps did.
type Rewrapped struct {
	// Incidents is how many keys of incidents were wrapped anew.
	Incidents int
	// Accounts is how many accounts' second factors were.
	Accounts int
	// Webhooks is how many webhooks' addresses and secrets were.
	Webhooks int
}

// LockMasterKey lets one program at a time change the master key. It is held
// until release is called, and refused with [incident.Conflict] while another
// holds it.
func (s *Store) LockMasterKey(ctx context.Context) (release func(), err error) {
	return s.lockSession(ctx, lockMasterKey, "lock the master key",
		&incident.Error{Kind: incident.Conflict, Message: "the master key is being changed by another program; try again when that has ended"})
}

// LastRotation gives the ids of the key to which the master key was last rotated
// and of the one before, as the record has them, and whether everything was
// wrapped by it afterwards. Empty ids when it was never rotated.
func (s *Store) LastRotation(ctx context.Context) (key, before string, finished bool, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT r.data->>'key', r.data->>'before', EXISTS (
			SELECT FROM event d WHERE d.incident = r.incident AND d.type = @rewrapped AND d.data->>'key' = r.data->>'key')
		FROM event r WHERE r.incident = @id AND r.type = @rotated ORDER BY r.seq DESC LIMIT 1`,
		pgx.NamedArgs{"id": incident.InstallationID, "rotated": incident.EvMasterKeyRotated, "rewrapped": incident.EvMasterKeyRewrapped}).
		Scan(&key, &before, &finished)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", "", false, nil
	}
	return key, before, finished, failed("read the last rotation", err)
}

// Rewrap wraps what another master key than the present one wrapped: the keys of
// incidents, the secrets of second factors, and those of webhooks. primary is the present one's id in
// its keyset. What is sealed under the incidents' keys stays as it is. It goes on
// in small transactions and may be ended and begun again at any time; what is
// erased or changed meanwhile is left alone.
func (s *Store) Rewrap(ctx context.Context, primary uint32) (Rewrapped, error) {
	var all Rewrapped
	for _, what := range []struct {
		done *int
		sql  wrapping
	}{
		{&all.Incidents, wrapping{
			page:    `SELECT incident, keyset FROM incident_key WHERE keyset IS NOT NULL AND incident > @after ORDER BY incident LIMIT @limit`,
			replace: `UPDATE incident_key SET keyset = @fresh WHERE incident = @id AND keyset = @stale`,
			by:      keysetWrappedBy, again: s.rewrapKeyset,
		}},
		{&all.Accounts, wrapping{
			page:    `SELECT id, totp FROM account WHERE totp IS NOT NULL AND id > @after ORDER BY id LIMIT @limit`,
			replace: `UPDATE account SET totp = @fresh WHERE id = @id AND totp = @stale`,
			by:      wrappedBy, again: s.rewrapFactor,
		}},
		{&all.Accounts, wrapping{
			page:    `SELECT id, totp_proposed FROM account WHERE totp_proposed IS NOT NULL AND id > @after ORDER BY id LIMIT @limit`,
			replace: `UPDATE account SET totp_proposed = @fresh WHERE id = @id AND totp_proposed = @stale`,
			by:      wrappedBy, again: s.rewrapFactor,
		}},
		{&all.Webhooks, wrapping{
			page:    `SELECT id, sealed FROM webhook WHERE id > @after ORDER BY id LIMIT @limit`,
			replace: `UPDATE webhook SET sealed = @fresh WHERE id = @id AND sealed = @stale`,
			by:      wrappedBy, again: s.rewrapWebhook,
		}},
	} {
		n, err := s.rewrapAll(ctx, primary, what.sql)
		*what.done += n
		if err != nil {
			return all, failed("wrap by the new master key", err)
		}
	}
	return all, nil
}

// wrapping is one column that the master key wraps.
type wrapping struct {
	page    string // rows after one id, in their order
	replace string // one row, unless it has changed meanwhile
	by      func(sealed []byte) (uint32, error)
	again   func(id string, sealed []byte) ([]byte, error)
}

// rewrapAll goes through a column. A pass is repeated while it finds something:
// a program that did not know the new key yet may have added a row behind it.
func (s *Store) rewrapAll(ctx context.Context, primary uint32, w wrapping) (int, error) {
	for total := 0; ; {
		found := 0
		for after := ""; ; {
			last, tried, done, err := s.rewrapPage(ctx, primary, w, after)
			total, found = total+done, found+tried
			if err != nil {
				return total, err
			}
			if last == "" {
				break
			}
			after = last
		}
		if found == 0 {
			return total, nil
		}
	}
}

// rewrapPage goes through the rows that follow an id: it gives the last one's, how
// many were wrapped by another key, and how many of those were replaced.
func (s *Store) rewrapPage(ctx context.Context, primary uint32, w wrapping, after string) (last string, tried, done int, err error) {
	type row struct {
		ID     string
		Sealed []byte
	}
	rows, err := s.pool.Query(ctx, w.page, pgx.NamedArgs{"after": after, "limit": rewrapAtOnce})
	if err != nil {
		return "", 0, 0, err
	}
	page, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil || len(page) == 0 {
		return "", 0, 0, err
	}
	batch := &pgx.Batch{}
	for _, r := range page {
		by, err := w.by(r.Sealed)
		if err != nil {
			return "", 0, 0, err
		}
		if by == primary {
			continue
		}
		fresh, err := w.again(r.ID, r.Sealed)
		if err != nil {
			return "", 0, 0, err
		}
		if by, err = w.by(fresh); err != nil || by != primary {
			return "", 0, 0, errors.Join(errors.New("the master key in use is not the one to wrap by"), err)
		}
		batch.Queue(w.replace, pgx.NamedArgs{"id": r.ID, "stale": r.Sealed, "fresh": fresh}).Exec(func(tag pgconn.CommandTag) error {
			done += int(tag.RowsAffected())
			return nil
		})
	}
	err = s.transact(ctx, "wrap by the new master key", func(tx pgx.Tx) error {
		done = 0
		return tx.SendBatch(ctx, batch).Close()
	})
	return page[len(page)-1].ID, batch.Len(), done, err
}

func (s *Store) rewrapKeyset(id string, wrapped []byte) ([]byte, error) {
	bound := (&incidentKey{incident: id}).bind("incident_key", "keyset", id)
	handle, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(wrapped)), s.keys.Master, bound)
	if err != nil {
		return nil, fmt.Errorf("unwrap an incident's key; is the master key that it was made with in the keyset? %w", err)
	}
	var fresh bytes.Buffer
	if err := handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&fresh), s.keys.Master, bound); err != nil {
		return nil, fmt.Errorf("wrap an incident's key: %w", err)
	}
	return fresh.Bytes(), nil
}

func (s *Store) rewrapFactor(account string, sealed []byte) ([]byte, error) {
	secret, err := s.keys.Master.Decrypt(sealed, totpBinding(account))
	if err != nil {
		return nil, fmt.Errorf("open a second factor; is the master key that it was made with in the keyset? %w", err)
	}
	return s.keys.Master.Encrypt(secret, totpBinding(account))
}

func (s *Store) rewrapWebhook(id string, sealed []byte) ([]byte, error) {
	plain, err := s.keys.Master.Decrypt(sealed, webhookBinding(id))
	if err != nil {
		return nil, fmt.Errorf("open a webhook; is the master key that it was made with in the keyset? %w", err)
	}
	return s.keys.Master.Encrypt(plain, webhookBinding(id))
}

// keysetWrappedBy is the id of the key that wrapped an incident's keyset.
func keysetWrappedBy(wrapped []byte) (uint32, error) {
	encrypted, err := keyset.NewBinaryReader(bytes.NewReader(wrapped)).ReadEncrypted()
	if err != nil {
		return 0, fmt.Errorf("read an incident's wrapped key: %w", err)
	}
	return wrappedBy(encrypted.GetEncryptedKeyset())
}

// wrappedBy is the id of the key that made a ciphertext, as Tink puts it before
// it: a byte 1 and four bytes.
func wrappedBy(sealed []byte) (uint32, error) {
	if len(sealed) < 5 || sealed[0] != 1 {
		return 0, errors.New("a value that the master key wrapped does not name its key")
	}
	return binary.BigEndian.Uint32(sealed[1:5]), nil
}
