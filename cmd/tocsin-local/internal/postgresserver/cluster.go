package postgresserver

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// ErrInUse is returned when another process runs PostgreSQL on the same data
// directory.
var ErrInUse = errors.New("the data directory is in use by another tocsin-local; stop that one first or choose another --data")

// lockDirectory takes the lock that the kernel drops when the process dies.
func lockDirectory(root string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(root, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		closing := file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(ErrInUse, closing)
		}
		return nil, errors.Join(fmt.Errorf("lock data directory: %w", err), closing)
	}
	return file, nil
}

// readOrCreatePassword returns the superuser's password. It is written before
// the cluster is created, so no cluster exists whose password is unknown.
func readOrCreatePassword(place place) (string, error) {
	content, err := os.ReadFile(place.passwordFile())
	if err == nil {
		password := strings.TrimSpace(string(content))
		if password == "" {
			return "", fmt.Errorf("%s is empty, expected the database password", place.passwordFile())
		}
		return password, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read database password: %w", err)
	}
	random := make([]byte, 24)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("make database password: %w", err)
	}
	password := hex.EncodeToString(random)
	if err := writeDurably(place.passwordFile(), []byte(password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write database password: %w", err)
	}
	return password, nil
}

// createCluster runs initdb unless a complete cluster is there. It works in a
// directory of its own that is renamed at the end: a kill in between leaves no
// half-made cluster behind.
func createCluster(ctx context.Context, programs string, place place) error {
	version := clusterVersion(place.cluster())
	if version != "" {
		have, err := programVersion(ctx, programs)
		if err != nil {
			return err
		}
		if have != version {
			return fmt.Errorf("the database in %s was made by PostgreSQL %s, found is version %s; "+
				"install version %s or set TOCSIN_PG_BIN to its programs", place.cluster(), version, have, version)
		}
		return nil
	}
	unfinished := place.cluster() + ".unfinished"
	// C.UTF-8 knows upper and lower case beyond ASCII; not every system has it.
	var failure error
	for _, locale := range []string{"C.UTF-8", "C"} {
		if failure = initialise(ctx, programs, place, unfinished, locale); failure == nil {
			break
		}
		if ctx.Err() != nil {
			break
		}
	}
	if failure != nil {
		return errors.Join(failure, os.RemoveAll(unfinished))
	}
	if err := os.Rename(unfinished, place.cluster()); err != nil {
		return fmt.Errorf("put database in place: %w", err)
	}
	return syncDirectory(place.root)
}

func initialise(ctx context.Context, programs string, place place, directory, locale string) (failure error) {
	if err := os.RemoveAll(directory); err != nil {
		return fmt.Errorf("remove unfinished database: %w", err)
	}
	if err := os.Mkdir(directory, 0o700); err != nil {
		return fmt.Errorf("create database directory: %w", err)
	}
	handed, err := handOver(place, directory)
	if err != nil {
		return err
	}
	defer func() { failure = errors.Join(failure, os.Remove(handed)) }()
	command := exec.CommandContext(ctx, filepath.Join(programs, "initdb"), //nolint:gosec // as found or as named by who runs us
		"--pgdata="+directory,
		"--username="+superuser,
		"--pwfile="+handed,
		"--auth=scram-sha-256",
		"--encoding=UTF8",
		"--locale="+locale,
		"--data-checksums")
	command.Dir = place.root
	command.Env = []string{"TZ=UTC", "PATH=" + os.Getenv("PATH")}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if place.owner != nil {
		command.SysProcAttr.Credential = place.owner.credential()
	}
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("create database with %s: %w: %s", command.Path, err, lastLine(output))
	}
	return nil
}

// handOver gives the empty directory and a copy of the password to the user
// that runs initdb, who may not read our own copy. It returns the copy's path.
func handOver(place place, directory string) (string, error) {
	password, err := os.ReadFile(place.passwordFile())
	if err != nil {
		return "", fmt.Errorf("read database password: %w", err)
	}
	handed := place.passwordFile() + ".initdb"
	if err := os.WriteFile(handed, password, 0o600); err != nil { //nolint:gosec // a path of our own making
		return "", fmt.Errorf("hand over database password: %w", err)
	}
	if place.owner == nil {
		return handed, nil
	}
	for _, path := range []string{directory, handed} {
		if err := os.Chown(path, int(place.owner.user), int(place.owner.group)); err != nil {
			return "", errors.Join(fmt.Errorf("hand %s to user %s: %w", path, place.owner.name, err), os.Remove(handed))
		}
	}
	return handed, nil
}

func lastLine(output []byte) string {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	if len(lines) > 3 {
		lines = lines[len(lines)-3:]
	}
	return strings.Join(lines, " | ")
}

// writeDurably replaces a file in one step that survives a crash.
func writeDurably(path string, content []byte, mode fs.FileMode) (failure error) {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if failure != nil {
			failure = errors.Join(failure, os.Remove(temporary.Name()))
		}
	}()
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Chmod(mode), temporary.Sync(), temporary.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(path))
}

func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}
