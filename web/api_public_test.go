package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

func TestAPublicCommunicationFromTheCasesFactsToItsPublication(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	one := "/api/v1/incidents/" + id
	view := func() publicView {
		t.Helper()
		var v publicView
		if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", one+"/public", "")), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := view(); v.Status != "none" || v.Version != 0 {
		t.Errorf("before a draft there is %+v", v)
	}
	if status, answer := h.ask(incident.RoleApprover, "POST", one+"/public/approve", "{}"); status != http.StatusConflict {
		t.Errorf("nothing was approved: %d %s", status, answer)
	}
	h.must(incident.RoleResponder, "POST", one+"/public", "{}")
	v := view()
	if v.Status != "drafted" || len(v.Texts) != 2 || len(v.Missing) == 0 {
		t.Fatalf("the first draft is %+v", v)
	}
	named := strings.Join(v.Missing, "\n")
	for _, want := range []string{"en: data_kinds", "es: measures"} {
		if !strings.Contains(named, want) {
			t.Errorf("%q is not named as missing: %s", want, named)
		}
	}
	if status, answer := h.ask(incident.RoleApprover, "POST", one+"/public/approve", "{}"); status != http.StatusConflict || !strings.Contains(answer, "34(2)") {
		t.Errorf("an incomplete text was approved: %d %s", status, answer)
	}
	// What was missing becomes known.
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", "email,name,country\nana@example.com,Ana,ES\nnowhere,Eva,ES\n")
	h.must(incident.RoleResponder, "POST", one+"/tasks/cut_integration/done", `{"note":"keys withdrawn"}`)
	h.must(incident.RoleResponder, "POST", one+"/public", "{}")
	if v = view(); len(v.Missing) != 0 || v.Version != 2 || v.Untold != 1 {
		t.Fatalf("the second draft is %+v", v)
	}
	for _, person := range []string{"ana@example.com", "Eva"} {
		if strings.Contains(fmt.Sprint(v.Texts), person) {
			t.Errorf("the public text holds %q", person)
		}
	}
	text := h.must(incident.RoleApprover, "GET", one+"/public/es", "")
	page := h.must(incident.RoleApprover, "GET", one+"/public/es?format=html", "")
	for _, got := range []string{text, page} {
		if !strings.Contains(got, "brecha de seguridad de datos personales") || !strings.Contains(got, "2 personas") || !strings.Contains(got, "dpo@example.com") {
			t.Errorf("the text is %s", got)
		}
	}
	for path, want := range map[string]int{"/public/fr": 400, "/public/es?format=pdf": 400, "/public/es?x=1": 400} {
		if status, answer := h.ask(incident.RoleDPO, "GET", one+path, ""); status != want {
			t.Errorf("%s gave %d %s", path, status, answer)
		}
	}
	if status, _ := h.ask(incident.RoleResponder, "POST", one+"/public/approve", "{}"); status != http.StatusForbidden {
		t.Errorf("the drafter's approval: %d", status)
	}
	h.must(incident.RoleApprover, "POST", one+"/public/approve", "{}")
	// More people change the case, and not the text that was approved.
	h.must(incident.RoleDPO, "POST", one+"/people?name=b.csv", "email,name,country\nleo@example.com,Leo,ES\n")
	if again := h.must(incident.RoleApprover, "GET", one+"/public/es", ""); again != text {
		t.Errorf("the approved text changed to %s", again)
	}
	now := time.Now().UTC().Format(time.RFC3339)
	for body, field := range map[string]string{
		`{"at":"` + now + `","reason":"r"}`:                      "where",
		`{"at":"tomorrow","where":"w","reason":"r"}`:             "at",
		`{"at":"2001-01-01T00:00:00Z","where":"w","reason":"r"}`: "at",
	} {
		if status, answer := h.ask(incident.RoleDPO, "POST", one+"/public/publication", body); status != http.StatusBadRequest || !strings.Contains(answer, field) {
			t.Errorf("%s gave %d %s", body, status, answer)
		}
	}
	h.must(incident.RoleDPO, "POST", one+"/public/publication", `{"at":"`+now+`","where":"https://www.example.com/brecha","reason":"No address reaches them."}`)
	if v = view(); v.Status != "published" || len(v.Publications) != 1 || v.Publications[0].Where != "https://www.example.com/brecha" {
		t.Errorf("the publication is %+v", v)
	}
	if list := h.must(incident.RoleDPO, "GET", one+"/people/untold", ""); !strings.Contains(list, ","+time.Now().In(zoneOf("Europe/Madrid")).Format("2006-01-")) {
		t.Errorf("the list of those not told does not say that they were told in public: %s", list)
	}
}

func TestThePageOfThePublicCommunicationLeadsFromStepToStep(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	one := "/api/v1/incidents/" + id
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", "email,name,country\nana@example.com,Ana,ES\n")
	h.must(incident.RoleResponder, "POST", one+"/tasks/cut_integration/done", `{"note":"keys withdrawn"}`)
	path := "/incidents/" + id + "/public"
	as := func(role incident.Role) func(method, path string, form url.Values) seen {
		v := h.visitor()
		return func(method, path string, form url.Values) seen {
			return v.do(method, path, form, "Authorization", "Bearer "+h.tokens[role])
		}
	}
	responder, deputy := as(incident.RoleResponder), as(incident.RoleDeputy)
	if got := responder("GET", path, nil); got.status != 200 || !strings.Contains(got.body, "Draft from what is recorded") || strings.Contains(got.body, "Approve this text") {
		t.Fatalf("the empty page gave %d: %s", got.status, got.body)
	}
	if got := responder("POST", path+"/draft", url.Values{}); got.status != http.StatusSeeOther || got.location != path {
		t.Fatalf("drafting gave %d to %q: %s", got.status, got.location, got.body)
	}
	if got := deputy("GET", path, nil); !strings.Contains(got.body, "Approve this text") || !strings.Contains(got.body, "brecha de seguridad") {
		t.Errorf("the drafted page is %s", got.body)
	}
	if got := deputy("POST", path+"/approve", url.Values{}); got.status != http.StatusSeeOther {
		t.Fatalf("approving gave %d: %s", got.status, got.body)
	}
	wrong := deputy("POST", path+"/publication", url.Values{"at": {"yesterday"}, "where": {"The <b>Daily"}, "reason": {"r"}})
	if wrong.status != 400 || !strings.Contains(wrong.body, `aria-invalid="true"`) || !strings.Contains(wrong.body, "The &lt;b&gt;Daily") {
		t.Errorf("a wrong instant gave %d: %s", wrong.status, wrong.body)
	}
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"at": {time.Now().In(madrid).Format("2006-01-02T15:04")}, "where": {"The Daily, page 3"}, "reason": {"They have no address."}}
	if got := deputy("POST", path+"/publication", form); got.status != http.StatusSeeOther {
		t.Fatalf("recording the publication gave %d: %s", got.status, got.body)
	}
	if got := deputy("GET", path, nil); !strings.Contains(got.body, "The Daily, page 3") {
		t.Errorf("the published page is %s", got.body)
	}
	if got := deputy("GET", "/incidents/"+id, nil); !strings.Contains(got.body, "published on ") {
		t.Error("the case's page does not say that people were told in public")
	}
	if got := as(incident.RoleAdmin)("GET", path, nil); got.status != http.StatusForbidden {
		t.Errorf("the administrator saw the page: %d", got.status)
	}
}
