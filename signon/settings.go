package signon

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Settings say which provider is asked, and as which client.
type Settings struct {
	// Issuer is the provider's address as it stands in its tokens, https, such as
	// https://login.example.com/realms/office. Plain http is for loopback alone.
	Issuer string
	// ClientID is the name under which the provider knows this installation.
	ClientID string
	// ClientSecret proves it; empty for a client that has PKCE alone.
	ClientSecret string
	// Redirect is the address to which the provider sends people back.
	Redirect string
	// Name is what people call the provider, for the button; empty for the host
	// of the issuer.
	Name string
	// Claim names a person for ever; empty for sub. A claim that can be given to
	// somebody else, such as an address of mail, is refused.
	Claim string
	// TrustFactor says that a second factor that the provider says it has asked
	// for is not asked for again.
	TrustFactor bool
	// Contexts are the values of acr by which this provider says that it asked for
	// a second factor, beside those that a standard gives.
	Contexts []string
}

// fleeting are claims that do not name a person for ever.
func fleeting() []string {
	return []string{"email", "preferred_username", "upn", "unique_name", "name", "nickname", "given_name", "family_name", "phone_number", "login_hint"}
}

// check refuses settings that cannot work, and fills in what was left out.
func (s Settings) check() (Settings, error) {
	issuer, err := url.Parse(s.Issuer)
	if err != nil || !trusted(issuer) || issuer.RawQuery != "" || issuer.Fragment != "" || issuer.User != nil {
		return s, fmt.Errorf("TOCSIN_OIDC_ISSUER is %q: expected the issuer as the provider writes it, an https address such as https://login.example.com/realms/office", s.Issuer)
	}
	if s.ClientID == "" {
		return s, errors.New("TOCSIN_OIDC_CLIENT_ID is not set: expected the name under which the provider knows this installation")
	}
	if s.Name == "" {
		s.Name = issuer.Host
	}
	if len(s.Name) > 60 {
		return s, errors.New("TOCSIN_OIDC_NAME is too long: expected what people call the provider, in at most 60 bytes")
	}
	if s.Claim == "" {
		s.Claim = "sub"
	}
	if slices.Contains(fleeting(), s.Claim) {
		return s, fmt.Errorf("TOCSIN_OIDC_CLAIM is %q: expected a claim that never names another person, such as sub or oid", s.Claim)
	}
	return s, nil
}

// trusted says whether an address is encrypted, or does not leave this machine.
func trusted(address *url.URL) bool {
	if address.Host == "" || address.Scheme != "http" {
		return address.Scheme == "https" && address.Host != ""
	}
	if address.Hostname() == "localhost" {
		return true
	}
	at, err := netip.ParseAddr(strings.Trim(address.Hostname(), "[]"))
	return err == nil && at.IsLoopback()
}
