package web

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tocsin/incident"
)

func TestAFileOfACaseIsOnlyEverADownload(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAuditor)
	id := h.open()
	const content, name = `<script>alert(1)</script>`, `réponse "du" fournisseur.html`
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		h.server.URL+"/api/v1/incidents/"+id+"/documents?name="+url.QueryEscape(name), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+h.tokens[incident.RoleDPO])
	request.Header.Set("Content-Type", "text/html")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var stored struct{ Document incident.Document }
	if err := json.NewDecoder(response.Body).Decode(&stored); err != nil || stored.Document.ID == "" {
		t.Fatalf("attaching gave %d: %v", response.StatusCode, err)
	}
	path := "/incidents/" + id + "/documents/" + stored.Document.ID
	shows(t, v.get("/incidents/"+id), `href="`+path+`"`, "25 bytes")
	got := v.get(path)
	kind, parameters, err := mime.ParseMediaType(got.header.Get("Content-Disposition"))
	if err != nil || kind != "attachment" || parameters["filename"] != name {
		t.Errorf("the file came as %q", got.header.Get("Content-Disposition"))
	}
	if got.status != http.StatusOK || got.body != content {
		t.Errorf("the file gave %d and %d bytes", got.status, len(got.body))
	}
	for header, expected := range map[string]string{
		"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
	} {
		if got.header.Get(header) != expected {
			t.Errorf("%s is %q", header, got.header.Get(header))
		}
	}
	other := h.openSince(0, "Another case")
	if got := v.get("/incidents/" + other + "/documents/" + stored.Document.ID); got.status != http.StatusNotFound {
		t.Errorf("another case gave the file away: %d", got.status)
	}
}

func TestTheEvidenceIsADownload(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAuditor)
	id := h.open()
	got := v.do(http.MethodPost, "/incidents/"+id+"/bundle", url.Values{})
	if got.status != http.StatusOK || !strings.HasPrefix(got.body, "PK") {
		t.Fatalf("the evidence gave %d", got.status)
	}
	kind, parameters, err := mime.ParseMediaType(got.header.Get("Content-Disposition"))
	if err != nil || kind != "attachment" || !strings.HasPrefix(parameters["filename"], "INC-") || !strings.HasSuffix(parameters["filename"], ".zip") {
		t.Errorf("the evidence came as %q", got.header.Get("Content-Disposition"))
	}
	if got.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Error("a browser may guess what the evidence is")
	}
}

func TestTheButtonAcknowledgesWhatTheReaderSaw(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id, _ := h.rung("nobody")
	before := h.events(id)
	for name, form := range map[string]url.Values{
		"nothing":     {},
		"no revision": {"rung": {"48h"}},
		"no number":   {"rung": {"48h"}, "revision": {"x"}},
		"not rung":    {"rung": {"24h"}, "revision": {"1"}},
		"other clock": {"rung": {"48h"}, "revision": {"7"}},
	} {
		got := v.do(http.MethodPost, "/incidents/"+id+"/obligations/1/acknowledge", form)
		if got.status < 400 || got.status >= 500 || !strings.Contains(got.body, "Back to the incident") && got.status != http.StatusNotFound {
			t.Errorf("%s gave %d", name, got.status)
		}
	}
	if after := h.events(id); after != before {
		t.Fatalf("refused forms recorded %d events", after-before)
	}
	for range 2 { // twice, as an impatient person does
		if got := v.do(http.MethodPost, "/incidents/"+id+"/obligations/1/acknowledge", theReminder()); got.status != http.StatusSeeOther {
			t.Fatalf("the button gave %d: %s", got.status, got.body)
		}
	}
	if after := h.events(id); after != before+1 {
		t.Errorf("the button pressed twice recorded %d events", after-before)
	}
}
