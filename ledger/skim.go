package ledger

import (
	"encoding/binary"
	"time"
	"unicode/utf8"
)

// skim steps over a value that stands there in its canonical spelling, without
// writing it anew. It returns false when it is not sure, as with any escape
// sequence: then the value has to be read in the ordinary way, which also says
// what is wrong. What it accepts is what [Canonical] would give back unchanged;
// a fuzz test holds it to that.
func (s *scanner) skim(depth int) bool {
	switch c := s.peek(); {
	case c == '{':
		return s.skimObject(depth)
	case c == '[':
		return s.skimArray(depth)
	case c == '"':
		_, ok := s.skimText()
		return ok
	case c == '-' || c >= '0' && c <= '9':
		_, err := s.integer() // accepts one spelling of each number
		return err == nil
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if rest := s.in[s.pos:]; len(rest) >= len(word) && string(rest[:len(word)]) == word {
			s.pos += len(word)
			return true
		}
	}
	return false
}

func (s *scanner) skimObject(depth int) bool {
	if depth >= MaxDepth {
		return false
	}
	s.pos++
	if s.peek() == '}' {
		s.pos++
		return true
	}
	var last []byte
	for first := true; ; first = false {
		key, ok := s.skimText()
		if !ok || !first && string(last) >= string(key) || s.peek() != ':' {
			return false
		}
		last = key
		s.pos++
		if !s.skim(depth + 1) {
			return false
		}
		switch s.peek() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return true
		default:
			return false
		}
	}
}

func (s *scanner) skimArray(depth int) bool {
	if depth >= MaxDepth {
		return false
	}
	s.pos++
	if s.peek() == ']' {
		s.pos++
		return true
	}
	for {
		if !s.skim(depth + 1) {
			return false
		}
		switch s.peek() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			return true
		default:
			return false
		}
	}
}

// skimText steps over a string without escape sequences and gives what is
// between its quotes.
func (s *scanner) skimText() ([]byte, bool) {
	if s.peek() != '"' {
		return nil, false
	}
	start, ascii := s.pos+1, true
	for at := start; at < len(s.in); at++ {
		for at+8 <= len(s.in) && ordinary(binary.LittleEndian.Uint64(s.in[at:])) {
			at += 8
		}
		if at == len(s.in) {
			break
		}
		switch c := s.in[at]; {
		case c == '"':
			s.pos = at + 1
			return s.in[start:at], ascii || utf8.Valid(s.in[start:at])
		case c == '\\' || c < 0x20:
			return nil, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return nil, false
}

// ordinary tells whether eight bytes are ASCII without control characters,
// quotation marks and backslashes: nothing to look at one by one.
func ordinary(x uint64) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	quote, slash := x^('"'*ones), x^('\\'*ones)
	return (x|(x-0x20*ones)|(quote-ones)&^quote|(slash-ones)&^slash)&high == 0
}

// skimInstant reads a time in the spelling of timeLayout, to the same result as
// time.Parse and time.Format together, without either. It returns false for
// what is not in that spelling.
func skimInstant(text []byte) (time.Time, bool) {
	const whole = len("2006-01-02T15:04:05")
	if len(text) < whole+1 || text[len(text)-1] != 'Z' || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' {
		return time.Time{}, false
	}
	ok := true
	number := func(digits []byte) int {
		n := 0
		for _, c := range digits {
			ok = ok && c >= '0' && c <= '9'
			n = n*10 + int(c-'0')
		}
		return n
	}
	year, month, day := number(text[:4]), number(text[5:7]), number(text[8:10])
	hour, minute, second := number(text[11:13]), number(text[14:16]), number(text[17:19])
	nanoseconds := 0
	if fraction := text[whole : len(text)-1]; len(fraction) > 0 {
		// A point, one to six digits, no zero at the end.
		if fraction[0] != '.' || len(fraction) < 2 || len(fraction) > 7 || fraction[len(fraction)-1] == '0' {
			return time.Time{}, false
		}
		nanoseconds = number(fraction[1:])
		for range 10 - len(fraction) {
			nanoseconds *= 10
		}
	}
	if !ok || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanoseconds, time.UTC)
	return t, t.Day() == day // 31 February becomes another day
}
