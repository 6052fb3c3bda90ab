package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tocsin/cmd/tocsin-local/internal/chromium"
	"tocsin/web"
)

// poison is what a hostile vendor or colleague writes into a field. If a page
// took it for its own, there would be an element data-ran, or a script that the
// policy stops and the watch reports.
const poison = `"'><b data-ran>x</b><img src=x onerror=ran=1><script>ran=1</script>{{.}}`

// hostile writes scripts into every field of every form that the pages have,
// and into what comes by other doors. Nothing of it may become markup, run,
// become a header of a mail or a formula of a list.
func (th *theatre) hostile(t *testing.T) {
	var dpo, deputy player
	for role, p := range map[string]*player{"dpo": &dpo, "deputy": &deputy} {
		*p = player{Email: "hostile." + role + "@example.com", role: role, language: "en"}
		th.give(t, th.dpo, p, "user", "add", "--email", p.Email, "--name", poison, "--role", role, "--zone", "Europe/Madrid")
	}
	known := th.addresses(t, dpo)
	known["id"] = th.hostileCase(t, dpo)
	// Who drafts, then who approves, then who sees it all.
	for _, p := range []player{dpo, deputy, dpo} {
		w := th.enter(t, p, chromium.Desktop, false)
		f := forger{th, t, w.Cookies(), 0}
		for _, path := range pagesOf(t, known) {
			f.fillAll(path)
		}
		if f.sent < 20 {
			t.Errorf("only %d forms were filled in", f.sent)
		}
	}
	w := th.enter(t, dpo, chromium.Desktop, false)
	cookies := w.Cookies()
	for _, path := range pagesOf(t, known) {
		if _, page := th.answers(t, path, cookies); page {
			w.Go(path)
			if ran := w.Ask(`String(window.ran) + document.querySelectorAll("[data-ran]").length`); ran != "undefined0" {
				t.Errorf("%s took what was written for its own: %s", path, ran)
			}
		}
	}
	th.hostileFiles(t, known["id"], cookies)
	for _, m := range th.mails(t, th.dpo.Email) {
		for name, values := range m.Headers {
			if strings.EqualFold(name, "X-Ran") || strings.ContainsAny(strings.Join(values, ""), "\r\n") {
				t.Errorf("the mail %q has a header that was written into a field: %s: %q", m.Subject, name, values)
			}
		}
	}
}

// hostileCase opens a case whose words all come from somebody hostile.
func (th *theatre) hostileCase(t *testing.T, by player) string {
	t.Helper()
	var disclosure map[string]any
	readInto(t, filepath.Join(example, "disclosure.json"), &disclosure)
	disclosure["title"], disclosure["summary"] = poison, poison
	disclosure["vendor"] = map[string]any{"name": poison}
	disclosure["awareness"].(map[string]any)["reason"] = poison
	disclosure["exercise"] = map[string]any{"pace": 1, "starts_at": rings}
	delete(disclosure, "attachments")
	content, err := json.Marshal(disclosure)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, people := filepath.Join(dir, "disclosure.json"), filepath.Join(dir, "people.csv")
	var table bytes.Buffer
	rows := csv.NewWriter(&table)
	if err := rows.WriteAll([][]string{
		{"name", "email", "city", "country", "org_id", "=1+1"},
		{poison, "one@example.com", poison, "ES", `=HYPERLINK("http://192.0.2.1")`, poison},
		{"=1+1", "no address", "+1", "ES", `=HYPERLINK("http://192.0.2.1")`, "@x"},
	}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(people, table.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var opened struct{ ID string }
	th.give(t, by, &opened, "incident", "open", "--file", file, "--key", "hostile")
	th.give(t, by, nil, "people", "import", opened.ID, "--file", people)
	th.give(t, by, nil, "assessment", "record", opened.ID, "--file", filepath.Join(example, "assessment.json"))
	th.give(t, by, nil, "mailing", "draft", opened.ID, "--template", "affected", "--file", filepath.Join(example, "mailing.json"))
	return opened.ID
}

// hostileFiles looks at what leaves the case as a file.
func (th *theatre) hostileFiles(t *testing.T, id, cookies string) {
	t.Helper()
	lists := 0
	for _, path := range []string{"/incidents/" + id + "/people/untold", "/incidents/" + id + `/organisations/list?organisation=%3DHYPERLINK%28%22http%3A%2F%2F192.0.2.1%22%29`} {
		status, kind, body := th.fetch(t, http.MethodGet, path, cookies, "", nil)
		if status != http.StatusOK || !strings.HasPrefix(kind, "text/csv") {
			t.Errorf("%s gave %d, %s", path, status, kind)
			continue
		}
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("%s: a spreadsheet would calculate the cell %q", path, cell)
				}
			}
		}
		lists++
	}
	_, _, evidence := th.fetch(t, http.MethodGet, "/incidents/"+id+"/evidence", cookies, "", nil)
	for link := range strings.SplitSeq(string(evidence), `href="`) {
		path, _, _ := strings.Cut(link, `"`)
		if !strings.Contains(path, "/documents/") {
			continue
		}
		// A document of a stranger is never shown as a page of ours.
		if _, kind, _ := th.fetch(t, http.MethodGet, path, cookies, "", nil); strings.HasPrefix(kind, "text/html") || strings.HasPrefix(kind, "image/svg") {
			if _, page := th.answers(t, path, cookies); page {
				t.Errorf("the document %s is shown as a page: %s", path, kind)
			}
		}
	}
	if lists == 0 {
		t.Error("no list of people was seen")
	}
}

