package system

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSingleSignOnIsReadFromTheEnvironment(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("between the two\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	read := func(values map[string]string) (Config, error) {
		return FromEnvironment(func(name string) (string, bool) { v, ok := values[name]; return v, ok })
	}
	c, err := read(map[string]string{
		"TOCSIN_PUBLIC_URL": "https://tocsin.example.com", "TOCSIN_OIDC_ISSUER": "https://login.example.com", "TOCSIN_OIDC_CLIENT_ID": "tocsin",
		"TOCSIN_OIDC_CLIENT_SECRET_FILE": secret, "TOCSIN_OIDC_NAME": "Office login", "TOCSIN_OIDC_CLAIM": "oid",
		"TOCSIN_OIDC_MFA": "provider", "TOCSIN_OIDC_ACR": "2 gold", "TOCSIN_OIDC_ONLY": "yes",
	})
	if err != nil {
		t.Fatal(err)
	}
	s := c.SignOn.Settings
	if !c.SignOn.Only || !s.TrustFactor || s.ClientSecret != "between the two" || s.Claim != "oid" || len(s.Contexts) != 2 || s.Name != "Office login" {
		t.Errorf("the settings are %+v", c.SignOn)
	}
	if p, err := c.provider(); err != nil || p == nil || p.Issuer() != "https://login.example.com" {
		t.Errorf("the provider is %v, %v", p, err)
	}
	// A compose file passes empty values on.
	c, err = read(map[string]string{"TOCSIN_OIDC_ISSUER": "", "TOCSIN_OIDC_MFA": "", "TOCSIN_OIDC_ONLY": ""})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := c.provider(); err != nil || p != nil {
		t.Errorf("without settings the provider is %v, %v", p, err)
	}
	for want, values := range map[string]map[string]string{
		"TOCSIN_OIDC_MFA is \"yes\"":     {"TOCSIN_OIDC_ISSUER": "https://login.example.com", "TOCSIN_OIDC_MFA": "yes"},
		"TOCSIN_OIDC_ONLY is \"none\"":   {"TOCSIN_OIDC_ISSUER": "https://login.example.com", "TOCSIN_OIDC_ONLY": "none"},
		"TOCSIN_OIDC_ISSUER is not set":  {"TOCSIN_OIDC_ONLY": "yes"},
		"TOCSIN_OIDC_CLIENT_SECRET_FILE": {"TOCSIN_OIDC_ISSUER": "https://login.example.com", "TOCSIN_OIDC_CLIENT_SECRET_FILE": secret + "x"},
	} {
		if _, err := read(values); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	for want, values := range map[string]map[string]string{
		"TOCSIN_OIDC_CLIENT_ID":         {"TOCSIN_OIDC_ISSUER": "https://login.example.com"},
		"TOCSIN_OIDC_ISSUER is \"http:": {"TOCSIN_OIDC_ISSUER": "http://login.example.com", "TOCSIN_OIDC_CLIENT_ID": "tocsin"},
	} {
		c, err := read(values)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.provider(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
