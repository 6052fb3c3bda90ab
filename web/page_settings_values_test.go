package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

func TestValuesOfTheInstallationAreChangedOnThePageOfSettings(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	old := h.open()
	const controller = "/settings/values/controller"
	whole := []string{"controller.name", "Renamed <S.L.>", "controller.address", "Calle Mayor 1, Madrid", "contact.name", "Privacy desk",
		"contact.email", "privacy@example.org", "contact.phone", "+34 600 000 000", "controller.page_url", "https://example.org/incidents"}
	page := v.press(controller, http.StatusOK, whole...)
	shows(t, page, "Saved. It counts for incidents", "Renamed &lt;S.L.&gt;", "Before: Example. Now: Renamed", "privacy@example.org")
	noWordMissing(t, page)
	shows(t, v.press("/settings/values/retention", http.StatusOK, "retention.days", "730", "retention.warn_days", "7, 30"), "730", "30, 7")
	shows(t, v.press("/settings/values/languages", http.StatusOK, "language.notices", "es", "language.accounts", "es"), "Español")
	shows(t, v.get("/audit?kind=security"), "Setting changed")

	// A case of before keeps what held when it was reported.
	for id, want := range map[string]string{old: "Example", h.openSince(time.Minute, "Reported later"): "Renamed"} {
		draft := h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/notifications", `{"authority":"AEPD"}`)
		if !strings.Contains(draft, want) || strings.Contains(draft, "Calle Mayor") != (want == "Renamed") {
			t.Errorf("the draft does not name %s: %.400s", want, draft)
		}
	}
	if made := h.must(incident.RoleDPO, "POST", "/api/v1/users", `{"email":"another@example.com","name":"New","role":"responder"}`); len(made) == 0 {
		t.Error("nobody was added")
	}
	users, err := h.store.Users(t.Context())
	if err != nil || users[len(users)-1].Locale != "es" {
		t.Errorf("the language of a new account is %q, %v", users[len(users)-1].Locale, err)
	}
	for name, c := range map[string]struct{ path, field, value string }{
		"no address":            {controller, "contact.email", "nobody"},
		"a header in a name":    {controller, "controller.name", "x\r\nBcc: a@example.com"},
		"another site's script": {controller, "controller.page_url", "javascript:alert(1)"},
		"a page with a query":   {controller, "controller.page_url", "https://example.org/?a=1"},
		"too short":             {"/settings/values/retention", "retention.days", "29"},
		"no language":           {"/settings/values/languages", "language.notices", "tlh"},
		"no page's language":    {"/settings/values/languages", "language.accounts", "de"},
	} {
		if got := v.press(c.path, http.StatusBadRequest, c.field, c.value); !strings.Contains(got.body, `role="alert"`) || !strings.Contains(got.body, "<details open>") {
			t.Errorf("%s: the page does not say why, or forgets what was given", name)
		}
	}
	if got := v.press("/settings/values/retention", http.StatusBadRequest, "retention.days", "29"); !strings.Contains(got.body, "Days after a case is closed: is not a number of days") {
		t.Errorf("the field is not called by its name: %.300s", got.body)
	}
	v.press("/settings/values/relays", http.StatusNotFound, "smtp.password", "x")

	admin := h.as(incident.RoleAdmin, "keeper@example.com", "en")
	shows(t, admin.get("/settings"), "/settings/values/languages")
	if got := admin.press("/settings/values/retention", http.StatusForbidden, "retention.days", "60"); !strings.Contains(got.body, "may change languages alone") {
		t.Errorf("an administrator is told %.300s", got.body)
	}
}

func TestAValueGoesBackToTheOperatorsOnThePage(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	if page := v.get("/settings"); strings.Contains(page.body, "/settings/back/") {
		t.Error("a value that nobody changed can be changed back")
	}
	shows(t, v.press("/settings/values/controller", http.StatusOK, "controller.name", "Renamed"), "Renamed", "Set up by whoever runs Tocsin: Example.", "/settings/back/controller.name")
	keeper := h.as(incident.RoleAdmin, "keeper@example.com", "en")
	if page := keeper.get("/settings"); !strings.Contains(page.body, "Renamed") || strings.Contains(page.body, "/settings/back/") {
		t.Error("an administrator is offered what the DPO alone may do, or does not see the value")
	}
	keeper.press("/settings/back/controller.name", http.StatusForbidden)
	page := v.press("/settings/back/controller.name", http.StatusOK)
	shows(t, page, "set up counts again", "Before: Renamed. Now again as whoever runs Tocsin set it up, then: Example.")
	noWordMissing(t, page)
	if strings.Contains(page.body, "/settings/back/") {
		t.Error("what went back can go back again")
	}
	v.press("/settings/back/smtp.password", http.StatusBadRequest)
}

func TestSettingsAreShownAndSetThroughTheAPI(t *testing.T) {
	h := newHouse(t)
	h.must(incident.RoleDPO, "POST", "/api/v1/settings", `{"key":"controller.name","value":"By the API"}`)
	for _, role := range settingsReaders() {
		got := h.must(role, "GET", "/api/v1/settings", "")
		if !strings.Contains(got, `"By the API"`) || !strings.Contains(got, `"operator":"Example"`) {
			t.Errorf("%s reads %s", role, got)
		}
	}
	if got := h.must(incident.RoleDPO, "POST", "/api/v1/settings/back", `{"key":"controller.name"}`); !strings.Contains(got, `"value":"Example","operator":"Example","chosen":false`) ||
		!strings.Contains(got, `"operator":true`) {
		t.Errorf("the setting went back to %s", got)
	}
	if status, got := h.ask(incident.RoleAdmin, "POST", "/api/v1/settings/back", `{"key":"retention.days"}`); status != http.StatusForbidden {
		t.Errorf("an administrator returns the retention: %d, %s", status, got)
	}
	for name, body := range map[string]string{
		"a key of nobody": `{"key":"smtp.password","value":"x"}`, "no key": `{"value":"x"}`, "two lines": `{"key":"controller.name","value":"a\nb"}`,
	} {
		if status, got := h.ask(incident.RoleDPO, "POST", "/api/v1/settings", body); status != http.StatusBadRequest {
			t.Errorf("%s gives %d, %s", name, status, got)
		}
	}
	if status, got := h.ask(incident.RoleAdmin, "POST", "/api/v1/settings", `{"key":"controller.name","value":"x"}`); status != http.StatusForbidden {
		t.Errorf("an administrator renames the controller: %d, %s", status, got)
	}
}
