package web

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"tocsin/postgres"
	"tocsin/web/wording"
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

// deadlines gives the running duties of all open cases after a place in their
// list, the most urgent first and drills last, and where the next ones begin;
// next is empty when there are none.
func (s *server) deadlines(ctx context.Context, user postgres.User, after string, limit int) (list []deadline, next string, err error) {
	rows, next, err := s.Store.RunningDuties(ctx, after, limit)
	if err != nil {
		return nil, "", err
	}
	w, now := wording.For(user.Locale), s.Clock()
	for i := range rows {
		row := &rows[i]
		left := row.Duty.DueAt.Sub(row.Clock.At(now))
		list = append(list, deadline{
			Incident: row.Incident, Number: row.Number, Title: row.Title, Exercise: row.Exercise,
			Duty: runningDutyIn(row.Duty, w), Cited: w.Said(row.Duty.Cited), Obligation: row.Duty.N, Stage: row.Duty.Stage,
			Real: row.Real, Due: w.At(row.Duty.DueAt, placeElse(user, row.Zone)), Left: w.Remaining(left), LeftSeconds: int64(left / time.Second),
			Pace: max(row.Clock.Pace, 1), Overdue: left < 0, Taken: row.Duty.Taken,
		})
	}
	return list, next, nil
}

type deadlinesPage struct {
	frame
	Deadlines []deadline
	// Next is the address of the following page; empty on the last one. Later says
	// that this is not the first.
	Next  string
	Later bool
}

// deadlinesPage shows the running duties of all cases.
func (s *server) deadlinesPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", "after"); err != nil {
		return err
	}
	after := r.URL.Query().Get("after")
	list, next, err := s.deadlines(r.Context(), user, after, rowsOfAPage)
	if err != nil {
		return err
	}
	page := deadlinesPage{frame: s.frameFor(r, user, wording.For(user.Locale).T("nav_deadlines")), Deadlines: list, Later: after != ""}
	if next != "" {
		page.Next = "/deadlines?" + url.Values{"after": {next}}.Encode()
	}
	page.AtDeadlines, page.Stream = true, s.streamOf(r, "")
	s.show(w, r, http.StatusOK, "deadlines", page)
	return nil
}
