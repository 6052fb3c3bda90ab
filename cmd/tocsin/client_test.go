package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// asked is a request as a server saw it.
type asked struct {
	method, target, body, token, media string
}

// fakeServer answers every request alike and remembers the last one.
func fakeServer(t *testing.T, status int, media, answer string) *asked {
	t.Helper()
	last := &asked{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("the body did not arrive: %v", err)
		}
		*last = asked{r.Method, r.URL.RequestURI(), string(body), r.Header.Get("Authorization"), r.Header.Get("Content-Type")}
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		if _, err := io.WriteString(w, answer); err != nil {
			t.Errorf("the answer could not be given: %v", err)
		}
	}))
	t.Cleanup(server.Close)
	t.Setenv("TOCSIN_URL", server.URL)
	t.Setenv("TOCSIN_TOKEN", "tcs_test")
	return last
}

func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCommandsAskTheServerWhatTheyShould(t *testing.T) {
	const done = `{"id":"i1","number":"INC-2026-0001","seq":3,"events":["x"]}`
	last := fakeServer(t, http.StatusOK, "application/json", done)
	dir := t.TempDir()
	content := write(t, dir, "c.json", `{"a": [1.50, "é"]}`)
	answers := write(t, dir, "answers.json", `{"subtype":"incomplete","fields":{"cause":"unknown"}}`)
	address := write(t, dir, "address.txt", "https://hooks.example.com/y\n")
	data := write(t, dir, "data.csv", "email\na@example.com\n")
	write(t, dir, "notice.eml", "Subject: x")
	receipt := write(t, dir, "receipt.txt", "ok")
	disclosure := write(t, dir, "d.json", `{"title":"T","attachments":["notice.eml"]}`)
	const i1 = "/api/v1/incidents/i1"
	for _, one := range []struct {
		args           []string
		method, target string
		body           string // JSON, or the file itself
	}{
		{[]string{"incident", "open", "--file", disclosure, "--key", "k"}, "POST", "/api/v1/incidents",
			`{"key":"k","disclosure":{"title":"T","attachments":["notice.eml"]},
			"files":[{"name":"notice.eml","media_type":"message/rfc822","content":"U3ViamVjdDogeA=="}]}`},
		{[]string{"incident", "list", "--open", "--search", "a b"}, "GET", "/api/v1/incidents?open=true&search=a+b", ""},
		{[]string{"incident", "show", "i1"}, "GET", i1, ""},
		{[]string{"incident", "show", "../users"}, "GET", "/api/v1/incidents/..%2Fusers", ""},
		{[]string{"incident", "awareness", "i1", "--at", "2025-11-25T17:30:00+01:00", "--reason", "r"}, "POST", i1 + "/awareness",
			`{"at":"2025-11-25T17:30:00+01:00","reason":"r"}`},
		{[]string{"incident", "close", "i1", "--reason", "r"}, "POST", i1 + "/close", `{"reason":"r"}`},
		{[]string{"incident", "join", "i1", "--into", "INC-2026-0002", "--reason", "r"}, "POST", i1 + "/join", `{"into":"INC-2026-0002","reason":"r"}`},
		{[]string{"incident", "reopen", "i1", "--reason", "r"}, "POST", i1 + "/reopen", `{"reason":"r"}`},
		{[]string{"retention", "show", "i1"}, "GET", i1 + "/retention", ""},
		{[]string{"retention", "set", "i1", "--days", "365", "--warn", "14,2", "--reason", "r"}, "POST", i1 + "/retention", `{"days":365,"warn_days":[14,2],"reason":"r"}`},
		{[]string{"retention", "hold", "i1", "--reason", "r"}, "POST", i1 + "/retention/hold", `{"reason":"r"}`},
		{[]string{"retention", "release", "i1", "--reason", "r"}, "POST", i1 + "/retention/release", `{"reason":"r"}`},
		{[]string{"retention", "keep", "i1", "--document", "doc_1", "--reason", "r"}, "POST", i1 + "/retention/keep", `{"document":"doc_1","reason":"r"}`},
		{[]string{"retention", "erase", "i1", "--reason", "r"}, "POST", i1 + "/retention/erase", `{"reason":"r"}`},
		{[]string{"retention", "erase", "i1", "--confirm"}, "POST", i1 + "/retention/confirm", `{}`},
		{[]string{"webhook", "add", "--name", "N", "--url", "https://hooks.example.com/x", "--form", "slack", "--language", "es", "--kind", "incident.opened"},
			"POST", "/api/v1/webhooks", `{"name":"N","url":"https://hooks.example.com/x","form":"slack","language":"es","kinds":["incident.opened"]}`},
		{[]string{"webhook", "add", "--name", "N", "--url-file", address}, "POST", "/api/v1/webhooks", `{"name":"N","url":"https://hooks.example.com/y"}`},
		{[]string{"webhook", "list"}, "GET", "/api/v1/webhooks", ""},
		{[]string{"webhook", "attempts", "wh_1"}, "GET", "/api/v1/webhooks/wh_1/attempts", ""},
		{[]string{"webhook", "test", "wh_1"}, "POST", "/api/v1/webhooks/wh_1/test", `{}`},
		{[]string{"webhook", "on", "wh_1"}, "POST", "/api/v1/webhooks/wh_1/on", `{}`},
		{[]string{"webhook", "off", "../users"}, "POST", "/api/v1/webhooks/..%2Fusers/off", `{}`},
		{[]string{"webhook", "rotate", "wh_1"}, "POST", "/api/v1/webhooks/wh_1/rotate", `{}`},
		{[]string{"webhook", "replay", "wh_1", "--from", "2026-11-30T18:04:00+01:00"}, "POST", "/api/v1/webhooks/wh_1/replay",
			`{"from":"2026-11-30T18:04:00+01:00"}`},
		{[]string{"webhook", "end", "wh_1"}, "POST", "/api/v1/webhooks/wh_1/end", `{}`},
		{[]string{"task", "list", "i1"}, "GET", i1 + "/tasks", ""},
		{[]string{"task", "done", "i1", "2", "--note", "n"}, "POST", i1 + "/tasks/2/done", `{"note":"n"}`},
		{[]string{"task", "add", "i1", "--title", "Ask the host", "--owner", "dpo", "--due", "2026-12-01T10:00:00+01:00", "--reason", "r"}, "POST", i1 + "/tasks",
			`{"title":"Ask the host","owner":"dpo","due_at":"2026-12-01T10:00:00+01:00","reason":"r"}`},
		{[]string{"task", "reopen", "i1", "2", "--reason", "r"}, "POST", i1 + "/tasks/2/reopen", `{"reason":"r"}`},
		{[]string{"task", "done", "i1", "ask_vendor"}, "POST", i1 + "/tasks/ask_vendor/done", `{}`},
		{[]string{"people", "import", "i1", "--file", data, "--round", "2", "--map", "A b=email", "--map", "C=name"}, "POST",
			i1 + "/people?map=A+b%3Demail&map=C%3Dname&name=data.csv&round=2", "email\na@example.com\n"},
		{[]string{"people", "accounts", "--file", data, "--map", "A b=email"}, "POST",
			"/api/v1/people/accounts?map=A+b%3Demail&name=data.csv", "email\na@example.com\n"},
		{[]string{"people", "accounts", "--file", data, "--dry-run"}, "POST",
			"/api/v1/people/accounts?dry_run=true&name=data.csv", "email\na@example.com\n"},
		{[]string{"people", "accounts", "--from-database"}, "POST", "/api/v1/people/accounts/from-database", `{"dry_run":false}`},
		{[]string{"people", "accounts", "--from-database", "--dry-run"}, "POST", "/api/v1/people/accounts/from-database", `{"dry_run":true}`},
		{[]string{"people", "matching", "i1", "--round", "1"}, "GET", i1 + "/people/matching?round=1", ""},
		{[]string{"people", "list", "i1", "--state", "refused"}, "GET", i1 + "/people?state=refused", ""},
		{[]string{"assessment", "record", "i1", "--file", content}, "POST", i1 + "/assessments", `{"a":[1.50,"é"]}`},
		{[]string{"notification", "draft", "i1", "--authority", "AEPD"}, "POST", i1 + "/notifications", `{"authority":"AEPD"}`},
		{[]string{"notification", "draft", "i1", "--authority", "AEPD", "--file", answers,
			"--field", "records_number=5", "--field", "systems_description=the é shop", "--field", "impacts="}, "POST", i1 + "/notifications",
			`{"authority":"AEPD","content":{"subtype":"incomplete","fields":{"cause":"unknown","impacts":null,"records_number":5,"systems_description":"the é shop"}}}`},
		{[]string{"notification", "show", "i1", "--obligation", "1", "--projection", "edpb"}, "GET", i1 + "/obligations/1/notification?projection=edpb", ""},
		{[]string{"notification", "followup", "i1", "--obligation", "1"}, "POST", i1 + "/notifications", `{"obligation":1}`},
		{[]string{"notification", "withdraw", "i1", "--obligation", "1", "--reason", "r"}, "POST", i1 + "/obligations/1/withdraw", `{"reason":"r"}`},
		{[]string{"obligation", "add", "i1", "--regime", "nis2", "--recipient", "CERT", "--country", "ES", "--reason", "r"}, "POST",
			i1 + "/obligations", `{"regime":"nis2","recipient":"CERT","country":"ES","reason":"r"}`},
		{[]string{"obligation", "fact", "i1", "--obligation", "2", "--fact", "classified_major", "--at", "2025-11-27T09:30:00Z", "--reason", "r"}, "POST",
			i1 + "/obligations/2/facts", `{"fact":"classified_major","at":"2025-11-27T09:30:00Z","reason":"r"}`},
		{[]string{"incident", "screening", "i1", "--answer", "personal_data=yes"}, "POST", i1 + "/screening", `{"answers":{"personal_data":"yes"}}`},
		{[]string{"notification", "approve", "i1", "--obligation", "1"}, "POST", i1 + "/obligations/1/approve", `{}`},
		{[]string{"notification", "file", "i1", "--obligation", "1", "--receipt", "R", "--at", "2025-11-27T09:30:00.5Z",
			"--delay-reasons", "d", "--attachment", receipt}, "POST", i1 + "/obligations/1/file",
			`{"receipt":"R","at":"2025-11-27T09:30:00.5Z","delay_reasons":"d",
			"attachment":{"name":"receipt.txt","media_type":"text/plain","content":"b2s="}}`},
		{[]string{"notification", "delay", "i1", "--obligation", "1", "--reasons", "d"}, "POST",
			i1 + "/obligations/1/delay-reasons", `{"reasons":"d"}`},
		{[]string{"obligation", "ack", "i1", "--obligation", "1"}, "POST", i1 + "/obligations/1/acknowledge", `{}`},
		{[]string{"obligation", "ack", "i1", "--obligation", "1", "--rung", "24h"}, "POST", i1 + "/obligations/1/acknowledge",
			`{"rung":"24h"}`},
		{[]string{"obligation", "waive", "i1", "--obligation", "1", "--reason", "r"}, "POST", i1 + "/obligations/1/waive", `{"reason":"r"}`},
		{[]string{"mailing", "draft", "i1", "--template", "affected", "--file", content}, "POST", i1 + "/mailings",
			`{"template":"affected","content":{"a":[1.50,"é"]}}`},
		{[]string{"mailing", "preview", "i1", "--locale", "es"}, "GET", i1 + "/mailings/latest/preview?locale=es", ""},
		{[]string{"mailing", "preview", "i1", "--round", "2", "--template", "follow_up"}, "GET", i1 + "/mailings/2/preview?template=follow_up", ""},
		{[]string{"mailing", "test", "i1", "--round", "2", "--locale", "es"}, "POST", i1 + "/mailings/2/test", `{"locale":"es"}`},
		{[]string{"mailing", "approve", "i1", "--round", "1"}, "POST", i1 + "/mailings/1/approve", `{}`},
		{[]string{"mailing", "start", "i1"}, "POST", i1 + "/mailings/latest/start", `{}`},
		{[]string{"mailing", "stop", "i1", "--reason", "r"}, "POST", i1 + "/mailings/latest/stop", `{"reason":"r"}`},
		{[]string{"mailing", "pause", "i1", "--round", "2"}, "POST", i1 + "/mailings/2/pause", `{"reason":""}`},
		{[]string{"mailing", "resume", "i1", "--reason", "r"}, "POST", i1 + "/mailings/latest/resume", `{"reason":"r"}`},
		{[]string{"mailing", "proof", "i1", "--message-id", "a@b"}, "GET", i1 + "/mailings/latest/proof?message_id=a%40b", ""},
		{[]string{"public", "draft", "i1"}, "POST", i1 + "/public", `{}`},
		{[]string{"public", "draft", "i1", "--file", content}, "POST", i1 + "/public", `{"content":{"a":[1.50,"é"]}}`},
		{[]string{"public", "show", "i1"}, "GET", i1 + "/public", ""},
		{[]string{"public", "approve", "i1"}, "POST", i1 + "/public/approve", `{}`},
		{[]string{"public", "published", "i1", "--at", "2026-11-17T10:17:00+01:00", "--where", "w", "--reason", "r"}, "POST",
			i1 + "/public/publication", `{"at":"2026-11-17T10:17:00+01:00","where":"w","reason":"r"}`},
		{[]string{"mailing", "status", "i1"}, "GET", i1 + "/mailings/latest", ""},
		{[]string{"audit", "at", "i1", "--time", "2025-11-25T18:04:00+01:00", "--until", "2025-11-26T18:04:00Z"}, "GET",
			i1 + "/at?time=2025-11-25T18%3A04%3A00%2B01%3A00&until=2025-11-26T18%3A04%3A00Z", ""},
		{[]string{"audit", "list", "i1"}, "GET", i1 + "/audit", ""},
		{[]string{"audit", "installation"}, "GET", "/api/v1/audit", ""},
		{[]string{"register", "--year", "2026", "--outcome", "notified", "--drills", "--after", "i1", "--limit", "5"}, "GET",
			"/api/v1/register?after=i1&drills=yes&limit=5&outcome=notified&year=2026", ""},
		{[]string{"register", "figures", "--year", "2026"}, "GET", "/api/v1/register/figures?year=2026", ""},
		{[]string{"audit", "search"}, "GET", "/api/v1/audit/entries?limit=100", ""},
		{[]string{"audit", "diff", "i1", "--from", "2025-11-25T10:00:00Z", "--to", "2025-11-25T12:00:00Z", "--by", "happened"}, "GET",
			i1 + "/at?by=happened&time=2025-11-25T10%3A00%3A00Z&until=2025-11-25T12%3A00%3A00Z", ""},
		{[]string{"audit", "search", "--incident", "INC-2026-0001", "--kind", "reads", "--role", "auditor", "--from", "2026-11-17T10:17:00+01:00",
			"--to", "2026-11-18T00:00:00Z", "--limit", "5", "--before", "0"}, "GET",
			"/api/v1/audit/entries?before=0&from=2026-11-17T10%3A17%3A00%2B01%3A00&incident=INC-2026-0001&kind=reads&limit=5&role=auditor&to=2026-11-18T00%3A00%3A00Z", ""},
		{[]string{"audit", "checkpoint"}, "POST", "/api/v1/checkpoint", `{}`},
		{[]string{"user", "add", "--email", "a@example.com", "--name", "N", "--role", "deputy"}, "POST", "/api/v1/users",
			`{"email":"a@example.com","name":"N","role":"deputy"}`},
		{[]string{"user", "add", "--email", "a@example.com", "--name", "N", "--role", "deputy", "--invite"}, "POST", "/api/v1/users",
			`{"email":"a@example.com","name":"N","role":"deputy","invite":true}`},
		{[]string{"user", "invite", "u1"}, "POST", "/api/v1/users/u1/invite", `{}`},
		{[]string{"user", "withdraw", "../tokens"}, "POST", "/api/v1/users/..%2Ftokens/withdraw", `{}`},
		{[]string{"user", "list"}, "GET", "/api/v1/users", ""},
		{[]string{"user", "end", "u1"}, "POST", "/api/v1/users/u1/end", `{}`},
		{[]string{"user", "reset", "u1", "--second-factor"}, "POST", "/api/v1/users/u1/reset", `{"second_factor":true}`},
		{[]string{"vendor", "list"}, "GET", "/api/v1/vendors", ""},
		{[]string{"vendor", "show", "vn_1"}, "GET", "/api/v1/vendors/vn_1", ""},
		{[]string{"vendor", "add", "--name", "Mirador", "--contact-email", "privacy@example.com", "--contract-hours", "24", "--contract", "DPA, 9.2"}, "POST",
			"/api/v1/vendors", `{"name":"Mirador","contact_email":"privacy@example.com","contract_hours":24,"contract":"DPA, 9.2"}`},
		{[]string{"vendor", "change", "vn_1", "--contact-name", "", "--contract-hours", "0"}, "POST", "/api/v1/vendors/vn_1", `{"contact_name":"","contract_hours":0}`},
		{[]string{"vendor", "end", "vn_1"}, "POST", "/api/v1/vendors/vn_1/end", `{}`},
		{[]string{"vendor", "link", "vn_1", "i1", "--reason", "r"}, "POST", i1 + "/vendor", `{"vendor":"vn_1","reason":"r"}`},
		{[]string{"counsel", "list", "i1"}, "GET", i1 + "/counsel-links", ""},
		{[]string{"counsel", "invite", "i1", "--name", "Firm", "--days", "3"}, "POST", i1 + "/counsel-links", `{"name":"Firm","days":3}`},
		{[]string{"counsel", "revoke", "i1", "../users"}, "POST", i1 + "/counsel-links/..%2Fusers/revoke", `{}`},
		{[]string{"user", "on-call"}, "GET", "/api/v1/on-call", ""},
		{[]string{"user", "on-call", "--order", "a,b"}, "POST", "/api/v1/on-call", `{"accounts":["a","b"]}`},
		{[]string{"settings", "show"}, "GET", "/api/v1/settings", ""},
		{[]string{"settings", "set", "retention.days", "730"}, "POST", "/api/v1/settings", `{"key":"retention.days","value":"730"}`},
		{[]string{"settings", "back", "retention.days"}, "POST", "/api/v1/settings/back", `{"key":"retention.days"}`},
		{[]string{"settings", "set", "contact.phone", ""}, "POST", "/api/v1/settings", `{"key":"contact.phone","value":""}`},
		{[]string{"user", "second-factor"}, "GET", "/api/v1/second-factor", ""},
		{[]string{"user", "second-factor", "--of", "dpo", "--of", "deputy", "--from", "2026-12-01T00:00:00+01:00"}, "POST", "/api/v1/second-factor",
			`{"roles":["dpo","deputy"],"from":"2026-12-01T00:00:00+01:00"}`},
		{[]string{"user", "second-factor", "--of-nobody"}, "POST", "/api/v1/second-factor", `{"roles":[]}`},
		{[]string{"vendor", "invite", "vn_1", "--days", "7", "--uses", "1"}, "POST", "/api/v1/vendors/vn_1/links", `{"days":7,"uses":1}`},
		{[]string{"vendor", "invitations", "vn_1"}, "GET", "/api/v1/vendors/vn_1/links", ""},
		{[]string{"vendor", "withdraw", "vn_1", "dl_1"}, "POST", "/api/v1/vendors/vn_1/links/dl_1/withdraw", `{}`},
		{[]string{"token", "list"}, "GET", "/api/v1/tokens", ""},
		{[]string{"token", "create", "--name", "SIEM", "--reads-only", "--expires", "2027-01-01T00:00:00Z"}, "POST", "/api/v1/tokens",
			`{"name":"SIEM","reads_only":true,"expires_at":"2027-01-01T00:00:00Z"}`},
		{[]string{"token", "revoke", "../users"}, "POST", "/api/v1/tokens/..%2Fusers/revoke", `{}`},
	} {
		name := strings.Join(one.args[:2], " ")
		t.Run(name, func(t *testing.T) {
			*last = asked{}
			code, stdout, stderr := tocsin(t, append(one.args, "-o", "json")...)
			if code != exitDone || stderr != "" {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			if stdout != done+"\n" {
				t.Errorf("standard output %q is not the server's answer", stdout)
			}
			if last.method != one.method || last.target != one.target {
				t.Errorf("asked %s %s, want %s %s", last.method, last.target, one.method, one.target)
			}
			if last.token != "Bearer tcs_test" {
				t.Errorf("Authorization %q", last.token)
			}
			if !sameBody(last.body, one.body) {
				t.Errorf("sent %s, want %s", last.body, one.body)
			}
			if code, _, stderr := tocsin(t, one.args...); code != exitDone || stderr != "" {
				t.Errorf("for a person: exit %d: %s", code, stderr)
			}
		})
	}
}

func sameBody(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return a == b
	}
	return reflect.DeepEqual(x, y)
}

