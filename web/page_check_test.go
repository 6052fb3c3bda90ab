package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/notice"
	"tocsin/postgres"
)

// coded is a round that was started, with the code of its one person.
func (h *house) coded() (id, code string) {
	h.t.Helper()
	id = h.open()
	one := "/api/v1/incidents/" + id
	h.must(incident.RoleDPO, "POST", one+"/people?name=a.csv", "email,name,country\nana@example.com,Ana,ES\n")
	h.must(incident.RoleResponder, "POST", one+"/tasks/cut_integration/done", `{"note":"keys withdrawn"}`)
	h.must(incident.RoleDPO, "POST", one+"/assessments", `{"facts":{},"decision":{"notify_authority":true,"communicate":true,"reason":"r"}}`)
	draft := h.must(incident.RoleDPO, "POST", one+"/mailings", `{"template":"affected"}`)
	if !strings.Contains(draft, `"verify_url":"https://tocsin.example.com/check"`) {
		h.t.Fatalf("the first draft does not name the page: %s", draft)
	}
	h.must(incident.RoleApprover, "POST", one+"/mailings/1/approve", "{}")
	h.must(incident.RoleDPO, "POST", one+"/mailings/1/start", "{}")
	if err := h.store.PrepareDeliveries(h.t.Context(), id, 1); err != nil {
		h.t.Fatal(err)
	}
	key, err := h.store.IncidentMailKey(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.store.KeepNoticeCodes(h.t.Context(), id, 1, func(person int64) string {
		code = notice.Code(key, id, fmt.Sprint(person))
		return code
	}); err != nil {
		h.t.Fatal(err)
	}
	return id, code
}

func newCheckHouse(t *testing.T) *house {
	t.Helper()
	return newHouseWith(t, func(c *Config) {
		c.CheckURL = "https://tocsin.example.com/check"
		c.Composer = composerFor(t, notice.Config{From: "tocsin@example.com", Controller: "Example", CheckURL: c.CheckURL})
	})
}

func TestAReaderChecksACodeInTheirLanguage(t *testing.T) {
	h := newCheckHouse(t)
	id, code := h.coded()
	v := h.visitor()
	empty := v.do(http.MethodGet, "/check", nil, "Accept-Language", "es-MX,es;q=0.9,en;q=0.5")
	if empty.status != http.StatusOK || !strings.Contains(empty.body, `<html lang="es">`) || !strings.Contains(empty.body, "¿Es auténtico este mensaje?") {
		t.Fatalf("the empty page gave %d: %s", empty.status, empty.body)
	}
	if got := v.get("/check?lang=lv"); !strings.Contains(got.body, `<html lang="lv">`) {
		t.Error("a chosen language is not shown")
	}
	for locale, want := range map[string]string{"es": "Este código es auténtico", "de": "Dieser Code ist echt", "xx": "This code is genuine", "": "This code is genuine"} {
		for _, typed := range []string{code, " " + strings.ToLower(strings.ReplaceAll(code, "-", " ")) + " "} {
			got := v.do(http.MethodPost, "/check", url.Values{"code": {typed}, "lang": {locale}})
			if got.status != http.StatusOK || !strings.Contains(got.body, want) || !strings.Contains(got.body, code) || !strings.Contains(got.body, "INC-") {
				t.Errorf("the code %q in %q gave %d: %s", typed, locale, got.status, got.body)
			}
			for _, secret := range []string{"Ana", "ana@example.com", "Mirador", "Exported data set", id, "Tocsin"} {
				if strings.Contains(got.body, secret) {
					t.Errorf("the answer holds %q", secret)
				}
			}
		}
	}
	if after := v.do(http.MethodPost, "/check", url.Values{"code": {code}}); !strings.Contains(after.body, "can be copied into a forged message") {
		t.Error("the answer does not warn that a code can be copied")
	}
	if got := v.do(http.MethodPost, "/check", url.Values{"code": {""}}); strings.Contains(got.body, "not known") {
		t.Error("an empty field is called unknown")
	}
	if _, err := h.store.Erase(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := v.do(http.MethodPost, "/check", url.Values{"code": {code}}); !strings.Contains(got.body, "This code is genuine") {
		t.Errorf("after the people were erased the page says %s", got.body)
	}
}

func TestAnUnknownCodeSaysWhatToDoAndGuessingEnds(t *testing.T) {
	h := newCheckHouse(t)
	_, code := h.coded()
	v := h.visitor()
	ask := func(code string) seen {
		t.Helper()
		return v.do(http.MethodPost, "/check", url.Values{"code": {code}})
	}
	for i, typed := range []string{"2222-2222-2222", "<script>alert(1)</script>", strings.Repeat("9", 3000), "\x00\xff", "’ OR 1=1"} {
		got := ask(typed)
		if got.status != http.StatusOK || !strings.Contains(got.body, "This code is not known") || !strings.Contains(got.body, "dpo@example.com") {
			t.Errorf("%d: an unknown code gave %d: %s", i, got.status, got.body)
		}
		if strings.Contains(got.body, "<script>") || len(got.body) > 10_000 {
			t.Errorf("%d: what was typed comes back as it is", i)
		}
	}
	if got := ask(code); !strings.Contains(got.body, "This code is genuine") {
		t.Fatal("a few wrong codes shut the page")
	}
	for range codesPerOrigin - 5 {
		ask("2222-2222-2222")
	}
	if got := ask(code); got.status != http.StatusTooManyRequests || strings.Contains(got.body, "is genuine") || !strings.Contains(got.body, "quarter of an hour") {
		t.Errorf("after %d wrong codes a right one gave %d: %s", codesPerOrigin, got.status, got.body)
	}
	if got := v.get("/check"); got.status != http.StatusOK {
		t.Errorf("the empty page gave %d", got.status)
	}
}

func TestACodeOfARoundThatWasNeverStartedIsUnknown(t *testing.T) {
	h := newCheckHouse(t)
	id := h.open()
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/people?name=a.csv", "email,name,country\nana@example.com,Ana,ES\n")
	if err := h.store.PrepareDeliveries(t.Context(), id, 1); err != nil {
		t.Fatal(err)
	}
	const code = "2345-6789-CDFG"
	if err := h.store.KeepNoticeCodes(t.Context(), id, 1, func(int64) string { return code }); err != nil {
		t.Fatal(err)
	}
	if found, err := h.store.NoticesOfCode(t.Context(), code); err != nil || len(found) != 1 || found[0] != (postgres.CodedRound{Incident: id, Round: 1}) {
		t.Fatalf("the code gives %+v, %v", found, err)
	}
	got := h.visitor().do(http.MethodPost, "/check", url.Values{"code": {code}})
	if !strings.Contains(got.body, "This code is not known") {
		t.Error("a notice that nobody was sent is called genuine")
	}
}

func TestAnotherSiteCannotTryCodes(t *testing.T) {
	v := newHouse(t).visitor()
	got := v.do(http.MethodPost, "/check", url.Values{"code": {"2222-2222-2222"}}, "Sec-Fetch-Site", "cross-site")
	if got.status != http.StatusForbidden {
		t.Errorf("a form of another site gave %d", got.status)
	}
}
