package filing

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"tocsin/gdpr"
	"tocsin/gdpr/form"
	"tocsin/incident"
)

// ErrOwnForm says that the recipient of a duty has a form of its own, which
// Tocsin does not have.
var ErrOwnForm = errors.New("the recipient has a form of its own")

// HasForm says whether what is owed under the obligation is the form of a
// breach of personal data.
func HasForm(o *incident.Obligation) bool { return o.Terms.Recipient == gdpr.RecipientAuthority }

// Language is the language in which the obligation's authority is written to:
// its usual one where the form has it, English otherwise.
func Language(o *incident.Obligation) string {
	language := "en"
	if a, ok := gdpr.AuthorityByCode(o.Terms.Authority); ok && len(a.Languages) > 0 {
		language = a.Languages[0]
	}
	for _, p := range form.Projections() {
		if p.Code != form.ProjectionFor(o.Terms.Authority) {
			continue
		}
		for _, has := range p.Languages {
			if has == language {
				return language
			}
		}
		return p.Languages[0]
	}
	return "en"
}

// Begin gives the draft of the obligation's next notification, with what the
// case knows: a new one, or the follow-up of the last one that was filed, whose
// frozen content filed is and whose receipt the authority gave. filed is nil
// where nothing was filed from a draft.
//
// It returns [ErrOwnForm] for a duty that is not owed to an authority for data
// protection.
func Begin(state *incident.State, o *incident.Obligation, c Controller, filed *form.Draft, now time.Time) (form.Draft, error) {
	if !HasForm(o) {
		return form.Draft{}, ErrOwnForm
	}
	var draft form.Draft
	var err error
	switch n := len(o.Filings); {
	case n == 0, o.Pending() && filed == nil:
		draft, err = form.NewDraft(form.Versions()[0], form.New, form.Incomplete)
	case filed == nil:
		if draft, err = form.NewDraft(form.Versions()[0], form.Followup, form.Incomplete); err == nil {
			draft, err = draft.Set(now, "previous_notification_id", form.Answer{Value: form.Text(o.Filings[0].Receipt), Source: "filing"})
		}
	default:
		draft, err = form.FollowUp(now, *filed, o.Filings[0].Receipt)
	}
	if err != nil {
		return form.Draft{}, err
	}
	return Refresh(state, o, c, draft, now)
}

// Refresh brings a draft to what the case knows by now. What a person answered
// stays. The sub-type becomes complete when nothing is missing any more.
func Refresh(state *incident.State, o *incident.Obligation, c Controller, draft form.Draft, now time.Time) (form.Draft, error) {
	draft, err := form.Prefill(draft, now, Known(state, o, c, Language(o)))
	if err != nil {
		return form.Draft{}, fmt.Errorf("fill the form in: %w", err)
	}
	return draft, nil
}

// WithDelay puts the reasons for the delay into a draft as it is filed: those
// in the record and those that go with the filing. What a person wrote into the
// form stays before them.
func WithDelay(state *incident.State, o *incident.Obligation, draft form.Draft, at time.Time, further string) (form.Draft, error) {
	language := Language(o)
	text := delay(o, zoneOf(state))
	if own, ok := draft.Answer("delay_reasons"); ok && !own.Prefilled {
		text = own.Value.Text()
	}
	if further != "" && !strings.Contains(text, further) {
		text = strings.TrimSpace(text + "\n" + further)
	}
	if text == "" {
		return draft, nil
	}
	return draft.Set(at, "delay_reasons", form.Answer{Value: form.Text(shorten(text, language)), Source: "filing"})
}

// Settle gives the draft the sub-type that its answers allow: complete when
// nothing is missing for that, incomplete otherwise. A withdrawal stays one.
func Settle(draft form.Draft, at time.Time) (form.Draft, form.Completeness, error) {
	if draft.Subtype != form.Withdrawn {
		draft.Subtype = form.Complete
	}
	state, err := form.Check(draft, at)
	if err != nil {
		return draft, state, err
	}
	if draft.Subtype == form.Complete && len(state.MissingForComplete) > 0 {
		draft.Subtype = form.Incomplete
		state, err = form.Check(draft, at)
	}
	return draft, state, err
}
