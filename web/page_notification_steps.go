package web

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tocsin/filing"
	"tocsin/gdpr/form"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// maxFields bounds the fields of one form, far above those of the template.
const maxFields = 300

func itoa(n int) string { return strconv.Itoa(n) }

// takeDutyStep carries a step of a page of a duty out, leads back to the page,
// or shows it again with why the step was refused.
func (s *server) takeDutyStep(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, o *incident.Obligation, form, to string, err error) error {
	if err == nil {
		http.Redirect(w, r, dutyPath(state, o)+"#"+to, http.StatusSeeOther)
		return nil
	}
	return s.refuseDutyStep(w, r, user, state, o, view{why: problem{At: form}}, err)
}

func (s *server) refuseDutyStep(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, o *incident.Obligation, v view, err error) error {
	told := explain(err)
	switch told.Kind {
	case incident.Invalid, incident.Conflict, incident.Forbidden, incident.TooLarge:
		v.status, v.why.Text = statusOf(told.Kind), wording.For(user.Locale).Refusal(told)
		return s.showNotificationPage(w, r, user, state, o, v)
	}
	return err
}

// command gives a command on a case from a page: what would be refused is told
// without the engine, whose workflow may have ended.
func (s *server) carryOut(r *http.Request, user postgres.User, state *incident.State, c incident.Command) error {
	if err := s.try(state, user, c); err != nil {
		return err
	}
	_, err := s.Engine.Command(r.Context(), state.ID, actor(user), c)
	return err
}

// readForm reads a form without a file.
func readForm(w http.ResponseWriter, r *http.Request, limit int64) error {
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	if err := r.ParseForm(); err != nil {
		if _, over := errors.AsType[*http.MaxBytesError](err); over {
			return intake.TooLarge("form", "", limit)
		}
		return incident.InvalidField("form", "", "cannot be read", "the form of the page; open it again")
	}
	for name, values := range r.PostForm {
		for _, value := range values {
			if err := intake.Storable(intake.Shortened(name), value); err != nil || !intake.ValidText(value) || !intake.ValidText(name) {
				return incident.InvalidField(intake.Shortened(name), "", "holds a character that is not text", "plain text")
			}
		}
	}
	return nil
}

// draftFields puts what a person answered into the next version of a draft. An
// answer that is as it was shown stays what it was, so that what the case
// knows later still replaces what the case knew.
func (s *server) draftFields(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, intake.MaxJSON); err != nil {
		return err
	}
	state, o, err := s.dutyOfPath(r)
	if err != nil {
		return err
	}
	edit := r.PostForm.Get("edit")
	faults, err := s.storeFields(r, user, state, o)
	if err == nil && len(faults) == 0 {
		http.Redirect(w, r, dutyPath(state, o)+"#form", http.StatusSeeOther)
		return nil
	}
	if incident.KindOf(err) == incident.Conflict {
		// Somebody was faster, maybe by a moment: the page shows what they saved.
		if state, o, err = s.overtaken(r, user, err); incident.KindOf(err) != incident.Conflict {
			return err
		}
	}
	v := view{edit: edit, posted: r.PostForm, faults: faults, why: problem{At: "draft"}}
	if len(r.PostForm["key"]) == 0 {
		v.posted = nil
	}
	if len(faults) > 0 {
		v.status, v.why.Text = http.StatusBadRequest, wording.For(user.Locale).T("fields_wrong", len(faults))
		return s.showNotificationPage(w, r, user, state, o, v)
	}
	return s.refuseDutyStep(w, r, user, state, o, v, err)
}

// overtaken reads a duty anew after a conflict. When another version of the draft
// is the cause, the error says whose, and that nothing of what was sent is lost.
func (s *server) overtaken(r *http.Request, user postgres.User, err error) (*incident.State, *incident.Obligation, error) {
	state, o, failed := s.dutyOfPath(r)
	if failed != nil {
		return nil, nil, failed
	}
	last, drafted := o.Draft()
	if len(r.PostForm["key"]) == 0 || !drafted || r.PostForm.Get("version") == itoa(last.Version) {
		return state, o, err
	}
	names, failed := s.colleagues(r.Context())
	if failed != nil {
		return nil, nil, failed
	}
	w := wording.For(user.Locale)
	return state, o, &incident.Error{Kind: incident.Conflict, Message: w.T("drafted_beside", names.in(w, &last.By), last.Version)}
}

