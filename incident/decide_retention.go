package incident

import (
	"fmt"
	"slices"
	"time"
)

func (r SetRetention) check() *Error {
	if r.Days < 1 || r.Days > MaxRetentionDays {
		return InvalidField("days", fmt.Sprint(r.Days), "is out of range", Say("1 to %d days from the closing of the case", MaxRetentionDays))
	}
	if err := CheckWarnDays(r.WarnDays); err != nil {
		return err
	}
	return requireText("reason", r.Reason, limitReason)
}

// CheckWarnDays refuses days of warnings that make no sense.
func CheckWarnDays(days []int) *Error {
	if len(days) > maxWarnings {
		return InvalidField("warn_days", fmt.Sprint(len(days)), "has too many entries", Say("at most %d", maxWarnings))
	}
	for i, d := range days {
		if d < 1 || d > 365 || slices.Contains(days[:i], d) {
			return InvalidField("warn_days", fmt.Sprint(d), "is out of range or stands there twice", "different numbers of days from 1 to 365")
		}
	}
	return nil
}

func (r SetRetention) decide(c context) ([]Data, *Error) {
	now := &c.State.Retention
	if now.Begun() {
		return nil, c.State.begun()
	}
	warn := r.WarnDays
	if len(warn) == 0 {
		warn = now.WarnDays
	}
	if len(warn) == 0 {
		warn = c.Rules.Retention.warnDays()
	}
	if now.Days == r.Days && slices.Equal(now.WarnDays, warn) && now.Reason == r.Reason && !now.Default {
		return nil, nil
	}
	if now.Request != nil {
		return nil, conflict("it was asked to erase the people's data of %s before the date: hold the erasure first, then set another time", c.State.Number)
	}
	events := []Data{RetentionSet{Days: r.Days, WarnDays: warn, Reason: r.Reason}}
	return append(events, c.schedule(r.Days, graceDays)...), nil
}

func (p RetentionPolicy) warnDays() []int {
	if len(p.WarnDays) > 0 {
		return p.WarnDays
	}
	return DefaultWarnDays()
}

// schedule sets the date, so many days from the closing and not before grace
// days from now. It gives nothing while the case is open or held.
func (c context) schedule(days, grace int) []Data {
	s := c.State
	if !s.IsClosed() || s.Retention.Hold() != nil || days == 0 {
		return nil
	}
	return []Data{s.dated(s.ClosedAt, days, c.Now.AddDate(0, 0, grace))}
}

// dated is the event that sets a date, counted in days of the case's zone.
func (s *State) dated(closed time.Time, days int, earliest time.Time) Data {
	place := time.UTC
	if zone, err := time.LoadLocation(s.Disclosure.Zone); err == nil {
		place = zone
	}
	at := closed.In(place).AddDate(0, 0, days).UTC()
	if at.Before(earliest) {
		at = earliest
	}
	return ErasureScheduled{Revision: s.Retention.Revision + 1, EraseAt: at}
}

// closing gives what follows from closing a case: the installation's setting
// where nobody decided, and the date.
func (c context) closing() []Data {
	s := c.State
	r := &s.Retention
	var events []Data
	days := r.Days
	if days == 0 && c.Rules.Retention.Days > 0 {
		days = c.Rules.Retention.Days
		events = append(events, RetentionSet{Days: days, WarnDays: c.Rules.Retention.warnDays(), Default: true})
	}
	if days == 0 || r.Hold() != nil {
		return events
	}
	return append(events, s.dated(c.Now, days, c.Now))
}

// begun refuses what comes too late.
func (s *State) begun() *Error {
	if s.Retention.IsErased() {
		return conflict("the data of the people of %s were erased on %s: there is nothing left to decide", s.Number, s.show(s.Retention.ErasedAt))
	}
	return conflict("erasing the data of the people of %s has begun: there is no way back", s.Number)
}

func (h HoldErasure) check() *Error { return requireText("reason", h.Reason, limitReason) }

func (h HoldErasure) decide(c context) ([]Data, *Error) {
	r := &c.State.Retention
	if r.Begun() {
		return nil, c.State.begun()
	}
	if held := r.Hold(); held != nil {
		if held.Reason == h.Reason && held.By == c.Actor {
			return nil, nil
		}
		return nil, conflict("erasing is held since %s: release it first, or leave it as it is", c.State.show(held.At))
	}
	return []Data{ErasureHeld(h)}, nil
}

func (r ReleaseErasure) check() *Error { return requireText("reason", r.Reason, limitReason) }

func (r ReleaseErasure) decide(c context) ([]Data, *Error) {
	now := &c.State.Retention
	if now.Begun() {
		return nil, c.State.begun()
	}
	if now.Hold() == nil {
		return nil, conflict("erasing is not held: there is nothing to release")
	}
	events := []Data{ErasureReleased(r)}
	if c.State.IsClosed() && now.Days > 0 {
		events = append(events, c.State.dated(c.State.ClosedAt, now.Days, c.Now.AddDate(0, 0, graceDays)))
	}
	return events, nil
}

func (k KeepDocument) check() *Error { return requireText("reason", k.Reason, limitReason) }

func (k KeepDocument) decide(c context) ([]Data, *Error) {
	s := c.State
	if s.Retention.Begun() {
		return nil, s.begun()
	}
	if !slices.ContainsFunc(s.Documents, func(d Document) bool { return d.ID == k.Document }) {
		return nil, &Error{Kind: NotFound, Field: "document", Value: shorten(k.Document), Message: "this incident has no such document",
			Expected: "the id of a file of the case"}
	}
	if slices.Contains(s.Papers(), k.Document) {
		return nil, nil
	}
	return []Data{DocumentKept(k)}, nil
}

