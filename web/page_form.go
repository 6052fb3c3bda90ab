package web

import (
	"net/http"

	"tocsin/incident"
	"tocsin/postgres"
)

// acknowledgePage takes the latest reminder of a duty on, from the case's page.
func (s *server) acknowledgePage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	n, err := number(r, "obligation")
	if err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	command := incident.Acknowledge{Obligation: n, Via: "command"}
	if _, err := s.Engine.Command(r.Context(), state.ID, actor(user), command); err != nil {
		return err
	}
	http.Redirect(w, r, "/incidents/"+state.ID, http.StatusSeeOther)
	return nil
}
