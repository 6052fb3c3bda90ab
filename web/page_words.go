package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tocsin/incident"
)

// instant is how pages write a moment: day, time and offset, so that nobody
// has to guess the zone.
const instant = "Mon 2 Jan 2006, 15:04 -07:00"

// shown writes an instant for people, with its offset.
func shown(t time.Time, place *time.Location) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(place).Format(instant)
}

// remaining says in words how much time is left, or how late it is: colour
// alone tells nothing to many readers. clock.js writes the same form.
func remaining(left time.Duration) string {
	if left < 0 {
		return span(left) + " late"
	}
	return span(left) + " left"
}

// span writes a length of time. Up to four days in hours, as the law counts
// its 72; beyond that nobody can picture hours.
func span(d time.Duration) string {
	d = d.Abs()
	if hours := int(d.Hours()); hours >= 96 {
		return fmt.Sprintf("%d d %d h", hours/24, hours%24)
	}
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}

// rungInWords names a reminder by its place before or after the limit.
func rungInWords(rung string) string {
	hours := func(n string) string {
		if n == "1" {
			return "1 hour"
		}
		return n + " hours"
	}
	switch after, late := strings.CutPrefix(rung, "overdue+"); {
	case late:
		return hours(strings.TrimSuffix(after, "h")) + " after the limit"
	case rung == "due":
		return "at the limit"
	default:
		return hours(strings.TrimSuffix(rung, "h")) + " left"
	}
}

// spoken writes a name of the program's as words.
func spoken(name string) string { return strings.ReplaceAll(name, "_", " ") }

// sentenceStart begins a text with a capital.
func sentenceStart(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// sentence begins a text with a capital and ends it with a full stop.
func sentence(text string) string {
	text = sentenceStart(text)
	if text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// taskInWords says what a task asks for, in English.
func taskInWords(code string) string { return taskIn(code, wordsFor("en")) }

// eventInWords says what an entry of the record is about, in English.
func eventInWords(kind string) string { return eventIn(kind, wordsFor("en")) }

// outcomeInWords is the end of a duty in a word or two.
func outcomeInWords(status string) string {
	switch status {
	case incident.ObligationFiled:
		return "Filed"
	case incident.ObligationMetStatus:
		return "Done"
	case incident.ObligationWaivedStatus:
		return "Does not apply"
	case incident.ObligationWithdrawn:
		return "Withdrawn"
	default:
		return sentenceStart(spoken(status))
	}
}

// recipientsInWords says to whom a round writes.
func recipientsInWords(round incident.Round) string {
	switch {
	case round.To() == incident.RoundFollowUp && round.Scope == incident.ScopeChanged:
		return "people told before, of whom more is exposed"
	case round.To() == incident.RoundFollowUp:
		return "people told before"
	case round.To() == incident.RoundOrganisations:
		return "administrators of organisations"
	case round.To() == incident.RoundNotAffected:
		return "people who are not affected"
	case round.Opened:
		return "people affected whom a stopped round left out"
	default:
		return "people affected"
	}
}

// untoldOf is how many people of a round have to be told in another way. To who
// is not affected nothing is owed.
func untoldOf(round incident.Round, counts incident.DeliveryCounts) int {
	if round.To() == incident.RoundNotAffected {
		return 0
	}
	return counts.Refused + counts.Undeliverable + counts.Bounced
}

// mailingInWords is the state of a round of notices.
func mailingInWords(status string) string {
	if status == incident.MailingNone {
		return "nothing drafted yet"
	}
	return status
}

// days is a number of days in words.
func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return strconv.Itoa(n) + " days"
}
