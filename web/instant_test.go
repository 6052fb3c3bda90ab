package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tocsin/incident"
	"tocsin/web/wording"
)

func TestAnInstantIsAnElementWhereOneCanStand(t *testing.T) {
	at := time.Date(2026, 11, 27, 18, 40, 5, 0, time.UTC)
	madrid := zoneOf("Europe/Madrid")
	en, es := wording.For("en"), wording.For("es")
	const element = `<time datetime="2026-11-27T19:40:05+01:00" title="27 Nov 2026, 19:40 Europe/Madrid (UTC+01:00)">Fri 27 Nov 2026, 19:40 +01:00</time>`
	for _, c := range []struct {
		w          wording.Words
		page, want string
	}{
		{en, "<p>no instant</p>", "<p>no instant</p>"},
		{en, "<p>By " + en.At(at, madrid) + ".</p>", "<p>By " + element + ".</p>"},
		{es, "<p>" + es.At(at, madrid) + "</p>", `<p><time datetime="2026-11-27T19:40:05+01:00" title="27/11/2026, 19:40 Europe/Madrid (UTC+01:00)">27/11/2026, 19:40 +01:00</time></p>`},
		{en, `<p title="` + en.At(at, madrid) + `">` + en.At(at, madrid) + "</p>", `<p title="Fri 27 Nov 2026, 19:40 +01:00">` + element + "</p>"},
		{en, "<title>" + en.At(at, madrid) + "</title><option>" + en.At(at, madrid), "<title>Fri 27 Nov 2026, 19:40 +01:00</title><option>Fri 27 Nov 2026, 19:40 +01:00"},
		{en, "<textarea>" + en.At(at, madrid) + "</textarea>" + en.At(at, madrid), "<textarea>Fri 27 Nov 2026, 19:40 +01:00</textarea>" + element},
		// What people type.
		{en, "<p>\ue000 \ue001 \ue002</p>", "<p> </p>"},
		{en, "<p>\ue0001/UTC\ue001Fri 27 Nov 2026, 19:40 +01:00\ue002</p>", "<p>Fri 27 Nov 2026, 19:40 +01:00</p>"},
		{en, "<p>\ue000x\ue002</p>", "<p>x\ue002</p>"},
		{en, "<p>\ue000<b>\ue001</b>\ue002</p>", "<p><b>\ue001</b>\ue002</p>"},
		{en, "<p>\ue000zz/Nowhere\ue001x\ue002</p>", "<p>x</p>"},
		{en, "<p>\ue000" + en.At(at, madrid) + "</p>", "<p>" + element + "</p>"},
	} {
		if got := string(wording.WithInstants([]byte(c.page), c.w, true)); got != c.want {
			t.Errorf("%q became\n%q, want\n%q", c.page, got, c.want)
		}
	}
	if got := wording.Unmarked("By " + en.At(at, madrid) + "."); got != "By Fri 27 Nov 2026, 19:40 +01:00." {
		t.Errorf("unmarked it is %q", got)
	}
}

// TestEveryInstantOfEveryPageHasItsOffset reads all pages that can be reached, in
// both languages.
func TestEveryInstantOfEveryPageHasItsOffset(t *testing.T) {
	h := newHouse(t)
	id, _ := h.rung("nobody")
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/people?name=a.csv", "email,name,country\nana@example.net,Ana,ES\n")
	written := regexp.MustCompile(`\d{4}, \d{2}:\d{2} [+-]\d{2}:\d{2}`)
	title := regexp.MustCompile(`^\d{1,2}[ /](\d{2}|[A-Z][a-z]{2})[ /]\d{4}, \d{2}:\d{2} \S+ \(UTC[+-]\d{2}:\d{2}\)$`)
	seen := 0
	for _, language := range []string{"en", "es"} {
		v := h.as(incident.RoleDPO, "officer."+language+"@example.com", language)
		for _, p := range (&server{}).pageTable() {
			if p.method != http.MethodGet {
				continue
			}
			got := v.get(reach(p.path, id))
			if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
				continue
			}
			for _, mark := range []string{wording.InstantBegins, wording.InstantText, wording.InstantEnds} {
				if strings.Contains(got.body, mark) {
					t.Errorf("%s in %s holds a mark that became nothing", p.path, language)
				}
			}
			page, err := html.Parse(strings.NewReader(got.body))
			if err != nil {
				t.Fatal(err)
			}
			for n := range page.Descendants() {
				switch {
				case n.Type == html.TextNode && written.MatchString(n.Data) && n.Parent.Data != "time" && n.Parent.Data != "option" && n.Parent.Data != "pre":
					t.Errorf("%s in %s writes an instant that is no element: %q", p.path, language, n.Data)
				case n.Type == html.ElementNode && n.Data == "time":
					seen++
					if _, err := time.Parse(time.RFC3339, attribute(n, "datetime")); err != nil {
						t.Errorf("%s in %s: %v", p.path, language, err)
					}
					if got := attribute(n, "title"); !title.MatchString(got) {
						t.Errorf("%s in %s has the title %q", p.path, language, got)
					}
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d instants were seen", seen)
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
