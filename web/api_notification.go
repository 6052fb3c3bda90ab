package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"tocsin/filing"
	"tocsin/gdpr"
	"tocsin/gdpr/form"
	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/workflows"
)

type notificationRequest struct {
	Obligation int             `json:"obligation" doc:"the obligation's number; without it the one to the authority"`
	Authority  string          `json:"authority" doc:"the authority's code, such as AEPD; without it the obligation's"`
	Content    *contentRequest `json:"content" doc:"what you know beyond the case; without it the draft holds what is recorded"`
}

// contentRequest is what a person adds to a draft.
type contentRequest struct {
	Subtype string                     `json:"subtype" doc:"complete or incomplete; without it what the answers allow"`
	Fields  map[string]json.RawMessage `json:"fields" doc:"answers by the key of the field: a value, or an object with value, state, source and who_knows; null takes an answer back"`
}

type draftAnswer struct {
	recorded
	notificationView
}

// notificationView is a draft with what is missing.
type notificationView struct {
	Obligation   int               `json:"obligation" doc:"the obligation's number"`
	Version      int               `json:"version" doc:"the version of the draft; 0 for one that is not stored"`
	Content      form.Draft        `json:"content" doc:"the draft: kind, subtype and answers by field"`
	Completeness form.Completeness `json:"completeness" doc:"what is answered, what is missing and who could know"`
	Changes      []form.Change     `json:"changes,omitempty" doc:"what a follow-up says otherwise than what was filed"`
	Sheet        *form.Sheet       `json:"sheet,omitempty" doc:"the draft in the order and the words of the authority's form"`
}

func (s *server) draftNotification(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body notificationRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	authority := strings.ToUpper(body.Authority)
	if _, ok := gdpr.AuthorityByCode(authority); !ok && (authority != "" || body.Obligation == 0) {
		return incident.UnknownAuthority("authority", body.Authority)
	}
	o, refused := state.DutyFor(body.Obligation, authority)
	if refused != nil {
		return refused
	}
	now := state.Clock.At(s.Clock())
	draft, err := s.nextDraft(r.Context(), state, o, now)
	if err != nil {
		return err
	}
	if body.Content != nil {
		if draft, err = setFields(draft, body.Content.Fields, now); err != nil {
			return err
		}
	}
	wanted := ""
	if body.Content != nil {
		wanted = body.Content.Subtype
	}
	if draft, err = settle(draft, wanted, now); err != nil {
		return err
	}
	return s.storeDraft(w, r, user, state, o, draft, now)
}

// nextDraft is the draft to go on with: the one that nobody has filed, or a new
// one, with what the case knows by now.
func (s *server) nextDraft(ctx context.Context, state *incident.State, o *incident.Obligation, now time.Time) (form.Draft, error) {
	controller, err := s.filingController(ctx, state)
	if err != nil {
		return form.Draft{}, err
	}
	if stored, ok := o.Draft(); ok {
		draft, known, err := s.readDraft(ctx, state.ID, stored.Content.ID)
		if err != nil {
			return form.Draft{}, err
		}
		// A withdrawal that was not filed is left behind by drafting anew.
		if known && draft.Subtype != form.Withdrawn {
			draft, err = filing.Refresh(state, o, controller, draft, now)
			return draft, formError(err)
		}
	}
	filed, err := s.lastFiled(ctx, state, o)
	if err != nil {
		return form.Draft{}, err
	}
	if !filing.HasForm(o) {
		return form.Draft{}, ownForm(o)
	}
	draft, err := filing.Begin(state, o, controller, filed, now)
	return draft, formError(err)
}

// ownForm says that Tocsin does not have the form of a duty's recipient.
func ownForm(o *incident.Obligation) error {
	return incident.FieldError(incident.Conflict, "obligation", fmt.Sprint(o.N),
		incident.Say("is owed to %s, who has a form of its own", o.Recipient()),
		"a filing there; record its receipt by \"tocsin notification file\"")
}

// lastFiled is the content of the last filing, or nil where none was filed
// from a draft of the form.
func (s *server) lastFiled(ctx context.Context, state *incident.State, o *incident.Obligation) (*form.Draft, error) {
	for _, f := range slices.Backward(o.Filings) {
		if f.Frozen == nil {
			continue
		}
		draft, known, err := s.readDraft(ctx, state.ID, f.Frozen.ID)
		if err != nil {
			return nil, err
		}
		// What was withdrawn is followed up by what was filed before it.
		if known && draft.Subtype != form.Withdrawn {
			return &draft, nil
		}
	}
	return nil, nil
}

// readDraft reads a stored draft. known is false for content that is not in
// the form; an error means that it cannot be read now.
func (s *server) readDraft(ctx context.Context, id, document string) (draft form.Draft, known bool, err error) {
	_, content, err := s.Store.Document(ctx, id, document)
	if err != nil {
		return form.Draft{}, false, err
	}
	draft, err = form.Decode(content)
	if _, other := errors.AsType[*form.FieldError](err); other {
		return form.Draft{}, false, nil
	}
	return draft, err == nil, err
}

func (s *server) filingController(ctx context.Context, state *incident.State) (filing.Controller, error) {
	c, err := s.controllerOf(ctx, state)
	details := strings.Trim(c.Email+", "+c.Phone, ", ")
	return filing.Controller{Name: c.Name, Address: c.Address, Contact: c.contactName("en"), Details: details}, err
}

