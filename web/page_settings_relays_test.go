package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

func TestThePageOfSettingsSaysHowTheRelaysDo(t *testing.T) {
	h := newHouseWith(t, func(c *Config) {
		ok := func(context.Context) error { return nil }
		c.Around = Surroundings{Relays: []Relay{{Address: "one.example.com:587", Check: ok}, {Address: "two.example.com:25", Check: ok}, {Address: "three.example.com:25", Check: ok}}}
	})
	at := time.Now()
	for _, n := range []postgres.RelayNote{
		{Address: "one.example.com:587", AcceptedAt: at, FailedAt: at.Add(-time.Hour), Failure: "AUTH 5xx"},
		{Address: "one.example.com:587", FailedAt: at.Add(-2 * time.Hour), Failure: "MAIL 4xx"}, // of another worker, earlier
		{Address: "two.example.com:25", FailedAt: at, Failure: "connect none", RestsUntil: at.Add(time.Hour)},
	} {
		if err := h.store.NoteRelay(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	v := h.signedIn(incident.RoleDPO)
	page := v.get("/settings")
	shows(t, page, "In use.", "(answered AUTH 5xx)", "It failed and is left alone until", "(no reply at connect)", "Nothing was sent through it yet.", "Send a test message to myself")
	noWordMissing(t, page)
	if strings.Contains(page.body, "MAIL 4xx") {
		t.Error("an older failure stands in the place of a newer one")
	}

	asked := v.press("/settings/test-message", http.StatusOK, "email", "victim@example.com")
	shows(t, asked, "on its way to the address of your account", "has not left yet")
	users, err := h.store.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if waiting, err := h.store.MailsTo(t.Context(), u.ID); err != nil || (len(waiting) > 0) != (u.Email == visitorEmail) {
			t.Errorf("%s is mailed: %v, %v", u.Email, waiting, err)
		}
	}
	v.press("/settings/test-message", http.StatusOK)
	v.press("/settings/test-message", http.StatusOK)
	shows(t, v.get("/audit?kind=security"), "Test message asked for")
	if got := v.press("/settings/test-message", http.StatusConflict); !strings.Contains(got.body, "wait a while") {
		t.Error("a fourth test within an hour is not refused")
	}
	auditor := h.as(incident.RoleAuditor, "second-reader@example.com", "es")
	if strings.Contains(auditor.get("/settings").body, "/settings/test-message") {
		t.Error("an auditor is offered a test")
	}
	auditor.press("/settings/test-message", http.StatusForbidden)
}

func TestTheHolderIsMailedWhenTheWaysIntoTheAccountChange(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	kinds := func() string {
		t.Helper()
		users, err := h.store.Users(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, u := range users {
			waiting, err := h.store.MailsTo(t.Context(), u.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range waiting {
				mail, to, secret, due, err := h.store.MailToSend(t.Context(), id)
				if err != nil || !due || secret != "" || to.Email != visitorEmail {
					t.Errorf("the mail %+v goes to %s with the secret %q: %v", mail, to.Email, secret, err)
				}
				all = append(all, mail.Kind)
			}
		}
		return strings.Join(all, " ")
	}
	v.press("/account/tokens", http.StatusOK, "name", "robot", "days", "30")
	if got := kinds(); got != "token_created" {
		t.Errorf("after a new token there are mails of %q", got)
	}
}
