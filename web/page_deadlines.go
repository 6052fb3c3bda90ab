package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

// deadline is one running duty of one open case.
type deadline struct {
	// Incident, Number and Title name the case, Duty and Cited the duty.
	Incident, Number, Title, Duty, Cited string
	// Obligation and Stage name the duty within the case.
	Obligation int
	Stage      string
	// Real is the last instant in time, real time.
	Real time.Time
	// Due is the same in the case's own time, in words.
	Due, Left   string
	LeftSeconds int64
	Pace        int64
	// Overdue and Exercise say what they say; Taken that a reminder of it was
	// acknowledged.
	Overdue, Exercise, Taken bool
}

// casesWithDeadlines bounds the work for a page, in cases. What is further
// away than that many cases is no help on the page.
const casesWithDeadlines = 200

// deadlines gives every running duty of every open case, the most urgent first,
// and whether there are cases beyond those that were looked at.
func (s *server) deadlines(ctx context.Context, user postgres.User) (list []deadline, more bool, err error) {
	open := true
	rows, err := s.Store.Incidents(ctx, postgres.IncidentFilter{Open: &open, Limit: casesWithDeadlines + 1})
	if err != nil {
		return nil, false, err
	}
	for n, row := range rows {
		if row.DueAt.IsZero() {
			continue
		}
		if n == casesWithDeadlines {
			more = true
			break
		}
		state, err := s.Store.State(ctx, row.ID)
		if err != nil {
			return nil, false, err
		}
		list = append(list, s.deadlinesOf(state, user)...)
	}
	slices.SortStableFunc(list, func(a, b deadline) int {
		// A drill never stands above a real case.
		if a.Exercise != b.Exercise {
			if a.Exercise {
				return 1
			}
			return -1
		}
		return cmp.Or(a.Real.Compare(b.Real), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Obligation, b.Obligation))
	})
	return list, more, nil
}

func (s *server) deadlinesOf(state *incident.State, user postgres.User) []deadline {
	var list []deadline
	now, place, w := state.Clock.At(s.Clock()), placeOf(user, state), wordsFor(user.Locale)
	for i := range state.Obligations {
		o := &state.Obligations[i]
		if modeOf(o) != "clock" || state.IsClosed() {
			continue
		}
		left := o.DueAt.Sub(now)
		list = append(list, deadline{
			Incident: state.ID, Number: state.Number, Title: state.Disclosure.Title, Exercise: state.Disclosure.Exercise != nil,
			Duty: dutyTitleIn(o, w), Cited: o.Stage().Cited, Obligation: o.N, Stage: o.StageName(),
			Real: state.Clock.Real(o.DueAt), Due: w.At(o.DueAt, place), Left: w.Remaining(left), LeftSeconds: int64(left / time.Second),
			Pace: max(state.Clock.Pace, 1), Overdue: left < 0, Taken: o.Acknowledged() > 0,
		})
	}
	return list
}

type deadlinesPage struct {
	frame
	Deadlines []deadline
	// More says that there are cases beyond those shown.
	More bool
}

// deadlinesPage shows the running duties of all cases.
func (s *server) deadlinesPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	list, more, err := s.deadlines(r.Context(), user)
	if err != nil {
		return err
	}
	page := deadlinesPage{frame: s.frameFor(r, user, wordsFor(user.Locale).T("nav_deadlines")), Deadlines: list, More: more}
	page.AtDeadlines, page.Stream = true, s.streamOf("")
	s.show(w, r, http.StatusOK, "deadlines", page)
	return nil
}
