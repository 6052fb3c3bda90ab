package web

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

var furtherPage = regexp.MustCompile(`href="(/(?:incidents|deadlines)\?[^"]*after=[^"]+)"`)

func TestManyIncidentsAreFoundAndReadPageByPage(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	const n = 2*rowsOfAPage + 3
	for i := range n {
		vendor := "Mirador"
		if i%100 == 7 {
			vendor = `O'Hara & "Söhne"`
		}
		ago := time.Duration(i+1) * time.Minute
		h.record(fmt.Sprintf("i%020d", i), incident.Open{ID: fmt.Sprintf("i%020d", i), Key: fmt.Sprint(i), Disclosure: incident.Disclosure{
			Title: fmt.Sprintf("Case %d of many", i), Kind: "vendor", Vendor: vendor, ReceivedAt: time.Now().Add(-ago),
			PersonalData: "yes", Summary: "s", Authority: "AEPD", Zone: "Europe/Madrid",
		}})
	}
	for _, path := range []string{"/incidents", "/deadlines"} {
		seen, pages := map[string]bool{}, 0
		for next := path; next != ""; pages++ {
			page := v.get(next)
			if page.status != http.StatusOK {
				t.Fatalf("%s gave %d", next, page.status)
			}
			for _, m := range regexp.MustCompile(`Case (\d+) of many`).FindAllStringSubmatch(page.body, -1) {
				seen[m[1]] = true
			}
			next = ""
			if m := furtherPage.FindStringSubmatch(page.body); m != nil {
				next = html.UnescapeString(m[1])
			}
		}
		if len(seen) != n || pages != 3 {
			t.Errorf("%s shows %d of %d cases on %d pages", path, len(seen), n, pages)
		}
	}
	shows(t, v.get("/incidents"), `<p class="big">203</p><p class="quiet">203 with a running deadline`)
	found := v.get("/incidents?search=" + "o%27HARA+%26")
	shows(t, found, "Case 7 of many", "Case 107 of many", `value="o&#39;HARA &amp;"`, "Most urgent", "All from the first on")
	if strings.Contains(found.body, "Case 8 of many") {
		t.Error("a search shows what is not looked for")
	}
	shows(t, v.get("/incidents?search=no+such+thing&which=open"), "No incident is found", `<option value="open" selected>`)
	shows(t, v.get("/incidents?which=closed"), "No incident is found", "203 with a running deadline")
	for path, words := range map[string]string{
		"/incidents?which=all": "is not known", "/incidents?search=" + strings.Repeat("x", 201): "is too long",
		"/incidents?limit=7": "is not a parameter", "/deadlines?after=x": "not a place in the list",
	} {
		if got := v.get(path); got.status != http.StatusBadRequest || !strings.Contains(got.body, words) {
			t.Errorf("%.40s gave %d without %q", path, got.status, words)
		}
	}
}

// record records a command as the DPO.
func (h *house) record(id string, command incident.Command) {
	h.t.Helper()
	if _, err := (straight{h.store}).Command(h.t.Context(), id, incident.Actor{Role: incident.RoleDPO, ID: "d"}, command); err != nil {
		h.t.Fatal(err)
	}
}
