package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

type (
	// tasksPage lists what is to be done in a case, and what was done.
	tasksPage struct {
		caseFrame
		Open, Done []taskRow
		MayDo      bool
		Problem    problem
		Note       string // what was written into the form that was refused
		// MayLead says whether the reader may put down tasks and reopen them.
		MayLead bool
		// New is what was written into the form of a further task.
		New    taskForm
		Owners []choice
	}
	taskForm struct{ Title, Owner, Due, Reason string }
	taskRow  struct {
		N                          int
		Name, Owner, Due, By, Note string
		Why, Again                 string // why a person put it down, and why it is to be done again
		Late                       bool
	}
)

// recordPages are the pages of tasks, files and the record of a case.
func (s *server) recordPages() []pageRoute {
	return []pageRoute{
		{"GET", oneCasePage + "/tasks", caseReaders(), false, s.tasksPage},
		{"POST", oneCasePage + "/tasks/{task}/done", responders(), false, s.taskDone},
		{"POST", oneCasePage + "/tasks/{task}/reopen", leaders(), false, s.taskReopened},
		{"POST", oneCasePage + "/tasks", leaders(), false, s.taskAdded},
		{"GET", oneCasePage + "/evidence", caseReaders(), false, s.evidencePage},
		{"POST", oneCasePage + "/evidence", responders(), true, s.attachFromPage},
		{"GET", oneCasePage + "/timeline", caseReaders(), false, s.timelinePage},
		{"POST", oneCasePage + "/timeline/check", peopleReaders(), true, s.checkRecord},
	}
}

func (s *server) tasksPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	return s.showTasks(w, r, user, state, http.StatusOK, tasksPage{})
}

// showTasks completes a page, which holds what a form came to, and shows it.
func (s *server) showTasks(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, status int, done tasksPage) error {
	words := wording.For(user.Locale)
	page := tasksPage{caseFrame: s.caseFrameOf(r, user, state, tabTasks, words.T("tasks")), Problem: done.Problem, Note: done.Note, New: done.New,
		MayLead: !state.IsClosed() && slices.Contains(leaders(), user.Role),
		MayDo:   !state.IsClosed() && slices.Contains(responders(), user.Role)}
	names, err := s.colleagues(r.Context())
	if err != nil {
		return err
	}
	for _, role := range incident.TaskOwners() {
		page.Owners = append(page.Owners, choice{string(role), wording.SentenceStart(words.Role(role))})
	}
	place, now := placeOf(user, state), state.Clock.At(s.Clock())
	if page.New.Due == "" {
		page.New.Due = now.AddDate(0, 0, 1).In(place).Format(localInstant)
	}
	for _, t := range state.Tasks {
		row := taskRow{N: t.N, Name: taskIn(t, words), Why: t.Reason, Again: t.Reopened, Owner: wording.SentenceStart(words.Role(t.Owner)), Due: words.At(t.DueAt, place), Note: t.Note,
			Late: t.DoneAt.IsZero() && now.After(t.DueAt)}
		if t.DoneAt.IsZero() {
			page.Open = append(page.Open, row)
			continue
		}
		row.By = words.T("done_by", names.in(words, t.DoneBy), words.At(t.DoneAt, place))
		page.Done = append(page.Done, row)
	}
	due := map[int]time.Time{}
	for _, t := range state.Tasks {
		due[t.N] = t.DueAt
	}
	slices.SortStableFunc(page.Open, func(a, b taskRow) int { return due[a.N].Compare(due[b.N]) })
	s.show(w, r, status, "tasks", page)
	return nil
}

// taskIn says what a task asks for.
func taskIn(t incident.Task, w wording.Words) string {
	if t.Title != "" {
		return t.Title
	}
	return wording.SentenceStart(w.Said(t.Called()))
}

// taskDone says that a task is done.
func (s *server) taskDone(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 64<<10); err != nil {
		return err
	}
	n, err := number(r, "task")
	if err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	note := strings.TrimSpace(r.PostForm.Get("note"))
	err = s.carryOut(r, user, state, incident.CompleteTask{Task: n, Note: note})
	if err == nil {
		http.Redirect(w, r, "/incidents/"+state.ID+"/tasks", http.StatusSeeOther)
		return nil
	}
	told := explain(err)
	if told.Kind != incident.Invalid && told.Kind != incident.Conflict {
		return err
	}
	return s.showTasks(w, r, user, state, statusOf(told.Kind), tasksPage{Problem: problem{At: itoa(n), Text: wording.For(user.Locale).Refusal(told)}, Note: note})
}