func (r RequestErasure) check() *Error { return requireText("reason", r.Reason, limitReason) }

func (r RequestErasure) decide(c context) ([]Data, *Error) {
	s := c.State
	now := &s.Retention
	switch {
	case now.Begun():
		return nil, s.begun()
	case !s.IsClosed():
		return nil, conflict("%s is open: close it before its people's data are erased", s.Number)
	case now.Hold() != nil:
		return nil, conflict("erasing is held since %s: release it with a reason first", s.show(now.Hold().At))
	case now.Request != nil && now.Request.By.ID == c.Actor.ID:
		return nil, nil
	case now.Request != nil:
		return nil, conflict("another person asked for it on %s: confirm it, or hold the erasure", s.show(now.Request.At))
	}
	events := []Data{ErasureRequested{Reason: r.Reason, Alone: r.Others == 0}}
	if r.Others == 0 {
		// Nobody can confirm: a day remains in which it can be held.
		events = append(events, ErasureScheduled{Revision: now.Revision + 1, EraseAt: c.Now.Add(warnedFor)})
	}
	return events, nil
}

func (ConfirmErasure) check() *Error { return nil }

func (ConfirmErasure) decide(c context) ([]Data, *Error) {
	s := c.State
	r := &s.Retention
	switch {
	case r.Begun():
		return nil, s.begun()
	case !s.IsClosed():
		return nil, conflict("%s is open: close it before its people's data are erased", s.Number)
	case r.Request == nil:
		return nil, conflict("nobody asked to erase the people's data of %s before the date: there is nothing to confirm", s.Number)
	case r.Request.By.ID == c.Actor.ID:
		return nil, forbidden("you asked to erase: another person with the role dpo or deputy has to confirm it")
	case !r.Request.ConfirmedAt.IsZero():
		return nil, nil
	}
	return []Data{ErasureConfirmed{}, ErasureScheduled{Revision: r.Revision + 1, EraseAt: c.Now}}, nil
}

func (AdoptRetention) check() *Error { return nil }

func (AdoptRetention) decide(c context) ([]Data, *Error) {
	s := c.State
	policy := c.Rules.Retention
	if !s.IsClosed() || s.Retention.Begun() || s.Retention.Days > 0 || policy.Days == 0 || s.Retention.Hold() != nil ||
		!s.Retention.EraseAt.IsZero() {
		return nil, nil
	}
	events := []Data{RetentionSet{Days: policy.Days, WarnDays: policy.warnDays(), Default: true}}
	return append(events, c.schedule(policy.Days, policyGraceDays)...), nil
}

func (WarnErasure) check() *Error { return nil }

// decide rings what is due. What was missed while nobody was there to ring is
// told together with the latest.
func (WarnErasure) decide(c context) ([]Data, *Error) {
	s := c.State
	r := &s.Retention
	if !s.IsClosed() || r.Begun() || r.EraseAt.IsZero() {
		return nil, nil
	}
	at, ok := r.nextWarning()
	if !ok || at.After(c.Now) {
		return nil, nil
	}
	n := 1
	if last := r.Latest(); last != nil {
		n = last.N + 1
	}
	warned := ErasureWarned{Revision: r.Revision, N: n, DueAt: at, EraseAt: r.EraseAt}
	for _, days := range r.rungs() {
		if r.rang(days) {
			continue
		}
		if due := r.warnAt(days); warned.Days == 0 || !due.After(c.Now) {
			if warned.Days > 0 {
				warned.Missed = append(warned.Missed, warned.Days)
				warned.DueAt = due
			}
			warned.Days = days
		}
	}
	warned.LateSeconds = int64(c.Now.Sub(warned.DueAt) / time.Second)
	return []Data{warned}, nil
}

func (o WarningOutcome) check() *Error {
	if o.State != OutcomeAccepted && o.State != OutcomeRefused {
		return &Error{Kind: Internal, Message: "a warning's outcome is neither accepted nor refused"}
	}
	return nil
}

func (o WarningOutcome) decide(c context) ([]Data, *Error) {
	w := c.State.Retention.Warning(o.Revision, o.N)
	if w == nil || o.Level != len(w.Calls) {
		return nil, nil
	}
	if o.State == OutcomeRefused {
		return []Data{WarningRefused{Revision: o.Revision, N: o.N, Level: o.Level, Recipient: o.Recipient, Code: o.Code,
			SentAt: o.SentAt.UTC()}}, nil
	}
	return []Data{WarningAccepted{Revision: o.Revision, N: o.N, Level: o.Level, Recipient: o.Recipient,
		MessageID: o.MessageID, Code: o.Code, SentAt: o.SentAt.UTC()}}, nil
}

func (BeginErasure) check() *Error { return nil }

func (BeginErasure) decide(c context) ([]Data, *Error) {
	s := c.State
	r := &s.Retention
	if !s.IsClosed() || r.Begun() || r.EraseAt.IsZero() || r.Hold() != nil {
		return nil, nil
	}
	if at, ok := r.beginAt(); !ok || at.After(c.Now) {
		return nil, nil
	}
	because := ErasedByPolicy
	if r.Decided() {
		because = ErasedByDecision
	}
	return []Data{ErasureBegun{Because: because, EraseAt: r.EraseAt}}, nil
}

func (FinishErasure) check() *Error { return nil }

func (f FinishErasure) decide(c context) ([]Data, *Error) {
	r := &c.State.Retention
	switch {
	case r.IsErased():
		return nil, nil
	case r.Begun():
		return []Data{PeopleErased{f.Counts}}, nil
	case f.Listed:
		return []Data{ErasureBegun{Because: ErasedByList}, PeopleErased{f.Counts}}, nil
	}
	return nil, conflict("nobody decided to erase the data of the people of %s", c.State.Number)
}
