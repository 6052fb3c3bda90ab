package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

var formKey = regexp.MustCompile(`name="key" value="(\w+)"`)

// reporting is a form as a person fills it in.
func (v *visitor) reporting(changed map[string]string) map[string]string {
	v.t.Helper()
	page := v.get("/incidents/new")
	key := formKey.FindStringSubmatch(page.body)
	if key == nil {
		v.t.Fatalf("the form gave %d and has no key", page.status)
	}
	place, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		v.t.Fatal(err)
	}
	form := map[string]string{
		"key": key[1], "title": "Laptop stolen", "received": time.Now().Add(-time.Hour).In(place).Format("2006-01-02T15:04"),
		"kind": "own_detection", "vendor": "", "contact": "", "personal_data": "unknown", "summary": "", "authority": "AEPD",
	}
	for name, value := range changed {
		form[name] = value
	}
	return form
}

// report sends a form with files by their name.
func (v *visitor) report(form map[string]string, files ...[2]string) seen {
	v.t.Helper()
	var body bytes.Buffer
	writer := multipart.NewWriter(&body)
	for name, value := range form {
		if err := writer.WriteField(name, value); err != nil {
			v.t.Fatal(err)
		}
	}
	for _, f := range files {
		part, err := writer.CreateFormFile("files", f[0])
		if err != nil {
			v.t.Fatal(err)
		}
		if _, err := part.Write([]byte(f[1])); err != nil {
			v.t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		v.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.h.server.URL+"/incidents/new", &body)
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("Content-Type", writer.FormDataContentType())
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

func (h *house) cases() []postgres.IncidentRow {
	h.t.Helper()
	rows, err := h.store.Incidents(h.t.Context(), postgres.IncidentFilter{})
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

func TestAPersonReportsAnIncidentOnThePage(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleResponder)
	form := v.reporting(map[string]string{"kind": "vendor", "vendor": "Mirador Analytics", "contact": "security@mirador.example.net",
		"personal_data": "yes", "summary": "A data set was exported."})
	files := [][2]string{{"notice.eml", "Subject: x"}, {`C:\Users\me\..\list.txt`, "a"}}
	got := v.report(form, files...)
	if got.status != http.StatusSeeOther || !strings.HasSuffix(got.location, "?opened") {
		t.Fatalf("the form gave %d to %q: %s", got.status, got.location, got.body)
	}
	shows(t, v.get(got.location), "Do this at once", "Mirador Analytics", "notice.eml", "list.txt")
	if again := v.report(form, files...); again.location != got.location || len(h.cases()) != 1 {
		t.Errorf("pressed twice the form led to %q and there are %d cases", again.location, len(h.cases()))
	}
	state, err := h.store.State(t.Context(), h.cases()[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if since := time.Since(state.Disclosure.ReceivedAt); since < time.Hour || since > 62*time.Minute {
		t.Errorf("word came %v ago", since)
	}
	for _, d := range state.Documents {
		if strings.ContainsAny(d.Name, `\/:`) {
			t.Errorf("a document is named %q", d.Name)
		}
	}
}

func TestUnknownIsAnAnswerAndADrillIsMarked(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	if got := v.report(v.reporting(map[string]string{"exercise": "yes"})); got.status != http.StatusSeeOther {
		t.Fatalf("the form gave %d: %s", got.status, got.body)
	}
	if rows := h.cases(); len(rows) != 1 || !rows[0].Exercise {
		t.Errorf("the cases are %+v", rows)
	}
	if got := v.get("/incidents/" + h.cases()[0].ID); strings.Contains(got.body, "Do this at once") {
		t.Error("the card for the first minutes stays for ever")
	}
}

func TestWhatIsWrongInTheFormIsToldBesideItAndNothingIsLost(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	for name, c := range map[string]struct {
		changed map[string]string
		file    string
		says    string
		status  int
	}{
		"no title":                 {map[string]string{"title": " "}, "", "This is missing", 400},
		"a vendor without a name":  {map[string]string{"kind": "vendor"}, "", "since kind is vendor", 400},
		"an address that smuggles": {map[string]string{"vendor": "V", "contact": "a@b.example.com\r\nBcc: x@example.com"}, "", "can be mailed", 400},
		"an unknown answer":        {map[string]string{"personal_data": "perhaps"}, "", "yes, no or unknown", 400},
		"an unknown authority":     {map[string]string{"authority": "XXXX"}, "", "not a known authority", 400},
		"no date":                  {map[string]string{"received": "yesterday"}, "", "date with a time", 400},
		"a date to come":           {map[string]string{"received": "2999-01-01T00:00"}, "", "lies in the future", 400},
		"an hour that is skipped":  {map[string]string{"received": "2026-03-29T02:30"}, "", "exists in Europe/Madrid", 400},
		"a NUL":                    {map[string]string{"summary": "a\x00b"}, "", "not text", 400},
		"no key":                   {map[string]string{"key": ""}, "", "open it again", 400},
		"a file that is too large": {nil, strings.Repeat("x", 5<<20+1), "too large", 413},
		"a file far too large":     {nil, strings.Repeat("x", 12<<20), "too large", 413},
	} {
		form := v.reporting(map[string]string{"summary": "What <b>we</b> know"})
		for field, value := range c.changed {
			form[field] = value
		}
		var files [][2]string
		if c.file != "" {
			files = append(files, [2]string{"big.bin", c.file})
		}
		got := v.report(form, files...)
		if got.status != c.status || !strings.Contains(got.body, c.says) || !strings.Contains(got.body, `role="alert"`) {
			t.Errorf("%s gave %d and does not say %q", name, got.status, c.says)
		}
		if c.changed["summary"] == "" && !strings.Contains(got.body, "What &lt;b&gt;we&lt;/b&gt; know") {
			t.Errorf("%s: what was written is lost or not escaped", name)
		}
		if c.file != "" && (!strings.Contains(got.body, form["title"]) || !strings.Contains(got.body, `value="`+form["key"]+`"`) || !strings.Contains(got.body, "Choose the files again")) {
			t.Errorf("%s: the title, the key or the word on the files is lost", name)
		}
		if strings.Contains(got.body, "Bcc: x@example.com is") {
			t.Errorf("%s: the error repeats an address", name)
		}
	}
	if rows := h.cases(); len(rows) != 0 {
		t.Errorf("%d cases were opened", len(rows))
	}
	h.engineAway()
	if got := v.report(v.reporting(nil)); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "Laptop stolen") {
		t.Errorf("without an engine the form gave %d, or what was written is lost", got.status)
	}
}
