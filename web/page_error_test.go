package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

func TestErrorPagesLookLikeTheOthersAndSayWhatToDo(t *testing.T) {
	h := newHouse(t)
	user := h.account(incident.RoleDPO)
	_, link := h.rung(user.ID)
	link.Expires = time.Now().Add(-time.Second)
	for path, c := range map[string]struct {
		status int
		words  []string
	}{
		h.pathOf(link, 'k'):  {http.StatusForbidden, []string{"This link does not work any more", "Nothing was acknowledged", "Sign in"}},
		"/nothing":           {http.StatusNotFound, []string{"Not found", "There is no such page.", "To the incidents"}},
		"/static/secret.txt": {http.StatusNotFound, []string{"There is no such file."}},
	} {
		got := h.visitor().get(path)
		if got.status != c.status {
			t.Errorf("%.20s gave %d", path, got.status)
		}
		for _, word := range append(c.words, `<html lang="en">`, "/static/tocsin.css", "· Tocsin</title>") {
			if !strings.Contains(got.body, word) {
				t.Errorf("%.20s does not show %q", path, word)
			}
		}
	}
}

func TestAMissingPageSpeaksToWhoIsSignedInAndKeepsTheWaysOn(t *testing.T) {
	h := newHouse(t)
	reader := h.signedIn(incident.RoleResponder)
	reader.do(http.MethodPost, "/account/language", map[string][]string{"locale": {"es"}, "zone": {"Europe/Madrid"}})
	page := reader.get("/nothing")
	if page.status != http.StatusNotFound {
		t.Errorf("the page gave %d", page.status)
	}
	for _, word := range []string{`<html lang="es">`, "No encontrado", `href="/deadlines"`, "A los incidentes"} {
		if !strings.Contains(page.body, word) {
			t.Errorf("the page does not show %q", word)
		}
	}
	stranger := h.visitor().get("/nothing")
	if strings.Contains(page.body, "Puede que antes") || !strings.Contains(stranger.body, "You may be asked to sign in first.") {
		t.Error("who is signed in is told to sign in, or a stranger is not")
	}
	if strings.Contains(stranger.body, `href="/deadlines"`) {
		t.Error("a stranger is shown the ways of an account")
	}
	h.store.Close()
	if got := reader.get("/nothing"); got.status != http.StatusNotFound {
		t.Errorf("without a database the page gave %d", got.status)
	}
}

func TestAPageWhoseDatabaseIsAwaySaysSoAndNothingElse(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	h.store.Close()
	for _, line := range []string{"GET /incidents", "GET /incidents/" + id, "POST /incidents/" + id + "/bundle"} {
		method, path, _ := strings.Cut(line, " ")
		got := v.do(method, path, nil)
		if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
			t.Errorf("%s gave %d", line, got.status)
		}
		for _, word := range []string{"Not available just now", "The legal deadline goes on meanwhile", "Try again", "whoever runs Tocsin"} {
			if !strings.Contains(got.body, word) {
				t.Errorf("%s does not show %q", line, word)
			}
		}
		if strings.Contains(got.body, "Exported data set") {
			t.Errorf("%s shows a case that could not be read", line)
		}
	}
	if got := h.visitor().signIn(visitorEmail, visitorPassword, ""); got.status != http.StatusServiceUnavailable || strings.Contains(got.body, "password is wrong") {
		t.Errorf("signing in gave %d", got.status)
	}
}

func TestAPageSaysThatNoReminderLeaves(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id, _ := h.rung("nobody")
	h.engineAway(Probe{Name: "engine", Check: func(context.Context) error { return errors.New("refused") }})
	v.signIn(visitorEmail, visitorPassword, "")
	for _, path := range []string{"/incidents", "/incidents/" + id} {
		shows(t, v.get(path), `role="alert"`, "can send no reminders and record nothing just now", "Exported data set")
	}
	got := v.do(http.MethodPost, "/incidents/"+id+"/obligations/1/acknowledge", theReminder())
	if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "look whether your step was recorded") {
		t.Errorf("without an engine the button gave %d: %s", got.status, got.body)
	}
	if page := v.get("/incidents/" + id); strings.Contains(page.body, "was acknowledged by") {
		t.Error("the page shows an acknowledgement that nobody recorded")
	}
}

func TestADrillNeverStandsAboveARealCase(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	h.openSince(10*time.Hour, "Calm real case")
	h.openSince(80*time.Hour, "Late drill", `,"exercise":{"pace":60}`)
	got := v.get("/incidents")
	shows(t, got, "Calm real case", "Late drill")
	if strings.Index(got.body, "Calm real case") > strings.Index(got.body, "Late drill") {
		t.Error("the drill stands above the real case")
	}
	if card, _, _ := strings.Cut(got.body, "Open incidents"); strings.Contains(card, "exercise") {
		t.Error("a drill is called the most urgent")
	}
}
