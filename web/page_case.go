package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

// shown writes an instant for people, with its offset.
func shown(t time.Time, place *time.Location) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(place).Format("Mon 2 Jan 2006, 15:04 -07:00")
}

// remaining says in words how much time is left, or how late it is: colour
// alone tells nothing to many readers. clock.js writes the same form.
func remaining(left time.Duration) string {
	if left < 0 {
		return span(left) + " late"
	}
	return span(left) + " left"
}

// span writes a length of time: hours and minutes.
func span(d time.Duration) string {
	d = d.Abs()
	return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
}

func rungInWords(rung string) string {
	switch after, late := strings.CutPrefix(rung, "overdue+"); {
	case late:
		return strings.TrimSuffix(after, "h") + " hours after the limit"
	case rung == "due":
		return "at the limit"
	default:
		return strings.TrimSuffix(rung, "h") + " hours left"
	}
}

// rowShown is an incident in the list.
type rowShown struct {
	incidentRow
	HasDue      bool
	Left        string
	LeftSeconds int64
	Pace        int64
}

type incidentsPage struct {
	frame
	Urgent                *rowShown
	Open, Running, Closed int
	Rows                  []rowShown
}

func (s *server) incidentsPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	rows, err := s.Store.Incidents(r.Context(), postgres.IncidentFilter{Limit: 500})
	if err != nil {
		return err
	}
	page := incidentsPage{frame: frame{Title: "Incidents", User: user, AtIncidents: true}}
	for _, row := range rows {
		one := rowShown{incidentRow: s.rowOf(row), HasDue: !row.DueAt.IsZero(), Pace: max(row.Clock.Pace, 1)}
		if one.HasDue {
			left := row.DueAt.Sub(row.Clock.At(s.Clock()))
			one.Left, one.LeftSeconds = remaining(left), int64(left/time.Second)
		}
		if one.ClosedAt != nil {
			page.Closed++
		} else {
			page.Open++
		}
		if one.HasDue {
			page.Running++
			if page.Urgent == nil { // the list begins with the most urgent
				urgent := one
				page.Urgent = &urgent
			}
		}
		page.Rows = append(page.Rows, one)
	}
	s.show(w, r, http.StatusOK, "incidents", page)
	return nil
}

type (
	stageShown struct {
		Name, Note string
		Done, Here bool
	}
	taskShown  struct{ Name, Owner, State, Note string }
	factShown  struct{ Name, Value string }
	trailShown struct {
		Seq                 int64
		At, What, Who, Hash string // the hash's beginning; the whole is in the bundle
	}
	roundShown struct {
		N, Waiting int
		Status     string
		Counts     incident.DeliveryCounts
	}
)

type incidentPage struct {
	frame
	Case   incidentView
	Pace   int64
	Stages []stageShown
	Duties []dutyShown
	Tasks  []taskShown
	Rounds []roundShown
	Facts  []factShown
	Papers []paperShown
	Trail  []trailShown
	// MayExport says whether the reader's role may take the bundle away.
	MayExport bool
}

func (s *server) incidentPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	place := zoneOf(state.Disclosure.Zone)
	page := incidentPage{
		frame: frame{Title: state.Number, User: user}, Case: s.viewOf(state), Pace: max(state.Clock.Pace, 1),
		Stages: stagesOf(state, place), Facts: factsOf(state, place),
	}
	if page.Duties, err = s.dutiesOf(r.Context(), state, user, state.Clock.At(s.Clock()), place); err != nil {
		return err
	}
	page.MayExport = slices.Contains(peopleReaders(), user.Role)
	for _, d := range state.Documents {
		page.Papers = append(page.Papers, paperShown{d.Name, d.ID})
	}
	for _, t := range state.Tasks {
		one := taskShown{Name: strings.ReplaceAll(t.Code, "_", " "), Owner: string(t.Owner), Note: t.Note, State: "open, due " + shown(t.DueAt, place)}
		if !t.DoneAt.IsZero() {
			one.State = "done " + shown(t.DoneAt, place) + " by " + string(t.DoneBy.Role)
		}
		page.Tasks = append(page.Tasks, one)
	}
	for _, round := range state.Rounds {
		counts, _, err := s.Store.Counts(r.Context(), state.ID, round.N)
		if err != nil {
			return err
		}
		page.Rounds = append(page.Rounds, roundShown{N: round.N, Status: round.Status, Counts: counts,
			Waiting: counts.Pending + counts.Sending + counts.Deferred})
	}
	entries, err := s.Store.Entries(r.Context(), state.ID)
	if err != nil {
		return err
	}
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i]
		page.Trail = append(page.Trail, trailShown{Seq: e.Entry.Seq, At: shown(e.Entry.At, place),
			What: strings.ReplaceAll(e.Entry.Type, "_", " "), Who: e.Entry.Actor.Role, Hash: e.Hash[:min(12, len(e.Hash))]})
	}
	s.show(w, r, http.StatusOK, "incident", page)
	return nil
}
