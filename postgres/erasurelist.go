package postgres

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// ErasureList is the list of erased incidents: a folder outside the database, so
// that a backup of the database that is restored does not bring back what was
// erased. It has one file per incident, named by the incident's id, so that two
// copies of the list are joined by copying the files of one into the other. Each
// file carries a code under a key of the installation, so that nobody without
// the keys can have an incident erased. It holds ids and times alone.
//
// It is safe for concurrent use, also by several programs on one machine.
type ErasureList struct {
	dir string
	key []byte
}

// erasureListVersion begins each file.
const erasureListVersion = "erased-1"

// NewErasureList gives the list in a folder, which need not exist yet. index is
// the installation's index key.
func NewErasureList(dir string, index []byte) *ErasureList {
	mac := hmac.New(sha256.New, index)
	mac.Write([]byte("tocsin list of erased incidents"))
	return &ErasureList{dir: dir, key: mac.Sum(nil)}
}

// IDs gives the ids of the erased incidents, sorted. A file that was not written
// with the keys of this installation is an error: nothing is erased by it, and
// nothing should be served until somebody has looked.
func (l *ErasureList) IDs() ([]string, error) {
	entries, err := os.ReadDir(l.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, l.failed("read", err)
	}
	var ids []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue // being written, or the operator's own
		}
		if err := l.check(e.Name()); err != nil {
			return nil, err
		}
		ids = append(ids, e.Name())
	}
	return ids, nil
}

// check refuses a file that this installation did not write.
func (l *ErasureList) check(id string) error {
	content, err := os.ReadFile(filepath.Join(l.dir, id))
	if err != nil {
		return l.failed("read", err)
	}
	parts := strings.Fields(string(content))
	if len(parts) != 4 || parts[1] != id || !hmac.Equal([]byte(parts[3]), []byte(l.code(parts[0], parts[1], parts[2]))) {
		return fmt.Errorf("the list of erased incidents, %s: the file %s was not written with the keys of this installation; "+
			"restore the list from its newest copy, together with the keys", l.dir, id)
	}
	return nil
}

func (l *ErasureList) code(version, id, at string) string {
	mac := hmac.New(sha256.New, l.key)
	mac.Write([]byte(version + " " + id + " " + at))
	return hex.EncodeToString(mac.Sum(nil))
}

// Add writes an incident into the list, and returns when it is on the disk. One
// that the list has stays as it is.
func (l *ErasureList) Add(id string, at time.Time) error {
	if id == "" || id != filepath.Base(id) || strings.HasPrefix(id, ".") ||
		strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("the list of erased incidents: %q is not an incident's id", id)
	}
	if _, err := os.Stat(filepath.Join(l.dir, id)); err == nil {
		return l.check(id)
	}
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return l.failed("written", err)
	}
	f, err := os.CreateTemp(l.dir, ".erased-*")
	if err != nil {
		return l.failed("written", err)
	}
	when := at.UTC().Format(time.RFC3339)
	_, err = fmt.Fprintf(f, "%s %s %s %s\n", erasureListVersion, id, when, l.code(erasureListVersion, id, when))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(l.dir, id))
	}
	if err != nil {
		return l.failed("written", errors.Join(err, os.Remove(f.Name())))
	}
	return l.settle()
}

// settle brings the folder's own entries to the disk.
func (l *ErasureList) settle() error {
	folder, err := os.Open(l.dir)
	if err != nil {
		return l.failed("written", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return l.failed("written", err)
	}
	return nil
}

func (l *ErasureList) failed(what string, err error) error {
	return fmt.Errorf("the list of erased incidents, %s, cannot be %s: %w", l.dir, what, err)
}
