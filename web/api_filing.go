package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"tocsin/filing"
	"tocsin/gdpr/form"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
)

type withdrawRequest struct {
	Reason string `json:"reason" check:"required" doc:"why the notification is withdrawn"`
}

// withdrawNotification drafts the withdrawal of what was filed; it is filed
// like every other draft, once a second person has approved it.
func (s *server) withdrawNotification(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body withdrawRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	state, o, err := s.obligationOfPath(r)
	if err != nil {
		return err
	}
	now := state.Clock.At(s.Clock())
	draft, err := s.withdrawal(r.Context(), state, o, body.Reason, now)
	if err != nil {
		return err
	}
	return s.storeDraft(w, r, user, state, o, draft, now)
}

// withdrawal is the draft that takes back what was filed.
func (s *server) withdrawal(ctx context.Context, state *incident.State, o *incident.Obligation, reason string, now time.Time) (form.Draft, error) {
	if len(o.Filings) == 0 {
		return form.Draft{}, &incident.Error{Kind: incident.Conflict, Field: "obligation", Value: strconv.Itoa(o.N),
			Message: "was not filed yet: there is nothing to withdraw"}
	}
	filed, err := s.lastFiled(ctx, state, o)
	if err != nil {
		return form.Draft{}, err
	}
	if !filing.HasForm(o) {
		return form.Draft{}, ownForm(o)
	}
	if filed == nil {
		controller, err := s.filingController(ctx, state)
		if err != nil {
			return form.Draft{}, err
		}
		begun, err := filing.Begin(state, o, controller, nil, now)
		if err != nil {
			return form.Draft{}, formError(err)
		}
		filed = &begun
	}
	draft, err := form.Withdraw(now, *filed, o.Filings[0].Receipt, reason)
	return draft, formError(err)
}

// showNotification gives the draft of what comes next, or what would be drafted.
func (s *server) showNotification(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	if err := checkQuery(r, "", "projection", "language"); err != nil {
		return err
	}
	state, o, err := s.obligationOfPath(r)
	if err != nil {
		return err
	}
	now := state.Clock.At(s.Clock())
	draft, version, err := s.presentDraft(r, state, o, now)
	if err != nil {
		return err
	}
	view, err := s.viewDraft(r.Context(), state, o, draft, version, now)
	if err != nil {
		return err
	}
	projection, language := r.URL.Query().Get("projection"), r.URL.Query().Get("language")
	if projection == "" {
		projection = form.ProjectionFor(o.Terms.Authority)
	}
	sheet, err := form.Project(draft, projection, language, now)
	if err != nil {
		return formError(err)
	}
	view.Sheet = &sheet
	writeJSON(w, http.StatusOK, view)
	return nil
}

// copySheet gives the page from which the authority's portal is filled.
func (s *server) copySheet(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	state, o, err := s.obligationOfPath(r)
	if err != nil {
		return err
	}
	now := state.Clock.At(s.Clock())
	draft, _, err := s.presentDraft(r, state, o, now)
	if err != nil {
		return err
	}
	frozen, err := form.Freeze(draft, now)
	if err != nil {
		return formError(err)
	}
	page, err := filing.CopySheet(state, o, frozen)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	asFile(w, state.Number+"-copy-sheet.html")
	_, err = w.Write(page) //nolint:gosec // html/template has escaped it, and it is a download
	return err
}

// presentDraft is the stored draft that nobody has filed, as it is stored, or
// what the case knows, with the version 0.
func (s *server) presentDraft(r *http.Request, state *incident.State, o *incident.Obligation, now time.Time) (form.Draft, int, error) {
	if stored, ok := o.Draft(); ok {
		draft, known, err := s.readDraft(r.Context(), state.ID, stored.Content.ID)
		if err != nil || known {
			return draft, stored.Version, err
		}
	}
	draft, err := s.nextDraft(r.Context(), state, o, now)
	if err != nil {
		return draft, 0, err
	}
	draft, err = settle(draft, "", now)
	return draft, 0, err
}

func (s *server) obligationOfPath(r *http.Request) (*incident.State, *incident.Obligation, error) {
	n, err := number(r, "obligation")
	if err != nil {
		return nil, nil, err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return nil, nil, err
	}
	o, refused := state.DutyFor(n, "")
	if refused != nil {
		return nil, nil, refused
	}
	return state, o, nil
}

func (s *server) approveNotification(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body approveRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	n, err := number(r, "obligation")
	if err != nil {
		return err
	}
	return s.command(w, r, user, incident.ApproveNotification{Obligation: n, Version: body.Version})
}

type approveRequest struct {
	Version int `json:"version" doc:"the version that you looked at; without it the latest"`
}

type fileRequest struct {
	Receipt      string    `json:"receipt" check:"required" doc:"the receipt number that the authority gave"`
	At           time.Time `json:"at" check:"required" doc:"the instant of filing with offset"`
	DelayReasons string    `json:"delay_reasons" doc:"the reasons for the delay, when it is late"`
	Stage        string    `json:"stage" doc:"the stage that was filed, for a duty that has several; without it the present one"`
	Kind         string    `json:"kind" doc:"new or follow_up; without it what the draft says"`
	Subtype      string    `json:"subtype" doc:"complete, incomplete or withdraw; without it what the draft says"`
	Attachment   *file     `json:"attachment" doc:"the receipt as a file"`
}

