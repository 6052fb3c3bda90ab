package people

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// NormalizeEmail returns the form by which two addresses are the same person's:
// without spaces and invisible characters around it, in lower case, in Unicode
// NFC, the domain in ASCII (IDNA 2008) and without a dot at its end. It does
// not judge whether the address is one; [CheckAddress] does.
// Strictly, the local part may be case-sensitive; no provider in use treats it
// so, and telling the same person twice is the greater harm.
func NormalizeEmail(address string) string {
	address = tidyEmail(address)
	if isASCII(address) {
		return strings.ToLower(address)
	}
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return norm.NFC.String(strings.ToLower(norm.NFC.String(address)))
	}
	domain, err := domainProfile().ToASCII(address[at+1:])
	if err != nil {
		domain = norm.NFC.String(strings.ToLower(norm.NFC.String(address[at+1:])))
	}
	return norm.NFC.String(strings.ToLower(norm.NFC.String(address[:at]))) + "@" + strings.TrimRightFunc(domain, isAfterDomain)
}

// tidyEmail removes what a file adds around an address and leaves the local
// part as it is, since it belongs to the receiving server.
func tidyEmail(address string) string {
	if address != "" && (isAroundByte(address[0]) || isAroundByte(address[len(address)-1])) {
		address = strings.TrimFunc(address, isAround)
	}
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	given := address[at+1:]
	domain := strings.TrimRightFunc(strings.ToLower(given), isAfterDomain)
	if domain == given {
		return address
	}
	return address[:at+1] + domain
}

// isAround says which characters around an address do not belong to it.
func isAround(r rune) bool {
	if r < unicode.MaxASCII {
		return r <= ' '
	}
	return r == unicode.MaxASCII || unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc)
}

// isAroundByte says which first or last bytes may belong to such a character.
func isAroundByte(c byte) bool { return c <= ' ' || c >= unicode.MaxASCII }

// isAfterDomain says which characters after a domain do not belong to it.
func isAfterDomain(r rune) bool { return r == '.' || isAround(r) }

// domainProfile converts by UTS 46 without the transitional mapping, which
// would take the German straße for strasse, another owner's domain.
func domainProfile() *idna.Profile {
	return idna.New(
		idna.MapForLookup(),
		idna.BidiRule(),
		idna.Transitional(false),
		idna.StrictDomainName(true),
		idna.VerifyDNSLength(true),
	)
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] > unicode.MaxASCII {
			return false
		}
	}
	return true
}
