package web

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"tocsin/incident"
)

func TestAttemptsCountAtTheClientAndNotAtItsProxy(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ffff::/48")}
	for name, c := range map[string]struct {
		proxies []netip.Prefix
		peer    string
		headers []string
		want    string
	}{
		"no proxy":                              {proxies, "192.0.2.7:5", nil, "192.0.2.7"},
		"no proxy is named":                     {nil, "10.0.0.1:5", []string{"192.0.2.7"}, "10.0.0.1"},
		"a proxy":                               {proxies, "10.0.0.1:5", []string{"192.0.2.7"}, "192.0.2.7"},
		"a proxy without a header":              {proxies, "10.0.0.1:5", nil, "10.0.0.1"},
		"two proxies":                           {proxies, "10.0.0.1:5", []string{"192.0.2.7, 10.0.0.2"}, "192.0.2.7"},
		"two headers":                           {proxies, "10.0.0.1:5", []string{"192.0.2.7", "10.0.0.2"}, "192.0.2.7"},
		"a client that lies":                    {proxies, "10.0.0.1:5", []string{"198.51.100.1, 192.0.2.7"}, "192.0.2.7"},
		"a client that names a proxy":           {proxies, "10.0.0.1:5", []string{"198.51.100.1, 10.9.9.9, 192.0.2.7"}, "192.0.2.7"},
		"a stranger that claims to be one":      {proxies, "192.0.2.9:5", []string{"192.0.2.7"}, "192.0.2.9"},
		"nonsense":                              {proxies, "10.0.0.1:5", []string{"192.0.2.7, unknown"}, "10.0.0.1"},
		"an empty entry":                        {proxies, "10.0.0.1:5", []string{"192.0.2.7,"}, "10.0.0.1"},
		"a port":                                {proxies, "10.0.0.1:5", []string{"192.0.2.7:4711"}, "192.0.2.7"},
		"IPv6 counts by its network":            {proxies, "[2001:db8:1:2:3:4:5:6]:5", nil, "2001:db8:1:2::/64"},
		"IPv6 behind a proxy":                   {proxies, "[2001:db8:ffff::1]:5", []string{"2001:db8:1:2::9"}, "2001:db8:1:2::/64"},
		"IPv6 with a port":                      {proxies, "10.0.0.1:5", []string{"[2001:db8:1:2::9]:80"}, "2001:db8:1:2::/64"},
		"IPv6 in brackets":                      {proxies, "10.0.0.1:5", []string{"[2001:db8:1:2::9]"}, "2001:db8:1:2::/64"},
		"IPv4 in the form of IPv6":              {proxies, "[::ffff:10.0.0.1]:5", []string{"::ffff:192.0.2.7"}, "192.0.2.7"},
		"a zone does not make another network":  {proxies, "10.0.0.1:5", []string{"fe80::1%eth7"}, "fe80::/64"},
		"everybody on the way is named a proxy": {proxies, "10.0.0.1:5", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
	} {
		s := &server{Config: Config{TrustedProxies: c.proxies, Logger: slog.New(slog.DiscardHandler)}}
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		for _, h := range c.headers {
			r.Header.Add(forwardedFor, h)
		}
		if got := s.originOf(r); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestAnUnnamedProxyIsSaidOnceAndWithoutAddresses(t *testing.T) {
	var log bytes.Buffer
	s := &server{Config: Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}}
	for range 3 {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "10.0.0.1:5"
		r.Header.Set(forwardedFor, "192.0.2.7")
		s.originOf(r)
	}
	if strings.Count(log.String(), "TOCSIN_TRUSTED_PROXIES") != 1 || strings.Contains(log.String(), "192.0.2.7") {
		t.Errorf("the log says %s", log.String())
	}
}

func TestOneGuesserBehindAProxyLocksNobodyElseOut(t *testing.T) {
	h := newHouseWith(t, func(c *Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	h.account(incident.RoleDPO)
	v := h.visitor()
	try := func(from, password string) int {
		return v.do("POST", "/sign-in", url.Values{"email": {visitorEmail}, "password": {password}}, forwardedFor, from).status
	}
	for range passwordsPerPair {
		if got := try("198.51.100.1", "wrong"); got != 401 {
			t.Fatalf("a wrong password gave %d", got)
		}
	}
	if got := try("198.51.100.1", visitorPassword); got != 429 {
		t.Errorf("the guesser's next attempt gave %d", got)
	}
	if got := try("192.0.2.7", visitorPassword); got != 303 {
		t.Errorf("the officer's sign-in from elsewhere gave %d", got)
	}
}
