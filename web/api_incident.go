package web

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// reasonRequest gives the reason of a decision.
type reasonRequest struct {
	// Reason says why.
	Reason string `json:"reason" check:"required" doc:"why, for the record"`
}

// incidentRow is one incident in a list.
type incidentRow struct {
	ID         string     `json:"id" doc:"the incident's id"`
	Number     string     `json:"number" doc:"the human number"`
	Title      string     `json:"title" doc:"a few words that name the case"`
	State      string     `json:"state" doc:"open or closed"`
	Stage      string     `json:"stage" doc:"assessing, notifying, informing, review or closed"`
	Authority  string     `json:"authority" doc:"the code of the competent authority"`
	Exercise   bool       `json:"exercise" doc:"whether it is a drill"`
	OpenedAt   time.Time  `json:"opened_at" doc:"when it was opened"`
	ClosedAt   *time.Time `json:"closed_at,omitempty" doc:"when it was closed"`
	Due        *time.Time `json:"due,omitempty" doc:"the nearest legal deadline that runs"`
	Overdue    bool       `json:"overdue" doc:"whether that deadline has passed"`
	People     int        `json:"people" doc:"the number of people affected"`
	NextAction string     `json:"next_action" doc:"what to do next"`
	NextBy     string     `json:"next_by,omitempty" doc:"the role that it waits for: a role of an account, or engine"`
}

// incidentList is a page of incidents.
type incidentList struct {
	Incidents []incidentRow `json:"incidents" doc:"the incidents, the most urgent first"`
}

func (s *server) listIncidents(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	if err := checkQuery(r, "", "open", "search", "limit", "after"); err != nil {
		return err
	}
	limit, err := wholeNumber(r, "limit", 500)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	filter := postgres.IncidentFilter{Search: query.Get("search"), Limit: int(limit), After: query.Get("after")}
	switch query.Get("open") {
	case "":
	case "true", "false":
		open := query.Get("open") == "true"
		filter.Open = &open
	default:
		return incident.InvalidField("open", intake.Shortened(query.Get("open")), "is not known", "true or false")
	}
	rows, err := s.Store.Incidents(r.Context(), filter)
	if err != nil {
		return err
	}
	out := incidentList{Incidents: make([]incidentRow, 0, len(rows))}
	for _, row := range rows {
		out.Incidents = append(out.Incidents, s.rowOf(row))
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

func (s *server) rowOf(row postgres.IncidentRow) incidentRow {
	place := zoneOf(row.Zone)
	out := incidentRow{
		ID: row.ID, Number: row.Number, Title: row.Title, State: "open", Stage: row.Stage, Authority: row.Authority,
		Exercise: row.Exercise, OpenedAt: row.OpenedAt.In(place), ClosedAt: local(row.ClosedAt, place),
		Due: local(row.DueAt, place), People: row.People, NextAction: row.NextAction, NextBy: string(row.NextBy),
	}
	if out.ClosedAt != nil {
		out.State = "closed"
	}
	out.Overdue = out.Due != nil && row.Clock.At(s.Clock()).After(row.DueAt)
	return out
}

// zones are the zones that were asked for, by their names. Reading one from its
// file takes longer than a row of a list.
var zones sync.Map

func zoneOf(name string) *time.Location {
	if known, ok := zones.Load(name); ok {
		if place, ok := known.(*time.Location); ok {
			return place
		}
	}
	place, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	zones.Store(name, place)
	return place
}

// local gives an instant in a zone, or nothing for none.
func local(t time.Time, place *time.Location) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(place)
	return &t
}

// incidentView is an incident as a person needs to see it.
type incidentView struct {
	ID          string              `json:"id" doc:"the incident's id"`
	Number      string              `json:"number" doc:"the human number"`
	Title       string              `json:"title" doc:"a few words that name the case"`
	State       string              `json:"state" doc:"open or closed"`
	Stage       string              `json:"stage" doc:"assessing, notifying, informing, review or closed"`
	Exercise    bool                `json:"exercise" doc:"whether it is a drill"`
	Now         time.Time           `json:"now" doc:"the incident's own time: real time unless it is an exercise"`
	OpenedAt    time.Time           `json:"opened_at" doc:"when it was opened"`
	ClosedAt    *time.Time          `json:"closed_at,omitempty" doc:"when it was closed"`
	Zone        string              `json:"zone" doc:"the zone in which times are shown"`
	Vendor      string              `json:"vendor,omitempty" doc:"the vendor that told us"`
	VendorID    string              `json:"vendor_id,omitempty" doc:"the vendor's id in the list, once the case is linked to it"`
	Summary     string              `json:"summary,omitempty" doc:"what happened"`
	NextAction  actionView          `json:"next_action" doc:"the one next action"`
	Missing     []actionView        `json:"missing" doc:"what is open, most pressing first"`
	Awareness   []awarenessView     `json:"awareness" doc:"the history of the instant of awareness; the last one counts"`
	Assessments []assessmentView    `json:"assessments" doc:"the versions of the assessment; the last one counts"`
	Obligations []obligationView    `json:"obligations" doc:"the duties with their clocks"`
	Tasks       []taskView          `json:"tasks" doc:"the tasks"`
	Rounds      []roundView         `json:"rounds" doc:"the rounds of people with their mailings"`
	Documents   []incident.Document `json:"documents" doc:"the files of the case"`
	Seq         int64               `json:"seq" doc:"the number of the last event"`
	JoinedTo    *joinedTo           `json:"joined_to,omitempty" doc:"the case with which this one goes on"`
	Joined      []joinedCase        `json:"joined,omitempty" doc:"the cases that this one took in, with what was told there"`
}

type actionView struct {
	Code   string     `json:"code" doc:"the action, such as record_assessment"`
	Text   string     `json:"text" doc:"the action in words"`
	Waits  string     `json:"waits,omitempty" doc:"the role that the case waits for: a role of an account, or engine"`
	Before *time.Time `json:"before,omitempty" doc:"the instant by which it should be done"`
}

type awarenessView struct {
	Revision    int            `json:"revision" doc:"counts from 1"`
	At          time.Time      `json:"at" doc:"the instant of awareness"`
	Reason      string         `json:"reason" doc:"why this instant"`
	Provisional bool           `json:"provisional" doc:"whether nobody has decided yet"`
	SetAt       time.Time      `json:"set_at" doc:"when it was decided"`
	By          incident.Actor `json:"by" doc:"who decided"`
}

type assessmentView struct {
	Version  int                         `json:"version" doc:"counts from 1"`
	At       time.Time                   `json:"at" doc:"when it was recorded"`
	By       incident.Actor              `json:"by" doc:"who recorded it"`
	Severity *severityView               `json:"severity,omitempty" doc:"the outcome of the method of calculation"`
	Decision incident.AssessmentDecision `json:"decision" doc:"what was decided and why"`
	Advice   *incident.Advice            `json:"advice,omitempty" doc:"what the rules recommended; absent where they could not read the facts"`
}

type severityView struct {
	Score gdpr.Hundredths `json:"score" doc:"the score"`
	Band  string          `json:"band" doc:"low, medium, high or very high"`
}

func (s *server) showIncident(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, s.viewOf(state))
	return nil
}