// storeFields gives what is wrong by field, or stores the draft.
func (s *server) storeFields(r *http.Request, user postgres.User, state *incident.State, o *incident.Obligation) (map[string]string, error) {
	w := wording.For(user.Locale)
	if !filing.HasForm(o) {
		return nil, ownForm(o)
	}
	if r.PostForm.Get("version") != itoa(len(o.Drafts)) {
		return nil, &incident.Error{Kind: incident.Conflict, Message: w.T("drafted_since")}
	}
	if len(r.PostForm["key"]) > maxFields {
		return nil, incident.InvalidField("form", "", "names too many fields", "the form of the page")
	}
	if err := s.try(state, user, incident.DraftNotification{Obligation: o.N, Content: probe()}); err != nil {
		return nil, err
	}
	now, place := state.Clock.At(s.Clock()), placeOf(user, state)
	draft, err := s.nextDraft(r.Context(), state, o, now)
	if err != nil {
		return nil, err
	}
	template, err := form.Template(draft.Version)
	if err != nil {
		return nil, formError(err)
	}
	check, err := form.Check(draft, now)
	if err != nil {
		return nil, formError(err)
	}
	faults := map[string]string{}
	for _, key := range r.PostForm["key"] {
		f, known := template.Field(key)
		if !known || key == "notification_type" || key == "notification_subtype" {
			return nil, incident.InvalidField("key", intake.Shortened(key), "is not a field of this form", "the fields of the page")
		}
		in := writtenIn(r.PostForm, f)
		if in.mark() == r.PostForm.Get("was-"+key) {
			continue
		}
		answer, given, wrong := in.answer(f, place)
		switch {
		case wrong != "" && !slices.Contains(check.Visible, key):
			return nil, incident.InvalidField(f.Label.In(w.Lang), "", "cannot be read", w.T(wrong))
		case wrong != "":
			faults[key] = w.T(wrong)
			continue
		case given:
			draft, err = draft.Set(now, key, answer)
		default:
			draft, err = draft.Clear(key)
		}
		if refused, ok := errors.AsType[*form.FieldError](err); ok {
			if !slices.Contains(check.Visible, key) {
				return nil, formError(err) // the page has no place to tell it
			}
			faults[key] = wording.Sentence(w.T("takes") + " " + refused.Expected)
			continue
		}
		if err != nil {
			return nil, formError(err)
		}
	}
	if len(faults) > 0 {
		return faults, nil
	}
	if draft, err = settle(draft, "", now); err != nil {
		return nil, err
	}
	_, _, err = s.recordDraft(r.Context(), user, state, o, draft, len(o.Drafts)+1, now)
	return nil, err
}

func (s *server) approveDraft(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 16<<10); err != nil {
		return err
	}
	state, o, err := s.dutyOfPath(r)
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(r.PostForm.Get("version"))
	switch {
	case err != nil || version < 1:
		err = &incident.Error{Kind: incident.Conflict, Message: wording.For(user.Locale).T("approve_nothing")}
	case r.PostForm.Get("sure") != "yes":
		err = incident.InvalidField("read", "", "is not ticked", wording.For(user.Locale).T("read_it_first"))
	default:
		err = s.carryOut(r, user, state, incident.ApproveNotification{Obligation: o.N, Version: version})
	}
	return s.takeDutyStep(w, r, user, state, o, "approve", "approve", err)
}

// fileFromPage records that a notification was filed, with its receipt.
func (s *server) fileFromPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	r.Body = http.MaxBytesReader(w, r.Body, s.MaxUpload+intake.FormRoom)
	err := r.ParseMultipartForm(s.MaxUpload)
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		if _, over := errors.AsType[*http.MaxBytesError](err); over {
			return intake.TooLarge("attachment", "", s.MaxUpload)
		}
		return incident.InvalidField("form", "", "did not arrive completely", "the form; send it again")
	}
	if r.MultipartForm != nil {
		// What was kept beside memory is removed when the request is done.
		defer func() { _ = r.MultipartForm.RemoveAll() }()
	}
	state, o, err := s.dutyOfPath(r)
	if err != nil {
		return err
	}
	given := filingForm{Receipt: strings.TrimSpace(r.PostForm.Get("receipt")), At: r.PostForm.Get("at"),
		Delay: strings.TrimSpace(r.PostForm.Get("delay_reasons")), Stage: r.PostForm.Get("stage")}
	err = s.recordFiling(r, user, state, o, given)
	if err == nil {
		http.Redirect(w, r, dutyPath(state, o)+"#filed", http.StatusSeeOther)
		return nil
	}
	return s.refuseDutyStep(w, r, user, state, o, view{filing: &given, why: problem{At: "file"}}, err)
}

