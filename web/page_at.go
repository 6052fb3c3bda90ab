package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

type (
	dutyThen   struct{ Name, Status, Due string }
	changeThen struct{ Path, Before, After string }
)

// atPage shows what was known of a case at a moment, and what differed later.
type atPage struct {
	frame
	ID, Number, Zone string
	Exercise         bool
	// Time and Until are the moments as the form holds them.
	Time, Until string
	// Alert says what is wrong with them; empty for nothing.
	Alert string
	// Asked says that a moment was chosen; Known that there was a case by then;
	// Compared that there is a second moment.
	Asked, Known, Compared bool
	Facts                  []factShown
	Duties                 []dutyThen
	Then, Between          []trailShown
	Changes                []changeThen
}

// localMoment is how a form writes a moment, in the zone of the case.
const localMoment = "2006-01-02T15:04:05"

func (s *server) atPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	place := placeOf(user, state)
	page := atPage{
		frame: s.frameFor(r, user, wordsFor(user.Locale).T("What was known")+": "+state.Number),
		ID:    state.ID, Number: state.Number, Zone: place.String(), Exercise: state.Clock.Pace > 0,
		Time: r.URL.Query().Get("time"), Until: r.URL.Query().Get("until"),
	}
	if page.Time == "" {
		page.Time = state.Clock.At(s.Clock()).In(place).Format(localMoment)
		s.show(w, r, http.StatusOK, "at", page)
		return nil
	}
	at, until, alert := momentsOf(page.Time, page.Until, place, page.W)
	if alert != "" {
		page.Time, page.Until, page.Alert = "", "", alert
		s.show(w, r, http.StatusBadRequest, "at", page)
		return nil
	}
	if err := s.fillAt(r, &page, state, at, until, place); err != nil {
		return err
	}
	s.show(w, r, http.StatusOK, "at", page)
	return nil
}

// momentsOf reads the form. What is not a moment is not repeated.
func momentsOf(first, second string, place *time.Location, w words) (at, until time.Time, alert string) {
	read := func(text string) (time.Time, bool) {
		for _, form := range []string{localMoment, "2006-01-02T15:04"} {
			if t, err := time.ParseInLocation(form, text, place); err == nil {
				return t, true
			}
		}
		return time.Time{}, false
	}
	at, ok := read(first)
	if !ok {
		return at, until, w.T("The first moment is not a day and a time, such as 2025-11-25T18:04:00. Choose it again.")
	}
	if second == "" {
		return at, until, ""
	}
	if until, ok = read(second); !ok {
		return at, until, w.T("The second moment is not a day and a time, such as 2025-11-25T18:04:00. Choose it again.")
	}
	if until.Before(at) {
		return at, until, w.T("The second moment lies before the first. Choose them again.")
	}
	return at, until, ""
}

func (s *server) fillAt(r *http.Request, page *atPage, present *incident.State, at, until time.Time, place *time.Location) error {
	out, err := s.knownAt(r.Context(), present, at, until)
	if err != nil {
		return err
	}
	events, err := s.Store.Events(r.Context(), present.ID, 0)
	if err != nil {
		return err
	}
	page.Asked, page.Known, page.Compared = true, out.Known, !until.IsZero()
	for _, e := range events {
		one := trailShown{Seq: e.Seq, At: page.W.At(e.At, place), What: eventIn(e.Type, page.W), Who: page.W.Role(e.Actor.Role)}
		switch {
		case e.Seq <= out.Seq:
			page.Then = append(page.Then, one)
		case len(page.Between) < len(out.Entries):
			page.Between = append(page.Between, one)
		}
	}
	for _, c := range out.Changes {
		page.Changes = append(page.Changes, changeThen{strings.ReplaceAll(c.Path, ".", " › "), plain(c.Before), plain(c.After)})
	}
	then := incident.KnownBy(events, present.Clock.Real(at))
	if !out.Known {
		return nil
	}
	page.Facts = factsOf(then, page.W, place)
	for _, o := range out.Incident.Obligations {
		one := dutyThen{Name: o.Recipient + ", " + o.Article, Status: page.W.T("duty_" + o.Status), Due: "–"}
		if o.Due != nil {
			one.Due = page.W.At(*o.Due, place)
		}
		page.Duties = append(page.Duties, one)
	}
	return nil
}

// plain writes a value of JSON for people.
func plain(raw json.RawMessage) string {
	var text string
	switch {
	case string(raw) == "null":
		return "–"
	case json.Unmarshal(raw, &text) == nil:
		return text
	default:
		return string(raw)
	}
}
