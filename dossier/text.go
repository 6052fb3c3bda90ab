package dossier

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMarks is how many combining marks may follow one another. No language of
// Europe needs more; a heap of them would cover the lines above.
const maxMarks = 3

// plain makes text safe to read in either format: line ends become \n, and what
// is invisible or reorders its neighbours is written as a code. It is the one
// place that decides what a reader does not see as typed.
func plain(text string) string {
	if isPlain(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 16)
	marks := 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "[0x%02X]", text[i])
		case r == '\r':
			if i+1 == len(text) || text[i+1] != '\n' {
				b.WriteByte('\n')
			}
		case r == '\v', r == '\f', r == '\u0085', r == '\u2028', r == '\u2029':
			b.WriteByte('\n')
		case r == '\n', r == '\t':
			b.WriteRune(r)
		case hasNoShape(r):
			// Nothing to see in the original either.
		case misleads(r), marks > maxMarks:
			b.WriteString(code(r))
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// isPlain spares the common case a copy.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf || c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// oneLine is plain text without line ends, for headings and headers.
func oneLine(text string) string { return strings.Join(strings.Fields(plain(text)), " ") }

// code is how a character that cannot be shown is written.
func code(r rune) string { return fmt.Sprintf("[U+%04X]", r) }

// hasNoShape reports characters that only advise a renderer where to break or
// which variant to draw: soft hyphen, zero width space, word joiner, byte order
// mark, variation selectors.
func hasNoShape(r rune) bool {
	return r == '\u00ad' || r == '\u200b' || r == '\u2060' || r == '\ufeff' || r >= '\ufe00' && r <= '\ufe0f'
}

// misleads reports characters by which text can read differently from what it
// is: controls, every mark of direction, joiners, tags and other formats, and
// code points that mean nothing outside one machine.
func misleads(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs) || r == utf8.RuneError ||
		r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0' || r == '\u2800'
}

// composed joins letters and their marks, since the fonts hold "é" and a pair of
// characters would be drawn one over the other by guess.
func composed(text string) string { return norm.NFC.String(text) }

// instant writes a time so that it reads the same in every language.
func instant(t time.Time) string { return t.Format("2006-01-02 15:04 -07:00") }
