package people_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"testing"

	"tocsin/people"
)

func TestKeysAreEqualForTheSamePersonAloneAndAsTheyAlwaysWere(t *testing.T) {
	secret := []byte("index key of 32 bytes for tests!")
	m := people.NewMatcher(secret)
	plain := func(text string) people.Key {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(text))
		return people.Key(mac.Sum(nil)[:16])
	}
	for _, c := range []struct {
		what      string
		got, want people.Key
	}{
		{"an address", m.Email("ana@example.org"), plain("tocsin match email\x00ana@example.org")},
		{"an address spelt otherwise", m.Email(" \u200bANA@Example.ORG. "), plain("tocsin match email\x00ana@example.org")},
		{"letters beyond ASCII", m.Email("JOSÉ@bücher.example"), plain("tocsin match email\x00josé@xn--bcher-kva.example")},
		{"a user id", m.UserID(" User-1 "), plain("tocsin match user\x00User-1")},
		{"no address", m.Email(" "), people.Key{}},
		{"no user id", m.UserID(" "), people.Key{}},
	} {
		if c.got != c.want {
			t.Errorf("%s: %x, want %x", c.what, c.got, c.want)
		}
	}
	if m.UserID("ana@example.org") == m.Email("ana@example.org") {
		t.Error("a user id and an address of the same letters have one key")
	}
	if people.NewMatcher([]byte("another")).UserID("1") == m.UserID("1") {
		t.Error("two secrets give one key")
	}
}

func BenchmarkKeys(b *testing.B) {
	m := people.NewMatcher([]byte("index key of 32 bytes for tests!"))
	b.Run("email", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.Email("ana.robles123456@example.com")
		}
	})
	b.Run("user id", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.UserID("user-123456")
		}
	})
}
