package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

type (
	// tasksPage lists what is to be done in a case, and what was done.
	tasksPage struct {
		caseFrame
		Open, Done []taskRow
		MayDo      bool
		Problem    problem
		Note       string // what was written into the form that was refused
	}
	taskRow struct {
		N                          int
		Name, Owner, Due, By, Note string
		Late                       bool
	}
)

// recordPages are the pages of tasks, files and the record of a case.
func (s *server) recordPages() []pageRoute {
	return []pageRoute{
		{"GET", oneCasePage + "/tasks", caseReaders(), false, s.tasksPage},
		{"POST", oneCasePage + "/tasks/{task}/done", responders(), false, s.taskDone},
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
	return s.showTasks(w, r, user, state, http.StatusOK, problem{}, "")
}

func (s *server) showTasks(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, status int, why problem, note string) error {
	words := wordsFor(user.Locale)
	page := tasksPage{caseFrame: s.caseFrameOf(r, user, state, tabTasks, words.T("tasks")), Problem: why, Note: note,
		MayDo: !state.IsClosed() && slices.Contains(responders(), user.Role)}
	names, err := s.colleagues(r.Context())
	if err != nil {
		return err
	}
	place, now := placeOf(user, state), state.Clock.At(s.Clock())
	for _, t := range state.Tasks {
		row := taskRow{N: t.N, Name: taskIn(t.Code, words), Owner: sentenceStart(words.Role(t.Owner)), Due: words.At(t.DueAt, place), Note: t.Note,
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
func taskIn(code string, w words) string {
	if text := w.texts["task_"+code]; text != "" {
		return text
	}
	return sentenceStart(spoken(code))
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
	return s.showTasks(w, r, user, state, statusOf(told.Kind), problem{At: itoa(n), Text: wordsFor(user.Locale).Refusal(told)}, note)
}
