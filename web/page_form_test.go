package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

// theReminder is what the button of the first rung sends.
func theReminder() url.Values { return url.Values{"rung": {"48h"}, "revision": {"1"}} }

func TestTheCasePageAcknowledgesAndGivesFilesAway(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id, _ := h.rung("nobody")
	one := "/api/v1/incidents/" + id
	h.must(incident.RoleDPO, "POST", one+"/notifications", `{"authority":"AEPD"}`)
	page := v.get("/incidents/" + id)
	shows(t, page, "Acknowledge the reminder", "Open the notification", "% of a complete notification",
		"fields are missing for the least that can be filed now", "Download the evidence", "Evidence",
		`name="rung" value="48h"`, `name="revision" value="1"`)

	got := v.do(http.MethodPost, "/incidents/"+id+"/obligations/1/acknowledge", theReminder())
	if got.status != http.StatusSeeOther || got.header.Get("Location") != "/incidents/"+id {
		t.Fatalf("acknowledging gave %d to %q", got.status, got.header.Get("Location"))
	}
	after := v.get("/incidents/" + id)
	if strings.Contains(after.body, "Acknowledge the reminder") {
		t.Error("the page still asks to acknowledge")
	}
	shows(t, after, "The reminder “48 hours left” was acknowledged by Officer &lt;b&gt; (DPO), <time ", ">"+time.Now().In(zoneOf("Europe/Madrid")).Format("Mon 2 Jan 2006"))
	sheet := v.get("/incidents/" + id + "/obligations/1/copy-sheet")
	if disposition := sheet.header.Get("Content-Disposition"); sheet.status != http.StatusOK || !strings.HasPrefix(disposition, "attachment") {
		t.Errorf("the copy sheet came with %d and %q", sheet.status, disposition)
	}
	bundle := v.do(http.MethodPost, "/incidents/"+id+"/bundle", nil)
	if bundle.status != http.StatusOK || !strings.HasPrefix(bundle.body, "PK") || bundle.header.Get("Content-Type") != "application/zip" {
		t.Errorf("the evidence came with %d as %q", bundle.status, bundle.header.Get("Content-Type"))
	}
	if none := v.get("/incidents/" + id + "/documents/none"); none.status != http.StatusNotFound || !strings.Contains(none.body, "Not found") {
		t.Errorf("a file that is not there gave %d", none.status)
	}
}

func TestWhatThePageOffersIsHeldToRoles(t *testing.T) {
	for role, c := range map[incident.Role]struct {
		unseen           string
		refused, allowed []string // method and path below the incident
	}{
		incident.RoleAuditor:   {"Acknowledge the reminder", []string{"POST /obligations/1/acknowledge"}, []string{"POST /bundle", "GET /obligations/1/copy-sheet"}},
		incident.RoleResponder: {"Download the evidence", []string{"POST /bundle"}, []string{"POST /obligations/1/acknowledge", "GET /obligations/1/copy-sheet"}},
		incident.RoleAdmin:     {"Evidence", []string{"POST /bundle", "POST /obligations/1/acknowledge", "GET /obligations/1/copy-sheet", "GET /documents/x"}, nil},
	} {
		t.Run(string(role), func(t *testing.T) {
			h := newHouse(t)
			id, _ := h.rung("nobody")
			v := h.signedIn(role)
			if page := v.get("/incidents/" + id); strings.Contains(page.body, c.unseen) {
				t.Errorf("the page shows %q", c.unseen)
			}
			for _, line := range c.refused {
				method, path, _ := strings.Cut(line, " ")
				if got := v.do(method, "/incidents/"+id+path, nil); got.status != http.StatusForbidden {
					t.Errorf("%s gave %d", line, got.status)
				}
				if got := h.visitor().do(method, "/incidents/"+id+path, nil); got.status != http.StatusSeeOther {
					t.Errorf("%s by nobody in particular gave %d", line, got.status)
				}
			}
			for _, line := range c.allowed {
				method, path, _ := strings.Cut(line, " ")
				if got := v.do(method, "/incidents/"+id+path, theReminder()); got.status >= 400 {
					t.Errorf("%s gave %d", line, got.status)
				}
			}
		})
	}
}

func TestThePageShowsEveryDutyTheNearestFirst(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.openSince(2*time.Hour, "Payment platform down",
		`,"obligations":[{"regime":"nis2","recipient":"CERT","reason":"r"},{"regime":"cra-vulnerability","recipient":"CSIRT","reason":"r"},{"regime":"eidas","recipient":"the ministry","reason":"r"}]`)
	page := v.get("/incidents/" + id)
	shows(t, page, "Deadline for the early warning to CERT (NIS2 Art. 23(4)(a))", "Deadline to notify AEPD (GDPR Art. 33(1))",
		"final report", "1 month from filed notification", "corrective measure", "To be confirmed in its source")
	if strings.Index(page.body, "early warning to CERT") > strings.Index(page.body, "notify AEPD (GDPR") {
		t.Error("the nearer limit stands below the farther one")
	}
}
