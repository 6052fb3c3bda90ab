package system

import (
	"fmt"
	"strings"

	"tocsin/signon"
	"tocsin/web"
)

// SignOn says through which provider of identities people sign in.
type SignOn struct {
	// Settings are those of the provider; without an issuer there is none.
	Settings signon.Settings
	// Only says that passwords and passkeys are for a DPO with a second factor
	// alone.
	Only bool
}

// signOn reads the settings of single sign-on.
func (e *environment) signOn() (SignOn, error) {
	s := SignOn{Settings: signon.Settings{
		Issuer: e.text("TOCSIN_OIDC_ISSUER", ""), ClientID: e.text("TOCSIN_OIDC_CLIENT_ID", ""),
		ClientSecret: e.secret("TOCSIN_OIDC_CLIENT_SECRET", ""), Name: e.text("TOCSIN_OIDC_NAME", ""),
		Claim: e.text("TOCSIN_OIDC_CLAIM", ""), Contexts: strings.Fields(e.text("TOCSIN_OIDC_ACR", "")),
	}}
	switch factor := e.text("TOCSIN_OIDC_MFA", "tocsin"); factor {
	case "tocsin":
	case "provider":
		s.Settings.TrustFactor = true
	default:
		return SignOn{}, fmt.Errorf("TOCSIN_OIDC_MFA is %q; expected tocsin, to ask for the second factor here, or provider, to believe that the provider asked for one", factor)
	}
	switch only := e.text("TOCSIN_OIDC_ONLY", "no"); only {
	case "no":
	case "yes":
		s.Only = true
	default:
		return SignOn{}, fmt.Errorf("TOCSIN_OIDC_ONLY is %q; expected no, or yes, by which passwords and passkeys are for a DPO with a second factor alone", only)
	}
	if s.Settings.Issuer == "" && (s.Settings.ClientID != "" || s.Only || s.Settings.TrustFactor) {
		return SignOn{}, fmt.Errorf("TOCSIN_OIDC_ISSUER is not set, but other settings of single sign-on are; expected the issuer as the provider writes it, or none of them")
	}
	return s, nil
}

// provider gives the provider of identities; nil without one.
func (c Config) provider() (*signon.Provider, error) {
	if c.SignOn.Settings.Issuer == "" {
		return nil, nil
	}
	settings := c.SignOn.Settings
	settings.Redirect = c.PublicURL + web.SignOnReturn
	return signon.New(settings)
}
