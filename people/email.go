package people

import (
	"strings"
	"unicode"
)

// NormalizeEmail returns the form by which two addresses are the same person's:
// without spaces and invisible characters around it, in lower case, without a
// dot at the end of the domain. It does not judge whether the address is one.
// Strictly, the local part may be case-sensitive; no provider in use treats it
// so, and telling the same person twice is the greater harm.
func NormalizeEmail(address string) string {
	return strings.ToLower(tidyEmail(address))
}

// tidyEmail removes what a file adds around an address and leaves the local
// part as it is, since it belongs to the receiving server.
func tidyEmail(address string) string {
	address = strings.TrimFunc(address, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc)
	})
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	return address[:at+1] + strings.TrimSuffix(strings.ToLower(address[at+1:]), ".")
}
