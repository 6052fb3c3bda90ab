package web

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/web/wording"
)

// noWordMissing fails for a text that nobody wrote.
func noWordMissing(t *testing.T, page seen) {
	t.Helper()
	if missing := regexp.MustCompile(`\?[a-z_]+\?`).FindString(page.body); missing != "" {
		t.Errorf("the page has no words for %s", missing)
	}
}

func TestTheAuditTrailShowsAllCasesAndTheInstallation(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	page := v.get("/audit")
	shows(t, page, "Audit trail", "Incident opened", `href="/incidents/`+id+`"`, "INC-", "Signed in", "Account added: ", "Entries in the log", "Nothing yet: it is signed")
	noWordMissing(t, page)
	if strings.Contains(page.body, "mirador.example.net") || strings.Contains(page.body, visitorEmail) {
		t.Error("the page shows an address")
	}
	spanish := h.as(incident.RoleAuditor, "es@example.com", "es").get("/audit?kind=security")
	shows(t, spanish, "Registro de auditoría", "Sesión iniciada", "solo seguridad")
	noWordMissing(t, spanish)
	if strings.Contains(spanish.body, "Incidente abierto") {
		t.Error("the filter lets others through")
	}
}

func TestTheAuditTrailIsFilteredAndTurnsItsPages(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	h.must(incident.RoleDPO, "GET", "/api/v1/incidents/"+id+"/people?limit=1", "")
	reads := v.get("/audit?kind=reads&incident=" + id)
	shows(t, reads, "data looked at", `href="/incidents/`+id+`"`)
	if strings.Contains(reads.body, "Incident opened") || strings.Contains(reads.body, "Signed in") {
		t.Error("a list of reads holds what is none")
	}
	shows(t, v.get("/audit?role=approver"), "No entry is like this.")
	shows(t, v.get("/audit?to=2020-01-01"), "No entry is like this.")
	shows(t, v.get("/audit?from=2020-01-01&role=dpo"), "Incident opened", `value="2020-01-01"`)
	shows(t, v.get("/audit?kind="+incident.EvOpened), "Incident opened", `<option value="incident_opened" selected>`)
	for range trailRowsShown {
		if err := h.store.RecordForInstallation(t.Context(), incident.Actor{Role: incident.RoleDPO, ID: "x"}, incident.VerifyRecord{OK: true}); err != nil {
			t.Fatal(err)
		}
	}
	first := v.get("/audit?role=dpo")
	older := regexp.MustCompile(`href="(/audit\?before=\d+&amp;role=dpo)"`).FindStringSubmatch(first.body)
	if older == nil {
		t.Fatal("there is no way to the older entries")
	}
	second := v.get(strings.ReplaceAll(older[1], "&amp;", "&"))
	shows(t, second, "Incident opened", `href="/audit?role=dpo"`)
	for _, wrong := range []string{"?before=x", "?before=-1", "?before=999999", "?moon=full", "?kind=%00", "?kind=Drop+it", "?role=nobody", "?role=dpo&role=admin",
		"?from=yesterday", "?to=2026-02-30", "?incident=nowhere"} {
		got := v.get("/audit" + wrong)
		if got.status != http.StatusBadRequest {
			t.Errorf("%s gave %d", wrong, got.status)
		}
		noWordMissing(t, got)
	}
	if got := v.get("/audit?incident=%3Cscript%3E"); !strings.Contains(got.body, "There is no such incident.") || !strings.Contains(got.body, `value="&lt;script&gt;"`) {
		t.Error("who asks for an incident that is none is not told so beside what was asked")
	}
}

func TestAnAdministratorReadsTheInstallationsEntriesAlone(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	h.must(incident.RoleDPO, "GET", "/api/v1/incidents/"+id+"/people?limit=1", "")
	v := h.signedIn(incident.RoleAdmin)
	page := v.get("/audit")
	shows(t, page, "Signed in", "data looked at", "accounts, keys, exports")
	noWordMissing(t, page)
	if strings.Contains(page.body, "Incident opened") || strings.Contains(page.body, "/audit/export") || strings.Contains(page.body, "/incidents/"+id) {
		t.Error("an administrator is shown a case")
	}
	if got := v.get("/audit?incident=" + id); got.status != http.StatusForbidden {
		t.Errorf("the entries of a case gave %d", got.status)
	}
	if got := v.get("/audit?kind=" + incident.EvOpened); got.status != http.StatusOK || strings.Contains(got.body, "#1 ") || !strings.Contains(got.body, "No entry is like this.") {
		t.Errorf("a type of events of cases gave %d with entries", got.status)
	}
}

