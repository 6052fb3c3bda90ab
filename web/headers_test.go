package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tocsin/incident"
)

// TestWhateverIsAnsweredBrowsersAreToldTheSame asks as a stranger, as a person and as a
// program, for what is there and what is not.
func TestWhateverIsAnsweredBrowsersAreToldTheSame(t *testing.T) {
	h := newHouseWith(t, func(c *Config) { c.PublicURL = "https://tocsin.example.com" })
	h.account(incident.RoleDPO)
	v := h.visitor()
	entered := v.signIn(visitorEmail, visitorPassword, "/account")
	cookie := entered.header.Get("Set-Cookie")
	// The prefix has browsers refuse a cookie of that name from another host.
	for _, want := range []string{"__Host-tocsin=tcss_", "Path=/;", "Secure", "HttpOnly", "SameSite=Lax"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie has no %s: %s", want, strings.Split(cookie, "=")[0])
		}
	}
	if strings.Contains(cookie, "Domain") {
		t.Error("the cookie goes to other hosts")
	}
	session, _, _ := strings.Cut(cookie, ";")
	answers := map[string]seen{"signing in": entered, "signing out": h.visitor().do(http.MethodPost, "/sign-out", url.Values{}, "Cookie", session)}
	session2, _, _ := strings.Cut(v.signIn(visitorEmail, visitorPassword, "").header.Get("Set-Cookie"), ";")
	for _, path := range []string{"/", "/sign-in", "/sign-in/code", "/forgotten", "/check", "/invitation/x", "/reset/x", "/counsel/x", "/disclose/x", "/calendar/x.ics", "/ack/x",
		"/nothing", "/incidents", "/account", "/audit", "/settings", "/api/v1/incidents", "/api/nothing", "/healthz", "/readyz", "/live"} {
		answers["a stranger at "+path] = h.visitor().get(path)
		if path != "/live" {
			answers["a person at "+path] = h.visitor().do(http.MethodGet, path, nil, "Cookie", session2)
		}
	}
	if got := h.visitor().do(http.MethodGet, "/account", nil, "Cookie", session2); got.status != http.StatusOK {
		t.Errorf("the page of the account gave %d", got.status)
	}
	if got := h.visitor().do(http.MethodGet, "/account", nil, "Cookie", session); got.status != http.StatusSeeOther {
		t.Errorf("the session that was ended gave %d", got.status)
	}
	if got := h.visitor().do(http.MethodGet, "/account", nil, "Cookie", strings.TrimPrefix(session2, "__Host-")); got.status != http.StatusSeeOther {
		t.Errorf("a cookie without the prefix gave %d", got.status)
	}
	for who, got := range answers {
		for name, want := range map[string]string{"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cache-Control": "no-store", "Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000"} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %s is %q", who, name, got.header.Get(name))
			}
		}
		policy := got.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy is %q", who, policy)
		}
		if strings.Contains(got.body, "<script>") || strings.Contains(got.body, " style=") || strings.Contains(got.body, " onclick=") {
			t.Errorf("%s: the page holds inline code", who)
		}
	}
}

// TestOnlyAPageOfOursSendsAForm sends one with the session, as a browser that another
// site leads would.
func TestOnlyAPageOfOursSendsAForm(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	for _, header := range [][]string{
		{"Origin", "https://evil.example.net"}, {"Origin", "null"}, {"Origin", h.server.URL + ".evil.example.net"}, {"Origin", "http://127.0.0.1:1"},
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "nonsense"},
		{"Origin", "https://evil.example.net", "Content-Type", "text/plain"}, {"Origin", "https://evil.example.net", "Content-Type", "application/json"},
	} {
		for _, path := range []string{"/account/sessions", "/incidents/new", "/api/v1/checkpoint", "/sign-in", "/sign-out"} {
			if got := v.do(http.MethodPost, path, url.Values{"x": {"y"}}, header...); got.status != http.StatusForbidden {
				t.Errorf("%v at %s gave %d", header, path, got.status)
			}
		}
	}
	// No other word or parameter makes a step of what only reads.
	for _, name := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		if got := v.do(http.MethodGet, "/sign-out?_method=POST", nil, name, "POST"); got.status != http.StatusNotFound && got.status != http.StatusMethodNotAllowed {
			t.Errorf("%s gave %d", name, got.status)
		}
	}
	if got := v.get("/account"); got.status != http.StatusOK {
		t.Errorf("the session was ended: %d", got.status)
	}
}

// TestATokenInAnAddressOpensNothing: addresses stand in logs and histories.
func TestATokenInAnAddressOpensNothing(t *testing.T) {
	h := newHouse(t)
	token := url.QueryEscape(h.tokens[incident.RoleDPO])
	for _, path := range []string{"/api/v1/incidents?token=" + token, "/api/v1/incidents?access_token=" + token, "/api/v1/incidents?Authorization=Bearer+" + token} {
		if status, answer := h.ask("", "GET", path, ""); status != http.StatusUnauthorized || strings.Contains(answer, token) {
			t.Errorf("%s gave %d", strings.ReplaceAll(path, token, "…"), status)
		}
	}
	if got := h.must(incident.RoleDPO, "GET", "/api/v1/tokens", ""); strings.Contains(got, "tcs_") {
		t.Error("the list of tokens holds what opens")
	}
}

// TestWhatIsTypedIntoAFilterReachesNoStatement puts into each parameter what would end a
// text of SQL, and more.
func TestWhatIsTypedIntoAFilterReachesNoStatement(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	h.openSince(0, "'; DROP TABLE account; --")
	for _, path := range []string{"/incidents", "/deadlines", "/vendors", "/audit", "/register", "/api/v1/incidents", "/api/v1/audit", "/api/v1/vendors", "/api/v1/deadlines"} {
		for _, name := range []string{"q", "search", "sort", "order", "filter", "state", "status", "kind", "type", "from", "until", "to", "vendor", "who", "incident", "page", "limit", "after", "before", "cursor"} {
			for _, bad := range []string{"'", "x' OR '1'='1", "1;SELECT pg_sleep(9)", "%", `\`, "-1", "99999999999999999999", "\x00", "\xff", "<script>"} {
				one := path + "?" + url.Values{name: {bad}}.Encode()
				got := v.get(one)
				low := strings.ToLower(got.body)
				if got.status >= http.StatusInternalServerError {
					t.Errorf("%s=%q at %s gave %d", name, bad, path, got.status)
				}
				for _, word := range []string{"sqlstate", "pgx", "postgres.", "goroutine ", ".go:", "<script>"} {
					if strings.Contains(low, word) {
						t.Errorf("%s=%q at %s tells %q", name, bad, path, word)
					}
				}
			}
		}
	}
	if got := v.get("/incidents"); !strings.Contains(got.body, "DROP TABLE account") {
		t.Error("the list does not hold the case any more")
	}
}
