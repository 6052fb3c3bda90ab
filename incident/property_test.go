package incident

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anyCommand draws a command with mostly plausible content.
func anyCommand(t *rapid.T, now time.Time) (Actor, Command) {
	by := rapid.SampledFrom([]Actor{dpo, deputy, approver, Engine(), {Role: RoleAuditor, ID: "a"}}).Draw(t, "by")
	at := now.Add(-time.Duration(rapid.IntRange(-2, 200).Draw(t, "ago")) * time.Hour)
	n := rapid.IntRange(0, 2).Draw(t, "n")
	text := rapid.SampledFrom([]string{"", "because"}).Draw(t, "text")
	rung := rapid.SampledFrom([]string{"", "48h", "24h", "due"}).Draw(t, "rung")
	return by, rapid.SampledFrom([]Command{
		opening(), SetAwareness{At: at, Reason: text},
		assess(true, true), assess(false, false), assess(true, false),
		DraftNotification{Authority: "AEPD", Content: document("n")}, ApproveNotification{Obligation: n},
		FileNotification{Obligation: n, Receipt: "r", At: at, DelayReasons: text},
		GiveDelayReasons{Obligation: n, Reasons: text}, WaiveObligation{Obligation: n, Reason: text},
		CompleteTask{Task: n}, Attach{Documents: []Document{document("a")}},
		ImportPeople{Round: n, Import: rung, SHA256: sum64, Counts: PeopleCounts{Rows: 1, Accepted: 1}},
		DraftMailing{Round: n, Template: "affected", Content: document("c")}, ApproveMailing{Round: n},
		AddObligation{Duty{Regime: rapid.SampledFrom([]string{"nis2", "dora", "cra-vulnerability", "uk-gdpr", "gdpr-33"}).Draw(t, "regime"), Reason: text}},
		FixFact{Obligation: n + 1, Fact: rapid.SampledFrom([]string{"classified_major", "corrective_measure"}).Draw(t, "fact"), At: at, Reason: text},
		FileNotification{Obligation: n + 1, Receipt: rung + text, At: at, DelayReasons: text,
			Kind: rapid.SampledFrom([]string{"", FilingFollowUp}).Draw(t, "kind"), Subtype: rapid.SampledFrom([]string{"", FilingIncomplete, FilingWithdraw}).Draw(t, "subtype")},
		RecordScreening{Answers: map[string]string{"personal_data": "yes"}},
		StartMailing{Round: n}, StopMailing{Round: n, Reason: text},
		FinishMailing{Round: n, Counts: DeliveryCounts{Total: 1, Accepted: 1}},
		Acknowledge{Obligation: n, Rung: rung, Via: "command"}, Close{Reason: text}, Reopen{Reason: text},
		RingReminder{Obligation: n}, EscalateReminder{Obligation: n, Persons: 2},
		ReminderOutcome{Obligation: n, Revision: 1, Rung: rung, State: OutcomeAccepted, SentAt: now}, SealBundle{},
		PrepareBundle{For: by, Report: []Document{document("report")}},
		PrepareBundle{For: by, People: &PeopleChosen{Reason: text, People: n, Deliveries: n}},
		SetRetention{Days: n * 10, Reason: text}, HoldErasure{Reason: text}, ReleaseErasure{Reason: text},
		RequestErasure{Reason: text, Others: n}, ConfirmErasure{}, KeepDocument{Document: "a", Reason: text},
		AdoptRetention{}, WarnErasure{}, BeginErasure{}, FinishErasure{},
		WarningOutcome{Revision: n, N: 1, Level: 0, State: OutcomeAccepted, SentAt: now},
	}).Draw(t, "command")
}

