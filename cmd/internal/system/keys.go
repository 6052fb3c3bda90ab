package system

import (
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
	"golang.org/x/mod/sumdb/note"

	"tocsin/ledger"
	"tocsin/postgres"
)

// Files of the directory of keys.
const (
	masterFile   = "master.keyset" // wraps the key of each incident
	codecFile    = "codec.keyset"  // encrypts Temporal's payloads
	ledgerFile   = "ledger.key"    // signs checkpoints until another follows; see ledgerkey.go
	verifierFile = "ledger.vkey"   // checks them; public
	indexFile    = "index.key"     // matches addresses without storing them
	linkFile     = "link.key"      // signs the links in reminders
)

// Keys are the secrets of an installation.
type Keys struct {
	// Store are the keys of the record and of people's data.
	Store postgres.Keys
	// Codec encrypts Temporal's payloads.
	Codec tink.AEAD
	// Link signs the links in reminders.
	Link []byte
	// Return makes and reads the addresses to which notices come back. It is
	// derived from the key that matches addresses, so that an installation of
	// before has it too.
	Return []byte
}

// CreateKeys makes the keys that a directory lacks, readable by the owner
// alone, and leaves those that are there. It says whether it made any.
func CreateKeys(dir, origin string) (bool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, fmt.Errorf("create the directory of keys: %w", err)
	}
	made := false
	for _, name := range []string{masterFile, codecFile, indexFile, linkFile} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		text, err := newKey(name)
		if err != nil {
			return made, err
		}
		if err := writeSecret(path, text); err != nil {
			return made, err
		}
		made = true
	}
	if _, err := os.Stat(filepath.Join(dir, ledgerFile)); err == nil {
		return made, nil
	}
	secret, public, err := ledger.GenerateKey(origin)
	if err != nil {
		return made, fmt.Errorf("make %s: %w", ledgerFile, err)
	}
	if err := writeSecret(filepath.Join(dir, verifierFile), []byte(public+"\n")); err != nil {
		return made, err
	}
	return true, writeSecret(filepath.Join(dir, ledgerFile), []byte(secret+"\n"))
}

func newKey(name string) ([]byte, error) {
	if name == indexFile || name == linkFile {
		raw := make([]byte, 32)
		if _, err := rand.Read(raw); err != nil {
			return nil, fmt.Errorf("make %s: %w", name, err)
		}
		return []byte(hex.EncodeToString(raw) + "\n"), nil
	}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make %s: %w", name, err)
	}
	var out bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&out)); err != nil {
		return nil, fmt.Errorf("make %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// writeSecret writes a file that only its owner may read, whole or not at all.
func writeSecret(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", filepath.Base(path), err), os.Remove(f.Name()))
	}
	// What the key wraps must not outlive its file: the name is on the disk too
	// before anybody uses it.
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}

// LoadKeys reads every key of a directory.
func LoadKeys(dir string) (Keys, error) {
	var keys Keys
	var err error
	if keys.Store.Master, err = openMasterKey(dir); err != nil {
		return Keys{}, err
	}
	if keys.Codec, err = readKeyset(dir, codecFile); err != nil {
		return Keys{}, err
	}
	if keys.Store.Index, err = readHex(dir, indexFile); err != nil {
		return Keys{}, err
	}
	if keys.Link, err = readHex(dir, linkFile); err != nil {
		return Keys{}, err
	}
	if keys.Return, err = hkdf.Key(sha256.New, keys.Store.Index, nil, "tocsin return addresses 1", sha256.Size); err != nil {
		return Keys{}, fmt.Errorf("derive the key of return addresses: %w", err)
	}
	secret, err := readLine(dir, ledgerFile)
	if err != nil {
		return Keys{}, err
	}
	if keys.Store.VKey, err = readLine(dir, verifierFile); err != nil {
		return Keys{}, err
	}
	if keys.Store.Ledger, err = note.NewSigner(secret); err != nil {
		return Keys{}, fmt.Errorf("%s: not a signing key", ledgerFile)
	}
	if keys.Store.LedgerVerifier, err = note.NewVerifier(keys.Store.VKey); err != nil {
		return Keys{}, fmt.Errorf("%s: not a verifier key", verifierFile)
	}
	if keys.Store.Ledger.KeyHash() != keys.Store.LedgerVerifier.KeyHash() {
		return Keys{}, fmt.Errorf("the key %s does not belong to %s: expected both from the same backup of this installation's keys. Without them %s",
			verifierFile, ledgerFile, withoutKey(ledgerFile))
	}
	keys.Store.Origin = keys.Store.Ledger.Name()
	keys.Store.Successors = successors{dir: dir, first: keys.Store.VKey}
	return keys, nil
}

func readFile(dir, name string) ([]byte, error) {
	content, err := os.ReadFile(filepath.Join(dir, filepath.Base(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the key %s is missing: expected %s, from the backup of this installation's keys. Without it %s. "+
			"Only a new installation makes its keys, by \"tocsin keys create\"", name, filepath.Join(dir, filepath.Base(name)), withoutKey(name))
	}
	if err != nil {
		return nil, fmt.Errorf("read the key %s: %w", name, err)
	}
	return content, nil
}

func readLine(dir, name string) (string, error) {
	content, err := readFile(dir, name)
	return strings.TrimSpace(string(content)), err
}

func readHex(dir, name string) ([]byte, error) {
	text, err := readLine(dir, name)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("the key %s is not 32 bytes in hexadecimal", name)
	}
	return key, nil
}

func readHandle(dir, name string) (*keyset.Handle, error) {
	content, err := readFile(dir, name)
	if err != nil {
		return nil, err
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(content)))
	if err != nil {
		return nil, fmt.Errorf("the key %s is not a Tink keyset", name)
	}
	return handle, nil
}

func readKeyset(dir, name string) (tink.AEAD, error) {
	handle, err := readHandle(dir, name)
	if err != nil {
		return nil, err
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("the key %s is not for authenticated encryption", name)
	}
	return primitive, nil
}
