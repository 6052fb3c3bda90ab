package postgres_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"tocsin/people"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// migratedTo gives a database whose newest migration is an earlier one.
func migratedTo(t *testing.T, version int64) (ownerURL, appURL string) {
	t.Helper()
	_, ownerURL, appURL = postgrestest.New(t)
	conn := connect(t, ownerURL)
	if _, err := conn.Exec(t.Context(), `CREATE SCHEMA tocsin`); err != nil {
		t.Fatal(err)
	}
	db := stdlib.OpenDB(*conn.Config())
	provider, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS("migrations"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return ownerURL, appURL
}

// storedPerson is a row of person as it was under migration 6.
type storedPerson struct {
	ID       int64
	Email    []byte
	User     []byte
	Identity []byte
}

// Two files were imported at the same time, so that their people's numbers are
// mixed; a third one was never recorded.
func TestPeopleOfBeforeTheUpgradeAreKnownAndRead(t *testing.T) {
	t.Parallel()
	keys := postgrestest.Keys(t)
	_, _, nowURL := postgrestest.Migrated(t)
	now := postgrestest.Open(t, nowURL, keys)
	openCase(t, now, "case", start)
	var all []postgres.Person
	for i := range 6 {
		p := somebody(i)
		p.Fields = map[string]string{"user_id": fmt.Sprint("user-", i)}
		all = append(all, p)
	}
	importPeople(t, now, "case", "all", 1, all...)
	source := connect(t, nowURL)
	rows, err := source.Query(t.Context(), `SELECT id, uuid_send(match_email), uuid_send(match_user), identity FROM person ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	people6, err := pgx.CollectRows(rows, pgx.RowToStructByPos[storedPerson])
	if err != nil {
		t.Fatal(err)
	}

	ownerURL, appURL := migratedTo(t, 6)
	old := connect(t, ownerURL)
	do := func(sql string, args ...any) {
		t.Helper()
		if _, err := old.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	var keyset, secret []byte
	if err := source.QueryRow(t.Context(), `SELECT keyset, secret FROM incident_key WHERE incident = 'case'`).Scan(&keyset, &secret); err != nil {
		t.Fatal(err)
	}
	do(`INSERT INTO incident_key (incident, keyset, secret, created_at) VALUES ('case', $1, $2, now())`, keyset, secret)
	for name, round := range map[string]any{"one": 1, "two": 2, "left": nil} {
		do(`INSERT INTO people_import (incident, name, created_at, people, round) VALUES ('case', $1, now(), 2, $2)`, name, round)
	}
	for i, p := range people6 {
		do(`INSERT INTO person (id, import, locale, country, kinds, undeliverable, address, identity, match_email, match_user)
			SELECT $1, id, 'es', 'ES', '{email,name}', false, sha256($2), $3, $4, $5 FROM people_import WHERE name = $6`,
			p.ID, p.Identity, p.Identity, p.Email, p.User, []string{"one", "two", "left"}[i%3])
	}
	// Before migration 5 there were no keys.
	do(`UPDATE person SET match_email = NULL, match_user = NULL WHERE id = $1`, people6[3].ID)
	do(`INSERT INTO account_load (loaded_at, accounts) VALUES (now(), 2)`)
	do(`INSERT INTO controller_account (load, email, user_id) SELECT max(id), $1, NULL FROM account_load`, people6[0].Email)
	do(`INSERT INTO controller_account (load, email, user_id) SELECT max(id), NULL, $1 FROM account_load`, people6[1].User)

	if err := postgres.Migrate(t.Context(), ownerURL, postgrestest.AppRole); err != nil {
		t.Fatal(err)
	}
	s := postgrestest.Open(t, appURL, keys)
	for round, want := range map[int][]int{1: {0, 3}, 2: {1, 4}} {
		list := listPeople(t, s, "case", postgres.PeopleQuery{Round: round})
		if len(list) != 2 || list[0].Email != all[want[0]].Email || list[1].Email != all[want[1]].Email {
			t.Errorf("round %d has other people than before: %+v", round, list)
		}
	}
	if m, err := s.Match(t.Context(), "case", 0); err != nil || m.InAccounts != 2 || m.NotInAccounts != 2 || m.NotInFile != 0 {
		t.Errorf("matching gives %+v, %v; want 2 and 2", m, err)
	}
	w, err := s.StageImport(t.Context(), "case", "later")
	if err != nil {
		t.Fatal(err)
	}
	for i, known := range []bool{true, true, false, true, true, false} {
		if again, err := w.Add(t.Context(), all[i]); err != nil || again != known {
			t.Errorf("person %d is known: %v, %v; want %v", i, again, err, known)
		}
	}
	if err := w.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := query[int](t, ownerURL, `SELECT count(*) FROM person`); n != 6 {
		t.Errorf("%d people are stored, want 4 of before and 2 new", n)
	}
	if err := w.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := query[int](t, ownerURL, `SELECT count(*) FROM person`); n != 4 {
		t.Errorf("%d people are left without the new import, want 4", n)
	}
}

func TestARowIsStoredAsItWasRead(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	openCase(t, s, "case", start)
	keys := s.Matcher()
	row := people.Person{
		Name: "Zoë \"Q\" O'Neill \\ \u2028", Email: "zoe@example.org", Country: "IE", City: "Dún <Laoghaire>", Region: "L", Locale: "en-IE", Language: "en",
		UserID: "user\t1", Organisation: "org & co", Browser: "Firefox", System: "macOS", Referrer: "https://example.com/?a=1", Kinds: []string{"email", "name"},
	}
	row.EmailKey, row.UserKey = keys.Email(row.Email), keys.UserID(row.UserID)
	bare := people.Person{Name: "Only \xff Name", Language: "es", Undeliverable: "no address"}
	w, err := s.StageImport(t.Context(), "case", "rows")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []people.Person{row, bare} {
		if again, err := w.AddRow(t.Context(), &p); again || err != nil {
			t.Fatal(again, err)
		}
	}
	more := row
	more.Kinds = []string{"phone", "email"}
	if ours, err := w.ExtendRow(t.Context(), &more); !ours || err != nil {
		t.Fatal(ours, err)
	}
	if err := w.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	publish(t, s, "case", "rows", 2)
	list := listPeople(t, s, "case", postgres.PeopleQuery{})
	if len(list) != 2 {
		t.Fatalf("%d people are listed, want 2", len(list))
	}
	got := list[0].Person
	want := postgres.Person{ID: got.ID, Round: 1, Name: row.Name, Email: row.Email, Locale: "en", Country: "IE", Kinds: []string{"email", "name", "phone"},
		Fields: map[string]string{"city": row.City, "region": "L", "user_id": row.UserID, "organisation": row.Organisation, "browser": "Firefox",
			"system": "macOS", "referrer": row.Referrer}}
	same(t, want, got)
	same(t, postgres.Person{ID: got.ID + 1, Round: 1, Name: "Only \ufffd Name", Locale: "es", Kinds: []string{}, Undeliverable: "no address"}, list[1].Person)

	// A second file knows the people of the first, and changes nothing of theirs.
	w, err = s.StageImport(t.Context(), "case", "second")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.AddRow(t.Context(), &row); !again || err != nil {
		t.Errorf("a person of the first file: known %v, %v", again, err)
	}
	if ours, err := w.ExtendRow(t.Context(), &more); ours || err != nil {
		t.Errorf("kinds of a person of the first file: ours %v, %v", ours, err)
	}
	if err := w.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestFurtherKindsOfManyPeopleAreAddedInTheOrderOfTheFile(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	openCase(t, s, "case", start)
	const n = 4100 // more than one batch
	w, err := s.StageImport(t.Context(), "case", "file")
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		p := somebody(i)
		if i%2 == 1 {
			p.Email, p.Undeliverable, p.Fields = "", "no address", map[string]string{"user_id": fmt.Sprint("user-", i)}
		}
		if _, err := w.Add(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		for _, kinds := range [][]string{{"phone", "name"}, {"address", "phone"}} {
			p.Kinds = kinds
			if ours, err := w.Extend(t.Context(), p); !ours || err != nil {
				t.Fatal(ours, err)
			}
		}
	}
	if ours, err := w.Extend(t.Context(), postgres.Person{Name: "Nobody", Kinds: []string{"phone"}}); ours || err != nil {
		t.Errorf("kinds of nobody: ours %v, %v", ours, err)
	}
	if err := w.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	publish(t, s, "case", "file", n)
	for after, total := int64(0), 0; total < n; {
		page := listPeople(t, s, "case", postgres.PeopleQuery{After: after, Limit: 1000})
		if len(page) == 0 {
			t.Fatalf("%d people are listed, want %d", total, n)
		}
		for _, p := range page {
			if got, want := fmt.Sprint(p.Kinds), "[email name phone address]"; got != want {
				t.Fatalf("person %d has the kinds %s, want %s", p.ID, got, want)
			}
			after, total = p.ID, total+1
		}
	}
}
