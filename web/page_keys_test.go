package web

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// device is an authenticator in software: it makes one passkey and answers as it
// is told to, rightly or wrongly.
type device struct {
	t       testing.TB
	key     *ecdsa.PrivateKey
	id      []byte
	owner   string // the user handle
	party   string
	origin  string
	counter uint32
	// asleep says that the owner was not verified.
	asleep bool
}

func newDevice(t testing.TB, origin, party string) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &device{t: t, key: key, id: []byte(rand.Text()), origin: origin, party: party}
}

// keyQuestion is what the server asks of a browser.
type keyQuestion struct {
	PublicKey struct {
		Challenge string
		RPID      string `json:"rpId"`
		RP        struct{ ID string }
		User      struct{ ID string }
		Allow     []struct{ ID string } `json:"allowCredentials"`
		Exclude   []struct{ ID string } `json:"excludeCredentials"`

		UserVerification       string
		AuthenticatorSelection struct{ ResidentKey, UserVerification string }
	}
}

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (d *device) must(v []byte, err error) []byte {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	return v
}

func (d *device) client(kind, challenge string) []byte {
	return d.must(json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.origin, "crossOrigin": false}))
}

// data is the authenticator data of WebAuthn section 6.1.
func (d *device) data(attested []byte) []byte {
	party := sha256.Sum256([]byte(d.party))
	flags := byte(0x01 | 0x04) // present and verified
	if d.asleep {
		flags = 0x01
	}
	if attested != nil {
		flags |= 0x40
	}
	return append(binary.BigEndian.AppendUint32(append(party[:], flags), d.counter), attested...)
}

func (d *device) answer(response map[string]any) string {
	return string(d.must(json.Marshal(map[string]any{
		"id": encoded(d.id), "rawId": encoded(d.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})))
}

// make answers the question for a new passkey.
func (d *device) make(q keyQuestion) string {
	d.t.Helper()
	point, err := d.key.PublicKey.Bytes() // 4, then both coordinates
	if err != nil {
		d.t.Fatal(err)
	}
	key := d.must(cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]}))
	attested := append(make([]byte, 16), 0, byte(len(d.id)))
	attested = append(append(attested, d.id...), key...)
	d.owner = string(d.must(base64.RawURLEncoding.DecodeString(q.PublicKey.User.ID)))
	object := d.must(cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": d.data(attested)}))
	return d.answer(map[string]any{"clientDataJSON": encoded(d.client("webauthn.create", q.PublicKey.Challenge)), "attestationObject": encoded(object)})
}

// sign answers the question for a passkey.
func (d *device) sign(q keyQuestion) string {
	d.t.Helper()
	d.counter++
	data, client := d.data(nil), d.client("webauthn.get", q.PublicKey.Challenge)
	clientHash := sha256.Sum256(client)
	hash := sha256.Sum256(append(append([]byte{}, data...), clientHash[:]...))
	signature := d.must(ecdsa.SignASN1(rand.Reader, d.key, hash[:]))
	return d.answer(map[string]any{"clientDataJSON": encoded(client), "authenticatorData": encoded(data), "signature": encoded(signature), "userHandle": encoded([]byte(d.owner))})
}

// ask gives what the script is answered.
func (v *visitor) ask(path string, want int, fields ...string) keyQuestion {
	v.t.Helper()
	return questionOf(v.t, v.press(path, want, fields...))
}

func questionOf(t testing.TB, got seen) keyQuestion {
	t.Helper()
	var q keyQuestion
	if err := json.Unmarshal([]byte(got.body), &q); err != nil {
		t.Fatalf("this is no JSON: %s", got.body)
	}
	return q
}

// keyHouse is a house at a name, as passkeys need one.
func keyHouse(t *testing.T) *house {
	t.Helper()
	return newHouseWith(t, func(c *Config) { c.PublicURL = "http://localhost:8080" })
}

const keyOrigin, keyParty = "http://localhost:8080", "localhost"

