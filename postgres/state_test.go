package postgres_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

func TestWhateverIsRecordedTheStoredStateIsTheFoldOfTheEvents(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	cases := 0
	rapid.Check(t, func(r *rapid.T) {
		cases++
		id := fmt.Sprintf("case-%d", cases)
		openCase(t, s, id, clock.now())
		document := putDocument(t, s, id, "form.json", "application/json", "{}")
		for step := range rapid.IntRange(1, 12).Draw(r, "steps") {
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
			_, err := s.Record(t.Context(), postgres.Recording{Incident: id, Key: newKey(), Actor: actor, Command: c})
			if err != nil && incident.KindOf(err) == incident.Internal {
				t.Fatalf("%s: %v", c.Name(), err)
			}
		}
		checkSnapshot(t, s, id)
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
