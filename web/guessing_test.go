package web

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin/incident"
)

// TestTenThousandWrongPasswordsOpenNothingAndTellNothing guesses at an account and
// at an address without one, at many at once.
func TestTenThousandWrongPasswordsOpenNothingAndTellNothing(t *testing.T) {
	h := newHouseWith(t, func(c *Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	h.account(incident.RoleDPO)
	entries := h.must(incident.RoleDPO, "GET", "/api/v1/audit", "")
	guess := func(email, password, from string) seen {
		return h.visitor().do(http.MethodPost, "/sign-in", url.Values{"email": {email}, "password": {password}}, forwardedFor, from)
	}
	// What the page says does not tell which address has an account.
	for _, wrong := range []string{"wrong", "", strings.Repeat("x", 1025)} {
		known, unknown := guess(visitorEmail, wrong, "192.0.2.1"), guess("officers@example.com", wrong, "192.0.2.2")
		if known.status != http.StatusUnauthorized || known.status != unknown.status ||
			strings.ReplaceAll(known.body, visitorEmail, "") != strings.ReplaceAll(unknown.body, "officers@example.com", "") {
			t.Errorf("the answers differ: %d and %d", known.status, unknown.status)
		}
	}
	var mu sync.Mutex
	statuses := map[int]int{}
	var all sync.WaitGroup
	work := make(chan int)
	for range 8 {
		v := h.visitor()
		all.Go(func() {
			for range work {
				got := v.do(http.MethodPost, "/sign-in", url.Values{"email": {visitorEmail}, "password": {"wrong"}}, forwardedFor, "203.0.113.9")
				mu.Lock()
				statuses[got.status]++
				mu.Unlock()
			}
		})
	}
	for i := range 10_000 {
		work <- i
	}
	close(work)
	all.Wait()
	// A guess counts before it is compared: of many at once no more are.
	if tried := statuses[http.StatusUnauthorized]; tried != passwordsPerPair || tried+statuses[http.StatusTooManyRequests] != 10_000 {
		t.Errorf("the answers were %v", statuses)
	}
	if got := guess(visitorEmail, visitorPassword, "203.0.113.9"); got.status != http.StatusTooManyRequests {
		t.Errorf("the right password from there gave %d", got.status)
	}
	if got := guess(visitorEmail, visitorPassword, "192.0.2.77"); got.status != http.StatusSeeOther {
		t.Errorf("the right password from elsewhere gave %d: the DPO is shut out", got.status)
	}
	after := h.must(incident.RoleDPO, "GET", "/api/v1/audit", "")
	if n := strings.Count(after, `"seq"`) - strings.Count(entries, `"seq"`); n > 2 {
		t.Errorf("the guesses left %d entries in the record", n)
	}
}

// TestASessionIsNeverTheOneThatWasBroughtAlong plants a cookie before each step at
// which a session begins, as who wants to use it afterwards would.
func TestASessionIsNeverTheOneThatWasBroughtAlong(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	own := func(v *visitor, name string) string {
		t.Helper()
		at, err := url.Parse(h.server.URL)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range v.http.Jar.Cookies(at) {
			if c.Name == name {
				return c.Value
			}
		}
		return ""
	}
	first := own(v, "tocsin")
	if got := v.signIn(visitorEmail, visitorPassword, ""); got.location != "/incidents" || own(v, "tocsin") == first {
		t.Errorf("signing in again kept the session: %d", got.status)
	}
	at, err := url.Parse(h.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	left := h.visitor()
	left.http.Jar.SetCookies(at, []*http.Cookie{{Name: "tocsin", Value: first, Path: "/"}})
	if got := left.get("/account"); got.status != http.StatusSeeOther {
		t.Errorf("the session that the browser had before gave %d: nobody would ever sign out of it", got.status)
	}
	planted := "tcss_" + strings.Repeat("A", 43)
	victim := h.visitor()
	victim.http.Jar.SetCookies(at, []*http.Cookie{{Name: "tocsin", Value: planted, Path: "/"}, {Name: "tocsin-counsel", Value: planted, Path: "/"}})
	victim.signIn(visitorEmail, visitorPassword, "")
	if got := own(victim, "tocsin"); got == planted || got == "" {
		t.Errorf("the session is %q", got)
	}
	thief := h.visitor()
	thief.http.Jar.SetCookies(at, []*http.Cookie{{Name: "tocsin", Value: planted, Path: "/"}})
	if got := thief.get("/account"); got.status != http.StatusSeeOther {
		t.Errorf("the planted session gave %d", got.status)
	}
	// What was pending opens nothing once the code was given.
	v.press("/account/second-factor", http.StatusOK, "password", visitorPassword)
	secret := secretShown.FindStringSubmatch(v.get("/account").body)[1]
	recovery := recoveryShown.FindAllString(v.press("/account/second-factor/confirm", http.StatusOK, "code", code(t, secret, time.Now())).body, -1)
	victim.signIn(visitorEmail, visitorPassword, "")
	pending := own(victim, "tocsin")
	victim.press("/sign-in/code", http.StatusSeeOther, "code", recovery[0])
	thief.http.Jar.SetCookies(at, []*http.Cookie{{Name: "tocsin", Value: pending, Path: "/"}})
	if got := thief.get("/account"); got.status != http.StatusSeeOther || own(victim, "tocsin") == pending {
		t.Errorf("the pending session gave %d", got.status)
	}
}
