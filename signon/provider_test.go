package signon

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tocsin/signon/signontest"
)

func newProvider(t *testing.T, issuer string, change func(*Settings)) *Provider {
	t.Helper()
	s := Settings{Issuer: issuer, ClientID: signontest.ClientID, ClientSecret: signontest.ClientSecret, Redirect: "http://127.0.0.1:1/return"}
	change(&s)
	p, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// goThere asks as a browser does, and gives what comes back.
func goThere(t *testing.T, address string) Answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	back, err := url.Parse(response.Header.Get("Location"))
	if err != nil || response.StatusCode != http.StatusFound {
		t.Fatalf("the provider answers %d: %v", response.StatusCode, err)
	}
	return Answer{State: back.Query().Get("state"), Code: back.Query().Get("code"), Issuer: back.Query().Get("iss")}
}

func signIn(t *testing.T, p *Provider, change func(q *Question, a *Answer)) (Identity, error) {
	t.Helper()
	address, q, err := p.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a := goThere(t, address)
	change(&q, &a)
	return p.Identify(t.Context(), q, a)
}

func honest(*Question, *Answer) {}

func TestAnHonestAnswerSaysWho(t *testing.T) {
	server := signontest.Start(t)
	server.SignIn("person-1", map[string]any{"email": "dpo@example.com", "oid": "object-1", "amr": []string{"pwd", "mfa"}})
	who, err := signIn(t, newProvider(t, server.URL, func(*Settings) {}), honest)
	if err != nil || who != (Identity{Issuer: server.URL, Subject: "person-1"}) {
		t.Errorf("the provider says %+v, %v", who, err)
	}
	who, err = signIn(t, newProvider(t, server.URL, func(s *Settings) { s.Claim, s.TrustFactor = "oid", true }), honest)
	if err != nil || who != (Identity{Issuer: server.URL, Subject: "object-1", SecondFactor: true}) {
		t.Errorf("by another claim the provider says %+v, %v", who, err)
	}
}

func TestWhatTheProviderSaysOfFactorsCountsOnlyWhereItIsTrusted(t *testing.T) {
	server := signontest.Start(t)
	for name, c := range map[string]struct {
		claims map[string]any
		trust  bool
		want   bool
	}{
		"a password":                  {map[string]any{"amr": []string{"pwd"}}, true, false},
		"nothing":                     {nil, true, false},
		"an empty context":            {map[string]any{"acr": ""}, true, false},
		"a context of no meaning":     {map[string]any{"acr": "0"}, true, false},
		"several factors":             {map[string]any{"amr": []string{"pwd", "mfa"}}, true, true},
		"several factors, untrusted":  {map[string]any{"amr": []string{"pwd", "mfa"}}, false, false},
		"a password and a key":        {map[string]any{"amr": []string{"pwd", "hwk"}}, true, true},
		"a password and a code":       {map[string]any{"amr": []string{"pwd", "otp"}}, true, true},
		"a key and untrusted":         {map[string]any{"amr": []string{"pwd", "hwk"}}, false, false},
		"a code alone":                {map[string]any{"amr": []string{"otp"}}, true, false},
		"two of one kind":             {map[string]any{"amr": []string{"pwd", "pin"}}, true, false},
		"a message to a telephone":    {map[string]any{"amr": []string{"pwd", "sms"}}, true, false},
		"a word of no meaning":        {map[string]any{"amr": []string{"pwd", "magic"}}, true, false},
		"phishing-resistant":          {map[string]any{"acr": "phr"}, true, true},
		"the context of the settings": {map[string]any{"acr": "2"}, true, true},
	} {
		server.SignIn("x", c.claims)
		who, err := signIn(t, newProvider(t, server.URL, func(s *Settings) { s.TrustFactor, s.Contexts = c.trust, []string{"2"} }), honest)
		if err != nil || who.SecondFactor != c.want {
			t.Errorf("%s gives %+v, %v", name, who, err)
		}
	}
}

func TestAForgedAnswerIsRefused(t *testing.T) {
	server := signontest.Start(t)
	p := newProvider(t, server.URL, func(*Settings) {})
	var old Answer
	if _, err := signIn(t, p, func(_ *Question, a *Answer) { old = *a }); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(q *Question, a *Answer){
		"a forged state":    func(_ *Question, a *Answer) { a.State = "forged" },
		"no state at all":   func(q *Question, a *Answer) { q.State, a.State = "", "" },
		"a replayed code":   func(_ *Question, a *Answer) { a.Code = old.Code },
		"no code":           func(_ *Question, a *Answer) { a.Code = "" },
		"another provider":  func(_ *Question, a *Answer) { a.Issuer = "https://evil.example.net" },
		"another's code":    func(q *Question, _ *Answer) { q.Verifier = "something else, and long enough to be one" },
		"another's nonce":   func(q *Question, _ *Answer) { q.Nonce = "another" },
		"a code that is no": func(_ *Question, a *Answer) { a.Code = strings.Repeat("x", 5000) },
	} {
		who, err := signIn(t, p, change)
		if _, ok := errors.AsType[*Refused](err); !ok || who != (Identity{}) {
			t.Errorf("%s gives %+v, %v", name, who, err)
		}
	}
}

