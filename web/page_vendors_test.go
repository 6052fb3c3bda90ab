package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

// vendor puts a vendor on the list and gives its id.
func (h *house) vendor(body string) string {
	h.t.Helper()
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "POST", "/api/v1/vendors", body)), &made); err != nil {
		h.t.Fatal(err)
	}
	return made.ID
}

func TestAVendorIsPutOnTheListChosenInAReportAndItsClockJudged(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	shows(t, v.get("/vendors"), "No vendor is on the list", "Add a vendor")
	made := v.press("/vendors/new", http.StatusSeeOther, "name", "Mirador <b>", "contract_hours", "24", "contract", "DPA 9.2",
		"contact_name", "Nina", "contact_email", "nina@mirador.example.net", "contact_phone", "+34 600", "processes", "Names & mails")
	page := v.get(made.location)
	shows(t, page, "Mirador &lt;b&gt;", "24 hours", "DPA 9.2", "nina@mirador.example.net", "Names &amp; mails", "Nothing yet")
	id := strings.TrimPrefix(made.location, "/vendors/")

	place, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().In(place)
	got := v.report(v.reporting(map[string]string{"kind": "vendor", "vendor": "", "vendor_id": id, "title": "Data set exported",
		"detected": at.Add(-30 * time.Hour).Format(localInstant)}))
	if got.status != http.StatusSeeOther {
		t.Fatalf("the report gave %d: %s", got.status, got.body)
	}
	shows(t, v.get(got.location), "Mirador &lt;b&gt;", "/vendors/"+id)
	shows(t, v.get(made.location), "Data set exported", "29 h 00 min of 24 hours", "not kept")
	shows(t, v.get("/vendors"), "1 open, 0 closed", "not kept")

	// A case that names it is offered, and linked at a press.
	body := `{"key":"named","disclosure":{"title":"Named alone","kind":"vendor","vendor":{"name":"mirador <B>"},"received_at":"` +
		at.Add(-time.Hour).Format(time.RFC3339) + `","zone":"Europe/Madrid","authority":"AEPD","personal_data":"yes"}}`
	var opened struct{ ID string }
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "POST", "/api/v1/incidents", body)), &opened); err != nil {
		t.Fatal(err)
	}
	shows(t, v.get("/incidents/"+opened.ID), "A vendor of this name is on your list.")
	shows(t, v.get(made.location), "Cases that name it", "Named alone")
	v.press(made.location+"/cases", http.StatusSeeOther, "incident", opened.ID)
	after := v.get(made.location)
	shows(t, after, "not told when it found out")
	if strings.Contains(after.body, "Cases that name it") {
		t.Error("a case that was linked is still offered")
	}

	// Changed, then ended: it leaves the choice, and its cases stay.
	if wrong := v.press(made.location+"/change", http.StatusBadRequest, "name", "Mirador", "contract_hours", "a day"); !strings.Contains(wrong.body, `value="a day"`) {
		t.Error("what was written into the form is lost")
	}
	v.press(made.location+"/change", http.StatusSeeOther, "name", "Mirador", "contract_hours", "")
	shows(t, v.get(made.location), "no hours agreed", "nobody named", "29 h 00 min of 24 hours")
	v.press(made.location+"/end", http.StatusSeeOther)
	shows(t, v.get(made.location), "works for you no longer", "Data set exported")
	shows(t, v.get("/vendors"), "Vendors that work for you no longer")
	if form := v.get("/incidents/new"); strings.Contains(form.body, id) {
		t.Error("a vendor that ended can be chosen")
	}
	v.press(made.location+"/end", http.StatusConflict)
}

func TestVendorsOverTheAPI(t *testing.T) {
	h := newHouse(t)
	id := h.vendor(`{"name":"Mirador Analytics","contract_hours":48,"contact_email":"privacy@mirador.example.net"}`)
	one := "/api/v1/vendors/" + id
	for body, want := range map[string]string{
		`{"name":"Mirador Analytics"}`: "on the list already",
		`{"name":""}`:                  "name",
		`{"name":"X","contact_email":"\"a b\"@example.com"}`: "contact_email",
		`{"name":"X","contract_hours":-1}`:                   "contract_hours",
		`{"name":"X","id":"vn_mine"}`:                        "id",
		`{"name":"X","ended_at":"2026-01-01T00:00:00Z"}`:     "ended_at",
	} {
		status, answer := h.ask(incident.RoleDPO, "POST", "/api/v1/vendors", body)
		if status != http.StatusBadRequest && status != http.StatusConflict || !strings.Contains(answer, want) || strings.Contains(answer, "a b") {
			t.Errorf("%s gave %d: %s", body, status, answer)
		}
	}
	var v vendorView
	read := func(answer string) {
		t.Helper()
		v = vendorView{}
		if err := json.Unmarshal([]byte(answer), &v); err != nil {
			t.Fatal(err)
		}
	}
	h.open() // names Mirador Analytics
	read(h.must(incident.RoleAuditor, "GET", one, ""))
	if len(v.Suggestions) != 1 || len(v.Disclosures) != 0 || v.ContractHours != 48 {
		t.Fatalf("the vendor is %+v", v)
	}
	linked := "/api/v1/incidents/" + v.Suggestions[0].ID
	h.must(incident.RoleDPO, "POST", linked+"/assessments", `{"facts":{"x":1},"decision":{"notify_authority":false,"communicate":false,"reason":"x"}}`)
	h.must(incident.RoleDPO, "POST", linked+"/close", `{"reason":"x"}`)
	for _, body := range []string{`{"vendor":"vn_none"}`, `{"vendor":"` + strings.Repeat("x", 100) + `"}`} {
		if status, answer := h.ask(incident.RoleDPO, "POST", linked+"/vendor", body); status != http.StatusNotFound {
			t.Errorf("%s gave %d: %s", body, status, answer)
		}
	}
	h.must(incident.RoleDPO, "POST", linked+"/vendor", `{"vendor":"`+id+`"}`)
	read(h.must(incident.RoleDeputy, "POST", one, `{"contract":"DPA, 9.2"}`))
	if len(v.Suggestions) != 0 || len(v.Disclosures) != 1 || v.Disclosures[0].ContractClock != incident.ContractUnknown ||
		v.Contract != "DPA, 9.2" || v.ContactEmail != "privacy@mirador.example.net" {
		t.Errorf("after the link and the change: %+v", v)
	}
	if shown := h.must(incident.RoleDPO, "GET", linked, ""); !strings.Contains(shown, `"vendor_id":"`+id+`"`) {
		t.Errorf("the case does not say which vendor it is about: %s", shown)
	}
	h.must(incident.RoleDPO, "POST", one+"/end", "{}")
	if list := h.must(incident.RoleResponder, "GET", "/api/v1/vendors", ""); !strings.Contains(list, `"ended_at"`) {
		t.Errorf("the list: %s", list)
	}
	record := h.must(incident.RoleDPO, "GET", "/api/v1/audit", "")
	if strings.Contains(record, "mirador.example.net") || strings.Count(record, incident.EvVendorChanged) < 3 {
		t.Errorf("the record of the installation: %s", record)
	}
}
