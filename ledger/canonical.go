package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// MaxDepth is how many objects and arrays may be nested in one value.
	MaxDepth = 32
	// MaxEntryBytes is the greatest length of a canonical entry, in bytes.
	MaxEntryBytes = 1 << 20
	// MaxInteger is the greatest absolute value of a number: 2^53-1, which
	// every JSON reader, JavaScript's included, holds without loss.
	MaxInteger = 1<<53 - 1
)

// ErrInvalidJSON is what every refusal of [Canonical] wraps.
var ErrInvalidJSON = errors.New("not acceptable JSON")

// Canonical returns the one spelling of a JSON value that the ledger hashes:
// object keys sorted by their UTF-8 bytes, no whitespace, strings with the
// shortest escapes of RFC 8785 (2020) section 3.2.2.2 and everything else as
// plain UTF-8.
//
// It refuses, with an error that wraps [ErrInvalidJSON] and names the byte but
// never the content: invalid UTF-8, lone surrogates, U+0000 (PostgreSQL cannot
// hold it), duplicate keys however they are escaped, fractions and exponents,
// "-0", numbers beyond [MaxInteger], nesting beyond [MaxDepth], and anything
// after the value.
func Canonical(raw []byte) ([]byte, error) {
	s := scanner{in: raw}
	s.space()
	out, err := s.value(make([]byte, 0, len(raw)), 0)
	if err != nil {
		return nil, err
	}
	s.space()
	if s.pos != len(s.in) {
		return nil, s.fail("something follows the value")
	}
	return out, nil
}

// scanner reads JSON from in and appends its canonical form to a buffer.
type scanner struct {
	in      []byte
	pos     int
	scratch []byte // the string read last, decoded
}

func (s *scanner) fail(why string) error {
	return fmt.Errorf("%w: byte %d: %s", ErrInvalidJSON, s.pos, why)
}

