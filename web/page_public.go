package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// publicPages are about the public communication.
func (s *server) publicPages() []pageRoute {
	return []pageRoute{
		{"GET", oneCasePage + "/public", caseReaders(), false, s.publicPage},
		{"POST", oneCasePage + "/public/draft", responders(), false, s.draftPublicPage},
		{"POST", oneCasePage + "/public/approve", approvers(), false, s.approvePublicPage},
		{"POST", oneCasePage + "/public/publication", leaders(), false, s.publicationPage},
		{"GET", oneCasePage + "/public/{locale}", caseReaders(), true, s.publicFile},
	}
}

// publicPage shows the public communication and what comes next.
type publicPage struct {
	frame
	ID, Number, Heading string
	publicView
	// Published are the publications in words.
	Published []publishedShown
	// MayDraft, MayApprove and MayPublish say what the reader's role may do now.
	MayDraft, MayApprove, MayPublish bool
	// Zone is the zone in which an instant is read.
	Zone string
	// Wrong is what was wrong with the form, Field its field; Form is what was
	// typed.
	Wrong, Field string
	Form         publicationForm
}

type publishedShown struct{ At, Where, Reason string }

type publicationForm struct{ At, Where, Reason string }

func (s *server) publicPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.showPublicPage(w, r, user, http.StatusOK, "", "", publicationForm{})
}

func (s *server) showPublicPage(w http.ResponseWriter, r *http.Request, user postgres.User, status int, field, wrong string, form publicationForm) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	view, err := s.viewPublic(r.Context(), state)
	if err != nil {
		return err
	}
	page := publicPage{
		frame: s.frameFor(r, user, wording.For(user.Locale).T("Public communication")), ID: state.ID, Number: state.Number,
		Heading: state.Disclosure.Title, publicView: view, Zone: placeOf(user, state).String(),
		Wrong: wrong, Field: field, Form: form,
	}
	open := !state.IsClosed()
	page.MayDraft = open && slices.Contains(responders(), user.Role)
	page.MayApprove = open && view.Status == "drafted" && len(view.Missing) == 0 && slices.Contains(approvers(), user.Role)
	page.MayPublish = open && (view.Status == "approved" || view.Status == "published") && slices.Contains(leaders(), user.Role)
	for _, p := range view.Publications {
		page.Published = append(page.Published, publishedShown{page.W.At(p.At, placeOf(user, state)), p.Where, p.Reason})
	}
	s.show(w, r, status, "public", page)
	return nil
}

func (s *server) draftPublicPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	content, err := s.firstPublic(r.Context(), state)
	if err != nil {
		return err
	}
	if _, err := s.putDownPublic(r.Context(), user, state, content); err != nil {
		return err
	}
	http.Redirect(w, r, publicPath(state), http.StatusSeeOther)
	return nil
}

func (s *server) approvePublicPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	return s.commandOnPublic(w, r, user, state, incident.ApprovePublic{}, publicationForm{})
}

func (s *server) publicationPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return incident.InvalidField("form", "", "cannot be read", "when, where and why")
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	form := publicationForm{At: strings.TrimSpace(r.PostForm.Get("at")), Where: strings.TrimSpace(r.PostForm.Get("where")),
		Reason: strings.TrimSpace(r.PostForm.Get("reason"))}
	// What a browser sends for a date and a time, in the zone of the case.
	at, err := time.ParseInLocation("2006-01-02T15:04", form.At, placeOf(user, state))
	if err != nil {
		return s.showPublicPage(w, r, user, http.StatusBadRequest, "at", wording.For(user.Locale).T("Give a day and a time, such as 2026-11-17T10:17."), form)
	}
	return s.commandOnPublic(w, r, user, state, incident.RecordPublication{At: at, Where: form.Where, Reason: form.Reason}, form)
}

// commandOnPublic gives a command and leads back to the page, or shows beside
// the field why it was refused.
func (s *server) commandOnPublic(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, c incident.Command, form publicationForm) error {
	err := s.try(state, user, c)
	if err == nil {
		_, err = s.Engine.Command(r.Context(), state.ID, actor(user), c)
	}
	if told, ok := errors.AsType[*incident.Error](err); ok && (told.Kind == incident.Invalid || told.Kind == incident.Conflict) {
		return s.showPublicPage(w, r, user, statusOf(told.Kind), told.Field, wording.For(user.Locale).Refusal(told), form)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, publicPath(state), http.StatusSeeOther)
	return nil
}

func publicPath(state *incident.State) string {
	return "/incidents/" + url.PathEscape(state.ID) + "/public"
}
