package postgres_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestWhateverIsRecordedTheStoredStateIsTheFoldOfTheEvents(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, ownerURL, appURL := postgrestest.Migrated(t)
	// Two programs record in turn, each with what it remembers; a third only reads.
	keys := postgrestest.Keys(t)
	s := postgrestest.Open(t, appURL, keys, postgres.WithClock(clock.now))
	other := postgrestest.Open(t, appURL, keys, postgres.WithClock(clock.now))
	reader := postgrestest.Open(t, appURL, keys, postgres.WithClock(clock.now))
	cases := 0
	rapid.Check(t, func(r *rapid.T) {
		cases++
		id := fmt.Sprintf("case-%d", cases)
		openCase(t, s, id, clock.now())
		document := putDocument(t, s, id, "form.json", "application/json", "{}")
		for step := range rapid.IntRange(1, 40).Draw(r, "steps") {
			clock.advance(time.Duration(rapid.IntRange(0, 30*3600*1e6).Draw(r, "pause")) * time.Microsecond)
			actor := rapid.SampledFrom([]incident.Actor{dpo, deputy}).Draw(r, "actor")
			var c incident.Command
			switch rapid.IntRange(0, 11).Draw(r, "command") {
			case 0:
				at := clock.now().Add(-time.Duration(rapid.IntRange(0, 100).Draw(r, "hours")) * time.Hour)
				zone := time.FixedZone("", rapid.IntRange(-14*60, 14*60).Draw(r, "offset")*60)
				c = incident.SetAwareness{At: at.In(zone), Reason: rapid.StringMatching(`[ -~áß€<>&"\\]{1,40}x`).Draw(r, "reason")}
			case 1:
				facts := rapid.MapOf(rapid.StringMatching(`[ -~áß€<>&]{0,8}`), rapid.Int32()).Draw(r, "facts")
				raw, err := json.MarshalIndent(facts, " ", "  ")
				if err != nil {
					t.Fatal(err)
				}
				c = incident.RecordAssessment{Facts: raw, Decision: incident.AssessmentDecision{
					NotifyAuthority: rapid.Bool().Draw(r, "notify"), Communicate: rapid.Bool().Draw(r, "tell"), Reason: "Because."}}
			case 2:
				c = incident.DraftNotification{Authority: "AEPD", Content: document}
			case 3:
				c = incident.ApproveNotification{Obligation: 1}
			case 4:
				c = incident.FileNotification{Obligation: 1, Receipt: fmt.Sprint(step), At: clock.now(), Attachment: &document, DelayReasons: "Late."}
			case 5:
				c = incident.GiveDelayReasons{Obligation: 1, Reasons: "The vendor <was> slow."}
			case 6:
				c = incident.CompleteTask{Task: rapid.IntRange(1, 5).Draw(r, "task"), Note: "done"}
			case 7:
				c, actor = incident.RingReminder{Obligation: 1}, incident.Engine()
			case 8:
				c, actor = incident.EscalateReminder{Obligation: 1, Persons: 3}, incident.Engine()
			case 9:
				c = incident.Acknowledge{Obligation: 1, Via: "command"}
			case 10:
				c = incident.Close{Reason: "Over."}
			case 11:
				c = incident.Reopen{Reason: "Not over."}
			}
			by := rapid.SampledFrom([]*postgres.Store{s, s, s, other}).Draw(r, "program")
			_, err := by.Record(t.Context(), postgres.Recording{Incident: id, Key: newKey(), Actor: actor, Command: c})
			if err != nil && incident.KindOf(err) == incident.Internal {
				t.Fatalf("%s: %v", c.Name(), err)
			}
		}
		checkSnapshot(t, s, id)
		checkSnapshot(t, other, id)
		checkSnapshot(t, reader, id)
		checkLedger(t, s, id)
	})

	// A state that another version stored is folded from the events.
	if _, err := connect(t, ownerURL).Exec(t.Context(), `UPDATE incident SET state_version = 0, state = '{}' WHERE id = 'case-1'`); err != nil {
		t.Fatal(err)
	}
	checkSnapshot(t, s, "case-1")
	record(t, s, "case-1", incident.Engine(), incident.SealBundle{})
	checkSnapshot(t, s, "case-1")
}

