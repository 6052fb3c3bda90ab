package web

import (
	"context"
	"net/http"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// retentionView is for how long people's data are kept, and what became of them.
type retentionView struct {
	Status   string        `json:"status" doc:"open (the case is), undecided, scheduled, held, erasing or erased"`
	Days     int           `json:"days" doc:"the days from the closing of the case; 0 while nobody decided"`
	WarnDays []int         `json:"warn_days" doc:"the days before the date at which the DPO and deputies are warned"`
	Default  bool          `json:"default" doc:"whether this is the installation's setting"`
	Reason   string        `json:"reason,omitempty" doc:"why this long"`
	EraseAt  *time.Time    `json:"erase_at,omitempty" doc:"when people's data are erased; absent while there is no date"`
	Hold     *holdView     `json:"hold,omitempty" doc:"the decision not to erase, while it is in force"`
	Request  *requestView  `json:"request,omitempty" doc:"the wish to erase before the date"`
	Warnings []warningView `json:"warnings" doc:"the warnings of the present date, oldest first"`
	ErasedAt *time.Time    `json:"erased_at,omitempty" doc:"when people's data were erased"`
	Because  string        `json:"because,omitempty" doc:"why they were: policy, decision, or erasure_list after a restored backup"`
	Erased   *erasedView   `json:"erased,omitempty" doc:"what was erased"`
	Kept     []keptFile    `json:"kept" doc:"the files that stay readable when people's data are erased"`
	Told     string        `json:"told" doc:"all that in one sentence"`
}

type holdView struct {
	At     time.Time      `json:"at" doc:"since when"`
	By     incident.Actor `json:"by" doc:"who decided"`
	Reason string         `json:"reason" doc:"why"`
}

type requestView struct {
	At        time.Time      `json:"at" doc:"when it was asked for"`
	By        incident.Actor `json:"by" doc:"who asked"`
	Reason    string         `json:"reason" doc:"why"`
	Confirmed bool           `json:"confirmed" doc:"whether another person confirmed it"`
	Alone     bool           `json:"alone" doc:"whether there was nobody else who could"`
}

type warningView struct {
	Days     int       `json:"days" doc:"how many days before the date; 0 for one that was repeated"`
	FiredAt  time.Time `json:"fired_at" doc:"when it rang"`
	Accepted int       `json:"accepted" doc:"to how many people a relay took it"`
}

type erasedView struct {
	People    int `json:"people" doc:"the people whose data were erased"`
	Documents int `json:"documents" doc:"the files that were erased"`
	Kept      int `json:"kept" doc:"the files that stay readable"`
}

type keptFile struct {
	ID   string `json:"id" doc:"the document's id"`
	Name string `json:"name" doc:"the file's name"`
}

// Statuses of a retention.
const (
	retentionOpen      = "open"
	retentionUndecided = "undecided"
	retentionScheduled = "scheduled"
	retentionHeld      = "held"
	retentionErasing   = "erasing"
	retentionErased    = "erased"
)

// retentionOf gives the retention of a case. gone is when its key was deleted;
// after a restored backup that may be known before the record says it.
func retentionOf(state *incident.State, gone time.Time) retentionView {
	r, place := &state.Retention, zoneOf(state.Disclosure.Zone)
	v := retentionView{Days: r.Days, WarnDays: append([]int{}, r.WarnDays...), Default: r.Default, Reason: r.Reason,
		EraseAt: local(r.EraseAt, place), ErasedAt: local(r.ErasedAt, place), Because: r.Because, Warnings: []warningView{}, Kept: []keptFile{}}
	switch {
	case r.IsErased():
		v.Status = retentionErased
		v.Erased = &erasedView{People: r.Erased.People, Documents: r.Erased.Documents, Kept: r.Erased.Kept}
	case !gone.IsZero() || r.Begun():
		v.Status = retentionErasing
	case r.Hold() != nil:
		v.Status = retentionHeld
	case !state.IsClosed():
		v.Status = retentionOpen
	case r.EraseAt.IsZero():
		v.Status = retentionUndecided
	default:
		v.Status = retentionScheduled
	}
	if h := r.Hold(); h != nil {
		v.Hold = &holdView{At: h.At.In(place), By: h.By, Reason: h.Reason}
	}
	if q := r.Request; q != nil {
		v.Request = &requestView{At: q.At.In(place), By: q.By, Reason: q.Reason, Confirmed: !q.ConfirmedAt.IsZero(), Alone: q.Alone}
	}
	for _, w := range r.Warnings {
		if w.Revision != r.Revision {
			continue
		}
		one := warningView{Days: w.Days, FiredAt: w.FiredAt.In(place)}
		for _, c := range w.Calls {
			if !c.AcceptedAt.IsZero() {
				one.Accepted++
			}
		}
		v.Warnings = append(v.Warnings, one)
	}
	papers := map[string]bool{}
	for _, id := range state.Papers() {
		papers[id] = true
	}
	for _, d := range state.Documents {
		if papers[d.ID] {
			v.Kept = append(v.Kept, keptFile{ID: d.ID, Name: d.Name})
			delete(papers, d.ID)
		}
	}
	v.Told = retentionInWords(state, v)
	return v
}

// retentionInWords says in a sentence what becomes of people's data, or
// became, in English and in the zone of the case.
func retentionInWords(state *incident.State, v retentionView) string {
	return retentionIn(state, v, wording.For("en"), zoneOf(state.Disclosure.Zone))
}

// retention gives the retention of a case as record and store tell it.
func (s *server) retention(ctx context.Context, state *incident.State) (retentionView, error) {
	gone, err := s.Store.ErasedAt(ctx, state.ID)
	if err != nil {
		return retentionView{}, err
	}
	return retentionOf(state, gone), nil
}

// erasedInWords says that a case's people are erased, when and why; empty while
// they are not.
func (s *server) erasedInWords(ctx context.Context, state *incident.State) (string, error) {
	v, err := s.retention(ctx, state)
	if err != nil || v.Status != retentionErased && v.Status != retentionErasing {
		return "", err
	}
	return v.Told, nil
}

// unlessErased refuses what needs the people's data of a case, when they are
// erased.
func (s *server) unlessErased(ctx context.Context, state *incident.State) error {
	erased, err := s.erasedInWords(ctx, state)
	if err == nil && erased != "" {
		err = incident.Refused(incident.Conflict, "%s Open a new incident for what comes now, and name %s in it", incident.Word(erased), state.Number)
	}
	return err
}

func (s *server) showRetention(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	v, err := s.retention(r.Context(), state)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, v)
	return nil
}

