package filing_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"tocsin/filing"
	"tocsin/gdpr/form"
	"tocsin/incident"
)

var (
	received   = time.Date(2026, 11, 17, 9, 17, 0, 0, time.UTC)
	now        = received.Add(20 * time.Hour)
	dpo        = incident.Actor{Role: incident.RoleDPO, ID: "d1"}
	controller = filing.Controller{Name: "Example Platform", Contact: "Data protection office", Details: "privacy@example.com"}
)

// opened is a case with the decisions given.
func opened(t *testing.T, authority string, commands ...incident.Command) *incident.State {
	t.Helper()
	state := &incident.State{}
	at := received.Add(time.Minute)
	give := func(c incident.Command) {
		events, err := incident.Decide(state, dpo, c, at)
		if err != nil {
			t.Fatalf("%s: %v", c.Name(), err)
		}
		state.Apply(events...)
		at = at.Add(time.Minute)
	}
	give(incident.Open{ID: "i1", Number: "INC-2026-0001", Disclosure: incident.Disclosure{
		Title: "Exported data set", Kind: "vendor", Vendor: "Mirador Analytics", ReceivedAt: received,
		OccurredFrom: received.Add(-8 * 24 * time.Hour), PersonalData: "yes", Summary: "A data set was exported.",
		Authority: authority, Zone: "Europe/Madrid",
		Awareness: &incident.SetAwareness{At: received, Reason: "our people are in it"},
	}})
	for _, c := range commands {
		give(c)
	}
	return state
}

func assessed(notify, communicate bool, facts string) incident.RecordAssessment {
	return incident.RecordAssessment{Facts: json.RawMessage(facts), Decision: incident.AssessmentDecision{
		NotifyAuthority: notify, Communicate: communicate, Reason: "phishing is likely",
	}}
}

