// Package signontest gives tests a provider of identities on a real socket: an
// OpenID provider as small as a client can tell, which lies on demand.
//
// It lets in whoever asks, as the person that a test names, and trusts nobody's
// password: it must never listen beyond loopback, and nothing but tests may
// import it.
package signontest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// ClientID and ClientSecret are those of the one client.
//
//nolint:gosec // a secret of tests, of a provider that lets everybody in
const (
	ClientID     = "tocsin"
	ClientSecret = "a secret between the two"
)

// Provider is a provider of identities.
type Provider struct {
	// URL is the issuer.
	URL string

	tb     testing.TB
	server *httptest.Server
	key    *rsa.PrivateKey
	other  *rsa.PrivateKey

	mu     sync.Mutex
	codes  map[string]url.Values // by code: what was asked
	person map[string]any
	header map[string]any
	forge  func(claims map[string]any)
	broken bool
}

// Start gives a provider that ends with the test.
func Start(tb testing.TB) *Provider {
	tb.Helper()
	p := &Provider{tb: tb, codes: map[string]url.Values{}, person: map[string]any{"sub": "somebody"}}
	var err error
	for _, key := range []**rsa.PrivateKey{&p.key, &p.other} {
		if *key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			tb.Fatal(err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.configuration)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.isBroken() {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	p.URL = p.server.URL
	tb.Cleanup(p.server.Close)
	return p
}

// SignIn says who signs in from now on, by further claims of the token.
func (p *Provider) SignIn(subject string, claims map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person = map[string]any{"sub": subject}
	for name, value := range claims {
		p.person[name] = value
	}
}

// Forge changes the claims of every token from now on, and parts of its header:
// alg none leaves the signature out, kid other signs by a key that is not
// published. Both may be nil.
func (p *Provider) Forge(header map[string]any, claims func(claims map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.header, p.forge = header, claims
}

// Break makes the provider answer nothing, until it is mended.
func (p *Provider) Break(broken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = broken
}

func (p *Provider) isBroken() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.broken
}

func (p *Provider) write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.tb.Error(err)
	}
}

func (p *Provider) configuration(w http.ResponseWriter, _ *http.Request) {
	p.write(w, map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256", "none"},
	})
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	p.write(w, map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "one",
		"n": encode(p.key.N.Bytes()), "e": encode(big.NewInt(int64(p.key.E)).Bytes()),
	}}})
}

// authorize lets everybody in and sends them back at once.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	if asked.Get("client_id") != ClientID || asked.Get("code_challenge_method") != "S256" || asked.Get("response_type") != "code" ||
		!strings.Contains(asked.Get("scope"), "openid") || asked.Get("nonce") == "" || asked.Get("state") == "" {
		http.Error(w, "not a question of OpenID Connect with PKCE", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	p.mu.Lock()
	p.codes[code] = asked
	p.mu.Unlock()
	back := asked.Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {asked.Get("state")}, "iss": {p.URL}}.Encode()
	http.Redirect(w, r, back, http.StatusFound) //nolint:gosec // a provider for tests sends back whom it was told to
}

// token gives a token for a code, once, to who asked for it.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	if id == "" {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	} else if plain, err := url.QueryUnescape(secret); err == nil {
		secret = plain
	}
	p.mu.Lock()
	asked, known := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	p.mu.Unlock()
	verifier := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || id != ClientID || secret != ClientSecret || encode(verifier[:]) != asked.Get("code_challenge") ||
		r.PostFormValue("redirect_uri") != asked.Get("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		p.write(w, map[string]any{"error": "invalid_grant"})
		return
	}
	p.write(w, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 300, "id_token": p.idToken(asked.Get("nonce"))})
}

func (p *Provider) idToken(nonce string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	claims := map[string]any{"iss": p.URL, "aud": ClientID, "nonce": nonce, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()}
	for name, value := range p.person {
		claims[name] = value
	}
	if p.forge != nil {
		p.forge(claims)
	}
	header := map[string]any{"alg": "RS256", "kid": "one", "typ": "JWT"}
	for name, value := range p.header {
		header[name] = value
	}
	text := p.part(header) + "." + p.part(claims)
	if header["alg"] == "none" {
		return text + "."
	}
	key := p.key
	if header["kid"] == "other" {
		key = p.other
	}
	hash := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, hash[:])
	if err != nil {
		p.tb.Error(err)
	}
	return text + "." + encode(signature)
}

func (p *Provider) part(v any) string {
	content, err := json.Marshal(v)
	if err != nil {
		p.tb.Error(err)
	}
	return encode(content)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
