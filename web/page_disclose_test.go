package web

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

// door makes a link of a vendor and gives its path, and the vendor's id.
func (h *house) door(body string) (path, vendor, link string) {
	h.t.Helper()
	vendor = h.vendor(`{"name":"Mirador ` + rand.Text() + `","contract_hours":24}`)
	var made discloseLinkMade
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "POST", "/api/v1/vendors/"+vendor+"/links", body)), &made); err != nil {
		h.t.Fatal(err)
	}
	path, ok := strings.CutPrefix(made.URL, "http://127.0.0.1")
	if !ok {
		h.t.Fatalf("the link is %s", made.URL)
	}
	return path, vendor, made.ID
}

// part is one field or file of a form, in its order.
type part struct{ name, file, content string }

// telling is a form as a vendor fills it in: its key first.
func telling(key string, further ...part) []part {
	return append([]part{{"key", "", key}, {"happened", "", "An attacker <b>exported</b> a table. Nina Ejemplo saw it."}, {"personal_data", "", "yes"}}, further...)
}

// tell sends a form through a link.
func (v *visitor) tell(path string, parts []part) seen {
	v.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		to, err := form.CreateFormField(p.name)
		if p.file != "" {
			to, err = form.CreateFormFile(p.name, p.file)
		}
		if err == nil {
			_, err = to.Write([]byte(p.content))
		}
		if err != nil {
			v.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		v.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.h.server.URL+path, &body)
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	response, err := v.http.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := text.ReadFrom(response.Body); err != nil {
		v.t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		v.t.Fatal(err)
	}
	return seen{response.StatusCode, response.Header.Get("Location"), text.String(), response.Header}
}

const (
	aKey    = "KEYKEYKEYKEYKEYKEY"
	aPeople = "email,name\nnina@example.com,Nina Ejemplo\n"
)

var referenceShown = regexp.MustCompile(`<code>([A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4})</code>`)

