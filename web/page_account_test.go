package web

import (
	"bytes"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"tocsin/incident"
	"tocsin/postgres"
)

var (
	secretShown   = regexp.MustCompile(`<code>([A-Z2-7 ]{39})</code>`)
	recoveryShown = regexp.MustCompile(`(?m)[a-z2-7]{4}(-[a-z2-7]{4}){3}`)
	tokenOnPage   = regexp.MustCompile(`tcs_[\w-]{43}`)
)

// press sends a form of a page and expects an answer.
func (v *visitor) press(path string, want int, fields ...string) seen {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	got := v.do(http.MethodPost, path, form)
	if got.status != want {
		v.t.Fatalf("%s gave %d, want %d: %s", path, got.status, want, got.body)
	}
	return got
}

func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestAPersonSetsUpASecondFactorAndSignsInWithIt(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	v.press("/account/second-factor", http.StatusOK, "password", visitorPassword)
	page := v.get("/account")
	found := secretShown.FindStringSubmatch(page.body)
	if found == nil {
		t.Fatalf("the page shows no secret: %s", page.body)
	}
	picture := v.get("/account/second-factor.png")
	if drawn, err := png.Decode(bytes.NewReader([]byte(picture.body))); err != nil || drawn.Bounds().Dx() != 240 {
		t.Errorf("the picture is of no use: %v", err)
	}
	if got := v.press("/account/second-factor/confirm", http.StatusBadRequest, "code", "000000x"); !strings.Contains(got.body, "role=\"alert\"") {
		t.Error("a wrong code is not told on the page")
	}
	now := time.Now()
	got := v.press("/account/second-factor/confirm", http.StatusOK, "code", code(t, found[1], now))
	recovery := recoveryShown.FindAllString(got.body, -1)
	if len(recovery) != 10 {
		t.Fatalf("%d recovery codes are shown", len(recovery))
	}
	if again := v.get("/account").body; recoveryShown.MatchString(again) || secretShown.MatchString(again) {
		t.Error("secrets are shown twice")
	}

	fresh := h.visitor()
	if got := fresh.signIn(visitorEmail, visitorPassword, "/account"); got.location != "/sign-in/code?next=%2Faccount" {
		t.Fatalf("the password led to %q", got.location)
	}
	if got := fresh.get("/account"); got.status != http.StatusSeeOther {
		t.Fatalf("the password alone opened a page: %d", got.status)
	}
	before := fresh.get("/sign-in/code")
	if before.status != http.StatusOK || !strings.Contains(before.body, "one-time-code") {
		t.Fatalf("no code is asked for: %d", before.status)
	}
	fresh.press("/sign-in/code", http.StatusUnauthorized, "code", code(t, found[1], now)) // used when it was confirmed
	if got := fresh.press("/sign-in/code", http.StatusSeeOther, "code", recovery[0], "next", "//evil.example.net"); got.location != "/incidents" {
		t.Errorf("the code led to %q", got.location)
	}
	if got := fresh.get("/account"); got.status != http.StatusOK || !strings.Contains(got.body, "Recovery codes left: 9") {
		t.Errorf("the whole session gave %d", got.status)
	}
	fresh.press("/account/second-factor/remove", http.StatusOK, "code", recovery[1])
	if got := h.visitor().signIn(visitorEmail, visitorPassword, ""); got.location != "/incidents" {
		t.Errorf("without a second factor the password led to %q", got.location)
	}
}