// storedState is what the row of a case holds.
type storedState struct {
	row, stored int64 // the numbers of the last events of the row and of the stored state
	version     int
}

func readStored(t *testing.T, conn *pgx.Conn, id string) storedState {
	t.Helper()
	var s storedState
	err := conn.QueryRow(t.Context(), `SELECT seq, (state->>'seq')::bigint, state_version FROM incident WHERE id = $1`, id).
		Scan(&s.row, &s.stored, &s.version)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestALongCaseIsStoredNowAndThenAndReadWhole(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, ownerURL, appURL := postgrestest.Migrated(t)
	keys := postgrestest.Keys(t)
	s := postgrestest.Open(t, appURL, keys, postgres.WithClock(clock.now))
	conn := connect(t, ownerURL)
	openCase(t, s, "case", start)
	stored := map[int64]bool{}
	for n := range 100 {
		record(t, s, "case", dpo, incident.GiveDelayReasons{Obligation: 1, Reasons: fmt.Sprint("Reason ", n)})
		now := readStored(t, conn, "case")
		if stored[now.stored] = true; now.stored > now.row || now.row-now.stored > 40 {
			t.Fatalf("the row is at %d, the stored state at %d", now.row, now.stored)
		}
	}
	if len(stored) > 6 {
		t.Errorf("100 commands stored %d states: %v", len(stored), stored)
	}
	checkSnapshot(t, s, "case")
	checkSnapshot(t, postgrestest.Open(t, appURL, keys), "case")
	if _, err := conn.Exec(t.Context(), `UPDATE incident SET state_version = state_version - 1`); err != nil {
		t.Fatal(err)
	}
	checkSnapshot(t, s, "case")
	before := readStored(t, conn, "case")
	record(t, s, "case", dpo, incident.GiveDelayReasons{Obligation: 1, Reasons: "One more"})
	if now := readStored(t, conn, "case"); now.version != before.version+1 || now.stored != now.row {
		t.Errorf("after a command in a case of an older version the row holds %+v", now)
	}
	checkSnapshot(t, s, "case")
}

func TestWhatIsRememberedOfACaseFallsWithTheDatabase(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	openCase(t, s, "case", start)
	record(t, s, "case", dpo, incident.GiveDelayReasons{Obligation: 1, Reasons: "Before"})
	// As if the database had been put back, and had gone on to another event of
	// the same number.
	if _, err := connect(t, ownerURL).Exec(t.Context(), `
		ALTER TABLE event DISABLE TRIGGER refuse_change;
		UPDATE event SET recorded_at = recorded_at + interval '1 hour', data = replace(data::text, 'Before', 'After')::json
		WHERE incident = 'case' AND type = 'delay_reasons_given';
		ALTER TABLE event ENABLE ALWAYS TRIGGER refuse_change`); err != nil {
		t.Fatal(err)
	}
	checkSnapshot(t, s, "case")
	state, err := s.State(t.Context(), "case")
	if err != nil || state.Obligations[0].DelayReasons[0].Text != "After" {
		t.Errorf("the case is remembered as %+v, %v", state.Obligations[0].DelayReasons, err)
	}
}

func TestWhatACallerDoesToAStateStaysTheCallers(t *testing.T) {
	t.Parallel()
	s := postgrestest.Store(t)
	openCase(t, s, "case", time.Now())
	for range 2 {
		state, err := s.State(t.Context(), "case")
		if err != nil {
			t.Fatal(err)
		}
		state.Obligations[0].Status, state.Tasks, state.Number = "changed", nil, "changed"
	}
	checkSnapshot(t, s, "case")
}
