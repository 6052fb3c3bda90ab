package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tocsin/incident"
	"tocsin/web/wording"
)

// TestAFaultIsFoundWithoutLooking renders pages of a refused step: the title says it
// first, one fault has the focus, and a fault of a field is named by its field.
func TestAFaultIsFoundWithoutLooking(t *testing.T) {
	const top, end = `<!doctype html><html><head><title>Report &amp; act · Tocsin</title></head><body><main>`, `</main></body></html>`
	for what, c := range map[string]struct{ page, want string }{
		"a page without a fault": {`<p>All is well</p><input name="a">`, `<p>All is well</p><input name="a">`},
		"the fault of a form": {
			`<h1>A</h1><p class="alert" role="alert">No</p><input name="a">`,
			`<h1>A</h1><p class="alert" role="alert" tabindex="-1" autofocus>No</p><input name="a">`,
		},
		"a summary, and a field with a hint": {
			`<p class="trouble" role="alert">No</p><input type="hidden" name="k"><p class="wrong">Empty</p><input id="a" aria-describedby="a-hint" value="x &gt; y"/><input id="b">`,
			`<p class="trouble" role="alert" tabindex="-1" autofocus>No</p><input type="hidden" name="k"><p class="wrong" id="wrong-1">Empty</p><input id="a" aria-describedby="wrong-1 a-hint" value="x &gt; y" aria-invalid="true"/><input id="b">`,
		},
		"two fields": {
			`<p class="wrong">One</p><select id="a"></select><p class="wrong" id="own">Two</p><textarea aria-invalid="true" aria-describedby="own"><p class="wrong"></textarea>`,
			`<p class="wrong" id="wrong-1" tabindex="-1" autofocus>One</p><select id="a" aria-describedby="wrong-1" aria-invalid="true"></select><p class="wrong" id="own">Two</p><textarea aria-invalid="true" aria-describedby="own"><p class="wrong"></textarea>`,
		},
		"several to choose from": {
			`<fieldset><legend>Which?</legend><p class="wrong">One</p><input type="radio" name="a"><input type="radio" name="a"></fieldset>`,
			`<fieldset><legend>Which?</legend><p class="wrong" id="wrong-1" tabindex="-1" autofocus>One</p><input type="radio" name="a" aria-describedby="wrong-1"><input type="radio" name="a"></fieldset>`,
		},
		"a part that is away is no fault of the step": {
			`<p class="trouble" role="alert" id="away">No mail leaves</p><p role="alert" hidden></p><p class="alert" role="alert">No</p>`,
			`<p class="trouble" role="alert" id="away">No mail leaves</p><p role="alert" hidden></p><p class="alert" role="alert" tabindex="-1" autofocus>No</p>`,
		},
		"the focus of the page's own": {
			`<p class="alert" role="alert">No</p><input name="a" autofocus>`, `<p class="alert" role="alert">No</p><input name="a" autofocus>`,
		},
	} {
		want := top + c.want + end
		if strings.Contains(c.want, "autofocus") {
			want = strings.Replace(want, "<title>", "<title>Error: ", 1)
		}
		if got := string(withFault([]byte(top+c.page+end), wording.For("en"))); got != want {
			t.Errorf("%s became\n%s\nexpected\n%s", what, got, want)
		}
	}
}

// TestARefusedFormLeadsToItsFault sends a form that is refused in two fields.
func TestARefusedFormLeadsToItsFault(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	answer := v.report(v.reporting(map[string]string{"title": "", "received": "yesterday"}))
	if answer.status != http.StatusBadRequest {
		t.Fatalf("the form gave %d", answer.status)
	}
	page, err := html.Parse(strings.NewReader(answer.body))
	if err != nil {
		t.Fatal(err)
	}
	focused, titled, faults := 0, false, map[string]bool{}
	for node := range page.Descendants() {
		if node.Data == "title" {
			titled = strings.HasPrefix(node.FirstChild.Data, "Error: ")
		}
		for _, a := range node.Attr {
			if a.Key == "autofocus" {
				focused++
			}
			if a.Key == "class" && a.Val == "wrong" {
				i := slices.IndexFunc(node.Attr, func(b html.Attribute) bool { return b.Key == "id" })
				if i < 0 {
					t.Fatal("a fault has no id")
				}
				faults[node.Attr[i].Val] = false
			}
		}
	}
	for node := range page.Descendants() {
		for _, a := range node.Attr {
			if a.Key == "aria-describedby" {
				for id := range strings.FieldsSeq(a.Val) {
					if _, known := faults[id]; known {
						faults[id] = true
					}
				}
			}
		}
	}
	if focused != 1 || !titled || len(faults) == 0 {
		t.Errorf("the page has the focus on %d parts, says it in its title: %t, and has %d faults", focused, titled, len(faults))
	}
	for id, named := range faults {
		if !named {
			t.Errorf("no field names the fault %s", id)
		}
	}
}