// TestASecondFactorIsNotSetUpInThePlaceOfItsHolder: whoever has somebody's session, or a
// token, would shut the holder out for good, and end nothing of their own.
func TestASecondFactorIsNotSetUpInThePlaceOfItsHolder(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	thief := h.visitor()
	thief.signIn(visitorEmail, visitorPassword, "")
	for _, password := range []string{"", "wrong"} {
		if got := thief.press("/account/second-factor", http.StatusBadRequest, "password", password); !strings.Contains(got.body, `role="alert"`) {
			t.Error("the page does not say why")
		}
	}
	_, token, err := h.store.CreateToken(t.Context(), h.listed(visitorEmail).ID, postgres.NewToken{Name: "program"})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"second-factor", "second-factor/confirm", "second-factor/remove", "tokens", "tokens/x/revoke", "sessions", "password", "calendar", "calendar/remove"} {
		form := url.Values{"password": {visitorPassword}, "old": {visitorPassword}, "new": {"another sentence"}, "again": {"another sentence"}, "name": {"x"}, "days": {"0"}}
		if got := h.visitor().do(http.MethodPost, "/account/"+path, form, "Authorization", "Bearer "+token); got.status != http.StatusConflict || tokenOnPage.MatchString(got.body) {
			t.Errorf("a token of the API at %s gave %d", path, got.status)
		}
	}
	if secretShown.MatchString(v.get("/account").body) {
		t.Fatal("a secret was proposed")
	}
	v.press("/account/second-factor", http.StatusOK, "password", visitorPassword)
	secret := secretShown.FindStringSubmatch(v.get("/account").body)[1]
	waiting := h.visitor()
	waiting.signIn(visitorEmail, visitorPassword, "")
	v.press("/account/second-factor/confirm", http.StatusOK, "code", code(t, secret, time.Now()))
	if got := v.get("/account"); got.status != http.StatusOK {
		t.Errorf("the own session gave %d", got.status)
	}
	for name, other := range map[string]*visitor{"the thief's": thief, "another of the holder's": waiting} {
		if got := other.get("/account"); got.status != http.StatusSeeOther {
			t.Errorf("%s session, begun by the password alone, gave %d", name, got.status)
		}
	}
}

// TestATokenMakesNoneThatOutlastsIt: what was lost for a month is lost for a month.
func TestATokenMakesNoneThatOutlastsIt(t *testing.T) {
	h := newHouse(t)
	until := time.Now().Add(30 * 24 * time.Hour).UTC().Truncate(time.Second)
	_, token, err := h.store.CreateToken(t.Context(), h.account(incident.RoleDPO).ID, postgres.NewToken{Name: "a month", ExpiresAt: until})
	if err != nil {
		t.Fatal(err)
	}
	h.tokens["month"] = token
	for _, body := range []string{`{"name":"for ever"}`, `{"name":"a year","expires_at":"` + until.AddDate(1, 0, 0).Format(time.RFC3339) + `"}`} {
		if status, answer := h.ask("month", "POST", "/api/v1/tokens", body); status != http.StatusBadRequest || !strings.Contains(answer, until.Format(time.RFC3339)) {
			t.Errorf("%s gave %d %s", body, status, answer)
		}
	}
	h.must("month", "POST", "/api/v1/tokens", `{"name":"as long","expires_at":"`+until.Format(time.RFC3339)+`"}`)
	h.must(incident.RoleDPO, "POST", "/api/v1/tokens", `{"name":"for ever"}`) // by a token without an end
}

func TestCodesCannotBeGuessed(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	v.press("/account/second-factor", http.StatusOK, "password", visitorPassword)
	secret := secretShown.FindStringSubmatch(v.get("/account").body)[1]
	v.press("/account/second-factor/confirm", http.StatusOK, "code", code(t, secret, time.Now()))
	thief := h.visitor()
	thief.signIn(visitorEmail, visitorPassword, "")
	for range 5 {
		thief.press("/sign-in/code", http.StatusUnauthorized, "code", "000000x")
	}
	thief.signIn(visitorEmail, visitorPassword, "") // the right password does not start the count anew
	got := thief.press("/sign-in/code", http.StatusTooManyRequests, "code", code(t, secret, time.Now().Add(30*time.Second)))
	if !strings.Contains(got.body, "Too many failed attempts") {
		t.Error("the page does not say why")
	}
	if got := h.visitor().press("/sign-in/code", http.StatusSeeOther, "code", "1"); got.location != "/sign-in" {
		t.Errorf("a code without a password led to %q", got.location)
	}
}

