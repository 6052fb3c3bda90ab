package postgres_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestTheRecordCannotBeChangedByAnybody(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	adminURL, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	if _, err := s.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, role := range []struct{ name, url, state string }{
		{"the application lacks the right", appURL, "42501"},
		{"the owner meets the trigger", ownerURL, "23000"},
		{"the administrator meets the trigger", adminURL, "23000"},
	} {
		conn := connect(t, role.url)
		for table, column := range map[string]string{
			"event": "type", "recording": "command", "ledger_entry": "incident", "checkpoint": "note", "ledger_hash": "hash",
		} {
			for _, statement := range []string{
				fmt.Sprintf(`UPDATE %s SET %s = %s`, table, column, column),
				`UPDATE ` + table + ` SET ` + column + ` = ` + column + ` WHERE false`,
				`DELETE FROM ` + table,
				`TRUNCATE ` + table + ` CASCADE`,
			} {
				_, err := conn.Exec(t.Context(), statement)
				fault, ok := errors.AsType[*pgconn.PgError](err)
				if !ok || fault.Code != role.state {
					t.Errorf("%s: %s gives %v, want SQLSTATE %s", role.name, statement, err, role.state)
				}
			}
		}
	}
	replica := connect(t, adminURL)
	if _, err := replica.Exec(t.Context(), `SET session_replication_role = replica`); err != nil {
		t.Fatal(err)
	}
	if _, err := replica.Exec(t.Context(), `DELETE FROM event`); err == nil {
		t.Error("a session that claims to be a replica deleted events")
	}
	for _, statement := range []string{
		`ALTER TABLE event DISABLE TRIGGER ALL`, `DROP TABLE event CASCADE`, `CREATE TABLE tocsin.mine ()`,
		`DELETE FROM document`, `UPDATE document SET name = name`, `DELETE FROM incident`, `SET ROLE tocsin_owner`,
	} {
		if _, err := connect(t, appURL).Exec(t.Context(), statement); err == nil {
			t.Errorf("the application may %s", statement)
		}
	}
	checkLedger(t, s, "case")
}

func TestOpenRefusesWhatItMustNotWorkWith(t *testing.T) {
	t.Parallel()
	_, ownerURL, appURL := postgrestest.New(t)
	keys := postgrestest.Keys(t)
	refuse := func(what, url string, keys postgres.Keys, want string) {
		t.Helper()
		s, err := postgres.Open(t.Context(), url, keys)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want %q", what, err, want)
		}
	}
	refuse("a database without tables", appURL, keys, "run tocsin migrate")
	for range 2 { // migrating again, and by several at once, changes nothing
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if err := postgres.Migrate(t.Context(), ownerURL, postgrestest.AppRole); err != nil {
					t.Errorf("migrate: %v", err)
				}
			})
		}
		all.Wait()
	}
	refuse("the owner's role", ownerURL, keys, "may change the record")
	refuse("a malformed address", "postgres://user:hunter2@[", keys, "not valid")
	short := keys
	short.Index = short.Index[:16]
	refuse("a short index key", appURL, short, "32 bytes")
	other := keys
	other.VKey = postgrestest.Keys(t).VKey
	refuse("a verifier key of another ledger", appURL, other, "does not belong")
	postgrestest.Open(t, appURL, keys)
}

func TestMigrateNeedsAnApplicationRoleOfItsOwn(t *testing.T) {
	t.Parallel()
	_, ownerURL, _ := postgrestest.New(t)
	for role, want := range map[string]string{
		postgrestest.OwnerRole: "is the owner", "nobody_knows": "does not exist",
	} {
		if err := postgres.Migrate(t.Context(), ownerURL, role); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("migrating for %s gives %v, want %q", role, err, want)
		}
	}
	if err := postgres.Migrate(t.Context(), "postgres://user:hunter2@[", postgrestest.AppRole); err == nil ||
		strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a malformed address gives %v, want an error without the password", err)
	}
}

func TestEnsureDatabaseMayBeRunAgainAndChangesPasswords(t *testing.T) {
	t.Parallel()
	cluster := postgrestest.Start(t, false)
	adminURL, _, _ := cluster.New(t)
	d := postgres.Database{Name: "tocsin", Owner: "Owner of it", OwnerPassword: "o'wner $1", App: "app", AppPassword: "first"}
	for range 2 {
		if err := postgres.EnsureDatabase(t.Context(), adminURL, d); err != nil {
			t.Fatal(err)
		}
	}
	address := func(user, password, database string) string {
		t.Helper()
		u, err := url.Parse(adminURL)
		if err != nil {
			t.Fatal(err)
		}
		u.User, u.Path = url.UserPassword(user, password), "/"+database
		return u.String()
	}
	if err := postgres.Migrate(t.Context(), address(d.Owner, d.OwnerPassword, d.Name), d.App); err != nil {
		t.Fatal(err)
	}
	d.AppPassword = "second"
	if err := postgres.EnsureDatabase(t.Context(), adminURL, d); err != nil {
		t.Fatal(err)
	}
	postgrestest.Open(t, address(d.App, "second", d.Name), postgrestest.Keys(t))
	if _, err := postgres.Open(t.Context(), address(d.App, "first", d.Name), postgrestest.Keys(t)); err == nil {
		t.Error("the old password still opens the database")
	}
	for what, change := range map[string]func(d *postgres.Database){
		"one role for both":         func(d *postgres.Database) { d.App = d.Owner },
		"no password":               func(d *postgres.Database) { d.AppPassword = "" },
		"a password beyond ASCII":   func(d *postgres.Database) { d.OwnerPassword = "contraseña" },
		"a database without name":   func(d *postgres.Database) { d.Name = "" },
		"a password with a newline": func(d *postgres.Database) { d.OwnerPassword = "a\nb" },
	} {
		wrong := d
		change(&wrong)
		if err := postgres.EnsureDatabase(t.Context(), adminURL, wrong); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
}