// fileNotification records a filing, with what was filed: the draft is frozen
// and printed, and its papers stand in the record with their hashes.
func (s *server) fileNotification(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body fileRequest
	if err := intake.DecodeJSON(w, r, s.MaxUpload*3/2+intake.MaxJSON, &body); err != nil {
		return err
	}
	n, err := number(r, "obligation")
	if err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	command, err := s.filingOf(r, user, state, n, body)
	if err != nil {
		return err
	}
	return s.give(w, r, user, state, command)
}

// filingOf is the command that records a filing, with its papers stored. A
// filing that would be refused stores nothing.
func (s *server) filingOf(r *http.Request, user postgres.User, state *incident.State, n int, body fileRequest) (incident.FileNotification, error) {
	command := incident.FileNotification{Obligation: n, Receipt: body.Receipt, At: body.At, DelayReasons: body.DelayReasons,
		Stage: body.Stage, Kind: body.Kind, Subtype: body.Subtype}
	o := state.Obligation(n)
	draft, unmarked, drafted, err := s.draftToFile(r, state, o, body)
	if err != nil {
		return command, err
	}
	if drafted {
		stored, _ := o.Draft()
		command.Version, command.Subtype = stored.Version, string(draft.Subtype)
		command.Kind = incident.FilingNew
		if !o.Pending() {
			command.Kind = incident.FilingFollowUp
		}
		if err := agrees(body, command); err != nil {
			return command, err
		}
	}
	if err := s.try(state, user, command); err != nil {
		return command, err
	}
	if f := body.Attachment; f != nil {
		if err := intake.PlainName("attachment.name", f.Name); err != nil {
			return command, err
		}
		if int64(len(f.Content)) > s.MaxUpload {
			return command, intake.TooLarge("attachment", intake.Named(f.Name, int64(len(f.Content))), s.MaxUpload)
		}
		stored, err := s.Store.PutDocument(r.Context(), state.ID, f.Name, f.MediaType, f.Content)
		if err != nil {
			return command, err
		}
		command.Attachment = &stored
	}
	if drafted {
		if err := s.freeze(r, state, o, draft, &command); err != nil {
			return command, err
		}
		command.Unmarked = unmarked
	}
	return command, nil
}

// agrees refuses a filing that is said to be something else than its draft. A
// withdrawal ends the duty: it is filed only when it is named.
func agrees(body fileRequest, command incident.FileNotification) error {
	told := func(field, said, is string) error {
		return incident.FieldError(incident.Conflict, field, intake.Shortened(said), "is not what the latest draft is",
			incident.Say("%s, or another draft first", is))
	}
	switch {
	case body.Kind != "" && body.Kind != command.Kind:
		return told("kind", body.Kind, command.Kind)
	case command.Subtype == incident.FilingWithdraw && body.Subtype != incident.FilingWithdraw:
		return told("subtype", body.Subtype, "withdraw, since the latest draft withdraws what was filed")
	case body.Subtype == incident.FilingWithdraw && command.Subtype != incident.FilingWithdraw:
		return told("subtype", body.Subtype, command.Subtype)
	}
	return nil
}

// draftToFile is the draft as it is filed: what it leaves open says so, and a
// late one holds the reasons for the delay. unmarked is the hash of what it was
// before the open fields were marked; empty where none was. drafted is false
// where nothing was drafted, or not in the form.
func (s *server) draftToFile(
	r *http.Request, state *incident.State, o *incident.Obligation, body fileRequest,
) (draft form.Draft, unmarked string, drafted bool, err error) {
	if o == nil {
		return form.Draft{}, "", false, nil // the command is refused
	}
	stored, ok := o.Draft()
	if !ok {
		return form.Draft{}, "", false, nil
	}
	draft, known, err := s.readDraft(r.Context(), state.ID, stored.Content.ID)
	if err != nil || !known {
		return form.Draft{}, "", false, err // where it is not known, content of before the form
	}
	if draft, err = filing.WithDelay(state, o, draft, body.At, body.DelayReasons); err != nil {
		return draft, "", false, formError(err)
	}
	if draft.Subtype == form.Withdrawn {
		return draft, "", true, nil
	}
	if draft.Subtype == form.Complete {
		// What is missing at the instant of filing makes it incomplete: a filing
		// is a fact and is never refused for its content.
		if draft, _, err = filing.Settle(draft, body.At); err != nil {
			return draft, "", false, formError(err)
		}
	}
	if draft.Subtype != form.Incomplete {
		return draft, "", true, nil
	}
	before, err := form.Freeze(draft, body.At)
	if err != nil {
		return draft, "", false, formError(err)
	}
	if draft, err = form.MarkOpen(draft, body.At); err != nil {
		return draft, "", false, formError(err)
	}
	return draft, before.SHA256, true, nil
}

// freeze stores the content as it is filed and its papers.
func (s *server) freeze(r *http.Request, state *incident.State, o *incident.Obligation, draft form.Draft, command *incident.FileNotification) error {
	frozen, err := form.Freeze(draft, command.At)
	if err != nil {
		return formError(err)
	}
	stored, err := s.Store.PutDocument(r.Context(), state.ID, "filed.json", "application/json", frozen.JSON)
	if err != nil {
		return err
	}
	command.Frozen = &stored
	papers, err := filing.Papers(r.Context(), state, o, frozen)
	if err != nil {
		return err
	}
	for _, paper := range papers {
		stored, err := s.Store.PutDocument(r.Context(), state.ID, paper.Name, paper.MediaType, paper.Content)
		if err != nil {
			return err
		}
		command.Dossier = append(command.Dossier, stored)
	}
	return nil
}
