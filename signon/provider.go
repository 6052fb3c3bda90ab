package signon

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	// patience is how long one request to the provider may take.
	patience = 5 * time.Second
	// restTime is how long a provider that was away is not asked again.
	restTime = 10 * time.Second
)

// ErrAway says that the provider does not answer.
var ErrAway = errors.New("the provider of identities does not answer")

// Refused says that an answer is not believed, and why, for the log.
type Refused struct {
	// Why is what is wrong, without anything of the answer.
	Why string
}

// Error implements error.
func (r *Refused) Error() string {
	return "the answer of the provider of identities is refused: " + r.Why
}

func refused(why string) error { return &Refused{Why: why} }

// Question is what has to be kept until the answer comes.
type Question struct {
	// State, Nonce and Verifier are random: they bind the answer to the browser,
	// the token to the question, and the code to who asked.
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
}

// Answer is what the provider sends back through the browser.
type Answer struct {
	// State and Code are as in the address; Issuer is the parameter iss of RFC
	// 9207, which not every provider sends.
	State, Code, Issuer string
}

// Identity is who somebody is, as the provider says.
type Identity struct {
	// Issuer is the provider.
	Issuer string
	// Subject names the person there, for ever.
	Subject string
	// SecondFactor says that the provider asked for one, and that its word counts.
	SecondFactor bool
}

// Provider asks one provider.
type Provider struct {
	settings Settings
	client   *http.Client
	now      func() time.Time

	mu      sync.Mutex
	known   *oidc.Provider
	restsTo time.Time
}

// New gives the provider of the settings. It is not asked anything yet.
func New(settings Settings) (*Provider, error) {
	settings, err := settings.check()
	if err != nil {
		return nil, err
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Provider{settings: settings, client: &http.Client{Timeout: patience, CheckRedirect: stay}, now: time.Now}, nil
}

// Name is what people call the provider.
func (p *Provider) Name() string { return p.settings.Name }

// Issuer is the provider's address as it stands in the record.
func (p *Provider) Issuer() string { return p.settings.Issuer }

// discover asks the provider for its addresses, once.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	if p.now().Before(p.restsTo) {
		return nil, ErrAway
	}
	known, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.settings.Issuer)
	if err != nil {
		p.restsTo = p.now().Add(restTime)
		if _, other := errors.AsType[*oidc.IssuerMismatchError](err); other {
			return nil, refused("it calls itself by another name than TOCSIN_OIDC_ISSUER")
		}
		return nil, ErrAway
	}
	for _, text := range []string{known.Endpoint().AuthURL, known.Endpoint().TokenURL} {
		address, err := url.Parse(text)
		if err != nil || !trusted(address) {
			p.restsTo = p.now().Add(restTime)
			return nil, refused("one of its addresses is not encrypted")
		}
	}
	p.known = known
	return known, nil
}

func (p *Provider) exchange(known *oidc.Provider) oauth2.Config {
	return oauth2.Config{ClientID: p.settings.ClientID, ClientSecret: p.settings.ClientSecret, Endpoint: known.Endpoint(),
		RedirectURL: p.settings.Redirect, Scopes: []string{oidc.ScopeOpenID}}
}

