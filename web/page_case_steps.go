package web

import (
	"net/http"
	"strings"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// The steps of the overview of a case.
const (
	stepAwareness = "awareness"
	stepClose     = "close"
	stepReopen    = "reopen"
)

// stepPages are the steps that concern a case as a whole.
func (s *server) stepPages() []pageRoute {
	return []pageRoute{
		{"POST", oneCasePage + "/awareness", leaders(), false, s.awarenessFromPage},
		{"POST", oneCasePage + "/close", leaders(), false, s.closeFromPage},
		{"POST", oneCasePage + "/reopen", leaders(), false, s.reopenFromPage},
	}
}

func (s *server) awarenessFromPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.caseStep(w, r, user, stepAwareness, func(state *incident.State, reason string) (incident.Command, error) {
		at, ok := momentIn(r.PostForm.Get("at"), placeOf(user, state))
		if !ok {
			return nil, incident.InvalidField("at", intake.Shortened(r.PostForm.Get("at")), "is not a date with a time", wording.For(user.Locale).T("takes_datetime"))
		}
		return incident.SetAwareness{At: at, Reason: reason}, nil
	})
}

func (s *server) closeFromPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.caseStep(w, r, user, stepClose, func(_ *incident.State, reason string) (incident.Command, error) {
		return incident.Close{Reason: reason}, nil
	})
}

func (s *server) reopenFromPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.caseStep(w, r, user, stepReopen, func(_ *incident.State, reason string) (incident.Command, error) {
		return incident.Reopen{Reason: reason}, nil
	})
}

// caseStep takes a step from the overview of a case, or shows the page again
// with why it was refused.
func (s *server) caseStep(w http.ResponseWriter, r *http.Request, user postgres.User, step string, command func(state *incident.State, reason string) (incident.Command, error)) error {
	if err := readForm(w, r, intake.MaxJSON); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	c, err := command(state, strings.TrimSpace(r.PostForm.Get("reason")))
	if err == nil {
		err = s.carryOut(r, user, state, c)
	}
	if err == nil {
		http.Redirect(w, r, "/incidents/"+state.ID, http.StatusSeeOther)
		return nil
	}
	told := explain(err)
	if told.Kind != incident.Invalid && told.Kind != incident.Conflict {
		return err
	}
	return s.showIncidentPage(w, r, user, state, statusOf(told.Kind), problem{At: step, Text: wording.For(user.Locale).Refusal(told)})
}

// whereTo is the page on which an action is taken; empty for none.
func (s *server) whereTo(state *incident.State, code string) string {
	one := "/incidents/" + state.ID
	switch code {
	case incident.CmdRecordAssessment:
		return one + "/assessment"
	case incident.CmdDraftNotification, incident.CmdApproveNotification, incident.CmdFileNotification, incident.CmdGiveDelayReasons, incident.CmdFixFact:
		return one + "/authority"
	case incident.CmdImportPeople, incident.CmdDraftMailing, incident.CmdApproveMailing, incident.CmdStartMailing, incident.CmdResumeMailing,
		incident.CmdStopMailing, incident.CmdOpenRound:
		return one + "/people"
	case incident.CmdDraftPublic, incident.CmdApprovePublic, incident.CmdRecordPublication:
		return one + "/public"
	case incident.CmdCompleteTask:
		return one + "/tasks"
	case incident.CmdSetAwareness:
		return one + "#awareness"
	case incident.CmdClose:
		return one + "#close"
	}
	return ""
}
