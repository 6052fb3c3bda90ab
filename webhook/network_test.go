package webhook_test

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tocsin/webhook"
)

// A proxy of the machine's environment would connect in our place, unchecked, and a
// redirect leads where nobody agreed to.
func TestTheClientOfAPolicyUsesNoProxyAndFollowsNoRedirect(t *testing.T) {
	client := webhook.Policy{}.Client(time.Second)
	transport, is := client.Transport.(*http.Transport)
	if !is || transport.Proxy != nil {
		t.Errorf("it goes through %T, which may use a proxy", client.Transport)
	}
	if client.CheckRedirect == nil || !errors.Is(client.CheckRedirect(nil, nil), http.ErrUseLastResponse) {
		t.Error("it follows redirects")
	}
}

func TestSignalsGoToPublicAddressesOnly(t *testing.T) {
	for _, c := range []struct {
		to   string
		want bool
	}{
		{"93.184.216.34:443", true},
		{"93.184.216.34:80", false},
		{"93.184.216.34:8443", false},
		{"[2606:2800:220:1::1]:443", true},
		{"[::ffff:93.184.216.34]:443", true},
		{"127.0.0.1:443", false},
		{"127.8.8.8:443", false},
		{"[::1]:443", false},
		{"[::]:443", false},
		{"0.0.0.0:443", false},
		{"0.1.2.3:443", false},
		{"10.0.0.1:443", false},
		{"172.16.0.1:443", false},
		{"172.31.255.255:443", false},
		{"172.32.0.1:443", true},
		{"192.168.1.1:443", false},
		{"169.254.169.254:443", false}, // metadata of most clouds
		{"[fd00:ec2::254]:443", false}, // and of one in IPv6
		{"100.100.100.200:443", false},
		{"192.0.0.192:443", false},
		{"168.63.129.16:443", false},
		{"100.64.0.1:443", false},
		{"100.127.255.255:443", false},
		{"100.128.0.1:443", true},
		{"198.18.0.1:443", false},
		{"192.0.2.1:443", false},
		{"224.0.0.1:443", false},
		{"255.255.255.255:443", false},
		{"[::ffff:127.0.0.1]:443", false},
		{"[::ffff:10.0.0.1]:443", false},
		{"[::127.0.0.1]:443", false},        // the old form of mapped addresses
		{"[64:ff9b::7f00:1]:443", false},    // NAT64
		{"[64:ff9b::5db8:d822]:443", false}, // NAT64 of a public one
		{"[64:ff9b:1::a00:1]:443", false},   // NAT64 of one's own network
		{"[2002:7f00:1::]:443", false},      // 6to4
		{"[2001:0:7f00:1::]:443", false},    // Teredo
		{"[2001:db8::1]:443", false},        // documentation
		{"[fe80::1]:443", false},            // link-local
		{"[fe80::1%lo]:443", false},         // with a zone
		{"[fc00::1]:443", false},            // private
		{"[ff02::1]:443", false},            // multicast
		{"[fec0::1]:443", false},            // the old private
		{"[100::1]:443", false},             // discarded
		{"[2a00:1450:4003:80f::200e]:443", true},
	} {
		if got := (webhook.Policy{}).Admits(netip.MustParseAddrPort(c.to)); got != c.want {
			t.Errorf("%s: %t", c.to, got)
		}
	}
	own := webhook.Policy{Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}, Ports: []uint16{8443}}
	for to, want := range map[string]bool{
		"10.1.2.3:8080": true, "[::ffff:10.1.2.3]:8080": true, "10.2.0.1:443": false, "93.184.216.34:8443": true, "93.184.216.34:80": false, "127.0.0.1:443": false,
	} {
		if got := own.Admits(netip.MustParseAddrPort(to)); got != want {
			t.Errorf("with a network of one's own, %s: %t", to, got)
		}
	}
	if trial := (webhook.Policy{Loopback: true}); !trial.Admits(netip.MustParseAddrPort("127.0.0.1:9000")) || trial.Admits(netip.MustParseAddrPort("10.0.0.1:443")) {
		t.Error("a trial's policy does not admit loopback alone")
	}
}

func TestAnAddressIsCheckedWhenItIsEntered(t *testing.T) {
	loopback := webhook.Policy{Loopback: true}
	for _, c := range []struct {
		name, address string
		policy        webhook.Policy
		wrong         string // a part of what is said; empty when it is taken
	}{
		{"https", "https://hooks.example.com/services/T0/B0/secret?x=1", webhook.Policy{}, ""},
		{"http", "http://hooks.example.com/", webhook.Policy{}, "not encrypted"},
		{"http on loopback on a server", "http://127.0.0.1:9000/", webhook.Policy{}, "not encrypted"},
		{"http on loopback in a trial", "http://127.0.0.1:9000/", loopback, ""},
		{"http elsewhere in a trial", "http://hooks.example.com/", loopback, "not encrypted"},
		{"http by a name in a trial", "http://localhost:9000/", loopback, "not encrypted"},
		{"another scheme", "file:///etc/passwd", webhook.Policy{}, "not an address"},
		{"gopher", "gopher://hooks.example.com/", webhook.Policy{}, "not encrypted"},
		{"no scheme", "hooks.example.com/x", webhook.Policy{}, "not an address"},
		{"nothing", "", webhook.Policy{}, "not an address"},
		{"credentials", "https://user:word@hooks.example.com/", webhook.Policy{}, "a name or a password"},
		{"a fragment", "https://hooks.example.com/#x", webhook.Policy{}, "after #"},
		{"a line end", "https://hooks.example.com/\r\nHost: x", webhook.Policy{}, "not an address"},
		{"a backslash", `https://hooks.example.com\@evil.example.org/`, webhook.Policy{}, "not an address"},
		{"too long", "https://hooks.example.com/" + strings.Repeat("x", 2048), webhook.Policy{}, "not an address"},
		{"another port", "https://hooks.example.com:8443/", webhook.Policy{}, "has a port"},
		{"another port that is allowed", "https://hooks.example.com:8443/", webhook.Policy{Ports: []uint16{8443}}, ""},
		{"port 0", "https://hooks.example.com:0/", webhook.Policy{}, "port"},
		{"an inner address", "https://10.0.0.1/", webhook.Policy{}, "must not go to"},
		{"an inner address in IPv6", "https://[::ffff:10.0.0.1]/", webhook.Policy{}, "must not go to"},
		{"metadata", "https://169.254.169.254/latest/meta-data/", webhook.Policy{}, "must not go to"},
	} {
		wrong, expected := c.policy.CheckAddress(c.address)
		if (wrong == "") != (c.wrong == "") || !strings.Contains(wrong, c.wrong) || (wrong != "" && expected == "") {
			t.Errorf("%s: %q, expected %q", c.name, wrong, expected)
		}
		if strings.Contains(wrong+expected, "secret") || strings.Contains(wrong+expected, "word@") {
			t.Errorf("%s: what is said repeats the address: %q, %q", c.name, wrong, expected)
		}
	}
	for address, want := range map[string]string{
		"https://Hooks.example.com/services/secret": "hooks.example.com", "https://hooks.example.com:443/x": "hooks.example.com",
		"https://hooks.example.com:8443/x": "hooks.example.com:8443",
	} {
		if got := webhook.Host(address); got != want {
			t.Errorf("the host of %s is %q", address, got)
		}
	}
}
