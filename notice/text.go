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

// The range of noncharacters in Unicode's basic plane.
const (
	firstNoncharacter = '\ufdd0'
	lastNoncharacter  = '\ufdef'
)

// oneLine makes a string that others chose into one line of readable text, cut
// after limit characters.
func oneLine(text string, limit int) string {
	if isOneLine(text, limit) {
		return text
	}
	return cut(strings.Join(strings.Fields(readable(text, false)), " "), limit)
}

// isOneLine reports that oneLine would change nothing, as with almost all
// names: a round of a hundred thousand should not copy each of them.
func isOneLine(text string, limit int) bool {
	count, space := 0, true // a space at the start is not kept
	for _, r := range text {
		count++
		if r == utf8.RuneError || unicode.IsControl(r) || reordersText(r) || unicode.IsSpace(r) && (r != ' ' || space) {
			return false
		}
		space = r == ' '
	}
	return count <= limit && (!space || text == "")
}

// sentence is oneLine for what the controller writes: it keeps the no-break
// spaces that French and numbers with units need.
func sentence(text string, limit int) string {
	words := strings.FieldsFunc(readable(text, true), func(r rune) bool { return r == ' ' })
	return cut(strings.TrimSpace(strings.Join(words, " ")), limit)
}

// readable makes control characters and white space into spaces and takes out
// what makes text read differently from what it is.
func readable(text string, keepNoBreak bool) string {
	return strings.Map(func(r rune) rune {
		switch {
		case keepNoBreak && (r == '\u00a0' || r == '\u202f'):
			return r
		case unicode.IsControl(r), unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case reordersText(r):
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

func cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:limit-1])) + "…"
}

// reordersText reports marks by which text can be made to read differently
// from what it is: direction overrides and isolates, and invisible fillers.
// Joiners stay, since several scripts need them. The noncharacters go because
// Unicode reserves them for a program's own use, which slots are.
func reordersText(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' ||
		r == '\u200b' || r == '\u200e' || r == '\u200f' || r == '\ufeff' || r == '\u00ad' ||
		r >= firstNoncharacter && r <= lastNoncharacter
}

// lines applies sentence to each and drops the empty ones.
func lines(texts []string) []string {
	out := make([]string, 0, len(texts))
	for _, text := range texts {
		// These are sentences of the controller, not fields of a file: only the
		// bound on the whole message limits them.
		if line := sentence(text, 5000); line != "" {
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
	if utf8.RuneCountInString(name) > maxName || !strings.ContainsFunc(name, unicode.IsLetter) || carriesLink(name, "") {
		return ""
	}
	return name
}

// carriesLink reports a name by which a link, an address or markup would get
// into a message. Signs in except are let through.
func carriesLink(name, except string) bool {
	for _, r := range name {
		if strings.ContainsRune("<>{}[]()@/\\|%$#=:;\"*_+?!&~^`\uFFFD", r) && !strings.ContainsRune(except, r) {
			return true
		}
	}
	if strings.Contains(name, "//") {
		return true
	}
	if !strings.Contains(name, ".") {
		return false
	}
	if strings.Contains(strings.ToLower(name), "www.") {
		return true
	}
	for word := range strings.FieldsSeq(name) {
		// "example.com" becomes a link in many mail programs. An initial or an
		// abbreviation ends in its dot; a host name has letters after it.
		if dot := strings.LastIndexByte(word, '.'); dot > 0 && len(word)-dot > 2 {
			return true
		}
	}
	return false
}

// organisationName is the name of an organisation, or nothing when it would
// bring a link. Unlike a person's, it may hold the signs of company names.
func organisationName(name string) string {
	name = oneLine(name, maxLine+1)
	if utf8.RuneCountInString(name) > maxLine || !strings.ContainsFunc(name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return ""
	}
	if carriesLink(name, `&()+!/"`) {
		return ""
	}
	return name
}

// plainReference accepts what a reference is made of: letters and digits, and
// between them spaces and the signs that join them. It cannot be a link nor be
// taken for a mistake in the text. None is plain too.
func plainReference(reference string) bool {
	last := rune(0)
	for i, r := range reference {
		last = r
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && (i == 0 || !strings.ContainsRune(" -/#_.", r)) {
			return false
		}
	}
	return reference == "" || (unicode.IsLetter(last) || unicode.IsDigit(last)) && !carriesLink(reference, "/#_")
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
