package smtp

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	smtpclient "github.com/emersion/go-smtp"
)

// maxReply is the length in bytes at which a kept reply is cut.
const maxReply = 200

// redacted stands in a kept reply where the relay had repeated an address.
const redacted = "[address]"

// sanitiseReply makes a relay's text fit to be kept as evidence: one line, at
// most 200 bytes of valid UTF-8, and without any address. Relays like to repeat
// the recipient, or only the part before the at sign, so that is removed too.
func sanitiseReply(text string, recipient Address) string {
	text = strings.ToValidUTF8(text, "?")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
	text = redactEnclosed(text, '<', '>')
	text = redactQuoted(text)

	words := strings.Fields(text)
	for i, word := range words {
		switch {
		case word == "@" || strings.HasPrefix(word, "@") && i > 0:
			// "user @ example.org": the neighbours are the address.
			if i > 0 {
				words[i-1] = redacted
			}
			words[i] = redacted
			if word == "@" && i+1 < len(words) {
				words[i+1] = redacted
			}
		case carriesAddress(word, recipient):
			if strings.HasSuffix(word, "@") && i+1 < len(words) {
				words[i+1] = redacted
			}
			words[i] = redacted
		}
	}
	return cut(strings.Join(words, " "), maxReply)
}

// carriesAddress reports whether a word of a reply holds an at sign in any of
// the spellings seen in replies (plain, fullwidth, xtext, percent, quoted
// printable) or names the recipient.
func carriesAddress(word string, recipient Address) bool {
	if strings.ContainsAny(word, "@＠﹫") {
		return true
	}
	lower := strings.ToLower(word)
	for _, at := range []string{"+40", "=40", "%40", "&#64;", "(at)", "[at]"} {
		if strings.Contains(lower, at) {
			return true
		}
	}
	if recipient.IsZero() {
		return false
	}
	local := strings.ToLower(recipient.local)
	bare := strings.TrimFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	bareLocal := strings.TrimFunc(local, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return bareLocal != "" && bare == bareLocal || len(local) >= 5 && strings.Contains(lower, local)
}

func redactEnclosed(text string, opening, closing byte) string {
	var out strings.Builder
	for {
		start := strings.IndexByte(text, opening)
		if start < 0 {
			break
		}
		length := strings.IndexByte(text[start:], closing)
		if length < 0 {
			break
		}
		out.WriteString(text[:start])
		if inside := text[start : start+length+1]; strings.Contains(inside, "@") {
			out.WriteString(" " + redacted + " ")
		} else {
			out.WriteString(inside)
		}
		text = text[start+length+1:]
	}
	out.WriteString(text)
	return out.String()
}

// redactQuoted removes quoted local parts, which may hold spaces and would
// otherwise leave half a name behind.
func redactQuoted(text string) string {
	for {
		end := strings.Index(text, `"@`)
		if end < 0 {
			return text
		}
		start := strings.LastIndexByte(text[:end], '"')
		if start < 0 {
			start = end
		}
		rest := text[end+2:]
		if space := strings.IndexByte(rest, ' '); space >= 0 {
			rest = rest[space:]
		} else {
			rest = ""
		}
		text = text[:start] + " " + redacted + " " + rest
	}
}

func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return strings.TrimSpace(text[:limit])
}

// splitEnhanced separates a leading RFC 3463 code ("2.0.0 queued") from the
// text; the client library does so for errors only.
func splitEnhanced(text string) (code, rest string) {
	first, rest, _ := strings.Cut(text, " ")
	parts := strings.Split(first, ".")
	if len(parts) != 3 {
		return "", text
	}
	for i, part := range parts {
		value, err := strconv.Atoi(part)
		if err != nil || value < 0 || value > 999 || i == 0 && (value < 2 || value > 5 || len(part) != 1) {
			return "", text
		}
	}
	return first, strings.ReplaceAll(rest, "\n"+first+" ", "\n")
}

func enhancedOf(reply *smtpclient.SMTPError) string {
	code := reply.EnhancedCode
	if code == (smtpclient.EnhancedCode{}) || code == smtpclient.NoEnhancedCode || code[0] < 2 {
		return ""
	}
	return strconv.Itoa(code[0]) + "." + strconv.Itoa(code[1]) + "." + strconv.Itoa(code[2])
}
