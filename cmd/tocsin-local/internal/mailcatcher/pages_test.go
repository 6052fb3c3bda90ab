package mailcatcher

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

func get(catcher *Catcher, path string) *httptest.ResponseRecorder {
	mux := http.NewServeMux()
	catcher.Register(mux)
	request := httptest.NewRequest(http.MethodGet, path, nil)
	request.RemoteAddr, request.Host = "127.0.0.1:40000", "127.0.0.1:8080"
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, request)
	return answer
}

func all(t *testing.T, catcher *Catcher) []Message {
	t.Helper()
	answer := get(catcher, jsonPath)
	if answer.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %s", jsonPath, answer.Code, answer.Body)
	}
	var messages []Message
	if err := json.Unmarshal(answer.Body.Bytes(), &messages); err != nil {
		t.Fatalf("not JSON: %v: %s", err, answer.Body)
	}
	return messages
}

func TestTheJSONHasExactlyTheAgreedKeys(t *testing.T) {
	catcher := start(t, Config{})
	if got := strings.TrimSpace(get(catcher, jsonPath).Body.String()); got != "[]" {
		t.Errorf("without mail the list is %q, want []", got)
	}
	if err := send(catcher.Addr(), message("one"), "dpo@example.com"); err != nil {
		t.Fatal(err)
	}
	var raw []map[string]any
	if err := json.Unmarshal(get(catcher, jsonPath).Body.Bytes(), &raw); err != nil {
		t.Fatal(err)
	}
	want := []string{"from", "headers", "message_id", "received_at", "subject", "text", "to"}
	if got := slices.Sorted(maps.Keys(raw[0])); !slices.Equal(got, want) {
		t.Errorf("keys are %v, want %v", got, want)
	}
	if _, err := time.Parse(time.RFC3339, raw[0]["received_at"].(string)); err != nil {
		t.Errorf("received_at: %v", err)
	}
	headers := raw[0]["headers"].(map[string]any)
	if got, ok := headers["Subject"].([]any); !ok || len(got) != 1 || got[0] != "one" {
		t.Errorf("headers[Subject] is %v, want an array with one", headers["Subject"])
	}
}

func TestTheJSONCanBeLimitedAndFiltered(t *testing.T) {
	catcher := start(t, Config{})
	for subject, recipient := range map[string]string{"a": "dpo@example.com", "b": "deputy@example.com"} {
		if err := send(catcher.Addr(), message(subject), recipient); err != nil {
			t.Fatal(err)
		}
	}
	for query, want := range map[string]int{"?limit=1": 1, "?limit=0": 0, "?limit=9": 2, "?to=DPO@example.com": 1, "?to=x@example.com": 0} {
		var messages []Message
		if err := json.Unmarshal(get(catcher, jsonPath+query).Body.Bytes(), &messages); err != nil {
			t.Fatal(err)
		}
		if len(messages) != want {
			t.Errorf("%s gives %d messages, want %d", query, len(messages), want)
		}
	}
	if got := get(catcher, jsonPath+"?limit=many"); got.Code != http.StatusBadRequest || !strings.Contains(got.Body.String(), `"many"`) {
		t.Errorf("limit=many gives %d %s", got.Code, got.Body)
	}
}

func TestThePageListsAndShowsMailWithoutRunningIt(t *testing.T) {
	catcher := start(t, Config{})
	hostile := "From: a@example.org\r\nSubject: <script>alert(1)</script>\r\nContent-Type: text/plain\r\n\r\n" +
		"<img src=https://example.net/x> café\r\n"
	if err := send(catcher.Addr(), hostile, "dpo@example.com"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/dev/mail":   `<a href="/dev/mail/1">&lt;script&gt;alert(1)&lt;/script&gt;</a>`,
		"/dev/mail/1": "&lt;img src=https://example.net/x&gt; café",
	} {
		answer := get(catcher, path)
		body := answer.Body.String()
		if answer.Code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("GET %s gives %d without %s:\n%s", path, answer.Code, want, body)
		}
		if strings.Contains(body, "<script") || strings.Contains(body, "<img") {
			t.Errorf("GET %s passes markup of the mail on", path)
		}
		if policy := answer.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") {
			t.Errorf("GET %s has the policy %q", path, policy)
		}
	}
	for _, path := range []string{"/dev/mail/2", "/dev/mail/0", "/dev/mail/x", "/dev/mail/-1"} {
		if got := get(catcher, path).Code; got != http.StatusNotFound {
			t.Errorf("GET %s gives %d, want 404", path, got)
		}
	}
}

func TestALongListHasPages(t *testing.T) {
	catcher := start(t, Config{})
	for range perPage + 1 {
		if err := catcher.store.append(record{Content: []byte(message("x"))}); err != nil {
			t.Fatal(err)
		}
	}
	body := get(catcher, "/dev/mail").Body.String()
	if !strings.Contains(body, `href="/dev/mail?skip=100"`) || strings.Contains(body, "Newer") {
		t.Error("the first page does not lead to the second alone")
	}
	body = get(catcher, "/dev/mail?skip=100").Body.String()
	if !strings.Contains(body, `<a href="/dev/mail">Newer</a>`) || !strings.Contains(body, `href="/dev/mail/1"`) {
		t.Error("the second page does not lead back or lacks the oldest message")
	}
}

func TestMailIsShownOnTheMachineItselfOnly(t *testing.T) {
	catcher := start(t, Config{})
	for name, test := range map[string]struct {
		remote, host string
		want         int
	}{
		"this machine":                        {"127.0.0.1:1", "127.0.0.1:8080", http.StatusOK},
		"this machine by name":                {"127.0.0.1:1", "localhost:8080", http.StatusOK},
		"this machine over IPv6":              {"[::1]:1", "[::1]:8080", http.StatusOK},
		"another machine":                     {"192.0.2.7:1", "127.0.0.1:8080", http.StatusForbidden},
		"a site whose name was pointed at us": {"127.0.0.1:1", "attacker.example.net", http.StatusForbidden},
	} {
		for _, handler := range []http.Handler{catcher.Page(), catcher.JSON()} {
			request := httptest.NewRequest(http.MethodGet, pagePath, nil)
			request.RemoteAddr, request.Host = test.remote, test.host
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, request)
			if answer.Code != test.want {
				t.Errorf("%s gets %d, want %d", name, answer.Code, test.want)
			}
		}
	}
}
