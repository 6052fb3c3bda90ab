package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/web/wording"
)

const aFile = "mail;full name;country;iban;shoe\nana@example.com;Ana;ES;ES9121000418450200051332;40\n" +
	"bo@example.org;Bo;FR;FR1420041010050500013M02606;41\nbroken;Cy;DE;;\nana@example.com;Ana;ES;ES9121000418450200051332;40\nshort;row\n"

// send posts a form with a file, as a browser does.
func (v *visitor) send(path string, values [][2]string, name, content string) seen {
	v.t.Helper()
	return v.sendAs(path, values, "file", name, content)
}

// sendAs is send with the name of the field that holds the file.
func (v *visitor) sendAs(path string, values [][2]string, field, name, content string) seen {
	v.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, one := range values {
		if err := form.WriteField(one[0], one[1]); err != nil {
			v.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile(field, name)
	if err != nil {
		v.t.Fatal(err)
	}
	if _, err := part.Write([]byte(content)); err != nil {
		v.t.Fatal(err)
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
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(response.Body); err != nil {
		v.t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		v.t.Fatal(err)
	}
	return seen{response.StatusCode, response.Header.Get("Location"), answer.String(), response.Header}
}

var (
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)
	chosenField = regexp.MustCompile(`(?s)<select name="(field-\d+)"[^>]*>.*?<option value="([^"]+)" selected>`)
)

// confirmation gives what the form of a looked-at file holds.
func confirmation(page string) [][2]string {
	var values [][2]string
	for _, m := range hiddenField.FindAllStringSubmatch(page, -1) {
		values = append(values, [2]string{m[1], m[2]})
	}
	for _, m := range chosenField.FindAllStringSubmatch(page, -1) {
		values = append(values, [2]string{m[1], m[2]})
	}
	return append(values, [2]string{"sure", "yes"})
}

func TestAFileIsConfirmedOnThePageBeforeAnythingOfItIsStored(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	id := h.open()
	one := "/incidents/" + id
	shows(t, v.get(one+"/people"), "Nobody is listed yet", `enctype="multipart/form-data"`)
	before := h.events(id)
	looked := v.send(one+"/people/file", nil, "list.csv", aFile)
	shows(t, looked, "What the file holds", "list.csv", `value="mail"`, `value="iban"`, `<option value="email" selected>`,
		`<option value="bank_account" selected>`, `<option value="-" selected>`, "Bank account", "The same file once more")
	if strings.Contains(looked.body, "ana@example.com") || strings.Contains(looked.body, "ES91") {
		t.Error("the page shows a value of the file")
	}
	if h.events(id) != before {
		t.Error("looking at a file left something in the record")
	}
	values := confirmation(looked.body)
	if len(values) != 13 { // key, hash, five columns, five fields, the tick
		t.Fatalf("the form holds %v", values)
	}
	for name, c := range map[string]struct {
		values  [][2]string
		content string
		words   string
	}{
		"another file":        {values, strings.Replace(aFile, "Bo", "Bob", 1), "is not the file that was looked at"},
		"nothing confirmed":   {values[:len(values)-1], aFile, "tick that the kinds of data are right"},
		"no hash":             {append([][2]string{}, values[2:]...), aFile, "Form: cannot be read"},
		"a field that is not": {append([][2]string{{"field-0", "king"}}, values...), aFile, "is no field"},
		"a round with a gap":  {append([][2]string{{"round", "7"}}, values...), aFile, "leaves a gap"},
		"a round of letters":  {append([][2]string{{"round", "x"}}, values...), aFile, "is not a round"},
	} {
		got := v.send(one+"/people/import", c.values, "list.csv", c.content)
		if got.status < 400 || got.status >= 500 || !strings.Contains(got.body, c.words) || !strings.Contains(got.body, `aria-invalid="true"`) {
			t.Errorf("%s gave %d without %q", name, got.status, c.words)
		}
	}
	if h.events(id) != before {
		t.Fatal("a refused file left something in the record")
	}
	done := v.send(one+"/people/import", values, "list.csv", aFile)
	shows(t, done, "The file was imported", "Into round 1", "2 values; expected 5", `<td data-label="Lines of the file">6</td>`, `download="INC-2026-0001-round-1-not-read.csv"`, "Rows merged into another", "Bank account")
	if h.events(id) != before+1 {
		t.Errorf("the import recorded %d events", h.events(id)-before)
	}
	shows(t, v.get(one+"/people"), "Round 1", "nothing drafted yet", "Draft the notice from what is recorded", "need another channel",
		"Español", "Français", "Download the list for letters and calls")
	for _, step := range []string{"file", "import"} {
		if got := v.get(one + "/people/" + step); got.status != http.StatusSeeOther || got.location != one+"/people" {
			t.Errorf("loading the step %s anew gave %d to %q", step, got.status, got.location)
		}
	}
	again := v.send(one+"/people/import", values, "list.csv", aFile)
	if again.status != http.StatusConflict || !strings.Contains(again.body, "imported into") {
		t.Errorf("the same file again gave %d", again.status)
	}
}

func TestAFormWithoutAUsableFileSaysSoBesideItsField(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	path := "/incidents/" + h.open() + "/people/file"
	for name, c := range map[string]struct {
		file, content string
		status        int
		words         string
	}{
		"no file chosen":    {"", "", http.StatusBadRequest, "choose a file"},
		"a path as a name":  {"..", "email\n", http.StatusBadRequest, "is not a file"},
		"a picture":         {"a.csv", "\x89PNG\r\n\x1a\n", http.StatusBadRequest, "file"},
		"a header twice":    {"a.csv", "email,email\na@example.com,b@example.com\n", http.StatusBadRequest, "both named"},
		"too large a file":  {"a.csv", strings.Repeat("email,\n", 1<<20), http.StatusRequestEntityTooLarge, "6 MB"},
		"nothing within it": {"a.csv", "", http.StatusBadRequest, "empty"},
	} {
		got := v.send(path, nil, c.file, c.content)
		if got.status != c.status || !strings.Contains(got.body, c.words) || !strings.Contains(got.body, `role="alert" id="file-fault"`) {
			t.Errorf("%s gave %d without %q: %s", name, got.status, c.words, got.body)
		}
	}
	if got := v.do(http.MethodPost, path, url.Values{"file": {"email\n"}}); got.status != http.StatusBadRequest {
		t.Errorf("a form of another kind gave %d", got.status)
	}
}

func TestTheListIsPagedNarrowedAndWhoLooksIsRecorded(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleAuditor)
	id := h.open()
	var file strings.Builder
	file.WriteString("email,name,country\n")
	for i := range 150 {
		file.WriteString("person" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + "@example.com,<b>Person,ES\n")
	}
	file.WriteString("broken,Nobody,FR\n")
	h.must(incident.RoleDPO, "POST", "/api/v1/incidents/"+id+"/people?name=a.csv", file.String())
	first := v.get("/incidents/" + id + "/people/list")
	shows(t, first, "personaa@example.com", "&lt;b&gt;Person", "Next page", "Who opens a list is recorded")
	if strings.Count(first.body, "@example.com") != 100 {
		t.Errorf("the first page shows %d people", strings.Count(first.body, "@example.com"))
	}
	next := regexp.MustCompile(`href="(\?[^"]+after=\d+)"`).FindStringSubmatch(first.body)
	if next == nil {
		t.Fatal("there is no way to the next page")
	}
	second := v.get("/incidents/" + id + "/people/list" + strings.ReplaceAll(next[1], "&amp;", "&"))
	shows(t, second, "broken", "First page")
	if strings.Count(second.body, "@example.com") != 50 {
		t.Errorf("the second page shows %d people", strings.Count(second.body, "@example.com"))
	}
	shows(t, v.get("/incidents/"+id+"/people/list?state=undeliverable"), "Nobody", "no address that mail reaches")
	shows(t, v.get("/incidents/"+id+"/people/list?state=bounced"), "Nobody is in this list.")
	if got := v.get("/incidents/" + id + "/people/list?state=king"); got.status != http.StatusBadRequest {
		t.Errorf("a state that is none gave %d", got.status)
	}
	untold := v.get("/incidents/" + id + "/people/untold")
	if untold.status != http.StatusOK || !strings.Contains(untold.header.Get("Content-Disposition"), "not-told.csv") || !strings.Contains(untold.body, "broken") {
		t.Errorf("the list for another channel gave %d: %s", untold.status, untold.body)
	}
	audit := h.must(incident.RoleDPO, "GET", "/api/v1/audit", "")
	if strings.Count(audit, incident.EvPeopleSeen) != 5 || strings.Count(audit, `"role":"auditor"},"at"`) < 5 || !strings.Contains(audit, `"people":51`) ||
		!strings.Contains(audit, `"what":"untold"`) {
		t.Errorf("of who looked the record says %s", audit)
	}
}

func TestEveryStateOfANoticeHasWords(t *testing.T) {
	english := wording.For("en")
	for _, state := range append(deliveryStates(), incident.MailingNone, incident.MailingDraftedStatus, incident.MailingApprovedStatus,
		incident.MailingSending, incident.MailingPausedStatus, incident.MailingDone, incident.MailingHalted) {
		if strings.Contains(english.State(state), "?") {
			t.Errorf("the state %s has no words", state)
		}
	}
}
