package web

import (
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/templates"
	"tocsin/web/wording"
)

// TestNoPageHoldsWordsOfOneLanguage reads the templates: what people read comes
// from the tables of texts, commands and names excepted.
func TestNoPageHoldsWordsOfOneLanguage(t *testing.T) {
	files, err := fs.Glob(templates.Page(), "*.html")
	if err != nil {
		t.Fatal(err)
	}
	action := regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	code := regexp.MustCompile(`(?s)<(code|pre)[ >].*?</(code|pre)>|<!doctype[^>]*>`)
	tag := regexp.MustCompile(`(?s)<[^>]*>`)
	read := regexp.MustCompile(`(?:data-label|aria-label|alt|placeholder|title|data-done)="([^"]*)"`)
	word := regexp.MustCompile(`\pL{3,}`)
	names := []string{"Tocsin", "SHA", "aria", "describedby", "invalid", "true", "fault", "Outlook", "Google", "Apple"}
	for _, name := range files {
		content, err := fs.ReadFile(templates.Page(), name)
		if err != nil {
			t.Fatal(err)
		}
		text := code.ReplaceAllString(action.ReplaceAllString(string(content), ""), "")
		for _, found := range read.FindAllStringSubmatch(text, -1) {
			if word.MatchString(found[1]) {
				t.Errorf("%s: an attribute says %q", name, found[1])
			}
		}
		for _, found := range word.FindAllString(tag.ReplaceAllString(text, " "), -1) {
			if !slices.Contains(names, found) {
				t.Errorf("%s says %q", name, found)
			}
		}
	}
}

func TestEveryTextThatIsAskedForIsWritten(t *testing.T) {
	written, asked := map[string]bool{}, regexp.MustCompile(`\.T[ (]("(?:[^"\\]|\\.)*")`)
	for _, line := range wording.Texts() {
		written[line[0]] = true
	}
	n := 0
	for _, folder := range []fs.FS{os.DirFS("."), os.DirFS("wording"), templates.Page()} {
		files, err := fs.Glob(folder, "*")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			content, err := fs.ReadFile(folder, name)
			if err != nil || strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, found := range asked.FindAllStringSubmatch(string(content), -1) {
				key, err := strconv.Unquote(found[1])
				if err != nil {
					t.Fatal(err)
				}
				if n++; !written[key] && !strings.HasSuffix(key, "_") { // the rest is a value
					t.Errorf("%s asks for %q", name, key)
				}
			}
		}
	}
	if n < 300 {
		t.Errorf("only %d texts were found", n)
	}
}

func TestEveryPageSpeaksTheReadersLanguage(t *testing.T) {
	h := newHouse(t)
	id, _ := h.rung("nobody")
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/people?name=a.csv", "email,name,country,organisation\nana@example.com,Ana,ES,org-1\n")
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/public", `{}`)
	unknown := regexp.MustCompile(`\?[A-Za-z][^<>?¿"&=]*\?`)
	for locale, other := range map[string]int{"es": 1, "en": 2} {
		v := h.as(incident.RoleDPO, locale+"@example.com", locale)
		for _, p := range append((&server{}).pageTable(), pageRoute{method: "GET", path: "/nothing"}, pageRoute{method: "GET", path: "/sign-in"}) {
			if p.method != http.MethodGet {
				continue
			}
			page := v.do(http.MethodGet, reach(p.path, id), nil, "Accept-Language", locale)
			if !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") || strings.HasSuffix(p.path, "/copy-sheet") || strings.HasSuffix(p.path, "/progress") ||
				page.status == http.StatusSeeOther || strings.HasSuffix(p.path, "/sheet") && locale == "en" { // the sheet is in the authority's language
				continue
			}
			if !strings.Contains(page.body, `<html lang="`+locale+`">`) {
				t.Errorf("%s does not say that it is in %s", p.path, locale)
			}
			if missing := unknown.FindString(page.body); missing != "" {
				t.Errorf("%s has no words for %s", p.path, missing)
			}
			for _, text := range wording.Texts() {
				if text[1] != text[2] && len(text[other]) > 6 && strings.Contains(page.body, ">"+text[other]+"<") && !slices.ContainsFunc(wording.Texts(), func(same [3]string) bool { return same[3-other] == text[other] }) {
					t.Errorf("%s in %s says %q", p.path, locale, text[other])
				}
			}
		}
	}
}

func TestAPersonChoosesTheLanguageOfThePages(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAuditor)
	shows(t, v.get("/account"), "Language and time zone", `value="Europe/Madrid"`)
	for name, form := range map[string]url.Values{
		"a language that is none": {"locale": {"tlh"}, "zone": {"Europe/Madrid"}},
		"a zone that is none":     {"locale": {"es"}, "zone": {"Europe/Atlantis"}},
		"a path":                  {"locale": {"es"}, "zone": {"../../etc/passwd"}},
		"nothing":                 {},
	} {
		if got := v.do(http.MethodPost, "/account/language", form); got.status != http.StatusBadRequest || !strings.Contains(got.body, `role="alert"`) {
			t.Errorf("%s gave %d", name, got.status)
		}
	}
	id := h.open()
	if got := v.do(http.MethodPost, "/account/language", url.Values{"locale": {"es"}, "zone": {"Asia/Tokyo"}}); got.status != http.StatusSeeOther || got.location != "/account" {
		t.Fatalf("the choice gave %d: %s", got.status, wrongIn(got))
	}
	shows(t, v.get("/account"), "Su cuenta", `value="Asia/Tokyo"`)
	shows(t, v.get("/incidents/"+id), "Próxima acción", "09:00", "Asia/Tokyo")
	shows(t, v.get("/deadlines"), "Plazo para notificar a AEPD", "09:00")
}

func TestWhoIsNotSignedInReadsTheLanguageOfTheBrowser(t *testing.T) {
	v := newHouse(t).visitor()
	for asked, words := range map[string]string{"es-MX,es;q=0.9,en;q=0.5": "Contraseña", "en-GB": "Password", "fr,es;q=0.5": "Contraseña", "xx-nonsense;;;": "Password", "": "Password"} {
		if got := v.do(http.MethodGet, "/sign-in", nil, "Accept-Language", asked); !strings.Contains(got.body, words) {
			t.Errorf("%q did not lead to %q", asked, words)
		}
	}
}