func TestAVendorTellsOfABreachThroughItsLink(t *testing.T) {
	h := newHouse(t)
	path, vendor, link := h.door(`{"days":7,"uses":1}`)
	outside := h.visitor()
	page := outside.do(http.MethodGet, path, nil, "Accept-Language", "es-ES,es;q=0.9")
	shows(t, page, "¿Qué ha ocurrido?", "Mirador", `name="key"`)
	if page.header.Get("X-Robots-Tag") != "noindex, nofollow" || page.header.Get("Referrer-Policy") != "no-referrer" || page.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the headers are %v", page.header)
	}
	shows(t, outside.get(path+"?lang=en"), "What happened?")
	place, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	noticed := time.Now().In(place).Add(-30 * time.Hour).Format(localInstant)
	key := formKey.FindStringSubmatch(page.body)[1]
	form := telling(key, part{"noticed", "", noticed}, part{"people", "", "about 500"}, part{"contact", "", "Olga"}, part{"email", "", "olga@mirador.example.net"},
		part{"message", `C:\mail\..\notice.eml`, "Subject: x\r\n\r\nhello"}, part{"data_set", "people.csv", aPeople})
	receipt := outside.tell(path+"?lang=en", form)
	shows(t, receipt, "It has arrived")
	reference := referenceShown.FindStringSubmatch(receipt.body)
	if reference == nil || strings.Contains(receipt.body, "INC-") || strings.Contains(receipt.body, "AEPD") {
		t.Fatalf("the receipt says: %s", receipt.body)
	}
	// Sent again it is the same, though the link is used up.
	if again := outside.tell(path+"?lang=en", form); again.status != http.StatusOK || referenceShown.FindStringSubmatch(again.body)[1] != reference[1] {
		t.Errorf("sent again it gave %d: %s", again.status, again.body)
	}
	if other := outside.tell(path, telling("OTHERKEYOTHERKEYOTHER")); other.status != http.StatusNotFound {
		t.Errorf("a link that is used up gave %d", other.status)
	}

	rows := h.cases()
	if len(rows) != 1 {
		t.Fatalf("there are %d cases", len(rows))
	}
	id := rows[0].ID
	state, err := h.store.State(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	d := state.Disclosure
	if state.Opener == nil || state.Opener.ID != link || d.Reference != reference[1] || d.VendorRecord == nil || d.VendorRecord.ID != vendor ||
		d.Summary != "" || len(state.Documents) != 2 || state.DataSet == nil || state.DataSet.SHA256 != sumOf([]byte(aPeople)) {
		t.Fatalf("the case is %+v", state)
	}
	if aware, _ := state.Aware(); !aware.Provisional || !aware.At.Equal(d.ReceivedAt) || len(state.Rounds) != 0 {
		t.Errorf("aware since %+v; %d rounds of people", aware, len(state.Rounds))
	}
	// The record names nobody; the page shows the words, as text, to who may read them.
	for _, one := range []string{"/api/v1/incidents/" + id + "/audit", "/api/v1/audit"} {
		record := h.must(incident.RoleDPO, "GET", one, "")
		for _, never := range []string{"Nina", "Olga", "exported", strings.TrimPrefix(path, "/disclose/")} {
			if strings.Contains(record, never) {
				t.Errorf("%s holds %q", one, never)
			}
		}
	}
	officer := h.signedIn(incident.RoleDPO)
	shows(t, officer.get("/incidents/"+id), "What the vendor wrote", "An attacker &lt;b&gt;exported&lt;/b&gt;", "about 500", reference[1], "vendor, through its link")
	shows(t, officer.get("/incidents/"+id+"/people"), "The vendor sent a data set", state.DataSet.SHA256)
	shows(t, officer.get("/vendors/"+vendor), "used 1 of 1 times", "used up", "not kept")
	if got := officer.get("/incidents/" + id + "/data-set"); got.body != aPeople || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the data set came as %q", got.body)
	}
	for _, file := range []string{"/data-set", "/documents/" + state.DataSet.ID} {
		if status, answer := h.ask(incident.RoleResponder, "GET", "/api/v1/incidents/"+id+file, ""); status != http.StatusForbidden || strings.Contains(answer, "nina@") {
			t.Errorf("%s gave a responder %d: %s", file, status, answer)
		}
	}
	if seen := h.must(incident.RoleDPO, "GET", "/api/v1/audit", ""); !strings.Contains(seen, `"what":"data_set"`) {
		t.Error("who took the data set stands in no record")
	}
	// It is looked at and imported on the page, as a person confirms it.
	looked := officer.press("/incidents/"+id+"/people/data-set", http.StatusOK)
	shows(t, looked, "people.csv", `action="/incidents/`+id+`/people/data-set/import"`)
	fields := []string{"sha256", state.DataSet.SHA256, "column-0", "email", "field-0", "email", "column-1", "name", "field-1", "name"}
	officer.press("/incidents/"+id+"/people/data-set/import", http.StatusBadRequest, fields...)
	officer.press("/incidents/"+id+"/people/data-set/import", http.StatusOK, append(fields, "sure", "yes")...)
	if state, err := h.store.State(t.Context(), id); err != nil || len(state.Rounds) != 1 || state.Rounds[0].People() != 1 || state.Rounds[0].Imports[0].SHA256 != state.DataSet.SHA256 {
		t.Errorf("imported: %+v, %v", state.Rounds, err)
	}
}

func TestWhateverOpensNothingGetsOneAnswer(t *testing.T) {
	h := newHouse(t)
	path, vendor, link := h.door(`{"uses":1}`)
	h.must(incident.RoleDPO, "POST", "/api/v1/vendors/"+vendor+"/links/"+link+"/withdraw", "{}")
	forged := h.visitor().get("/disclose/tcd_" + strings.Repeat("A", 43))
	for what, got := range map[string]seen{
		"withdrawn": h.visitor().get(path), "withdrawn, a form": h.visitor().tell(path, telling(aKey)), "longer": h.visitor().get(path + strings.Repeat("x", 500)),
		"a NUL": h.visitor().get("/disclose/%00"), "no text": h.visitor().get("/disclose/%ff"), "a path": h.visitor().get("/disclose/..%2f..%2fincidents"),
	} {
		if got.status != http.StatusNotFound || got.body != forged.body {
			t.Errorf("%s gave %d: %s", what, got.status, got.body)
		}
	}
	for range knocksPerOrigin {
		h.visitor().get("/disclose/tcd_guess")
	}
	if got := h.visitor().get("/disclose/tcd_guess"); got.status != http.StatusTooManyRequests {
		t.Errorf("after so many guesses a further one gave %d", got.status)
	}
	if len(h.cases()) != 0 {
		t.Error("a case was opened")
	}
}