func TestAForgedTokenIsRefusedAndItsWordsAreNotRepeated(t *testing.T) {
	server := signontest.Start(t)
	server.SignIn("person-1", map[string]any{"email": "secret@example.com"})
	p := newProvider(t, server.URL, func(*Settings) {})
	for name, c := range map[string]struct {
		header map[string]any
		forge  func(c map[string]any)
	}{
		"a wrong nonce":         {nil, func(c map[string]any) { c["nonce"] = "another" }},
		"no nonce":              {nil, func(c map[string]any) { delete(c, "nonce") }},
		"a wrong audience":      {nil, func(c map[string]any) { c["aud"] = "another client" }},
		"a further audience":    {nil, func(c map[string]any) { c["aud"] = []string{signontest.ClientID, "another"} }},
		"another party":         {nil, func(c map[string]any) { c["azp"] = "another" }},
		"an expired token":      {nil, func(c map[string]any) { c["exp"] = time.Now().Add(-time.Minute).Unix() }},
		"another issuer":        {nil, func(c map[string]any) { c["iss"] = "https://evil.example.net" }},
		"no subject":            {nil, func(c map[string]any) { delete(c, "sub") }},
		"a subject that is odd": {nil, func(c map[string]any) { c["sub"] = 7 }},
		"alg none":              {map[string]any{"alg": "none"}, nil},
		"alg HS256":             {map[string]any{"alg": "HS256"}, nil},
		"a key that is another": {map[string]any{"kid": "other"}, nil},
	} {
		server.Forge(c.header, c.forge)
		who, err := signIn(t, p, honest)
		if _, ok := errors.AsType[*Refused](err); !ok || who != (Identity{}) {
			t.Errorf("%s gives %+v, %v", name, who, err)
		}
		if err != nil && (strings.Contains(err.Error(), "secret@") || strings.Contains(err.Error(), "person-1")) {
			t.Errorf("%s is told with what it holds: %v", name, err)
		}
	}
}

func TestAProviderThatIsAwayComesBack(t *testing.T) {
	server := signontest.Start(t)
	server.Break(true)
	p := newProvider(t, server.URL, func(*Settings) {})
	at := time.Now()
	p.now = func() time.Time { return at }
	for range 2 {
		if _, _, err := p.Ask(t.Context()); !errors.Is(err, ErrAway) {
			t.Fatalf("a provider that is away gives %v", err)
		}
	}
	server.Break(false)
	if _, _, err := p.Ask(t.Context()); !errors.Is(err, ErrAway) {
		t.Errorf("it is asked again at once: %v", err)
	}
	at = at.Add(restTime)
	if _, err := signIn(t, p, honest); err != nil {
		t.Errorf("after its rest: %v", err)
	}
	address, q, err := p.Ask(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a := goThere(t, address)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Identify(gone, q, a); !errors.Is(err, ErrAway) {
		t.Errorf("a request that was given up gives %v", err)
	}
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	good := Settings{Issuer: "https://login.example.com/realms/office", ClientID: "tocsin"}
	if p, err := New(good); err != nil || p.Name() != "login.example.com" {
		t.Fatalf("good settings give %v", err)
	}
	for name, change := range map[string]func(s *Settings){
		"TOCSIN_OIDC_ISSUER is \"http://login.example.com\"":   func(s *Settings) { s.Issuer = "http://login.example.com" },
		"TOCSIN_OIDC_ISSUER is \"login.example.com\"":          func(s *Settings) { s.Issuer = "login.example.com" },
		"TOCSIN_OIDC_ISSUER is \"https://x.example.com/?a=b\"": func(s *Settings) { s.Issuer = "https://x.example.com/?a=b" },
		"TOCSIN_OIDC_CLIENT_ID is not set":                     func(s *Settings) { s.ClientID = "" },
		"TOCSIN_OIDC_CLAIM is \"email\"":                       func(s *Settings) { s.Claim = "email" },
		"TOCSIN_OIDC_NAME is too long":                         func(s *Settings) { s.Name = strings.Repeat("x", 61) },
	} {
		s := good
		change(&s)
		if _, err := New(s); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want %q, got %v", name, err)
		}
	}
}
