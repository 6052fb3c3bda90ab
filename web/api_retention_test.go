package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tocsin/incident"
)

// settled is a closed case with one person, and its path.
func (h *house) settled() (id, one string) {
	h.t.Helper()
	id = h.open()
	one = "/api/v1/incidents/" + id
	h.must(incident.RoleDPO, "POST", one+"/people?name=people.csv", "email,name\nana@example.com,Ana\n")
	h.must(incident.RoleDPO, "POST", one+"/documents?name=vendor.txt", "what the vendor wrote")
	h.must(incident.RoleDPO, "POST", one+"/assessments", `{"facts":{},"decision":{"notify_authority":false,"communicate":false,"reason":"no risk"}}`)
	h.must(incident.RoleDPO, "POST", one+"/close", `{"reason":"done"}`)
	return id, one
}

func (h *house) retained(one string) retentionView {
	h.t.Helper()
	var v retentionView
	if err := json.Unmarshal([]byte(h.must(incident.RoleAuditor, "GET", one+"/retention", "")), &v); err != nil {
		h.t.Fatal(err)
	}
	return v
}

func TestARetentionIsDecidedHeldAndEndedByTwo(t *testing.T) {
	h := newHouse(t)
	id, one := h.settled()
	if v := h.retained(one); v.Status != retentionUndecided || !strings.Contains(v.Told, "Nobody decided") {
		t.Errorf("at first the retention is %+v", v)
	}
	for path, body := range map[string]string{
		"": `{"days":3,"reason":"r"}`, "/hold": `{"reason":"r"}`, "/release": `{"reason":"r"}`, "/keep": `{"document":"d","reason":"r"}`,
		"/erase": `{"reason":"r"}`, "/confirm": `{}`,
	} {
		for _, role := range []incident.Role{incident.RoleResponder, incident.RoleApprover, incident.RoleAuditor, incident.RoleAdmin, ""} {
			want := http.StatusForbidden
			if role == "" {
				want = http.StatusUnauthorized
			}
			if status, _ := h.ask(role, "POST", one+"/retention"+path, body); status != want {
				t.Errorf("the role %q gets %d for retention%s, want %d", role, status, path, want)
			}
		}
	}
	if status, answer := h.ask(incident.RoleDPO, "POST", one+"/retention", `{"days":0,"reason":"r"}`); status != http.StatusBadRequest || !strings.Contains(answer, "days") {
		t.Errorf("no days give %d %s", status, answer)
	}
	h.must(incident.RoleDPO, "POST", one+"/retention", `{"days":365,"reason":"questions come for a year"}`)
	if v := h.retained(one); v.Status != retentionScheduled || v.EraseAt == nil || v.Days != 365 || len(v.WarnDays) != 3 {
		t.Errorf("decided, the retention is %+v", v)
	}
	h.must(incident.RoleDeputy, "POST", one+"/retention/hold", `{"reason":"a suit"}`)
	if v := h.retained(one); v.Status != retentionHeld || v.Hold == nil || v.EraseAt != nil {
		t.Errorf("held, the retention is %+v", v)
	}
	h.must(incident.RoleDPO, "POST", one+"/retention/release", `{"reason":"the suit has ended"}`)

	h.must(incident.RoleDPO, "POST", one+"/retention/erase", `{"reason":"all is settled"}`)
	if status, answer := h.ask(incident.RoleDPO, "POST", one+"/retention/confirm", `{}`); status != http.StatusForbidden || !strings.Contains(answer, "another person") {
		t.Errorf("confirming one's own wish gives %d %s", status, answer)
	}
	if v := h.retained(one); v.Request == nil || v.Request.Alone || v.Request.Confirmed {
		t.Errorf("asked for, the erasure is %+v; with a deputy about nobody is alone", v.Request)
	}
	h.must(incident.RoleDeputy, "POST", one+"/retention/confirm", `{}`)
	h.erase(id)

	v := h.retained(one)
	if v.Status != retentionErased || v.Because != incident.ErasedByDecision || v.Erased == nil || v.Erased.People != 1 || v.Erased.Documents == 0 {
		t.Errorf("erased, the retention is %+v", v)
	}
	for _, path := range []string{"/people", "/people/matching"} {
		if answer := h.must(incident.RoleDPO, "GET", one+path, ""); !strings.Contains(answer, "were erased on") || strings.Contains(answer, "ana@") {
			t.Errorf("%s answers %s", path, answer)
		}
	}
	for _, ask := range [][3]string{
		{"POST", "/people?name=more.csv", "email\nbo@example.com\n"}, {"GET", "/people/untold", ""}, {"POST", "/reopen", `{"reason":"more came out"}`},
		{"POST", "/retention/hold", `{"reason":"too late"}`},
	} {
		if status, answer := h.ask(incident.RoleDPO, ask[0], one+ask[1], ask[2]); status != http.StatusConflict || !strings.Contains(answer, "erased") {
			t.Errorf("%s %s gives %d %s", ask[0], ask[1], status, answer)
		}
	}
	shows(t, h.signedIn(incident.RoleDPO).get("/incidents/"+id), "were erased on", "by decision", "People&#39;s data erased")
}

// erase does what the engine would.
func (h *house) erase(id string) {
	h.t.Helper()
	give := func(c incident.Command) {
		if _, err := (straight{h.store}).Command(h.t.Context(), id, incident.Engine(), c); err != nil {
			h.t.Fatal(err)
		}
	}
	give(incident.BeginErasure{})
	counts, err := h.store.Erase(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	give(incident.FinishErasure{Counts: counts})
}
