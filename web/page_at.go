package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
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
	// Time and Until are the moments as the form holds them, By which of the two
	// times of an entry counts.
	Time, Until, By string
	// Steps is how many moments the entries make, Step the one that is shown; Earlier
	// and Later lead to those beside it, empty for none.
	Steps, Step    int
	Earlier, Later string
	// Alert says what is wrong with them; empty for nothing.
	Alert string
	// Asked says that a moment was chosen; Known that there was a case by then;
	// Compared that there is a second moment.
	Asked, Known, Compared bool
	Facts                  []factShown
	Duties                 []dutyThen
	// Of long lists the latest are listed, and Hidden says so; it is empty where
	// all are.
	Then, Between listThen[trailShown]
	Changes       listThen[changeThen]
}

// listedThen is how many lines a list of the page has.
const listedThen = 200

// listThen is a list of which the latest lines are shown.
type listThen[T any] struct {
	Lines  []T
	N      int    // of all
	Hidden string // says how many are not shown; empty for none
}

func (l *listThen[T]) add(one T) {
	if l.N++; len(l.Lines) == listedThen {
		l.Lines = append(l.Lines[:0], l.Lines[1:]...)
	}
	l.Lines = append(l.Lines, one)
}

func (l *listThen[T]) say(w wording.Words) {
	if n := l.N - len(l.Lines); n > 0 {
		l.Hidden = w.T("at_hidden", w.N(n))
	}
}

// localMoment is how a form writes a moment, in the zone of the case.
const localMoment = "2006-01-02T15:04:05"

func (s *server) atPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	place, query := placeOf(user, state), r.URL.Query()
	by, err := clockOf(query.Get("by"))
	if err != nil {
		return err
	}
	step, err := wholeNumber(r, "step", 1<<31)
	if err != nil {
		return err
	}
	page := atPage{
		By:    by,
		frame: s.frameFor(r, user, titleThen(by, wording.For(user.Locale))+": "+state.Number),
		ID:    state.ID, Number: state.Number, Zone: place.String(), Exercise: state.Clock.Pace > 0,
		Time: query.Get("time"), Until: query.Get("until"),
	}
	if page.Time == "" && step == 0 {
		page.Time = state.Clock.At(s.Clock()).In(place).Format(localMoment)
		s.show(w, r, http.StatusOK, "at", page)
		return nil
	}
	if step > 0 {
		return s.showStep(w, r, page, state, int(step), place)
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

// wholeSecond is what a second that was chosen takes in after its beginning: forms
// know no parts of one, and what counts within it counts for it.
const wholeSecond = time.Second - time.Nanosecond

// titleThen names the page by the time that counts.
func titleThen(by string, w wording.Words) string {
	if by == byHappened {
		return w.T("at_title")
	}
	return w.T("What was known")
}

// momentsOf reads the form. What is not a moment is not repeated.
func momentsOf(first, second string, place *time.Location, w wording.Words) (at, until time.Time, alert string) {
	read := func(text string) (time.Time, bool) {
		for _, form := range []string{localMoment, "2006-01-02T15:04"} {
			if t, err := time.ParseInLocation(form, text, place); err == nil {
				return t.Add(wholeSecond), true
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

// showStep shows the case at one of the moments at which an entry of it counts.
func (s *server) showStep(w http.ResponseWriter, r *http.Request, page atPage, state *incident.State, step int, place *time.Location) error {
	events, err := s.Store.Events(r.Context(), state.ID, 0)
	if err != nil {
		return err
	}
	steps := stepsOf(state, events, page.By)
	at := steps[min(step, len(steps))-1]
	page.Time, page.Until = at.In(place).Format(localMoment), ""
	if err := s.fillAt(r, &page, state, at, time.Time{}, place); err != nil {
		return err
	}
	s.show(w, r, http.StatusOK, "at", page)
	return nil
}

// stepsOf are the moments at which entries of a case count, each once, in order.
func stepsOf(present *incident.State, events []incident.Event, by string) []time.Time {
	var list []time.Time
	for _, e := range events {
		list = append(list, instantOfEntry(present, e, by))
	}
	slices.SortFunc(list, time.Time.Compare)
	return slices.CompactFunc(list, time.Time.Equal)
}

// walk says where among the moments of the case the shown one lies.
func (p *atPage) walk(steps []time.Time, at time.Time) {
	p.Steps = len(steps)
	for _, one := range steps {
		if !one.After(at) {
			p.Step++
		}
	}
	address := func(step int) string {
		return "/incidents/" + p.ID + "/at?" + url.Values{"step": {strconv.Itoa(step)}, "by": {p.By}}.Encode()
	}
	if p.Step > 1 {
		p.Earlier = address(p.Step - 1)
	}
	if p.Step < p.Steps {
		p.Later = address(p.Step + 1)
	}
}

func (s *server) fillAt(r *http.Request, page *atPage, present *incident.State, at, until time.Time, place *time.Location) error {
	out, err := s.knownAt(r.Context(), present, at, until, page.By)
	if err != nil {
		return err
	}
	events, err := s.Store.Events(r.Context(), present.ID, 0)
	if err != nil {
		return err
	}
	page.Asked, page.Known, page.Compared = true, out.Known, !until.IsZero()
	for _, e := range events {
		one := trailShown{Seq: e.Seq, At: page.W.At(e.At, place), What: wording.Event(e.Type, page.W), Who: page.W.Role(e.Actor.Role)}
		switch {
		case counts(present, e, at, page.By):
			page.Then.add(one)
		case page.Compared && counts(present, e, until, page.By):
			page.Between.add(one)
		}
	}
	for _, c := range out.Changes {
		if where := placeIn(c.Path); !where.unsaid() {
			page.Changes.add(changeThen{where.In(page.W), where.Value(c.Before, page.W, place), where.Value(c.After, page.W, place)})
		}
	}
	page.Then.say(page.W)
	page.Between.say(page.W)
	page.Changes.say(page.W)
	page.walk(stepsOf(present, events, page.By), at)
	then := incident.KnownBy(events, present.Clock.Real(at))
	if page.By == byHappened {
		then = incident.HappenedBy(events, at)
	}
	if !out.Known {
		return nil
	}
	page.Facts = factsOf(then, page.W, place)
	for _, o := range out.Incident.Obligations {
		one := dutyThen{Name: dutyTitleIn(then.Obligation(o.N), page.W) + ", " + page.W.Said(o.Article), Status: page.W.T("duty_" + o.Status), Due: "–"}
		if o.Due != nil {
			one.Due = page.W.At(*o.Due, place)
		}
		page.Duties = append(page.Duties, one)
	}
	return nil
}
