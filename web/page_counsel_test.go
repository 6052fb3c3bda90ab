package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

var counselLinkShownOnce = regexp.MustCompile(`/counsel/tcl_[\w-]{43}`)

func TestOutsideCounselReadsOneCaseAndNothingElse(t *testing.T) {
	h := newHouse(t)
	id, _ := h.rung("nobody")
	other := h.openSince(2*time.Hour, "Another case")
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/people?name=a.csv", "email,name,country\nana@example.net,Ana Afectada,ES\n")
	dpo := h.signedIn(incident.RoleDPO)
	made := dpo.press("/incidents/"+id+"/counsel", http.StatusOK, "name", "Firm <b>", "days", "7")
	link := counselLinkShownOnce.FindString(made.body)
	if link == "" || strings.Contains(made.body, "Firm <b>") {
		t.Fatalf("no link is shown: %s", made.body)
	}
	if page := dpo.get("/incidents/" + id + "/counsel"); counselLinkShownOnce.MatchString(page.body) || !strings.Contains(page.body, "Firm &lt;b&gt;") {
		t.Error("the link is shown twice, or not listed")
	}
	shows(t, dpo.get("/incidents/"+id), "Links for outside counsel that are open: 1")
	for name, form := range map[string][2]string{"no name": {"", "7"}, "no day": {"x", "0"}, "too many days": {"x", "31"}, "days that are none": {"x", "week"}} {
		if got := dpo.press("/incidents/"+id+"/counsel", http.StatusBadRequest, "name", form[0], "days", form[1]); !strings.Contains(got.body, `role="alert"`) {
			t.Errorf("%s is not told", name)
		}
	}

	counsel := h.visitor()
	door := counsel.get(link)
	shows(t, door, "A case to read", "Open the case")
	if strings.Contains(door.body, "INC-") || door.header.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(door.header.Get("X-Robots-Tag"), "noindex") {
		t.Errorf("the door tells of the case, or has the headers %v", door.header)
	}
	if got := counsel.get("/incidents/" + id); got.status != http.StatusSeeOther {
		t.Errorf("looking at the door opened it: %d", got.status)
	}
	if got := counsel.press(link, http.StatusSeeOther); got.location != "/incidents/"+id || !strings.Contains(got.header.Get("Set-Cookie"), "HttpOnly") {
		t.Fatalf("opening led to %q with %q", got.location, got.header.Get("Set-Cookie"))
	}
	before := h.events(id)
	for _, p := range (&server{}).pageTable() {
		path := reach(p.path, id)
		got := counsel.do(p.method, path, theReminder())
		want := http.StatusForbidden
		if counselReads(p) {
			want = http.StatusOK
		}
		nothingYet := want == http.StatusOK && strings.HasSuffix(p.path, "/public/{locale}") && got.status == http.StatusConflict
		if got.status != want && !nothingYet {
			t.Errorf("%s %s gave %d", p.method, p.path, got.status)
		}
		if p.method != http.MethodGet && counselReads(p) {
			t.Errorf("%s %s changes something", p.method, p.path)
		}
		for _, secret := range []string{"Ana Afectada", "ana@example.net", "method=\"post\"", "/documents/", "/people\""} {
			if strings.Contains(got.body, secret) {
				t.Errorf("%s %s holds %q", p.method, p.path, secret)
			}
		}
		if elsewhere := counsel.do(p.method, reach(p.path, other), theReminder()); elsewhere.status == http.StatusOK {
			t.Errorf("%s %s of another case gave %d", p.method, p.path, elsewhere.status)
		}
	}
	for _, rt := range (&server{}).table() {
		if rt.public() {
			continue
		}
		path := strings.NewReplacer("{id}", id, "{obligation}", "1", "{user}", "none", "{token}", "none", "{vendor}", "none").Replace(rt.path)
		if got := counsel.do(rt.method, path, nil, "Accept", "application/json"); got.status != http.StatusUnauthorized {
			t.Errorf("%s %s gave %d", rt.method, rt.path, got.status)
		}
	}
	if h.events(id) != before {
		t.Error("reading recorded something in the case")
	}
	shows(t, dpo.get("/incidents/"+id+"/counsel"), "1 times, last on")
	revoke := regexp.MustCompile(`/incidents/\w+/counsel/cl_\w+/revoke`).FindString(dpo.get("/incidents/" + id + "/counsel").body)
	dpo.press(revoke, http.StatusOK)
	if got := counsel.get("/incidents/" + id); got.status != http.StatusSeeOther {
		t.Errorf("after the revocation the case gave %d", got.status)
	}
	counsel.press(link, http.StatusNotFound)
	if forged, revoked := counsel.get("/counsel/forged"), counsel.get(link); forged.status != http.StatusNotFound || forged.body != revoked.body {
		t.Error("a forged and a revoked link differ")
	}
	if got := counsel.do(http.MethodPost, link, url.Values{}, "Sec-Fetch-Site", "cross-site"); got.status != http.StatusForbidden {
		t.Errorf("another site opens the link: %d", got.status)
	}
	audit := h.must(incident.RoleDPO, "GET", "/api/v1/audit", "")
	if strings.Count(audit, incident.EvCounselLink) != 3 || !strings.Contains(audit, `"counsel"`) {
		t.Errorf("the record says %s", audit)
	}
}

func TestALinkForCounselIsNotOpenedWithoutEnd(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	dpo := h.signedIn(incident.RoleDPO)
	link := counselLinkShownOnce.FindString(dpo.press("/incidents/"+id+"/counsel", http.StatusOK, "name", "Firm", "days", "1").body)
	for range opensPerPair {
		h.visitor().press(link, http.StatusSeeOther)
	}
	h.visitor().press(link, http.StatusConflict)
	// Who is signed in and tries a link stays who they are.
	shows(t, dpo.get("/account"), "Your account")
}
