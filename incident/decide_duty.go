package incident

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

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
		return events, nil // the reason changed, the clock did not
	}
	for _, o := range s.Obligations {
		if o.Status != ObligationOpen || !o.Terms.HasClock() {
			continue
		}
		due, outer := derive(o.Terms, at, s.Disclosure.Zone)
		events = append(events, ObligationMoved{
			Obligation: o.N, Revision: o.Revision + 1, AwareAt: at, DueAt: due, OuterBound: outer,
		})
	}
	return events, nil
}

func (a RecordAssessment) check() *Error {
	if err := requireText("decision.reason", a.Decision.Reason, limitReason); err != nil {
		return err
	}
	var facts map[string]any
	if err := json.Unmarshal(a.Facts, &facts); err != nil || facts == nil {
		return InvalidField("facts", "", "is missing or not an object", "a JSON object with the facts that were judged")
	}
	if path, ok := fraction("facts", facts); ok {
		return InvalidField(path, "", "is a fraction", "a whole number, a text, true or false")
	}
	return nil
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
	events := []Data{AssessmentRecorded{
		Version: len(s.Assessments) + 1, Facts: a.Facts, Severity: a.Severity, Decision: a.Decision,
	}}
	duty := false
	for _, o := range s.Obligations {
		duty = duty || o.Status != ObligationWaivedStatus
		switch {
		case o.Status == ObligationOpen && !a.Decision.NotifyAuthority:
			events = append(events, ObligationWaived{Obligation: o.N, Reason: a.Decision.Reason})
		case o.Status == ObligationWaivedStatus && a.Decision.NotifyAuthority:
			events = append(events, ObligationReinstated{Obligation: o.N, Reason: a.Decision.Reason})
			aware, _ := s.Aware()
			due, outer := derive(o.Terms, aware.At, s.Disclosure.Zone)
			if !due.Equal(o.DueAt) {
				events = append(events, ObligationMoved{
					Obligation: o.N, Revision: o.Revision + 2, AwareAt: aware.At, DueAt: due, OuterBound: outer,
				})
			}
			duty = true
		}
	}
	if a.Decision.NotifyAuthority && !duty {
		aware, ok := s.Aware()
		if !ok {
			return nil, conflict("nobody has fixed when you became aware: set the awareness first")
		}
		opened, err := openObligation(len(s.Obligations)+1, s.Disclosure, aware.At)
		if err != nil {
			return nil, err
		}
		events = append(events, opened)
	}
	return events, nil
}

func (d DraftNotification) check() *Error {
	if _, ok := gdpr.AuthorityByCode(d.Authority); !ok {
		return unknownAuthority("authority", d.Authority)
	}
	return checkDocument("content", d.Content)
}

func (d DraftNotification) decide(c context) ([]Data, *Error) {
	var waived *Obligation
	for i := range c.State.Obligations {
		o := &c.State.Obligations[i]
		if o.Terms.Authority != d.Authority {
			continue
		}
		if o.Status == ObligationWaivedStatus {
			waived = o
			continue
		}
		if n := len(o.Drafts); n > 0 && o.Drafts[n-1].Content.SHA256 == d.Content.SHA256 && o.Drafts[n-1].By == c.Actor {
			return nil, nil
		}
		return []Data{NotificationDrafted{Obligation: o.N, Version: len(o.Drafts) + 1, Content: d.Content}}, nil
	}
	if waived != nil {
		return nil, conflict("obligation %d to %s was waived: record an assessment that decides to notify first",
			waived.N, d.Authority)
	}
	return nil, conflict("there is no obligation towards %s; this incident has %s", d.Authority, c.State.duties())
}

// duties lists the obligations in a few words.
func (s *State) duties() string {
	if len(s.Obligations) == 0 {
		return "no obligation: record an assessment that decides to notify first"
	}
	var parts []string
	for _, o := range s.Obligations {
		parts = append(parts, fmt.Sprintf("obligation %d to %s (%s)", o.N, o.Terms.Authority, o.Status))
	}
	return strings.Join(parts, ", ")
}

