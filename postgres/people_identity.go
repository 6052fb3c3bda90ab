package postgres

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"tocsin/people"
)

// identity is what is sealed of a person.
type identity struct {
	Name   string            `json:"n,omitempty"`
	Email  string            `json:"e,omitempty"`
	Fields map[string]string `json:"f,omitempty"`
	Reason string            `json:"u,omitempty"` // why undeliverable; it may quote the address
}

// openIdentity fills in what is sealed of a person.
func openIdentity(key *incidentKey, p *Person, sealed []byte) error {
	plain, err := key.open("person", "identity", strconv.FormatInt(p.ID, 10), sealed)
	if err != nil {
		return err
	}
	var who identity
	if err := json.Unmarshal(plain, &who); err != nil {
		return errors.New("decode a person: the sealed value is not the expected one")
	}
	p.Name, p.Email, p.Fields, p.Undeliverable = who.Name, who.Email, who.Fields, who.Reason
	return nil
}

// identitySealer seals the identities of many people of one incident. What it
// makes is what [incidentKey.seal] makes of an [identity]; it is written apart
// because that takes longer than storing a person. It is for one goroutine.
type identitySealer struct {
	gcm    cipher.AEAD
	prefix []byte // of the key, before each sealed value
	bound  []byte // the associated data; the row comes at its end
	rows   int    // where the row begins in bound
	plain  []byte
	nonces [64 * nonceBytes]byte
	used   int
}

// nonceBytes is the size of the random part of a sealed value.
const nonceBytes = 12

// sealKey takes the key out of a keyset: the cipher, and what stands before
// each value that it sealed.
func sealKey(handle *keyset.Handle) (cipher.AEAD, []byte, error) {
	entry, err := handle.Primary()
	if err != nil {
		return nil, nil, err
	}
	key, ok := entry.Key().(*aesgcm.Key)
	if !ok {
		return nil, nil, errors.New("it is not a key of AES-GCM")
	}
	block, err := aes.NewCipher(key.KeyBytes().Data(insecuresecretdataaccess.Token{}))
	if err != nil {
		return nil, nil, err
	}
	gcm, err := cipher.NewGCM(block)
	return gcm, key.OutputPrefix(), err
}

func newIdentitySealer(key *incidentKey) *identitySealer {
	s := &identitySealer{gcm: key.gcm, prefix: key.prefix, bound: key.bind("person", "identity", "")}
	s.rows, s.used = len(s.bound), len(s.nonces)
	return s
}

// seal adds the sealed identity of a person whose row has an id.
func (s *identitySealer) seal(to []byte, id int64, p *stagedPerson) ([]byte, error) {
	if s.used == len(s.nonces) {
		_, _ = rand.Read(s.nonces[:]) // never fails, by its documentation
		s.used = 0
	}
	nonce := s.nonces[s.used : s.used+nonceBytes]
	s.used += nonceBytes
	var err error
	if s.plain, err = appendIdentity(s.plain[:0], p); err != nil {
		return to, fmt.Errorf("encode a person: %w", err)
	}
	s.bound = strconv.AppendInt(s.bound[:s.rows], id, 10)
	to = append(append(to, s.prefix...), nonce...)
	return s.gcm.Seal(to, nonce, s.plain, s.bound), nil
}

// rowFields are the fields of a row that are kept as Person.Fields, in the
// order of their names.
func rowFields() [7]string {
	return [7]string{"browser", "city", "organisation", "referrer", "region", "system", "user_id"}
}

// rowValues are their values.
func rowValues(p *people.Person) [7]string {
	return [7]string{p.Browser, p.City, p.Organisation, p.Referrer, p.Region, p.System, p.UserID}
}

// appendIdentity adds the JSON of an [identity].
func appendIdentity(to []byte, p *stagedPerson) (_ []byte, err error) {
	start := len(to)
	to = append(to, '{')
	member := func(name, value string) {
		if value == "" || err != nil {
			return
		}
		if last := to[len(to)-1]; last != '{' {
			to = append(to, ',')
		}
		if to, err = appendJSON(to, name); err == nil {
			to, err = appendJSON(append(to, ':'), value)
		}
	}
	member("n", p.name)
	member("e", p.email)
	before := len(to)
	if len(to) > start+1 {
		to = append(to, ',')
	}
	to = append(to, `"f":{`...)
	empty := len(to)
	if p.fields == nil {
		for i, name := range rowFields() {
			member(name, p.values[i])
		}
	} else {
		for _, name := range slices.Sorted(maps.Keys(p.fields)) {
			member(name, p.fields[name])
		}
	}
	if len(to) == empty {
		to = to[:before]
	} else {
		to = append(to, '}')
	}
	member("u", p.undeliverable)
	return append(to, '}'), err
}

// appendJSON adds a text as JSON.
func appendJSON(to []byte, text string) ([]byte, error) {
	ascii := true
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' || c == '"' || c == '\\':
			return appendEscaped(to, text)
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	if !ascii && !utf8.ValidString(text) {
		return appendEscaped(to, text)
	}
	return append(append(append(to, '"'), text...), '"'), nil
}

func appendEscaped(to []byte, text string) ([]byte, error) {
	escaped, err := json.Marshal(text)
	return append(to, escaped...), err
}
