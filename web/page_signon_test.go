package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/signon"
	"tocsin/signon/signontest"
)

// signOnHouse is a house with a provider of identities.
func signOnHouse(t *testing.T, change func(s *signon.Settings, c *Config)) (*house, *signontest.Provider) {
	t.Helper()
	server := signontest.Start(t)
	return newHouseWith(t, func(c *Config) {
		c.PublicURL = keyOrigin
		s := signon.Settings{Issuer: server.URL, ClientID: signontest.ClientID, ClientSecret: signontest.ClientSecret,
			Redirect: keyOrigin + SignOnReturn, Name: "Example Login"}
		change(&s, c)
		var err error
		if c.SignOn, err = signon.New(s); err != nil {
			t.Fatal(err)
		}
	}), server
}

func asItIs(*signon.Settings, *Config) {}

// atProvider goes to the provider and gives the path with which it sends back.
func (v *visitor) atProvider(address string) string {
	v.t.Helper()
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		v.t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		v.t.Fatal(err)
	}
	back, found := strings.CutPrefix(response.Header.Get("Location"), keyOrigin)
	if !found {
		v.t.Fatalf("the provider answers %d and leads to %q", response.StatusCode, response.Header.Get("Location"))
	}
	return back
}

// through signs in at the provider.
func (v *visitor) through(next string) seen {
	v.t.Helper()
	got := v.get("/sign-in/provider?next=" + url.QueryEscape(next))
	if got.status != http.StatusSeeOther {
		v.t.Fatalf("signing in through the provider gave %d: %s", got.status, got.body)
	}
	return v.get(v.atProvider(got.location))
}

var onward = regexp.MustCompile(`<a class="button" href="([^"]+)"`)

// link ties the account of a visitor to who is signed in at the provider.
func (v *visitor) link() seen {
	v.t.Helper()
	page := v.press("/account/provider", http.StatusOK, "password", visitorPassword)
	found := onward.FindStringSubmatch(page.body)
	if found == nil {
		v.t.Fatalf("the page leads nowhere: %s", page.body)
	}
	return v.get(v.atProvider(strings.ReplaceAll(found[1], "&amp;", "&")))
}

