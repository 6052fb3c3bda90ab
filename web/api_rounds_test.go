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
	"tocsin/postgres"
)

// noticeOf is a content in English that any template takes but not_affected.
func noticeOf(further string) string {
	return `{"template":"","email":"dpo@example.com","page_url":"https://privacy.example.com/incident"` + further + `,"locales":{"en":{
		"contact_name":"DPO","nature":["A file was taken."],"consequences":["Somebody may write to you."],"measures":["The flow was stopped."]%s}}}`
}

// sent drafts, approves, starts and sends a round by hand: the engine has its
// own tests.
func (h *house) sent(id string, round int, draft string) {
	h.t.Helper()
	one := "/api/v1/incidents/" + id
	h.must(incident.RoleDPO, "POST", one+"/mailings", draft)
	of := fmt.Sprintf("%s/mailings/%d", one, round)
	h.must(incident.RoleApprover, "POST", of+"/approve", "{}")
	h.must(incident.RoleDPO, "POST", of+"/start", "{}")
	if err := h.store.PrepareDeliveries(h.t.Context(), id, round); err != nil {
		h.t.Fatal(err)
	}
	claimed, err := h.store.Claim(h.t.Context(), id, round, "owner", 100)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, d := range claimed {
		out := postgres.DeliveryOutcome{State: postgres.StateAccepted, Code: 250, MessageID: fmt.Sprint(d.ID), At: time.Now()}
		if _, err := h.store.Settle(h.t.Context(), id, d.ID, "owner", out); err != nil {
			h.t.Fatal(err)
		}
	}
	counts, _, err := h.store.Counts(h.t.Context(), id, round)
	if err != nil {
		h.t.Fatal(err)
	}
	finish := incident.FinishMailing{Round: round, Counts: counts, SHA256: strings.Repeat("0", 64)}
	if _, err := (straight{h.store}).Command(h.t.Context(), id, incident.Engine(), finish); err != nil {
		h.t.Fatal(err)
	}
}