// viewOf gives an incident at this instant, times in the incident's zone.
func (s *server) viewOf(state *incident.State) incidentView { return s.viewAt(state, s.Clock()) }

// viewAt is the view at a real instant.
func (s *server) viewAt(state *incident.State, now time.Time) incidentView {
	place := zoneOf(state.Disclosure.Zone)
	sum := state.Summarize(now)
	v := incidentView{
		ID: state.ID, Number: state.Number, Title: state.Disclosure.Title, State: "open", Stage: sum.Stage,
		Exercise: state.Clock.Pace > 0, Now: state.Clock.At(now).In(place), OpenedAt: state.OpenedAt.In(place),
		ClosedAt: local(state.ClosedAt, place), Zone: state.Disclosure.Zone, Vendor: state.Disclosure.Vendor,
		Summary: state.Disclosure.Summary, NextAction: actionOf(sum.Next, place), Seq: state.Seq,
		Missing: []actionView{}, Awareness: []awarenessView{}, Assessments: []assessmentView{}, Obligations: []obligationView{},
		Tasks: tasksOf(state), Rounds: []roundView{}, Documents: append([]incident.Document{}, state.Documents...),
	}
	if state.IsClosed() {
		v.State = "closed"
	}
	if linked := state.Disclosure.VendorRecord; linked != nil {
		v.VendorID = linked.ID
	}
	for _, m := range sum.Missing {
		v.Missing = append(v.Missing, actionOf(m, place))
	}
	for _, a := range state.Awareness {
		v.Awareness = append(v.Awareness, awarenessView{
			Revision: a.Revision, At: a.At.In(place), Reason: a.Reason, Provisional: a.Provisional, SetAt: a.SetAt.In(place), By: a.By,
		})
	}
	for _, a := range state.Assessments {
		one := assessmentView{Version: a.Version, At: a.At.In(place), By: a.By, Decision: a.Decision, Advice: a.Advice}
		if a.Severity != nil {
			one.Severity = &severityView{Score: gdpr.Hundredths(a.Severity.Score), Band: a.Severity.Band}
		}
		v.Assessments = append(v.Assessments, one)
	}
	for i := range state.Obligations {
		v.Obligations = append(v.Obligations, s.obligationOf(state, &state.Obligations[i], state.Clock.At(now), place))
	}
	for _, round := range state.Rounds {
		v.Rounds = append(v.Rounds, roundOf(round, place))
	}
	v.JoinedTo, v.Joined = joiningsOf(state, place)
	return v
}