func (s *server) recordFiling(r *http.Request, user postgres.User, state *incident.State, o *incident.Obligation, given filingForm) error {
	w := wording.For(user.Locale)
	for name, text := range map[string]string{"receipt": given.Receipt, "delay_reasons": given.Delay, "stage": given.Stage} {
		if err := intake.Storable(name, text); err != nil || !intake.ValidText(text) {
			return incident.InvalidField(name, "", "holds a character that is not text", "plain text")
		}
	}
	if r.PostForm.Get("version") != itoa(len(o.Drafts)) {
		return &incident.Error{Kind: incident.Conflict, Message: w.T("drafted_since")}
	}
	at, ok := momentIn(given.At, placeOf(user, state))
	if !ok {
		return incident.InvalidField("at", intake.Shortened(given.At), "is not a date with a time", w.T("takes_datetime"))
	}
	body := fileRequest{Receipt: given.Receipt, At: at, DelayReasons: given.Delay, Stage: given.Stage, Subtype: r.PostForm.Get("subtype")}
	if body.Subtype != "" && body.Subtype != incident.FilingWithdraw {
		return incident.InvalidField("subtype", intake.Shortened(body.Subtype), "is not known", "withdraw, or nothing")
	}
	if r.MultipartForm != nil {
		for _, header := range r.MultipartForm.File["attachment"] {
			if header.Filename == "" {
				continue
			}
			one, err := received(header)
			if err != nil {
				return err
			}
			sent := fileOfForm(one)
			body.Attachment = &sent
		}
	}
	command, err := s.filingOf(r, user, state, o.N, body)
	if err != nil {
		return err
	}
	return s.carryOut(r, user, state, command)
}

// received reads a file of a form that has arrived as a whole.
func received(header *multipart.FileHeader) (intake.Received, error) {
	opened, err := header.Open()
	if err != nil {
		return intake.Received{}, fmt.Errorf("open an uploaded file: %w", err)
	}
	content, err := io.ReadAll(opened)
	if err = errors.Join(err, opened.Close()); err != nil {
		return intake.Received{}, fmt.Errorf("read an uploaded file: %w", err)
	}
	return intake.Received{Name: header.Filename, MediaType: header.Header.Get("Content-Type"), Content: content}, nil
}

// withdrawFromPage drafts the withdrawal of what was filed.
func (s *server) withdrawFromPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, intake.MaxJSON); err != nil {
		return err
	}
	state, o, err := s.dutyOfPath(r)
	if err != nil {
		return err
	}
	now, reason := state.Clock.At(s.Clock()), strings.TrimSpace(r.PostForm.Get("reason"))
	if reason == "" {
		err = incident.InvalidField("reason", "", "is missing", "why the notification is withdrawn")
	}
	if err == nil {
		err = s.try(state, user, incident.DraftNotification{Obligation: o.N, Content: probe()})
	}
	if err == nil {
		draft, failed := s.withdrawal(r.Context(), state, o, reason, now)
		if err = failed; err == nil {
			_, _, err = s.recordDraft(r.Context(), user, state, o, draft, 0, now)
		}
	}
	return s.takeDutyStep(w, r, user, state, o, "withdraw", "form", err)
}

func (s *server) delayFromPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.reasonStep(w, r, user, "delay", func(n int, reason string) incident.Command {
		return incident.GiveDelayReasons{Obligation: n, Reasons: reason}
	})
}

func (s *server) waiveFromPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	return s.reasonStep(w, r, user, "waive", func(n int, reason string) incident.Command {
		return incident.WaiveObligation{Obligation: n, Reason: reason}
	})
}

// reasonStep takes a step that needs a reason and nothing else.
func (s *server) reasonStep(w http.ResponseWriter, r *http.Request, user postgres.User, name string, command func(n int, reason string) incident.Command) error {
	if err := readForm(w, r, intake.MaxJSON); err != nil {
		return err
	}
	state, o, err := s.dutyOfPath(r)
	if err != nil {
		return err
	}
	err = s.carryOut(r, user, state, command(o.N, strings.TrimSpace(r.PostForm.Get("reason"))))
	return s.takeDutyStep(w, r, user, state, o, name, name, err)
}

// factFromPage fixes the instant from which the clock of a duty counts.
func (s *server) factFromPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, intake.MaxJSON); err != nil {
		return err
	}
	state, o, err := s.dutyOfPath(r)
	if err != nil {
		return err
	}
	at, ok := momentIn(r.PostForm.Get("at"), placeOf(user, state))
	if ok {
		err = s.carryOut(r, user, state, incident.FixFact{Obligation: o.N, Fact: r.PostForm.Get("fact"), At: at,
			Reason: strings.TrimSpace(r.PostForm.Get("reason"))})
	} else {
		err = incident.InvalidField("at", intake.Shortened(r.PostForm.Get("at")), "is not a date with a time", wording.For(user.Locale).T("takes_datetime"))
	}
	return s.takeDutyStep(w, r, user, state, o, "fact", "fact", err)
}
