package smtp

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Lengths in octets from RFC 5321 (2008) section 4.5.3.1, and for the whole
// address from RFC 3696 (2004) erratum 1690.
const (
	maxLocalPart = 64
	maxAddress   = 254
	maxDomain    = 253 // the form of RFC 1035 (1987) section 2.3.4, without the length octets
)

// Address is a mailbox that may be written into an SMTP command as it stands.
// Only ParseAddress makes one; the zero value is no address.
type Address struct {
	local  string
	domain string
}

// Local is the part before the at sign, as given: its case is the receiving
// system's to judge (RFC 5321 section 2.4).
func (a Address) Local() string { return a.local }

// Domain is the part after the at sign: lower case, ASCII, internationalised
// labels in their xn-- form.
func (a Address) Domain() string { return a.domain }

// IsZero reports whether a is the zero value, which names no mailbox.
func (a Address) IsZero() bool { return a.local == "" }

// String is the address as it goes on the wire, empty for the zero value. It
// is personal data: keep it out of logs and errors.
func (a Address) String() string {
	if a.IsZero() {
		return ""
	}
	return a.local + "@" + a.domain
}

// AddressReason says why an address cannot be mailed. It is stored with the
// delivery state undeliverable, so that a person can choose another channel.
type AddressReason string

// The reasons for which ParseAddress refuses.
const (
	// ReasonEmpty: there is no address at all.
	ReasonEmpty AddressReason = "empty"
	// ReasonTooLong: over 254 octets, or a local part over 64.
	ReasonTooLong AddressReason = "too_long"
	// ReasonControl: a control character, a line break or a space.
	ReasonControl AddressReason = "control_character"
	// ReasonNoAt: no at sign, or nothing on one side of it.
	ReasonNoAt AddressReason = "no_at_sign"
	// ReasonManyAts: more than one at sign.
	ReasonManyAts AddressReason = "several_at_signs"
	// ReasonQuoted: a quoted local part. Relays and libraries disagree on
	// where it ends, which has sent messages to strangers.
	ReasonQuoted AddressReason = "quoted_local_part"
	// ReasonDisplayName: angle brackets, a comment, or a list of addresses.
	ReasonDisplayName AddressReason = "display_name_or_list"
	// ReasonRouted: a percent sign or exclamation mark, which many relays
	// still read as "send this on to somebody else".
	ReasonRouted AddressReason = "routed_local_part"
	// ReasonLocalPart: a local part that is not an ASCII dot-atom.
	ReasonLocalPart AddressReason = "local_part"
	// ReasonIPLiteral: an IP address in place of a domain.
	ReasonIPLiteral AddressReason = "ip_address"
	// ReasonDomain: a domain that IDNA refuses, or without a dot.
	ReasonDomain AddressReason = "domain"
)

func (r AddressReason) explain() string {
	switch r {
	case ReasonEmpty:
		return "it is empty"
	case ReasonTooLong:
		return "it is longer than mail allows"
	case ReasonControl:
		return "it contains a space, a line break or a control character"
	case ReasonNoAt:
		return "it needs a name and a domain around one @"
	case ReasonManyAts:
		return "it has more than one @"
	case ReasonQuoted:
		return "its part before the @ is quoted"
	case ReasonDisplayName:
		return "it is not a bare address: name, comment or list"
	case ReasonRouted:
		return "its part before the @ asks for routing by % or !"
	case ReasonLocalPart:
		return "its part before the @ is not plain ASCII letters, digits and dots"
	case ReasonIPLiteral:
		return "it names an IP address instead of a domain"
	default:
		return "its domain is not a valid internet domain"
	}
}

// AddressError is the refusal of an address. It never contains the address.
type AddressError struct {
	// Reason is the rule that was broken.
	Reason AddressReason
}

// Error says what is wrong with the address without repeating it.
func (e *AddressError) Error() string {
	return "address cannot be mailed: " + e.Reason.explain()
}

