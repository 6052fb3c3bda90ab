package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// multiply gives the only import of an incident n people in all, each like its
// first. Nobody can read them, but all else of them is there.
func multiply(t testing.TB, ownerURL, id string, n int) {
	t.Helper()
	conn := connect(t, ownerURL)
	for _, sql := range []string{
		`INSERT INTO tocsin.person (id, import, locale, country, kinds, undeliverable, identity, match_email, match_user)
		 SELECT p.id + n, p.import, p.locale, p.country, p.kinds, n % 10 = 0, p.identity, gen_random_uuid(), gen_random_uuid()
		 FROM tocsin.people_import i JOIN tocsin.person p ON p.id = i.first_person, generate_series(1, @n - 1) n WHERE i.incident = @incident`,
		`UPDATE tocsin.people_import SET people = @n, stored = @n, last_person = first_person + @n - 1 WHERE incident = @incident`,
		`ANALYZE tocsin.person`,
	} {
		if _, err := conn.Exec(t.Context(), sql, pgx.QueryExecModeExec, pgx.NamedArgs{"incident": id, "n": n}); err != nil {
			t.Fatal(err)
		}
	}
}

// Preparing that breaks off in its midst leaves what was made, and goes on there.
func TestPreparingGoesOnWhereItWasBrokenOff(t *testing.T) {
	t.Parallel()
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t))
	openCase(t, s, "case", start)
	record(t, s, "case", dpo, assessment(true))
	importPeople(t, s, "case", "people", 1, somebody(1))
	const n = 120_001 // some more than two transactions make
	multiply(t, ownerURL, "case", n)
	owner := connect(t, ownerURL)
	if _, err := owner.Exec(t.Context(), `
		CREATE FUNCTION tocsin.breaks_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF NEW.person = (SELECT first_person + 70000 FROM tocsin.people_import) THEN RAISE 'the disk is full' USING ERRCODE = '53100'; END IF;
			RETURN NEW;
		END $$;
		CREATE TRIGGER breaks_off BEFORE INSERT ON tocsin.delivery FOR EACH ROW EXECUTE FUNCTION tocsin.breaks_off()`); err != nil {
		t.Fatal(err)
	}
	if err := s.PrepareDeliveries(t.Context(), "case", 1); err == nil {
		t.Fatal("preparing did not break off")
	}
	if made := query[int](t, ownerURL, `SELECT count(*) FROM tocsin.delivery`); made != 50_000 {
		t.Errorf("%d deliveries are made, expected those of one transaction", made)
	}
	want := incident.DeliveryCounts{Total: n, Undeliverable: n / 10, Pending: n - n/10}
	same(t, want, counts(t, s, "case"))

	if _, err := owner.Exec(t.Context(), `DROP TRIGGER breaks_off ON tocsin.delivery`); err != nil {
		t.Fatal(err)
	}
	for range 2 { // repeating it adds nothing
		if err := s.PrepareDeliveries(t.Context(), "case", 1); err != nil {
			t.Fatal(err)
		}
		same(t, want, counts(t, s, "case"))
		if people := query[int](t, ownerURL, `SELECT count(DISTINCT person) FROM tocsin.delivery`); people != n {
			t.Errorf("%d people have a delivery, want %d", people, n)
		}
	}
}

func TestARoundThatIsPreparedTakesInNobodyFurther(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	openCase(t, s, "case", start)
	record(t, s, "case", dpo, assessment(true))
	importFile(t, s, "case", "first", somebody(1), somebody(2))
	prepareRound(t, s, "case", 1, incident.RoundAffected)
	sendAll(t, s, "case", 1, postgres.StateAccepted)
	finishRound(t, s, "case", 1)
	importFile(t, s, "case", "second", wider(1, "email", "card"), somebody(4))
	record(t, s, "case", dpo, incident.OpenRound{Kind: incident.RoundFollowUp, Scope: incident.ScopeChanged, Reason: "a wider file"})
	prepareRound(t, s, "case", 3, incident.RoundFollowUp)
	importFile(t, s, "case", "third", wider(2, "email", "card"))
	if err := s.PrepareDeliveries(t.Context(), "case", 3); err != nil {
		t.Fatal(err)
	}
	if told := sendAll(t, s, "case", 3, postgres.StateAccepted); len(told) != 1 || told[somebody(1).Email] == nil {
		t.Errorf("the follow-up writes to %v, expected the one who was concerned when it was prepared", told)
	}
	wantOwed(t, s, "case", incident.Owed{Affected: 1, FollowUp: 1})
}