// Ask gives the address to which the browser goes, and what to keep until it
// comes back. The error is [ErrAway] or [Refused].
func (p *Provider) Ask(ctx context.Context) (string, Question, error) {
	known, err := p.discover(ctx)
	if err != nil {
		return "", Question{}, err
	}
	q := Question{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	options := []oauth2.AuthCodeOption{oidc.Nonce(q.Nonce), oauth2.S256ChallengeOption(q.Verifier)}
	if len(p.settings.Contexts) > 0 {
		options = append(options, oauth2.SetAuthURLParam("acr_values", strings.Join(p.settings.Contexts, " ")))
	}
	config := p.exchange(known)
	return config.AuthCodeURL(q.State, options...), q, nil
}

// Identify says who somebody is by the answer to a question, which has to be
// taken out of where it was kept before. The error is [ErrAway] or [Refused].
func (p *Provider) Identify(ctx context.Context, q Question, a Answer) (Identity, error) {
	if q.State == "" || subtle.ConstantTimeCompare([]byte(q.State), []byte(a.State)) != 1 {
		return Identity{}, refused("the state is not the one that was asked with")
	}
	if a.Issuer != "" && a.Issuer != p.settings.Issuer {
		return Identity{}, refused("it comes from another provider")
	}
	if a.Code == "" || len(a.Code) > 4096 {
		return Identity{}, refused("there is no code")
	}
	known, err := p.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	config := p.exchange(known)
	tokens, err := config.Exchange(ctx, a.Code, oauth2.VerifierOption(q.Verifier))
	if err != nil {
		if _, answered := errors.AsType[*oauth2.RetrieveError](err); answered {
			return Identity{}, refused("the code is not taken")
		}
		return Identity{}, ErrAway
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return Identity{}, refused("there is no token")
	}
	token, err := known.Verifier(&oidc.Config{ClientID: p.settings.ClientID, Now: p.now}).Verify(ctx, raw)
	if err != nil {
		if _, late := errors.AsType[*oidc.TokenExpiredError](err); late {
			return Identity{}, refused("the token has expired")
		}
		return Identity{}, refused("the token is not one of this provider for this client")
	}
	if subtle.ConstantTimeCompare([]byte(q.Nonce), []byte(token.Nonce)) != 1 {
		return Identity{}, refused("the token answers another question")
	}
	return p.identity(token)
}

// identity reads a token whose signature, issuer, audience, time and nonce are
// right.
func (p *Provider) identity(token *oidc.IDToken) (Identity, error) {
	claims := map[string]any{}
	var said struct {
		For     string   `json:"azp"`
		Context string   `json:"acr"`
		Methods []string `json:"amr"`
	}
	if token.Claims(&claims) != nil || token.Claims(&said) != nil {
		return Identity{}, refused("the claims cannot be read")
	}
	// OpenID Connect Core 1.0, section 3.1.3.7, steps 4 and 5.
	if said.For != "" && said.For != p.settings.ClientID || said.For == "" && len(token.Audience) > 1 {
		return Identity{}, refused("the token was made for another client")
	}
	subject, ok := claims[p.settings.Claim].(string)
	if !ok || subject == "" || len(subject) > 255 {
		return Identity{}, refused("the claim that names the person is missing")
	}
	return Identity{Issuer: p.settings.Issuer, Subject: subject,
		SecondFactor: p.settings.TrustFactor && p.twoFactors(said.Context, said.Methods)}, nil
}

// factorKinds sorts methods of RFC 8176 (2017), section 2, by what they show:
// something that a person knows, has, or is. Messages to a telephone (sms, tel)
// are no factor here, and what says nothing of a factor (rba, wia, user) is none.
func factorKinds() map[string]string {
	return map[string]string{
		"pwd": "knows", "pin": "knows", "kba": "knows",
		"otp": "has", "hwk": "has", "swk": "has", "sc": "has",
		"face": "is", "fpt": "is", "iris": "is", "retina": "is", "vbm": "is",
	}
}

// severalKinds says whether methods show more than one kind of factor.
func severalKinds(methods []string) bool {
	kinds, seen := factorKinds(), map[string]bool{}
	for _, method := range methods {
		if kind := kinds[method]; kind != "" {
			seen[kind] = true
		}
	}
	return len(seen) > 1
}

// twoFactors says whether a sign-in at the provider was by more than one factor:
// mfa of RFC 8176 or methods of several kinds, the contexts of OpenID's EAP ACR values 1.0 and of PAPE, and
// those of the settings.
func (p *Provider) twoFactors(context string, methods []string) bool {
	return slices.Contains(methods, "mfa") || severalKinds(methods) || context != "" &&
		(slices.Contains([]string{"phr", "phrh", "http://schemas.openid.net/pape/policies/2007/06/multi-factor"}, context) ||
			slices.Contains(p.settings.Contexts, context))
}
