package notice

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode"
)

// codeLetters are the characters of a code. Without vowels no word arises by
// chance, and I, L, O, 0, 1, S, Z and B are left out because they are taken
// for something else when a code is read from a screen or over the telephone.
const codeLetters = "23456789CDFGHJKMNPQRTVWXY"

// A code is codeGroups groups of codeGroup characters: 25^12 codes, about 55
// bits. That is no secret to build on, and enough for a page that slows down
// whoever tries.
const (
	codeGroups = 3
	codeGroup  = 4
	codeLength = codeGroups * codeGroup
)

// Code is the code by which a person checks that a notice is genuine, such as
// "K7QM-2F9D-X3TP": made with HMAC-SHA256 under key from the incident and the
// person, so that nothing can be learnt from it without the key, and the same
// in each round. The key needs 16 bytes or more, and incident and person are
// not empty; otherwise the code is empty, which every notice with a page for
// checking is refused for.
func Code(key []byte, incident, person string) string {
	if len(key) < minimumKey || incident == "" || person == "" {
		return ""
	}
	mac := hmac.New(sha256.New, key)
	var length [8]byte
	// The first part keeps a code apart from a Message-ID under the same key.
	for _, part := range []string{"code of a notice", incident, person} {
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		mac.Write(length[:])
		mac.Write([]byte(part))
	}
	sum := mac.Sum(nil)
	high, low := binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])
	code := make([]byte, 0, codeLength+codeGroups-1)
	for i := range codeLength {
		if i > 0 && i%codeGroup == 0 {
			code = append(code, '-')
		}
		// 128 bits divided by 25 again and again: each character is as likely
		// as any other to one part in 2^70.
		var rest uint64
		high, rest = bits.Div64(0, high, uint64(len(codeLetters)))
		low, rest = bits.Div64(rest, low, uint64(len(codeLetters)))
		code = append(code, codeLetters[rest])
	}
	return string(code)
}

// ParseCode reads a code as a person types it: in any case, with spaces,
// dashes or nothing between the groups, and with S, Z or B for the 5, 2 or 8
// they were read from. It returns the form that Code makes, to look it up by;
// ok is false for what can be no code.
func ParseCode(typed string) (code string, ok bool) {
	if len(typed) > 200 {
		return "", false
	}
	out := make([]byte, 0, codeLength+codeGroups-1)
	count := 0
	for _, r := range typed {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			continue
		}
		r = unicode.ToUpper(r)
		switch r {
		case 'S':
			r = '5'
		case 'Z':
			r = '2'
		case 'B':
			r = '8'
		}
		if count == codeLength || !strings.ContainsRune(codeLetters, r) {
			return "", false
		}
		if count > 0 && count%codeGroup == 0 {
			out = append(out, '-')
		}
		out = append(out, byte(r))
		count++
	}
	return string(out), count == codeLength
}

// CheckCode tells whether what was typed is the code of this person in this
// incident, in a time that does not depend on how much of it is right.
func CheckCode(key []byte, incident, person, typed string) bool {
	want := Code(key, incident, person)
	got, ok := ParseCode(typed)
	return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1 && ok && want != ""
}
