package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/web/wording"
)

func TestErasingIsDecidedHeldAndConfirmedOnItsPage(t *testing.T) {
	h := newHouse(t)
	officer := h.as(incident.RoleDPO, "officer1@example.com", "en")
	deputy := h.as(incident.RoleDeputy, "deputy1@example.com", "es")
	auditor := h.as(incident.RoleAuditor, "auditor1@example.com", "en")
	id, _ := h.settled()
	one := "/incidents/" + id + "/retention"
	page := officer.get(one)
	shows(t, page, "Nobody decided for how long", "data of 1 person become unreadable for ever", "vendor.txt", "Hold erasing", "Ask to erase them", `value="365"`)
	if page = auditor.get(one); strings.Contains(page.body, "<form method=\"post\" action=\""+one) || !strings.Contains(page.body, "The DPO or a deputy decides.") {
		t.Errorf("who may only read is offered a step: %s", page.body)
	}
	shows(t, officer.get("/incidents/"+id), `href="`+one+`"`)

	press := func(v *visitor, step string, values ...string) seen {
		form := url.Values{}
		for i := 0; i < len(values); i += 2 {
			form.Set(values[i], values[i+1])
		}
		return v.do(http.MethodPost, one+"/"+step, form)
	}
	took := func(got seen) {
		t.Helper()
		if got.status != http.StatusSeeOther || got.location != one {
			t.Fatalf("the step gave %d to %q: %s", got.status, got.location, got.body)
		}
	}
	before := h.events(id)
	for name, c := range map[string]struct {
		got    seen
		status int
		words  string
	}{
		"days of letters":      {press(officer, "set", "days", "x", "reason", "kept words"), http.StatusBadRequest, "is not a number"},
		"too many days":        {press(officer, "set", "days", "99999", "reason", "r"), http.StatusBadRequest, "out of range"},
		"no reason":            {press(officer, "hold"), http.StatusBadRequest, "Reason: is missing"},
		"nothing to release":   {press(officer, "release", "reason", "r"), http.StatusConflict, "not held"},
		"an erasing not meant": {press(officer, "erase", "reason", "r"), http.StatusBadRequest, "there is no way back"},
		"nothing to confirm":   {press(deputy, "confirm", "sure", "yes"), http.StatusConflict, "no hay nada que confirmar"},
		"no such file":         {press(officer, "keep", "document", "none", "reason", "r"), http.StatusNotFound, "no such document"},
		"no such step":         {press(officer, "launch"), http.StatusNotFound, "no such page"},
	} {
		if c.got.status != c.status || !strings.Contains(c.got.body, c.words) && !strings.Contains(c.got.body, wording.SentenceStart(c.words)) {
			t.Errorf("%s gave %d without %q: %s", name, c.got.status, c.words, c.got.body)
		}
	}
	if got := press(officer, "set", "days", "x", "reason", "kept words"); !strings.Contains(got.body, `value="kept words"`) {
		t.Error("what was written is lost when it is refused")
	}
	if h.events(id) != before {
		t.Fatal("a refused step left something in the record")
	}

	took(press(officer, "set", "days", "400", "reason", "questions come for a year"))
	shows(t, officer.get(one), "400", "399 days left", "questions come for a year", "warned before: days 30, 7, 1")
	took(press(deputy, "hold", "reason", "a suit <b>"))
	shows(t, officer.get(one), "Held by Somebody (deputy)", "a suit &lt;b&gt;", "Release the hold", "At least a week remains")
	if page = officer.get(one); strings.Contains(page.body, "Ask to erase") {
		t.Error("erasing is offered while it is held")
	}
	took(press(officer, "release", "reason", "it has ended"))
	state, err := h.store.State(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range state.Documents {
		if d.Name == "vendor.txt" {
			took(press(officer, "keep", "document", d.ID, "reason", "the court wants it"))
		}
	}
	shows(t, officer.get(one), `/documents/`, "vendor.txt</a>")

	took(press(officer, "erase", "reason", "all is settled", "sure", "yes"))
	shows(t, officer.get(one), "You asked: another person", "all is settled")
	if got := press(officer, "confirm", "sure", "yes"); got.status != http.StatusForbidden || !strings.Contains(got.body, "another person") {
		t.Errorf("confirming one's own wish gave %d: %s", got.status, got.body)
	}
	shows(t, deputy.get(one), "Confirmar la supresión", "Sé que no hay vuelta atrás", "Con ello decae la petición")
	if got := press(deputy, "confirm"); got.status != http.StatusBadRequest || !strings.Contains(got.body, "no hay vuelta atrás") {
		t.Errorf("confirming without the tick gave %d: %s", got.status, got.body)
	}
	took(press(deputy, "confirm", "sure", "yes"))
	h.erase(id)
	page = officer.get(one)
	shows(t, page, "were erased on", "can no longer be read by anybody")
	if strings.Contains(page.body, "<form method=\"post\" action=\""+one) {
		t.Error("after the erasing a step is offered")
	}
	page = officer.get("/incidents/" + id + "/people")
	shows(t, page, "were erased on")
	for _, unseen := range []string{"ana@example.com", "/people/list", "/people/file", `id="further"`} {
		if strings.Contains(page.body, unseen) {
			t.Errorf("the page of people of an erased case shows %s", unseen)
		}
	}
	if got := officer.get("/incidents/" + id + "/people/list"); got.status != http.StatusConflict || !strings.Contains(got.body, "erased") {
		t.Errorf("the list of an erased case gave %d", got.status)
	}
}
