package web

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

// cookieHeader is what a browser sends of its session.
func (v *visitor) cookieHeader() string {
	v.t.Helper()
	address, err := url.Parse(v.h.server.URL)
	if err != nil {
		v.t.Fatal(err)
	}
	var parts []string
	for _, c := range v.http.Jar.Cookies(address) {
		parts = append(parts, c.Name+"="+c.Value)
	}
	return strings.Join(parts, "; ")
}

// live is a house whose pages hear what is recorded.
func live(t *testing.T) (*house, *Live) {
	t.Helper()
	var l *Live
	h := newHouseWith(t, func(c *Config) {
		l = NewLive(c.Store)
		c.Live = l
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return h, l
}

// stream opens a stream with headers, and gives its status and its lines, which end
// with it.
func (h *house) stream(path string, header ...string) (*http.Response, <-chan string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.server.URL+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := (&http.Transport{}).RoundTrip(r)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = answer.Body.Close() })
	lines := make(chan string, 64)
	go func() {
		defer close(lines)
		for scan := bufio.NewScanner(answer.Body); scan.Scan(); {
			lines <- scan.Text()
		}
	}()
	return answer, lines
}

// until reads lines until one holds what is wanted, and gives it, or, for none
// wanted, until the stream ends.
func until(t *testing.T, lines <-chan string, want string) string {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		select {
		case line, more := <-lines:
			if !more && want == "" || more && strings.Contains(line, want) && want != "" {
				return line
			}
			if !more {
				t.Fatalf("the stream ended before it said %q", want)
			}
		case <-limit:
			t.Fatalf("the stream did not say %q, or did not end", want)
		}
	}
}

func (h *house) bearer(role incident.Role) []string {
	return []string{"Authorization", "Bearer " + h.tokens[role]}
}

func TestAnOpenPageHearsOfItsOwnCase(t *testing.T) {
	h, _ := live(t)
	id := h.open()
	answer, case1 := h.stream("/live/"+id, h.bearer(incident.RoleDPO)...)
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" ||
		answer.Header.Get("X-Accel-Buffering") != "no" || answer.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("the stream has %d %v", answer.StatusCode, answer.Header)
	}
	_, other := h.stream("/live/iother", h.bearer(incident.RoleDPO)...)
	_, list := h.stream("/live", h.bearer(incident.RoleAdmin)...)
	for _, lines := range []<-chan string{case1, other, list} {
		until(t, lines, "retry: 5000")
	}
	h.must(incident.RoleResponder, "POST", "/api/v1/incidents/"+id+"/tasks/cut_integration/done", `{"note":"hush"}`)
	until(t, case1, "event: changed")
	until(t, list, "event: changed")
	page := h.must(incident.RoleDPO, "GET", "/incidents/"+id, "")
	if !strings.Contains(page, `sse-connect="/live/`+id+`?since=`) {
		t.Error("the page does not name its stream")
	}
	for {
		select {
		case line := <-other:
			if strings.Contains(line, "changed") {
				// Beginning to listen may tell everybody once; of the task nobody else hears.
				continue
			}
		default:
		}
		break
	}
}

func TestAStreamEndsWithTheSession(t *testing.T) {
	h, _ := live(t)
	v := h.signedIn(incident.RoleAuditor)
	_, lines := h.stream("/live", "Cookie", v.cookieHeader())
	until(t, lines, "retry: 5000")
	if got := v.do(http.MethodPost, "/sign-out", nil); got.status != http.StatusSeeOther {
		t.Fatalf("signing out gave %d", got.status)
	}
	until(t, lines, "event: over")
	until(t, lines, "")
}

func TestAStreamEndsWithTheAccountAndTheServer(t *testing.T) {
	h, l := live(t)
	_, auditor := h.stream("/live", h.bearer(incident.RoleAuditor)...)
	_, dpo := h.stream("/live", h.bearer(incident.RoleDPO)...)
	until(t, auditor, "retry: 5000")
	until(t, dpo, "retry: 5000")
	users, err := h.store.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if u.Role == incident.RoleAuditor {
			h.must(incident.RoleDPO, "POST", "/api/v1/users/"+u.ID+"/end", "")
		}
	}
	until(t, auditor, "")
	l.Stop()
	until(t, dpo, "")
	if answer, _ := h.stream("/live", h.bearer(incident.RoleDPO)...); answer.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a stream of a server that stops: %d", answer.StatusCode)
	}
}

func TestWhoMayFollowAndHowMuch(t *testing.T) {
	h, _ := live(t)
	id := h.open()
	for _, c := range []struct {
		path   string
		role   incident.Role
		status int
	}{
		{"/live", "", http.StatusUnauthorized},
		{"/live/" + id, "", http.StatusUnauthorized},
		{"/live/" + id, incident.RoleAdmin, http.StatusForbidden},
		{"/live/" + id, incident.RoleAuditor, http.StatusOK},
	} {
		header := h.bearer(c.role)
		if c.role == "" {
			header = nil
		}
		if answer, _ := h.stream(c.path, header...); answer.StatusCode != c.status {
			t.Errorf("%s as %q: %d", c.path, c.role, answer.StatusCode)
		}
	}
	for range streamsPerAccount {
		if answer, _ := h.stream("/live", h.bearer(incident.RoleDPO)...); answer.StatusCode != http.StatusOK {
			t.Fatalf("a stream gave %d", answer.StatusCode)
		}
	}
	if answer, _ := h.stream("/live", h.bearer(incident.RoleDPO)...); answer.StatusCode != http.StatusTooManyRequests {
		t.Errorf("one stream too many gave %d", answer.StatusCode)
	}
	if answer, _ := h.stream("/live", h.bearer(incident.RoleDeputy)...); answer.StatusCode != http.StatusOK {
		t.Errorf("another person's stream gave %d", answer.StatusCode)
	}
}

func TestWithoutStreamsPagesAreAsTheyWere(t *testing.T) {
	h := newHouse(t)
	if page := h.must(incident.RoleDPO, "GET", "/incidents", ""); strings.Contains(page, "sse-connect") {
		t.Error("the page names a stream that there is not")
	}
	if answer, _ := h.stream("/live", h.bearer(incident.RoleDPO)...); answer.StatusCode != http.StatusNoContent {
		t.Errorf("a stream that there is not gives %d", answer.StatusCode)
	}
}
