package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

func TestADemandedSecondFactorComesBeforeEverythingElse(t *testing.T) {
	h := newHouse(t)
	id, _ := h.rung("nobody")
	v := h.signedIn(incident.RoleDPO)
	tomorrow := time.Now().AddDate(0, 0, 2).Format(time.DateOnly)
	shows(t, v.get(accountsPath), "Not demanded: each person decides.")
	shows(t, v.do(http.MethodPost, accountsPath+"/second-factor", url.Values{"role": {"dpo", "deputy"}, "from": {tomorrow}}), "Saved.", "Demanded from")
	shows(t, v.get("/account"), "on your role needs a second factor")
	for name, form := range map[string]url.Values{
		"a day that is none": {"role": {"dpo"}, "from": {"someday"}}, "a role that is none": {"role": {"counsel"}},
		"a role twice": {"role": {"dpo", "dpo"}}, "a day in years": {"role": {"dpo"}, "from": {"2999-01-01"}},
	} {
		if got := v.do(http.MethodPost, accountsPath+"/second-factor", form); got.status != http.StatusBadRequest || !strings.Contains(got.body, `role="alert"`) {
			t.Errorf("%s gave %d", name, got.status)
		}
	}
	v.do(http.MethodPost, accountsPath+"/second-factor", url.Values{"role": {"dpo", "deputy"}})

	// From now on the session opens nothing but the way to a second factor.
	for _, p := range (&server{}).pageTable() {
		path := reach(p.path, id)
		got := v.do(p.method, path, theReminder())
		led := got.status == http.StatusSeeOther && strings.HasPrefix(got.location, factorPath+"?next=")
		if led == setsUpFactor(p) {
			t.Errorf("%s %s gave %d to %q", p.method, p.path, got.status, got.location)
		}
	}
	before := h.events(id)
	for _, rt := range (&server{}).table() {
		if rt.public() {
			continue
		}
		got := v.do(rt.method, strings.NewReplacer("{id}", id, "{obligation}", "1", "{user}", "none", "{token}", "none", "{vendor}", "none").Replace(rt.path), nil,
			"Accept", "application/json", "Content-Type", "application/json")
		if got.status != http.StatusForbidden || !strings.Contains(got.body, "needs a second factor") {
			t.Errorf("%s %s gave %d: %s", rt.method, rt.path, got.status, got.body)
		}
	}
	if h.events(id) != before {
		t.Error("something was recorded in the case")
	}
	h.must(incident.RoleDPO, "GET", "/api/v1/incidents", "") // a token that was there goes on
	if status, answer := h.ask(incident.RoleDPO, "POST", "/api/v1/tokens", `{"name":"another"}`); status != http.StatusConflict || !strings.Contains(answer, "second factor") {
		t.Errorf("a further token gave %d: %s", status, answer)
	}

	led := v.get("/incidents/" + id)
	page := v.get(led.location)
	shows(t, page, "A second factor is needed", `value="/incidents/`+id)
	if strings.Contains(page.body, `href="/deadlines"`) {
		t.Error("the page leads elsewhere")
	}
	shows(t, v.press(factorPath, http.StatusOK, "next", "/incidents/"+id), "second-factor.png")
	secret := secretShown.FindStringSubmatch(v.get(factorPath).body)[1]
	if got := v.press(factorPath+"/confirm", http.StatusBadRequest, "code", "000000x"); !strings.Contains(got.body, `role="alert"`) {
		t.Error("a wrong code is not told")
	}
	done := v.press(factorPath+"/confirm", http.StatusOK, "code", code(t, secret, time.Now()), "next", "/incidents/"+id)
	if len(recoveryShown.FindAllString(done.body, -1)) != 10 || !strings.Contains(done.body, `href="/incidents/`+id+`"`) {
		t.Errorf("at the end the page says %s", done.body)
	}
	shows(t, v.get("/incidents/"+id), "Next")
	if got := v.get(factorPath); got.location != "/account" {
		t.Errorf("afterwards the page gave %d to %q", got.status, got.location)
	}
	// Who holds another role is not concerned, and cannot change it.
	admin := h.as(incident.RoleAdmin, "keeper@example.com", "en")
	shows(t, admin.get(accountsPath), "Demanded from", "The DPO decides this.", ">none yet, and one is demanded<")
}

func TestWhatIsDemandedIsReadAndSetByPrograms(t *testing.T) {
	h := newHouse(t)
	if got := h.must(incident.RoleAdmin, "GET", "/api/v1/second-factor", ""); got != `{"roles":[]}`+"\n" {
		t.Errorf("before it is %q", got)
	}
	h.must(incident.RoleDPO, "POST", "/api/v1/second-factor", `{"roles":["admin","dpo"],"from":"2026-01-01T00:00:00+01:00"}`)
	if got := h.must(incident.RoleAdmin, "GET", "/api/v1/second-factor", ""); got != `{"roles":["dpo","admin"],"from":"2025-12-31T23:00:00Z"}`+"\n" {
		t.Errorf("afterwards it is %q", got)
	}
	for _, bad := range []string{`{}`, `{"roles":["engine"]}`, `{"roles":"dpo"}`, `{"roles":["dpo"],"from":"tomorrow"}`, `{"roles":["dpo"],"since":"2026-01-01T00:00:00Z"}`} {
		if status, answer := h.ask(incident.RoleDPO, "POST", "/api/v1/second-factor", bad); status != http.StatusBadRequest {
			t.Errorf("%s gave %d: %s", bad, status, answer)
		}
	}
	h.must(incident.RoleDPO, "POST", "/api/v1/second-factor", `{"roles":[]}`)
	if got := h.must(incident.RoleAdmin, "GET", "/api/v1/second-factor", ""); got != `{"roles":[]}`+"\n" {
		t.Errorf("at the end it is %q", got)
	}
}
