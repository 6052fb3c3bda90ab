package smtp

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var (
	oneKey     = bytes.Repeat([]byte{1}, 32)
	anotherKey = bytes.Repeat([]byte{2}, 32)
)

func verp(t *testing.T, key []byte, older ...[]byte) *VERP {
	t.Helper()
	v, err := NewVERP("Bounces.example.com", key, older...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestABounceAddressComesBackAsItsDelivery(t *testing.T) {
	v := verp(t, oneKey)
	for _, id := range []int64{1, 2, 1 << 40, math.MaxInt64} {
		address := v.Encode(id)
		if len(address.Local()) != 46 || address.Domain() != "bounces.example.com" || address != v.Encode(id) {
			t.Errorf("address %s", address)
		}
		if parsed, err := ParseAddress(address.String()); err != nil || parsed != address {
			t.Errorf("not an address that may be mailed: %v", err)
		}
		for _, spelling := range []string{address.String(), strings.ToUpper(address.String())} {
			if got, err := v.Decode(spelling); err != nil || got != id {
				t.Errorf("%s: %d, %v", spelling, got, err)
			}
		}
	}
	// Fixed for ever: bounces of a letter sent by an older version still count.
	if got := v.Encode(42).String(); got != verpOf42 {
		t.Errorf("the address of 42 changed to %s", got)
	}
}

const verpOf42 = "bounce+s2esobrlinon5lj2nrqgin6isv9m40otda09m88@bounces.example.com"

func TestANewKeyStillReadsTheOldOnes(t *testing.T) {
	old := verp(t, oneKey).Encode(7).String()
	if got, err := verp(t, anotherKey, oneKey).Decode(old); err != nil || got != 7 {
		t.Errorf("%d, %v", got, err)
	}
	if _, err := verp(t, anotherKey).Decode(old); !errors.Is(err, ErrToken) {
		t.Errorf("another key read it: %v", err)
	}
}

func TestAddressesThatAreNotOurs(t *testing.T) {
	v := verp(t, oneKey)
	good := v.Encode(7)
	for name, in := range map[string]string{
		"nothing":              "",
		"another mailbox":      "postmaster@bounces.example.com",
		"no token":             "bounce+@bounces.example.com",
		"another domain":       good.Local() + "@example.org",
		"no domain":            good.Local(),
		"two at signs":         good.String() + "@example.org",
		"another prefix":       strings.Replace(good.String(), "bounce+", "bounces+", 1),
		"a character too many": strings.Replace(good.String(), "@", "0@", 1),
		"padding":              strings.Replace(good.String(), "@", "=@", 1),
		"a very long one":      verpPrefix + strings.Repeat("0", 1<<20) + "@bounces.example.com",
		"a line break":         strings.Replace(good.String(), "@", "\n@", 1),
	} {
		if got, err := v.Decode(in); !errors.Is(err, ErrToken) || got != 0 {
			t.Errorf("%s: %d, %v", name, got, err)
		}
	}
}

func TestNoOtherSpellingOfATokenCounts(t *testing.T) {
	v := verp(t, oneKey)
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Int64Range(1, math.MaxInt64).Draw(t, "id")
		local := []byte(v.Encode(id).Local())
		at := rapid.IntRange(len(verpPrefix), len(local)-1).Draw(t, "at")
		with := rapid.SampledFrom([]byte("0123456789abcdefghijklmnopqrstuv")).Draw(t, "with")
		if local[at] == with {
			t.Skip("not changed")
		}
		local[at] = with
		if got, err := v.Decode(string(local) + "@bounces.example.com"); err == nil {
			t.Fatalf("a forged token counts as %d", got)
		}
	})
}

func TestTokensShowNothingOfTheirNumbers(t *testing.T) {
	v := verp(t, oneKey)
	a, b := v.Encode(1).Local(), v.Encode(2).Local()
	same := 0
	for i := len(verpPrefix); i < len(a); i++ {
		if a[i] == b[i] {
			same++
		}
	}
	if same > 8 {
		t.Errorf("%d of 39 characters are the same in the tokens of neighbours", same)
	}
}

func TestWhatVERPNeeds(t *testing.T) {
	if _, err := NewVERP("example.com", oneKey[:31]); err == nil {
		t.Error("a short key was taken")
	}
	if _, err := NewVERP("example.com", oneKey, nil); err == nil {
		t.Error("an empty old key was taken")
	}
	for _, domain := range []string{"", "localhost", "a@b.example", strings.Repeat("abcdefgh.", 27) + "example.com"} {
		if _, err := NewVERP(domain, oneKey); err == nil {
			t.Errorf("domain %q was taken", domain)
		}
	}
}

func FuzzVERPDecode(f *testing.F) {
	v, err := NewVERP("bounces.example.com", oneKey)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(v.Encode(7).String())
	f.Add("bounce+@bounces.example.com")
	f.Fuzz(func(t *testing.T, in string) {
		id, err := v.Decode(in)
		switch {
		case err != nil && (!errors.Is(err, ErrToken) || id != 0):
			t.Fatalf("%d, %v", id, err)
		case err == nil && !strings.EqualFold(v.Encode(id).String(), in):
			t.Fatalf("%q counts as %d", in, id)
		}
	})
}