func actionOf(a incident.Action, place *time.Location) actionView {
	return actionView{Code: a.Code, Text: a.Text, Waits: string(a.Waits), Before: local(a.Before, place)}
}

// command gives a command on the incident of the path.
func (s *server) command(w http.ResponseWriter, r *http.Request, user postgres.User, c incident.Command) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	return s.commandOn(w, r, user, state, c)
}

// commandOn gives a command on an incident that is loaded.
func (s *server) commandOn(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, c incident.Command) error {
	// A command on a closed case is answered here: its workflow has ended.
	if state.IsClosed() {
		if err := s.try(state, user, c); err != nil {
			return err
		}
	}
	return s.give(w, r, user, state, c)
}

// taskView is a task.
type taskView struct {
	N      int             `json:"n" doc:"the number within the incident"`
	Code   string          `json:"code" doc:"the task's name; empty for one that a person put down"`
	Title  string          `json:"title,omitempty" doc:"what is to be done, where a person put it down"`
	Reason string          `json:"reason,omitempty" doc:"why, where a person put it down"`
	Again  string          `json:"reopened,omitempty" doc:"why it is to be done again"`
	Owner  incident.Role   `json:"owner" doc:"the role that has to do it"`
	DueAt  time.Time       `json:"due_at" doc:"when it should be done"`
	DoneAt *time.Time      `json:"done_at,omitempty" doc:"when it was done"`
	DoneBy *incident.Actor `json:"done_by,omitempty" doc:"who did it"`
	Note   string          `json:"note,omitempty" doc:"what was done"`
}

type taskList struct {
	Tasks []taskView `json:"tasks" doc:"the tasks"`
}

func tasksOf(state *incident.State) []taskView {
	place, out := zoneOf(state.Disclosure.Zone), []taskView{}
	for _, t := range state.Tasks {
		out = append(out, taskView{N: t.N, Code: t.Code, Title: t.Title, Reason: t.Reason, Again: t.Reopened, Owner: t.Owner, DueAt: t.DueAt.In(place),
			DoneAt: local(t.DoneAt, place), DoneBy: t.DoneBy, Note: t.Note})
	}
	return out
}

func (s *server) listTasks(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, taskList{Tasks: tasksOf(state)})
	return nil
}

type taskDoneRequest struct {
	Note string `json:"note" doc:"what was done"`
}

func (s *server) completeTask(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body taskDoneRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	t, err := taskOfPath(r, state)
	if err != nil {
		return err
	}
	return s.commandOn(w, r, user, state, incident.CompleteTask{Task: t.N, Note: body.Note})
}

func (s *server) reopenTask(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body reasonRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	t, err := taskOfPath(r, state)
	if err != nil {
		return err
	}
	return s.commandOn(w, r, user, state, incident.ReopenTask{Task: t.N, Reason: body.Reason})
}

// taskOfPath finds the task of a request's path, by its number or its code.
func taskOfPath(r *http.Request, state *incident.State) (incident.Task, error) {
	for _, t := range state.Tasks {
		if name := r.PathValue("task"); name == t.Code || name == fmt.Sprint(t.N) {
			return t, nil
		}
	}
	return incident.Task{}, &incident.Error{Kind: incident.NotFound, Field: "task", Value: intake.Shortened(r.PathValue("task")),
		Message: "there is no such task", Expected: fmt.Sprintf("a number from 1 to %d, or a code of the list of tasks", len(state.Tasks))}
}
