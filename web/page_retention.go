package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// The steps of the page about erasing.
const (
	stepRetentionSet     = "set"
	stepRetentionHold    = "hold"
	stepRetentionRelease = "release"
	stepRetentionKeep    = "keep"
	stepRetentionErase   = "erase"
	stepRetentionConfirm = "confirm"
)

// retentionPages are about keeping and erasing people's data.
func (s *server) retentionPages() []pageRoute {
	return []pageRoute{
		{"GET", oneCasePage + "/retention", caseReaders(), false, s.retentionPage},
		{"POST", oneCasePage + "/retention/{step}", leaders(), false, s.retentionStep},
	}
}

type (
	// retentionPage says what becomes of people's data and when, and takes the
	// decisions about it.
	retentionPage struct {
		caseFrame
		R       retentionView
		Told    string
		EraseAt string // in the reader's words; empty while there is no date
		Left    string // until then
		People  string // how many people's data are concerned
		// Erased and Kept are the files that become unreadable, and those that stay.
		Erased, Kept []paperShown
		Warnings     []string
		WarnDays     string
		// Days is what the form offers.
		Days    string
		Most    int // the most days that can be set
		SetBy   string
		Held    string
		Asked   string
		Why     map[string]string // what was written as a reason, by step
		Problem problem
		// What the reader may do now.
		MaySet, MayHold, MayRelease, MayErase, MayConfirm, AskedByReader bool
	}
)

// Fault is why a step was refused; empty when it was not.
func (p retentionPage) Fault(step string) string {
	if p.Problem.At == step {
		return p.Problem.Text
	}
	return ""
}

func (s *server) retentionPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	return s.showRetentionPage(w, r, user, state, http.StatusOK, problem{})
}

func (s *server) showRetentionPage(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, status int, why problem) error {
	words, place := wording.For(user.Locale), zoneOf(state.Disclosure.Zone)
	view, err := s.retention(r.Context(), state)
	if err != nil {
		return err
	}
	names, err := s.colleagues(r.Context())
	if err != nil {
		return err
	}
	now := state.Retention
	page := retentionPage{caseFrame: s.caseFrameOf(r, user, state, tabRetention, words.T("retention")), R: view,
		Told: retentionIn(state, view, words, place), Problem: why, Why: map[string]string{why.At: r.PostFormValue("reason")}, Days: "365", Most: incident.MaxRetentionDays}
	people := 0
	for _, round := range state.Rounds {
		people += round.People()
		if round.Import != "" {
			people += round.Recipients.People
		}
	}
	page.People = words.People(people)
	kept := state.Papers()
	for _, d := range state.Documents {
		if slices.Contains(kept, d.ID) {
			page.Kept = append(page.Kept, paperOf(d, words))
		} else {
			page.Erased = append(page.Erased, paperOf(d, words))
		}
	}
	if view.EraseAt != nil {
		page.EraseAt = words.At(*view.EraseAt, place)
		page.Left = words.Days(view.EraseAt.Sub(state.Clock.At(s.Clock())))
	}
	if view.Days > 0 {
		page.Days = strconv.Itoa(view.Days)
		page.SetBy = words.T("ret_default")
		if !view.Default {
			page.SetBy = words.T("ret_set_by", names.in(words, now.By), words.At(now.SetAt, place), view.Reason)
		}
	}
	if r.PostFormValue("days") != "" {
		page.Days = r.PostFormValue("days")
	}
	for _, warned := range view.Warnings {
		page.Warnings = append(page.Warnings, words.T("ret_warned", words.At(warned.FiredAt, place), warned.Accepted))
	}
	var before []string
	for _, n := range view.WarnDays {
		before = append(before, strconv.Itoa(n))
	}
	page.WarnDays = strings.Join(before, ", ")
	if h := view.Hold; h != nil {
		page.Held = words.T("ret_held_by", names.in(words, &h.By), words.At(h.At, place), h.Reason)
	}
	if q := view.Request; q != nil {
		page.Asked = words.T("ret_asked_by", names.in(words, &q.By), words.At(q.At, place), q.Reason)
		page.AskedByReader = q.By.ID == user.ID
	}
	page.allow(state, view, slices.Contains(leaders(), user.Role))
	s.show(w, r, status, "retention", page)
	return nil
}

