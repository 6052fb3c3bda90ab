package webhook

import (
	"net/netip"
	"slices"
)

// Policy says where signals may go beside public addresses on port 443.
type Policy struct {
	// Networks are inner networks that signals may go to, on any port.
	Networks []netip.Prefix
	// Ports are further ports of public addresses.
	Ports []uint16
	// Loopback lets signals go to this machine, by http too. For one machine's
	// trials alone.
	Loopback bool
}

// inside are the IPv4 networks that are not the public internet (IANA's registry
// of special-purpose addresses), and one public address that is a cloud's own.
var inside = prefixes(
	"0.0.0.0/8",        // this network
	"10.0.0.0/8",       // private
	"100.64.0.0/10",    // carriers' NAT; a cloud's metadata at 100.100.100.200
	"127.0.0.0/8",      // loopback
	"168.63.129.16/32", // Azure's own services
	"169.254.0.0/16",   // link-local; clouds' metadata at 169.254.169.254
	"172.16.0.0/12",    // private
	"192.0.0.0/24",     // protocols; a cloud's metadata at 192.0.0.192
	"192.0.2.0/24",     // documentation
	"192.88.99.0/24",   // 6to4 relays
	"192.168.0.0/16",   // private
	"198.18.0.0/15",    // benchmarks
	"198.51.100.0/24",  // documentation
	"203.0.113.0/24",   // documentation
	"224.0.0.0/4",      // multicast
	"240.0.0.0/4",      // reserved, and broadcast
)

// public6 is what of IPv6 is the public internet, except for inside6: private,
// link-local, multicast, mapped and translated (NAT64) addresses lie outside of it.
var (
	public6 = netip.MustParsePrefix("2000::/3")
	inside6 = prefixes(
		"2001::/23",     // protocols: Teredo, ORCHID, benchmarks
		"2001:db8::/32", // documentation
		"2002::/16",     // 6to4: it holds an IPv4 address
		"3fff::/20",     // documentation
	)
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// Admits says whether a signal may go to an address and port. An IPv4 address
// that is written as an IPv6 one counts as what it is.
func (p Policy) Admits(to netip.AddrPort) bool {
	address := to.Addr().WithZone("").Unmap()
	if contains(p.Networks, address) || p.Loopback && address.IsLoopback() {
		return true
	}
	if to.Port() != 443 && !slices.Contains(p.Ports, to.Port()) {
		return false
	}
	if address.Is4() {
		return !contains(inside, address)
	}
	return address.Is6() && public6.Contains(address) && !contains(inside6, address)
}

func contains(list []netip.Prefix, address netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(address) })
}
