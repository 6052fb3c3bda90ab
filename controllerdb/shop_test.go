package controllerdb_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"tocsin/postgres/postgrestest"
)

const readerPassword = "only-for-tests"

// shop is a controller's own database with 5,000 customers, and a role that may
// read one view of them.
type shop struct {
	t      testing.TB
	admin  *pgx.Conn
	reader string // the role
	url    string // how the role reaches the database
}

func newShop(t testing.TB) *shop {
	t.Helper()
	adminURL, _, _ := postgrestest.New(t)
	conn, err := pgx.Connect(t.Context(), adminURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(adminURL)
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t, admin: conn, reader: "reader_of_" + strings.TrimPrefix(u.Path, "/")}
	s.do(`CREATE SCHEMA shop`)
	s.do(`CREATE TABLE shop.customer (id bigint PRIMARY KEY, mail text, password text NOT NULL, country text)`)
	s.do(`INSERT INTO shop.customer SELECT n, 'customer' || n || '@Example.com', 'secret', 'ES' FROM generate_series(1, 5000) n`)
	s.do(`CREATE VIEW shop.accounts_for_tocsin AS SELECT mail AS email, id::text AS user_id, country FROM shop.customer`)
	s.do(`CREATE ROLE ` + s.reader + ` LOGIN PASSWORD '` + readerPassword + `'`)
	s.do(`GRANT CONNECT ON DATABASE ` + strings.TrimPrefix(u.Path, "/") + ` TO ` + s.reader)
	s.do(`GRANT USAGE ON SCHEMA shop TO ` + s.reader)
	s.do(`GRANT SELECT ON shop.accounts_for_tocsin TO ` + s.reader)
	u.User = url.UserPassword(s.reader, readerPassword)
	s.url = u.String()
	return s
}

// do carries out a statement as the administrator of the shop's database.
func (s *shop) do(statement string) {
	s.t.Helper()
	if _, err := s.admin.Exec(s.t.Context(), statement); err != nil {
		s.t.Fatalf("%s: %v", statement, err)
	}
}

func (s *shop) count(query string) (n int) {
	s.t.Helper()
	if err := s.admin.QueryRow(s.t.Context(), query).Scan(&n); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return n
}
