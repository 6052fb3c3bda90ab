package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// forwardedFor is the header in which proxies name who asked them.
const forwardedFor = "X-Forwarded-For"

// originOf is the network address that a request came from, by which attempts
// are counted: an IPv4 address, or the /64 of an IPv6 address, since whoever
// has one such address has all of them.
//
// What a request says of itself is believed only as far as it was added by
// proxies that the configuration names: the header is read from its end, and
// the first address that is no such proxy is the client. Without a named proxy
// it is the peer of the connection.
func (s *server) originOf(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr // not from a network
	}
	client := peer.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values(forwardedFor), ","), ",")
	if !s.trusted(client) && r.Header.Get(forwardedFor) != "" {
		s.proxied.Do(func() {
			s.Logger.WarnContext(r.Context(), "requests come through a proxy that TOCSIN_TRUSTED_PROXIES does not name: "+
				"all its clients count as one when wrong passwords and codes are counted")
		})
	}
	for s.trusted(client) && len(hops) > 0 {
		next, ok := hopAddress(hops[len(hops)-1])
		if !ok {
			break // the proxy that wrote nonsense answers for it
		}
		client, hops = next, hops[:len(hops)-1]
	}
	if client.Is6() {
		if network, err := client.Prefix(64); err == nil {
			return network.String()
		}
	}
	return client.String()
}

// trusted says whether an address is one of the configured proxies.
func (s *server) trusted(client netip.Addr) bool {
	return slices.ContainsFunc(s.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(client) })
}

// hopAddress reads one address of the header; some proxies add a port.
func hopAddress(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if address, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return address.Unmap().WithZone(""), true
	}
	with, err := netip.ParseAddrPort(text)
	return with.Addr().Unmap().WithZone(""), err == nil
}
