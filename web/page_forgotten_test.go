package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
)

// resetOf decides about what was asked for, as the engine does, and gives the
// secret of the link to an account.
func (h *house) resetOf(account string) string {
	h.t.Helper()
	unsent, err := h.store.UnsentMails(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, id := range unsent {
		if err := h.store.DecideReset(h.t.Context(), id); err != nil {
			h.t.Fatal(err)
		}
	}
	return h.secretOf(account)
}

func TestAForgottenPasswordIsReplacedAndTheSecondFactorStays(t *testing.T) {
	h := newHouse(t)
	v := h.signedIn(incident.RoleDPO)
	v.press("/account/second-factor", http.StatusOK, "password", visitorPassword)
	secret := secretShown.FindStringSubmatch(v.get("/account").body)[1]
	recovery := recoveryShown.FindAllString(v.press("/account/second-factor/confirm", http.StatusOK, "code", code(t, secret, time.Now())).body, -1)

	lost := h.visitor()
	shows(t, lost.get("/sign-in"), `href="/forgotten"`)
	known := lost.press("/forgotten", http.StatusOK, "email", " "+strings.ToUpper(visitorEmail))
	unknown := lost.press("/forgotten", http.StatusOK, "email", "nobody@example.com")
	if known.body != unknown.body || !strings.Contains(known.body, "If there is an account of that address") {
		t.Errorf("the answers tell who has an account: %s", known.body)
	}
	link := "/reset/" + h.resetOf(h.listed(visitorEmail).ID)
	shows(t, lost.get(link), "Choose your password", visitorEmail)
	if got := v.get("/account"); got.status != http.StatusOK {
		t.Errorf("asking ended a session: %d", got.status)
	}
	lost.press(link, http.StatusOK, "new", chosenPassword, "again", chosenPassword)
	if got := v.get("/account"); got.status != http.StatusSeeOther {
		t.Errorf("the session goes on: %d", got.status)
	}
	lost.press(link, http.StatusNotFound, "new", chosenPassword, "again", chosenPassword)
	if got := lost.signIn(visitorEmail, visitorPassword, ""); got.status != http.StatusUnauthorized {
		t.Errorf("the old password gave %d", got.status)
	}
	if got := lost.signIn(visitorEmail, chosenPassword, ""); !strings.HasPrefix(got.location, "/sign-in/code") {
		t.Fatalf("the new password led to %q", got.location)
	}
	lost.press("/sign-in/code", http.StatusSeeOther, "code", recovery[0])
	shows(t, lost.get("/account"), "Recovery codes left: 9")
}

func TestAskingForPasswordsAgainAndAgainIsShut(t *testing.T) {
	h := newHouse(t)
	h.account(incident.RoleDPO)
	for _, email := range []string{visitorEmail, "nobody@example.com"} {
		v := h.visitor()
		for range resetsPerPair {
			v.press("/forgotten", http.StatusOK, "email", email)
		}
		if got := v.press("/forgotten", http.StatusTooManyRequests, "email", " "+strings.ToUpper(email)); !strings.Contains(got.body, "Too many failed attempts") {
			t.Error("the page does not say why")
		}
	}
	v := h.visitor()
	for _, bad := range []string{"", "no address", strings.Repeat("a", 250) + "@example.com"} {
		v.press("/forgotten", http.StatusBadRequest, "email", bad)
	}
	for i := range resetsPerOrigin - 2*resetsPerPair {
		v.press("/forgotten", http.StatusOK, "email", strings.Repeat("x", i+1)+"@example.com")
	}
	v.press("/forgotten", http.StatusTooManyRequests, "email", "one-more@example.com")
}

func TestWhoKeepsAccountsCannotBecomeWhoDecides(t *testing.T) {
	h := newHouse(t)
	for _, role := range incident.Roles() {
		account := h.listed(string(role) + "@example.com")
		var got resetAnswer
		body := h.must(incident.RoleAdmin, "POST", "/api/v1/users/"+account.ID+"/reset", `{"second_factor":true}`)
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		if role.ResetByMail() != (got.Password == "") || role.ResetByMail() != (got.MailedUntil != nil) || strings.Contains(body, "/reset/") {
			t.Errorf("the reset of the role %s answers %s", role, body)
		}
	}
	h.account(incident.RoleApprover)
	keeper := h.as(incident.RoleAdmin, "keeper@example.com", "en")
	approver := h.listed(visitorEmail)
	got := keeper.press(accountsPath+"/"+approver.ID+"/reset", http.StatusOK)
	if secret := h.resetOf(approver.ID); strings.Contains(got.body, secret) || !strings.Contains(got.body, "is on its way") {
		t.Errorf("the page says %s", got.body)
	}
	if got := h.visitor().signIn(visitorEmail, visitorPassword, ""); got.location != "/incidents" {
		t.Errorf("until the link is used the password gives %d", got.status)
	}
	keeper.press(accountsPath+"/nobody/reset", http.StatusNotFound)
}
