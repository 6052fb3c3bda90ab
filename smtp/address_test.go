package smtp

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/idna"
	"pgregory.net/rapid"
)

func TestParseAddressAccepts(t *testing.T) {
	for name, test := range map[string]struct{ in, want string }{
		"a plain address":                        {"ana@example.com", "ana@example.com"},
		"dots, plus and dash in the local part":  {"ana.lopez+x-y@example.org", "ana.lopez+x-y@example.org"},
		"an apostrophe, as in real names":        {"o'brien@example.net", "o'brien@example.net"},
		"the case of the local part stays":       {"Ana.Lopez@EXAMPLE.com", "Ana.Lopez@example.com"},
		"an internationalised domain":            {"ana@bücher.example", "ana@xn--bcher-kva.example"},
		"sharp s is not turned into ss":          {"ana@straße.example", "ana@xn--strae-oqa.example"},
		"a domain already in its ASCII form":     {"ana@xn--bcher-kva.example", "ana@xn--bcher-kva.example"},
		"a domain with an ideographic full stop": {"ana@example。com", "ana@example.com"},
		"64 octets before the at sign":           {strings.Repeat("a", 64) + "@example.com", strings.Repeat("a", 64) + "@example.com"},
		"a numeric label that is not the last":   {"ana@163.example", "ana@163.example"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseAddress(test.in)
			if err != nil {
				t.Fatalf("refused: %v", err)
			}
			if got.String() != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got.Local()+"@"+got.Domain() != test.want {
				t.Errorf("parts %q and %q do not make %q", got.Local(), got.Domain(), test.want)
			}
		})
	}
}

func TestParseAddressRefuses(t *testing.T) {
	long := strings.Repeat("a", 60)
	for name, test := range map[string]struct {
		in   string
		want AddressReason
	}{
		"nothing":                              {"", ReasonEmpty},
		"no at sign":                           {"ana.example.com", ReasonNoAt},
		"nothing before the at sign":           {"@example.com", ReasonNoAt},
		"nothing after the at sign":            {"ana@", ReasonNoAt},
		"two at signs":                         {"ana@example.org@example.com", ReasonManyAts},
		"a quoted local part":                  {`"ana"@example.com`, ReasonQuoted},
		"a quoted local part that reroutes":    {`"a@example.org>,<b"@example.com`, ReasonQuoted},
		"a backslash":                          {`ana\@example.com`, ReasonQuoted},
		"a display name":                       {"Ana <ana@example.com>", ReasonDisplayName},
		"angle brackets":                       {"<ana@example.com>", ReasonDisplayName},
		"a comment":                            {"ana(work)@example.com", ReasonDisplayName},
		"a list":                               {"ana@example.com,eva@example.com", ReasonDisplayName},
		"a source route":                       {"@a.example,@b.example:ana@example.com", ReasonDisplayName},
		"the percent hack":                     {"ana%example.org@example.com", ReasonRouted},
		"a bang path":                          {"example.org!ana@example.com", ReasonRouted},
		"a line break with a second command":   {"ana@example.com>\r\nRCPT TO:<eva@example.com", ReasonControl},
		"a bare line feed":                     {"ana\n@example.com", ReasonControl},
		"a NUL":                                {"ana\x00@example.com", ReasonControl},
		"a space inside":                       {"ana lopez@example.com", ReasonControl},
		"a space around":                       {" ana@example.com", ReasonControl},
		"a local part outside ASCII":           {"añA@example.com", ReasonLocalPart},
		"a leading dot":                        {".ana@example.com", ReasonLocalPart},
		"a trailing dot":                       {"ana.@example.com", ReasonLocalPart},
		"two dots in a row":                    {"ana..lopez@example.com", ReasonLocalPart},
		"65 octets before the at sign":         {strings.Repeat("a", 65) + "@example.com", ReasonTooLong},
		"255 octets in all":                    {"ana@" + long + "." + long + "." + long + "." + long + ".example", ReasonTooLong},
		"a megabyte":                           {strings.Repeat("a", 1<<20) + "@example.com", ReasonTooLong},
		"an IPv4 literal":                      {"ana@[192.0.2.1]", ReasonIPLiteral},
		"an IPv6 literal":                      {"ana@[IPv6:2001:db8::1]", ReasonIPLiteral},
		"a bare IPv4 address":                  {"ana@192.0.2.1", ReasonIPLiteral},
		"a domain without a dot":               {"ana@localhost", ReasonDomain},
		"a domain with a trailing dot":         {"ana@example.com.", ReasonDomain},
		"an empty label":                       {"ana@example..com", ReasonDomain},
		"a label that begins with a hyphen":    {"ana@-example.com", ReasonDomain},
		"an underscore in the domain":          {"ana@ex_ample.com", ReasonDomain},
		"a label of 64 octets":                 {"ana@" + strings.Repeat("a", 64) + ".com", ReasonDomain},
		"broken punycode":                      {"ana@xn--\u00fc.example", ReasonDomain},
		"a domain that is not UTF-8":           {"ana@\xff\xfe.example", ReasonDomain},
		"a character that IDNA maps to a dash": {"ana@exa\u2100mple.com", ReasonDomain},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseAddress(test.in)
			var refusal *AddressError
			if !errors.As(err, &refusal) {
				t.Fatalf("got %q and error %v, want a refusal", got, err)
			}
			if refusal.Reason != test.want {
				t.Errorf("reason %q, want %q", refusal.Reason, test.want)
			}
			if !got.IsZero() || got.String() != "" {
				t.Errorf("a refused address came back as %q", got)
			}
			if strings.Contains(err.Error(), "ana") || strings.Contains(err.Error(), "example") {
				t.Errorf("the error repeats the address: %v", err)
			}
		})
	}
}

