package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tocsin/incident"
)

func TestPeopleAreMatchedAgainstTheControllersAccounts(t *testing.T) {
	h := newHouse(t)
	one := "/api/v1/incidents/" + h.open()
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv",
		"email,name,country,user_id\nAna@Example.com,Ana,ES,u1\nbo@example.com,Bo,FR,u2\ncy@example.com,Cy,DE,u3\n")
	matching := func() (v matchingView) {
		if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "GET", one+"/people/matching", "")), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := matching(); v.LoadedAt != nil || v.InAccounts != 0 || v.NotInAccounts != 3 {
		t.Errorf("before accounts are loaded it is %+v", v)
	}
	loaded := h.must(incident.RoleDPO, "POST", "/api/v1/people/accounts?name=accounts.csv",
		"email,user_id\nana@EXAMPLE.com,x1\nother@example.com,u2\nfar@example.com,u9\n")
	if !strings.Contains(loaded, `"accounts":3`) {
		t.Errorf("loading gave %s", loaded)
	}
	// Ana by her address in another spelling, Bo by his id; Cy by nothing.
	if v := matching(); v.InAccounts != 2 || v.NotInAccounts != 1 || v.NotInFile != 1 || v.Accounts != 3 || v.LoadedAt == nil {
		t.Errorf("the matching is %+v", v)
	}
	without := h.must(incident.RoleDPO, "GET", one+"/people?account=no", "")
	if !strings.Contains(without, "cy@example.com") || strings.Contains(without, "bo@example.com") {
		t.Errorf("without an account are %s", without)
	}
	trial := h.must(incident.RoleDPO, "POST", "/api/v1/people/accounts?dry_run=true", "email,user_id\nnobody@example.com,x1\n")
	if v := matching(); v.Accounts != 3 || !strings.Contains(trial, `"accounts":1`) {
		t.Errorf("a trial said %s and left %+v", trial, v)
	}
	// A further file replaces the first, and one that cannot be read does not.
	h.must(incident.RoleDPO, "POST", "/api/v1/people/accounts", "email,user_id\nana@example.com,x1\n")
	if status, _ := h.ask(incident.RoleDPO, "POST", "/api/v1/people/accounts", "colour,shape\nred,round\n"); status != http.StatusBadRequest {
		t.Errorf("a file without addresses gave %d", status)
	}
	if v := matching(); v.Accounts != 1 || v.InAccounts != 1 || v.NotInFile != 0 {
		t.Errorf("after the second file the matching is %+v", v)
	}
	audit := h.must(incident.RoleDPO, "GET", "/api/v1/audit", "")
	if strings.Count(audit, incident.EvAccountsLoaded) != 2 || strings.Contains(audit, "example.com") || !strings.Contains(audit, `"replaced":3`) {
		t.Errorf("the record says %s", audit)
	}
	for _, role := range []incident.Role{incident.RoleResponder, incident.RoleAuditor, incident.RoleAdmin, incident.RoleApprover} {
		if status, _ := h.ask(role, "POST", "/api/v1/people/accounts", "email\na@example.com\n"); status != http.StatusForbidden {
			t.Errorf("the role %s loaded accounts: %d", role, status)
		}
	}
	if _, err := h.store.Erase(t.Context(), strings.TrimPrefix(one, "/api/v1/incidents/")); err != nil {
		t.Fatal(err)
	}
	if v := matching(); v.InAccounts != 0 {
		t.Errorf("after the erasure people are still matched: %+v", v)
	}
}
