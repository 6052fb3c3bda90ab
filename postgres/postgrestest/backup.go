package postgrestest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// tool runs one of PostgreSQL's programs as the user of the server.
func (s *server) tool(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := s.command(filepath.Join(s.bin, name), args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// Dump backs one database up by pg_dump, and gives the file.
func (c *Cluster) Dump(t testing.TB, adminURL string) string {
	t.Helper()
	file := filepath.Join(c.server.dir, c.name()+".dump")
	c.server.tool(t, "pg_dump", "--format=custom", "--file="+file, adminURL)
	return file
}

// Restore brings a dump into an empty database of this cluster by pg_restore.
func (c *Cluster) Restore(t testing.TB, adminURL, file string) {
	t.Helper()
	c.server.tool(t, "pg_restore", "--exit-on-error", "--dbname="+adminURL, file)
}

// BaseBackup is a copy of a whole cluster, made by pg_basebackup while it ran.
type BaseBackup struct{ server *server }

// BaseBackup backs the whole cluster up, with the log that belongs to it.
func (c *Cluster) BaseBackup(t testing.TB) *BaseBackup {
	t.Helper()
	s := &server{bin: c.server.bin, as: c.server.as}
	var err error
	if s.dir, err = os.MkdirTemp(reachable(os.TempDir()), "tocsin-postgres-"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(s.stop(false), os.RemoveAll(s.dir)); err != nil {
			t.Errorf("remove the backup: %v", err)
		}
	})
	if s.as != nil {
		if err := os.Chown(s.dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	s.tool(t, "pg_basebackup", "--pgdata="+filepath.Join(s.dir, "data"), "--wal-method=stream", "--no-sync", "--checkpoint=fast",
		"--dbname="+c.server.url(superuser, password, "postgres"))
	return &BaseBackup{s}
}

// Promote starts the backup as a cluster of its own, on the timeline that PostgreSQL
// begins for it, and gives an address of the original for it.
func (b *BaseBackup) Promote(t testing.TB, database string) (adminURL, appURL string) {
	t.Helper()
	s := b.server
	data := filepath.Join(s.dir, "data")
	settings, err := os.OpenFile(filepath.Join(data, "postgresql.auto.conf"), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	// What pg_basebackup brought along is all the log there is.
	_, err = settings.WriteString("restore_command = '/bin/false'\n")
	signal := filepath.Join(data, "recovery.signal")
	if err := errors.Join(err, settings.Close(), os.WriteFile(signal, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if s.as != nil {
		if err := os.Chown(signal, int(s.as.Uid), int(s.as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	if s.port, err = freePort(); err != nil {
		t.Fatal(err)
	}
	if err := s.start(); err != nil {
		t.Fatalf("start the base backup: %v", err)
	}
	// It answers before it has been promoted, and may only be read until then.
	for deadline := time.Now().Add(30 * time.Second); ; <-time.After(20 * time.Millisecond) {
		if promoted, err := s.promoted(); promoted {
			return s.url(superuser, password, database), s.url(AppRole, password, database)
		} else if time.Now().After(deadline) {
			t.Fatalf("the base backup was not promoted: %v", err)
		}
	}
}

// promoted says whether the server takes changes in.
func (s *server) promoted() (is bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url(superuser, password, "postgres"))
	if err != nil {
		return false, err
	}
	err = conn.QueryRow(ctx, `SELECT NOT pg_is_in_recovery()`).Scan(&is)
	return is, errors.Join(err, conn.Close(ctx))
}
