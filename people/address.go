package people

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths in octets from RFC 5321 (2008) section 4.5.3.1, and for the whole
// address from RFC 3696 (2004) erratum 1690.
const (
	maxLocalPart = 64
	maxAddress   = 254
)

// AddressError says why mail must not be sent to an address. It never holds
// the address.
type AddressError struct {
	// Why is the reason in words, for example "its part before the @ is quoted".
	Why string
}

// Error is the reason, in words that follow "address cannot be mailed".
func (e *AddressError) Error() string { return "address cannot be mailed: " + e.Why }

// CheckAddress returns an [*AddressError] unless an address is a bare mailbox
// with an ASCII dot-atom before the @ (RFC 5322 section 3.2.3) and an internet
// domain after it, internationalised ones by IDNA 2008. Refused are quoted
// local parts, comments, display names, lists, IP addresses, single labels,
// spaces and control characters, and the routing characters % and !: all that
// a relay may read in another way than we do, so that a stranger gets what was
// meant for the person. The same rule stands again before sending.
func CheckAddress(address string) error {
	why := addressFault(address)
	if why == "" {
		return nil
	}
	return &AddressError{Why: why}
}

// addressFault is the reason against an address, "" for none.
func addressFault(address string) string {
	if isUsual(address) {
		return partsFault(address)
	}
	switch {
	case address == "":
		return "it is empty"
	case len(address) > 4*maxAddress: // an international domain may shrink in ASCII
		return "it is longer than mail allows"
	case strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || unicode.IsControl(r) || unicode.IsSpace(r) }):
		return "it contains a space, a line break or a control character"
	case strings.ContainsAny(address, "\"\\"):
		return "its part before the @ is quoted"
	case strings.ContainsAny(address, "<>,;:()") && !strings.Contains(address, "@["):
		return "it is not a bare address: name, comment or list"
	}
	return partsFault(address)
}

// isUsual reports whether an address has only characters that nearly all have,
// so that nothing in it can be read in two ways.
func isUsual(address string) bool {
	for i := range len(address) {
		switch c := address[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', 'A' <= c && c <= 'Z', c == '@', c == '.', c == '-', c == '_', c == '+':
		default:
			return false
		}
	}
	return address != "" && len(address) <= maxAddress
}

// partsFault is the reason against the parts around the @.
func partsFault(address string) string {
	local, domain, found := strings.Cut(address, "@")
	switch {
	case !found || local == "" || domain == "":
		return "it needs a name and a domain around one @"
	case strings.IndexByte(domain, '@') >= 0:
		return "it has more than one @"
	}
	if why := localFault(local); why != "" {
		return why
	}
	length, why := domainFault(domain)
	if why == "" && len(local)+1+length > maxAddress {
		why = "it is longer than mail allows"
	}
	return why
}

// localFault is the reason against the part before the @.
func localFault(local string) string {
	if len(local) > maxLocalPart {
		return "it is longer than mail allows"
	}
	if local[0] == '.' || local[len(local)-1] == '.' || strings.Contains(local, "..") {
		return "its part before the @ has a dot too many"
	}
	for i := range len(local) {
		switch c := local[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte(".#$&'*+-/=?^_`{|}~", c) >= 0:
		case c == '%' || c == '!':
			return "its part before the @ asks for routing by % or !"
		default:
			return "its part before the @ is not plain ASCII letters, digits and dots"
		}
	}
	return ""
}

// domainFault is the reason against a domain, and the length of its ASCII form
// when there is none.
func domainFault(domain string) (length int, why string) {
	const notValid = "its domain is not a valid internet domain"
	if domain[0] == '[' {
		return 0, "it names an IP address instead of a domain"
	}
	ascii := domain
	if !isASCII(domain) || strings.Contains(domain, "--") {
		// A broken encoding must not become the domain of the replacement character.
		if !utf8.ValidString(domain) || strings.ContainsRune(domain, utf8.RuneError) {
			return 0, notValid
		}
		var err error
		if ascii, err = domainProfile().ToASCII(domain); err != nil {
			return 0, notValid
		}
	}
	if len(ascii) > 253 {
		return 0, notValid
	}
	labels, last := 0, ""
	for label := range strings.SplitSeq(ascii, ".") {
		if !isHostLabel(label) {
			return 0, notValid
		}
		labels, last = labels+1, label
	}
	if labels < 2 {
		return 0, notValid
	}
	if strings.Trim(last, "0123456789") == "" {
		return 0, "it names an IP address instead of a domain"
	}
	return len(ascii), ""
}

// isHostLabel checks letters, digits and inner hyphens (RFC 1123 section 2.1).
func isHostLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		c := label[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