func TestTheAuditTrailIsTakenAwayAsAFileAndThatIsRecorded(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAuditor)
	id := h.open()
	got := v.do(http.MethodPost, "/audit/export", url.Values{"format": {"csv"}, "incident": {id}})
	rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	if err != nil || got.status != http.StatusOK || len(rows) != h.events(id)+1 || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("the table gave %d with %d rows, %v", got.status, len(rows), err)
	}
	if last := rows[len(rows)-1]; last[6] != incident.EvOpened || last[7] != "Incident opened" || last[3] != id || last[5] != "1" {
		t.Errorf("the oldest entry came as %q", last)
	}
	if strings.Contains(got.body, "Officer") || strings.Contains(got.body, visitorEmail) {
		t.Error("the file names a person")
	}
	got = v.do(http.MethodPost, "/audit/export", url.Values{"format": {"jsonl"}, "kind": {"security"}})
	n := 0
	for line := range strings.Lines(got.body) {
		var one trailEntry
		if err := json.Unmarshal([]byte(line), &one); err != nil || one.Hash == "" {
			t.Fatalf("the line %q: %v", line, err)
		}
		n++
	}
	if n < 3 || !strings.Contains(got.body, `"type":"record_exported"`) || strings.Contains(got.body, incident.EvOpened) {
		t.Errorf("the lines are %d, with the wrong entries: %s", n, got.body)
	}
	for name, form := range map[string]url.Values{"no form": {}, "a form that is none": {"format": {"xlsx"}}, "a role that is none": {"format": {"csv"}, "role": {"x"}}} {
		if got := v.do(http.MethodPost, "/audit/export", form); got.status != http.StatusBadRequest {
			t.Errorf("%s gave %d", name, got.status)
		}
	}
	shows(t, v.get("/audit?kind=record_exported"), "Entries of the record exported", "&#34;format&#34;: &#34;jsonl&#34;")
}

func TestTheWholeRecordIsCheckedOnThePageAndThatIsRecorded(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	h.open()
	h.must(incident.RoleDPO, "POST", "/api/v1/checkpoint", "{}")
	got := v.do(http.MethodPost, "/audit/check", url.Values{})
	shows(t, got, "Nothing was changed", "Root ", "Record verified", "Last signed")
	noWordMissing(t, got)
}

func TestTheAPIGivesTheTrailPageByPage(t *testing.T) {
	h := newHouse(t)
	h.open()
	var all []int64
	path := "/api/v1/audit/entries?limit=3"
	for path != "" {
		var list struct {
			Entries []struct{ Index int64 }
			Next    *int64
		}
		if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", path, "")), &list); err != nil {
			t.Fatal(err)
		}
		for _, e := range list.Entries {
			all = append(all, e.Index)
		}
		path = ""
		if list.Next != nil {
			path = fmt.Sprintf("/api/v1/audit/entries?limit=3&before=%d", *list.Next)
		}
	}
	head, err := h.store.LogHead(t.Context())
	if err != nil || int64(len(all)) != head.Size || all[0] != head.Size-1 || all[len(all)-1] != 0 {
		t.Errorf("the pages hold %v of %d entries, %v", all, head.Size, err)
	}
	for query, status := range map[string]int{
		"?from=2026-11-17": http.StatusBadRequest,
		"?limit=1001":      http.StatusBadRequest,
		"?kind=moon!":      http.StatusBadRequest,
		"?before=99999":    http.StatusBadRequest,
		"?from=2026-11-17T00:00:00%2B01:00&kind=reads": http.StatusOK,
	} {
		if got, body := h.ask(incident.RoleDPO, "GET", "/api/v1/audit/entries"+query, ""); got != status {
			t.Errorf("%s gave %d: %s", query, got, body)
		}
	}
	if got, _ := h.ask(incident.RoleAdmin, "GET", "/api/v1/audit/entries?incident=INC-2026-0001", ""); got != http.StatusForbidden {
		t.Errorf("an administrator who asks for a case is answered %d", got)
	}
}

func TestEveryTypeOfEventIsNamedInTheTrail(t *testing.T) {
	for _, w := range []wording.Words{wording.For("en"), wording.For("es")} {
		for _, area := range incident.Areas() {
			if w.Own("trail_kind_"+area) == "" {
				t.Errorf("the area %s has no words in %s", area, w.Lang)
			}
		}
		for _, what := range []string{incident.AccountAdded, incident.AccountReset, incident.AccountEnded, incident.AccountSignedIn, incident.AccountPasswordChanged,
			incident.AccountFactorOn, incident.AccountFactorOff, incident.AccountTokenCreated, incident.AccountTokenRevoked, incident.AccountCalendarOn, incident.AccountCalendarOff} {
			if w.Own("account_did_"+what) == "" {
				t.Errorf("what happens to an account, %s, has no words in %s", what, w.Lang)
			}
		}
	}
}
