package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tocsin/incident"
	"tocsin/postgres"
)

// secretOf gives the secret of the link in the mail to an account that is still
// to be sent.
func (h *house) secretOf(account string) string {
	h.t.Helper()
	unsent, err := h.store.UnsentMails(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, id := range unsent {
		_, to, secret, due, err := h.store.MailToSend(h.t.Context(), id)
		if err != nil {
			h.t.Fatal(err)
		}
		if due && to.ID == account && secret != "" {
			return secret
		}
	}
	h.t.Fatalf("no mail with a link to the account %s waits", account)
	return ""
}

// listed is an account as the API lists it.
func (h *house) listed(email string) userView {
	h.t.Helper()
	var list userList
	if err := json.Unmarshal([]byte(h.must(incident.RoleDPO, "GET", "/api/v1/users", "")), &list); err != nil {
		h.t.Fatal(err)
	}
	for _, u := range list.Users {
		if u.Email == email {
			return u
		}
	}
	h.t.Fatalf("%s is not listed", email)
	return userView{}
}

const chosenPassword = "three words and a verb"

func TestAPersonIsInvitedOnThePageAndChoosesAPassword(t *testing.T) {
	h := newHouse(t)
	keeper := h.signedIn(incident.RoleDPO)
	form := url.Values{"name": {"Eva <i>"}, "email": {"eva@example.com"}, "role": {"deputy"}, "locale": {"es"}, "zone": {"Europe/Madrid"}}
	if got := h.as(incident.RoleAdmin, "keeper@example.com", "en").do(http.MethodPost, accountsPath, form); got.status != http.StatusForbidden {
		t.Errorf("an administrator who invites a deputy gets %d", got.status)
	}
	got := keeper.do(http.MethodPost, accountsPath, form)
	shows(t, got, "Invited. The mail with the link is on its way", "Eva &lt;i&gt;", "Invited; the mail is on its way.", "Withdraw the invitation")
	invited := h.listed("eva@example.com")
	if invited.Invitation != "open" || invited.InvitedUntil == nil || invited.Role != "deputy" {
		t.Fatalf("the list says %+v", invited)
	}
	secret := h.secretOf(invited.ID)
	if strings.Contains(keeper.get(accountsPath).body, secret) {
		t.Error("the page shows the link to who keeps accounts")
	}
	for name, change := range map[string]url.Values{
		"the same address again": {}, "an address that is none": {"email": {"not an address"}}, "a role that is none": {"role": {"engine"}},
		"no name": {"name": {" "}, "email": {"x@example.com"}}, "a zone that is none": {"zone": {"Europe/Atlantis"}, "email": {"x@example.com"}},
	} {
		bad := url.Values{}
		for key := range form {
			bad[key] = form[key]
		}
		for key := range change {
			bad[key] = change[key]
		}
		if got := keeper.do(http.MethodPost, accountsPath, bad); got.status/100 != 4 || !strings.Contains(got.body, `role="alert"`) || !strings.Contains(got.body, "Send the invitation") {
			t.Errorf("%s gave %d", name, got.status)
		}
	}

	eva := h.visitor()
	page := eva.get("/invitation/" + secret)
	shows(t, page, "Elija su contraseña", "Este enlace es para Eva &lt;i&gt;", `value="eva@example.com"`, `lang="es"`)
	if page.header.Get("Referrer-Policy") != "no-referrer" || page.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page with the link has the headers %v", page.header)
	}
	eva.press("/invitation/"+secret, http.StatusBadRequest, "new", chosenPassword, "again", "another sentence")
	eva.press("/invitation/"+secret, http.StatusBadRequest, "new", "short", "again", "short")
	if got := eva.press("/invitation/"+secret, http.StatusOK, "new", chosenPassword, "again", chosenPassword); !strings.Contains(got.body, "El enlace ya está usado") || got.header.Get("Set-Cookie") != "" {
		t.Errorf("the password was set with %q", got.body)
	}
	if got := eva.signIn("eva@example.com", chosenPassword, ""); got.location != "/incidents" {
		t.Errorf("signing in gave %d to %q", got.status, got.location)
	}
	if now := h.listed("eva@example.com"); now.Invitation != "" || now.InvitedUntil != nil {
		t.Errorf("afterwards the list says %+v", now)
	}
	if got := eva.press("/invitation/"+secret, http.StatusNotFound, "new", chosenPassword, "again", chosenPassword); got.status != http.StatusNotFound {
		t.Errorf("the link worked twice: %d", got.status)
	}
}

func TestEveryLinkThatOpensNothingShowsTheSamePage(t *testing.T) {
	h := newHouse(t)
	var made userAnswer
	body := h.must(incident.RoleDPO, "POST", "/api/v1/users", `{"email":"new@example.com","name":"New","role":"responder","invite":true}`)
	if err := json.Unmarshal([]byte(body), &made); err != nil || made.Token != "" || made.Password != "" || made.InvitedUntil == nil {
		t.Fatalf("the invitation answers %s: %v", body, err)
	}
	replaced := h.secretOf(made.ID)
	h.must(incident.RoleDPO, "POST", "/api/v1/users/"+made.ID+"/invite", `{}`)
	withdrawn := h.secretOf(made.ID)
	h.must(incident.RoleDPO, "POST", "/api/v1/users/"+made.ID+"/withdraw", `{}`)
	if now := h.listed("new@example.com"); now.Invitation != "withdrawn" {
		t.Errorf("the list says %+v", now)
	}
	pages := map[string]bool{}
	for _, secret := range []string{replaced, withdrawn, "forged", strings.Repeat("A", 43), strings.Repeat("A", 5000), "%00", "..%2F..%2Faccount"} {
		v := h.visitor()
		for _, got := range []seen{
			v.get("/invitation/" + secret),
			v.do(http.MethodPost, "/invitation/"+secret, url.Values{"new": {chosenPassword}, "again": {chosenPassword}}),
		} {
			if got.status != http.StatusNotFound {
				t.Errorf("a link that opens nothing gave %d", got.status)
			}
			pages[got.body] = true
		}
	}
	if len(pages) != 1 {
		t.Errorf("there are %d different pages", len(pages))
	}
	if _, err := h.store.UserByPassword(t.Context(), "new@example.com", chosenPassword); incident.KindOf(err) != incident.Unauthenticated {
		t.Errorf("a bad link set a password: %v", err)
	}
	// After too many wrong ones from one place a right one shows the same, too.
	h.must(incident.RoleDPO, "POST", "/api/v1/users/"+made.ID+"/invite", `{}`)
	v := h.visitor()
	for range linksPerOrigin {
		v.get("/invitation/forged")
	}
	if got := v.get("/invitation/" + h.secretOf(made.ID)); got.status != http.StatusNotFound {
		t.Errorf("guessing on is answered with %d", got.status)
	}
}

func TestAnAccountEndsOnThePageForWhoIsSure(t *testing.T) {
	h := newHouse(t)
	keeper := h.signedIn(incident.RoleAdmin)
	user, _, err := h.store.InviteUser(t.Context(), postgres.NewUser{Email: "gone@example.com", Name: "Gone", Role: incident.RoleResponder})
	if err != nil {
		t.Fatal(err)
	}
	keeper.press(accountsPath+"/"+user.ID+"/end", http.StatusBadRequest)
	shows(t, keeper.press(accountsPath+"/"+user.ID+"/end", http.StatusOK, "sure", "yes"), "The account has ended", "Ended on")
	for _, step := range []string{"invite", "withdraw"} {
		keeper.press(accountsPath+"/"+user.ID+"/"+step, http.StatusNotFound)
	}
}
