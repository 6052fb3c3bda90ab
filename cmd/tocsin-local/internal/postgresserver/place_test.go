package postgresserver

import (
	"context"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"tocsin/cmd/tocsin-local/internal/testfolder"
)

func TestTheUserThatPostgreSQLRunsAs(t *testing.T) {
	machine := func(users map[string]string) func(string) (*user.User, error) {
		return func(name string) (*user.User, error) {
			if number, found := users[name]; found {
				return &user.User{Uid: number, Gid: number}, nil
			}
			return nil, errors.New("unknown user")
		}
	}
	for name, test := range map[string]struct {
		users map[string]string
		want  string
	}{
		"postgres if there is one": {map[string]string{"postgres": "101", "nobody": "65534"}, "postgres"},
		"else nobody":              {map[string]string{"nobody": "65534"}, "nobody"},
		"never root":               {map[string]string{"postgres": "0", "nobody": "65534"}, "nobody"},
	} {
		if got, err := unprivileged(machine(test.users)); err != nil || got.name != test.want {
			t.Errorf("%s: got %+v, %v, want %s", name, got, err, test.want)
		}
	}
	if _, err := unprivileged(machine(nil)); err == nil || !strings.Contains(err.Error(), "ordinary user") {
		t.Errorf("without such a user: got %v, want the advice to start as an ordinary user", err)
	}
}

func TestADirectoryClosedToThatUserMovesTheDatabaseOnceAndForGood(t *testing.T) {
	stranger := &owner{name: "stranger", user: 54321, group: 54321}
	base := testfolder.Make(t)
	closed := filepath.Join(base, "closed")
	directory := filepath.Join(closed, "data")
	if err := os.MkdirAll(directory, 0o755); err != nil { // the parent is what is closed
		t.Fatal(err)
	}
	if err := os.Chmod(closed, 0o700); err != nil { // closed to others
		t.Fatal(err)
	}
	parent := t.TempDir()
	root, err := rootFor(directory, stranger, parent, quiet())
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Dir(root) != parent || !strings.HasPrefix(filepath.Base(root), fallbackPrefix) {
		t.Errorf("the database is placed in %s, want a directory below %s", root, parent)
	}
	recorded, err := os.ReadFile(filepath.Join(directory, locationFile))
	if err != nil || strings.TrimSpace(string(recorded)) != root {
		t.Errorf("%s holds %q, %v, want %s", locationFile, recorded, err, root)
	}
	// Opened later, it still finds its database where it is.
	if err := os.Chmod(closed, 0o755); err != nil { // open again
		t.Fatal(err)
	}
	if again, err := rootFor(directory, stranger, parent, quiet()); err != nil || again != root {
		t.Errorf("the second start looks in %s, %v, want %s", again, err, root)
	}
	fresh := filepath.Join(closed, "fresh")
	if err := os.Mkdir(fresh, 0o755); err != nil { // open
		t.Fatal(err)
	}
	if own, err := rootFor(fresh, stranger, parent, quiet()); err != nil || own != filepath.Join(fresh, subdirectory) {
		t.Errorf("an open directory places the database in %s, %v", own, err)
	}
}

func TestADatabaseThatBecameUnreachableIsNotReplacedByAnEmptyOne(t *testing.T) {
	stranger := &owner{name: "stranger", user: 54321, group: 54321}
	closed := filepath.Join(testfolder.Make(t), "closed")
	cluster := filepath.Join(closed, subdirectory, "data")
	if err := os.MkdirAll(cluster, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cluster, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(closed, 0o700); err != nil { // closed to others
		t.Fatal(err)
	}
	_, err := rootFor(closed, stranger, t.TempDir(), quiet())
	if err == nil || !strings.Contains(err.Error(), "chmod o+x "+closed) {
		t.Errorf("got %v, want an error with the chmod that helps", err)
	}
}

func TestAsRootADirectoryClosedToOthersIsServedFromElsewhere(t *testing.T) {
	if os.Geteuid() != 0 {
		// An ordinary user runs PostgreSQL itself and needs no other place.
		directory := t.TempDir()
		chosen, err := choosePlace(directory, quiet())
		if err != nil || chosen.owner != nil || chosen.root != filepath.Join(directory, subdirectory) {
			t.Fatalf("chose %+v, %v", chosen, err)
		}
		return
	}
	directory := t.TempDir()                           // closed to others by the testing package
	if err := os.Chmod(directory, 0o700); err != nil { // closed to others
		t.Fatal(err)
	}
	server := start(t, directory)
	recorded, err := os.ReadFile(filepath.Join(directory, locationFile))
	if err != nil {
		t.Fatal(err)
	}
	root := strings.TrimSpace(string(recorded))
	t.Cleanup(func() {
		if err := errors.Join(server.Stop(context.Background()), os.RemoveAll(root)); err != nil {
			t.Error(err)
		}
	})
	if filepath.Dir(root) != fallbackParent {
		t.Errorf("the database is in %s, want it below %s", root, fallbackParent)
	}
	if got := query(t, server, "select 'alive'"); got != "alive" {
		t.Errorf("the server answers %q", got)
	}
}

func TestADatabaseOfAnotherVersionIsNamed(t *testing.T) {
	directory := testfolder.Make(t)
	server := start(t, directory)
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(server.directory, "PG_VERSION"), []byte("13\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{Dir: directory, Logger: quiet()})
	if err == nil || !strings.Contains(err.Error(), "made by PostgreSQL 13") {
		t.Errorf("got %v, want an error that names version 13", err)
	}
}
