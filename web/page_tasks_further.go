package web

import (
	"net/http"
	"strings"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// The forms of the page of tasks beside those of the tasks, which have their
// numbers.
const formTaskAdd = "add"

// taskAdded puts down a further task, from the page.
func (s *server) taskAdded(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 64<<10); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	given := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	form := taskForm{Title: given("title"), Owner: given("owner"), Due: given("due"), Reason: given("reason")}
	due, ok := momentIn(form.Due, placeOf(user, state))
	if ok {
		err = s.carryOut(r, user, state, incident.AddTask{Title: form.Title, Owner: incident.Role(form.Owner), DueAt: due, Reason: form.Reason})
	} else {
		err = incident.InvalidField("due_at", intake.Shortened(form.Due), "is not a date with a time", wording.For(user.Locale).T("takes_datetime"))
	}
	return s.afterTask(w, r, user, state, tasksPage{Problem: problem{At: formTaskAdd}, New: form}, err)
}

// taskReopened says that a task is to be done again, from the page.
func (s *server) taskReopened(w http.ResponseWriter, r *http.Request, user postgres.User) error {
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
	err = s.carryOut(r, user, state, incident.ReopenTask{Task: n, Reason: strings.TrimSpace(r.PostForm.Get("reason"))})
	return s.afterTask(w, r, user, state, tasksPage{Problem: problem{At: itoa(n)}}, err)
}

// afterTask leads back to the page of tasks, or shows it with why a form was
// refused.
func (s *server) afterTask(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, page tasksPage, err error) error {
	if err == nil {
		http.Redirect(w, r, "/incidents/"+state.ID+"/tasks", http.StatusSeeOther)
		return nil
	}
	told := explain(err)
	if told.Kind != incident.Invalid && told.Kind != incident.Conflict {
		return err
	}
	page.Problem.Text = wording.For(user.Locale).Refusal(told)
	return s.showTasks(w, r, user, state, statusOf(told.Kind), page)
}
