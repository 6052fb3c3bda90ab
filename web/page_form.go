package web

import (
	"net/http"
	"strconv"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// acknowledgePage takes a reminder on, from the case's page: the one that the
// reader saw there, not one that rang since.
func (s *server) acknowledgePage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	n, err := number(r, "obligation")
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	if err := r.ParseForm(); err != nil {
		return incident.InvalidField("form", "", "cannot be read", "the button on the incident's page")
	}
	revision, err := strconv.Atoi(r.PostForm.Get("revision"))
	if rung := r.PostForm.Get("rung"); err != nil || revision < 1 || rung == "" || len(rung) > 32 || intake.Storable("rung", rung) != nil {
		return &incident.Error{Kind: incident.Invalid,
			Message: "the form does not say which reminder is meant; open the incident again and use its button"}
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	command := incident.Acknowledge{Obligation: n, Rung: r.PostForm.Get("rung"), Revision: revision, Via: "command"}
	// The workflow of a closed case has ended and could not answer.
	if state.IsClosed() {
		if err := s.try(state, user, command); err != nil {
			return err
		}
	}
	if _, err := s.Engine.Command(r.Context(), state.ID, actor(user), command); err != nil {
		return err
	}
	http.Redirect(w, r, "/incidents/"+state.ID, http.StatusSeeOther)
	return nil
}