func (h *house) lastEntry() string {
	h.t.Helper()
	entries, err := h.store.InstallationEntries(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return string(entries[len(entries)-1].Entry.Data)
}

func TestALinkedAccountIsSignedInToThroughTheProvider(t *testing.T) {
	h, server := signOnHouse(t, asItIs)
	server.SignIn("person-1", map[string]any{"email": visitorEmail, "email_verified": true})
	shows(t, h.visitor().get("/sign-in?next=/account"), "Sign in through Example Login", "/sign-in/provider?next=%2faccount")
	v := h.signedIn(incident.RoleDPO)

	// The same address of mail is no account.
	stranger := h.visitor()
	if got := stranger.through("/account"); got.status != http.StatusUnauthorized || !strings.Contains(got.body, "did not confirm an account") {
		t.Fatalf("an account that nobody linked gave %d", got.status)
	}
	shows(t, v.get("/account/keys"), "Your account at Example Login", "Link it")
	v.press("/account/provider", http.StatusBadRequest, "password", "wrong wrong wrong")
	shows(t, v.link(), "Linked. From now on Example Login opens your account here.", "Linked on")
	if last := h.lastEntry(); !strings.Contains(last, `"sign_on":"`+server.URL+`"`) || strings.Contains(last, "person-1") {
		t.Errorf("the record says %s", last)
	}

	fresh := h.visitor()
	got := fresh.through("//evil.example.net")
	if got.status != http.StatusSeeOther || got.location != "/incidents" {
		t.Fatalf("the provider led to %d %q", got.status, got.location)
	}
	if got := fresh.get("/account"); got.status != http.StatusOK {
		t.Errorf("the session gave %d", got.status)
	}
	if last := h.lastEntry(); !strings.Contains(last, `"what":"signed_in"`) || !strings.Contains(last, `"sign_on":"`+server.URL+`"`) || strings.Contains(last, "second_factor") {
		t.Errorf("the record says %s", last)
	}

	// One person there is one account here.
	other := h.as(incident.RoleAdmin, "other@example.com", "en")
	if got := other.link(); got.status != http.StatusConflict || !strings.Contains(got.body, "Nothing was linked") {
		t.Errorf("a second account was linked: %d", got.status)
	}
	v.press("/account/provider/remove", http.StatusBadRequest, "password", "")
	v.press("/account/provider/remove", http.StatusOK, "password", visitorPassword)
	if got := h.visitor().through(""); got.status != http.StatusUnauthorized {
		t.Errorf("after the link was removed the provider gave %d", got.status)
	}
}

// Whatever is wrong, nobody gets in and the sentence is the same.
func TestAForgedAnswerOfTheProviderOpensNothing(t *testing.T) {
	h, server := signOnHouse(t, asItIs)
	server.SignIn("person-1", nil)
	h.signedIn(incident.RoleDPO).link()
	forged := func(change func(q url.Values)) func(v *visitor, back string) seen {
		return func(v *visitor, back string) seen {
			address, err := url.Parse(back)
			if err != nil {
				t.Fatal(err)
			}
			q := address.Query()
			change(q)
			return v.get(address.Path + "?" + q.Encode())
		}
	}
	claim := func(name string, value any) func() {
		return func() { server.Forge(nil, func(c map[string]any) { c[name] = value }) }
	}
	says := ""
	for name, c := range map[string]struct {
		before func()
		answer func(v *visitor, back string) seen
	}{
		"a forged state":   {nil, forged(func(q url.Values) { q.Set("state", "forged") })},
		"no state":         {nil, forged(func(q url.Values) { q.Del("state") })},
		"a forged code":    {nil, forged(func(q url.Values) { q.Set("code", "forged") })},
		"an error":         {nil, forged(func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") })},
		"another provider": {nil, forged(func(q url.Values) { q.Set("iss", "https://evil.example.net") })},
		"another browser":  {nil, func(_ *visitor, back string) seen { return h.visitor().get(back) }},
		"a second answer": {nil, func(v *visitor, back string) seen {
			v.get(back)
			v.do(http.MethodPost, "/sign-out", url.Values{})
			return v.get(back)
		}},
		"another's question": {nil, func(_ *visitor, back string) seen { w := h.visitor(); w.get("/sign-in/provider"); return w.get(back) }},
		"a wrong nonce":      {claim("nonce", "another"), (*visitor).get},
		"a wrong audience":   {claim("aud", "another"), (*visitor).get},
		"an expired token":   {claim("exp", time.Now().Add(-time.Hour).Unix()), (*visitor).get},
		"another issuer":     {claim("iss", "https://evil.example.net"), (*visitor).get},
		"another person":     {claim("sub", "person-2"), (*visitor).get},
		"alg none":           {func() { server.Forge(map[string]any{"alg": "none"}, nil) }, (*visitor).get},
		"another key":        {func() { server.Forge(map[string]any{"kid": "other"}, nil) }, (*visitor).get},
	} {
		server.Forge(nil, nil)
		if c.before != nil {
			c.before()
		}
		v := h.visitor()
		begun := v.get("/sign-in/provider?next=/account")
		got := c.answer(v, v.atProvider(begun.location))
		told := alertShown.FindString(got.body)
		if says == "" {
			says = told
		}
		if got.status != http.StatusUnauthorized || told == "" || told != says {
			t.Errorf("%s gave %d and is told %q, others %q", name, got.status, told, says)
		}
		if after := v.get("/account"); after.status != http.StatusSeeOther {
			t.Errorf("%s opened a page: %d", name, after.status)
		}
	}
}

func TestASecondFactorIsAskedForUnlessTheProviderIsTrusted(t *testing.T) {
	for trusted, want := range map[bool]string{false: "/sign-in/code?next=%2Faccount", true: "/account"} {
		h, server := signOnHouse(t, func(s *signon.Settings, _ *Config) { s.TrustFactor = trusted })
		server.SignIn("person-1", map[string]any{"amr": []string{"pwd", "mfa"}})
		owner := h.signedIn(incident.RoleDPO)
		owner.link()
		d, _ := owner.withKey("Laptop")
		v := h.visitor()
		if got := v.through("/account"); got.location != want {
			t.Fatalf("trusted %v: the provider led to %q", trusted, got.location)
		}
		if trusted {
			if last := h.lastEntry(); !strings.Contains(last, `"second_factor":true`) || !strings.Contains(last, "sign_on") {
				t.Errorf("the record says %s", last)
			}
			continue
		}
		if got := v.get("/account"); got.status != http.StatusSeeOther {
			t.Errorf("without the second factor a page opened: %d", got.status)
		}
		v.press("/sign-in/code/passkey", http.StatusSeeOther, "answer", d.sign(v.ask("/sign-in/code/passkey/begin", http.StatusOK)))
		if last := h.lastEntry(); !strings.Contains(last, `"sign_on":"`+server.URL) || !strings.Contains(last, `"passkey":"pk_`) {
			t.Errorf("the record says %s", last)
		}
	}
}

func TestWithoutTheProviderTheOtherWaysStay(t *testing.T) {
	h, server := signOnHouse(t, asItIs)
	server.Break(true)
	h.account(incident.RoleDPO)
	v := h.visitor()
	got := v.get("/sign-in/provider?next=/account")
	if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "Example Login does not answer just now") ||
		!strings.Contains(got.body, `name="password"`) || !strings.Contains(got.body, `value="/account"`) {
		t.Errorf("while the provider is away sign-in gives %d", got.status)
	}
	if got := v.signIn(visitorEmail, visitorPassword, "/account"); got.location != "/account" {
		t.Errorf("the password led to %q", got.location)
	}
	if status, answer := h.ask("", "GET", "/readyz", ""); status != http.StatusOK {
		t.Errorf("readiness gives %d %s", status, answer)
	}
}

func TestWhereAllSignInThroughTheProviderADPOCanStillBreakTheGlass(t *testing.T) {
	h, _ := signOnHouse(t, func(_ *signon.Settings, c *Config) { c.SignOnOnly = true })
	shows(t, h.visitor().get("/sign-in"), "Here everybody signs in through Example Login.")
	for _, role := range incident.Roles() {
		email := "glass-" + string(role) + "@example.com"
		user, _, err := h.store.CreateUser(t.Context(), postgres.NewUser{Email: email, Name: "Somebody", Role: role, Password: visitorPassword})
		if err != nil {
			t.Fatal(err)
		}
		if got := h.visitor().signIn(email, visitorPassword, ""); got.status != http.StatusUnauthorized {
			t.Errorf("the password of the role %s, without a second factor, gave %d", role, got.status)
		}
		if _, _, err := h.store.AddPasskey(t.Context(), user.ID, postgres.NewPasskey{Name: "Laptop", Credential: []byte(role), Party: keyParty, Record: []byte(`{}`)}, ""); err != nil {
			t.Fatal(err)
		}
		want := http.StatusUnauthorized
		if role == incident.RoleDPO {
			want = http.StatusSeeOther
		}
		if got := h.visitor().signIn(email, visitorPassword, ""); got.status != want {
			t.Errorf("the password of the role %s, with a second factor, gave %d", role, got.status)
		}
	}
}

func TestAPasskeyBreaksNoGlassButTheDPOs(t *testing.T) {
	h, _ := signOnHouse(t, func(_ *signon.Settings, c *Config) { c.SignOnOnly = true })
	for role, want := range map[incident.Role]int{incident.RoleDPO: http.StatusSeeOther, incident.RoleDeputy: http.StatusUnauthorized} {
		user, _, err := h.store.CreateUser(t.Context(), postgres.NewUser{Email: "key-" + string(role) + "@example.com", Name: "Somebody", Role: role})
		if err != nil {
			t.Fatal(err)
		}
		session, err := h.store.CreateSession(t.Context(), user.ID)
		if err != nil {
			t.Fatal(err)
		}
		owner := h.visitor()
		cookie := []string{"Cookie", "tocsin=" + session.Token}
		d := newDevice(t, keyOrigin, keyParty)
		// Without a password it is enough to have signed in just now.
		asked := owner.do(http.MethodPost, "/account/keys/begin", url.Values{"name": {"Laptop"}}, cookie...)
		added := owner.do(http.MethodPost, "/account/keys", url.Values{"answer": {d.make(questionOf(t, asked))}}, cookie...)
		shows(t, added, "was added")
		v := h.visitor()
		v.press("/sign-in/passkey", want, "answer", d.sign(v.begin()))
	}
}

func TestAnEndedAccountIsNotSignedInToThroughTheProvider(t *testing.T) {
	h, server := signOnHouse(t, asItIs)
	server.SignIn("person-1", nil)
	user := h.account(incident.RoleResponder)
	v := h.visitor()
	v.signIn(visitorEmail, visitorPassword, "")
	v.link()
	h.must(incident.RoleAdmin, "POST", "/api/v1/users/"+user.ID+"/end", `{}`)
	if got := h.visitor().through(""); got.status != http.StatusUnauthorized || !strings.Contains(got.body, "did not confirm an account") {
		t.Errorf("an ended account gave %d", got.status)
	}
}

func TestAnInvitationIsAcceptedAtTheProviderWithoutAPassword(t *testing.T) {
	h, server := signOnHouse(t, asItIs)
	server.SignIn("person-7", nil)
	user, mail, err := h.store.InviteUser(t.Context(), postgres.NewUser{Email: "new@example.com", Name: "New Person", Role: incident.RoleDeputy})
	if err != nil {
		t.Fatal(err)
	}
	_, _, secret, _, err := h.store.MailToSend(t.Context(), mail.ID)
	if err != nil {
		t.Fatal(err)
	}
	link := "/invitation/" + secret
	v := h.visitor()
	shows(t, v.get(link), "Or use your account at Example Login")
	page := v.press(link+"/provider", http.StatusOK)
	back := v.atProvider(strings.ReplaceAll(onward.FindStringSubmatch(page.body)[1], "&amp;", "&"))
	if got := h.visitor().get(back); got.status != http.StatusUnauthorized {
		t.Errorf("in another browser the answer gave %d", got.status)
	}
	if got := v.get(back); got.location != "/incidents" {
		t.Fatalf("the invitation led to %d %q", got.status, got.location)
	}
	if got := v.get("/account"); !strings.Contains(got.body, "New Person") {
		t.Errorf("the session gave %d", got.status)
	}
	if got := h.visitor().get(link); got.status != http.StatusNotFound {
		t.Errorf("the link a second time gave %d", got.status)
	}
	if got := h.visitor().through(""); got.location != "/incidents" {
		t.Errorf("the second time the provider led to %q", got.location)
	}
	// The only way in stays.
	v.press("/account/provider/remove", http.StatusConflict)
	if links, err := h.store.SignOns(t.Context(), user.ID); err != nil || len(links) != 1 || links[0].UsedAt == nil {
		t.Errorf("the account is linked to %+v, %v", links, err)
	}
	v.press(link+"/provider", http.StatusNotFound)
}

func TestWithoutAProviderItsPagesLeadToTheSignIn(t *testing.T) {
	h := keyHouse(t)
	for _, path := range []string{"/sign-in/provider", SignOnReturn + "?code=x&state=y"} {
		if got := h.visitor().get(path); got.status != http.StatusSeeOther || got.location != "/sign-in" {
			t.Errorf("%s gave %d to %q", path, got.status, got.location)
		}
	}
	v := h.signedIn(incident.RoleDPO)
	v.press("/account/provider", http.StatusNotFound, "password", visitorPassword)
	v.press("/account/provider/remove", http.StatusNotFound, "password", visitorPassword)
}
