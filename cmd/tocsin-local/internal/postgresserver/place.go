package postgresserver

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const (
	subdirectory = "postgres"
	// locationFile in the data directory names the place of the cluster when
	// it is not below the data directory itself.
	locationFile   = "postgres.location"
	fallbackParent = "/var/lib"
	fallbackPrefix = "tocsin-local-"
)

// place is where one private PostgreSQL keeps its files.
type place struct {
	root  string // absolute; holds the cluster, the password and the lock
	owner *owner // the user PostgreSQL runs as; nil: the user we are
}

func (p place) cluster() string      { return filepath.Join(p.root, "data") }
func (p place) passwordFile() string { return filepath.Join(p.root, "password") }

// owner is an unprivileged user.
type owner struct {
	name string
	user uint32
	// group is the user's primary group.
	group uint32
}

func (o *owner) credential() *syscall.Credential {
	return &syscall.Credential{Uid: o.user, Gid: o.group}
}

// choosePlace decides where the cluster lives, and creates the directory.
func choosePlace(directory string, logger *slog.Logger) (place, error) {
	absolute, err := filepath.Abs(directory)
	if err != nil {
		return place{}, fmt.Errorf("data directory: %w", err)
	}
	if err := os.MkdirAll(absolute, 0o750); err != nil {
		return place{}, fmt.Errorf("create data directory: %w", err)
	}
	if os.Geteuid() != 0 {
		root := filepath.Join(absolute, subdirectory)
		if err := os.MkdirAll(root, 0o700); err != nil {
			return place{}, fmt.Errorf("create database directory: %w", err)
		}
		return place{root: root}, nil
	}
	owner := ownerOf(filepath.Join(absolute, subdirectory, "data"))
	if owner == nil {
		if owner, err = unprivileged(user.Lookup); err != nil {
			return place{}, err
		}
	}
	root, err := rootFor(absolute, owner, fallbackParent, logger)
	if err != nil {
		return place{}, err
	}
	if err := os.MkdirAll(root, 0o711); err != nil { //nolint:gosec // another user enters it
		return place{}, fmt.Errorf("create database directory: %w", err)
	}
	if err := os.Chmod(root, 0o711); err != nil { //nolint:gosec // another user enters it
		return place{}, fmt.Errorf("open database directory to user %s: %w", owner.name, err)
	}
	return place{root: root, owner: owner}, nil
}

// ownerOf is the user whose cluster is there already: one that an ordinary
// user has started before root did stays that user's.
func ownerOf(cluster string) *owner {
	info, err := os.Stat(cluster)
	if err != nil {
		return nil
	}
	status, ok := info.Sys().(*syscall.Stat_t)
	if !ok || status.Uid == 0 {
		return nil
	}
	return &owner{name: strconv.FormatUint(uint64(status.Uid), 10), user: status.Uid, group: status.Gid}
}

// unprivileged picks the user that PostgreSQL runs as when we are root.
func unprivileged(lookup func(string) (*user.User, error)) (*owner, error) {
	for _, name := range []string{"postgres", "nobody"} {
		found, err := lookup(name)
		if err != nil {
			continue
		}
		number, userFailure := strconv.ParseUint(found.Uid, 10, 32)
		group, groupFailure := strconv.ParseUint(found.Gid, 10, 32)
		if userFailure != nil || groupFailure != nil || number == 0 {
			continue
		}
		return &owner{name: name, user: uint32(number), group: uint32(group)}, nil
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and this machine has neither a user postgres nor nobody; " +
		"start tocsin-local as an ordinary user")
}

// rootFor is the data directory's own subdirectory if the owner can reach it,
// else a directory below parent whose name is kept in the data directory. The
// name is random, so that a data directory deleted and made anew never meets
// the database of the old one.
func rootFor(directory string, owner *owner, parent string, logger *slog.Logger) (string, error) {
	record := filepath.Join(directory, locationFile)
	content, err := os.ReadFile(record)
	switch {
	case err == nil:
		root := strings.TrimSpace(string(content))
		if !filepath.IsAbs(root) {
			return "", fmt.Errorf("%s holds %q, expected the absolute path of the database directory", record, root)
		}
		return root, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("read where the database is: %w", err)
	}
	own := filepath.Join(directory, subdirectory)
	obstacle, err := firstClosedTo(owner, directory)
	if err != nil {
		return "", err
	}
	if obstacle == "" {
		return own, nil
	}
	if _, err := os.Stat(filepath.Join(own, "data", "PG_VERSION")); err == nil {
		return "", fmt.Errorf("the database in %s cannot be opened: PostgreSQL runs as user %s, who may not enter %s; "+
			"allow it with: chmod o+x %s", own, owner.name, obstacle, obstacle)
	}
	random := make([]byte, 6)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("choose a directory name: %w", err)
	}
	root := filepath.Join(parent, fallbackPrefix+hex.EncodeToString(random))
	if err := writeDurably(record, []byte(root+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("record where the database is: %w", err)
	}
	logger.Warn("the database is placed outside the data directory, because the user that PostgreSQL runs as may not enter it",
		"directory", directory, "closed", obstacle, "user", owner.name, "database", root, "recorded_in", record)
	return root, nil
}

// firstClosedTo returns the first directory on the way that the owner may not
// enter, or nothing.
func firstClosedTo(owner *owner, directory string) (string, error) {
	resolved, err := filepath.EvalSymlinks(directory)
	if err != nil {
		return "", fmt.Errorf("data directory: %w", err)
	}
	var way []string
	for current := resolved; ; current = filepath.Dir(current) {
		way = append(way, current)
		if current == filepath.Dir(current) {
			break
		}
	}
	for i := len(way) - 1; i >= 0; i-- {
		info, err := os.Stat(way[i])
		if err != nil {
			return "", fmt.Errorf("data directory: %w", err)
		}
		if !mayEnter(owner, info) {
			return way[i], nil
		}
	}
	return "", nil
}

func mayEnter(owner *owner, info fs.FileInfo) bool {
	status, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	mode := info.Mode().Perm()
	switch {
	case status.Uid == owner.user:
		return mode&0o100 != 0
	case status.Gid == owner.group:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}
