package incident

import (
	"encoding/json"
	"fmt"
	"reflect"

	"tocsin/gdpr"
)

func (a SetAwareness) check() *Error {
	if a.At.IsZero() {
		return InvalidField("at", "", "is missing", "an instant with offset, such as 2026-11-17T10:17:00+01:00")
	}
	return requireText("reason", a.Reason, limitReason)
}

func (a SetAwareness) decide(c context) ([]Data, *Error) {
	s := c.State
	if err := checkAwareness("at", a.At, c.Now, s.Disclosure, s); err != nil {
		return nil, err
	}
	at := a.At.UTC()
	last, _ := s.Aware()
	if last.At.Equal(at) && last.Reason == a.Reason && !last.Provisional {
		return nil, nil
	}
	events := []Data{AwarenessSet{Revision: last.Revision + 1, At: at, Reason: a.Reason}}
	if last.At.Equal(at) {
		return events, nil // the reason changed, the clocks did not
	}
	known := c.State.Clone()
	known.Awareness = append(known.Awareness, AwarenessRevision{At: at})
	c.State = known
	for i := range known.Obligations {
		o := &known.Obligations[i]
		events = append(events, c.rejudge(o)...)
		if !o.Pending() || !o.Stage().HasClock() {
			continue
		}
		if moved, ok := c.redo(o); ok {
			events = append(events, moved)
		}
	}
	return events, nil
}

func (a RecordAssessment) check() *Error {
	if err := a.Decision.check(); err != nil {
		return err
	}
	var facts map[string]any
	if err := json.Unmarshal(a.Facts, &facts); err != nil || facts == nil {
		return InvalidField("facts", "", "is missing or not an object", "a JSON object with the facts that were judged")
	}
	if path, ok := fraction("facts", facts); ok {
		return InvalidField(path, "", "is a fraction", "a whole number, a text, true or false")
	}
	_, err := AdviseOn(a.Facts)
	return err
}

// fraction finds a number that is not whole: the record keeps whole numbers
// only, so that every reader computes the same hash.
func fraction(path string, v any) (string, bool) {
	switch v := v.(type) {
	case float64:
		return path, v != float64(int64(v))
	case []any:
		for i, e := range v {
			if p, ok := fraction(fmt.Sprintf("%s[%d]", path, i), e); ok {
				return p, true
			}
		}
	case map[string]any:
		for k, e := range v {
			if p, ok := fraction(path+"."+k, e); ok {
				return p, true
			}
		}
	}
	return "", false
}

func (a RecordAssessment) decide(c context) ([]Data, *Error) {
	s := c.State
	advice, err := AdviseOn(a.Facts)
	if err != nil {
		return nil, err
	}
	if last, ok := s.Assessed(); ok && last.By == c.Actor && last.Decision == a.Decision && sameJSON(last.Facts, a.Facts) {
		return nil, nil // the same assessment, given again
	}
	events := []Data{AssessmentRecorded{
		Version: len(s.Assessments) + 1, Facts: a.Facts, Severity: a.Severity, Decision: a.Decision, Advice: advice,
	}}
	notifying, telling := false, false
	for i := range s.Obligations {
		o := &s.Obligations[i]
		follows, wanted := a.Decision.bearsOn(o)
		if !follows {
			continue
		}
		if o.toPeople() {
			telling = telling || o.Terms.Regime == gdpr.RegimeCommunication
		} else {
			notifying = notifying || o.Terms.Regime == gdpr.RegimeInstitutions ||
				o.Terms.Regime == firstRegime && o.Terms.Authority == s.Disclosure.Authority
		}
		switch {
		case o.Pending() && !wanted:
			events = append(events, ObligationWaived{Obligation: o.N, Reason: a.Decision.Reason})
		case (o.Status == ObligationWaivedStatus || o.Status == ObligationWithdrawn) && wanted:
			events = append(events, c.reinstate(o, a.Decision.Reason)...)
			events = append(events, s.metAlready(o, a.Decision)...)
		case o.Pending() && a.Decision.inPublic() && !s.PublishedAt().IsZero() && o.Terms.Regime == gdpr.RegimeCommunication:
			events = append(events, ObligationMet{Obligation: o.N, By: metByPublication})
		}
	}
	if _, ok := s.Aware(); !ok && (a.Decision.NotifyAuthority || a.Decision.Communicate) {
		return nil, conflict("nobody has fixed when you became aware: set the awareness first")
	}
	next := len(s.Obligations) + 1
	for _, wanted := range []struct {
		yes  bool
		duty Duty
	}{
		{a.Decision.NotifyAuthority && !notifying, Duty{Regime: firstRegime, Authority: s.Disclosure.Authority}},
		{a.Decision.Communicate && !telling, Duty{Regime: gdpr.RegimeCommunication}},
	} {
		if !wanted.yes {
			continue
		}
		opened, err := c.open(next, wanted.duty, "", false)
		if err != nil {
			return nil, err
		}
		events = append(events, opened)
		if wanted.duty.Regime == gdpr.RegimeCommunication {
			events = append(events, s.metAlready(&Obligation{N: next, Terms: opened.Terms}, a.Decision)...)
		}
		next++
	}
	return events, nil
}

