package web

import (
	"net/http"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

type (
	// caseFrame is what the pages of one case have above their own part.
	caseFrame struct {
		frame
		ID, Number, CaseTitle, Stage string
		Exercise, Closed             bool
		Pace                         int64
		Tabs                         []tabShown
		// Nearest is the limit that comes first; nil when no clock runs.
		Nearest *nearestShown
		// AsOf is the instant of which the page tells, Zone where it is meant.
		AsOf, Zone string
	}
	// tabShown is one view of a case.
	tabShown struct {
		Name, Href string
		Count      string // of what is open or kept there; empty for none
		Here       bool
	}
	nearestShown struct {
		Recipient, Left string
		LeftSeconds     int64
		Overdue         bool
	}
)

// The views of a case, by the end of their path.
const (
	tabOverview   = ""
	tabAssessment = "assessment"
	tabAuthority  = "authority"
	tabPeople     = "people"
	tabTasks      = "tasks"
	tabEvidence   = "evidence"
	tabTimeline   = "timeline"
	tabRetention  = "retention"
)

// tabsOf lists the views of a case.
func tabsOf(state *incident.State, here string, w wording.Words, reader incident.Role) []tabShown {
	var list []tabShown
	open := 0
	for _, t := range state.Tasks {
		if t.DoneAt.IsZero() {
			open++
		}
	}
	for _, one := range []struct {
		at, key string
		count   int
	}{
		{tabOverview, "overview", 0},
		{tabAssessment, "assessment", 0},
		{tabAuthority, "authority", 0},
		{tabPeople, "people", 0},
		{tabTasks, "tasks", open},
		{tabEvidence, "evidence", len(state.Documents)},
		{tabTimeline, "timeline", 0},
		{tabRetention, "retention", 0},
	} {
		if reader == incident.RoleCounsel && (one.at == tabPeople || one.at == tabRetention) {
			continue
		}
		tab := tabShown{Name: w.T(one.key), Href: "/incidents/" + state.ID, Here: one.at == here}
		if one.count > 0 {
			tab.Count = w.N(one.count)
		}
		if one.at != "" {
			tab.Href += "/" + one.at
		}
		list = append(list, tab)
	}
	return list
}

// caseFrameOf is the frame of a page of a case. The title is the page's own.
func (s *server) caseFrameOf(r *http.Request, user postgres.User, state *incident.State, here, title string) caseFrame {
	w, place, now := wording.For(user.Locale), placeOf(user, state), state.Clock.At(s.Clock())
	f := caseFrame{
		frame: s.frameFor(r, user, title+", "+state.Number),
		ID:    state.ID, Number: state.Number, CaseTitle: state.Disclosure.Title, Stage: state.Summarize(s.Clock()).Stage,
		Exercise: state.Clock.Pace > 0, Closed: state.IsClosed(), Pace: max(state.Clock.Pace, 1), Tabs: tabsOf(state, here, w, user.Role),
		AsOf: w.At(now, place), Zone: place.String(),
	}
	// The questions of the assessment show what was answered and is not recorded yet:
	// they are not asked for again under the reader's hand.
	if here != tabAssessment {
		f.Stream = s.streamOf(r, state.ID)
	}
	var first *incident.Obligation
	for i := range state.Obligations {
		if o := &state.Obligations[i]; o.Running() && (first == nil || o.DueAt.Before(first.DueAt)) {
			first = o
		}
	}
	if first != nil && !state.IsClosed() {
		left := first.DueAt.Sub(now)
		f.Nearest = &nearestShown{Recipient: w.Recipient(first.Recipient()), Left: w.Remaining(left),
			LeftSeconds: int64(left / time.Second), Overdue: left < 0}
	}
	return f
}
