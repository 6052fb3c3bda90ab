package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tocsin/incident"
)

// reach fills in the parameters of a path.
func reach(path, id string) string {
	return strings.NewReplacer("{id}", id, "{obligation}", "1", "{document}", "none", "{token}", "none", "{task}", "1", "{round}", "1", "{step}", "draft", "{locale}", "es", "{key}", "NONE", "{user}", "none", "{vendor}", "none", "{webhook}", "none", "{link}", "none", "{passkey}", "none").Replace(path)
}

func TestEveryPageRefusesEveryOtherRole(t *testing.T) {
	h := newHouse(t)
	id, _ := h.rung("nobody")
	table := (&server{}).pageTable()
	for _, role := range incident.Roles() {
		for _, p := range table {
			if p.roles == nil {
				t.Errorf("%s %s names no roles", p.method, p.path)
			}
			before := h.events(id)
			got := h.visitor().do(p.method, reach(p.path, id), theReminder(), "Authorization", "Bearer "+h.tokens[role])
			allowed := slices.Contains(p.roles, role)
			if refused := got.status == http.StatusForbidden; refused == allowed {
				t.Errorf("%s %s gave %d to the role %s", p.method, p.path, got.status, role)
			}
			if !allowed {
				if h.events(id) != before {
					t.Errorf("%s %s by the role %s left something in the record", p.method, p.path, role)
				}
				if !strings.Contains(got.body, "your role, "+role.Called()) && !strings.Contains(got.body, "Your role, "+role.Called()) {
					t.Errorf("%s %s does not tell the role %s why", p.method, p.path, role)
				}
			}
		}
	}
}

func TestAButtonPressedAfterTheSessionEndedLeadsBackToItsPage(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	for _, p := range (&server{}).pageTable() {
		got := h.visitor().do(p.method, reach(p.path, id), url.Values{})
		next := "/incidents/" + id
		if p.path == "/incidents/new" {
			next = p.path
		}
		if strings.HasPrefix(p.path, accountsPath) {
			next = accountsPath
		}
		if strings.HasPrefix(p.path, signalsPath) {
			next = signalsPath
		}
		if strings.HasPrefix(p.path, "/account") {
			next = "/account"
		}
		if strings.HasPrefix(p.path, "/vendors/{vendor}") {
			next = "/vendors/none"
		}
		if p.path == "/vendors/new" {
			next = p.path
		}
		if strings.HasPrefix(p.path, settingsPath+"/") && !strings.HasPrefix(p.path, signalsPath) && !strings.HasPrefix(p.path, accountsPath) {
			next = settingsPath
		}
		if strings.HasPrefix(p.path, "/audit") {
			next = "/audit"
		}
		if strings.HasPrefix(p.path, "/register") {
			next = "/register"
		}
		if p.method == http.MethodGet {
			next = reach(p.path, id)
		}
		if got.status != http.StatusSeeOther || got.location != "/sign-in?next="+url.QueryEscape(next) {
			t.Errorf("%s %s gave %d to %q", p.method, p.path, got.status, got.location)
		}
	}
}

func TestAnotherSiteCannotPressTheButtonsOfAPage(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id, _ := h.rung("nobody")
	before := h.events(id)
	for _, p := range (&server{}).pageTable() {
		if p.method != http.MethodPost {
			continue
		}
		for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example.net"} {
			got := v.do(p.method, reach(p.path, id), theReminder(), header, value)
			if got.status != http.StatusForbidden || !strings.Contains(got.body, "came from another site") {
				t.Errorf("%s %s with %s gave %d", p.method, p.path, header, got.status)
			}
		}
	}
	if after := h.events(id); after != before {
		t.Errorf("forms of another site recorded %d events", after-before)
	}
}
