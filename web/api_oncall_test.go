package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tocsin/incident"
)

func TestTheOrderOnCallIsShownAndSetThroughTheAPI(t *testing.T) {
	h := newHouse(t)
	read := func(body string) (ids []string) {
		t.Helper()
		var view onCallView
		if err := json.Unmarshal([]byte(body), &view); err != nil {
			t.Fatal(err)
		}
		for _, one := range view.People {
			ids = append(ids, one.ID)
		}
		return ids
	}
	ids := read(h.must(incident.RoleAuditor, "GET", "/api/v1/on-call", ""))
	if len(ids) != 2 {
		t.Fatalf("%d people are called", len(ids))
	}
	order := func(ids ...string) string {
		body, err := json.Marshal(onCallRequest{Accounts: ids})
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	if got := read(h.must(incident.RoleAdmin, "POST", "/api/v1/on-call", order(ids[1], ids[0]))); got[0] != ids[1] {
		t.Errorf("the order is %v", got)
	}
	for name, body := range map[string]string{
		"one forgotten": order(ids[0]), "one twice": order(ids[0], ids[0]), "a stranger": order(ids[0], "stranger"), "nobody": order(),
	} {
		if status, got := h.ask(incident.RoleDPO, "POST", "/api/v1/on-call", body); status != http.StatusBadRequest {
			t.Errorf("%s gives %d, %s", name, status, got)
		}
	}
	if got := read(h.must(incident.RoleDPO, "GET", "/api/v1/on-call", "")); got[0] != ids[1] {
		t.Errorf("after refusals the order is %v", got)
	}
}

func TestLinksForCounselAreKeptThroughTheAPI(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	links := "/api/v1/incidents/" + id + "/counsel-links"
	var made counselLinkMade
	if err := json.Unmarshal([]byte(h.must(incident.RoleDeputy, "POST", links, `{"name":"Firm","days":3}`)), &made); err != nil {
		t.Fatal(err)
	}
	path, ok := strings.CutPrefix(made.URL, "http://127.0.0.1")
	if !ok || !made.Open {
		t.Fatalf("the link is %+v", made)
	}
	if seen := h.visitor().get(path); !strings.Contains(seen.body, "<form") {
		t.Errorf("the link shows %.200s", seen.body)
	}
	list := h.must(incident.RoleAuditor, "GET", links, "")
	if !strings.Contains(list, made.ID) || strings.Contains(list, path) {
		t.Errorf("the list is %s", list)
	}
	if status, got := h.ask(incident.RoleDPO, "POST", links, `{"name":"Firm","days":31}`); status != http.StatusBadRequest {
		t.Errorf("a link for 31 days gives %d, %s", status, got)
	}
	for _, role := range []incident.Role{incident.RoleResponder, incident.RoleApprover, incident.RoleAuditor, incident.RoleAdmin} {
		if status, got := h.ask(role, "POST", links, `{"name":"Firm"}`); status != http.StatusForbidden {
			t.Errorf("%s makes a link: %d, %s", role, status, got)
		}
	}
	h.must(incident.RoleDPO, "POST", links+"/"+made.ID+"/revoke", "")
	if list := h.must(incident.RoleDPO, "GET", links, ""); !strings.Contains(list, "revoked_at") {
		t.Errorf("the list is %s", list)
	}
	if status, got := h.ask(incident.RoleDPO, "POST", "/api/v1/incidents/other/counsel-links/"+made.ID+"/revoke", ""); status != http.StatusNotFound {
		t.Errorf("the link of another case gives %d, %s", status, got)
	}
}

func TestOnlyWhoLinksAVendorIsOfferedIt(t *testing.T) {
	h := newHouse(t)
	h.vendor(`{"name":"Mirador Analytics"}`)
	id := h.open()
	if page := h.signedIn(incident.RoleDPO).get("/incidents/" + id); !strings.Contains(page.body, "Link to this vendor") {
		t.Error("the DPO is not offered to link the vendor")
	}
	if page := h.as(incident.RoleAuditor, "second@example.com", "en").get("/incidents/" + id); page.status != http.StatusOK || strings.Contains(page.body, "Link to this vendor") {
		t.Errorf("an auditor is offered to link the vendor, or sees nothing: %d", page.status)
	}
}
