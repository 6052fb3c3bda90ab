package web

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"tocsin/postgres"
)

// rowShown is an incident in the list.
type rowShown struct {
	incidentRow
	HasDue      bool
	Left, DueAt string
	LeftSeconds int64
	Pace        int64
	Next        string // what to do next, in the reader's language
	W           words
}

type incidentsPage struct {
	frame
	Urgent                *rowShown
	Open, Running, Closed int
	Rows                  []rowShown
	// MayOpen says whether the reader's role may open an incident.
	MayOpen bool
}

// incidentsPage lists the incidents, the most urgent first.
func (s *server) incidentsPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	rows, err := s.Store.Incidents(r.Context(), postgres.IncidentFilter{Limit: 500})
	if err != nil {
		return err
	}
	page := incidentsPage{
		frame:   s.frameFor(r, user, wordsFor(user.Locale).T("nav_incidents")),
		MayOpen: slices.Contains(responders(), user.Role),
	}
	page.AtIncidents, page.Stream = true, s.streamOf("")
	for _, row := range rows {
		one := s.rowShownOf(row, user, page.W)
		if one.ClosedAt != nil {
			page.Closed++
		} else {
			page.Open++
		}
		if one.HasDue {
			page.Running++
		}
		page.Rows = append(page.Rows, one)
	}
	slices.SortStableFunc(page.Rows, byUrgency)
	if len(page.Rows) > 0 && page.Rows[0].HasDue {
		page.Urgent = &page.Rows[0]
	}
	s.show(w, r, http.StatusOK, "incidents", page)
	return nil
}

func (s *server) rowShownOf(row postgres.IncidentRow, user postgres.User, w words) rowShown {
	one := rowShown{incidentRow: s.rowOf(row), HasDue: !row.DueAt.IsZero(), Pace: max(row.Clock.Pace, 1), Next: w.Said(row.NextAction), W: w}
	if one.HasDue {
		left := row.DueAt.Sub(row.Clock.At(s.Clock()))
		place := placeElse(user, row.Zone)
		one.Left, one.LeftSeconds, one.DueAt = w.Remaining(left), int64(left/time.Second), w.At(row.DueAt, place)
	}
	return one
}

// byUrgency compares two incidents by the time that is really left. The store
// sorts by instant, but the instants of a drill are its own: a drill set in
// last year would stand above a real case, and a drill never may.
func byUrgency(a, b rowShown) int {
	rank := func(r rowShown) int {
		switch {
		case r.HasDue && !r.Exercise:
			return 0
		case r.ClosedAt == nil && !r.Exercise:
			return 1
		case r.HasDue:
			return 2
		case r.ClosedAt == nil:
			return 3
		default:
			return 4
		}
	}
	order := cmp.Compare(rank(a), rank(b))
	if order == 0 && a.HasDue && b.HasDue {
		order = cmp.Compare(a.LeftSeconds/a.Pace, b.LeftSeconds/b.Pace)
	}
	return order
}