// safeOnTheWire is the property that the package exists for.
func safeOnTheWire(t interface{ Fatalf(string, ...any) }, address Address) {
	text := address.String()
	if len(text) > maxAddress || len(address.Local()) > maxLocalPart {
		t.Fatalf("too long: %d octets", len(text))
	}
	if strings.Count(text, "@") != 1 {
		t.Fatalf("not exactly one at sign in %q", text)
	}
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("<>()[]\\,;:\"%!", c) >= 0 {
			t.Fatalf("octet %#x could break a command", c)
		}
	}
	again, err := ParseAddress(text)
	if err != nil || again != address {
		t.Fatalf("not stable: parsed again as %q, %v", again, err)
	}
}

func TestAcceptedAddressesCannotBreakACommand(t *testing.T) {
	alphabet := []rune("abzAZ019.-+_'@<>\"\\ \r\n\x00,;:()[]%!üß。ñ日\u202exn--")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(
			rapid.StringOf(rapid.RuneFrom(alphabet)),
			rapid.String(),
			rapid.Custom(func(t *rapid.T) string {
				return rapid.StringMatching(`[a-z.+'-]{1,12}`).Draw(t, "local") + "@" +
					rapid.StringOfN(rapid.RuneFrom(alphabet), 1, 8, -1).Draw(t, "label") + ".example"
			}),
		).Draw(t, "text")
		if address, err := ParseAddress(text); err == nil {
			safeOnTheWire(t, address)
		}
	})
}

// What goes past the conversion must come out as the conversion would make it.
func TestAPlainDomainIsTakenAsTheConversionWouldTakeIt(t *testing.T) {
	t.Parallel()
	profile := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(true), idna.VerifyDNSLength(true))
	rapid.Check(t, func(t *rapid.T) {
		domain := rapid.StringOfN(rapid.SampledFrom([]rune("abXn0..-")), 1, 300, -1).Draw(t, "domain")
		if !isPlain(domain) {
			return
		}
		got, reason := asciiDomain(domain)
		want, err := profile.ToASCII(domain)
		labels := strings.Split(want, ".")
		taken := err == nil && len(labels) > 1 && !slices.ContainsFunc(labels, func(l string) bool { return !isHostLabel(l) }) &&
			strings.Trim(labels[len(labels)-1], "0123456789") != ""
		if (reason == "") != taken || taken && got != want {
			t.Fatalf("%q gives %q, %q; the conversion %q, %v", domain, got, reason, want, err)
		}
	})
}

func FuzzParseAddress(f *testing.F) {
	for _, seed := range []string{
		"ana@example.com", `"ana"@example.com`, "ana@bücher.example", "ana@example.com>\r\nDATA",
		"ana@[192.0.2.1]", "a%b@example.com", "ana@xn--bcher-kva.example", "ana@example。com", "@", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		address, err := ParseAddress(text)
		if err == nil {
			safeOnTheWire(t, address)
			return
		}
		if !address.IsZero() {
			t.Fatal("an error came with an address")
		}
	})
}
