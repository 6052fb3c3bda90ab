package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/web/wording"
)

func TestACaseIsClosedAndReopenedOnItsPage(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	path := "/incidents/" + id
	for name, c := range map[string]struct {
		step   string
		form   url.Values
		status int
		words  string
	}{
		"closing with a duty open":   {"/close", url.Values{"reason": {"done"}}, http.StatusConflict, "Obligation 1"},
		"closing without a reason":   {"/close", url.Values{"reason": {" "}}, http.StatusBadRequest, "reason"},
		"reopening what is open":     {"/reopen", url.Values{"reason": {"x"}}, http.StatusConflict, `role="alert"`},
		"awareness without a time":   {"/awareness", url.Values{"at": {""}, "reason": {"r"}}, http.StatusBadRequest, "A date with a time"},
		"awareness without a reason": {"/awareness", url.Values{"at": {madridNow(t)}, "reason": {""}}, http.StatusBadRequest, "reason"},
		"awareness to come":          {"/awareness", url.Values{"at": {"2099-01-01T10:00"}, "reason": {"kept words"}}, http.StatusBadRequest, "kept words"},
		"a reason with NUL":          {"/close", url.Values{"reason": {"a\x00b"}}, http.StatusBadRequest, "not text"},
	} {
		if got := v.do(http.MethodPost, path+c.step, c.form); got.status != c.status || !strings.Contains(got.body, c.words) {
			t.Errorf("%s gave %d and does not say %q: %s", name, got.status, c.words, wrongIn(got))
		}
	}
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/assessments",
		`{"facts":{},"decision":{"notify_authority":false,"communicate":false,"reason":"the disk is encrypted"}}`)
	if got := v.do(http.MethodPost, path+"/close", url.Values{"reason": {"Nothing was lost."}}); got.status != http.StatusSeeOther || got.location != path {
		t.Fatalf("closing gave %d: %s", got.status, wrongIn(got))
	}
	shows(t, v.get(path), "Reopen the case", "Nothing: the case is closed.")
	for _, tab := range []string{"/assessment", "/tasks", "/evidence", "/authority", "/people"} {
		shows(t, v.get(path+tab), "closed")
	}
	if got := v.do(http.MethodPost, path+"/reopen", url.Values{"reason": {"New facts."}}); got.status != http.StatusSeeOther {
		t.Fatalf("reopening gave %d: %s", got.status, wrongIn(got))
	}
	shows(t, v.get(path), "Close the case")
}

func TestTheInstantOfAwarenessIsFixedOnThePage(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	path := "/incidents/" + id
	at := strings.Replace(madridNow(t), "T", "T", 1)
	if got := v.do(http.MethodPost, path+"/awareness", url.Values{"at": {at}, "reason": {"Read it now."}}); got.status != http.StatusSeeOther {
		t.Fatalf("the instant gave %d: %s", got.status, wrongIn(got))
	}
	state, err := h.store.State(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if aware, _ := state.Aware(); aware.Reason != "Read it now." || aware.Provisional || time.Since(aware.At) > 3*time.Minute {
		t.Errorf("the awareness is %+v", aware)
	}
	shows(t, v.get(path), "Read it now.")
}

func TestTheOverviewSpeaksTheReadersLanguage(t *testing.T) {
	h := newHouse(t)
	v := h.as(incident.RoleDPO, "es@example.com", "es")
	id, _ := h.rung("nobody")
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/people?name=a.csv", "email,name,country\nana@example.com,Ana,ES\n")
	page := v.get("/incidents/" + id)
	shows(t, page, `lang="es"`, "Plazo para notificar a AEPD", "Próxima acción", "Evalúe el riesgo y registre la decisión.", "Cerrar sesión",
		"quedan 41 h 59 min", "Por redactar: la notificación para AEPD.", "La tarea 1 está abierta (técnico): Cortar el envío de datos al proveedor.",
		"Cerrar el caso", "Atender el aviso", "Personas afectadas", "El aviso «quedan 48 horas» no está atendido.")
	if missing := regexp.MustCompile(`\?[A-Za-z_][A-Za-z_ ]+\?`).FindString(page.body); missing != "" {
		t.Errorf("the page has no words for %s", missing)
	}
	for _, english := range []string{"Next action", "Reminders", "Facts", "left<", "Sign out", "Overview"} {
		if strings.Contains(page.body, english) {
			t.Errorf("the page says %q", english)
		}
	}
}

func TestWhatTheCaseSaysIsSaidInSpanish(t *testing.T) {
	if got := wording.For("es").Said("Draft the notice to the 12 people of round 3."); got != "Redacte el aviso a las 12 personas de la ronda 3." {
		t.Errorf("the sentence became %q", got)
	}
	if got := wording.For("es").Said("Something new."); got != "Something new." {
		t.Errorf("an unknown sentence became %q", got)
	}
}