// ParseAddress accepts a bare mailbox with an ASCII dot-atom local part and an
// internationalised or ASCII domain, and returns it with the domain in ASCII.
// Everything else that RFC 5322 would allow is refused with an *AddressError:
// quoted local parts, comments, display names, lists, IP literals, control
// characters, single-label domains, and the routing characters % and !.
//
// The rule is narrower than the standard on purpose. An address it refuses
// costs a letter by post; an address that a relay reads differently than we do
// costs a second breach.
func ParseAddress(text string) (Address, error) {
	local, domain, reason := splitAddress(text)
	if reason == "" {
		reason = checkLocalPart(local)
	}
	if reason != "" {
		return Address{}, &AddressError{Reason: reason}
	}
	ascii, reason := asciiDomain(domain)
	if reason != "" {
		return Address{}, &AddressError{Reason: reason}
	}
	address := Address{local: local, domain: ascii}
	if len(local)+1+len(ascii) > maxAddress {
		return Address{}, &AddressError{Reason: ReasonTooLong}
	}
	return address, nil
}

func splitAddress(text string) (local, domain string, reason AddressReason) {
	switch {
	case text == "":
		return "", "", ReasonEmpty
	case len(text) > 4*maxAddress:
		// An internationalised domain may shrink in its ASCII form; this is
		// only a bound on the work.
		return "", "", ReasonTooLong
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		// Before anything else: this is what breaks out of a command.
		if strings.ContainsAny(text, "<>,;()") && !strings.ContainsFunc(text, isControl) {
			return "", "", ReasonDisplayName
		}
		return "", "", ReasonControl
	case strings.ContainsAny(text, "\"\\"):
		return "", "", ReasonQuoted
	case strings.ContainsAny(text, "<>,;:()") && !strings.Contains(text, "@["):
		return "", "", ReasonDisplayName
	}
	local, domain, found := strings.Cut(text, "@")
	switch {
	case !found || local == "" || domain == "":
		return "", "", ReasonNoAt
	case strings.Contains(domain, "@"):
		return "", "", ReasonManyAts
	}
	return local, domain, ""
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func checkLocalPart(local string) AddressReason {
	if len(local) > maxLocalPart {
		return ReasonTooLong
	}
	if local[0] == '.' || local[len(local)-1] == '.' || strings.Contains(local, "..") {
		return ReasonLocalPart
	}
	for i := range len(local) {
		switch c := local[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte(".#$&'*+-/=?^_`{|}~", c) >= 0:
			// The rest of atext, RFC 5322 (2008) section 3.2.3.
		case c == '%' || c == '!':
			return ReasonRouted
		default:
			return ReasonLocalPart
		}
	}
	return ""
}

// asciiDomain converts by UTS 46 without the transitional mapping, which would
// send a message for straße.example to strasse.example, another owner.
func asciiDomain(domain string) (string, AddressReason) {
	if strings.HasPrefix(domain, "[") {
		return "", ReasonIPLiteral
	}
	ascii := domain
	switch {
	case !isPlain(domain):
		// A broken encoding must not become the domain of the replacement character.
		if !utf8.ValidString(domain) || strings.ContainsRune(domain, utf8.RuneError) {
			return "", ReasonDomain
		}
		profile := idna.New(
			idna.MapForLookup(),
			idna.BidiRule(),
			idna.Transitional(false),
			idna.StrictDomainName(true),
			idna.VerifyDNSLength(true),
		)
		var err error
		if ascii, err = profile.ToASCII(domain); err != nil {
			return "", ReasonDomain
		}
	case len(domain) > maxDomain:
		return "", ReasonDomain
	}
	ascii = strings.ToLower(ascii)
	labels, last := 0, ""
	for label := range strings.SplitSeq(ascii, ".") {
		if !isHostLabel(label) {
			return "", ReasonDomain
		}
		labels, last = labels+1, label
	}
	if labels < 2 {
		return "", ReasonDomain
	}
	if strings.Trim(last, "0123456789") == "" {
		return "", ReasonIPLiteral
	}
	return ascii, ""
}

// isPlain reports whether a domain is one of those that nearly all addresses
// have, which the conversion leaves as they are but for capitals: ASCII letters,
// digits, dots and single hyphens. Two hyphens begin an encoded label.
func isPlain(domain string) bool {
	for i := range len(domain) {
		switch c := domain[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.':
		case c == '-' && (i == 0 || domain[i-1] != '-'):
		default:
			return false
		}
	}
	return true
}

// isHostLabel checks letters, digits and inner hyphens (RFC 1123 section 2.1)
// once more after the conversion, so that safety on the wire does not rest on
// the tables of another package.
func isHostLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		c := label[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