// duty finds an obligation or says which ones there are.
func (s *State) duty(n int) (*Obligation, *Error) {
	if o := s.Obligation(n); o != nil {
		return o, nil
	}
	return nil, &Error{Kind: NotFound, Field: "obligation", Value: fmt.Sprint(n),
		Message: "there is no such obligation", Expected: "one of: " + s.duties()}
}

func (a ApproveNotification) check() *Error { return nil }

func (a ApproveNotification) decide(c context) ([]Data, *Error) {
	o, err := c.State.duty(a.Obligation)
	if err != nil {
		return nil, err
	}
	if len(o.Drafts) == 0 {
		return nil, conflict("obligation %d has no draft: draft the notification first", o.N)
	}
	last := o.Drafts[len(o.Drafts)-1]
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

func (f FileNotification) check() *Error {
	if err := requireText("receipt", f.Receipt, limitTitle); err != nil {
		err.Expected = "the receipt number that the authority gave"
		return err
	}
	if f.At.IsZero() {
		return InvalidField("at", "", "is missing", "the instant of filing with offset, such as 2026-11-17T10:17:00+01:00")
	}
	if f.Attachment != nil {
		if err := checkDocument("attachment", *f.Attachment); err != nil {
			return err
		}
	}
	return limitText("delay_reasons", f.DelayReasons, limitReason)
}

func (f FileNotification) decide(c context) ([]Data, *Error) {
	o, err := c.State.duty(f.Obligation)
	if err != nil {
		return nil, err
	}
	if o.Status == ObligationWaivedStatus {
		return nil, conflict("obligation %d was waived: record an assessment that decides to notify before you file", o.N)
	}
	for _, filed := range o.Filings {
		if filed.Receipt == f.Receipt && filed.At.Equal(f.At) {
			return nil, nil
		}
	}
	if o.Status == ObligationFiled {
		return nil, conflict("obligation %d was filed already with receipt %s; a correction is a follow-up",
			o.N, o.Filings[len(o.Filings)-1].Receipt)
	}
	if err := requirePast("at", f.At, c.Now, c.State); err != nil {
		return nil, err
	}
	if f.At.Before(o.AwareAt) {
		return nil, InvalidField("at", f.At.Format(time.RFC3339), "lies before you became aware",
			"an instant not before "+c.State.show(o.AwareAt))
	}
	filed := NotificationFiled{
		Obligation: o.N, At: f.At.UTC(), Receipt: f.Receipt, Attachment: f.Attachment, DelayReasons: f.DelayReasons,
	}
	if late := f.At.Sub(o.DueAt); late > 0 {
		if blank(f.DelayReasons) && len(o.DelayReasons) == 0 {
			return nil, &Error{Kind: Invalid, Field: "delay_reasons", Message: "is missing",
				Expected: fmt.Sprintf("the reasons for the delay, since the filing is later than %s (GDPR Art. 33(1))",
					c.State.show(o.DueAt))}
		}
		filed.LateSeconds = int64((late + time.Second - 1) / time.Second)
	}
	if n := len(o.Drafts); n > 0 {
		last := o.Drafts[n-1]
		filed.Version, filed.SHA256, filed.Approved = last.Version, last.Content.SHA256, !last.ApprovedAt.IsZero()
	}
	return []Data{filed}, nil
}

func (g GiveDelayReasons) check() *Error { return requireText("reasons", g.Reasons, limitReason) }

func (g GiveDelayReasons) decide(c context) ([]Data, *Error) {
	o, err := c.State.duty(g.Obligation)
	if err != nil {
		return nil, err
	}
	return []Data{DelayReasonsGiven{Obligation: o.N, Reasons: g.Reasons}}, nil
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
	case ObligationFiled:
		return nil, conflict("obligation %d was filed already and cannot be waived", o.N)
	}
	return []Data{ObligationWaived{Obligation: o.N, Reason: w.Reason}}, nil
}

func checkDocument(field string, d Document) *Error {
	if d.ID == "" || len(d.SHA256) != 64 || d.Size < 0 {
		return InvalidField(field, d.ID, "is not a stored document", "a document that the store has taken")
	}
	return nil
}
