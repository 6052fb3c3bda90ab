package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// deadlinesOfACalendar bounds a calendar, which its reader takes whole every time.
const deadlinesOfACalendar = 300

// serveCalendar answers the running duties of all cases as a calendar
// (RFC 5545), to whoever has the secret address. A calendar travels through the
// services of others, so that an entry names the case by its number and the
// duty, and neither its title nor anybody.
func (s *server) serveCalendar(w http.ResponseWriter, r *http.Request) {
	secret, ok := strings.CutSuffix(r.PathValue("secret"), ".ics")
	origin := s.originOf(r)
	if s.feeds.wait("", origin) > 0 {
		s.refuse(w, r, &incident.Error{Kind: incident.NotFound, Message: "too many wrong addresses came from here; try again later"})
		return
	}
	if !ok || len(secret) > 200 {
		secret = "" // of nobody
	}
	reader, err := s.Store.UserByCalendar(r.Context(), secret)
	if err != nil {
		if incident.KindOf(err) == incident.NotFound {
			s.feeds.add("", origin)
		}
		s.refuse(w, r, err)
		return
	}
	list, _, err := s.deadlines(r.Context(), reader, "", deadlinesOfACalendar)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	// A reader that went away cannot be told so.
	_, _ = w.Write([]byte(s.calendarOf(list, wording.For(reader.Locale))))
}

// calendarOf writes deadlines as a calendar. A drill stands in none: its
// instants are its own.
func (s *server) calendarOf(list []deadline, w wording.Words) string {
	calendar := ics.NewCalendarFor("Tocsin")
	calendar.SetMethod(ics.MethodPublish)
	calendar.SetXWRCalName("Tocsin: " + w.T("nav_deadlines"))
	calendar.SetRefreshInterval("PT15M") // its value type is written by the library
	calendar.SetXPublishedTTL("PT15M")
	for _, d := range list {
		if d.Exercise {
			continue
		}
		event := calendar.AddEvent(fmt.Sprintf("%s-%d-%s@tocsin", d.Incident, d.Obligation, d.Stage))
		event.SetDtStampTime(s.Clock())
		// The entry ends at the limit, so that it is seen before it.
		event.SetStartAt(d.Real.Add(-30 * time.Minute))
		event.SetEndAt(d.Real)
		event.SetSummary(d.Number + ": " + d.Duty)
		event.SetDescription(wording.Unmarked(w.T("Due %s.", d.Due)) + " " + d.Cited)
		event.SetURL(s.PublicURL + "/incidents/" + d.Incident)
		event.SetTimeTransparency(ics.TransparencyTransparent)
		for _, before := range []string{"-PT23H30M", "-PT5H30M"} {
			alarm := event.AddAlarm()
			alarm.SetAction(ics.ActionDisplay)
			alarm.SetTrigger(before)
			alarm.SetDescription(d.Number + ": " + d.Duty)
		}
	}
	return calendar.Serialize(ics.WithNewLineWindows) // RFC 5545 section 3.1: CR and LF
}

func (s *server) createCalendar(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.step(w, r, user, func(url.Values) (accountPage, error) {
		secret, err := s.Store.CreateCalendar(r.Context(), user.ID)
		return accountPage{Calendar: s.PublicURL + "/calendar/" + secret + ".ics"}, err
	})
}

func (s *server) removeCalendar(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.step(w, r, user, func(url.Values) (accountPage, error) {
		err := s.Store.RemoveCalendar(r.Context(), user.ID)
		return accountPage{Done: "The address of the calendar opens nothing any more."}, err
	})
}