func TestARefusalIsOneLineOfWhatWhyAndWhatToDo(t *testing.T) {
	for _, one := range []struct {
		name   string
		status int
		answer string
		parts  []string
		absent string
	}{
		{"a wrong field", 400, `{"error":{"kind":"invalid","field":"at","value":"x","message":"is not a time","expected":"RFC 3339"}}`,
			[]string{`at: is not a time: "x"; expected RFC 3339`}, "try again"},
		{"a refused command", 409, `{"error":{"kind":"conflict","message":"the case\nis closed"}}`, []string{"the case; is closed"}, "try again"},
		{"a part that is away", 503, `{"error":{"kind":"unavailable","message":"the engine is away"}}`,
			[]string{"unavailable", "the engine is away", "try again"}, "\x1b"},
		{"a proxy's answer", 502, `<html>`, []string{"unavailable", "try again"}, "html"},
		{"another program", 404, `<html>`, []string{"404", "TOCSIN_URL"}, "html"},
		{"a redirect", 302, ``, []string{"elsewhere", "TOCSIN_URL"}, "try again"},
		{"an answer that is not JSON", 200, `<html>`, []string{"not the JSON", "TOCSIN_URL"}, "html"},
	} {
		t.Run(one.name, func(t *testing.T) {
			fakeServer(t, one.status, "application/json", one.answer)
			code, stdout, stderr := tocsin(t, "incident", "show", "i1", "-o", "json")
			if code != exitFailed || stdout != "" {
				t.Errorf("exit %d, standard output %q; want 1 and nothing", code, stdout)
			}
			checkLine(t, stderr, one.parts...)
			if strings.Contains(stderr, one.absent) {
				t.Errorf("%q holds %q", stderr, one.absent)
			}
		})
	}
}

