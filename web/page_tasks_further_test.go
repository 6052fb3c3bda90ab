package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

func TestAFurtherTaskIsPutDownAndOneReopenedOnThePage(t *testing.T) {
	h := newHouse(t)
	id := h.openSince(time.Hour, "Exported")
	v := h.signedIn(incident.RoleDPO)
	page := "/incidents/" + id + "/tasks"
	place, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	due := time.Now().In(place).Add(48 * time.Hour).Format(localInstant)
	refused := v.press(page, http.StatusBadRequest, "title", "Ask the <b>host</b>", "owner", "auditor", "due", due, "reason", "Logs end.")
	if !strings.Contains(refused.body, "Ask the &lt;b&gt;host&lt;/b&gt;") || !strings.Contains(refused.body, `role="alert"`) {
		t.Error("what was written is lost, or nobody says what is wrong")
	}
	v.press(page, http.StatusSeeOther, "title", "Ask the <b>host</b>", "owner", "responder", "due", due, "reason", "Logs end.")
	shows(t, v.get(page), "5. Ask the &lt;b&gt;host&lt;/b&gt;", "Why: Logs end.")
	v.press(page+"/5/done", http.StatusSeeOther, "note", "asked")
	v.press(page+"/5/reopen", http.StatusBadRequest, "reason", "")
	v.press(page+"/5/reopen", http.StatusSeeOther, "reason", "Half was missing.")
	shows(t, v.get(page), "To be done again: Half was missing.")
	shows(t, v.get("/incidents/"+id+"/timeline"), "Task to be done again")
	one := "/api/v1/incidents/" + id + "/tasks"
	h.must(incident.RoleDeputy, "POST", one, `{"title":"Call","owner":"dpo","due_at":"`+time.Now().Add(time.Hour).Format(time.RFC3339)+`","reason":"r"}`)
	h.must(incident.RoleResponder, "POST", one+"/cut_integration/done", `{}`)
	h.must(incident.RoleDPO, "POST", one+"/cut_integration/reopen", `{"reason":"The key still works."}`)
	if list := h.must(incident.RoleAuditor, "GET", one, ""); !strings.Contains(list, `"reopened":"The key still works."`) || !strings.Contains(list, `"title":"Call"`) {
		t.Errorf("the tasks are %s", list)
	}
}
