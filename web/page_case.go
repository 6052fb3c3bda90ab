package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

type (
	stageShown struct {
		Name, Note string
		Done, Here bool
	}
	taskShown struct {
		N                        int
		Name, Owner, State, Note string
	}
	factShown    struct{ Name, Value string }
	paperShown   struct{ Name, ID, Size string }
	earlierShown struct{ Number, At string }
	trailShown   struct {
		Seq                 int64
		At, What, Who, Hash string // the hash's beginning; the whole is in the bundle
	}
	roundShown struct {
		N, Waiting int
		Untold     int    // to be told in another way
		To         string // to whom it writes
		Reason     string // why a person opened it
		Status     string
		Why        string // why the round halts
		Counts     incident.DeliveryCounts
	}
)

type incidentPage struct {
	frame
	Tabs   []tabShown
	Case   incidentView
	Pace   int64
	Stages []stageShown
	// First is the duty with the nearest limit; nil when nothing is pending.
	First  *dutyShown
	Duties []dutyShown
	Tasks  []taskShown
	Rounds []roundShown
	// Owed is how many people still have to be told by a mailing.
	Owed  incident.Owed
	Facts []factShown
	// Exposed are the kinds of data that were exposed, as far as they are known.
	Exposed []exposedShown
	Papers  []paperShown
	Trail   []trailShown
	// Before is by when the next action should be done; empty for no time.
	Before string
	// AsOf is the instant of which the page tells, in the case's own time; Zone
	// is where its times are meant.
	AsOf, Zone string
	// Next is what to do next, NextHref where, Missing all that is open.
	Next, NextHref string
	Missing        []string
	// The steps at the end of the page, and what was written into one that was
	// refused.
	MayLead, Closed, Provisional bool
	AwareAt, AwareWhy            string
	Problem                      problem
	// Told says what becomes of people's data.
	Told string
	// AtOnce is what to do first, right after the case was opened here.
	AtOnce []taskShown
	// Public says how far the public communication is; PublicOn when it was made
	// public, empty for not.
	Public, PublicOn string
	// Retention is what becomes of people's data.
	Retention retentionView
	// MayExport says whether the reader's role may take the bundle away.
	MayExport bool
	// Known is the vendor of the list that the case names and is not linked to;
	// nil for none.
	Known *vendorNamed
	// Counsel is how many links for outside counsel are open.
	Counsel int
	// Wrote is what the vendor wrote through its link; nil for nothing.
	Wrote *vendorWords
	// Joined are the cases that this one took in; Earlier are those of them that show
	// an earlier awareness, which nobody has looked at.
	Joined  []joinedShown
	Earlier []earlierShown
	// MayTakeLists says whether the reader's role may see organisations.
	MayTakeLists bool
}

// trailFirst is how many entries of the record are shown at once.
const trailFirst = 8

// incidentPage shows one case: the nearest deadline, what to do next, and
// below them all that is known.
func (s *server) incidentPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	return s.showIncidentPage(w, r, user, state, http.StatusOK, problem{})
}