func TestAnExportIsWrittenWholeOrNotAtAll(t *testing.T) {
	t.Run("whole", func(t *testing.T) {
		last := fakeServer(t, http.StatusOK, "application/zip", "abc")
		dir := t.TempDir()
		out := write(t, dir, "b.zip", "older")
		code, stdout, stderr := tocsin(t, "audit", "export", "i1", "--out", out, "-o", "json")
		if code != exitDone {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		var got exported
		if err := json.Unmarshal([]byte(stdout), &got); err != nil {
			t.Fatal(err)
		}
		want := exported{out, 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}
		if got != want || last.target != "/api/v1/incidents/i1/bundle" {
			t.Errorf("got %+v from %s, want %+v", got, last.target, want)
		}
		checkFolder(t, dir, "b.zip", "abc")
	})
	t.Run("with people", func(t *testing.T) {
		last := fakeServer(t, http.StatusOK, "application/zip", "abc")
		out := filepath.Join(t.TempDir(), "b.zip")
		code, _, stderr := tocsin(t, "audit", "export", "i1", "--out", out, "--with-people", "--reason", "for the AEPD")
		if code != exitDone || last.body != `{"with_people":true,"reason":"for the AEPD"}` {
			t.Errorf("exit %d with %s: %s", code, last.body, stderr)
		}
		for _, wrong := range [][]string{{"--with-people"}, {"--reason", "for the AEPD"}} {
			code, _, stderr := tocsin(t, append([]string{"audit", "export", "i1", "--out", out}, wrong...)...)
			if code != exitMisused || !strings.Contains(stderr, "with-people") {
				t.Errorf("%q: exit %d: %s", wrong, code, stderr)
			}
		}
	})
	t.Run("not at all", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/zip")
			w.Header().Set("Content-Length", "100")
			if _, err := io.WriteString(w, "only a part"); err != nil {
				t.Errorf("write: %v", err)
			}
		}))
		t.Cleanup(server.Close)
		dir := t.TempDir()
		out := write(t, dir, "b.zip", "older")
		code, stdout, stderr := tocsin(t, "audit", "export", "i1", "--out", out, "--url", server.URL)
		if code != exitFailed || stdout != "" {
			t.Errorf("exit %d, standard output %q; want 1 and nothing", code, stdout)
		}
		checkLine(t, stderr, "unavailable", "try again")
		checkFolder(t, dir, "b.zip", "older")
	})
	t.Run("and the folder is tried before the case is sealed", func(t *testing.T) {
		last := fakeServer(t, http.StatusOK, "application/zip", "abc")
		code, _, stderr := tocsin(t, "audit", "export", "i1", "--out", filepath.Join(t.TempDir(), "missing", "b.zip"))
		if code != exitFailed || last.target != "" {
			t.Errorf("exit %d, the server was asked for %q", code, last.target)
		}
		checkLine(t, stderr, "--out")
	})
}