func TestAFollowUpTellsOfWhatALaterFileExposes(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	one := "/api/v1/incidents/" + id
	content := func(further, words string) string { return fmt.Sprintf(noticeOf(further), words) }
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", "email,name\nana@example.com,Ana\nbo@example.com,Bo\n")
	for name, c := range map[string]struct {
		path, body string
		status     int
		words      string
	}{
		"before anybody was told": {"/rounds", `{"kind":"follow_up","reason":"r"}`, 409, "nobody was told yet"},
		"a kind that is none":     {"/rounds", `{"kind":"everybody","reason":"r"}`, 400, "everybody"},
		"no reason":               {"/rounds", `{"kind":"follow_up"}`, 400, "reason"},
		"a file in words":         {"/rounds", `{"kind":"not_affected","reason":"r"}`, 400, "file"},
		"a draft without a round": {"/mailings", `{"template":"follow_up"}`, 409, "tocsin mailing open"},
		"an unknown template":     {"/mailings", `{"template":"spam"}`, 400, "spam"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, answer := h.ask(incident.RoleDPO, "POST", one+c.path, c.body); status != c.status || !strings.Contains(answer, c.words) {
				t.Errorf("%d %s", status, answer)
			}
		})
	}
	h.sent(id, 1, `{"template":"affected","content":`+content("", "")+`}`)

	var second importAnswer
	answer := h.must(incident.RoleDPO, "POST", one+"/people?name=b.csv", "email,name,card\nana@example.com,Ana,4111111111111111\nbo@example.com,Bo,\n")
	if err := json.Unmarshal([]byte(answer), &second); err != nil {
		t.Fatal(err)
	}
	if second.Accepted != 0 || second.Widened != 1 || second.WidenedTold != 1 {
		t.Errorf("the second file says %s", answer)
	}
	if status, answer := h.ask(incident.RoleResponder, "POST", one+"/rounds", `{"kind":"follow_up","reason":"r"}`); status != http.StatusForbidden {
		t.Errorf("a responder opened a round: %d %s", status, answer)
	}
	var opened roundAnswer
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "POST", one+"/rounds", `{"kind":"follow_up","reason":"The vendor sent a wider file."}`)), &opened); err != nil {
		t.Fatal(err)
	}
	if opened.Round != 3 || opened.Recipients.People != 1 {
		t.Fatalf("the round is %+v", opened)
	}
	follow := content("", `,"changes":["Card numbers were in the file too."]`)
	if status, answer := h.ask(incident.RoleDPO, "POST", one+"/mailings", `{"template":"follow_up","content":`+content("", "")+`}`); status != 400 || !strings.Contains(answer, "changes") {
		t.Errorf("a follow-up that says nothing new: %d %s", status, answer)
	}
	if status, answer := h.ask(incident.RoleDPO, "POST", one+"/mailings", `{"template":"affected","round":3,"content":`+content("", "")+`}`); status != 409 {
		t.Errorf("another template for the round: %d %s", status, answer)
	}
	h.must(incident.RoleDPO, "POST", one+"/mailings", `{"template":"follow_up","content":`+follow+`}`)
	var list peopleList
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "GET", one+"/people", "")), &list); err != nil {
		t.Fatal(err)
	}
	before := h.must(incident.RoleDPO, "GET", one+"/mailings/3", "")
	if !strings.Contains(before, `"kind":"follow_up"`) || !strings.Contains(before, `"pending":1`) {
		t.Errorf("the status before it is sent is %s", before)
	}
	preview := fmt.Sprintf("%s/mailings/3/preview?person=%d", one, list.People[0].ID)
	seen := h.must(incident.RoleDPO, "GET", preview, "")
	if !strings.Contains(seen, "Dear Ana") || !strings.Contains(seen, "ard number") || !strings.Contains(seen, time.Now().In(zoneOf("Europe/Madrid")).Format("2 January 2006")) {
		t.Errorf("the notice to one person is %s", seen)
	}
	if status, answer := h.ask(incident.RoleApprover, "GET", preview, ""); status != http.StatusForbidden || strings.Contains(answer, "Ana") {
		t.Errorf("an approver saw a person: %d %s", status, answer)
	}
	if status, _ := h.ask(incident.RoleDPO, "GET", one+"/mailings/3/preview?person=99", ""); status != http.StatusNotFound {
		t.Errorf("a person of no round: %d", status)
	}
	if audit := h.must(incident.RoleDPO, "GET", "/api/v1/audit", ""); !strings.Contains(audit, "people_seen") {
		t.Errorf("that somebody looked at a person is not recorded: %s", audit)
	}
	h.sent(id, 3, `{"template":"follow_up","content":`+follow+`}`)
	var coverage coverageView
	if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", one+"/coverage", "")), &coverage); err != nil {
		t.Fatal(err)
	}
	if coverage.Affected != 2 || !coverage.Owed.Nobody() || len(coverage.Kinds) != 2 || coverage.Kinds[0].Told != 2 || coverage.Kinds[1].Told != 1 {
		t.Errorf("the coverage is %+v", coverage)
	}
	page := h.must(incident.RoleDPO, "GET", "/incidents/"+id, "")
	if !strings.Contains(page, "people told before") {
		t.Error("the page does not say to whom the follow-up went")
	}
}

