package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"

	"tocsin/incident"
)

// TestTheCalendarIsAsRFC5545AsksAndInItsReadersLanguage looks at the octets.
func TestTheCalendarIsAsRFC5545AsksAndInItsReadersLanguage(t *testing.T) {
	h := newHouse(t)
	h.openSince(10*time.Hour, "Datos exportados")
	uid := ""
	for locale, want := range map[string][]string{
		"es": {"X-WR-CALNAME:Tocsin: Plazos", "Plazo para notificar a AEPD", "Vence el ", "RGPD art. 33.1"},
		"en": {"X-WR-CALNAME:Tocsin: Deadlines", "Deadline to notify AEPD", "Due ", "GDPR Art. 33(1)"},
	} {
		v := h.as(incident.RoleDPO, locale+"@example.com", locale)
		address := calendarShown.FindStringSubmatch(v.press("/account/calendar", http.StatusOK).body)
		if address == nil {
			t.Fatal("no address is shown")
		}
		body := h.visitor().get(address[1]).body
		if strings.Contains(strings.ReplaceAll(body, "\r\n", ""), "\n") || !strings.HasSuffix(body, "END:VCALENDAR\r\n") {
			t.Errorf("%s: a line does not end with CR and LF", locale)
		}
		for line := range strings.SplitSeq(body, "\r\n") {
			if len(line) > 75 || !utf8.ValidString(line) {
				t.Errorf("%s: a line of %d octets, or one that is cut within a character: %q", locale, len(line), line)
			}
		}
		if strings.Contains(body, "VALUE=DURATION;VALUE=DURATION") {
			t.Errorf("%s: a parameter stands there twice", locale)
		}
		if strings.ContainsFunc(body, func(c rune) bool { return c >= 0xe000 && c <= 0xf8ff }) {
			t.Errorf("%s: the calendar holds the marks of instants of pages", locale)
		}
		whole := strings.ReplaceAll(strings.ReplaceAll(body, "\r\n ", ""), `\,`, ",")
		for _, text := range want {
			if !strings.Contains(whole, text) {
				t.Errorf("%s: the calendar lacks %q: %s", locale, text, whole)
			}
		}
		calendar, err := ics.ParseCalendar(strings.NewReader(body))
		if err != nil || len(calendar.Events()) != 1 {
			t.Fatalf("%s: %v", locale, err)
		}
		event := calendar.Events()[0]
		if stamp := event.GetProperty(ics.ComponentPropertyDtstamp); stamp == nil || !regexp.MustCompile(`^\d{8}T\d{6}Z$`).MatchString(stamp.Value) {
			t.Errorf("%s: the entry's stamp is %v", locale, stamp)
		}
		if uid != "" && event.Id() != uid {
			t.Errorf("the same limit is %q for one reader and %q for another", uid, event.Id())
		}
		if uid = event.Id(); len(event.Alarms()) != 2 {
			t.Errorf("%s: the entry rings %d times", locale, len(event.Alarms()))
		}
	}
}
