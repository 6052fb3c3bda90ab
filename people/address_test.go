package people_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tocsin/people"
	"tocsin/smtp"
)

func TestAnAddressThatSmugglesIsRefused(t *testing.T) {
	for _, address := range []string{
		"", "ana", "@example.com", "ana@", "ana@@example.com", "ana@example.com@example.org",
		`"a@b> NOTIFY=NEVER"@example.com`, `"ana"@example.com`, `ana\@example.com`, "ana@example.com\r\nRCPT TO:<bo@example.com>",
		"ana\x00@example.com", "ana\t@example.com", "an a@example.com", "ana\u00a0b@example.com", "ana@exa\u0085mple.com",
		"Ana <ana@example.com>", "ana(comment)@example.com", "ana@example.com,bo@example.com", "ana@[192.0.2.1]", "ana@192.0.2.1",
		"ana%example.org@example.com", "example.org!ana@example.com", ".ana@example.com", "ana.@example.com", "a..na@example.com",
		"añа@example.com", "ana@localhost", "ana@-example.com", "ana@example-.com", "ana@exa_mple.com", "ana@example..com", "ana@.example.com",
		"ana@xn--a.example.com", "ana@ex\u202eample.com", "ana@\xff.example.com", strings.Repeat("a", 65) + "@example.com", strings.Repeat("a", 288) + "@example.com",
		"ana@" + strings.Repeat("a", 64) + ".example.com", "ana@" + strings.Repeat("a.", 130) + "example.com",
	} {
		err := people.CheckAddress(address)
		var refused *people.AddressError
		if !errors.As(err, &refused) || refused.Why == "" {
			t.Errorf("%q: got %v", address, err)
			continue
		}
		if address != "" && strings.Contains(err.Error(), address) && len(address) > 3 {
			t.Errorf("%q stands in %q", address, err)
		}
	}
	for _, address := range []string{
		"ana@example.com", "Ana.Robles+x@Example.COM", "o'brien#1@mail.example.org", "a@b-c.example.net", "ana@bücher.example.com",
		"ana@xn--bcher-kva.example.com", "ana@straße.example.com", strings.Repeat("a", 64) + "@example.com", "1@1.example.com",
	} {
		if err := people.CheckAddress(address); err != nil {
			t.Errorf("%q: got %v", address, err)
		}
	}
}

// words are pieces of addresses, good and bad.
func words() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"ana", "Ana", "example", "com", "xn--bcher-kva", "bücher", "1", "-", "_", "ab--cd", "ß", "。", "．", "ｅ"}),
		rapid.SampledFrom([]string{".", "@", "..", " ", "\"", "\\", "<", ">", ",", ";", ":", "(", ")", "[", "]", "%", "!", "+", "\r\n", "\x00", "\u200b", "\u0301"}),
		rapid.String(),
	)
	return rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(piece, 0, 9).Draw(t, "pieces"), "") })
}

func TestWhatIsDeliverableHereIsAcceptedAtSending(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { agree(t, words().Draw(t, "address")) })
}

// agree holds that the two rooms judge an address alike.
func agree(t interface{ Errorf(string, ...any) }, address string) {
	_, sending := smtp.ParseAddress(address)
	if here := people.CheckAddress(address); here == nil && sending != nil {
		t.Errorf("%q: deliverable here, at sending %v", address, sending)
	} else if here != nil && sending == nil {
		t.Errorf("%q: accepted at sending, here %v", address, here)
	}
}

func TestNormalisingAnAddressAgainChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		address := words().Draw(t, "address")
		once := people.NormalizeEmail(address)
		if again := people.NormalizeEmail(once); again != once {
			t.Errorf("%q: %q, then %q", address, once, again)
		}
		if people.CheckAddress(address) == nil && people.CheckAddress(once) != nil {
			t.Errorf("%q is an address, %q is none", address, once)
		}
	})
}

func TestOnePersonWritesTheirAddressInManyWays(t *testing.T) {
	for _, same := range [][]string{
		{"ana@bücher.example.com", "ANA@BÜCHER.example.com", "ana@xn--bcher-kva.example.com", "ana@bu\u0308cher.example.com", "ana@bücher。example.com."},
		{"josé@example.com", "JOSÉ@example.com", "jose\u0301@example.com"},
	} {
		for _, address := range same[1:] {
			if people.NormalizeEmail(address) != people.NormalizeEmail(same[0]) {
				t.Errorf("%q and %q differ", same[0], address)
			}
		}
	}
	if people.NormalizeEmail("ana@straße.example.com") == people.NormalizeEmail("ana@strasse.example.com") {
		t.Error("two owners' domains are taken for one")
	}
}

func TestAnAddressInAFileIsNeverRepaired(t *testing.T) {
	file := "name;email\n" +
		"A;\"ana@example.com\r\nRCPT TO:<bo@example.com>\"\n" +
		"B;ana\u200b@example.com\n" +
		"C;\"\"\"a@b> NOTIFY=NEVER\"\"@example.com\"\n" +
		"D;an\x01a@example.com\n" +
		"E;\u200b ana@example.com \n" +
		"F;ana@example.org\x00\n"
	found, summary := read(t, file, people.Options{})
	if summary.Accepted != 1 || summary.Undeliverable != 4 || summary.RejectedRows != 1 {
		t.Errorf("got %s", summary)
	}
	for _, p := range found {
		if (p.Undeliverable == "") != (p.Name == "E") || strings.ContainsAny(p.Email, "\r\n\x00") || strings.Contains(p.Undeliverable, "example") {
			t.Errorf("got %+v", p)
		}
	}
	for reason := range summary.UndeliverableBy {
		if !strings.HasPrefix(reason, "address cannot be mailed: ") {
			t.Errorf("reason %q", reason)
		}
	}
}