// setFields sets what a person answered.
func setFields(draft form.Draft, fields map[string]json.RawMessage, now time.Time) (form.Draft, error) {
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if key == "notification_type" || key == "notification_subtype" {
			return draft, incident.InvalidField("content.fields."+key, "", "follows from what is drafted",
				"content.subtype, or the commands for a follow-up and a withdrawal")
		}
		raw := fields[key]
		if string(raw) == "null" {
			next, err := draft.Clear(key)
			if err != nil {
				return draft, formError(err)
			}
			draft = next
			continue
		}
		answer, err := readAnswer(key, raw)
		if err != nil {
			return draft, err
		}
		if draft, err = draft.Set(now, key, answer); err != nil {
			return draft, formError(err)
		}
	}
	return draft, nil
}

// readAnswer reads an answer: an object that says value or state, or a value.
func readAnswer(key string, raw json.RawMessage) (form.Answer, error) {
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) == nil {
		_, value := object["value"]
		_, state := object["state"]
		if value || state {
			var answer struct {
				Value    form.Value `json:"value"`
				State    form.State `json:"state"`
				Source   string     `json:"source"`
				WhoKnows string     `json:"who_knows"`
			}
			if err := intake.DecodeDocument(raw, &answer); err != nil {
				return form.Answer{}, under("content.fields."+key, err)
			}
			return form.Answer{Value: answer.Value, State: answer.State, Source: answer.Source, WhoKnows: answer.WhoKnows}, nil
		}
	}
	var value form.Value
	if err := json.Unmarshal(raw, &value); err != nil {
		return form.Answer{}, incident.InvalidField("content.fields."+key, "", "is not an answer",
			"a text, a list of texts, a whole number, true or false, or an object with value and state")
	}
	return form.Answer{Value: value}, nil
}

// under puts a field's place before the field of an error.
func under(place string, err error) error {
	if e, ok := errors.AsType[*incident.Error](err); ok {
		inside := *e
		inside.Field = intake.Join(place, e.Field)
		return &inside
	}
	return err
}

// settle gives a draft its sub-type.
func settle(draft form.Draft, wanted string, now time.Time) (form.Draft, error) {
	if draft.Subtype == form.Withdrawn {
		return draft, nil
	}
	switch wanted {
	case "":
		settled, _, err := filing.Settle(draft, now)
		return settled, formError(err)
	case string(form.Incomplete):
		draft.Subtype = form.Incomplete
		return draft, nil
	case string(form.Complete):
		draft.Subtype = form.Complete
		state, err := form.Check(draft, now)
		if err != nil {
			return draft, formError(err)
		}
		return draft, formError(state.Refusal())
	}
	return draft, incident.InvalidField("content.subtype", intake.Shortened(wanted), "is not known", "complete or incomplete")
}

// storeDraft freezes a draft, stores it, records it and answers.
func (s *server) storeDraft(
	w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, o *incident.Obligation, draft form.Draft, now time.Time,
) error {
	reply, frozen, err := s.recordDraft(r.Context(), user, state, o, draft, 0, now)
	if err != nil {
		return err
	}
	version := len(o.Drafts) + 1
	if len(reply.Events) == 0 {
		version = len(o.Drafts) // the same draft, given again
	}
	view, err := s.viewDraft(r.Context(), state, o, frozen.Draft, version, now)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, draftAnswer{recorded: answerTo(reply), notificationView: view})
	return nil
}

// recordDraft freezes a draft, stores it and records it as the next version.
func (s *server) recordDraft(
	ctx context.Context, user postgres.User, state *incident.State, o *incident.Obligation, draft form.Draft, version int, now time.Time,
) (workflows.Reply, form.Frozen, error) {
	frozen, err := form.Freeze(draft, now)
	if err != nil {
		return workflows.Reply{}, frozen, formError(err)
	}
	command := incident.DraftNotification{Obligation: o.N, Version: version, Content: incident.Document{ID: "pending", SHA256: frozen.SHA256}}
	if err := s.try(state, user, command); err != nil {
		return workflows.Reply{}, frozen, err // nothing is stored for a draft that would be refused
	}
	command.Content, err = s.Store.PutDocument(ctx, state.ID, "notification.json", "application/json", frozen.JSON)
	if err != nil {
		return workflows.Reply{}, frozen, err
	}
	reply, err := s.Engine.Command(ctx, state.ID, actor(user), command)
	return reply, frozen, err
}

func (s *server) viewDraft(ctx context.Context, state *incident.State, o *incident.Obligation, draft form.Draft, version int, now time.Time) (notificationView, error) {
	v := notificationView{Obligation: o.N, Version: version, Content: draft}
	var err error
	if v.Completeness, err = form.Check(draft, now); err != nil {
		return v, formError(err)
	}
	if draft.Kind == form.Followup {
		filed, err := s.lastFiled(ctx, state, o)
		if err != nil {
			return v, err
		}
		if filed != nil {
			if v.Changes, err = form.Changes(*filed, draft, now); err != nil {
				return v, formError(err)
			}
		}
	}
	return v, nil
}

// formError gives an error of the form the words of a refusal.
func formError(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*form.FieldError](err); ok {
		expected := incident.Say("%s", incident.Word(e.Expected))
		if len(e.Suggestions) > 0 {
			expected = incident.Say("%s; the nearest are %s", incident.Word(e.Expected), strings.Join(e.Suggestions, ", "))
		}
		field := "content.fields." + e.Key
		switch {
		case e.Number > 0:
			field = fmt.Sprintf("%s (field %d)", field, e.Number)
		case e.Key == "field":
			field = "content.fields." + e.Value // a key that the form does not have
		}
		return incident.InvalidField(field, e.Value, "is not what the form takes", expected)
	}
	if e, ok := errors.AsType[*form.NotReadyError](err); ok {
		return incident.Refused(incident.Conflict, "%s", e.Error())
	}
	return err
}
