package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tocsin/incident"
)

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
			for _, mark := range []string{"\ue000", "\ue001", "\ue002"} {
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
