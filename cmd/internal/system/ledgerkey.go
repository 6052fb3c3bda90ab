package system

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
)

// successors are the ledger's further keys in a directory of keys: of each the
// secret half in ledger-1a2b3c4d.key, named by the key's hash, and the public one
// in ledger-1a2b3c4d.vkey. They are looked for each time: a key comes while
// servers run.
type successors struct {
	dir   string
	first string // the public key of ledger.key
}

// File implements [postgres.LedgerKeys].
func (s successors) File(key string) string {
	if key == s.first {
		return ledgerFile
	}
	name, err := ledgerKeyName(key)
	if err != nil {
		return ""
	}
	return name + ".key"
}

// ledgerKeyName is the name of a further key's file without its end. Keys are
// text of the form name+hash+base64.
func ledgerKeyName(key string) (string, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return "", errors.New("not a verifier key")
	}
	return fmt.Sprintf("ledger-%08x", verifier.KeyHash()), nil
}

// Signer implements [postgres.LedgerKeys].
func (s successors) Signer(key string) (note.Signer, error) {
	name, err := ledgerKeyName(key)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(s.dir, name+".key")); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	public, err := readLine(s.dir, name+".vkey")
	if err != nil {
		return nil, err
	}
	if public != key {
		return nil, fmt.Errorf("%s.vkey is not the key that the record names", name)
	}
	secret, err := readLine(s.dir, name+".key")
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, fmt.Errorf("%s.key: not a signing key", name)
	}
	return signer, nil
}

// all gives the public keys whose secret halves are there too, in the order of
// their file names.
func (s successors) all() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(s.dir, "ledger-*.key"))
	if err != nil {
		return nil, fmt.Errorf("look for the ledger's keys: %w", err)
	}
	var keys []string
	for _, file := range files {
		key, err := readLine(s.dir, strings.TrimSuffix(filepath.Base(file), ".key")+".vkey")
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// make writes another key, the public half first: a secret half is never without it.
func (s successors) make(origin string) (string, error) {
	secret, public, err := ledger.GenerateKey(origin)
	if err != nil {
		return "", fmt.Errorf("make the ledger's key: %w", err)
	}
	name, err := ledgerKeyName(public)
	if err != nil {
		return "", fmt.Errorf("make the ledger's key: %w", err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, name+".vkey")); err == nil {
		return "", fmt.Errorf("%s.vkey is there already: give the command again", name)
	}
	if err := writeSecret(filepath.Join(s.dir, name+".vkey"), []byte(public+"\n")); err != nil {
		return "", err
	}
	return public, writeSecret(filepath.Join(s.dir, name+".key"), []byte(secret+"\n"))
}

// LedgerRotation is how the key that signs the record is changed.
type LedgerRotation struct {
	// Reason is why, for the record.
	Reason string
	// Compromised says that the key that ends may have been in other hands, and
	// Since from when on; zero when that is not known.
	Compromised bool
	Since       time.Time
	// Prepare makes the new key only, to be taken to other machines.
	Prepare bool
}

// LedgerRotated says what a change of the key that signs the record did.
type LedgerRotated struct {
	// Key is the public key that signs or is prepared now, and Before the one
	// before it, in the form of signed notes.
	Key    string `json:"key"`
	Before string `json:"before,omitempty"`
	// File is the path of the new key's secret half.
	File string `json:"file"`
	// Prepared says that the key was only made, and does not sign yet.
	Prepared bool `json:"prepared"`
}

// RotateLedger makes another key for the record and lets it sign, as the record
// itself then says under both keys. A key that was prepared, or that was made by
// a rotation that broke off, is used. The key before stays where it is: a backup
// from before the change needs it.
func RotateLedger(ctx context.Context, c Config, r LedgerRotation) (out LedgerRotated, err error) {
	if c.DatabaseURL == "" || c.KeysDir == "" {
		return out, errors.New("TOCSIN_DATABASE_URL and TOCSIN_KEYS_DIR are needed: give those of \"tocsin serve\"")
	}
	if !r.Prepare { // a refusal leaves no key behind
		if _, err := incident.DecideInstallation(0, incident.Engine(), incident.RotateLedgerKey{
			Before: "before", Key: "key", Note: "note", Reason: r.Reason, Compromised: r.Compromised, Since: r.Since,
		}, time.Now()); err != nil {
			return out, err
		}
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
	next, err := nextLedgerKey(ctx, store, successors{dir: c.KeysDir, first: keys.Store.VKey}, keys.Store.Origin)
	if err != nil {
		return out, err
	}
	name, err := ledgerKeyName(next)
	if err != nil {
		return out, err
	}
	out = LedgerRotated{Key: next, File: filepath.Join(c.KeysDir, name+".key"), Prepared: r.Prepare}
	if r.Prepare {
		return out, nil
	}
	out.Before, err = store.RotateLedgerKey(ctx, incident.RotateLedgerKey{Key: next, Reason: r.Reason, Compromised: r.Compromised, Since: r.Since})
	return out, err
}

// nextLedgerKey is the one that lies ready, or a new one.
func nextLedgerKey(ctx context.Context, store *postgres.Store, there successors, origin string) (string, error) {
	used, _, err := store.LedgerKeys(ctx)
	if err != nil {
		return "", err
	}
	known := map[string]bool{}
	for _, k := range used {
		known[k.Key] = true
	}
	found, err := there.all()
	if err != nil {
		return "", err
	}
	var ready []string
	for _, key := range found {
		if !known[key] {
			ready = append(ready, key)
		}
	}
	switch len(ready) {
	case 0:
		return there.make(origin)
	case 1:
		return ready[0], nil
	}
	return "", fmt.Errorf("%d keys that never signed lie in the directory of keys, the first is %q: leave one of them there", len(ready), ready[0])
}