type retentionRequest struct {
	Days     int    `json:"days" check:"required" doc:"the days from the closing of the case, from 1"`
	WarnDays []int  `json:"warn_days,omitempty" doc:"the days before the date at which to warn; without them as before, or 30, 7 and 1"`
	Reason   string `json:"reason" check:"required" doc:"why this long, for the record"`
}

type keepRequest struct {
	Document string `json:"document" check:"required" doc:"the document's id"`
	Reason   string `json:"reason" check:"required" doc:"why it is needed and may be kept, for the record"`
}

// retentionRoutes are about keeping and erasing.
func (s *server) retentionRoutes() []route {
	return []route{
		get(oneCase+"/retention", "For how long people's data are kept, and what became of them", everyone(), retentionView{}, s.showRetention),
		order(s, oneCase+"/retention", "Decide for how long people's data are kept after the case was closed", leaders(),
			func(b retentionRequest) incident.Command { return incident.SetRetention(b) }),
		order(s, oneCase+"/retention/hold", "Suspend erasing because the data are needed", leaders(),
			func(b reasonRequest) incident.Command { return incident.HoldErasure(b) }),
		order(s, oneCase+"/retention/release", "Lift the hold; at least a week remains until people's data are erased", leaders(),
			func(b reasonRequest) incident.Command { return incident.ReleaseErasure(b) }),
		order(s, oneCase+"/retention/keep", "Keep a file readable when people's data are erased", leaders(),
			func(b keepRequest) incident.Command { return incident.KeepDocument(b) }),
		order(s, oneCase+"/retention/erase", "Ask to erase people's data before the date; another person has to confirm it", leaders(),
			func(b reasonRequest) incident.Command { return incident.RequestErasure{Reason: b.Reason} }),
		order(s, oneCase+"/retention/confirm", "Confirm another person's wish to erase people's data now; there is no way back", leaders(),
			func(nothing) incident.Command { return incident.ConfirmErasure{} }),
	}
}
