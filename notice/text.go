package notice

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest one-line values, in characters.
const (
	maxLine    = 200
	maxTitle   = 100
	maxSubject = 300
	maxName    = 80
)

// oneLine makes a string that others chose into one line of readable text, cut
// after limit characters.
func oneLine(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case reordersText(r):
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) > limit {
		text = strings.TrimSpace(string([]rune(text)[:limit-1])) + "…"
	}
	return text
}

// reordersText reports marks by which text can be made to read differently
// from what it is: direction overrides and isolates, and invisible fillers.
// Joiners stay, since several scripts need them.
func reordersText(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' ||
		r == '\u200b' || r == '\u200e' || r == '\u200f' || r == '\ufeff' || r == '\u00ad'
}

// lines applies oneLine to each and drops the empty ones.
func lines(texts []string) []string {
	out := make([]string, 0, len(texts))
	for _, text := range texts {
		// These are sentences of the controller, not fields of a file: only the
		// bound on the whole message limits them.
		if line := oneLine(text, 5000); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// paragraphs splits text at its line ends.
func paragraphs(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	return lines(strings.Split(text, "\n"))
}

// salutation is the name to greet by, or nothing when what the file calls a
// name cannot be one: too long, without a letter, or carrying a link, an
// address, markup or a placeholder.
func salutation(name string) string {
	name = oneLine(name, maxName+1)
	if utf8.RuneCountInString(name) > maxName || !strings.ContainsFunc(name, unicode.IsLetter) {
		return ""
	}
	if strings.ContainsAny(name, "<>{}[]()@/\\|%$#=:;\"*_+?!&~^`\uFFFD") || strings.Contains(strings.ToLower(name), "www.") {
		return ""
	}
	for word := range strings.FieldsSeq(name) {
		// "example.com" becomes a link in many mail programs. An initial or an
		// abbreviation ends in its dot; a host name has letters after it.
		if dot := strings.LastIndexByte(word, '.'); dot > 0 && len(word)-dot > 2 {
			return ""
		}
	}
	return name
}

// headerSafe reports whether a value may stand in a header: no line break, no
// other control character, valid UTF-8.
func headerSafe(value string) bool {
	return utf8.ValidString(value) && !strings.ContainsFunc(value, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}

// withoutEncodedWords keeps a value that already looks like an RFC 2047 encoded
// word from being decoded into something else at the reader's.
func withoutEncodedWords(value string) string {
	return strings.ReplaceAll(value, "=?", "= ?")
}

// plainAddress is this package's own check of an address, narrower than what a
// header allows: printable ASCII around one at sign, without any character that
// has a meaning in an address list.
func plainAddress(address string) bool {
	local, domain, found := strings.Cut(address, "@")
	if !found || local == "" || domain == "" || len(address) > 254 {
		return false
	}
	for i := range len(address) {
		if c := address[i]; c <= ' ' || c > '~' || strings.IndexByte("\"(),:;<>[\\]", c) >= 0 {
			return false
		}
	}
	for i := range len(domain) {
		c := domain[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return domain[0] != '.' && domain[0] != '-' && domain[len(domain)-1] != '.' && !strings.Contains(domain, "..")
}
