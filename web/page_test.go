package web

import (
	"bytes"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
)

const (
	visitorEmail    = "officer@example.com"
	visitorPassword = "correct horse battery"
)

// visitor is a browser without a script: it keeps cookies and follows no
// redirect, so that a test sees each one.
type visitor struct {
	t    testing.TB
	h    *house
	http *http.Client
}

type seen struct {
	status   int
	location string
	body     string
	header   http.Header
}

func (h *house) visitor() *visitor {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{t: h.t, h: h, http: &http.Client{Jar: jar, CheckRedirect: stay}}
}

// account makes the account with which a visitor signs in.
func (h *house) account(role incident.Role) postgres.User {
	h.t.Helper()
	user, _, err := h.store.CreateUser(h.t.Context(), postgres.NewUser{
		Email: visitorEmail, Name: "Officer <b>", Role: role, Zone: "Europe/Madrid", Password: visitorPassword,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return user
}

func (v *visitor) do(method, path string, form url.Values, header ...string) seen {
	v.t.Helper()
	request, err := http.NewRequestWithContext(v.t.Context(), method, v.h.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := v.http.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		v.t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		v.t.Fatal(err)
	}
	return seen{response.StatusCode, response.Header.Get("Location"), body.String(), response.Header}
}

func (v *visitor) get(path string) seen { v.t.Helper(); return v.do(http.MethodGet, path, nil) }

func (v *visitor) signIn(email, password, next string) seen {
	v.t.Helper()
	return v.do(http.MethodPost, "/sign-in", url.Values{"email": {email}, "password": {password}, "next": {next}})
}

func TestPagesAskToSignInAndComeBack(t *testing.T) {
	h := newHouse(t)
	h.account(incident.RoleDPO)
	v := h.visitor()
	if got := v.get("/"); got.status != http.StatusSeeOther || got.location != "/incidents" {
		t.Errorf("/ gave %d to %q", got.status, got.location)
	}
	for _, path := range []string{"/incidents", "/incidents/INC-2026-0001"} {
		if got := v.get(path); got.status != http.StatusSeeOther || got.location != "/sign-in?next="+url.QueryEscape(path) {
			t.Errorf("%s gave %d to %q", path, got.status, got.location)
		}
	}
	if got := v.signIn(" Officer@Example.com ", visitorPassword, "/incidents/x"); got.status != http.StatusSeeOther || got.location != "/incidents/x" {
		t.Fatalf("signing in gave %d to %q", got.status, got.location)
	} else if cookie := got.header.Get("Set-Cookie"); !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("the cookie is %q", cookie)
	}
	got := v.get("/incidents")
	if got.status != http.StatusOK || !strings.Contains(got.body, `href="/incidents/new"`) {
		t.Errorf("the empty list gave %d and does not say how to open an incident", got.status)
	}
	if strings.Contains(got.body, "Officer <b>") || !strings.Contains(got.body, "Officer &lt;b&gt;") {
		t.Error("the person's name is not escaped")
	}
	if got := v.do(http.MethodPost, "/sign-out", url.Values{}); got.location != "/sign-in" {
		t.Errorf("signing out gave %d to %q", got.status, got.location)
	}
	if got := v.get("/incidents"); got.status != http.StatusSeeOther {
		t.Errorf("after signing out the list gave %d", got.status)
	}
}

func TestASessionThatWasEndedIsOfNoUseToAThief(t *testing.T) {
	h := newHouse(t)
	h.account(incident.RoleDPO)
	v := h.visitor()
	stolen, _, _ := strings.Cut(v.signIn(visitorEmail, visitorPassword, "").header.Get("Set-Cookie"), ";")
	thief := h.visitor()
	if got := thief.do(http.MethodGet, "/incidents", nil, "Cookie", stolen); got.status != http.StatusOK {
		t.Fatalf("the session gave %d before its end", got.status)
	}
	v.do(http.MethodPost, "/sign-out", url.Values{})
	if got := thief.do(http.MethodGet, "/incidents", nil, "Cookie", stolen); got.status != http.StatusSeeOther {
		t.Errorf("the session gave %d after its end", got.status)
	}
}

func TestAWrongPasswordOpensNothing(t *testing.T) {
	h := newHouse(t)
	h.account(incident.RoleDPO)
	v := h.visitor()
	known := v.signIn(visitorEmail, "wrong", "/incidents")
	unknown := v.signIn("nobody@example.com", "wrong", "/incidents")
	if known.status != http.StatusUnauthorized || unknown.status != http.StatusUnauthorized {
		t.Fatalf("a wrong password gave %d and %d", known.status, unknown.status)
	}
	if strings.ReplaceAll(known.body, visitorEmail, "") != strings.ReplaceAll(unknown.body, "nobody@example.com", "") {
		t.Error("the answer tells whether an address has an account")
	}
	if got := v.get("/incidents"); got.status != http.StatusSeeOther {
		t.Errorf("the list gave %d", got.status)
	}
}

func TestGuessingEndsHoweverTheAddressIsWritten(t *testing.T) {
	h := newHouse(t)
	h.account(incident.RoleDPO)
	v := h.visitor()
	for _, email := range []string{visitorEmail, "OFFICER@example.com", " officer@example.com", "Officer@EXAMPLE.com", "officer@example.COM"} {
		if got := v.signIn(email, "wrong", ""); got.status != http.StatusUnauthorized {
			t.Fatalf("a guess gave %d", got.status)
		}
	}
	if got := v.signIn(visitorEmail, visitorPassword, ""); got.status != http.StatusTooManyRequests || !strings.Contains(got.body, "Too many") {
		t.Errorf("after five guesses sign-in gave %d", got.status)
	}
}

func TestSignInLeadsToNoOtherSite(t *testing.T) {
	for path, expected := range map[string]string{
		"/incidents/INC-2026-0001": "/incidents/INC-2026-0001",
		"":                         "/incidents",
		"incidents":                "/incidents",
		"https://evil.example.net": "/incidents",
		"//evil.example.net":       "/incidents",
		`/\evil.example.net`:       "/incidents",
		"/\t/evil.example.net":     "/incidents",
		"/\x00/evil.example.net":   "/incidents",
		"javascript:alert(1)":      "/incidents",
	} {
		if got := localPath(path); got != expected {
			t.Errorf("%q leads to %q", path, got)
		}
	}
}

func TestAnotherSiteCannotSendForms(t *testing.T) {
	h := newHouse(t)
	h.account(incident.RoleDPO)
	form := url.Values{"email": {visitorEmail}, "password": {visitorPassword}}
	got := h.visitor().do(http.MethodPost, "/sign-in", form, "Sec-Fetch-Site", "cross-site")
	if got.status != http.StatusForbidden || got.header.Get("Set-Cookie") != "" {
		t.Errorf("a form of another site gave %d", got.status)
	}
}

func TestStaticFilesHaveTheirTypesAndNothingElseIsThere(t *testing.T) {
	v := newHouse(t).visitor()
	for path, kind := range map[string]string{
		"/static/tocsin.css": "text/css; charset=utf-8", "/static/clock.js": "text/javascript; charset=utf-8",
	} {
		if got := v.get(path); got.status != http.StatusOK || got.header.Get("Content-Type") != kind || got.body == "" {
			t.Errorf("%s gave %d as %q", path, got.status, got.header.Get("Content-Type"))
		}
	}
	for _, path := range []string{"/static/incident.html", "/static/..%2Fpage.go", "/nothing"} {
		got := v.get(path)
		if got.status != http.StatusNotFound || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s gave %d as %q", path, got.status, got.header.Get("Content-Type"))
		}
	}
}