// pagesOf gives the addresses of all pages, the form of a notification with
// every field.
func pagesOf(t *testing.T, known map[string]string) []string {
	t.Helper()
	var list []string
	for _, pattern := range web.PagePatterns() {
		if path, reads := strings.CutPrefix(pattern, "GET "); reads && !slices.Contains(noPage, path) && !strings.HasPrefix(path, "/live") {
			list = append(list, fillIn(t, path, known))
		}
	}
	return append(list, "/incidents/"+known["id"]+"/obligations/1?edit=all")
}

// forger fills in the forms of pages, past what a browser would refuse to send.
type forger struct {
	*theatre
	t       *testing.T
	cookies string
	sent    int
}

// spared are forms after which there is nothing more to fill in.
var spared = []string{"/sign-out", "/sign-in", "/account/", "/erase", "/retention/confirm", "/close", "/waive", "/invitation/", "/reset/", "/forgotten", "/colleagues", "/end", "/second-factor", "/settings/signals/"}

// fillAll fills in every form of a page.
func (f *forger) fillAll(path string) {
	f.t.Helper()
	status, kind, body := f.fetch(f.t, http.MethodGet, path, f.cookies, "", nil)
	if status != http.StatusOK || !strings.HasPrefix(kind, "text/html") {
		return
	}
	f.look(path, body)
	page, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	for form := range page.Descendants() {
		action := attribute(form, "action")
		if action == "" {
			action, _, _ = strings.Cut(path, "?")
		}
		if form.Data != "form" || attribute(form, "method") != "post" || slices.ContainsFunc(spared, func(s string) bool { return strings.Contains(action, s) }) {
			continue
		}
		media, content := f.filled(form)
		status, kind, answer := f.fetch(f.t, http.MethodPost, action, f.cookies, media, content)
		if status >= http.StatusInternalServerError {
			f.t.Errorf("%s answers %d to what was written: %.200s", action, status, answer)
		}
		f.sent++
		if strings.HasPrefix(kind, "text/html") {
			f.look("POST "+action, answer)
		}
	}
}

// filled gives a form as it would be sent, with every field filled in.
func (f *forger) filled(form *html.Node) (string, []byte) {
	f.t.Helper()
	var out bytes.Buffer
	values, parts, failed := url.Values{}, multipart.NewWriter(&out), error(nil)
	for field := range form.Descendants() {
		name := attribute(field, "name")
		if name == "" || has(field, "disabled") {
			continue
		}
		if attribute(field, "type") == "file" {
			file, err := parts.CreateFormFile(name, poison+".svg")
			if err != nil {
				f.t.Fatal(err)
			}
			_, err = io.WriteString(file, `<svg xmlns="http://www.w3.org/2000/svg" onload="ran=1"></svg>`)
			failed = errors.Join(failed, err)
		} else if value, sent := hostileValue(field); sent {
			values.Add(name, value)
			failed = errors.Join(failed, parts.WriteField(name, value))
		}
	}
	if err := errors.Join(failed, parts.Close()); err != nil {
		f.t.Fatal(err)
	}
	if attribute(form, "enctype") == "" {
		return "application/x-www-form-urlencoded", []byte(values.Encode())
	}
	return parts.FormDataContentType(), out.Bytes()
}

// look fails when something that was written stands in a page as markup.
func (f *forger) look(where string, body []byte) {
	f.t.Helper()
	page, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	for node := range page.Descendants() {
		for _, a := range node.Attr {
			if a.Key == "data-ran" || strings.HasPrefix(a.Key, "on") {
				f.t.Errorf("%s holds the element <%s %s> that was written into a field", where, node.Data, a.Key)
			}
		}
		if node.Data == "script" && node.FirstChild != nil {
			f.t.Errorf("%s holds a script that was written into a field", where)
		}
	}
}

// hostileValue is what somebody hostile writes into a field, and whether it is
// sent at all.
func hostileValue(field *html.Node) (string, bool) {
	given := attribute(field, "value")
	switch field.Data {
	case "select":
		return chosen(field), true
	case "textarea":
		return poison + "\r\nX-Ran: yes\r\n" + poison, true
	case "button":
		return given, false
	}
	switch attribute(field, "type") {
	case "hidden", "date", "datetime-local", "number", "checkbox":
		return given, true
	case "radio":
		return given, has(field, "required") || has(field, "checked")
	case "email":
		return "hostile.contact@example.com", true
	}
	value := poison
	if most, err := strconv.Atoi(attribute(field, "maxlength")); err == nil && most < len(value) {
		value = value[:most]
	}
	return value, field.Data == "input"
}

// chosen is what a list offers as chosen, else the last of it.
func chosen(list *html.Node) string {
	value := ""
	for option := range list.Descendants() {
		if option.Data != "option" {
			continue
		}
		value = attribute(option, "value")
		if has(option, "selected") {
			break
		}
	}
	return value
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(node *html.Node, name string) bool {
	return slices.ContainsFunc(node.Attr, func(a html.Attribute) bool { return a.Key == name })
}
