package webhook

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// longestAddress bounds an address in bytes.
const longestAddress = 2048

// CheckAddress says what is wrong with the address of a receiver, as a sentence's
// end for a person, and what is expected; both empty when nothing is. It looks
// no name up: where a name leads is checked whenever a connection is made. What it
// says never repeats the address.
func (p Policy) CheckAddress(text string) (wrong, expected string) {
	const example = "an https address such as https://hooks.example.com/services/…"
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > longestAddress || strings.ContainsFunc(text, odd) || u.Opaque != "" || u.Hostname() == "":
		return "is not an address on the web", example
	case u.User != nil:
		return "holds a name or a password before the host", example + ", without them"
	case u.Fragment != "":
		return "holds a part after #", example + ", without it"
	}
	port := uint16(443)
	if text := u.Port(); text != "" {
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil || n == 0 {
			return "has a port that is none", example
		}
		port = uint16(n)
	}
	ip, notIP := netip.ParseAddr(u.Hostname())
	switch {
	case u.Scheme == "http" && p.Loopback && notIP == nil && ip.Unmap().IsLoopback():
		return "", ""
	case u.Scheme != "https":
		return "is not encrypted", example
	case notIP == nil && !p.Admits(netip.AddrPortFrom(ip, port)):
		return "leads to a network or a port that signals must not go to",
			"a public address on port 443, or one that TOCSIN_WEBHOOK_ALLOW names"
	case notIP != nil && port != 443 && !p.mayUse(port):
		return "has a port that signals must not go to", "port 443, or one that TOCSIN_WEBHOOK_PORTS names"
	}
	return "", ""
}

// mayUse says whether a name may be used with a port; where it leads is checked
// when a connection is made.
func (p Policy) mayUse(port uint16) bool {
	for _, known := range p.Ports {
		if known == port {
			return true
		}
	}
	return len(p.Networks) > 0 || p.Loopback
}

// odd says whether a character does not belong into an address.
func odd(c rune) bool {
	return unicode.IsControl(c) || unicode.IsSpace(c) || c == '\\' || c == unicode.ReplacementChar
}

// Host gives the host of an address that [Policy.CheckAddress] took, with its port
// when that is not 443: all of it that may be shown.
func Host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if u.Port() == "443" {
		return strings.ToLower(u.Hostname())
	}
	return strings.ToLower(u.Host)
}
