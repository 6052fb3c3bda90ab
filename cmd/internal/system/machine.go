package system

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tocsin/postgres"
)

// machineFile is the file, beside the list of erased incidents and so outside the
// database, by which a machine with workers recognises a copy of the database.
const machineFile = ".machine.json"

// kept is the content of the file.
type kept struct {
	postgres.Machine
	// Born is when the file system made the file; empty where it does not say. A copy of
	// the file is younger than it says: it stands for another machine.
	Born string `json:"born,omitempty"`
}

// readMachine reads what this machine keeps, and makes it the first time. Several
// processes of one machine share it. copied says that the file was brought here from
// elsewhere: the machine has a name of its own then, and what was seen counts on.
func readMachine(dir string) (m postgres.Machine, copied bool, err error) {
	path := filepath.Join(dir, machineFile)
	content, err := os.ReadFile(path) //nolint:gosec // the operator names the folder
	if errors.Is(err, fs.ErrNotExist) {
		fresh := postgres.Machine{ID: strings.ToLower(rand.Text())}
		// Whoever is first makes it; the others read what that one wrote.
		if err := writeMachine(dir, fresh, os.Link); err == nil {
			return fresh, false, nil
		} else if !errors.Is(err, fs.ErrExist) {
			return postgres.Machine{}, false, fmt.Errorf("%s cannot be written: %w; the folder of TOCSIN_ERASED_DIR has to be writable for workers", path, err)
		}
		content, err = os.ReadFile(path) //nolint:gosec // as above
	}
	if err != nil {
		return postgres.Machine{}, false, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	var k kept
	if err := json.Unmarshal(content, &k); err != nil || len(k.ID) < 16 || len(k.ID) > 64 {
		return k.Machine, false, fmt.Errorf("%s is damaged: remove it, start the workers and let this machine in by \"tocsin recover --take-over\"", path)
	}
	now := born(path)
	if k.Born == "" || now == "" || k.Born == now {
		return k.Machine, false, nil
	}
	// All processes here find the same name until one of them has written it down.
	name := sha256.Sum256([]byte(k.ID + " " + now))
	k.ID = hex.EncodeToString(name[:16])
	return k.Machine, true, nil
}

// writeMachine writes the file whole or not at all; place puts it where it belongs.
func writeMachine(dir string, m postgres.Machine, place func(from, to string) error) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".machine-*")
	if err != nil {
		return err
	}
	content, err := json.Marshal(kept{m, born(f.Name())})
	if err == nil {
		_, err = f.Write(append(content, '\n'))
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = place(f.Name(), filepath.Join(dir, machineFile))
	}
	if gone := os.Remove(f.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}