// showIncidentPage renders the page, with a problem beside the form of a step.
func (s *server) showIncidentPage(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, status int, why problem) error {
	names, err := s.colleagues(r.Context())
	if err != nil {
		return err
	}
	place, now, words := placeOf(user, state), state.Clock.At(s.Clock()), wording.For(user.Locale)
	page := incidentPage{
		frame: s.frameFor(r, user, state.Number+" "+state.Disclosure.Title),
		Tabs:  tabsOf(state, tabOverview, words, user.Role), Case: s.viewOf(state), Pace: max(state.Clock.Pace, 1), AsOf: words.At(now, place), Zone: place.String(),
		Stages: stagesOf(state, words, place), Facts: factsOf(state, words, place), Exposed: exposedIn(state, words), Tasks: taskRows(state, names, words, place),
		MayLead: slices.Contains(leaders(), user.Role), Closed: state.IsClosed(), Problem: why, AwareWhy: strings.TrimSpace(r.PostFormValue("reason")),
		MayExport: slices.Contains(peopleReaders(), user.Role), MayTakeLists: slices.Contains(organisationReaders(), user.Role),
	}
	page.Stream = s.streamOf(r, state.ID)
	if page.Counsel, err = s.openCounselLinks(r, state.ID); err != nil {
		return err
	}
	if r.URL.Query().Has("opened") && !state.IsClosed() {
		page.AtOnce = openTasks(state, names, words, place)
	}
	if at := page.Case.NextAction.Before; at != nil {
		page.Before = words.At(*at, place)
	}
	page.Next, page.NextHref = words.Said(page.Case.NextAction.Text), s.whereTo(state, page.Case.NextAction.Code)
	for _, m := range page.Case.Missing {
		page.Missing = append(page.Missing, words.Said(m.Text))
	}
	if aware, ok := state.Aware(); ok {
		page.AwareAt, page.Provisional = localForm(aware.At.In(place)), aware.Provisional
	}
	if why.At == stepAwareness {
		page.AwareAt = intake.Shortened(r.PostFormValue("at"))
	} else {
		page.AwareWhy = ""
	}
	if page.Duties, err = s.dutiesOf(r.Context(), state, user, names, now, place); err != nil {
		return err
	}
	if len(page.Duties) > 0 && page.Duties[0].Mode != "done" {
		page.First, page.Duties = &page.Duties[0], page.Duties[1:]
	}
	for _, d := range state.Documents {
		page.Papers = append(page.Papers, paperFor(user, d))
	}
	for _, round := range state.Rounds {
		counts, err := s.countsOf(r.Context(), state, &round)
		if err != nil {
			return err
		}
		page.Rounds = append(page.Rounds, roundShown{N: round.N, Status: words.State(round.Status), Counts: counts,
			To: recipientsIn(round, words), Reason: round.Reason,
			Why: round.PauseReason, Waiting: counts.Pending + counts.Sending + counts.Deferred,
			Untold: untoldOf(round, counts)})
	}
	if state.Owed != nil {
		page.Owed = *state.Owed
	}
	if slices.Contains(leaders(), user.Role) { // who links it
		if page.Known, err = s.vendorNamed(r.Context(), state); err != nil {
			return err
		}
	}
	// Outside counsel reads no files, and these words are one; they may name people.
	if !page.Guest() {
		if page.Wrote, err = s.vendorWordsOf(r.Context(), state); err != nil {
			return err
		}
	}
	page.Joined = joinedIn(state, user, names, words, place)
	for i := range state.Joined {
		if j := &state.Joined[i]; state.ShowsEarlier(j) {
			page.Earlier = append(page.Earlier, earlierShown{j.Number, words.At(j.Earlier, place)})
		}
	}
	page.Public = publicStatus(state)
	if at := state.PublishedAt(); !at.IsZero() {
		page.PublicOn = words.At(at, place)
	}
	if page.Retention, err = s.retention(r.Context(), state); err != nil {
		return err
	}
	page.Told = retentionIn(state, page.Retention, words, place)
	if err := s.addTrail(r, &page, state.ID, place); err != nil {
		return err
	}
	if page.Guest() { // these lead where counsel may not go
		page.NextHref, page.Known, page.Case.VendorID = "", nil, ""
	}
	s.show(w, r, status, "incident", page)
	return nil
}

// addTrail lists the latest entries of the record, the last first.
func (s *server) addTrail(r *http.Request, page *incidentPage, id string, place *time.Location) error {
	entries, err := s.Store.EntriesBefore(r.Context(), id, 0, trailFirst)
	if err != nil {
		return err
	}
	for _, e := range entries {
		page.Trail = append(page.Trail, trailShown{Seq: e.Entry.Seq, At: page.W.At(e.Entry.At, place), What: wording.Event(e.Entry.Type, page.W),
			Who: page.W.Role(incident.Role(e.Entry.Actor.Role)), Hash: e.Hash[:min(12, len(e.Hash))]})
	}
	return nil
}

func taskRows(state *incident.State, names colleagues, w wording.Words, place *time.Location) []taskShown {
	var rows []taskShown
	for _, t := range state.Tasks {
		one := taskShown{N: t.N, Name: taskIn(t, w), Owner: w.Role(t.Owner), Note: t.Note, State: w.T("Open, due %s", w.At(t.DueAt, place))}
		if !t.DoneAt.IsZero() {
			one.State = w.T("Done by %s, %s", names.in(w, t.DoneBy), w.At(t.DoneAt, place))
		}
		rows = append(rows, one)
	}
	return rows
}

// openTasks are the tasks that nobody has done, the first due first.
func openTasks(state *incident.State, names colleagues, w wording.Words, place *time.Location) []taskShown {
	open := *state
	open.Tasks = slices.DeleteFunc(slices.Clone(state.Tasks), func(t incident.Task) bool { return !t.DoneAt.IsZero() })
	slices.SortStableFunc(open.Tasks, func(a, b incident.Task) int { return a.DueAt.Compare(b.DueAt) })
	return taskRows(&open, names, w, place)
}

func paperOf(d incident.Document, w wording.Words) paperShown {
	return paperShown{d.Name, d.ID, w.Figure(intake.InUnits(d.Size))}
}
