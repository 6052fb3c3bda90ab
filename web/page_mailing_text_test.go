package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tocsin/incident"
)

func TestAnOfficerPutsTheNoticeIntoTheirOwnWords(t *testing.T) {
	h := newHouse(t)
	v := h.as(incident.RoleDPO, "officer1@example.com", "es")
	id := h.open()
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/people?name=a.csv", "email,name,country\nana@example.com,Ana,ES\n")
	path := "/incidents/" + id + "/mailings/1/words"
	page := v.get(path)
	shows(t, page, `name="version" value="0"`, `name="locale" value="es"`, "Qué ha ocurrido", "Medidas adoptadas o propuestas")
	words := url.Values{
		"locale": {"es"}, "version": {"0"}, "contact_name-es": {"Delegada de protección de datos"}, "email": {"dpo@example.com"},
		"nature-es": {"Un tercero copió un fichero.\r\n\r\nEl proveedor lo cerró & avisó."}, "consequences-es": {"Mensajes falsos.\n\n Suplantación. "},
		"measures-es": {"Cortamos el acceso."}, "page_url": {"https://privacy.example.com/incident"}, "occurred_on": {"2026-11-09"},
	}
	change := func(name, value string) url.Values {
		changed := url.Values{}
		for key, list := range words {
			changed[key] = list
		}
		changed.Set(name, value)
		return changed
	}
	before := h.events(id)
	for name, c := range map[string]struct {
		form   url.Values
		status int
		words  string
	}{
		"a day that is none":           {change("occurred_on", "2026-13-40"), http.StatusBadRequest, "is not a day"},
		"a version that is not there":  {change("version", "3"), http.StatusBadRequest, "versión"},
		"no measures":                  {change("measures-es", " \n "), http.StatusBadRequest, "measures"},
		"a link elsewhere":             {change("nature-es", "Vea https://evil.example.net/x ahora."), http.StatusBadRequest, "link"},
		"a character that is no text":  {change("advice-es", "a\x00b"), http.StatusBadRequest, "no es texto"},
		"a language without its words": {change("locale", "xx"), http.StatusBadRequest, "no es un idioma"},
	} {
		got := v.do(http.MethodPost, path, c.form)
		if got.status != c.status || !strings.Contains(got.body, c.words) {
			t.Errorf("%s gave %d without %q: %s", name, got.status, c.words, got.body)
		}
		if name == "no measures" && !strings.Contains(got.body, "Un tercero copió un fichero.") {
			t.Error("what was written is lost when it is refused")
		}
	}
	if h.events(id) != before {
		t.Fatal("refused words left something in the record")
	}
	h.must(incident.RoleResponder, "POST", "/api/v1/incidents/"+id+"/tasks/cut_integration/done", `{"note":"keys withdrawn"}`)
	got := v.do(http.MethodPost, path, words)
	if got.status != http.StatusSeeOther || got.location != "/incidents/"+id+"/people?locale=es#notice" {
		t.Fatalf("the words gave %d to %q: %s", got.status, got.location, got.body)
	}
	shows(t, v.get("/incidents/"+id+"/people?locale=es"), "Un tercero copió un fichero.", "El proveedor lo cerró &amp; avisó.", "Suplantación.", "Delegada de protección de datos")
	shows(t, v.get(path), `name="version" value="1"`, "Cortamos el acceso.", `value="2026-11-09"`)
	if got := v.get(path + "?locale=king"); got.status != http.StatusBadRequest {
		t.Errorf("a language that is none gave %d", got.status)
	}
}

