package system

import (
	"strings"
	"testing"
)

// settings reads a configuration from name and value, name and value.
func settings(pairs ...string) (Config, error) {
	return FromEnvironment(func(name string) (string, bool) {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	})
}

func TestThePageForCheckingFollowsThePublicAddress(t *testing.T) {
	for name, c := range map[string]struct{ public, set, want string }{
		"the pages' own address":      {"https://tocsin.example.com", "", "https://tocsin.example.com/check"},
		"with a slash":                {"https://tocsin.example.com/", "", "https://tocsin.example.com/check"},
		"without TLS":                 {"http://tocsin.example.com", "", ""},
		"a host that nobody can type": {"https://tocsin", "", ""},
		"a page of the controller's":  {"http://127.0.0.1:8080", "https://www.example.com/genuine", "https://www.example.com/genuine"},
		"none":                        {"https://tocsin.example.com", "none", ""},
	} {
		got, err := settings("TOCSIN_PUBLIC_URL", c.public, "TOCSIN_CHECK_URL", c.set)
		if err != nil || got.CheckURL != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got.CheckURL, err, c.want)
		}
	}
	for _, wrong := range []string{"http://www.example.com/check", "https://www.example.com/check?x=1", "www.example.com/check", "https://localhost/check", "off"} {
		if _, err := settings("TOCSIN_CHECK_URL", wrong); err == nil || !strings.Contains(err.Error(), "TOCSIN_CHECK_URL") || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s gives %v", wrong, err)
		}
	}
}

func TestOnlyNamedProxiesAreTrusted(t *testing.T) {
	got, err := settings("TOCSIN_TRUSTED_PROXIES", "10.1.2.3/8, 192.0.2.7,2001:db8::/32")
	if err != nil || len(got.TrustedProxies) != 3 {
		t.Fatalf("%v, %v", got.TrustedProxies, err)
	}
	for i, want := range []string{"10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"} {
		if got.TrustedProxies[i].String() != want {
			t.Errorf("network %d is %s, want %s", i, got.TrustedProxies[i], want)
		}
	}
	if got, err := settings(); err != nil || got.TrustedProxies != nil {
		t.Errorf("without the setting %v, %v are trusted", got.TrustedProxies, err)
	}
	for _, wrong := range []string{"0.0.0.0/0", "::/0", "proxy.example.com", "10.0.0.0/40", "*"} {
		if _, err := settings("TOCSIN_TRUSTED_PROXIES", wrong); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s gives %v", wrong, err)
		}
	}
}
