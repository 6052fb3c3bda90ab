package wording

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Span writes a length of time. Up to four days in hours, as the law counts
// its 72; beyond that nobody can picture hours.
func Span(d time.Duration) string {
	d = d.Abs()
	if hours := int(d.Hours()); hours >= 96 {
		return fmt.Sprintf("%d d %d h", hours/24, hours%24)
	}
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}

// RungIn names a reminder by its place before or after the limit.
func RungIn(rung string, w Words) string {
	hours := func(n string) string {
		if n == "1" {
			return w.T("1 hour")
		}
		return w.T("%s hours", n)
	}
	switch after, late := strings.CutPrefix(rung, "overdue+"); {
	case late:
		return w.T("%s after the limit", hours(strings.TrimSuffix(after, "h")))
	case rung == "due":
		return w.T("at the limit")
	default:
		return w.T("left_of", hours(strings.TrimSuffix(rung, "h")))
	}
}

// Spoken writes a name of the program's as words.
func Spoken(name string) string { return strings.ReplaceAll(name, "_", " ") }

// SentenceStart begins a text with a capital.
func SentenceStart(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// Sentence begins a text with a capital and ends it with a full stop.
func Sentence(text string) string {
	text = SentenceStart(text)
	if text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}
