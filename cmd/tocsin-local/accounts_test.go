package main

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/postgres/postgrestest"
)

const shopPassword = "only-for-the-shop"

// shop is the controller's own database: accounts p0 to p9 at example.org and
// one that is in no vendor's file. It gives the addresses of a role that reads
// one view, as the operator's guide makes it, and of one that may write.
func shop(t *testing.T) (reader, writer string) {
	t.Helper()
	admin, _, _ := postgrestest.New(t)
	conn, err := pgx.Connect(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	if _, err := conn.Exec(t.Context(), strings.NewReplacer("DB", name, "SECRET", shopPassword).Replace(`
		CREATE SCHEMA shop;
		CREATE TABLE shop.customer (id bigint PRIMARY KEY, mail text, country text);
		INSERT INTO shop.customer SELECT n, 'P' || n || '@Example.org', 'ES' FROM generate_series(0, 9) n;
		INSERT INTO shop.customer VALUES (77, 'somebody.else@example.net', 'FR');
		CREATE VIEW shop.accounts_for_tocsin AS SELECT mail AS email, id::text AS user_id FROM shop.customer;
		CREATE ROLE reader_of_DB LOGIN PASSWORD 'SECRET';
		CREATE ROLE writer_of_DB LOGIN PASSWORD 'SECRET';
		GRANT CONNECT ON DATABASE DB TO reader_of_DB, writer_of_DB;
		GRANT USAGE ON SCHEMA shop TO reader_of_DB, writer_of_DB;
		GRANT SELECT ON shop.accounts_for_tocsin TO reader_of_DB, writer_of_DB;
		GRANT UPDATE ON shop.customer TO writer_of_DB`)); err != nil {
		t.Fatal(err)
	}
	as := func(role string) string {
		u.User = url.UserPassword(role+"_of_"+name, shopPassword)
		return u.String()
	}
	return as("reader"), as("writer")
}

// TestAccountsComeFromTheControllersDatabaseOnOneMachine gives tocsin-local the
// two settings, the address in a file, and matches people against what the query
// gave.
func TestAccountsComeFromTheControllersDatabaseOnOneMachine(t *testing.T) {
	reader, _ := shop(t)
	secret := filepath.Join(t.TempDir(), "shop_url")
	if err := os.WriteFile(secret, []byte(reader+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TOCSIN_ACCOUNTS_DATABASE_URL_FILE", secret)
	t.Setenv("TOCSIN_ACCOUNTS_QUERY", "SELECT email, user_id FROM shop.accounts_for_tocsin")
	dir := folder(t)
	r := start(t, dir, "127.0.0.1:0")
	t.Cleanup(func() { r.stop(t) })
	dpo := firstAccount(t, dir)

	var read struct {
		Source         string
		Rows, Accounts int
		DryRun         bool `json:"dry_run"`
	}
	r.give(t, dpo, &read, "people", "accounts", "--from-database", "--dry-run")
	if !read.DryRun || read.Accounts != 11 {
		t.Errorf("the trial gives %+v, expected 11 accounts", read)
	}
	r.give(t, dpo, &read, "people", "accounts", "--from-database")
	if read.DryRun || read.Accounts != 11 || read.Rows != 11 || read.Source != "database" {
		t.Errorf("the load gives %+v, expected 11 accounts from the database", read)
	}

	id := openReal(t, r, dpo, time.Now().Add(-time.Hour))
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte("email,name\np1@example.org,One\np2@EXAMPLE.org,Two\nstranger@example.org,Nobody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.give(t, dpo, nil, "people", "import", id, "--file", file)
	var matched struct {
		InAccounts    int `json:"in_accounts"`
		NotInAccounts int `json:"not_in_accounts"`
		NotInFile     int `json:"not_in_file"`
	}
	r.give(t, dpo, &matched, "people", "matching", id)
	if matched.InAccounts != 2 || matched.NotInAccounts != 1 || matched.NotInFile != 9 {
		t.Errorf("the matching gives %+v, expected 2 in the accounts, 1 not, 9 accounts not in the file", matched)
	}
	log, err := os.ReadFile(r.log)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(log, []byte(shopPassword)) || bytes.Contains(log, []byte("accounts_for_tocsin")) {
		t.Error("the log names the password or the query")
	}
}

// TestAQueryThatMayNotRunIsRefusedOnOneMachine: half a setting stops the start,
// and a role that may write is not used.
func TestAQueryThatMayNotRunIsRefusedOnOneMachine(t *testing.T) {
	_, writer := shop(t)
	t.Setenv("TOCSIN_ACCOUNTS_QUERY", "SELECT email, user_id FROM shop.accounts_for_tocsin")
	dir := folder(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if p, err := launchOn(ctx, programs.local, dir, "127.0.0.1:0"); err == nil {
		t.Errorf("it started without the address: %v", p.stop())
	} else if !strings.Contains(err.Error(), "TOCSIN_ACCOUNTS_DATABASE_URL: is not set") {
		t.Errorf("the refusal is %v", err)
	}

	t.Setenv("TOCSIN_ACCOUNTS_DATABASE_URL", writer)
	r := start(t, dir, "127.0.0.1:0")
	t.Cleanup(func() { r.stop(t) })
	_, said, err := r.run(t.Context(), firstAccount(t, dir), "people", "accounts", "--from-database", "-o", "json")
	if exitCode(err) != 1 || !strings.Contains(said, "its role may write") || strings.Contains(said, shopPassword) {
		t.Errorf("exit code %d, %q", exitCode(err), said)
	}
}
