package web

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

// drafted is what the API says of a draft, as far as these tests look.
type drafted struct {
	Version int
	Content struct {
		Kind, Subtype string
		Approved      bool
		Fields        map[string]struct {
			Value  any
			State  string
			Source string
		}
	}
	Completeness struct {
		Percent    int
		MissingNow []struct{ Key string } `json:"missing_now"`
		LeftOpen   []struct{ Key string } `json:"left_open"`
	}
	Changes []struct{ Key string }
	Sheet   *struct {
		Language string
		Sections []struct{ Title string }
		Notes    []string
	}
}

func (h *house) draft(role incident.Role, method, path, body string) drafted {
	h.t.Helper()
	var d drafted
	if err := json.Unmarshal([]byte(h.must(role, method, path, body)), &d); err != nil {
		h.t.Fatal(err)
	}
	return d
}

// now is the incident's own time.
func (h *house) now(one string) string {
	h.t.Helper()
	var v struct{ Now string }
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "GET", one, "")), &v); err != nil {
		h.t.Fatal(err)
	}
	return v.Now
}

// duties are the obligations as the incident shows them.
func (h *house) duties(one string) []struct {
	N       int
	Status  string
	Stage   string
	Due     *time.Time
	Filings []struct {
		Kind, Subtype string
		Approved      bool
		Frozen        *incident.Document
		Dossier       []incident.Document
	}
} {
	h.t.Helper()
	var v struct {
		Obligations []struct {
			N       int
			Status  string
			Stage   string
			Due     *time.Time
			Filings []struct {
				Kind, Subtype string
				Approved      bool
				Frozen        *incident.Document
				Dossier       []incident.Document
			}
		}
	}
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "GET", one, "")), &v); err != nil {
		h.t.Fatal(err)
	}
	return v.Obligations
}

func TestANotificationGoesThroughItsPhases(t *testing.T) {
	h := newHouse(t)
	one := "/api/v1/incidents/" + h.open()
	facts, err := os.ReadFile("../examples/vendor-breach/assessment.json")
	if err != nil {
		t.Fatal(err)
	}
	h.must(incident.RoleDPO, "POST", one+"/assessments", string(facts))
	h.must(incident.RoleResponder, "POST", one+"/tasks/cut_integration/done", `{"note":"keys withdrawn"}`)

	// What the case knows stands in the first draft, with its source.
	first := h.draft(incident.RoleDPO, "POST", one+"/notifications", `{"authority":"AEPD"}`)
	if first.Content.Kind != "new" || first.Content.Subtype != "incomplete" || first.Version != 1 {
		t.Errorf("the first draft is %s, %s, version %d", first.Content.Kind, first.Content.Subtype, first.Version)
	}
	if got := first.Content.Fields["confidentiality_type"]; got.Value != "disclosed" || got.Source != "assessment 1" || got.State != "known" {
		t.Errorf("what was assessed stands in the draft as %+v", got)
	}
	if len(first.Completeness.MissingNow) == 0 {
		t.Error("nothing is missing in a draft that nobody has filled in")
	}
	// What a person adds stays, and the draft says what is left.
	added := h.draft(incident.RoleDPO, "POST", one+"/notifications", `{"authority":"AEPD","content":{"fields":{
		"cause":"external_malicious",
		"measures_before":["policies"],"measures_after":["process_change"],"cross_border_eea":"no",
		"data_subjects_number":{"state":"to_be_determined","who_knows":"the vendor"}}}}`)
	if added.Completeness.Percent <= first.Completeness.Percent || added.Version != 2 {
		t.Errorf("the draft went from %d %% to %d %%, version %d", first.Completeness.Percent, added.Completeness.Percent, added.Version)
	}
	shown := h.draft(incident.RoleAuditor, "GET", one+"/obligations/1/notification", "")
	if shown.Sheet == nil || shown.Sheet.Language != "es" || len(shown.Sheet.Sections) == 0 || len(shown.Sheet.Notes) == 0 {
		t.Errorf("the authority's sheet is %+v", shown.Sheet)
	}
	if sheet := h.must(incident.RoleDPO, "GET", one+"/obligations/1/copy-sheet", ""); !strings.Contains(strings.ToLower(sheet), "extern") {
		t.Error("the copy sheet does not show the cause")
	}

	// It is filed as what it is, and its papers stand in the record.
	h.must(incident.RoleApprover, "POST", one+"/obligations/1/approve", "{}")
	filedAt := h.now(one)
	h.must(incident.RoleDPO, "POST", one+"/obligations/1/file", `{"receipt":"REGAGE25e1","at":"`+filedAt+`"}`)
	duty := h.duties(one)[0]
	if duty.Status != "filed" || duty.Stage != "follow_up" || duty.Due == nil || len(duty.Filings) != 1 {
		t.Fatalf("after an incomplete filing the duty is %+v", duty)
	}
	filing := duty.Filings[0]
	if filing.Kind != "new" || filing.Subtype != "incomplete" || filing.Frozen == nil || len(filing.Dossier) != 3 {
		t.Fatalf("the filing is %+v", filing)
	}
	if !filing.Approved {
		t.Error("the draft was approved, and its filing does not say so")
	}
	pdf := h.must(incident.RoleDPO, "GET", one+"/documents/"+filing.Dossier[0].ID, "")
	if !strings.HasPrefix(pdf, "%PDF-") || int64(len(pdf)) != filing.Dossier[0].Size {
		t.Errorf("the dossier begins with %.8q and has %d bytes of %d", pdf, len(pdf), filing.Dossier[0].Size)
	}

	// The follow-up starts from what was filed and says what has changed.
	next := h.draft(incident.RoleDPO, "POST", one+"/notifications",
		`{"obligation":1,"content":{"fields":{"data_subjects_known":"exact","data_subjects_number":503}}}`)
	if next.Content.Kind != "follow_up" || next.Content.Fields["previous_notification_id"].Value != "REGAGE25e1" {
		t.Errorf("the follow-up is %s of %v", next.Content.Kind, next.Content.Fields["previous_notification_id"].Value)
	}
	if len(next.Changes) == 0 {
		t.Error("the follow-up changes nothing")
	}
	h.must(incident.RoleDPO, "POST", one+"/obligations/1/file", `{"receipt":"REGAGE25e2","at":"`+filedAt+`"}`)
	withdrawn := h.draft(incident.RoleDPO, "POST", one+"/obligations/1/withdraw", `{"reason":"the data were invented"}`)
	if withdrawn.Content.Subtype != "withdraw" {
		t.Errorf("the withdrawal is a %s", withdrawn.Content.Subtype)
	}
	// A withdrawal is filed only when it is named, and can be left behind.
	if status, answer := h.ask(incident.RoleDPO, "POST", one+"/obligations/1/file", `{"receipt":"REGAGE25e3","at":"`+filedAt+`"}`); status != http.StatusConflict ||
		!strings.Contains(answer, "withdraw") {
		t.Errorf("filing the withdrawal without a word gave %d: %s", status, answer)
	}
	if again := h.draft(incident.RoleDPO, "POST", one+"/notifications", `{"obligation":1}`); again.Content.Subtype == "withdraw" || again.Content.Kind != "follow_up" {
		t.Errorf("drafting anew gives a %s", again.Content.Subtype)
	}
	for _, key := range []string{"notification_type", "notification_subtype"} {
		if status, answer := h.ask(incident.RoleResponder, "POST", one+"/notifications", `{"obligation":1,"content":{"fields":{"`+key+`":"withdraw"}}}`); status != http.StatusBadRequest {
			t.Errorf("setting %s gave %d: %s", key, status, answer)
		}
	}
	h.must(incident.RoleDPO, "POST", one+"/obligations/1/withdraw", `{"reason":"the data were invented"}`)
	h.must(incident.RoleDPO, "POST", one+"/obligations/1/file", `{"receipt":"REGAGE25e3","at":"`+filedAt+`","subtype":"withdraw"}`)
	if duty := h.duties(one)[0]; duty.Status != "withdrawn" || len(duty.Filings) != 3 {
		t.Errorf("after the withdrawal the duty is %s with %d filings", duty.Status, len(duty.Filings))
	}
}

