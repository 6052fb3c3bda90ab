package system

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tink-crypto/tink-go/v2/tink"

	"tocsin/incident"
	"tocsin/postgres"
)

// withoutKey says what is lost without the key of a file.
func withoutKey(name string) string {
	switch name {
	case masterFile:
		return "people, attached files, drafts and mail of every case cannot be read"
	case codecFile:
		return "running processes cannot go on; with an empty namespace of Temporal they start again from the record"
	case indexFile:
		return "people of an earlier and a later file are not recognised as the same, and the list of erased incidents cannot be read"
	case linkFile:
		return "links in reminders that were mailed before do not work"
	case ledgerFile:
		return "no checkpoint and no bundle can be signed that continues this record"
	case verifierFile:
		return "checkpoints of this record cannot be checked"
	}
	return "what it signed or sealed cannot be used"
}

// keyMarks recognise the keys of a directory.
func keyMarks(k Keys) []postgres.KeyMark {
	return []postgres.KeyMark{
		sealedMark(masterFile, k.Store.Master), sealedMark(codecFile, k.Codec),
		codedMark(indexFile, k.Store.Index), codedMark(linkFile, k.Link), publicMark(ledgerFile, k.Store.VKey),
	}
}

// sealedMark is a text that the key sealed.
func sealedMark(name string, key tink.AEAD) postgres.KeyMark {
	bound := []byte("tocsin key mark " + name)
	return postgres.KeyMark{
		Name: name,
		Make: func() (string, error) {
			sealed, err := key.Encrypt(bound, bound)
			return base64.StdEncoding.EncodeToString(sealed), err
		},
		Fits: func(mark string) bool {
			sealed, err := base64.StdEncoding.DecodeString(mark)
			if err == nil {
				_, err = key.Decrypt(sealed, bound)
			}
			return err == nil
		},
	}
}

// codedMark is a code over a text under the key.
func codedMark(name string, key []byte) postgres.KeyMark {
	code := hmac.New(sha256.New, key)
	_, _ = code.Write([]byte("tocsin key mark " + name)) // a hash takes everything
	return publicMark(name, base64.StdEncoding.EncodeToString(code.Sum(nil)))
}

// publicMark is a text that is no secret.
func publicMark(name, text string) postgres.KeyMark {
	return postgres.KeyMark{
		Name: name, Make: func() (string, error) { return text, nil },
		Fits: func(mark string) bool { return hmac.Equal([]byte(mark), []byte(text)) },
	}
}

// checkKeys refuses keys that are others than those with which the record was written.
func checkKeys(ctx context.Context, store *postgres.Store, dir string, k Keys) error {
	strange, err := store.StrangeKeys(ctx, keyMarks(k))
	if err != nil || len(strange) == 0 {
		return err
	}
	more := ""
	if len(strange) > 1 {
		more = fmt.Sprintf(" (and so are %s)", strings.Join(strange[1:], ", "))
	}
	name := strange[0]
	return fmt.Errorf("the key %s is another one than this record was written with%s: expected %s from the backup of this installation's keys. "+
		"Without it %s. Only if it is lost for good, give \"tocsin keys replace %s --reason TEXT\"",
		name, more, filepath.Join(dir, name), withoutKey(name), name)
}

// noticeMissingSigner says in the log when the key that signs now lies nowhere here.
// Everything else goes on without it.
func (s *System) noticeMissingSigner(ctx context.Context) {
	used, _, err := s.Store.LedgerKeys(ctx)
	if err != nil || len(used) == 0 || used[len(used)-1].Here {
		return // what the record cannot say now, the next checkpoint will
	}
	s.logger.Error("the key that signs the record is missing: bring it from the backup of this installation's keys",
		"expected", filepath.Join(s.config.KeysDir, used[len(used)-1].File), "without_it", withoutKey(ledgerFile))
}

// ReplaceKey takes the key that lies in the directory for one that is lost for good,
// and records that.
func ReplaceKey(ctx context.Context, c Config, name, reason string) error {
	if c.DatabaseURL == "" || c.KeysDir == "" {
		return errors.New("TOCSIN_DATABASE_URL and TOCSIN_KEYS_DIR are needed: give those of \"tocsin serve\"")
	}
	keys, err := LoadKeys(c.KeysDir)
	if err != nil {
		return err
	}
	marks := keyMarks(keys)
	at := slices.IndexFunc(marks, func(m postgres.KeyMark) bool { return m.Name == name })
	if at < 0 {
		return incident.InvalidField("key", name, "is not the file of a key that can be replaced",
			"master.keyset, codec.keyset, index.key, link.key or ledger.key")
	}
	store, err := postgres.Open(ctx, c.DatabaseURL, keys.Store)
	if err != nil {
		return err
	}
	defer store.Close()
	strange, err := store.StrangeKeys(ctx, marks)
	if err != nil {
		return err
	}
	if !slices.Contains(strange, name) {
		return fmt.Errorf("the key %s is the one that this record was written with: there is nothing to replace", name)
	}
	return store.ReplaceKey(ctx, marks[at], reason)
}
