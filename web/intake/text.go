package intake

import (
	"path/filepath"
	"strings"
	"unicode/utf8"

	"tocsin/incident"
)

// Shortened cuts what a request said to what an answer repeats of it: 64
// characters at most.
func Shortened(text string) string { return ShortenedTo(text, 64) }

// ShortenedTo cuts a text to so many characters, and drops what is no text.
func ShortenedTo(text string, most int) string {
	if r := []rune(strings.ToValidUTF8(text, "")); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// ValidText says whether all of it is text: valid UTF-8.
func ValidText(s string) bool { return strings.ToValidUTF8(s, "") == s }

// PlainName refuses a name that is a path or no text.
func PlainName(field, name string) error {
	if name == "" || name == "." || name == ".." || len(name) > 200 || filepath.Base(name) != name ||
		strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == '\\' || c == '/' || c == 0x7f || c == utf8.RuneError }) {
		return incident.InvalidField(field, Shortened(name), "is not a file's name", "a name without a path, such as vendor-notice.eml")
	}
	return nil
}
