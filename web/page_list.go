package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// rowShown is an incident in the list.
type rowShown struct {
	incidentRow
	HasDue      bool
	Left, DueAt string
	LeftSeconds int64
	Pace        int64
	Next        string // what to do next, in the reader's language
	Waits       string // for whom, by role; empty for nobody
	W           wording.Words
}

type incidentsPage struct {
	frame
	Urgent *rowShown
	Counts postgres.IncidentCounts
	// Median is the time from awareness to the first notification, in words.
	Median string
	Rows   []rowShown
	// Search, Which and Next are what the list was narrowed by, and the address of
	// the following page; Narrowed that it does not show all cases from the first on.
	Search, Which, Next string
	Narrowed            bool
	// MayOpen says whether the reader's role may open an incident.
	MayOpen bool
}

// longestSearch is how long a text may be that is looked for, in bytes.
const longestSearch = 200

// rowsOfAPage is how many cases or deadlines a page shows.
const rowsOfAPage = 100

// incidentsPage lists the incidents, the most urgent first.
func (s *server) incidentsPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", "search", "which", "after"); err != nil {
		return err
	}
	query := r.URL.Query()
	page := incidentsPage{
		frame:   s.frameFor(r, user, wording.For(user.Locale).T("nav_incidents")),
		MayOpen: slices.Contains(responders(), user.Role),
		Search:  strings.TrimSpace(query.Get("search")), Which: query.Get("which"),
	}
	page.AtIncidents, page.Stream = true, s.streamOf(r, "")
	if len(page.Search) > longestSearch {
		return incident.InvalidField("search", intake.Shortened(page.Search), "is too long", fmt.Sprintf("at most %d bytes", longestSearch))
	}
	filter := postgres.IncidentFilter{Search: page.Search, After: query.Get("after"), Limit: rowsOfAPage + 1}
	switch page.Which {
	case "":
	case "open", "closed":
		open := page.Which == "open"
		filter.Open = &open
	default:
		return incident.InvalidField("which", intake.Shortened(page.Which), "is not known", "open or closed")
	}
	page.Narrowed = filter.Search != "" || filter.After != "" || filter.Open != nil
	var err error
	if page.Counts, err = s.Store.CountIncidents(r.Context()); err != nil {
		return err
	}
	if page.Counts.Notified > 0 {
		page.Median = wording.Span(page.Counts.Median)
	}
	rows, err := s.Store.Incidents(r.Context(), filter)
	if err != nil {
		return err
	}
	if len(rows) > rowsOfAPage {
		rows = rows[:rowsOfAPage]
		page.Next = "/incidents?" + url.Values{"search": {page.Search}, "which": {page.Which}, "after": {rows[rowsOfAPage-1].ID}}.Encode()
	}
	for _, row := range rows {
		page.Rows = append(page.Rows, s.rowShownOf(row, user, page.W))
	}
	if err := s.addUrgent(r, &page, user); err != nil {
		return err
	}
	s.show(w, r, http.StatusOK, "incidents", page)
	return nil
}

// addUrgent adds the case with the nearest deadline of all.
func (s *server) addUrgent(r *http.Request, page *incidentsPage, user postgres.User) error {
	if page.Counts.Running == 0 {
		return nil
	}
	first := page.Rows
	if page.Narrowed {
		open := true
		rows, err := s.Store.Incidents(r.Context(), postgres.IncidentFilter{Open: &open, Limit: rowsOfAPage})
		if err != nil {
			return err
		}
		first = nil
		for _, row := range rows {
			first = append(first, s.rowShownOf(row, user, page.W))
		}
	}
	if i := slices.IndexFunc(first, func(one rowShown) bool { return one.HasDue }); i >= 0 {
		page.Urgent = &first[i]
	}
	return nil
}

func (s *server) rowShownOf(row postgres.IncidentRow, user postgres.User, w wording.Words) rowShown {
	one := rowShown{incidentRow: s.rowOf(row), HasDue: !row.DueAt.IsZero(), Pace: max(row.Clock.Pace, 1), Next: w.Said(row.NextAction), W: w}
	if row.NextBy != "" {
		one.Waits = wording.SentenceStart(w.Role(row.NextBy))
	}
	if one.HasDue {
		left := row.DueAt.Sub(row.Clock.At(s.Clock()))
		place := placeElse(user, row.Zone)
		one.Left, one.LeftSeconds, one.DueAt = w.Remaining(left), int64(left/time.Second), w.At(row.DueAt, place)
	}
	return one
}