func TestFurtherDutiesAreProposedConfirmedAndTimed(t *testing.T) {
	h := newHouse(t)
	one := "/api/v1/incidents/" + h.open()
	proposals := h.must(incident.RoleDPO, "POST", one+"/screening", `{"answers":{"personal_data":"yes","financial_entity":"yes","essential_service":"no"}}`)
	if !strings.Contains(proposals, `"dora"`) || strings.Contains(proposals, `"nis2"`) {
		t.Errorf("the answers propose %s", proposals)
	}
	h.must(incident.RoleDPO, "POST", one+"/obligations", `{"regime":"dora","recipient":"the supervisor","country":"ES","reason":"we are a bank"}`)
	h.must(incident.RoleDPO, "POST", one+"/obligations/2/facts",
		`{"fact":"classified_major","at":"`+h.now(one)+`","reason":"by the criteria"}`)
	duties := h.duties(one)
	if len(duties) != 2 || duties[1].Stage != "initial" || duties[1].Due == nil {
		t.Fatalf("the duties are %+v", duties)
	}
	status, answer := h.ask(incident.RoleDPO, "POST", one+"/notifications", `{"obligation":2}`)
	if status != http.StatusConflict || !strings.Contains(answer, "form of its own") {
		t.Errorf("drafting for the supervisor: %d %s", status, answer)
	}
	if status, answer := h.ask(incident.RoleDPO, "POST", one+"/obligations/2/withdraw", `{"reason":"r"}`); status != http.StatusConflict {
		t.Errorf("withdrawing what has no form gave %d: %s", status, answer)
	}
	h.must(incident.RoleDPO, "POST", one+"/obligations/2/file", `{"receipt":"D1","at":"`+h.now(one)+`"}`)
	if duty := h.duties(one)[1]; duty.Stage != "intermediate" || duty.Status != "open" {
		t.Errorf("after the initial report the duty is %s, %s", duty.Stage, duty.Status)
	}
	for _, role := range []incident.Role{incident.RoleAuditor, incident.RoleResponder, incident.RoleApprover} {
		if status, _ := h.ask(role, "POST", one+"/obligations", `{"regime":"nis2","reason":"r"}`); status != http.StatusForbidden {
			t.Errorf("the role %s opened a duty: %d", role, status)
		}
	}
}
