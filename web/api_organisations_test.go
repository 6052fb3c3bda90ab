package web

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tocsin/incident"
)

const organisationsFile = "email,name,organisation,country\n" +
	"ana@example.com,Ana,ACME Ltd,ES\n" +
	"nowhere,\"=HYPERLINK(1)\",acme  ltd,FR\n" +
	"bo@example.com,Bo,\"<b>&\"\"=1\",DE\n" +
	"cy@example.com,Cy,,DE\n"

func TestAnOrganisationGetsTheListOfItsOwnPeopleAlone(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	one := "/api/v1/incidents/" + id
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", organisationsFile)
	var list organisationList
	if err := json.Unmarshal([]byte(h.must(incident.RoleResponder, "GET", one+"/people/organisations", "")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Organisations) != 2 || list.Organisations[0].Organisation != "ACME Ltd" || list.Organisations[0].People != 2 || list.Organisations[0].Undeliverable != 1 {
		t.Fatalf("the organisations are %+v", list.Organisations)
	}
	page := h.must(incident.RoleDPO, "GET", "/incidents/"+id+"/organisations", "")
	if strings.Contains(page, "<b>&") || !strings.Contains(page, "ACME Ltd") || !strings.Contains(page, "organisation=ACME%20Ltd") {
		t.Errorf("the page does not list the organisations safely")
	}
	if !strings.Contains(h.must(incident.RoleDPO, "GET", "/incidents/"+id, ""), "/organisations") {
		t.Error("the case's page does not lead to the organisations")
	}
	for _, path := range []string{one + "/people/organisation", "/incidents/" + id + "/organisations/list"} {
		rows, err := csv.NewReader(strings.NewReader(h.must(incident.RoleResponder, "GET", path+"?organisation=ACME+LTD", ""))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 3 || rows[1][1] != "ana@example.com" || rows[2][0] != "'=HYPERLINK(1)" || !strings.HasPrefix(rows[2][8], "cannot be sent") {
			t.Errorf("%s gives %q", path, rows)
		}
		for name, c := range map[string]struct {
			query  string
			status int
		}{
			"no organisation": {"", http.StatusBadRequest}, "an empty one": {"?organisation=+", http.StatusBadRequest},
			"one that nobody belongs to": {"?organisation=Bakers", http.StatusNotFound},
			"one beside another":         {"?organisation=ACME+Ltd&organisation=Bakers", http.StatusBadRequest},
		} {
			if status, answer := h.ask(incident.RoleDPO, "GET", path+c.query, ""); status != c.status || strings.Contains(answer, "ana@") {
				t.Errorf("%s: %d %s", name, status, answer)
			}
		}
	}
	odd := url.Values{"organisation": {`<b>&"=1`}}.Encode()
	if rows := h.must(incident.RoleDPO, "GET", one+"/people/organisation?"+odd, ""); !strings.Contains(rows, "bo@example.com") {
		t.Errorf("an organisation with an odd name has the list %q", rows)
	}
	for _, role := range []incident.Role{incident.RoleAdmin, incident.RoleApprover} {
		if status, _ := h.ask(role, "GET", one+"/people/organisation?organisation=ACME+Ltd", ""); status != http.StatusForbidden {
			t.Errorf("the role %s took a list: %d", role, status)
		}
	}
}