// withKey adds a passkey to the account of a visitor.
func (v *visitor) withKey(name string) (*device, seen) {
	v.t.Helper()
	d := newDevice(v.t, keyOrigin, keyParty)
	q := v.ask("/account/keys/begin", http.StatusOK, "name", name, "password", visitorPassword)
	return d, v.press("/account/keys", http.StatusOK, "answer", d.make(q))
}

func TestAPasskeyIsAddedAndSignsInWithoutPasswordAndCode(t *testing.T) {
	h := keyHouse(t)
	v := h.signedIn(incident.RoleDPO)
	shows(t, v.get("/account"), "/account/keys")
	shows(t, v.get("/account/keys"), "You have none yet.", `data-passkey="create"`, "/static/passkey.js?v=")
	v.ask("/account/keys/begin", http.StatusBadRequest, "name", "Laptop", "password", "wrong wrong wrong")
	v.ask("/account/keys/begin", http.StatusBadRequest, "name", "", "password", visitorPassword)
	q := v.ask("/account/keys/begin", http.StatusOK, "name", "Laptop <b>", "password", visitorPassword)
	if q.PublicKey.RP.ID != keyParty || q.PublicKey.AuthenticatorSelection.UserVerification != "required" || q.PublicKey.AuthenticatorSelection.ResidentKey != "required" {
		t.Errorf("the browser is asked for %+v", q)
	}
	d := newDevice(t, keyOrigin, keyParty)
	added := v.press("/account/keys", http.StatusOK, "answer", d.make(q))
	codes := recoveryShown.FindAllString(added.body, -1)
	if len(codes) != 10 || strings.Contains(added.body, "Laptop <b>") {
		t.Fatalf("%d recovery codes are shown, or the name is not escaped", len(codes))
	}
	if again := v.get("/account/keys").body; recoveryShown.MatchString(again) || !strings.Contains(again, "Laptop &lt;b&gt;") {
		t.Error("the codes are shown twice, or the passkey is not listed")
	}

	// The password alone opens nothing any more, and a recovery code helps.
	lost := h.visitor()
	if got := lost.signIn(visitorEmail, visitorPassword, "/account"); got.location != "/sign-in/code?next=%2Faccount" {
		t.Fatalf("the password led to %q", got.location)
	}
	shows(t, lost.get("/sign-in/code"), "Use a passkey instead of a code", "Give one of your recovery codes.")
	lost.press("/sign-in/code", http.StatusSeeOther, "code", codes[0])

	fresh := h.visitor()
	shows(t, fresh.get("/sign-in"), `data-passkey="get"`)
	q = fresh.ask("/sign-in/passkey/begin", http.StatusOK)
	if q.PublicKey.RPID != keyParty || q.PublicKey.UserVerification != "required" || len(q.PublicKey.Allow) != 0 {
		t.Errorf("at sign-in the browser is asked for %+v", q)
	}
	got := fresh.press("/sign-in/passkey", http.StatusSeeOther, "answer", d.sign(q), "next", "//evil.example.net")
	if got.location != "/incidents" {
		t.Errorf("the passkey led to %q", got.location)
	}
	if cookies := strings.Join(got.header.Values("Set-Cookie"), "\n"); !strings.Contains(cookies, "HttpOnly; SameSite=Lax") || !strings.Contains(cookies, "tocsin-step=;") {
		t.Errorf("the cookies are %s", cookies)
	}
	if got := fresh.get("/account"); got.status != http.StatusOK {
		t.Errorf("the session gave %d", got.status)
	}
	entries, err := h.store.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	last := string(entries[len(entries)-1].Entry.Data)
	if !strings.Contains(last, `"passkey":"pk_`) || !strings.Contains(last, `"second_factor":true`) {
		t.Errorf("the record says %s", last)
	}
}