func TestRecipientsOfAFileAreThoseWhoAreConcerned(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	one := "/api/v1/incidents/" + id
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", "email,name,organisation\nana@example.com,Ana,ACME Ltd\nbo@example.com,Bo,ACME Ltd\n")
	accounts := "email,name,organisation,role\nana@example.com,Ana,ACME Ltd,member\nboss@example.com,Eva,ACME Ltd,admin\ncy@example.com,Cy,Bakers,admin\nbroken,Di,,\n"
	to := func(kind, reason string) string {
		return one + "/rounds/recipients?" + url.Values{"name": {"accounts.csv"}, "kind": {kind}, "reason": {reason}}.Encode()
	}
	before := h.events(id)
	for name, c := range map[string]struct {
		path, body string
		status     int
		words      string
	}{
		"no reason":           {to("not_affected", ""), accounts, 400, "reason"},
		"no kind":             {to("", "r"), accounts, 400, "kind"},
		"a kind without file": {to("follow_up", "r"), accounts, 400, "scope"},
		"no address column":   {to("not_affected", "r"), "a,b\n1,2\n", 400, "columns"},
		"nobody to write to":  {to("affected_organisation", "r"), "email,organisation,admin\ncy@example.com,Bakers,yes\n", 409, "administrator"},
		"only affected":       {to("not_affected", "r"), "email\nana@example.com\n", 409, "affected"},
		"too large":           {to("not_affected", "r"), strings.Repeat("email!\n", 1<<20), 413, "6 MB"},
		"an odd column":       {to("not_affected", "r") + "&map=x", accounts, 400, "COLUMN=FIELD"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, answer := h.ask(incident.RoleDPO, "POST", c.path, c.body); status != c.status || !strings.Contains(answer, c.words) {
				t.Errorf("%d %s", status, answer)
			}
		})
	}
	if after := h.events(id); after != before {
		t.Errorf("there were %d events and are %d", before, after)
	}
	var organisations, others roundAnswer
	for kind, out := range map[string]*roundAnswer{"affected_organisation": &organisations, "not_affected": &others} {
		if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "POST", to(kind, "They ask."), accounts)), out); err != nil {
			t.Fatal(err)
		}
	}
	if organisations.Recipients.People != 1 || others.Recipients.People != 2 || others.Recipients.Affected != 1 || others.Recipients.Rows != 4 {
		t.Fatalf("the rounds are %+v and %+v", organisations, others)
	}
	content := fmt.Sprintf(noticeOf(""), "")
	plain := `{"email":"dpo@example.com","locales":{"en":{"contact_name":"DPO","nature":["A file was taken."]}}}`
	if status, answer := h.ask(incident.RoleDPO, "POST", one+"/mailings", `{"template":"not_affected","content":`+content+`}`); status != 400 || !strings.Contains(answer, "consequences") {
		t.Errorf("a notice of consequences to somebody who is not affected: %d %s", status, answer)
	}
	list := func(round int) (list peopleList) {
		if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "GET", fmt.Sprintf("%s/people?round=%d", one, round), "")), &list); err != nil {
			t.Fatal(err)
		}
		return list
	}
	h.sent(id, organisations.Round, fmt.Sprintf(`{"template":"affected_organisation","round":%d,"content":%s}`, organisations.Round, content))
	boss := list(organisations.Round)
	if len(boss.People) != 1 || boss.People[0].Email != "boss@example.com" {
		t.Fatalf("the organisation's notice went to %+v", boss)
	}
	seen := h.must(incident.RoleDPO, "GET", fmt.Sprintf("%s/mailings/%d/preview?person=%d", one, organisations.Round, boss.People[0].ID), "")
	if !strings.Contains(seen, "ACME Ltd") || !strings.Contains(seen, "Dear Eva") || strings.Contains(seen, "ana@example.com") {
		t.Errorf("the notice to the administrator is %s", seen)
	}
	h.sent(id, others.Round, fmt.Sprintf(`{"template":"not_affected","round":%d,"content":%s}`, others.Round, plain))
	if told := list(others.Round); len(told.People) != 2 || told.People[0].Email == "ana@example.com" {
		t.Errorf("told that they are not affected are %+v", told)
	}
	if n := len(list(0).People); n != 2 {
		t.Errorf("%d people count as affected", n)
	}
	if audit := h.must(incident.RoleDPO, "GET", one+"/audit", ""); strings.Contains(audit, "example.com") {
		t.Error("a recipient stands in the ledger")
	}
}
