package web

import (
	"net/http"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// lookAtDataSet says what the data set holds that a vendor sent through its link,
// as if it had been chosen on the page. Nothing of it is imported.
func (s *server) lookAtDataSet(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, intake.FormRoom); err != nil {
		return err
	}
	state, form, err := s.keptDataSet(r)
	if state == nil {
		return err
	}
	if err == nil {
		var page filePage
		if page, err = s.filePageOf(r, user, state, form, wording.For(user.Locale)); err == nil {
			page.Kept, page.Set = true, r.PostForm.Get("set")
			s.show(w, r, http.StatusOK, "people_file", page)
			return nil
		}
	}
	return s.fileRefused(w, r, user, state, err)
}

// importDataSet imports that data set, once a person has confirmed its columns.
func (s *server) importDataSet(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, intake.FormRoom); err != nil {
		return err
	}
	state, form, err := s.keptDataSet(r)
	if state == nil {
		return err
	}
	words := wording.For(user.Locale)
	var done importAnswer
	if err == nil {
		values := map[string]string{}
		for name := range r.PostForm {
			if name == "set" {
				continue // which file it is
			}
			values[name] = r.PostForm.Get(name)
		}
		var file fileOfPeople
		if file, err = confirmed(values, words); err == nil {
			file.name, file.body = form.Name, form.File
			done, err = s.importFile(r, user, state, file)
		}
	}
	return s.showImported(w, r, user, state, words, done, err)
}

// keptDataSet opens the data set of the case of a request's path. Without the
// case there is no state.
func (s *server) keptDataSet(r *http.Request) (*incident.State, intake.FileForm, error) {
	state, err := s.incidentOf(r)
	if err != nil {
		return nil, intake.FileForm{}, err
	}
	set, ok := dataSetOf(state, r.PostForm.Get("set"))
	if !ok {
		return state, intake.FileForm{}, incident.InvalidField("file", "", "is missing", "a case to which a vendor sent a data set through its link")
	}
	doc, content, err := s.Store.DataSet(r.Context(), state.ID, set.ID)
	return state, intake.FileForm{Name: doc.Name, File: content}, err
}

// dataSetOf finds a data set that came with what a case was told, its own or that of a
// case that it took in; the first where none is named.
func dataSetOf(state *incident.State, id string) (incident.Document, bool) {
	for _, d := range state.DataSets() {
		if d.ID == id || id == "" {
			return d, true
		}
	}
	return incident.Document{}, false
}
