package notice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
)

// minimumKey is the shortest HMAC key that MessageID takes, in bytes.
const minimumKey = 16

// MessageID is "<hex@domain>" where hex is the first 20 bytes of the
// HMAC-SHA256 under key of the parts, for instance incident, person and round.
// The same parts give the same identifier, by which a copy that was sent twice
// is recognised, and without the key nothing can be learnt from it. Each part
// is hashed with its length, so that "a","bc" and "ab","c" differ.
//
// The key needs 16 bytes or more, the domain is an ASCII host name, and there
// is at least one part; anything else is an error.
func MessageID(key []byte, domain string, parts ...string) (string, error) {
	if len(key) < minimumKey {
		return "", errors.New("Message-ID: the key needs 16 bytes or more")
	}
	if len(parts) == 0 {
		return "", errors.New("Message-ID: there is nothing to identify")
	}
	mac := hmac.New(sha256.New, key)
	var length [8]byte
	for _, part := range parts {
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		mac.Write(length[:])
		mac.Write([]byte(part))
	}
	id := "<" + hex.EncodeToString(mac.Sum(nil)[:20]) + "@" + strings.ToLower(domain) + ">"
	if !validMessageID(id) {
		return "", errors.New("Message-ID: the domain must be an ASCII host name such as mail.example.org")
	}
	return id, nil
}

// validMessageID accepts the narrow form that MessageID makes: RFC 5322 (2008)
// section 3.6.4 with a host name on the right.
func validMessageID(id string) bool {
	if len(id) > 250 || !strings.HasPrefix(id, "<") || !strings.HasSuffix(id, ">") {
		return false
	}
	return plainAddress(id[1 : len(id)-1])
}
