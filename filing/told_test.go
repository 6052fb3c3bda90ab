package filing_test

import (
	"strings"
	"testing"
	"time"

	"tocsin/gdpr/form"
	"tocsin/incident"
)

var (
	deputy = incident.Actor{Role: incident.RoleDeputy, ID: "d2"}
	sum    = strings.Repeat("ab", 32)
)

// toldCase is a case whose people were written to with an outcome.
func toldCase(t *testing.T, counts incident.DeliveryCounts) *incident.State {
	t.Helper()
	state := opened(t, "AEPD", assessed(true, true, `{}`),
		incident.ImportPeople{Round: 1, Import: "a", SHA256: sum, Counts: incident.PeopleCounts{Rows: counts.Total, Accepted: counts.Total}})
	at := now.Add(-time.Hour)
	for _, step := range []struct {
		by incident.Actor
		c  incident.Command
	}{
		{dpo, incident.DraftMailing{Round: 1, Template: "affected", Content: incident.Document{ID: "n", SHA256: sum, Size: 1}, Locales: []string{"en", "es"}}},
		{deputy, incident.ApproveMailing{Round: 1}},
		{dpo, incident.StartMailing{Round: 1}},
		{incident.Engine(), incident.FinishMailing{Round: 1, Counts: counts}},
	} {
		act(t, state, step.by, step.c, at)
	}
	return state
}

func act(t *testing.T, state *incident.State, by incident.Actor, c incident.Command, at time.Time) {
	t.Helper()
	events, err := incident.Decide(state, by, c, at)
	if err != nil {
		t.Fatalf("%s: %v", c.Name(), err)
	}
	state.Apply(events...)
}

// says gives the text of a field of the first draft, which Tocsin filled in.
func says(t *testing.T, draft form.Draft, key string) string {
	t.Helper()
	answer, ok := draft.Answer(key)
	if !ok {
		return ""
	}
	if !answer.Prefilled {
		t.Errorf("%s does not say that it was computed", key)
	}
	return answer.Value.Text()
}

func TestTheOutcomeOfTheMailingFillsTheFormIn(t *testing.T) {
	state := toldCase(t, incident.DeliveryCounts{Total: 500, Accepted: 490, Undeliverable: 3, Refused: 5, Unknown: 2})
	draft := begin(t, state)
	for key, want := range map[string]string{
		"communicated": "yes", "informed_extent": "not_all", "communication_means": "individual",
	} {
		if got := says(t, draft, key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	text := says(t, draft, "informed_extent_description")
	for _, want := range []string{"500", "490", "3", "5", "2", "aceptó"} {
		if !strings.Contains(text, want) {
			t.Errorf("the description does not say %s: %s", want, text)
		}
	}
	if got := says(t, draft, "communication_content"); !strings.Contains(got, sum) || !strings.Contains(got, "en, es") {
		t.Errorf("the content is %q", got)
	}
	corrected, err := draft.Set(now, "informed_extent_description", form.Answer{Value: form.Text("Five moved away."), Source: "dpo"})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := corrected.Answer("informed_extent_description"); got.Prefilled || got.Value.Text() != "Five moved away." {
		t.Errorf("a person's correction is %+v", got)
	}
	if got := says(t, begin(t, toldCase(t, incident.DeliveryCounts{Total: 7, Accepted: 7})), "informed_extent"); got != "all" {
		t.Errorf("when all were reached the extent is %q", got)
	}
}

// publish drafts, approves and publishes the public communication.
func publish(t *testing.T, state *incident.State, at time.Time) {
	t.Helper()
	act(t, state, dpo, incident.DraftPublic{Content: incident.Document{ID: "p", SHA256: sum, Size: 1}, Locales: []string{"es"}}, at)
	act(t, state, deputy, incident.ApprovePublic{}, at)
	act(t, state, dpo, incident.RecordPublication{At: at, Where: "www.example.com/brecha", Reason: "no addresses"}, at)
}

func TestAPublicCommunicationStandsInTheForm(t *testing.T) {
	both := toldCase(t, incident.DeliveryCounts{Total: 10, Accepted: 8, Undeliverable: 2})
	publish(t, both, now)
	if got := says(t, begin(t, both), "informed_extent_description"); !strings.Contains(got, "www.example.com/brecha") {
		t.Errorf("who could not be reached were told in public, and the form says %q", got)
	}
	decision := assessed(true, true, `{}`)
	decision.Decision.Ground = "c"
	state := opened(t, "AEPD", decision)
	if got := says(t, begin(t, state), "communicated"); got != "no_date_open" {
		t.Errorf("before the publication the form says %q", got)
	}
	publish(t, state, now)
	draft := begin(t, state)
	if means, extent := says(t, draft, "communication_means"), says(t, draft, "informed_extent"); means != "public" || extent != "" {
		t.Errorf("after it means %q, extent %q", means, extent)
	}
	if got := says(t, draft, "communication_content"); !strings.Contains(got, "www.example.com/brecha") || !strings.Contains(got, sum) {
		t.Errorf("the content is %q", got)
	}
}