func TestWordsThatTwoWriteAtOnceAreAllKept(t *testing.T) {
	h := newHouse(t)
	one, two := h.signedIn(incident.RoleDPO), h.as(incident.RoleDeputy, "two@example.com", "en")
	id := h.open()
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/people?name=a.csv", "email,name,country\nana@example.com,Ana,GB\n")
	h.must(incident.RoleResponder, "POST", "/api/v1/incidents/"+id+"/tasks/cut_integration/done", `{"note":"keys withdrawn"}`)
	path := "/incidents/" + id + "/mailings/1/words"
	words := func(version, nature, measures, phone string) url.Values {
		return url.Values{"locale": {"en"}, "version": {version}, "contact_name-en": {"DPO"}, "email": {"dpo@example.com"}, "phone": {phone},
			"nature-en": {nature}, "consequences-en": {"False messages."}, "measures-en": {measures}, "occurred_on": {"2026-11-09"}}
	}
	if got := one.do(http.MethodPost, path, words("0", "A file was copied.", "Access was cut.", "")); got.status != http.StatusSeeOther {
		t.Fatalf("the first draft gave %d: %s", got.status, wrongIn(got))
	}
	if got := two.do(http.MethodPost, path, words("1", "A file was taken.", "Access was cut.", "+34 600 000 000")); got.status != http.StatusSeeOther {
		t.Fatalf("the second draft gave %d: %s", got.status, wrongIn(got))
	}
	got := one.do(http.MethodPost, path, words("1", "A file was stolen.", "All keys were changed.", ""))
	if got.status != http.StatusConflict {
		t.Fatalf("an old form gave %d", got.status)
	}
	for _, word := range []string{"saved version 2", `name="version" value="2"`, "A file was stolen.", "“A file was taken.” was saved meanwhile", "All keys were changed.", `value="&#43;34 600 000 000"`} {
		if !strings.Contains(got.body, word) {
			t.Errorf("the page does not show %q", word)
		}
	}
	if n := strings.Count(got.body, "was saved meanwhile"); n != 1 {
		t.Errorf("%d words are said to clash", n)
	}
	if got := one.do(http.MethodPost, path, words("2", "A file was stolen.", "All keys were changed.", "+34 600 000 000")); got.status != http.StatusSeeOther {
		t.Fatalf("saving what was shown gave %d: %s", got.status, wrongIn(got))
	}
}

func TestAccountsAreLoadedOnThePage(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/people?name=a.csv", "email,user_id\ncustomer7@example.com,x\nfar@example.org,y\n")
	one := "/incidents/" + id + "/people"
	shows(t, v.get(one), "None are loaded", "Load accounts from a file")
	if got := v.send(one+"/accounts", nil, "accounts.csv", "colour\nred\n"); got.status != http.StatusBadRequest || !strings.Contains(got.body, `id="accounts-fault"`) {
		t.Errorf("a file without accounts gave %d", got.status)
	}
	if got := v.do(http.MethodPost, one+"/accounts-database", url.Values{}); got.status != http.StatusConflict || !strings.Contains(got.body, "no database of accounts") && !strings.Contains(got.body, "No database of accounts") {
		t.Errorf("a database that is not set up gave %d: %s", got.status, got.body)
	}
	if got := v.send(one+"/accounts", nil, "accounts.csv", "email\nfar@example.org\nnear@example.org\n"); got.status != http.StatusSeeOther || got.location != one+"#accounts" {
		t.Fatalf("loading gave %d: %s", got.status, got.body)
	}
	shows(t, v.get(one), "with an account of ours", "2 loaded on", "1 of them are not in the file")
	h.queries(shopURL(t), "SELECT email, user_id FROM shop.accounts")
	shows(t, v.get(one), "Load accounts from our database")
	if got := v.do(http.MethodPost, one+"/accounts-database", url.Values{}); got.status != http.StatusSeeOther {
		t.Fatalf("loading from the database gave %d: %s", got.status, got.body)
	}
	shows(t, v.get(one), "5,000 loaded on")
	audit := h.must(incident.RoleDPO, "GET", "/api/v1/audit", "")
	if strings.Count(audit, incident.EvAccountsLoaded) != 2 {
		t.Errorf("the record says %s", audit)
	}
}
