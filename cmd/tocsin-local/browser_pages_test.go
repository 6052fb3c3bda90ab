package main

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/cmd/tocsin-local/internal/chromium"
	"tocsin/web"
)

// everyPage visits each page of the server's own table, in both languages and
// on both screens, with every part of it unfolded, and asks axe-core what keeps
// people out. A page that is added to the table is visited without more; when
// this test does not know what its address needs, the test fails and says so.
func (th *theatre) everyPage(t *testing.T) {
	dpo, deputy, admin := th.hire(t, "dpo", "en"), th.hire(t, "deputy", "es"), th.hire(t, "admin", "en")
	known := th.addresses(t, dpo)
	for _, reader := range []player{dpo, deputy, admin} {
		t.Run("as "+reader.role, func(t *testing.T) {
			t.Parallel()
			w := th.enter(t, reader, chromium.Desktop, false)
			cookies, visited, titles := w.Cookies(), 0, map[string]string{}
			for _, pattern := range web.PagePatterns() {
				path, reads := strings.CutPrefix(pattern, "GET ")
				if !reads || slices.Contains(noPage, path) {
					continue
				}
				address := fillIn(t, path, known)
				status, page := th.answers(t, address, cookies)
				if !page || status == http.StatusForbidden && reader.role != dpo.role {
					continue // a file or a part of a page, or not for this reader
				}
				if status >= http.StatusBadRequest && status != http.StatusForbidden && !slices.Contains(shut, path) {
					t.Errorf("%s answers %d to the role %s: everyPage has to know what its address needs", path, status, reader.role)
				}
				visited++
				w.Go(address)
				reachable(t, w)
				// Whoever hears the pages knows them by their titles.
				title := w.Ask("document.title")
				at, _, _ := strings.Cut(w.Path(), "?") // some lead on to another
				if other, told := titles[title]; told && other != at && !strings.Contains(at, "/obligations/") {
					t.Errorf("%s and %s have the same title: %q", at, other, title) // the page of a duty is that of its authority
				}
				titles[title] = at
			}
			if visited < 3 {
				t.Errorf("only %d pages were visited", visited)
			}
		})
	}
}

// noPage are addresses that answer with a file or a part of a page, and need
// more than an address here has.
var noPage = []string{
	"/incidents/{id}/documents/{document}", "/incidents/{id}/people/reading/{key}", "/incidents/{id}/organisations/list",
	"/incidents/{id}/public/{locale}", "/incidents/{id}/obligations/{obligation}/copy-sheet", "/account/second-factor.png", "/calendar/{secret}", "/incidents/{id}/data-set",
}

// shut are pages that are seen as they are for a secret that opens nothing.
var shut = []string{"/counsel/{secret}"}

// addresses gives what stands for the parts of addresses: a part by its name,
// or by its path where the name alone does not tell.
func (th *theatre) addresses(t *testing.T, dpo player) map[string]string {
	t.Helper()
	var vendor struct{ ID string }
	th.give(t, dpo, &vendor, "vendor", "add", "--name", "Mirador Analytics "+dpo.Email)
	var link struct{ URL string }
	th.give(t, dpo, &link, "vendor", "invite", vendor.ID)
	_, token, _ := strings.Cut(link.URL, "/disclose/")
	// Of a kind that no scene brings about: nothing is sent to it.
	var webhook struct{ ID string }
	th.give(t, dpo, &webhook, "webhook", "add", "--name", "Ticketing", "--url", "https://hooks.example.com/tocsin", "--kind", "incident.reopened")
	invited := "invited." + dpo.Email
	th.give(t, dpo, nil, "user", "add", "--email", invited, "--name", "Eva", "--role", "deputy", "--locale", "es", "--invite")
	if status, _, _ := th.fetch(t, http.MethodPost, "/forgotten", "", "application/x-www-form-urlencoded", []byte(url.Values{"email": {dpo.Email}}.Encode())); status != http.StatusOK {
		t.Fatalf("asking for a new password gave %d", status)
	}
	th.drill(t, dpo, "rings-"+dpo.Email, rings) // a reminder to take on
	return map[string]string{
		"id": th.halfway(t, dpo), "obligation": "1", "round": "1", "step": "draft", "name": "tocsin.css", "vendor": vendor.ID, "webhook": webhook.ID,
		"/counsel/{secret}": "none", "/disclose/{token}": token, "/invitation/{secret}": th.mailed(t, invited, "invitation"), "/reset/{secret}": th.mailed(t, dpo.Email, "reset"), "/ack/{token}": th.mailed(t, th.dpo.Email, "ack"),
	}
}

// mailed waits for a mail to somebody that holds a link of a kind, and gives its
// secret.
func (th *theatre) mailed(t *testing.T, to, kind string) string {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		for _, m := range th.mails(t, to) {
			if _, after, found := strings.Cut(m.Text, "/"+kind+"/"); found {
				return strings.Fields(after)[0]
			}
		}
	}
	t.Fatalf("no mail with a link to /%s/ came to %s", kind, to)
	return ""
}

// part is a part of an address that stands for something.
var part = regexp.MustCompile(`\{([a-z_]+)\}`)

// fillIn writes what is known into an address.
func fillIn(t *testing.T, path string, known map[string]string) string {
	t.Helper()
	return part.ReplaceAllStringFunc(strings.ReplaceAll(path, "{$}", ""), func(name string) string {
		value, ok := known[path]
		if !ok {
			value, ok = known[strings.Trim(name, "{}")]
		}
		if !ok {
			t.Errorf("the test knows nothing that stands for %s in %s: name it in addresses, or in noPage", name, path)
		}
		return value
	})
}

// answers asks for an address as a window with these cookies would, and says
// whether what comes is a page. A stream of events has no end: it is not asked for.
func (th *theatre) answers(t *testing.T, path, cookies string) (int, bool) {
	t.Helper()
	if strings.HasPrefix(path, "/live") {
		return http.StatusOK, false
	}
	status, kind, body := th.fetch(t, http.MethodGet, path, cookies, "", nil)
	if status >= http.StatusMultipleChoices && status < http.StatusBadRequest {
		return status, true
	}
	return status, strings.HasPrefix(kind, "text/html") && strings.Contains(string(body), "<html")
}

// fetch asks for an address as a window with these cookies would, and follows
// no redirection.
func (th *theatre) fetch(t *testing.T, method, path, cookies, media string, body []byte) (status int, kind string, content []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, th.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Cookie", cookies)
	if media != "" {
		request.Header.Set("Content-Type", media)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if content, err = io.ReadAll(io.LimitReader(answer.Body, 16<<20)); err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	return answer.StatusCode, answer.Header.Get("Content-Type"), content
}

// halfway is the example in the middle: people are imported, the risk is
// decided, the notification and the notice are drafted and wait for approval.
func (th *theatre) halfway(t *testing.T, by player) string {
	t.Helper()
	id := th.drill(t, by, "halfway-"+by.Email, "2025-11-25T18:05:00+01:00")
	th.give(t, by, nil, "people", "import", id, "--file", filepath.Join(example, "dataset.csv"))
	th.give(t, by, nil, "assessment", "record", id, "--file", filepath.Join(example, "assessment.json"))
	th.give(t, by, nil, "notification", "draft", id, "--authority", "AEPD", "--file", filepath.Join(example, "notification.json"))
	th.give(t, by, nil, "mailing", "draft", id, "--template", "affected", "--file", filepath.Join(example, "mailing.json"))
	return id
}