func begin(t *testing.T, state *incident.State) form.Draft {
	t.Helper()
	draft, err := filing.Begin(state, state.Obligation(1), controller, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	return draft
}

func answer(t *testing.T, d form.Draft, key string) form.Answer {
	t.Helper()
	a, ok := d.Answer(key)
	if !ok {
		t.Fatalf("%s has no answer", key)
	}
	return a
}

func TestADraftSaysWhatTheCaseKnowsAndFromWhere(t *testing.T) {
	state := opened(t, "AEPD",
		assessed(true, true, `{"breach":["confidentiality","availability"],"data":[{"kind":"email"}],"people":500,
			"exposure":"unknown_recipients","unintelligible":"no","availability_loss":"days","malicious":true}`),
		incident.CompleteTask{Task: 1, Note: "keys withdrawn"})
	draft := begin(t, state)
	for key, want := range map[string]struct {
		value  form.Value
		state  form.State
		source string
	}{
		"controller_name":      {form.Text("Example Platform"), form.StateKnown, "settings"},
		"breach_nature":        {form.Choices("confidentiality", "availability"), form.StateKnown, "assessment 1"},
		"availability_type":    {form.Text("temporary"), form.StateKnown, "assessment 1"},
		"risk_outcome":         {form.Text("high_risk"), form.StateKnown, "assessment 1"},
		"data_subjects_number": {form.Number(500), form.StateEstimated, "assessment 1"},
		"discovered_by":        {form.Text("processor"), form.StateKnown, "disclosure"},
		"communicated":         {form.Text("no_date_open"), form.StateKnown, "assessment 1"},
		"authorities_notified": {form.Choices("AEPD"), form.StateKnown, "obligations"},
	} {
		got := answer(t, draft, key)
		if !got.Value.Equal(want.value) || got.State != want.state || got.Source != want.source {
			t.Errorf("%s is %+v", key, got)
		}
	}
	if at, ok := answer(t, draft, "aware_at").Value.Instant(); !ok || !at.Equal(received) {
		t.Errorf("the awareness is %v", at)
	}
	if text, _ := json.Marshal(answer(t, draft, "measures_taken").Value); !strings.Contains(string(text), "Se interrumpió") {
		t.Errorf("the measures, for a Spanish authority, are %s", text)
	}
}

func TestWhatNobodyDecidedIsNotInTheDraft(t *testing.T) {
	draft := begin(t, opened(t, "AEPD"))
	for _, key := range []string{"risk_outcome", "communicated", "breach_nature", "data_subjects_number", "measures_taken", "cause"} {
		if a, ok := draft.Answer(key); ok {
			t.Errorf("%s is answered by %+v, and nobody did", key, a)
		}
	}
}

func TestAPersonsAnswerOutlivesARefresh(t *testing.T) {
	state := opened(t, "AEPD", assessed(true, false, `{"breach":["confidentiality"],"people":500}`))
	draft, err := begin(t, state).Set(now, "data_subjects_number", form.Answer{Value: form.Number(7)})
	if err != nil {
		t.Fatal(err)
	}
	draft, err = filing.Refresh(state, state.Obligation(1), controller, draft, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if got := answer(t, draft, "data_subjects_number"); !got.Value.Equal(form.Number(7)) {
		t.Errorf("the number is %+v", got)
	}
}

func TestADecisionNotToNotifyReadsAsUnlikelyAndAGroundAsExempt(t *testing.T) {
	a := assessed(true, false, `{"breach":["confidentiality"],"people":500}`)
	a.Decision.Ground = "a"
	draft := begin(t, opened(t, "AEPD", a))
	if got := answer(t, draft, "communicated"); !got.Value.Equal(form.Text("no_exempt")) {
		t.Errorf("the communication is %+v", got)
	}
	if got := answer(t, draft, "exemption"); !got.Value.Equal(form.Text("protection_measures")) {
		t.Errorf("the exemption is %+v", got)
	}
}

func TestALongStoryFitsTheFormAndSaysWhereItGoesOn(t *testing.T) {
	long := strings.Repeat("The vendor did not answer. ", 140)
	state := opened(t, "AEPD", incident.GiveDelayReasons{Obligation: 1, Reasons: long},
		incident.GiveDelayReasons{Obligation: 1, Reasons: long}, incident.GiveDelayReasons{Obligation: 1, Reasons: long})
	raw, err := json.Marshal(answer(t, begin(t, state), "delay_reasons").Value)
	if err != nil || !strings.Contains(string(raw), "registro del caso") {
		t.Errorf("the reasons end with %.80s, %v", raw[max(0, len(raw)-80):], err)
	}
}

func TestTheSubtypeIsWhatTheAnswersAllow(t *testing.T) {
	draft, state, err := filing.Settle(begin(t, opened(t, "AEPD")), now)
	if err != nil || draft.Subtype != form.Incomplete || len(state.MissingForComplete) == 0 {
		t.Errorf("a draft with holes is %s, %d fields missing, %v", draft.Subtype, len(state.MissingForComplete), err)
	}
}

func TestADutyToSomebodyElseHasNoForm(t *testing.T) {
	state := opened(t, "AEPD", incident.AddObligation{Duty: incident.Duty{Regime: "nis2", Recipient: "CERT", Reason: "r"}})
	if _, err := filing.Begin(state, state.Obligation(2), controller, nil, now); !errors.Is(err, filing.ErrOwnForm) {
		t.Errorf("the error is %v", err)
	}
}

func TestPapersAreTheSameBytesEachTimeAndNameTheCase(t *testing.T) {
	for authority, language := range map[string]string{"AEPD": "es", "CNIL": "fr", "DPC": "en", "ICO": "en", "DSB": "en"} {
		t.Run(authority, func(t *testing.T) {
			state := opened(t, authority, assessed(true, false, `{"breach":["confidentiality"],"people":500}`))
			o := state.Obligation(1)
			if got := filing.Language(o); got != language {
				t.Errorf("the language is %s", got)
			}
			frozen, err := form.Freeze(begin(t, state), now)
			if err != nil {
				t.Fatal(err)
			}
			first, err := filing.Papers(t.Context(), state, o, frozen)
			if err != nil {
				t.Fatal(err)
			}
			again, err := filing.Papers(t.Context(), state, o, frozen)
			if err != nil {
				t.Fatal(err)
			}
			for i, paper := range first {
				if !bytes.Equal(paper.Content, again[i].Content) || paper.Name != again[i].Name {
					t.Errorf("%s is not the same the second time", paper.Name)
				}
				if paper.MediaType == "text/html" && (!bytes.Contains(paper.Content, []byte("INC-2026-0001")) ||
					!bytes.Contains(paper.Content, []byte("Example Platform"))) {
					t.Errorf("%s does not name the case and the controller", paper.Name)
				}
				if strings.Contains(paper.Name, "/") {
					t.Errorf("%s is a path", paper.Name)
				}
			}
			if !bytes.HasPrefix(first[0].Content, []byte("%PDF-")) {
				t.Error("the first paper is no PDF")
			}
		})
	}
}
