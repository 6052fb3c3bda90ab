package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

func TestACaseIsJoinedAndTakenOutThroughThePageInSpanish(t *testing.T) {
	h := newHouse(t)
	path, _, _ := h.door(`{"days":7,"uses":3}`)
	outside := h.visitor()
	form := telling(formKey.FindStringSubmatch(outside.get(path).body)[1], part{"message", "notice.eml", "Subject: x\r\n\r\nhello"}, part{"data_set", "people.csv", aPeople})
	shows(t, outside.tell(path+"?lang=en", form), "It has arrived")
	from := h.cases()[0].ID
	near, far := h.another("near", "Copia <b>filtrada</b>", time.Hour), h.another("far", "Otra cosa", 50*time.Hour)

	v := h.signedIn(incident.RoleDPO)
	v.press("/account/language", http.StatusSeeOther, "locale", "es", "zone", "Europe/Madrid")
	shows(t, v.get("/incidents/"+from), "Es la misma brecha que otro caso", "/join")
	choice := v.get("/incidents/" + from + "/join")
	shows(t, choice, "Elegir el otro caso", "Copia &lt;b&gt;filtrada&lt;/b&gt;", "Otra cosa")
	if strings.Index(choice.body, near) > strings.Index(choice.body, far) {
		t.Error("the nearest in time does not stand first")
	}
	if found := v.get("/incidents/" + from + "/join?q=OTRA"); strings.Contains(found.body, near) || !strings.Contains(found.body, far) {
		t.Error("the search finds another case than it should")
	}
	if found := v.get("/incidents/" + from + "/join?q=c%C3%B3pia"); !strings.Contains(found.body, near) || strings.Contains(found.body, far) {
		t.Error("the search minds accents")
	}
	shows(t, v.get("/incidents/"+from+"/join?q=100%25"), "Ningún caso abierto coincide")
	numbers := []string{h.state(from).Number, h.state(near).Number}
	shows(t, v.get("/incidents/"+from+"/join?into="+near), "Qué ocurrirá", "incorpora lo comunicado aquí", "archivo de personas pendiente",
		"La obligación de este caso ante AEPD termina", "Unir "+numbers[0]+" a "+numbers[1])
	shows(t, v.get("/incidents/"+far+"/join?into="+near), "conocimiento anterior", "El plazo sería entonces")
	if h.state(from).IsClosed() {
		t.Fatal("looking joined it")
	}
	if without := v.press("/incidents/"+from+"/join", http.StatusBadRequest, "into", near, "reason", " "); !strings.Contains(without.body, "Qué ocurrirá") ||
		!strings.Contains(without.body, "Motivo: falta") {
		t.Errorf("without a reason the page says %s", without.body)
	}
	v.press("/incidents/"+from+"/join", http.StatusNotFound, "into", "none", "reason", "la misma")
	if got := v.press("/incidents/"+from+"/join", http.StatusSeeOther, "into", near, "reason", "La misma exportación"); got.location != "/incidents/"+near {
		t.Errorf("after joining it leads to %s", got.location)
	}

	shows(t, v.get("/incidents/"+near), "Comunicado también en", numbers[0], "La misma exportación", "por su enlace", "notice.eml", "people.csv")
	shows(t, v.get("/incidents/"+from), "Este caso se unió a otro", "Abrir "+numbers[1], "Separarlo de "+numbers[1])
	shows(t, v.get("/incidents/"+near+"/evidence"), "notice.eml")
	shows(t, v.get("/incidents/"+near+"/timeline"), "Incorporó lo comunicado en otro caso")
	shows(t, v.get("/incidents/"+from+"/timeline"), "Unido a otro caso")
	set := h.state(near).DataSets()[0]
	shows(t, v.get("/incidents/"+near+"/people"), set.SHA256)
	shows(t, v.press("/incidents/"+near+"/people/data-set", http.StatusOK, "set", set.ID), `name="set" value="`+set.ID+`"`, "email")
	if file := v.get("/incidents/" + near + "/data-set?set=" + set.ID); file.body != aPeople {
		t.Errorf("the data set is %q", file.body)
	}
	if status, _ := h.ask(incident.RoleResponder, "GET", "/api/v1/incidents/"+near+"/documents/"+set.ID, ""); status != http.StatusForbidden {
		t.Errorf("a responder was given the data set: %d", status)
	}
	v.press("/incidents/"+from+"/join", http.StatusConflict, "into", far, "reason", "otra")
	shows(t, v.get("/register"), "unido a "+numbers[1], "comunicado también en "+numbers[0])

	v.press("/incidents/"+from+"/reopen", http.StatusSeeOther, "reason", "Era otra exportación")
	shows(t, v.get("/incidents/"+near), "Separado de nuevo", "Era otra exportación")
	if s := h.state(from); s.IsClosed() || slices.ContainsFunc(s.Obligations, func(o incident.Obligation) bool { return o.Status == incident.ObligationWaivedStatus }) {
		t.Errorf("the case is %+v", s.Obligations)
	}
}