func TestWhatAnAttackerSendsThroughALinkOpensNothing(t *testing.T) {
	h := newHouse(t)
	path, _, _ := h.door(`{"uses":20}`)
	cases := map[string]struct {
		parts []part
		said  string
		want  int
	}{
		"a program as a message":   {telling(aKey, part{"message", "notice.exe", "MZ"}), ".eml", 400},
		"a page as a message":      {telling(aKey, part{"message", "notice.txt", "<html><script>alert(1)</script>"}), ".eml", 400},
		"a workbook that is none":  {telling(aKey, part{"data_set", "people.xlsx", "email\na@example.com"}), ".xlsx", 400},
		"a text that is packed":    {telling(aKey, part{"data_set", "people.csv", "PK\x03\x04"}), ".csv", 400},
		"an empty data set":        {telling(aKey, part{"data_set", "people.csv", ""}), "empty", 400},
		"two data sets":            {telling(aKey, part{"data_set", "a.csv", aPeople}, part{"data_set", "b.csv", aPeople}), "twice", 400},
		"too large a data set":     {telling(aKey, part{"data_set", "people.csv", strings.Repeat("a", 6<<20+1)}), "too large", 413},
		"too large a message":      {telling(aKey, part{"message", "n.txt", strings.Repeat("a", 5<<20+1)}), "too large", 413},
		"a field nobody asked for": {telling(aKey, part{"authority", "", "ICO"}), "form", 400},
		"an awareness":             {telling(aKey, part{"awareness", "", "2020-01-01T00:00"}), "form", 400},
		"a file before its key":    {append([]part{{"data_set", "a.csv", aPeople}}, telling(aKey)...), "form", 400},
		"a key of its own making":  {telling("x"), "form", 400},
		"nothing happened":         {[]part{{"key", "", aKey}, {"personal_data", "", "yes"}}, "what happened", 400},
		"no known answer":          {[]part{{"key", "", aKey}, {"happened", "", "x"}, {"personal_data", "", "perhaps"}}, "yes, no or unknown", 400},
		"noticed tomorrow":         {telling(aKey, part{"noticed", "", time.Now().Add(48 * time.Hour).Format(localInstant)}), "future", 400},
		"a NUL":                    {telling(aKey, part{"data", "", "a\x00b"}), "not text", 400},
		"a text without an end":    {telling(aKey, part{"measures", "", strings.Repeat("x", maxTold+1)}), "too long", 400},
		"many fields":              {telling(aKey, slices.Repeat([]part{{"data", "", "x"}}, 50)...), "form", 400},
	}
	n := 0
	for what, c := range cases {
		if n++; n%8 == 0 { // attempts are counted: the next come through another link
			path, _, _ = h.door(`{"uses":20}`)
		}
		got := h.visitor().tell(path+"?lang=en", c.parts)
		if got.status != c.want || !strings.Contains(got.body, c.said) || strings.Contains(got.body, "<script>alert") {
			t.Errorf("%s gave %d: %s", what, got.status, got.body)
		}
	}
	if len(h.cases()) != 0 {
		t.Errorf("%d cases were opened", len(h.cases()))
	}
	entries := h.must(incident.RoleDPO, "GET", "/api/v1/audit", "")
	if strings.Contains(entries, `"what":"used"`) {
		t.Error("a refused disclosure counts as a use")
	}
}
