package web

import (
	"net/http"
	"strings"
	"testing"

	"tocsin/incident"
)

func TestATestIsRecordedForWhoAsksAndTakesNoAddress(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	one := "/api/v1/incidents/" + id
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", "email,name,country\nana@example.com,Ana,ES\n")
	if status, answer := h.ask(incident.RoleDPO, "POST", one+"/mailings/1/test", "{}"); status != http.StatusConflict {
		t.Errorf("a test without a draft: %d %s", status, answer)
	}
	h.must(incident.RoleResponder, "POST", one+"/tasks/cut_integration/done", `{"note":"keys withdrawn"}`)
	h.must(incident.RoleResponder, "POST", one+"/mailings", `{"template":"affected"}`)
	for body, field := range map[string]string{`{"locale":"xx"}`: "locale", `{"to":"ana@example.com"}`: "to", `{"email":"ana@example.com"}`: "email"} {
		if status, answer := h.ask(incident.RoleApprover, "POST", one+"/mailings/1/test", body); status != http.StatusBadRequest || !strings.Contains(answer, field) {
			t.Errorf("%s gave %d %s", body, status, answer)
		}
	}
	h.must(incident.RoleApprover, "POST", one+"/mailings/1/test", "{}")
	h.must(incident.RoleResponder, "POST", one+"/mailings/latest/test", `{"locale":"es"}`)
	state, err := h.store.State(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if len(state.Tests) != 2 || state.Tests[0].By.Role != incident.RoleApprover || state.Tests[0].Locale != "en" || state.Tests[1].Locale != "es" {
		t.Errorf("the record has %+v", state.Tests)
	}
	for _, role := range []incident.Role{incident.RoleAuditor, incident.RoleAdmin} {
		if status, _ := h.ask(role, "POST", one+"/mailings/1/test", "{}"); status != http.StatusForbidden {
			t.Errorf("the role %s sent a test: %d", role, status)
		}
	}
}
