package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tocsin/incident"
)

func TestAFileIsAnalysedBeforeAnythingOfItIsStored(t *testing.T) {
	h := newHouse(t)
	one := "/api/v1/incidents/" + h.open()
	const file = "Correo;Nombre;Pais;Cuenta;Altura\r\n" +
		"ana@example.com;Ana Robles;ES;ES9121000418450200051332;170\r\n" +
		"bo@example.com;Bo Pinto;PT;PT50000201231234567890154;180\r\n"
	raw := h.must(incident.RoleResponder, "POST", one+"/people/analysis?name=vendor.csv", file)
	var found analysisAnswer
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		t.Fatal(err)
	}
	if found.Format != "CSV" || found.Delimiter != ";" || found.Rows != 2 || !found.Complete || len(found.Columns) != 5 {
		t.Errorf("the file is described as %s", raw)
	}
	for i, want := range []struct{ field, kind string }{
		{"email", "email"}, {"name", "name"}, {"country", "location"}, {"bank_account", "bank_account"},
	} {
		if c := found.Columns[i]; c.Field != want.field || c.DataKind != want.kind || c.Why == "" || c.DataKindName == "" {
			t.Errorf("column %d is %+v, want %+v", i+1, c, want)
		}
	}
	for _, secret := range []string{"ana@", "Robles", "ES91"} {
		if strings.Contains(raw, secret) {
			t.Errorf("the analysis repeats the value %q", secret)
		}
	}
	if list := h.must(incident.RoleDPO, "GET", one+"/people", ""); strings.Contains(list, "ana@example.com") {
		t.Errorf("the analysis stored somebody: %s", list)
	}
	// What was confirmed is what is read: the bank account is left out.
	answer := h.must(incident.RoleResponder, "POST", one+"/people?name=vendor.csv&map=Cuenta%3D-", file)
	var imported importAnswer
	if err := json.Unmarshal([]byte(answer), &imported); err != nil {
		t.Fatal(err)
	}
	if imported.Accepted != 2 || imported.ByDataKind["bank_account"] != 0 || imported.ByLanguage["pt"] != 1 || imported.Format != "CSV" {
		t.Errorf("the import gave %s", answer)
	}
	for _, bad := range []struct{ query, body string }{
		{"?name=vendor.xlsx", file}, {"", ""}, {"?name=..%2Fvendor.csv", file}, {"?colour=red", file},
	} {
		path := "/people"
		if bad.query != "?name=vendor.xlsx" {
			path = "/people/analysis"
		}
		if status, reply := h.ask(incident.RoleResponder, "POST", one+path+bad.query, bad.body); status != http.StatusBadRequest {
			t.Errorf("%s%s with %d bytes gave %d %s", path, bad.query, len(bad.body), status, reply)
		}
	}
	for _, role := range []incident.Role{incident.RoleAuditor, incident.RoleAdmin} {
		if status, _ := h.ask(role, "POST", one+"/people/analysis", file); status != http.StatusForbidden {
			t.Errorf("the role %s analysed a file: %d", role, status)
		}
	}
}

func TestARowThatRepeatsAPersonAddsItsKindsOfData(t *testing.T) {
	h := newHouse(t)
	one := "/api/v1/incidents/" + h.open()
	const file = "email,name,phone,user_id,birth_date\nana@example.com,Ana,,u1,\nANA@example.com,,600000000,u1,\n" +
		",Bo,,u2,\n,,,u2,1990-01-02\n"
	first := h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", file)
	var got importAnswer
	if err := json.Unmarshal([]byte(first), &got); err != nil {
		t.Fatal(err)
	}
	if got.Duplicates != 2 || got.ByDataKind["phone"] != 1 || got.ByDataKind["birth_date"] != 1 || len(got.Warnings) != 0 {
		t.Errorf("the import gave %s", first)
	}
	var list peopleList
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "GET", one+"/people", "")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.People) != 2 {
		t.Fatalf("there are %d people", len(list.People))
	}
	for i, kind := range []string{"phone", "birth_date"} {
		if !slices.Contains(list.People[i].Kinds, kind) {
			t.Errorf("person %d has the kinds %q without %s", i+1, list.People[i].Kinds, kind)
		}
	}
	// Ana came before: neither she nor what her further row exposes counts again.
	again := h.must(incident.RoleDPO, "POST", one+"/people?name=b.csv",
		"email,name,phone\nana@example.com,Ana,\nana@example.com,,600000000\ncy@example.com,Cy,\n")
	got = importAnswer{}
	if err := json.Unmarshal([]byte(again), &got); err != nil {
		t.Fatal(err)
	}
	if got.Accepted != 1 || got.Duplicates != 2 || got.ByDataKind["phone"] != 0 || got.ByDataKind["name"] != 1 {
		t.Errorf("the further import gave %s", again)
	}
}