// A round whose deliveries an earlier version made in one go is prepared.
func TestRoundsOfBeforeTheUpgradeArePreparedIfTheyHaveDeliveries(t *testing.T) {
	t.Parallel()
	ownerURL, _ := migratedTo(t, 16)
	old := connect(t, ownerURL)
	for _, sql := range []string{
		`INSERT INTO incident (id, number, title, vendor, stage, authority, zone, exercise, clock, opened_at, people, next_action, urgency, seq, state_version, state)
		 VALUES ('case', 'INC-2026-0001', 't', 'v', 's', 'AEPD', 'UTC', false, '{}', now(), 1, '', 0, 0, 1, '{}')`,
		`INSERT INTO incident_key (incident, keyset, secret, created_at) VALUES ('case', 'k', 's', now())`,
		`INSERT INTO people_import (id, incident, name, created_at, people, round, first_person, last_person) VALUES (1, 'case', 'n', now(), 1, 1, 1000000001, 1000000001)`,
		`INSERT INTO person (id, import, locale, country, kinds, undeliverable, identity) VALUES (1000000001, 1, 'es', 'ES', '{}', false, 'sealed')`,
		`INSERT INTO mailing (incident, round, status) VALUES ('case', 1, 'sending'), ('case', 2, 'sending')`,
		`INSERT INTO delivery (incident, round, person, state) VALUES ('case', 1, 1000000001, 'pending')`,
	} {
		if _, err := old.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := postgres.Migrate(t.Context(), ownerURL, postgrestest.AppRole); err != nil {
		t.Fatal(err)
	}
	if got := query[string](t, ownerURL, `SELECT string_agg(round || ' ' || prepared, ', ' ORDER BY round) FROM mailing`); got != "1 true, 2 false" {
		t.Errorf("the rounds are prepared: %s", got)
	}
}

// BenchmarkPrepare makes the deliveries of a round and counts them. The
// yardsticks are one statement that inserts as many, and a count of the rows.
func BenchmarkPrepare(b *testing.B) {
	cluster := postgrestest.Start(b, true)
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("%d_people", n), func(b *testing.B) {
			for range b.N {
				adminURL, ownerURL, appURL := cluster.Migrated(b)
				s := postgrestest.Open(b, appURL, postgrestest.Keys(b))
				openCase(b, s, "case", start)
				record(b, s, "case", dpo, assessment(true))
				importPeople(b, s, "case", "people", 1, somebody(1))
				multiply(b, ownerURL, "case", n)
				timed := func(do func() error) time.Duration {
					b.Helper()
					checkpoint(b, adminURL)
					began := time.Now()
					if err := do(); err != nil {
						b.Fatal(err)
					}
					return time.Since(began)
				}
				statement := func(sql string) func() error {
					return func() error {
						_, err := connect(b, ownerURL).Exec(b.Context(), sql)
						return err
					}
				}
				prepared := timed(func() error { return s.PrepareDeliveries(b.Context(), "case", 1) })
				// As they are when they were sent, and as long as a round is being prepared.
				counting := func() error { _, _, err := s.Counts(b.Context(), "case", 1); return err }
				set := func(sql string) {
					if err := statement(sql)(); err != nil {
						b.Fatal(err)
					}
				}
				set(`UPDATE delivery SET state = 'accepted', owner = 'a-worker', claimed_at = now(), settled_at = now(), code = 250, attempt = 1,
					message_id = encode(sha256(int8send(id)), 'hex') || '@example.com', sha256 = sha256(int8send(id)), relay = 'relay.example.com:25'`)
				set(`VACUUM ANALYZE delivery`)
				counted := timed(counting)
				set(`UPDATE mailing SET prepared = false`)
				unprepared := timed(counting)
				rows := timed(statement(`SELECT count(*) FROM delivery WHERE incident = 'case' AND round = 1`))
				atOnce := timed(statement(`INSERT INTO delivery (incident, round, person, state)
					SELECT incident, 2, person, state FROM delivery WHERE incident = 'case' AND round = 1 ORDER BY person`))
				b.ReportMetric(float64(n)/prepared.Seconds(), "prepared/s")
				b.ReportMetric(atOnce.Seconds()/prepared.Seconds(), "of-one-statement")
				b.ReportMetric(unprepared.Seconds()*1000, "ms-counting-people")
				b.ReportMetric(counted.Seconds()*1000, "ms-counting")
				b.ReportMetric(rows.Seconds()*1000, "ms-rows")
			}
		})
	}
}

// BenchmarkRoundEnds counts, hashes and records the end of a round, and opens one
// to everybody who was told, for which a person waits.
func BenchmarkRoundEnds(b *testing.B) {
	cluster := postgrestest.Start(b, true)
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("%d_people", n), func(b *testing.B) {
			for range b.N {
				_, ownerURL, appURL := cluster.Migrated(b)
				s := postgrestest.Open(b, appURL, postgrestest.Keys(b))
				openCase(b, s, "case", start)
				record(b, s, "case", dpo, assessment(true))
				importPeople(b, s, "case", "people", 1, somebody(1))
				multiply(b, ownerURL, "case", n)
				prepareRound(b, s, "case", 1, incident.RoundAffected)
				owner := connect(b, ownerURL)
				for _, sql := range []string{`UPDATE delivery SET state = 'accepted', owner = 'a-worker', claimed_at = now(), settled_at = now(), code = 250, attempt = 1,
					message_id = encode(sha256(int8send(id)), 'hex') || '@example.com', sha256 = sha256(int8send(id)), relay = 'relay.example.com:25'
					WHERE state = 'pending'`, `VACUUM ANALYZE delivery`} {
					if _, err := owner.Exec(b.Context(), sql); err != nil {
						b.Fatal(err)
					}
				}
				timed := func(what string, do func() error) {
					b.Helper()
					began := time.Now()
					if err := do(); err != nil {
						b.Fatal(what, err)
					}
					b.ReportMetric(time.Since(began).Seconds(), "s-"+what)
				}
				var counts incident.DeliveryCounts
				timed("counting", func() (err error) { counts, _, err = s.Counts(b.Context(), "case", 1); return err })
				timed("hashing", func() error { _, _, err := s.HashOutcomes(b.Context(), "case", 1); return err })
				timed("recording", func() error {
					record(b, s, "case", incident.Engine(), incident.FinishMailing{Round: 1, Counts: counts, SHA256: hash('f')})
					return nil
				})
				timed("opening", func() error {
					record(b, s, "case", dpo, incident.OpenRound{Kind: incident.RoundFollowUp, Scope: incident.ScopeTold, Reason: "more is known"})
					return nil
				})
			}
		})
	}
}
