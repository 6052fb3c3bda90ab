package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
)

func TestTheSettingsSayWhatHoldsAndWhereItIsChanged(t *testing.T) {
	h := newHouseWith(t, func(c *Config) {
		c.Controller = Controller{Name: "Example <S.A.>", ContactName: map[string]string{"en": "Data protection officer"}, Email: "dpo@example.com"}
		c.Rules.Retention = incident.RetentionPolicy{Days: 1500, WarnDays: []int{30, 7}}
		c.Around = Surroundings{FurtherCheckpoints: true, Relays: []Relay{
			{Address: "smtp.example.com:587", PerSecond: 20, Check: func(context.Context) error { return nil }},
			{Address: "other.example.com:25", Check: func(context.Context) error { return errors.New("secret detail") }}}}
	})
	v := h.signedIn(incident.RoleDPO)
	page := v.get("/settings")
	shows(t, page, "Example &lt;S.A.&gt;", "TOCSIN_CONTROLLER_FILE", "<dd class=\"break\">1500</dd>", "<dd class=\"break\">30, 7</dd>", `href="/settings/accounts#demand"`, "smtp.example.com:587", "at most 20 a second", "no limit",
		"also go to a further address", "Officer &lt;b&gt;", `href="/settings/accounts"`, "English, ")
	noWordMissing(t, page)
	asked := v.do(http.MethodPost, "/settings/relays", url.Values{})
	shows(t, asked, ">answers<", ">does not answer<")
	if strings.Contains(asked.body, "secret detail") {
		t.Error("the page shows why a relay does not answer")
	}
	auditor := h.as(incident.RoleAuditor, "es@example.com", "es").get("/settings")
	shows(t, auditor, "Ajustes", "Días tras el cierre", "A quién se avisa primero")
	noWordMissing(t, auditor)
	if strings.Contains(auditor.body, "<select") || strings.Contains(auditor.body, `name="move"`) || strings.Contains(auditor.body, "/settings/values/") {
		t.Error("an auditor is offered to change something")
	}
}

func TestRolesAndTheOrderOfCallingAreChangedOnThePageOfSettings(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	deputy, _, err := h.store.CreateUser(t.Context(), postgres.NewUser{Email: "second@example.com", Name: "Second <i>", Role: incident.RoleResponder})
	if err != nil {
		t.Fatal(err)
	}
	path := "/settings/people/" + deputy.ID
	shows(t, v.press(path+"/role", http.StatusOK, "role", "deputy"), "The role was changed.", "Second &lt;i&gt;")
	first := func() string {
		t.Helper()
		called, err := h.store.OnCall(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return called[0].ID
	}
	for range 20 { // up to the top, and not beyond
		v.press(path+"/call", http.StatusOK, "move", "earlier")
	}
	if first() != deputy.ID {
		t.Error("the deputy is not called first")
	}
	shows(t, v.press(path+"/call", http.StatusOK, "move", "later"), "The order was changed.")
	if first() == deputy.ID {
		t.Error("the deputy is still called first")
	}
	own := ""
	users, err := h.store.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if u.Email == visitorEmail {
			own = u.ID
		}
	}
	for name, c := range map[string]struct {
		path, field, value string
		status             int
	}{
		"the own role":        {"/settings/people/" + own + "/role", "role", "admin", http.StatusConflict},
		"no role":             {path + "/role", "role", "king", http.StatusBadRequest},
		"the engine's role":   {path + "/role", "role", "engine", http.StatusBadRequest},
		"nobody":              {"/settings/people/none/role", "role", "dpo", http.StatusNotFound},
		"nobody to be called": {"/settings/people/none/call", "move", "later", http.StatusNotFound},
		"no direction":        {path + "/call", "move", "up", http.StatusBadRequest},
	} {
		if got := v.press(c.path, c.status, c.field, c.value); !strings.Contains(got.body, `role="alert"`) {
			t.Errorf("%s: the page does not say why", name)
		}
	}
	if user, err := h.store.User(t.Context(), deputy.ID); err != nil || user.Role != incident.RoleDeputy {
		t.Errorf("after refusals the role is %s, %v", user.Role, err)
	}
	shows(t, v.get("/audit?kind=security"), "Role changed: Second &lt;i&gt;", "Order of calling changed")
}
