package system

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"

	"tocsin/incident"
	"tocsin/postgres"
)

// Rotated says what a rotation of the master key did.
type Rotated struct {
	// Key is the id of the key that is used or prepared now, eight hexadecimal
	// digits.
	Key string `json:"key"`
	// Before is the id of the key before it.
	Before string `json:"before"`
	// Prepared says that the key was only made, and is not used yet.
	Prepared bool `json:"prepared"`
	// Resumed says that a rotation which had broken off was finished.
	Resumed bool `json:"resumed"`
	// Incidents and Accounts are how many keys of incidents and second factors
	// were wrapped anew.
	Incidents int `json:"incidents"`
	Accounts  int `json:"accounts"`
	// Webhooks is how many webhooks were wrapped anew since this start.
	Webhooks int `json:"webhooks"`
}

// Rotate makes another master key, lets it wrap, and wraps by it what earlier
// ones wrapped. Those stay in the keyset, to read what backups hold. With
// prepareOnly the key is only made, so that the keyset can be taken to other
// machines before it is used. A rotation that broke off is finished; then no
// further key is made. The steps are recorded before they are taken.
func Rotate(ctx context.Context, c Config, reason string, prepareOnly bool) (out Rotated, err error) {
	if c.DatabaseURL == "" || c.KeysDir == "" {
		return out, errors.New("TOCSIN_DATABASE_URL and TOCSIN_KEYS_DIR are needed: give those of \"tocsin serve\"")
	}
	keys, err := LoadKeys(c.KeysDir)
	if err != nil {
		return out, err
	}
	store, err := postgres.Open(ctx, c.DatabaseURL, keys.Store)
	if err != nil {
		return out, err
	}
	defer store.Close()
	if err := refuseOnCopy(ctx, store); err != nil {
		return out, err
	}
	release, err := store.LockMasterKey(ctx)
	if err != nil {
		return out, err
	}
	defer release()
	// Read under the lock: nobody else changes it now.
	set, err := readMasterKeyset(c.KeysDir)
	if err != nil {
		return out, err
	}
	r := rotation{store: store, set: set}
	broken, err := r.brokenOff(ctx)
	switch {
	case err != nil:
		return out, err
	case broken && prepareOnly:
		return out, errors.New("a rotation broke off: finish it first by \"tocsin keys rotate\" without --prepare")
	case broken:
		r.out.Resumed = true
	default:
		if err := r.begin(ctx, reason, prepareOnly); err != nil || prepareOnly {
			return r.out, err
		}
	}
	return r.out, r.finish(ctx)
}

// rotation is one that is under way.
type rotation struct {
	store *postgres.Store
	set   *masterKeyset
	key   uint32
	out   Rotated
}

// brokenOff looks for a rotation that was recorded and not finished.
func (r *rotation) brokenOff(ctx context.Context) (bool, error) {
	key, before, finished, err := r.store.LastRotation(ctx)
	if err != nil || key == "" {
		return false, err
	}
	known := false
	if r.key, known = r.set.find(key); !known {
		return false, fmt.Errorf("the record knows the master key %s, which %s of this directory does not hold: "+
			"take the newest copy of the file to this machine first", key, masterFile)
	}
	primary, _, err := r.set.primary()
	if err != nil {
		return false, err
	}
	if finished || r.set.newer(primary, r.key) {
		// Newer than the record knows: the database is a backup from before.
		return false, nil
	}
	r.out.Key, r.out.Before = key, before
	return true, nil
}

// begin makes a key, unless one is prepared, and records that it is used from
// now on.
func (r *rotation) begin(ctx context.Context, reason string, prepareOnly bool) error {
	primary, prepared, err := r.set.primary()
	if err != nil {
		return err
	}
	command := incident.RotateMasterKey{Key: keyID(prepared), Before: keyID(primary), Reason: reason}
	if !prepareOnly {
		// A refusal leaves no key behind.
		if _, err := incident.DecideInstallation(0, incident.Engine(), command, time.Now()); err != nil {
			return err
		}
	}
	if prepared == 0 {
		if prepared, err = r.set.prepare(); err != nil {
			return err
		}
		command.Key = keyID(prepared)
	}
	r.key = prepared
	r.out = Rotated{Key: command.Key, Before: command.Before, Prepared: prepareOnly}
	if prepareOnly {
		return nil
	}
	return r.store.RecordForInstallation(ctx, incident.Engine(), command)
}

// finish lets the recorded key wrap, and wraps by it all that another wrapped.
func (r *rotation) finish(ctx context.Context) error {
	if primary, _, err := r.set.primary(); err != nil {
		return err
	} else if primary != r.key {
		if err := r.set.promote(r.key); err != nil {
			return err
		}
	}
	done, err := r.store.Rewrap(ctx, r.key)
	if err != nil {
		return fmt.Errorf("%w; the new key is in use and the old one still reads: give the command again to go on", err)
	}
	wrapping, err := aead.New(r.set.handle)
	if err != nil {
		return fmt.Errorf("the key %s is not for authenticated encryption", masterFile)
	}
	if err := r.store.MarkKey(ctx, sealedMark(masterFile, wrapping)); err != nil {
		return err
	}
	r.out.Incidents, r.out.Accounts, r.out.Webhooks = done.Incidents, done.Accounts, done.Webhooks
	return r.store.RecordForInstallation(ctx, incident.Engine(), incident.FinishRotation{
		Key: keyID(r.key), Incidents: done.Incidents, Accounts: done.Accounts, Webhooks: done.Webhooks,
	})
}