// sameJSON says whether two documents say the same.
func sameJSON(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// bearsOn says whether an assessment of the risk for people decides about a
// duty, and whether the duty then applies. Duties that arise from something
// else, such as an incident's weight for a service, are not touched.
func (d AssessmentDecision) bearsOn(o *Obligation) (follows, wanted bool) {
	switch {
	case o.Terms.Recipient == gdpr.RecipientPeople && o.Terms.Threshold.Code == gdpr.ThresholdHighRisk:
		return true, d.Communicate
	case o.Terms.Recipient == gdpr.RecipientAuthority && o.Terms.Threshold.Code == gdpr.ThresholdRisk:
		return true, d.NotifyAuthority
	default:
		return false, false
	}
}

func (d DraftNotification) check() *Error {
	if _, ok := gdpr.AuthorityByCode(d.Authority); !ok && d.Obligation == 0 {
		return UnknownAuthority("authority", d.Authority)
	}
	return checkDocument("content", d.Content)
}

func (d DraftNotification) decide(c context) ([]Data, *Error) {
	o, err := c.State.DutyFor(d.Obligation, d.Authority)
	if err != nil {
		return nil, err
	}
	if o.Status == ObligationWithdrawn {
		return nil, conflict("the notification of obligation %d was withdrawn: nothing more is filed", o.N)
	}
	if n := len(o.Drafts); n > 0 && o.Drafts[n-1].Content.SHA256 == d.Content.SHA256 && o.Drafts[n-1].By == c.Actor {
		return nil, nil
	}
	if err := follows(d.Version, len(o.Drafts)); err != nil {
		return nil, err
	}
	return []Data{NotificationDrafted{Obligation: o.N, Version: len(o.Drafts) + 1, Content: d.Content}}, nil
}

// follows refuses a draft that was written on a version which is not the latest
// any more, so that nobody's words are replaced unseen.
func follows(version, latest int) *Error {
	if version != 0 && version != latest+1 {
		return conflict("version %d was put down meanwhile: look at it, then draft again", latest)
	}
	return nil
}

// DutyFor finds the obligation that a notification is for: by its number, or
// by the authority, where the present duties come before those that were met.
// The error says which obligations there are.
func (s *State) DutyFor(n int, authority string) (*Obligation, *Error) {
	if n != 0 {
		o, err := s.duty(n)
		if err != nil {
			return nil, err
		}
		if authority != "" && o.Terms.Authority != authority {
			return nil, InvalidField("authority", authority, Say("is not the one of obligation %d", n), Say("%s", o.Recipient()))
		}
		return o, refuseWaived(o)
	}
	var found *Obligation
	for i := range s.Obligations {
		o := &s.Obligations[i]
		if o.Terms.Authority != authority {
			continue
		}
		if found == nil || !found.Pending() && o.Pending() || found.Status == ObligationWaivedStatus {
			found = o
		}
	}
	if found == nil {
		return nil, conflict("there is no obligation towards %s; this incident has %s", authority, s.duties())
	}
	return found, refuseWaived(found)
}

func refuseWaived(o *Obligation) *Error {
	if o.Status != ObligationWaivedStatus {
		return nil
	}
	return conflict("obligation %d to %s was waived: record an assessment that decides to notify first", o.N, o.Recipient())
}

// duties lists the obligations in a few words.
func (s *State) duties() []Phrase {
	if len(s.Obligations) == 0 {
		return []Phrase{Say("no obligation: record an assessment that decides to notify first")}
	}
	var parts []Phrase
	for i := range s.Obligations {
		o := &s.Obligations[i]
		parts = append(parts, Say("obligation %d to %s (%s)", o.N, o.Recipient(), Word(o.Status)))
	}
	return parts
}

// duty finds an obligation or says which ones there are.
func (s *State) duty(n int) (*Obligation, *Error) {
	if o := s.Obligation(n); o != nil {
		return o, nil
	}
	return nil, FieldError(NotFound, "obligation", fmt.Sprint(n), "there is no such obligation", Say("one of: %s", s.duties()))
}

func (a ApproveNotification) check() *Error { return nil }

func (a ApproveNotification) decide(c context) ([]Data, *Error) {
	o, err := c.State.duty(a.Obligation)
	if err != nil {
		return nil, err
	}
	last, ok := o.Draft()
	if !ok {
		return nil, conflict("obligation %d has no draft: draft the notification first", o.N)
	}
	if a.Version != 0 && a.Version != last.Version {
		return nil, conflict("version %d is not the latest: version %d was drafted meanwhile; look at it first", a.Version, last.Version)
	}
	if err := fourEyes(last, c.Actor); err != nil {
		return nil, err
	}
	if !last.ApprovedAt.IsZero() {
		return nil, nil
	}
	return []Data{NotificationApproved{Obligation: o.N, Version: last.Version}}, nil
}

// fourEyes refuses an approval by the person who drafted.
func fourEyes(d Draft, by Actor) *Error {
	if d.By.ID == by.ID {
		return forbidden("version %d was drafted by you: another person with the role dpo, deputy or approver has to approve it",
			d.Version)
	}
	return nil
}

func (g GiveDelayReasons) check() *Error { return requireText("reasons", g.Reasons, limitReason) }

func (g GiveDelayReasons) decide(c context) ([]Data, *Error) {
	o, err := c.State.duty(g.Obligation)
	if err != nil {
		return nil, err
	}
	return []Data{DelayReasonsGiven{Obligation: o.N, Stage: o.StageIndex, Reasons: g.Reasons}}, nil
}

func (w WaiveObligation) check() *Error { return requireText("reason", w.Reason, limitReason) }

func (w WaiveObligation) decide(c context) ([]Data, *Error) {
	o, err := c.State.duty(w.Obligation)
	if err != nil {
		return nil, err
	}
	switch o.Status {
	case ObligationWaivedStatus:
		return nil, nil
	case ObligationFiled, ObligationMetStatus, ObligationWithdrawn:
		return nil, conflict("obligation %d was %s already and cannot be waived", o.N, Word(o.Status))
	}
	return []Data{ObligationWaived{Obligation: o.N, Reason: w.Reason}}, nil
}

func checkDocument(field string, d Document) *Error {
	if d.ID == "" || len(d.SHA256) != 64 || d.Size < 0 {
		return InvalidField(field, d.ID, "is not a stored document", "a document that the store has taken")
	}
	return nil
}
