package system

import (
	"crypto/rand"
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

// readMachine reads what this machine keeps, and makes it the first time. Several
// processes of one machine share it.
func readMachine(dir string) (postgres.Machine, error) {
	path := filepath.Join(dir, machineFile)
	content, err := os.ReadFile(path) //nolint:gosec // the operator names the folder
	if errors.Is(err, fs.ErrNotExist) {
		fresh := postgres.Machine{ID: strings.ToLower(rand.Text())}
		// Whoever is first makes it; the others read what that one wrote.
		if err := writeMachine(dir, fresh, os.Link); err == nil {
			return fresh, nil
		} else if !errors.Is(err, fs.ErrExist) {
			return postgres.Machine{}, fmt.Errorf("%s cannot be written: %w; the folder of TOCSIN_ERASED_DIR has to be writable for workers", path, err)
		}
		content, err = os.ReadFile(path) //nolint:gosec // as above
	}
	if err != nil {
		return postgres.Machine{}, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	var m postgres.Machine
	if err := json.Unmarshal(content, &m); err != nil || len(m.ID) < 16 || len(m.ID) > 64 {
		return m, fmt.Errorf("%s is damaged: remove it, start the workers and let this machine in by \"tocsin recover --take-over\"", path)
	}
	return m, nil
}

// writeMachine writes the file whole or not at all; place puts it where it belongs.
func writeMachine(dir string, m postgres.Machine, place func(from, to string) error) error {
	content, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".machine-*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(content, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = place(f.Name(), filepath.Join(dir, machineFile))
	}
	if gone := os.Remove(f.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}
