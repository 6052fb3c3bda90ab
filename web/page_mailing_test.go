package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
)

// as signs somebody in with a role and a language of their own.
func (h *house) as(role incident.Role, email, locale string) *visitor {
	h.t.Helper()
	if _, _, err := h.store.CreateUser(h.t.Context(), postgres.NewUser{
		Email: email, Name: "Somebody", Role: role, Zone: "Europe/Madrid", Locale: locale, Password: visitorPassword,
	}); err != nil {
		h.t.Fatal(err)
	}
	v := h.visitor()
	if got := v.signIn(email, visitorPassword, ""); got.status != http.StatusSeeOther {
		h.t.Fatalf("signing in gave %d", got.status)
	}
	return v
}

func TestARoundGoesFromDraftToItsEndOnThePage(t *testing.T) {
	h := newHouse(t)
	officer := h.as(incident.RoleDPO, "officer1@example.com", "en")
	second := h.as(incident.RoleApprover, "officer2@example.com", "es")
	id := h.open()
	one := "/incidents/" + id
	h.must(incident.RoleDPO, "POST", "/api/v1"+one+"/people?name=a.csv", "email,name,country\nana@example.com,Ana,ES\nbo@example.com,Bo,FR\nbroken,Cy,DE\n")
	press := func(v *visitor, step string, form url.Values) seen {
		return v.do(http.MethodPost, one+"/mailings/1/"+step, form)
	}
	took := func(got seen) {
		t.Helper()
		if got.status != http.StatusSeeOther || got.location != one+"/people#round-1" {
			t.Fatalf("the step gave %d to %q: %s", got.status, got.location, got.body)
		}
	}
	refused := func(got seen, status int, words string) {
		t.Helper()
		if got.status != status || !strings.Contains(got.body, words) {
			t.Errorf("the step gave %d without %q: %s", got.status, words, got.body)
		}
	}
	refused(press(officer, "draft", url.Values{}), http.StatusBadRequest, "add: “Measures taken or proposed”.")
	h.must(incident.RoleResponder, "POST", "/api/v1"+one+"/tasks/cut_integration/done", `{"note":"keys withdrawn"}`)
	took(press(officer, "draft", url.Values{}))

	// The drafter sees the notice and cannot approve it; the second person can,
	// in their own language, once they say that they have read it.
	page := officer.get(one + "/people")
	shows(t, page, "You drafted it: another person", "Version 1 drafted by Somebody (DPO)", "The notice, Round 1", `hreflang="es"`)
	if strings.Contains(page.body, "/mailings/1/approve") {
		t.Error("the drafter is offered to approve")
	}
	shows(t, officer.get(one+"/people?locale=es"), `class="letter" lang="es"`, "Reglamento")
	shows(t, second.get(one+"/people"), `<html lang="es">`, "Aprobar la versión 1", "He leído el aviso", `class="letter" lang="es"`)
	shows(t, page, "Send me a test in this language")
	refused(press(officer, "test", url.Values{"locale": {"xx"}}), http.StatusBadRequest, "is not a language of this notice")
	if got := press(officer, "test", url.Values{"locale": {"es"}, "to": {"somebody@example.com"}}); got.status != http.StatusSeeOther || got.location != one+"/people?tested=1#notice" {
		t.Fatalf("a test gave %d to %q: %s", got.status, got.location, got.body)
	}
	shows(t, officer.get(one+"/people?tested=1"), "A test is on its way to your own address.")
	if state, err := h.store.State(t.Context(), id); err != nil || len(state.Tests) != 1 || state.Tests[0].Locale != "es" {
		t.Errorf("the record has the tests %+v, %v", state.Tests, err)
	}
	// Drafting anew from a page of before would replace what nobody has read.
	refused(press(officer, "draft", url.Values{"version": {"0"}}), http.StatusConflict, "read it first")
	refused(press(officer, "approve", url.Values{"sure": {"yes"}, "version": {"1"}}), http.StatusForbidden, "was drafted by you")
	refused(press(second, "approve", url.Values{"version": {"1"}}), http.StatusBadRequest, "marque que ha leído el aviso")
	refused(press(second, "approve", url.Values{"sure": {"yes"}, "version": {"2"}}), http.StatusConflict, "se redactó de nuevo")
	refused(press(officer, "start", url.Values{"sure": {"yes"}}), http.StatusConflict, "not approved")
	refused(press(second, "start", url.Values{"sure": {"yes"}}), http.StatusForbidden, "no permite esto")
	took(press(second, "approve", url.Values{"sure": {"yes"}, "version": {"1"}}))
	shows(t, officer.get(one+"/people"), "Start sending to 2 people", "What has left cannot be called back", "Approved by Somebody (approver)")
	refused(press(officer, "start", url.Values{}), http.StatusBadRequest, "tick that you have read the notice")
	took(press(officer, "start", url.Values{"sure": {"yes"}}))

	page = officer.get(one + "/people")
	shows(t, page, "being sent", `hx-get="`+one+`/mailings/1/progress" hx-trigger="sse:progress"`, "0 of 3 taken", "Pause", "Stop for good", `value="33"`)
	part := officer.get(one + "/mailings/1/progress")
	if part.status != http.StatusOK || strings.Contains(part.body, "<html") ||
		!strings.Contains(part.body, "0 of 3 taken") {
		t.Errorf("the progress is %d %v %s", part.status, part.header, part.body)
	}
	if policy := part.header.Get("Content-Security-Policy"); !strings.Contains(policy, "connect-src 'self'") {
		t.Errorf("the page may not ask for its progress: %s", policy)
	}
	took(press(officer, "pause", url.Values{"reason": {"a second look <b>"}}))
	shows(t, officer.get(one+"/people"), "It halts: a second look &lt;b&gt;", "Resume", `<div data-progress>`)
	took(press(officer, "resume", url.Values{"reason": {"looked"}}))
	refused(press(officer, "stop", url.Values{}), http.StatusBadRequest, "Reason: is missing")
	if got := press(officer, "stop", url.Values{}); !strings.Contains(got.body, "<details open") {
		t.Error("the form that was refused is folded away")
	}
	took(press(officer, "stop", url.Values{"reason": {"wrong list"}}))
	shows(t, officer.get(one+"/people"), "It was stopped: wrong list", "stopped")
	refused(press(officer, "resume", url.Values{}), http.StatusConflict, "only a paused round")
	if got := press(officer, "launch", url.Values{}); got.status != http.StatusNotFound {
		t.Errorf("a step that is none gave %d", got.status)
	}
}

func TestWhoMayOnlyReadIsOfferedNoStep(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleResponder)
	id := h.open()
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/people?name=a.csv", "email,name,country\nana@example.com,Ana,ES\n")
	page := v.get("/incidents/" + id + "/people")
	shows(t, page, "Draft the notice from what is recorded")
	for _, unseen := range []string{"/people/list", "/people/untold", "ana@example.com"} {
		if strings.Contains(page.body, unseen) {
			t.Errorf("a responder is shown %s", unseen)
		}
	}
	if strings.Contains(page.body, "?}") || strings.Contains(page.body, "?round") || strings.Contains(page.body, "%!") {
		t.Error("a text of the page is missing or lacks a value")
	}
}
