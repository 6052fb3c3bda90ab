package web

import (
	"net/http"
	"slices"
	"strings"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

type (
	// lawsPage asks the questions that say which laws may apply, and opens the
	// duties that a person confirms.
	lawsPage struct {
		caseFrame
		Questions []questionShown
		Proposals []lawShown
		Answered  string // by whom and when; empty for not yet
		MayLead   bool
		Problem   problem
		Duty      incident.Duty // what was written into the form that was refused
	}
	// lawShown is a law that may apply.
	lawShown struct {
		Code, Name, Why, Open string
		Likely, Read          bool
		Owed                  bool // whether the case has such a duty
	}
)

// confirmForm is the form by which a duty under one law is opened.
type confirmForm struct {
	W        wording.Words
	ID, Code string
	Duty     incident.Duty
}

// confirming hands the form of a law what was written into it, if it was this.
func confirming(w wording.Words, id, code string, duty incident.Duty) confirmForm {
	if duty.Regime != code {
		duty = incident.Duty{}
	}
	return confirmForm{w, id, code, duty}
}

// lawPages are the pages of which laws apply.
func (s *server) lawPages() []pageRoute {
	return []pageRoute{
		{"GET", oneCasePage + "/laws", caseReaders(), false, s.lawsPage},
		{"POST", oneCasePage + "/laws", leaders(), false, s.answerLaws},
		{"POST", oneCasePage + "/laws/duty", leaders(), false, s.openDuty},
	}
}

func (s *server) lawsPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	return s.showLaws(w, r, user, state, http.StatusOK, problem{}, incident.Duty{})
}

func (s *server) showLaws(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, status int, why problem, duty incident.Duty) error {
	words := wording.For(user.Locale)
	page := lawsPage{caseFrame: s.caseFrameOf(r, user, state, tabAuthority, words.T("Which laws apply?")), Problem: why, Duty: duty,
		MayLead: !state.IsClosed() && slices.Contains(leaders(), user.Role)}
	answers := map[string]string{}
	if n := len(state.Screenings); n > 0 {
		last := state.Screenings[n-1]
		answers = last.Answers
		names, err := s.colleagues(r.Context())
		if err != nil {
			return err
		}
		page.Answered = words.T("assessed_by", names.in(words, &last.By), words.At(last.At, placeOf(user, state)))
		for _, p := range last.Proposals {
			page.Proposals = append(page.Proposals, lawShownOf(p, state, words))
		}
	}
	for _, q := range gdpr.Questions() {
		shown := questionShown{Name: q.Key, Text: q.Text.In(words.Lang), Asked: true}
		given := answers[q.Key]
		for _, code := range []string{"yes", "no"} {
			shown.Choices = append(shown.Choices, choiceShown{code, wording.SentenceStart(words.T(code)), given == code})
		}
		shown.Choices = append(shown.Choices, choiceShown{gdpr.Unknown, words.T("not_known"), given != "yes" && given != "no"})
		page.Questions = append(page.Questions, shown)
	}
	s.show(w, r, status, "laws", page)
	return nil
}

func lawShownOf(p gdpr.Proposal, state *incident.State, w wording.Words) lawShown {
	shown := lawShown{Code: p.Regime, Name: p.Regime, Why: p.Why.In(w.Lang), Likely: p.Confidence == gdpr.ConfidenceLikely}
	if regime, ok := gdpr.RegimeByCode(p.Regime); ok {
		shown.Name, shown.Read = w.Said(regime.Name), regime.Verified()
	}
	var open []string
	for _, q := range gdpr.Questions() {
		if slices.Contains(p.Open, q.Key) {
			open = append(open, q.Text.In(w.Lang))
		}
	}
	shown.Open = strings.Join(open, " ")
	shown.Owed = slices.ContainsFunc(state.Obligations, func(o incident.Obligation) bool {
		return o.Terms.Regime == p.Regime && o.Status != incident.ObligationWaivedStatus
	})
	return shown
}

// answerLaws records the answers. It opens nothing.
func (s *server) answerLaws(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.lawStep(w, r, user, "answers", incident.Duty{}, func() incident.Command {
		answers := map[string]string{}
		for _, q := range gdpr.Questions() {
			if given := r.PostForm.Get(q.Key); given != "" {
				answers[q.Key] = given
			}
		}
		return incident.RecordScreening{Answers: answers}
	})
}

// openDuty opens a duty that a person has confirmed.
func (s *server) openDuty(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, intake.MaxJSON); err != nil {
		return err
	}
	given := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	duty := incident.Duty{Regime: given("regime"), Recipient: given("recipient"), Country: strings.ToUpper(given("country")), Reason: given("reason")}
	return s.lawStep(w, r, user, duty.Regime, duty, func() incident.Command { return incident.AddObligation{Duty: duty} })
}

func (s *server) lawStep(w http.ResponseWriter, r *http.Request, user postgres.User, at string, duty incident.Duty, command func() incident.Command) error {
	if err := readForm(w, r, intake.MaxJSON); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	err = s.carryOut(r, user, state, command())
	if err == nil {
		http.Redirect(w, r, "/incidents/"+state.ID+"/laws#proposals", http.StatusSeeOther)
		return nil
	}
	told := explain(err)
	if told.Kind != incident.Invalid && told.Kind != incident.Conflict {
		return err
	}
	return s.showLaws(w, r, user, state, statusOf(told.Kind), problem{At: at, Text: wording.For(user.Locale).Refusal(told)}, duty)
}
