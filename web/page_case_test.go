package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/web/wording"
)

// openSince opens a case of which word came some time ago.
func (h *house) openSince(ago time.Duration, title string, further ...string) string {
	h.t.Helper()
	quoted, err := json.Marshal(title)
	if err != nil {
		h.t.Fatal(err)
	}
	body := strings.Replace(fmt.Sprintf(anIncident, time.Now().Add(-ago).Format(time.RFC3339)), `"Exported data set"`,
		string(quoted)+strings.Join(further, ""), 1)
	body = strings.Replace(body, `"key":"k"`, fmt.Sprintf(`"key":%q`, h.t.Name()+ago.String()), 1)
	var answer struct{ ID string }
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "POST", "/api/v1/incidents", body)), &answer); err != nil {
		h.t.Fatal(err)
	}
	return answer.ID
}

// signedIn gives a visitor with a session of a role.
func (h *house) signedIn(role incident.Role) *visitor {
	h.t.Helper()
	h.account(role)
	v := h.visitor()
	if got := v.signIn(visitorEmail, visitorPassword, ""); got.status != http.StatusSeeOther {
		h.t.Fatalf("signing in gave %d", got.status)
	}
	return v
}

func shows(t *testing.T, page seen, words ...string) {
	t.Helper()
	if page.status != http.StatusOK {
		t.Fatalf("the page gave %d: %s", page.status, page.body)
	}
	for _, word := range words {
		if !strings.Contains(page.body, word) {
			t.Errorf("the page does not show %q", word)
		}
	}
}

func TestATitleCannotBecomeMarkup(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.openSince(time.Hour, `<script>alert("x")</script>`)
	for _, path := range []string{"/incidents", "/incidents/" + id} {
		got := v.get(path)
		shows(t, got, "&lt;script&gt;alert(")
		if strings.Contains(got.body, "<script>alert") {
			t.Errorf("%s holds the title as markup", path)
		}
	}
}

func TestPagesHoldNothingThatTheirPolicyForbids(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id, _ := h.rung("nobody")
	forbidden := regexp.MustCompile(`(?i)\sstyle=|<style|\son[a-z]+=|<script>|https?://`)
	for _, path := range []string{"/incidents", "/incidents/" + id, "/sign-in", "/nothing"} {
		got := v.get(path)
		if found := forbidden.FindString(got.body); found != "" {
			t.Errorf("%s holds %q", path, found)
		}
		if !strings.Contains(got.body, `name="viewport"`) || !strings.Contains(got.header.Get("Content-Security-Policy"), "script-src 'self'") {
			t.Errorf("%s has no viewport or no policy", path)
		}
	}
}

func TestTheListBeginsWithTheMostUrgent(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAuditor)
	h.openSince(10*time.Hour, "Calm case")
	h.openSince(70*time.Hour, "Urgent case")
	h.openSince(80*time.Hour, "Late case")
	got := v.get("/incidents")
	shows(t, got, "Most urgent", "3</p>", "3 with a running deadline", "1 h 59 min left", "61 h 59 min left", "8 h 00 min late")
	late, urgent, calm := strings.Index(got.body, "Late case"), strings.Index(got.body, "Urgent case"), strings.Index(got.body, "Calm case")
	if late > urgent || urgent > calm {
		t.Errorf("the order is %d, %d, %d", late, urgent, calm)
	}
	if card, _, _ := strings.Cut(got.body, "Open incidents"); !strings.Contains(card, "8 h 00 min late") {
		t.Error("the first figure is not the late case")
	}
}

func TestTheCasePageShowsTheClockTheLadderAndTheTrail(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id, link := h.rung("nobody")
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/people?name=a.csv", "email,name,country\nana@example.com,Ana,ES\n")
	got := v.get("/incidents/" + id)
	shows(t, got, "Deadline to notify AEPD", "41 h 59 min left", `data-pace="1"`, "48 hours left", "<svg", `aria-current="step"`,
		"Next action", "All that is open", "Stop the flow of data", "Mirador Analytics", "Audit trail", "/incidents/"+id+"/timeline",
		"Reminder came due", "/incidents/"+id+"/obligations/1/acknowledge", "/incidents/"+id+"/bundle", "People affected",
		"How this was computed", "72 hours, counted as elapsed time")
	if strings.Contains(got.body, "ana@example.com") || strings.Contains(got.body, "mirador.example.net") {
		t.Error("the page shows an address")
	}
	if strings.Contains(got.body, "Exercise") {
		t.Error("a real case carries the banner of an exercise")
	}
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/obligations/1/acknowledge", `{"rung":"`+link.Rung+`"}`)
	after := v.get("/incidents/" + id)
	shows(t, after, "48h ✓", `class="seen"`, "Reminder acknowledged")
	if strings.Contains(after.body, "/acknowledge") {
		t.Error("the page asks to acknowledge what was acknowledged")
	}
	number := regexp.MustCompile(`INC-\d{4}-\d+`).FindString(after.body)
	shows(t, v.get("/incidents/"+number), "41 h 59 min left")
}

func TestADutyThatDoesNotExistIsNotTickedOff(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.openSince(time.Hour, "Disk encrypted")
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/assessments",
		`{"facts":{},"decision":{"notify_authority":false,"communicate":false,"reason":"the disk is encrypted"}}`)
	got := v.get("/incidents/" + id)
	shows(t, got, "<strong>Authority</strong><span>not required</span>", "<strong>People affected</strong><span>not required</span>",
		"do not notify the authority; do not write to the people affected", "the disk is encrypted")
}

func TestAnExerciseSaysSoAndTicksAtItsPace(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.openSince(time.Hour, "Drill", `,"exercise":{"pace":60}`)
	shows(t, v.get("/incidents/"+id), "this is a drill", "60 times as fast", `data-pace="60"`)
	shows(t, v.get("/incidents"), ">exercise</span>", `data-pace="60"`)
}

func TestADutyWithoutAClockShowsNoTimeLeft(t *testing.T) {
	o := &incident.Obligation{N: 1, Status: incident.ObligationOpen, Terms: gdpr.Terms{Authority: "X"}}
	if v := (&server{}).dutyOf(&incident.State{Disclosure: incident.Disclosure{Zone: "UTC"}}, o, wording.For("en"), nil, time.Now(), time.UTC); v.Ladder != nil || v.Left != "" || v.Overdue {
		t.Errorf("the duty shows %+v", v)
	}
}

func TestPagesAreHeldToRoles(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAdmin)
	id := h.openSince(time.Hour, "Exported data set")
	shows(t, v.get("/incidents"), "Exported data set")
	if got := v.get("/incidents/" + id); got.status != http.StatusForbidden || !strings.Contains(got.body, "Not allowed") {
		t.Errorf("the administrator's look at a case gave %d", got.status)
	}
}

func TestACaseThatIsNotThereIsNotFound(t *testing.T) {
	v := newHouse(t).signedIn(incident.RoleDPO)
	for _, id := range []string{"none", "INC-2026-9999", strings.Repeat("x", 100)} {
		if got := v.get("/incidents/" + id); got.status != http.StatusNotFound {
			t.Errorf("%.20s gave %d", id, got.status)
		}
	}
}