// checkFolder checks that a folder holds one file and nothing beside it.
func checkFolder(t *testing.T, dir, name, content string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("the folder holds %v", entries)
	}
	got, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // our own folder
	if err != nil || string(got) != content {
		t.Errorf("%s holds %q (%v), want %q", name, got, err, content)
	}
}

func TestACaseIsShownShortAndPlain(t *testing.T) {
	fakeServer(t, http.StatusOK, "application/json", `{"id":"i1","number":"INC-2026-0001","title":"A\u001b[31mB","state":"open",
		"stage":"notifying","zone":"Europe/Madrid","next_action":{"code":"file","text":"File with the AEPD"},"missing":[],
		"obligations":[{"n":1,"regime":"gdpr-33","authority":"AEPD","status":"open","due":"2026-11-20T09:17:00Z","left_seconds":93600,
		"reminders":[{"rung":"48h","mode":"rung","fired_at":"2026-11-18T09:17:00Z","acknowledged_at":"2026-11-18T09:20:00Z"}]}],
		"tasks":[{"n":1,"code":"ask_vendor","owner":"dpo","due_at":"2026-11-20T09:17:00Z"}],
		"rounds":[{"n":1,"status":"drafted","people":500}]}`)
	code, stdout, stderr := tocsin(t, "incident", "show", "i1")
	if code != exitDone {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for _, want := range []string{"INC-2026-0001", "notifying", "File with the AEPD", "AEPD", "Fri 20 Nov 2026 10:17 +01:00",
		"1 d 2 h left", "48h", "acknowledged", "ask_vendor", "500", "drafted"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not shown in\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "\x1b") {
		t.Error("a title steers the terminal")
	}
}
