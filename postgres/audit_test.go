package postgres_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// TestWhatIsDoneToTheTablesIsFound changes the tables as only their owner can,
// who disables the triggers first.
func TestWhatIsDoneToTheTablesIsFound(t *testing.T) {
	t.Parallel()
	const last = `(SELECT max(index) FROM ledger_entry)`
	for _, tc := range []struct {
		name, statement string
		want            []ledger.Kind
	}{
		{"nothing", `SELECT 1`, nil},
		{"a changed event", `UPDATE event SET data = '{"reason":"another"}' WHERE incident = 'case' AND type = 'assessment_recorded'`,
			[]ledger.Kind{ledger.KindEvent}},
		{"an event of another time", `UPDATE event SET at = at - interval '1 hour' WHERE incident = 'case' AND seq = 1`, []ledger.Kind{ledger.KindEvent}},
		{"a changed entry", `UPDATE ledger_entry SET entry = convert_to(replace(convert_from(entry, 'UTF8'), '"dpo"', '"deputy"'), 'UTF8') WHERE index = 0`,
			[]ledger.Kind{ledger.KindEvent, ledger.KindChanged}},
		{"an entry removed", `DELETE FROM ledger_entry WHERE index = 1`, []ledger.Kind{ledger.KindMissing, ledger.KindMissing, ledger.KindEvent}},
		{"the last entry removed, its hashes kept", `DELETE FROM ledger_entry WHERE index = ` + last,
			[]ledger.Kind{ledger.KindCutOff, ledger.KindCutOff, ledger.KindCutOff, ledger.KindEvent}},
		{"an event that the log does not have", `INSERT INTO event SELECT incident, 999, type, at, recorded_at, actor_role, actor_id, data
			FROM event WHERE incident = 'case' AND seq = 1`, []ledger.Kind{ledger.KindEvent}},
		{"a changed hash", `UPDATE ledger_hash SET hash = sha256(hash) WHERE position = 2`, []ledger.Kind{ledger.KindProof}},
		{"a changed checkpoint", `UPDATE checkpoint SET note = replace(note, 'signed-at 2', 'signed-at 1')`, []ledger.Kind{ledger.KindSignature}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			clock := newWatch(start)
			_, ownerURL, appURL := postgrestest.Migrated(t)
			s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
			openCase(t, s, "case", start)
			record(t, s, "case", dpo, assessment(true))
			clock.advance(time.Hour)
			text, err := s.Checkpoint(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			conn := connect(t, ownerURL)
			err = pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
				for _, statement := range []string{
					`ALTER TABLE event DISABLE TRIGGER refuse_change`, `ALTER TABLE ledger_entry DISABLE TRIGGER refuse_change`,
					`ALTER TABLE ledger_hash DISABLE TRIGGER refuse_change`, `ALTER TABLE checkpoint DISABLE TRIGGER refuse_change`, tc.statement,
				} {
					if _, err := tx.Exec(t.Context(), statement); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			report, err := s.Audit(t.Context(), []ledger.LogCheckpoint{{Text: text, From: "a mail"}})
			if err != nil {
				t.Fatal(err)
			}
			var kinds []ledger.Kind
			for _, p := range report.Problems {
				kinds = append(kinds, p.Kind)
			}
			if !slices.Equal(kinds, tc.want) || report.OK != (len(tc.want) == 0) {
				t.Errorf("found %q, want %q\n%+v", kinds, tc.want, report.Problems)
			}
			if len(tc.want) == 0 && (report.Checkpoints != 2 || report.Checkpoint.Size != report.Entries || report.Incidents != 1) {
				t.Errorf("%+v", report)
			}
		})
	}
}

// TestTheRecordIsHeldAgainstWhatLeftTheBuilding puts another database with the
// same keys in the place of one whose checkpoint was mailed, as somebody would
// who prefers an older or an invented record.
func TestTheRecordIsHeldAgainstWhatLeftTheBuilding(t *testing.T) {
	t.Parallel()
	keys := postgrestest.Keys(t)
	made := func(cases ...string) (*postgres.Store, string) {
		_, _, appURL := postgrestest.Migrated(t)
		s := postgrestest.Open(t, appURL, keys, postgres.WithClock(newWatch(start).now))
		for _, id := range cases {
			openCase(t, s, id, start)
		}
		text, err := s.Checkpoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s, text
	}
	_, mailed := made("one", "two")
	other, _ := made("one", "three")
	shorter, _ := made("one")
	for name, s := range map[string]*postgres.Store{"forked_history": other, "cut_off": shorter} {
		report, err := s.Audit(t.Context(), []ledger.LogCheckpoint{{Text: mailed, From: "a mail"}})
		if err != nil {
			t.Fatal(err)
		}
		if report.OK || len(report.Problems) != 1 || string(report.Problems[0].Kind) != name || !strings.Contains(report.Problems[0].Detail, "a mail") {
			t.Errorf("%s: %+v", name, report.Problems)
		}
		if report, err := s.Audit(t.Context(), nil); err != nil || !report.OK {
			t.Errorf("%s: by itself the record does not fit together: %+v, %v", name, report, err)
		}
	}
}
