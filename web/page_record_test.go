package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/web/wording"
)

func TestATaskIsDoneOnThePageWithWhatWasDone(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleResponder)
	id := h.open()
	path := "/incidents/" + id + "/tasks"
	shows(t, v.get(path), "Stop the flow of data to the vendor", "This is done", `>Tasks <span class="quiet">4</span>`)
	shows(t, h.as(incident.RoleDPO, "es@example.com", "es").get(path), "Cortar el envío de datos al proveedor", "Por hacer")
	before := h.events(id)
	for name, c := range map[string]struct {
		task   string
		note   string
		status int
	}{
		"no such task": {"99", "", http.StatusNotFound},
		"not a number": {"x", "", http.StatusBadRequest},
		"too long":     {"1", strings.Repeat("x", 5000), http.StatusBadRequest},
		"not text":     {"1", "a\x00b", http.StatusBadRequest},
		"far too long": {"1", strings.Repeat("x", 100<<10), http.StatusRequestEntityTooLarge},
	} {
		if got := v.do(http.MethodPost, path+"/"+url.PathEscape(c.task)+"/done", url.Values{"note": {c.note}}); got.status != c.status {
			t.Errorf("%s gave %d", name, got.status)
		}
	}
	if after := h.events(id); after != before {
		t.Fatalf("refused forms recorded %d events", after-before)
	}
	for range 2 { // twice, as an impatient person does
		if got := v.do(http.MethodPost, path+"/1/done", url.Values{"note": {"<b>Script</b> removed."}}); got.status != http.StatusSeeOther {
			t.Fatalf("the button gave %d: %s", got.status, wrongIn(got))
		}
	}
	if after := h.events(id); after != before+1 {
		t.Errorf("the button pressed twice recorded %d events", after-before)
	}
	shows(t, v.get(path), "Done by Officer &lt;b&gt; (responder)", "&lt;b&gt;Script&lt;/b&gt; removed.", `>Tasks <span class="quiet">3</span>`)
}

func TestAFileIsAttachedAndListedWithItsHash(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleResponder)
	id := h.open()
	path := "/incidents/" + id + "/evidence"
	const content = `<script>alert(1)</script>`
	sum := sha256.Sum256([]byte(content))
	if got := v.send(path, [][2]string{{"note", "the vendor's <b>page</b>"}}, "page.html", content); got.status != http.StatusSeeOther || got.location != path {
		t.Fatalf("the form gave %d: %s", got.status, wrongIn(got))
	}
	page := v.get(path)
	shows(t, page, "page.html", hex.EncodeToString(sum[:]), "the vendor&#39;s &lt;b&gt;page&lt;/b&gt;", "Files attached", "25 bytes")
	if strings.Contains(page.body, "/bundle") {
		t.Error("a responder is offered the bundle")
	}
	link := regexp.MustCompile(`/incidents/\w+/documents/\w+`).FindString(page.body)
	got := v.get(link)
	if got.body != content || got.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") ||
		!strings.Contains(got.header.Get("Content-Security-Policy"), "sandbox") || got.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the file came as %q, %q", got.header.Get("Content-Type"), got.header.Get("Content-Disposition"))
	}
	before := h.events(id)
	for name, c := range map[string]struct {
		note, file, content string
		status              int
	}{
		"an empty file":     {"", "a.txt", "", http.StatusBadRequest},
		"a path":            {"", "..", "a", http.StatusBadRequest},
		"a note too long":   {strings.Repeat("x", 4090) + " and more than four thousand", "a.txt", "a", http.StatusBadRequest},
		"too large a file":  {"", "a.txt", strings.Repeat("x", 5<<20+1), http.StatusRequestEntityTooLarge},
		"a note that is no": {"a\x00b", "a.txt", "a", http.StatusBadRequest},
	} {
		if got := v.send(path, [][2]string{{"note", c.note}}, c.file, c.content); got.status != c.status || !strings.Contains(got.body, `role="alert"`) {
			t.Errorf("%s gave %d", name, got.status)
		}
	}
	if after := h.events(id); after != before {
		t.Errorf("refused files recorded %d events", after-before)
	}
}

func TestTheTimelineIsFilteredAndTurnsItsPages(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAuditor)
	id, _ := h.rung("nobody")
	path := "/incidents/" + id + "/timeline"
	all := v.get(path)
	shows(t, all, "Incident opened", "Reminder came due", "#1 ", "What it says", `&#34;disclosure&#34;`)
	if strings.Contains(all.body, "mirador.example.net") {
		t.Error("the page shows an address")
	}
	reminders := v.get(path + "?kind=reminders")
	shows(t, reminders, "Reminder came due")
	if strings.Contains(reminders.body, "Incident opened") {
		t.Error("the filter lets others through")
	}
	shows(t, v.get(path+"?role=auditor&kind=work"), "No entry is like this.")
	first := v.get(path + "?before=2")
	shows(t, first, "Incident opened", "Newest entries")
	if strings.Contains(first.body, "#2 ") {
		t.Error("the page before entry 2 shows entry 2")
	}
	shows(t, h.as(incident.RoleDPO, "es@example.com", "es").get(path), "Incidente abierto", "Llega un aviso del plazo", "Cronología")
	for _, wrong := range []string{"?before=x", "?before=-1", "?moon=full", "?kind=%00", "?role=a&role=b"} {
		if got := v.get(path + wrong); got.status != http.StatusBadRequest {
			t.Errorf("%s gave %d", wrong, got.status)
		}
	}
}

func TestTheRecordIsCheckedOnThePage(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAuditor)
	path := "/incidents/" + h.open() + "/timeline/check"
	got := v.do(http.MethodPost, path, url.Values{})
	shows(t, got, "Nothing was changed", "Root ")
	if missing := regexp.MustCompile(`\?[a-z_]+\?`).FindString(got.body); missing != "" {
		t.Errorf("the page has no words for %s", missing)
	}
}

func TestEveryEventHasItsWordsInBothLanguages(t *testing.T) {
	for _, kind := range wording.EventTexts() {
		if kind[1] == "" || kind[2] == "" || kind[1] == kind[2] {
			t.Errorf("%s has no words of its own in both languages", kind[0])
		}
	}
	english, spanish := wording.For("en"), wording.For("es")
	for _, task := range []string{incident.TaskCutIntegration, incident.TaskSecureEvidence, incident.TaskAskVendor, incident.TaskReviewVendors} {
		one := incident.Task{Code: task}
		if taskIn(one, english) == taskIn(one, spanish) {
			t.Errorf("the task %s has no words of its own in both languages", task)
		}
	}
}