func (s *scanner) space() {
	for s.pos < len(s.in) {
		switch s.in[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// peek returns the next byte, or 0 at the end, which starts no JSON value.
func (s *scanner) peek() byte {
	if s.pos < len(s.in) {
		return s.in[s.pos]
	}
	return 0
}

func (s *scanner) value(dst []byte, depth int) ([]byte, error) {
	switch c := s.peek(); {
	case c == '{':
		return s.object(dst, depth)
	case c == '[':
		return s.array(dst, depth)
	case c == '"':
		text, err := s.text()
		if err != nil {
			return nil, err
		}
		return appendText(dst, text), nil
	case c == '-' || c >= '0' && c <= '9':
		n, err := s.integer()
		if err != nil {
			return nil, err
		}
		return strconv.AppendInt(dst, n, 10), nil
	}
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(s.in[s.pos:], []byte(word)) {
			s.pos += len(word)
			return append(dst, word...), nil
		}
	}
	return nil, s.fail("a value is expected here")
}

func (s *scanner) array(dst []byte, depth int) ([]byte, error) {
	if depth >= MaxDepth {
		return nil, s.fail(fmt.Sprintf("nested more than %d levels deep", MaxDepth))
	}
	s.pos++
	dst = append(dst, '[')
	s.space()
	if s.peek() == ']' {
		s.pos++
		return append(dst, ']'), nil
	}
	for {
		var err error
		s.space()
		if dst, err = s.value(dst, depth+1); err != nil {
			return nil, err
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			dst = append(dst, ',')
		case ']':
			s.pos++
			return append(dst, ']'), nil
		default:
			return nil, s.fail("a comma or the end of the array is expected here")
		}
	}
}

// member is one key of an object and where its canonical form stands in the
// output.
type member struct {
	key        string
	start, end int
}

func (s *scanner) object(dst []byte, depth int) ([]byte, error) {
	if depth >= MaxDepth {
		return nil, s.fail(fmt.Sprintf("nested more than %d levels deep", MaxDepth))
	}
	s.pos++
	dst = append(dst, '{')
	body := len(dst)
	s.space()
	if s.peek() == '}' {
		s.pos++
		return append(dst, '}'), nil
	}
	var members []member
	sorted := true
	for {
		s.space()
		if s.peek() != '"' {
			return nil, s.fail("a key is expected here")
		}
		text, err := s.text()
		if err != nil {
			return nil, err
		}
		m := member{key: string(text), start: len(dst)}
		dst = append(appendText(dst, text), ':')
		s.space()
		if s.peek() != ':' {
			return nil, s.fail("a colon is expected here")
		}
		s.pos++
		s.space()
		if dst, err = s.value(dst, depth+1); err != nil {
			return nil, err
		}
		m.end = len(dst)
		if n := len(members); n > 0 && members[n-1].key >= m.key {
			sorted = false
		}
		members = append(members, m)
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			dst = append(dst, ',')
			continue
		case '}':
			s.pos++
		default:
			return nil, s.fail("a comma or the end of the object is expected here")
		}
		break
	}
	if !sorted {
		var err error
		if dst, err = s.sortMembers(dst, body, members); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// sortMembers rewrites the object's members, which stand in dst from body on,
// in the order of their keys.
func (s *scanner) sortMembers(dst []byte, body int, members []member) ([]byte, error) {
	slices.SortFunc(members, func(a, b member) int {
		switch {
		case a.key < b.key:
			return -1
		case a.key > b.key:
			return 1
		}
		return 0
	})
	old := bytes.Clone(dst[body:])
	dst = dst[:body]
	for i, m := range members {
		if i > 0 {
			if m.key == members[i-1].key {
				return nil, s.fail("the object that ends here has a key twice")
			}
			dst = append(dst, ',')
		}
		dst = append(dst, old[m.start-body:m.end-body]...)
	}
	return dst, nil
}

// integer reads a whole number in its only accepted spelling.
func (s *scanner) integer() (int64, error) {
	start := s.pos
	negative := s.peek() == '-'
	if negative {
		s.pos++
	}
	first := s.pos
	var n int64
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		n = n*10 + int64(c-'0')
		if n > MaxInteger {
			return 0, s.fail("the number is beyond 2^53-1: write it as a string")
		}
		s.pos++
	}
	digits := s.pos - first
	switch c := s.peek(); {
	case digits == 0:
		return 0, s.fail("a digit is expected here")
	case digits > 1 && s.in[first] == '0':
		return 0, s.fail("the number starts with a needless zero")
	case c == '.' || c == 'e' || c == 'E':
		return 0, s.fail("only whole numbers without exponent are accepted: write others as strings")
	case negative && n == 0:
		s.pos = start
		return 0, s.fail("minus zero is not accepted")
	}
	if negative {
		n = -n
	}
	return n, nil
}

// text reads a string and returns it decoded. The result is valid until the
// next call.
func (s *scanner) text() ([]byte, error) {
	s.pos++ // the opening quote, which the caller has seen
	start := s.pos
	for s.pos < len(s.in) { // the usual string needs no copy
		c := s.in[s.pos]
		if c == '"' {
			s.pos++
			return s.in[start : s.pos-1], nil
		}
		if c == '\\' || c < 0x20 || c >= utf8.RuneSelf {
			break
		}
		s.pos++
	}
	s.scratch = append(s.scratch[:0], s.in[start:s.pos]...)
	for s.pos < len(s.in) {
		switch c := s.in[s.pos]; {
		case c == '"':
			s.pos++
			return s.scratch, nil
		case c < 0x20:
			return nil, s.fail("a control character in a string must be escaped")
		case c == '\\':
			if err := s.escape(); err != nil {
				return nil, err
			}
		case c < utf8.RuneSelf:
			s.scratch = append(s.scratch, c)
			s.pos++
		default:
			r, n := utf8.DecodeRune(s.in[s.pos:])
			if r == utf8.RuneError && n <= 1 {
				return nil, s.fail("invalid UTF-8")
			}
			s.scratch = append(s.scratch, s.in[s.pos:s.pos+n]...)
			s.pos += n
		}
	}
	return nil, s.fail("the string does not end")
}

// escape reads one escape sequence into scratch.
func (s *scanner) escape() error {
	if s.pos+1 >= len(s.in) {
		return s.fail("the string does not end")
	}
	c := s.in[s.pos+1]
	if c == 'u' {
		r, ok := s.hex4(s.pos + 2)
		if !ok {
			return s.fail("four hexadecimal digits must follow \\u")
		}
		n := 6
		if utf16.IsSurrogate(r) {
			var low rune
			if s.pos+8 <= len(s.in) && s.in[s.pos+6] == '\\' && s.in[s.pos+7] == 'u' {
				low, _ = s.hex4(s.pos + 8)
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				return s.fail("half of a surrogate pair")
			}
			n = 12
		}
		if r == 0 {
			return s.fail("the character U+0000 is not accepted")
		}
		s.scratch = utf8.AppendRune(s.scratch, r)
		s.pos += n
		return nil
	}
	i := strings.IndexByte(`"\/bfnrt`, c)
	if i < 0 {
		return s.fail("unknown escape in a string")
	}
	s.scratch = append(s.scratch, "\"\\/\b\f\n\r\t"[i])
	s.pos += 2
	return nil
}

// hex4 reads four hexadecimal digits at position at.
func (s *scanner) hex4(at int) (rune, bool) {
	if at+4 > len(s.in) {
		return 0, false
	}
	var r rune
	for _, c := range s.in[at : at+4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// appendText appends a valid UTF-8 string in its canonical JSON spelling.
func appendText(dst, text []byte) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= 0x20:
			dst = append(dst, c)
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\f':
			dst = append(dst, '\\', 'f')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(dst, '"')
}
