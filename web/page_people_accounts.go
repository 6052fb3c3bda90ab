package web

import (
	"net/http"

	"tocsin/incident"
	"tocsin/people"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// accountsFile loads the controller's accounts from the file of a form.
func (s *server) accountsFile(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	form, err := intake.ReadFileForm(w, r, s.MaxPeople, wording.For(user.Locale).T("file_missing"))
	if err == nil {
		_, err = s.accountsOfFile(r.Context(), user, form.File, people.Options{Name: form.Name, CheckEmail: mailable}, false)
	}
	return s.accountsEnd(w, r, user, state, err)
}

// accountsDatabase loads them by the query of the settings.
func (s *server) accountsDatabase(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	_, err = s.accountsOfDatabase(r.Context(), user, false)
	return s.accountsEnd(w, r, user, state, err)
}

// accountsEnd leads back to the page, which shows beside the form why accounts
// were refused.
func (s *server) accountsEnd(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, err error) error {
	if err == nil {
		http.Redirect(w, r, "/incidents/"+state.ID+"/people#accounts", http.StatusSeeOther)
		return nil
	}
	switch told := explain(err); told.Kind {
	case incident.Invalid, incident.Conflict, incident.TooLarge:
		return s.showPeople(w, r, user, state, statusOf(told.Kind), problem{"accounts", wording.For(user.Locale).Refusal(told)})
	default:
		return err
	}
}