func TestAnySequenceOfCommandsKeepsTheCaseWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state, now := &State{}, opened
		var log []Event
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20*3600).Draw(t, "wait")) * time.Second)
			by, command := anyCommand(t, now)
			before, _ := json.Marshal(state)
			events, err := Decide(state, by, command, now)
			if after, _ := json.Marshal(state); string(after) != string(before) {
				t.Fatalf("deciding %s changed the state", command.Name())
			}
			if err != nil {
				continue
			}
			for i, e := range events {
				if e.Seq != state.Seq+int64(i)+1 {
					t.Fatalf("%s gave number %d after %d", command.Name(), e.Seq, state.Seq)
				}
			}
			// A copy that goes on alone leaves the state as it is, so that what
			// was not recorded in the end can be forgotten.
			copied := state.Clone()
			copied.Apply(events...)
			if after, _ := json.Marshal(state); string(after) != string(before) {
				t.Fatalf("what %s did to a copy changed the state", command.Name())
			}
			state.Apply(events...)
			if !reflect.DeepEqual(normal(t, copied), normal(t, state)) {
				t.Fatalf("%s led a copy elsewhere", command.Name())
			}
			log = append(log, events...)
			invariants(t, state)
			for n := range state.Obligations {
				o := &state.Obligations[n]
				if short := o.ForClock(); short.Next(2) != o.Next(2) || short.NextRing(2) != o.NextRing(2) {
					t.Fatalf("what the clock is given leads to another step: %+v, not %+v", short.Next(2), o.Next(2))
				}
			}
		}
		raw, err := json.Marshal(log)
		if err != nil {
			t.Fatal(err)
		}
		var read []Event
		if err := json.Unmarshal(raw, &read); err != nil {
			t.Fatal(err)
		}
		if got := Fold(read); !reflect.DeepEqual(normal(t, got), normal(t, state)) {
			t.Fatal("the events, written and read again, lead to another state")
		}
	})
}

func normal(t *rapid.T, s *State) any {
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func invariants(t *rapid.T, s *State) {
	for i := range s.Obligations {
		o := &s.Obligations[i]
		seen := map[string]bool{}
		for _, r := range o.Reminders {
			key := fmt.Sprintf("%d %s", r.Revision, r.Rung)
			if seen[key] {
				t.Fatalf("rung %s rang twice", key)
			}
			seen[key] = true
			if r.FiredAt.Before(r.DueAt) {
				t.Fatalf("rung %s rang before it was due", key)
			}
		}
		if o.Status == ObligationFiled && len(o.Filings) == 0 {
			t.Fatal("an obligation is filed without a filing")
		}
		for _, f := range o.Filings {
			if o.Terms.Regime == "gdpr-33" && f.LateSeconds > 0 && f.Kind != FilingFollowUp && f.DelayReasons == "" && len(o.DelayReasons) == 0 {
				t.Fatal("a late filing has no reasons for the delay")
			}
		}
		if o.Running() {
			at := (context{State: s}).derive(o)
			if at.waiting || !at.dueAt.Equal(o.DueAt) {
				t.Fatalf("obligation %d (%s, %s) runs until %s; from what is known now it would be %s", o.N, o.Terms.Regime, o.StageName(), o.DueAt, at.dueAt)
			}
			if step := o.Next(2); step.Kind == StepNone {
				t.Fatalf("the clock of obligation %d runs and nothing is to come", o.N)
			}
		}
		if o.Status == ObligationOpen && o.Stage().HasClock() && !o.Running() {
			t.Fatalf("obligation %d (%s) is open and its clock stands still", o.N, o.StageName())
		}
		if o.Status == ObligationWaiting && !(context{State: s}).derive(o).waiting {
			t.Fatalf("obligation %d waits for a fact that is known", o.N)
		}
	}
	for _, r := range s.Rounds {
		for _, d := range r.Drafts {
			if d.ApprovedBy != nil && d.ApprovedBy.ID == d.By.ID {
				t.Fatal("a notice was approved by its drafter")
			}
		}
		if (r.Status == MailingSending || r.Status == MailingDone) && r.Drafts[len(r.Drafts)-1].ApprovedAt.IsZero() {
			t.Fatal("a round is sent without approval")
		}
	}
	if r := &s.Retention; r.Begun() {
		if !s.IsClosed() || r.Hold() != nil {
			t.Fatal("people's data are erased in an open or held case")
		}
		if _, warned := r.warned(); !warned && r.Request.ConfirmedAt.IsZero() {
			t.Fatal("people's data are erased without a warning")
		}
		if c := r.Request; c != nil && c.ConfirmedBy != nil && c.ConfirmedBy.ID == c.By.ID {
			t.Fatal("one person asked for the erasure and confirmed it")
		}
	} else if !r.EraseAt.IsZero() && !s.IsClosed() {
		t.Fatal("an open case has a date of erasure")
	}
	if s.IsClosed() {
		for i := range s.Obligations {
			if o := &s.Obligations[i]; (o.Pending() && !o.toPeople()) || o.Running() {
				t.Fatal("the case is closed with an open obligation")
			}
		}
	}
	if _, err := json.Marshal(s.Summarize(opened)); err != nil {
		t.Fatal(err)
	}
}