func TestAPasskeyIsTheSecondFactorAfterAPassword(t *testing.T) {
	h := keyHouse(t)
	d, _ := h.signedIn(incident.RoleDPO).withKey("Laptop")
	v := h.visitor()
	if got := v.press("/sign-in/code/passkey/begin", http.StatusUnauthorized); strings.Contains(got.body, "publicKey") {
		t.Error("without a password a passkey of an account is asked for")
	}
	v.signIn(visitorEmail, visitorPassword, "")
	q := v.ask("/sign-in/code/passkey/begin", http.StatusOK)
	if len(q.PublicKey.Allow) != 1 || q.PublicKey.Allow[0].ID != encoded(d.id) {
		t.Errorf("the browser may answer with %v", q.PublicKey.Allow)
	}
	answer := d.sign(q)
	if got := v.press("/sign-in/code/passkey", http.StatusSeeOther, "answer", answer, "next", "/account"); got.location != "/account" {
		t.Fatalf("the passkey led to %q", got.location)
	}
	if got := v.get("/account"); got.status != http.StatusOK {
		t.Errorf("the session gave %d", got.status)
	}
	thief := h.visitor()
	thief.signIn(visitorEmail, visitorPassword, "")
	thief.ask("/sign-in/code/passkey/begin", http.StatusOK)
	thief.press("/sign-in/code/passkey", http.StatusUnauthorized, "answer", answer) // of another question
}

// Whatever is wrong with an answer, it opens nothing and the sentence is the same.
func TestAForgedAnswerOfAPasskeyOpensNothing(t *testing.T) {
	h := keyHouse(t)
	owner := h.signedIn(incident.RoleDPO)
	d, _ := owner.withKey("Laptop")
	other := h.as(incident.RoleAdmin, "other@example.com", "en")
	stranger := newDevice(t, keyOrigin, keyParty)
	q := other.ask("/account/keys/begin", http.StatusOK, "name", "Phone", "password", visitorPassword)
	other.press("/account/keys", http.StatusOK, "answer", stranger.make(q))

	says := ""
	for name, forge := range map[string]func(v *visitor, d device) string{
		"a forged origin":            func(v *visitor, d device) string { d.origin = "https://evil.example.net"; return d.sign(v.begin()) },
		"the origin without port":    func(v *visitor, d device) string { d.origin = "http://localhost"; return d.sign(v.begin()) },
		"another party":              func(v *visitor, d device) string { d.party = "evil.example.net"; return d.sign(v.begin()) },
		"another challenge":          func(v *visitor, d device) string { v.begin(); return d.sign(keyQuestion{}) },
		"an owner who is not seen":   func(v *visitor, d device) string { d.asleep = true; return d.sign(v.begin()) },
		"the handle of another":      func(v *visitor, d device) string { d.owner = stranger.owner; return d.sign(v.begin()) },
		"the credential of another":  func(v *visitor, d device) string { d.id = stranger.id; return d.sign(v.begin()) },
		"no handle":                  func(v *visitor, d device) string { d.owner = ""; return d.sign(v.begin()) },
		"a handle that is no id":     func(v *visitor, d device) string { d.owner = "x' OR \x00"; return d.sign(v.begin()) },
		"a handle of nobody":         func(v *visitor, d device) string { d.owner = strings.Repeat("0", 32); return d.sign(v.begin()) },
		"a key that is another":      func(v *visitor, d device) string { d.key = stranger.key; return d.sign(v.begin()) },
		"no question":                func(_ *visitor, d device) string { return d.sign(keyQuestion{}) },
		"a question of another":      func(_ *visitor, d device) string { return d.sign(h.visitor().begin()) },
		"a question of the account":  func(_ *visitor, d device) string { return d.sign(owner.ask("/account/keys/confirm", http.StatusOK)) },
		"an answer that is a making": func(v *visitor, d device) string { return d.make(v.begin()) },
		"no JSON":                    func(v *visitor, _ device) string { v.begin(); return "{" },
		"nothing":                    func(v *visitor, _ device) string { v.begin(); return "" },
	} {
		v := h.visitor()
		got := v.press("/sign-in/passkey", http.StatusUnauthorized, "answer", forge(v, *d))
		told := alertShown.FindString(got.body)
		if says == "" {
			says = told
		}
		if told != says || told == "" {
			t.Errorf("%s is told %q, others %q", name, told, says)
		}
		if after := v.get("/account"); after.status != http.StatusSeeOther {
			t.Errorf("%s opened a page: %d", name, after.status)
		}
	}

	v := h.visitor()
	answer := d.sign(v.begin())
	step := v.cookie("tocsin-step")
	v.press("/sign-in/passkey", http.StatusSeeOther, "answer", answer)
	again := h.visitor().do(http.MethodPost, "/sign-in/passkey", url.Values{"answer": {answer}}, "Cookie", step)
	if again.status != http.StatusUnauthorized {
		t.Errorf("the same answer a second time gave %d", again.status)
	}
}