// allow says which steps the case admits now.
func (p *retentionPage) allow(state *incident.State, v retentionView, leads bool) {
	if !leads || v.Status == retentionErasing || v.Status == retentionErased {
		return
	}
	waits := v.Request != nil && !v.Request.Confirmed
	p.MaySet, p.MayHold, p.MayRelease = v.Request == nil, v.Hold == nil, v.Hold != nil
	p.MayErase = state.IsClosed() && v.Hold == nil && v.Request == nil
	p.MayConfirm = waits && !p.AskedByReader
}

// retentionStep takes a decision about keeping or erasing from the page.
func (s *server) retentionStep(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, intake.MaxJSON); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	step := r.PathValue("step")
	command, err := retentionCommand(r, step, wording.For(user.Locale))
	if err == nil {
		err = s.carryOut(r, user, state, command)
	}
	if err == nil {
		http.Redirect(w, r, "/incidents/"+state.ID+"/retention", http.StatusSeeOther)
		return nil
	}
	told := explain(err)
	switch told.Kind {
	case incident.Invalid, incident.Conflict, incident.Forbidden:
		return s.showRetentionPage(w, r, user, state, statusOf(told.Kind), problem{step, wording.For(user.Locale).Refusal(told)})
	default:
		return err
	}
}

// retentionCommand is what a form of the page asks for.
func retentionCommand(r *http.Request, step string, w wording.Words) (incident.Command, error) {
	reason := strings.TrimSpace(r.PostForm.Get("reason"))
	sure := func() error {
		if r.PostForm.Get("sure") == "yes" {
			return nil
		}
		return incident.InvalidField("sure", "", "is not ticked", w.T("ret_sure_first"))
	}
	switch step {
	case stepRetentionSet:
		days, err := strconv.Atoi(strings.TrimSpace(r.PostForm.Get("days")))
		if err != nil {
			return nil, incident.InvalidField("days", intake.Shortened(r.PostForm.Get("days")), "is not a number", "a whole number of days from 1")
		}
		return incident.SetRetention{Days: days, Reason: reason}, nil
	case stepRetentionHold:
		return incident.HoldErasure{Reason: reason}, nil
	case stepRetentionRelease:
		return incident.ReleaseErasure{Reason: reason}, nil
	case stepRetentionKeep:
		return incident.KeepDocument{Document: r.PostForm.Get("document"), Reason: reason}, nil
	case stepRetentionErase:
		return incident.RequestErasure{Reason: reason}, sure()
	case stepRetentionConfirm:
		return incident.ConfirmErasure{}, sure()
	}
	return nil, &incident.Error{Kind: incident.NotFound, Message: "there is no such page"}
}

// retentionIn says in a sentence what becomes of people's data, or became.
func retentionIn(state *incident.State, v retentionView, w wording.Words, place *time.Location) string {
	switch v.Status {
	case retentionErased:
		at := w.At(state.Retention.ErasedAt, place)
		switch v.Because {
		case incident.ErasedByDecision:
			return w.T("The people's data were erased on %s by decision.", at)
		case incident.ErasedByList:
			return w.T("The people's data were erased on %s again, after a backup had been restored.", at)
		}
		return w.T("The people's data were erased on %s by policy.", at)
	case retentionErasing:
		return w.T("The people's data are being erased.")
	case retentionHeld:
		return w.T("Erasing is held since %s: nothing is erased until it is released.", w.At(v.Hold.At, place))
	case retentionUndecided:
		return w.T("Nobody decided for how long the people's data are kept: nothing will erase them.")
	case retentionScheduled:
		return w.T("The people's data are erased on %s.", w.At(*v.EraseAt, place))
	}
	switch v.Days {
	case 0:
		return w.T("Nobody decided yet for how long the people's data are kept once the case is closed.")
	case 1:
		return w.T("The people's data are kept for 1 day once the case is closed.")
	default:
		return w.T("The people's data are kept for %d days once the case is closed.", v.Days)
	}
}
