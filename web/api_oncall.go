package web

import (
	"net/http"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// onCallRoutes are who is called when a deadline comes near.
func (s *server) onCallRoutes() []route {
	return []route{
		get("/api/v1/on-call", "Show in which order people are called when a deadline comes near", settingsReaders(), onCallView{}, s.showOnCall),
		post("/api/v1/on-call", "Set in which order people are called: every DPO and deputy, once each", accountKeepers(), onCallRequest{}, onCallView{}, s.setOnCall),
	}
}

type onCallRequest struct {
	Accounts []string `json:"accounts" check:"required" doc:"the ids of every DPO and deputy, who is called first first"`
}

type onCallPerson struct {
	ID   string        `json:"id" doc:"the account's id"`
	Name string        `json:"name" doc:"whose it is"`
	Role incident.Role `json:"role" doc:"dpo or deputy"`
}

type onCallView struct {
	People []onCallPerson `json:"people" doc:"who is called, first first"`
}

func (s *server) showOnCall(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	called, err := s.Store.OnCall(r.Context())
	if err != nil {
		return err
	}
	out := onCallView{People: []onCallPerson{}}
	for _, u := range called {
		out.People = append(out.People, onCallPerson{ID: u.ID, Name: u.Name, Role: u.Role})
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

func (s *server) setOnCall(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body onCallRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	if err := s.Store.OrderOnCall(r.Context(), actor(user), body.Accounts); err != nil {
		return err
	}
	return s.showOnCall(w, r, user)
}
