package system

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// masterKey is the keyset of [masterFile], which a rotation changes while
// servers and workers run. It is read again when its file has changed: before it
// wraps, and when it cannot unwrap. While the file is away or bad, the keyset in
// memory is used.
type masterKey struct {
	path string

	mu      sync.Mutex
	current tink.AEAD
	seen    stamp
}

// openMasterKey reads the keyset of a directory of keys.
func openMasterKey(dir string) (*masterKey, error) {
	m := &masterKey{path: filepath.Join(dir, masterFile)}
	if info, err := os.Stat(m.path); err == nil { // what is missing is said by the reading
		m.seen = stamp{info.ModTime(), info.Size()}
	}
	var err error
	if m.current, err = readKeyset(dir, masterFile); err != nil {
		return nil, err
	}
	return m, nil
}

// Encrypt wraps by the newest key that is to be used.
func (m *masterKey) Encrypt(plain, bound []byte) ([]byte, error) {
	now, _ := m.refreshed()
	return now.Encrypt(plain, bound)
}

// Decrypt unwraps by whichever key of the keyset wrapped.
func (m *masterKey) Decrypt(sealed, bound []byte) ([]byte, error) {
	m.mu.Lock()
	now := m.current
	m.mu.Unlock()
	plain, err := now.Decrypt(sealed, bound)
	if err == nil {
		return plain, nil
	}
	if fresh, changed := m.refreshed(); changed || fresh != now {
		return fresh.Decrypt(sealed, bound)
	}
	return nil, err
}

// refreshed is the keyset as its file has it now, and says whether it was read
// again.
func (m *masterKey) refreshed() (tink.AEAD, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	info, err := os.Stat(m.path)
	if err != nil || (stamp{info.ModTime(), info.Size()}) == m.seen {
		return m.current, false
	}
	fresh, err := readKeyset(filepath.Dir(m.path), masterFile)
	if err != nil {
		return m.current, false
	}
	m.current, m.seen = fresh, stamp{info.ModTime(), info.Size()}
	return m.current, true
}

// masterKeyset is the content of [masterFile] for a rotation. Its keys stand in
// the order in which they were made.
type masterKeyset struct {
	dir    string
	handle *keyset.Handle
}

func readMasterKeyset(dir string) (*masterKeyset, error) {
	handle, err := readHandle(dir, masterFile)
	if err != nil {
		return nil, err
	}
	return &masterKeyset{dir: dir, handle: handle}, nil
}

// keyID is an id as people and the record write it.
func keyID(id uint32) string { return fmt.Sprintf("%08x", id) }

// primary is the key that wraps; prepared is the newest when that comes after it,
// and zero when there is none.
func (k *masterKeyset) primary() (primary, prepared uint32, err error) {
	for i := range k.handle.Len() {
		entry, err := k.handle.Entry(i)
		if err != nil {
			return 0, 0, fmt.Errorf("read %s: %w", masterFile, err)
		}
		switch {
		case entry.IsPrimary():
			primary, prepared = entry.KeyID(), 0
		case entry.KeyStatus() == keyset.Enabled:
			prepared = entry.KeyID()
		}
	}
	return primary, prepared, nil
}

// find gives the key with an id as the record writes it.
func (k *masterKeyset) find(id string) (uint32, bool) {
	for _, info := range k.handle.KeysetInfo().GetKeyInfo() {
		if keyID(info.GetKeyId()) == id {
			return info.GetKeyId(), true
		}
	}
	return 0, false
}

// newer says whether a key was made after another one.
func (k *masterKeyset) newer(id, other uint32) bool {
	place := map[uint32]int{}
	for i, info := range k.handle.KeysetInfo().GetKeyInfo() {
		place[info.GetKeyId()] = i
	}
	return place[id] > place[other]
}

// prepare adds a key that does not wrap yet.
func (k *masterKeyset) prepare() (added uint32, err error) {
	err = k.change(func(m *keyset.Manager) error {
		added, err = m.Add(aead.AES256GCMKeyTemplate())
		return err
	})
	return added, err
}

// promote lets a key of the keyset wrap from now on. All others stay, to unwrap.
func (k *masterKeyset) promote(id uint32) error {
	return k.change(func(m *keyset.Manager) error { return m.SetPrimary(id) })
}

// change writes the changed keyset whole or not at all.
func (k *masterKeyset) change(do func(*keyset.Manager) error) error {
	manager := keyset.NewManagerFromHandle(k.handle)
	if err := do(manager); err != nil {
		return fmt.Errorf("change %s: %w", masterFile, err)
	}
	handle, err := manager.Handle()
	if err != nil {
		return fmt.Errorf("change %s: %w", masterFile, err)
	}
	var out bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&out)); err != nil {
		return fmt.Errorf("change %s: %w", masterFile, err)
	}
	if err := writeSecret(filepath.Join(k.dir, masterFile), out.Bytes()); err != nil {
		return err
	}
	k.handle = handle
	return nil
}
