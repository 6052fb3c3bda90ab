package controllerdb_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"tocsin/controllerdb"
	"tocsin/incident"
	"tocsin/people"
)

const theQuery = `SELECT email, user_id, country FROM shop.accounts_for_tocsin`

func (s *shop) source(query string) *controllerdb.Source {
	s.t.Helper()
	source, err := controllerdb.New(s.url, query)
	if err != nil {
		s.t.Fatal(err)
	}
	return source
}

// read gives the people of a query.
func (s *shop) read(query string) ([]people.Person, controllerdb.Reading, error) {
	s.t.Helper()
	var all []people.Person
	reading, err := s.source(query).Read(s.t.Context(), people.Options{}, func(p people.Person) error {
		all = append(all, p)
		return nil
	})
	return all, reading, err
}

func TestAccountsAreReadRowByRowAndMappedByName(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	all, reading, err := s.read(theQuery + ` ORDER BY user_id::bigint;`)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 5000 || all[4999].Email != "customer5000@example.com" || all[4999].UserID != "5000" || all[0].Country != "ES" {
		t.Fatalf("%d accounts were read, the last is %+v", len(all), all[len(all)-1])
	}
	sum := reading.Summary
	if sum.Rows != 5000 || sum.Accepted != 5000 || sum.Columns["user_id"] != "user_id" || sum.Format != people.Table {
		t.Errorf("the summary is %+v", sum)
	}
	_, again, err := s.read(theQuery + ` ORDER BY user_id::bigint`)
	if err != nil || again.SHA256 != reading.SHA256 || len(reading.SHA256) != 64 {
		t.Errorf("the same rows have the hashes %q and %q (%v)", reading.SHA256, again.SHA256, err)
	}
	s.do(`UPDATE shop.customer SET mail = NULL WHERE id = 7`)
	_, changed, err := s.read(theQuery + ` ORDER BY user_id::bigint`)
	if err != nil || changed.SHA256 == reading.SHA256 {
		t.Errorf("another row does not change the hash (%v)", err)
	}
}

func TestRowsThatCannotBeReadAreCountedByTheirNumber(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, reading, err := s.read(`SELECT * FROM (VALUES ('a@example.com', 'x'), (NULL, NULL), ('A@example.com', 'y'), (repeat('b', 3000), 'z')) AS v (email, user_id)`)
	if err != nil {
		t.Fatal(err)
	}
	sum := reading.Summary
	if sum.Rows != 4 || sum.Accepted != 1 || sum.Duplicates != 1 || sum.RejectedRows != 2 || sum.Rejected[0].Line != 2 || sum.Rejected[1].Line != 4 {
		t.Errorf("the summary is %+v", sum)
	}
}

func TestWhatIsNotReadingIsRefusedAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.do(`CREATE FUNCTION shop.spend() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ DELETE FROM shop.customer RETURNING 'x' $$`)
	s.do(`CREATE SEQUENCE shop.counter`)
	s.do(`GRANT USAGE ON SEQUENCE shop.counter TO ` + s.reader)
	for name, query := range map[string]string{
		"a deletion":                 `DELETE FROM shop.customer RETURNING mail AS email`,
		"a deletion within":          `WITH gone AS (DELETE FROM shop.customer RETURNING mail) SELECT mail AS email FROM gone`,
		"a function that deletes":    `SELECT shop.spend() AS email`,
		"a sequence":                 `SELECT nextval('shop.counter')::text AS email`,
		"a second statement":         `SELECT email FROM shop.accounts_for_tocsin; DELETE FROM shop.customer`,
		"the end of the transaction": `SELECT 'a@example.com' AS email; COMMIT; DELETE FROM shop.customer`,
		"a lock":                     `SELECT email FROM shop.accounts_for_tocsin FOR UPDATE`,
		"a way out of read-only":     `SELECT set_config('transaction_read_only', 'off', false) AS email`,
		"a file of the server":       `SELECT pg_read_file('/etc/passwd') AS email`,
		"the table behind the view":  `SELECT password AS email FROM shop.customer`,
		"a name without its schema":  `SELECT email FROM accounts_for_tocsin`,
		"no SELECT":                  `SELEKT email`,
		"no column of a person":      `SELECT country FROM shop.accounts_for_tocsin`,
		"a column twice":             `SELECT email, email FROM shop.accounts_for_tocsin`,
		"a value that fails":         `SELECT (email::int)::text AS email FROM shop.accounts_for_tocsin`,
		"no columns":                 `SELECT FROM shop.accounts_for_tocsin`,
	} {
		_, _, err := s.read(query)
		told, isTold := errors.AsType[*incident.Error](err)
		if _, invalid := errors.AsType[*people.InvalidError](err); err == nil || !isTold && !invalid {
			t.Errorf("%s gives %v", name, err)
			continue
		}
		if isTold && told.Kind == incident.Internal {
			t.Errorf("%s is told as a fault of Tocsin: %v", name, err)
		}
		for _, secret := range []string{readerPassword, s.reader, "customer1", "127.0.0.1", "shop"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error holds %q: %v", name, secret, err)
			}
		}
	}
	if n := s.count(`SELECT count(*) FROM shop.customer`); n != 5000 {
		t.Errorf("%d customers are left", n)
	}
}

func TestASessionThatCouldWriteIsRefused(t *testing.T) {
	t.Parallel()
	for name, grant := range map[string]string{
		"a table it may write":    `GRANT INSERT ON shop.customer TO %`,
		"a column it may change":  `GRANT UPDATE (country) ON shop.customer TO %`,
		"an administrator":        `ALTER ROLE % SUPERUSER`,
		"a creator of roles":      `ALTER ROLE % CREATEROLE`,
		"a writer of everything":  `GRANT pg_write_all_data TO %`,
		"a reader of all files":   `GRANT pg_read_server_files TO %`,
		"a view it may write":     `GRANT DELETE ON shop.accounts_for_tocsin TO %`,
		"a table that all may do": `GRANT DELETE ON shop.customer TO PUBLIC`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.do(strings.ReplaceAll(grant, "%", s.reader))
			read, _, err := s.read(theQuery)
			if incident.KindOf(err) != incident.Conflict || !strings.Contains(err.Error(), "SELECT on one view") || len(read) != 0 {
				t.Errorf("%d accounts were read: %v", len(read), err)
			}
		})
	}
}

func TestAServerThatDoesNotLetInIsToldWithoutItsAddress(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	change := func(do func(u *url.URL)) string {
		u, err := url.Parse(s.url)
		if err != nil {
			t.Fatal(err)
		}
		do(u)
		return u.String()
	}
	for name, c := range map[string]struct {
		url  string
		kind incident.Kind
	}{
		"a wrong password":  {change(func(u *url.URL) { u.User = url.UserPassword(s.reader, "hunter2") }), incident.Conflict},
		"no such database":  {change(func(u *url.URL) { u.Path = "/nowhere_at_all" }), incident.Conflict},
		"nobody listening":  {change(func(u *url.URL) { u.Host = "127.0.0.1:1" }), incident.Unavailable},
		"no certificate":    {change(func(u *url.URL) { u.RawQuery = "sslmode=verify-full" }), incident.Unavailable},
		"a role that isn't": {change(func(u *url.URL) { u.User = url.UserPassword("nobody_of_all", "hunter2") }), incident.Conflict},
	} {
		source, err := controllerdb.New(c.url, theQuery)
		if err != nil {
			t.Fatal(err)
		}
		_, err = source.Read(t.Context(), people.Options{}, func(people.Person) error { return nil })
		if incident.KindOf(err) != c.kind {
			t.Errorf("%s gives %v", name, err)
			continue
		}
		for _, secret := range []string{"hunter2", readerPassword, s.reader, "nowhere", "127.0.0.1"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error holds %q: %v", name, secret, err)
			}
		}
	}
}