func TestAPersonMakesAndRevokesTokens(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	made := v.press("/account/tokens", http.StatusOK, "name", "SIEM <b>", "may", "read", "days", "30")
	token := tokenOnPage.FindString(made.body)
	if token == "" || strings.Contains(made.body, "SIEM <b>") {
		t.Fatalf("no token is shown, or its name is not escaped")
	}
	page := v.get("/account").body
	if tokenOnPage.MatchString(page) {
		t.Error("the token is shown twice")
	}
	h.tokens["reader"] = token
	if status, _ := h.ask("reader", "GET", "/api/v1/incidents", ""); status != http.StatusOK {
		t.Errorf("the token reads nothing: %d", status)
	}
	for _, path := range []string{"/api/v1/checkpoint", "/api/v1/users", "/api/v1/tokens"} {
		if status, answer := h.ask("reader", "POST", path, "{}"); status != http.StatusForbidden || !strings.Contains(answer, "may only read") {
			t.Errorf("%s gave %d to a token that may only read: %s", path, status, answer)
		}
	}
	revoke := regexp.MustCompile(`/account/tokens/tk_\w+/revoke`).FindString(page)
	v.press(revoke, http.StatusOK)
	if status, _ := h.ask("reader", "GET", "/api/v1/incidents", ""); status != http.StatusUnauthorized {
		t.Errorf("a revoked token gave %d", status)
	}
	v.press("/account/tokens", http.StatusBadRequest, "name", "", "days", "30")
	v.press("/account/tokens", http.StatusBadRequest, "name", "x", "days", "9999")
	v.press("/account/tokens/tk_none/revoke", http.StatusNotFound)
}

func TestAChangedPasswordEndsOtherSessionsAndTheOldOneIsNotGuessed(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	other := h.visitor()
	other.signIn(visitorEmail, visitorPassword, "")
	const next = "a longer sentence than before"
	v.press("/account/password", http.StatusBadRequest, "old", visitorPassword, "new", next, "again", "another")
	v.press("/account/password", http.StatusOK, "old", visitorPassword, "new", next, "again", next)
	if got := v.get("/account"); got.status != http.StatusOK {
		t.Errorf("the own session ended: %d", got.status)
	}
	if got := other.get("/account"); got.status != http.StatusSeeOther {
		t.Errorf("another session goes on: %d", got.status)
	}
	for range 5 {
		v.press("/account/password", http.StatusBadRequest, "old", "wrong", "new", visitorPassword, "again", visitorPassword)
	}
	got := v.press("/account/password", http.StatusConflict, "old", next, "new", visitorPassword, "again", visitorPassword)
	if !strings.Contains(got.body, "too many failed attempts") && !strings.Contains(got.body, "Too many failed attempts") {
		t.Error("the page does not say why")
	}
}

func TestAKeeperOfAccountsResetsAndEndsThem(t *testing.T) {
	h := newHouse(t)
	user := h.account(incident.RoleResponder)
	answer := h.must(incident.RoleAdmin, "POST", "/api/v1/users/"+user.ID+"/reset", `{}`)
	if strings.Contains(answer, visitorPassword) {
		t.Error("the password stayed the same")
	}
	if got := h.visitor().signIn(visitorEmail, visitorPassword, ""); got.status != http.StatusUnauthorized {
		t.Errorf("the old password gave %d", got.status)
	}
	h.must(incident.RoleAdmin, "POST", "/api/v1/users/"+user.ID+"/end", `{}`)
	if list := h.must(incident.RoleDPO, "GET", "/api/v1/users", ""); !strings.Contains(list, `"ended_at"`) || strings.Contains(list, "argon2id") {
		t.Errorf("the list is %s", list)
	}
	if status, _ := h.ask(incident.RoleAdmin, "POST", "/api/v1/users/"+user.ID+"/end", `{}`); status != http.StatusNotFound {
		t.Errorf("ending twice gave %d", status)
	}
}
