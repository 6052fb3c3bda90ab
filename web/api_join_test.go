package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

// another opens a case of the API under a key, which was received so long ago.
func (h *house) another(key, title string, ago time.Duration) string {
	h.t.Helper()
	body := fmt.Sprintf(`{"key":%q,"disclosure":{"title":%q,"kind":"vendor","vendor":{"name":"Mirador Analytics"},"received_at":%q,
		"zone":"Europe/Madrid","authority":"AEPD","personal_data":"yes","summary":"An attacker exported <b>data</b>.","attachments":["notice.eml"]},
		"files":[{"name":"notice.eml","media_type":"message/rfc822","content":"U3ViamVjdDogeA=="}]}`, key, title, time.Now().Add(-ago).Format(time.RFC3339))
	var opened struct{ ID string }
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "POST", "/api/v1/incidents", body)), &opened); err != nil {
		h.t.Fatal(err)
	}
	return opened.ID
}

func (h *house) state(id string) *incident.State {
	h.t.Helper()
	state, err := h.store.State(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return state
}

func TestACaseIsJoinedOverTheAPI(t *testing.T) {
	h := newHouse(t)
	one, two := h.another("one", "First word", 30*time.Hour), h.another("two", "Second word", time.Hour)
	path := "/api/v1/incidents/" + one + "/join"
	before := h.state(two).Seq
	for body, want := range map[string]string{
		`{"into":"` + two + `"}`:                                      "reason",
		`{"reason":"x"}`:                                              "into",
		`{"into":"INC-1999-0001","reason":"x"}`:                       "into",
		`{"into":"` + one + `","reason":"x"}`:                         "this case itself",
		`{"into":"` + two + `","reason":"x","copies":[{"of":"doc"}]}`: "copies",
		`{"into":"` + two + `","reason":"x","number":"INC-2026-9"}`:   "number",
		`{"into":"` + strings.Repeat("x", 200) + `","reason":"x"}`:    "into",
	} {
		status, answer := h.ask(incident.RoleDeputy, "POST", path, body)
		if status != http.StatusBadRequest && status != http.StatusNotFound || !strings.Contains(answer, want) {
			t.Errorf("%s gave %d: %s", body, status, answer)
		}
	}
	if h.state(two).Seq != before || h.state(one).IsClosed() {
		t.Fatal("something was recorded")
	}
	var done recorded
	answer := h.must(incident.RoleDeputy, "POST", path, `{"into":"`+h.state(two).Number+`","reason":"the same export"}`)
	if err := json.Unmarshal([]byte(answer), &done); err != nil || !slices.Contains(done.Events, incident.EvJoined) {
		t.Fatalf("joining gave %s, %v", answer, err)
	}
	var from, into incidentView
	for id, v := range map[string]*incidentView{one: &from, two: &into} {
		if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", "/api/v1/incidents/"+id, "")), v); err != nil {
			t.Fatal(err)
		}
	}
	if from.State != "closed" || from.JoinedTo.ID != two || len(into.Joined) != 1 || into.Joined[0].ID != one || into.Joined[0].Earlier == nil {
		t.Errorf("the cases are %+v and %+v", from.JoinedTo, into.Joined)
	}
	// Both cases came with the same file: it is there once, and can be read.
	var mails []string
	for _, d := range into.Documents {
		if d.Name == "notice.eml" {
			mails = append(mails, d.ID)
		}
	}
	if len(mails) != 1 || len(into.Documents) != 3 || !slices.ContainsFunc(into.Joined[0].Told[0].Documents, func(d incident.Document) bool { return d.ID == mails[0] }) {
		t.Fatalf("the files are %+v", into.Documents)
	}
	if file := h.must(incident.RoleDPO, "GET", "/api/v1/incidents/"+two+"/documents/"+mails[0], ""); file != "Subject: x" {
		t.Errorf("its file is %q", file)
	}
	if again := h.must(incident.RoleDPO, "POST", path, `{"into":"`+two+`","reason":"the same export"}`); !strings.Contains(again, `"events":[]`) {
		t.Errorf("joining again gave %s", again)
	}
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+one+"/reopen", `{"reason":"another export"}`)
	if s := h.state(two); s.Joined[0].OutAt.IsZero() || h.state(one).IsClosed() {
		t.Error("it was not taken out")
	}
}
