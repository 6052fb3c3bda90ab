package web

import (
	"net/http"
	"time"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// questionList are the questions that say which laws may apply.
type questionList struct {
	Questions []gdpr.Question `json:"questions" doc:"in the order in which they are asked"`
}

func (s *server) listQuestions(w http.ResponseWriter, _ *http.Request, _ postgres.User) error {
	writeJSON(w, http.StatusOK, questionList{Questions: gdpr.Questions()})
	return nil
}

// regimeList are the laws that Tocsin knows.
type regimeList struct {
	Regimes []gdpr.Regime `json:"regimes" doc:"with their stages; a proposal is no law"`
}

func (s *server) listRegimes(w http.ResponseWriter, _ *http.Request, _ postgres.User) error {
	writeJSON(w, http.StatusOK, regimeList{Regimes: gdpr.Regimes()})
	return nil
}

// authorityList are the authorities that Tocsin knows.
type authorityList struct {
	Authorities []gdpr.Authority `json:"authorities" doc:"confirm each before you file where verified_at is empty"`
}

func (s *server) listAuthorities(w http.ResponseWriter, _ *http.Request, _ postgres.User) error {
	writeJSON(w, http.StatusOK, authorityList{Authorities: gdpr.Authorities()})
	return nil
}

type screeningRequest struct {
	Answers map[string]string `json:"answers" check:"required" doc:"yes, no or unknown by the key of a question"`
}

type screeningAnswer struct {
	recorded
	Proposals []gdpr.Proposal `json:"proposals" doc:"the regimes that may apply; confirm each by adding its obligation"`
}

func (s *server) recordScreening(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body screeningRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	command := incident.RecordScreening{Answers: body.Answers}
	if err := s.try(state, user, command); err != nil {
		return err
	}
	reply, err := s.Engine.Command(r.Context(), state.ID, actor(user), command)
	if err != nil {
		return err
	}
	proposals, refused := incident.Screen("answers", body.Answers)
	if refused != nil {
		return refused // it was recorded, so this cannot be
	}
	writeJSON(w, http.StatusOK, screeningAnswer{recorded: answerTo(reply), Proposals: proposals})
	return nil
}

type factRequest struct {
	Fact   string    `json:"fact" check:"required" doc:"the fact's name, such as classified_major"`
	At     time.Time `json:"at" check:"required" doc:"the instant with offset"`
	Reason string    `json:"reason" check:"required" doc:"how it is known"`
}

func (s *server) fixFact(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body factRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	n, err := number(r, "obligation")
	if err != nil {
		return err
	}
	return s.command(w, r, user, incident.FixFact{Obligation: n, Fact: body.Fact, At: body.At, Reason: body.Reason})
}
