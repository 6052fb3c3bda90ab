package people

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"strings"
	"unicode"
)

// Key is what a person or an account is compared by: half of an HMAC-SHA-256
// over the address or over the user id. The zero Key stands for none.
type Key [16]byte

// Matcher makes keys. People and accounts whose keys were made under the same
// secret can be compared without either being readable. It is for one
// goroutine at a time.
type Matcher struct {
	mac  hash.Hash
	text []byte
	sum  [sha256.Size]byte
}

// NewMatcher makes keys under a secret.
func NewMatcher(secret []byte) *Matcher { return &Matcher{mac: hmac.New(sha256.New, secret)} }

// Email is the key of an address, in the form of [NormalizeEmail].
func (m *Matcher) Email(address string) Key {
	return m.key("email", func(to []byte) []byte { return appendNormal(to, tidyEmail(address)) })
}

// UserID is the key of a user id, without spaces around it.
func (m *Matcher) UserID(id string) Key {
	return m.key("user", func(to []byte) []byte { return append(to, strings.TrimSpace(id)...) })
}

func (m *Matcher) key(purpose string, add func([]byte) []byte) Key {
	m.text = append(append(append(m.text[:0], "tocsin match "...), purpose...), 0)
	start := len(m.text)
	m.text = add(m.text)
	if len(m.text) == start {
		return Key{}
	}
	m.mac.Reset()
	m.mac.Write(m.text)
	return Key(m.mac.Sum(m.sum[:0])[:len(Key{})])
}

// appendNormal adds NormalizeEmail of a tidy address, without allocating for
// the usual one.
func appendNormal(to []byte, address string) []byte {
	start := len(to)
	for i := range len(address) {
		c := address[i]
		if c > unicode.MaxASCII {
			return append(to[:start], NormalizeEmail(address)...)
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		to = append(to, c)
	}
	return to
}
