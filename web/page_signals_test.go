package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

func TestAReceiverIsKeptOnThePages(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	shows(t, v.get("/settings/signals"), "No other system is told anything yet.", `value="deadline.overdue" checked`)
	wrong := v.do(http.MethodPost, "/settings/signals", url.Values{"name": {"<b>Chat</b>"}, "form": {"slack"}, "language": {"es"},
		"url": {"https://10.0.0.1/hush"}, "kinds": {"incident.opened"}})
	if wrong.status != http.StatusBadRequest || strings.Contains(wrong.body, "hush") || strings.Contains(wrong.body, "<b>Chat") {
		t.Errorf("an inner address gave %d: %s", wrong.status, wrongIn(wrong))
	}
	for _, want := range []string{`role="alert"`, "TOCSIN_WEBHOOK_ALLOW", `value="slack" selected`, `value="incident.opened" checked`} {
		if !strings.Contains(wrong.body, want) {
			t.Errorf("the page with what was refused lacks %q", want)
		}
	}
	added := v.do(http.MethodPost, "/settings/signals", url.Values{"name": {"Ticketing"}, "form": {"standard"}, "language": {"en"},
		"url": {"https://hooks.example.com/hush"}, "kinds": {"incident.opened", "deadline.overdue"}})
	shows(t, added, "whsec_", "hooks.example.com", "Send a test to see whether it arrives")
	list, err := h.store.Webhooks(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("there are %d webhooks, %v", len(list), err)
	}
	one := "/settings/signals/" + list[0].ID
	shows(t, v.do(http.MethodPost, one+"/test", nil), "The test is on its way")
	p, found, err := h.store.NextSignal(t.Context(), list[0].ID)
	if err != nil || !found {
		t.Fatalf("the test is not recorded: %v", err)
	}
	at := time.Now().UTC().Truncate(time.Microsecond)
	if err := h.store.SettleAttempt(t.Context(), list[0].ID, postgres.Attempt{Entry: p.Entry, Kind: p.Signal.Kind, At: at, Result: "refused",
		Status: 503, TookMS: 12}, false, at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	page := v.get(one)
	shows(t, page, "Takes nothing since", "Refused by the receiver (503)", "12 ms", "A test")
	if strings.Contains(page.body, "whsec_") || strings.Contains(page.body, "hush") {
		t.Error("the page shows what is secret")
	}
	shows(t, v.do(http.MethodPost, one+"/rotate", nil), "whsec_")
	shows(t, v.get(one), "The secret before signs too until")
	shows(t, v.do(http.MethodPost, one, url.Values{"name": {"Tickets"}, "language": {"es"}, "kinds": {"incident.closed"}}), "Saved.", "<h1>Tickets</h1>")
	shows(t, v.do(http.MethodPost, one+"/off", nil), "Off. Signals wait")
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	from := func(at time.Time) url.Values { return url.Values{"from": {at.In(madrid).Format(localInstant)}} }
	shows(t, v.do(http.MethodPost, one+"/replay", from(list[0].CreatedAt)), "It will go on with what was recorded from", "once it is turned on")
	for _, wrong := range []url.Values{from(list[0].CreatedAt.Add(-time.Hour)), from(time.Now().Add(time.Hour)), {}} {
		if got := v.do(http.MethodPost, one+"/replay", wrong); got.status != http.StatusBadRequest || !strings.Contains(got.body, `role="alert"`) {
			t.Errorf("a replay from %v gave %d", wrong, got.status)
		}
	}
	refused := v.do(http.MethodPost, one+"/test", nil)
	if refused.status != http.StatusConflict || !strings.Contains(refused.body, "turn it on first") {
		t.Errorf("a test of a receiver that is off gave %d", refused.status)
	}
	shows(t, v.do(http.MethodPost, one+"/on", nil), "Saved.")
	auditor := h.as(incident.RoleAuditor, "reader@example.com", "en")
	if seen := auditor.get(one); seen.status != http.StatusOK || strings.Contains(seen.body, "<button>") {
		t.Errorf("the auditor is shown %d, with buttons or not at all", seen.status)
	}
	if unsure := v.do(http.MethodPost, one+"/end", nil); unsure.status != http.StatusBadRequest {
		t.Errorf("ended without a tick: %d", unsure.status)
	}
	shows(t, v.do(http.MethodPost, one+"/end", url.Values{"sure": {"yes"}}), "The webhook is removed")
	if gone := v.get(one); gone.status != http.StatusNotFound {
		t.Errorf("a receiver that was ended is shown with %d", gone.status)
	}
}