var alertShown = regexp.MustCompile(`<p class="alert" role="alert"[^>]*>[^<]+</p>`)

func (v *visitor) begin() keyQuestion {
	v.t.Helper()
	return v.ask("/sign-in/passkey/begin", http.StatusOK)
}

func (v *visitor) cookie(name string) string {
	v.t.Helper()
	address, err := url.Parse(v.h.server.URL)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range v.http.Jar.Cookies(address) {
		if c.Name == name {
			return c.Name + "=" + c.Value
		}
	}
	v.t.Fatalf("there is no cookie %s", name)
	return ""
}

func TestAPasskeyWhoseCounterGoesBackwardsIsRefusedAndRecorded(t *testing.T) {
	h := keyHouse(t)
	owner := h.signedIn(incident.RoleDPO)
	d, _ := owner.withKey("Laptop")
	v := h.visitor()
	d.counter = 7
	v.press("/sign-in/passkey", http.StatusSeeOther, "answer", d.sign(v.begin()))
	copied := *d
	copied.counter = 3
	thief := h.visitor()
	thief.press("/sign-in/passkey", http.StatusUnauthorized, "answer", copied.sign(thief.begin()))
	if got := thief.get("/account"); got.status != http.StatusSeeOther {
		t.Errorf("the copy opened a page: %d", got.status)
	}
	entries, err := h.store.InstallationEntries(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if last := string(entries[len(entries)-1].Entry.Data); !strings.Contains(last, `"passkey_refused"`) {
		t.Errorf("the record says %s", last)
	}
	shows(t, v.get("/account/keys"), "a copy of it may exist")
	v.press("/sign-in/passkey", http.StatusSeeOther, "answer", d.sign(v.begin())) // the owner goes on
}

func TestAPasskeyIsRemovedByWhoShowsToBeTheOwner(t *testing.T) {
	h := keyHouse(t)
	v := h.signedIn(incident.RoleDPO)
	d, _ := v.withKey("Laptop")
	second, _ := v.withKey("Phone")
	remove := regexp.MustCompile(`/account/keys/pk_\w+/remove`)
	links := remove.FindAllString(v.get("/account/keys").body, -1)
	if len(links) != 4 { // by password and by passkey
		t.Fatalf("the page has %d forms", len(links))
	}
	v.press(links[0], http.StatusBadRequest, "password", "")
	v.press(links[0], http.StatusBadRequest, "answer", d.sign(keyQuestion{}))
	sign := v.ask("/sign-in/passkey/begin", http.StatusOK) // a question for another purpose
	v.press(links[0], http.StatusBadRequest, "answer", d.sign(sign))
	q := v.ask("/account/keys/confirm", http.StatusOK)
	v.press(links[0], http.StatusOK, "answer", second.sign(q))
	v.press(links[0], http.StatusNotFound, "password", visitorPassword)
	gone := h.visitor()
	gone.press("/sign-in/passkey", http.StatusUnauthorized, "answer", d.sign(gone.begin()))
	if got := h.visitor().signIn(visitorEmail, visitorPassword, ""); got.location == "/incidents" {
		t.Error("one passkey is left, and the password alone opens the account")
	}
	v.press(links[2], http.StatusOK, "password", visitorPassword)
	if got := h.visitor().signIn(visitorEmail, visitorPassword, ""); got.location != "/incidents" {
		t.Errorf("without a passkey the password led to %q", got.location)
	}
	// Of somebody else's account nothing is removed.
	other := h.as(incident.RoleAdmin, "other@example.com", "en")
	v.withKey("Laptop again")
	mine := remove.FindString(v.get("/account/keys").body)
	other.press(mine, http.StatusNotFound, "password", visitorPassword)
}

func TestATokenOfTheAPIChangesNoWayToSignIn(t *testing.T) {
	h := keyHouse(t)
	for _, path := range []string{"/account/keys", "/account/keys/begin", "/account/keys/confirm", "/account/keys/x/remove"} {
		got := h.visitor().do(http.MethodPost, path, url.Values{"name": {"x"}}, "Authorization", "Bearer "+h.tokens[incident.RoleDPO])
		if got.status != http.StatusConflict {
			t.Errorf("%s gave %d to a token", path, got.status)
		}
	}
}

func TestPasskeysBelongToANameAndThePageSaysSo(t *testing.T) {
	for address, says := range map[string]string{
		"http://127.0.0.1:8080":      "open Tocsin at http://localhost:8080",
		"https://192.0.2.7":          "Passkeys need a name",
		"http://[::1]:8080":          "open Tocsin at http://localhost:8080",
		"http://tocsin.example.com":  "Passkeys need an encrypted address",
		"https://tocsin.example.com": "",
		"http://localhost:8080":      "",
	} {
		public, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		p, err := newParties(public)
		if err != nil {
			t.Fatal(err)
		}
		if (p.public != nil) != (says == "") {
			t.Errorf("%s has passkeys: %v", address, p.public != nil)
		}
		if said := wording.For("en").T(p.why, p.localHost); says != "" && !strings.Contains(said, says) {
			t.Errorf("%s is told %q", address, said)
		}
	}
	h := newHouse(t) // at 127.0.0.1
	v := h.signedIn(incident.RoleDPO)
	if got := v.get("/account/keys"); strings.Contains(got.body, "data-passkey=") || !strings.Contains(got.body, "Passkeys belong to a name") {
		t.Error("passkeys are offered at a number")
	}
	v.ask("/account/keys/begin", http.StatusConflict, "name", "Laptop", "password", visitorPassword)
	if strings.Contains(h.visitor().get("/sign-in").body, "data-passkey") {
		t.Error("passkeys are offered at sign-in at a number")
	}
}

func TestAnEndedAccountHasNoPasskeys(t *testing.T) {
	h := keyHouse(t)
	d, _ := h.signedIn(incident.RoleDPO).withKey("Laptop")
	users, err := h.store.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var keeper, ended postgres.User
	for _, u := range users {
		switch u.Email {
		case visitorEmail:
			ended = u
		case string(incident.RoleAdmin) + "@example.com":
			keeper = u
		}
	}
	if err := h.store.EndUser(t.Context(), actor(keeper), ended.ID); err != nil {
		t.Fatal(err)
	}
	v := h.visitor()
	v.press("/sign-in/passkey", http.StatusUnauthorized, "answer", d.sign(v.begin()))
	if list, err := h.store.Passkeys(t.Context(), ended.ID); err != nil || len(list) != 0 {
		t.Errorf("an ended account has %d passkeys: %v", len(list), err)
	}
}

func TestStrangersAskForAQuestionSoOftenAndNoMore(t *testing.T) {
	h := keyHouse(t)
	v := h.visitor()
	for range questionsPerOrigin {
		v.begin()
	}
	if got := v.press("/sign-in/passkey/begin", http.StatusConflict); !strings.Contains(got.body, "Too many failed attempts") {
		t.Errorf("the script is told %s", got.body)
	}
}
