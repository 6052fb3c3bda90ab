package web

import (
	"fmt"
	"net/http"
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
		left := row.DueAt.Sub(row.Clock.At(s.Clock()))
		one.Left, one.LeftSeconds = span(left), int64(left/time.Second)
		if one.ClosedAt != nil {
			page.Closed++
		} else {
			page.Open++
		}
		if one.HasDue {
			page.Running++
			if page.Urgent == nil || one.LeftSeconds < page.Urgent.LeftSeconds {
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
	markShown struct {
		X, Y         int
		Class, Label string
	}
	reminderShown struct{ Rung, Mode, Due, Fired, Accepted, Acknowledged string }
	taskShown     struct{ Name, Owner, State, Note string }
	factShown     struct{ Name, Value string }
	trailShown    struct {
		Seq                 int64
		At, What, Who, Hash string
	}
	roundShown struct {
		N      int
		Status string
		Counts incident.DeliveryCounts
	}
	dutyShown struct {
		Authority, Article, Status, Due, Aware, Outer, Left, Outcome string
		LeftSeconds                                                  int64
		Overdue                                                      bool
		Progress                                                     int
		Marks                                                        []markShown
		Reminders                                                    []reminderShown
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
	Trail  []trailShown
}

func (s *server) incidentPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	place := zoneOf(state.Disclosure.Zone)
	page := incidentPage{
		frame: frame{Title: state.Number, User: user}, Case: s.viewOf(state), Pace: max(state.Clock.Pace, 1),
		Stages: stagesOf(state), Facts: factsOf(state, place),
	}
	for i := range state.Obligations {
		page.Duties = append(page.Duties, dutyOf(&state.Obligations[i], state.Clock.At(s.Clock()), place))
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
		page.Rounds = append(page.Rounds, roundShown{N: round.N, Status: round.Status, Counts: counts})
	}
	entries, err := s.Store.Entries(r.Context(), state.ID)
	if err != nil {
		return err
	}
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i]
		page.Trail = append(page.Trail, trailShown{Seq: e.Entry.Seq, At: shown(e.Entry.At, place),
			What: strings.ReplaceAll(e.Entry.Type, "_", " "), Who: e.Entry.Actor.Role, Hash: e.Hash})
	}
	s.show(w, r, http.StatusOK, "incident", page)
	return nil
}

// stagesOf draws the stages of a case in their order.
func stagesOf(state *incident.State) []stageShown {
	at := state.Summarize(state.OpenedAt).Stage
	list := []stageShown{
		{Name: "Disclosure", Note: "received", Done: true},
		{Name: "Assessment", Note: incident.StageAssessing}, {Name: "Authority", Note: incident.StageNotifying},
		{Name: "People affected", Note: incident.StageInforming}, {Name: "Review", Note: incident.StageReview},
	}
	reached := len(list)
	for i, stage := range list {
		if stage.Note == at {
			reached = i
		}
	}
	for i := range list {
		list[i].Done, list[i].Here = i < reached, i == reached
	}
	return list
}

func factsOf(state *incident.State, place *time.Location) []factShown {
	d := state.Disclosure
	facts := []factShown{{"Told by", d.Kind}, {"Vendor", d.Vendor}, {"Received", shown(d.ReceivedAt, place)},
		{"Began", shown(d.OccurredFrom, place)}, {"Ended", shown(d.OccurredTo, place)}, {"Vendor found out", shown(d.ProcessorDetectedAt, place)},
		{"Personal data", d.PersonalData}, {"Authority", d.Authority}}
	var out []factShown
	for _, f := range facts {
		if f.Value != "" && f.Value != "–" {
			out = append(out, f)
		}
	}
	return out
}

// dutyOf draws a duty with its ladder.
func dutyOf(o *incident.Obligation, now time.Time, place *time.Location) dutyShown {
	left := o.DueAt.Sub(now)
	v := dutyShown{
		Authority: o.Terms.Authority, Article: "GDPR " + o.Terms.Article, Status: o.Status, Due: shown(o.DueAt, place),
		Aware: shown(o.AwareAt, place), Outer: shown(o.OuterBound, place), Left: span(left), LeftSeconds: int64(left / time.Second),
		Overdue: o.Status == incident.ObligationOpen && left < 0, Outcome: o.Reason,
	}
	if n := len(o.Filings); n > 0 {
		f := o.Filings[n-1]
		v.Outcome = fmt.Sprintf("Filed %s with receipt %s, %s before the limit.", shown(f.At, place), f.Receipt, span(o.DueAt.Sub(f.At)))
		if f.LateSeconds > 0 {
			v.Outcome = fmt.Sprintf("Filed %s with receipt %s, %s late, with the reasons for the delay.", shown(f.At, place), f.Receipt,
				span(time.Duration(f.LateSeconds)*time.Second))
		}
	}
	whole := o.DueAt.Sub(o.AwareAt)
	place2 := func(t time.Time) int {
		if whole <= 0 {
			return 10
		}
		return 10 + int(700*max(0, min(1, float64(t.Sub(o.AwareAt))/float64(whole))))
	}
	v.Progress = place2(now)
	for n := range len(o.Terms.Ladder.Rungs) {
		rung, _ := o.Terms.Ladder.Rung(n)
		name := incident.RungName(rung)
		mark := markShown{X: place2(rung.When(o.DueAt)), Y: 42 + 13*(n%2), Label: name}
		switch r := o.Reminder(o.Revision, name); {
		case r != nil && !r.AcknowledgedAt.IsZero():
			mark.Class = "seen"
		case r != nil:
			mark.Class = "rang"
		case rung.HoursLeft == 0:
			mark.Class = "due"
		}
		v.Marks = append(v.Marks, mark)
	}
	for _, r := range o.Reminders {
		v.Reminders = append(v.Reminders, reminderShownOf(r, place))
	}
	return v
}

func reminderShownOf(r incident.Reminder, place *time.Location) reminderShown {
	one := reminderShown{Rung: rungInWords(r.Rung), Due: shown(r.DueAt, place), Fired: shown(r.FiredAt, place), Acknowledged: shown(r.AcknowledgedAt, place)}
	switch r.Mode {
	case incident.RungCombined:
		one.Mode = "told with a later one"
	case incident.RungPassed:
		one.Mode = "passed before the clock was set"
	}
	var accepted []string
	for _, c := range r.Calls {
		if c.Recipient != nil && !c.AcceptedAt.IsZero() {
			accepted = append(accepted, string(c.Recipient.Role)+": "+shown(c.AcceptedAt, place))
		}
	}
	if one.Accepted = strings.Join(accepted, "; "); one.Accepted == "" {
		one.Accepted = "–"
	}
	return one
}
