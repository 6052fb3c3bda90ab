package incident

import (
	"fmt"
	"math"
	"time"

	"tocsin/gdpr"
)

// RungName names a rung: 24h for 24 hours left, due, overdue+12h.
func RungName(r gdpr.Rung) string {
	switch {
	case r.HoursLeft > 0:
		return fmt.Sprintf("%dh", r.HoursLeft)
	case r.HoursLeft == 0:
		return "due"
	default:
		return fmt.Sprintf("overdue+%dh", -r.HoursLeft)
	}
}

// What an obligation waits for next.
const (
	// StepRing means that a rung rings.
	StepRing = "ring"
	// StepCall means that a call was recorded whose mail is not settled.
	StepCall = "call"
	// StepEscalate means that the next person is called.
	StepEscalate = "escalate"
	// StepNone means that nothing more will happen by itself.
	StepNone = "none"
)

// Step is what an obligation's clock does next.
type Step struct {
	// Kind is ring, call, escalate or none.
	Kind string `json:"kind"`
	// At is when, in the incident's own time.
	At time.Time `json:"at"`
	// Revision, Rung and Level name the call, for a step of kind call.
	Revision int    `json:"revision,omitempty"`
	Rung     string `json:"rung,omitempty"`
	Level    int    `json:"level,omitempty"`
}

// Next says what the obligation's clock does next. persons is how many people
// are on call. A step whose instant has passed is to be taken at once.
func (o *Obligation) Next(persons int) Step {
	if !o.Running() {
		return Step{Kind: StepNone}
	}
	for _, r := range o.Reminders {
		if r.Revision != o.Revision {
			continue
		}
		for _, c := range r.Calls {
			if !c.Settled() {
				return Step{Kind: StepCall, At: c.FiredAt, Revision: r.Revision, Rung: r.Rung, Level: c.Level}
			}
		}
	}
	return o.NextRing(persons)
}

// NextRing is [Obligation.Next] without regard to calls that are not settled.
func (o *Obligation) NextRing(persons int) Step {
	if !o.Running() {
		return Step{Kind: StepNone}
	}
	ring := Step{Kind: StepRing, At: o.nextRung()}
	if escalate, ok := o.escalation(persons); ok && !escalate.After(ring.At) {
		return Step{Kind: StepEscalate, At: escalate}
	}
	return ring
}

// nextRung is when the first rung that has not rung rings.
func (o *Obligation) nextRung() time.Time {
	rung, ok := o.Stage().Ladder.Rung(o.firstUnrung())
	if !ok {
		return farFuture
	}
	return rung.When(o.DueAt)
}

// firstUnrung is the number of the first rung of the present clock after the
// latest that rang: rungs ring in their order.
func (o *Obligation) firstUnrung() int {
	var last time.Time
	for i := range o.Reminders {
		if r := &o.Reminders[i]; r.Revision == o.Revision && r.DueAt.After(last) {
			last = r.DueAt
		}
	}
	if last.IsZero() {
		return 0
	}
	n, ok := o.Stage().Ladder.RungAfter(o.DueAt, last)
	if !ok {
		return math.MaxInt
	}
	return n
}

// farFuture stands for an instant that never comes.
var farFuture = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// escalation is when the next person is called about the latest rung, and
// whether there is one to call.
func (o *Obligation) escalation(persons int) (time.Time, bool) {
	r := o.latest()
	if r == nil || !r.AcknowledgedAt.IsZero() || len(r.Calls) == 0 || len(r.Calls) >= persons {
		return time.Time{}, false
	}
	last := r.Calls[len(r.Calls)-1]
	if !last.RefusedAt.IsZero() {
		return last.RefusedAt, true // a refused address reaches nobody: do not wait
	}
	return last.FiredAt.Add(o.EscalateAfter(r.Rung)), true
}

// EscalateAfter is how long a rung waits for an acknowledgement.
func (o *Obligation) EscalateAfter(name string) time.Duration {
	ladder := o.Stage().Ladder
	for _, rung := range ladder.Rungs {
		if RungName(rung) == name {
			return rung.EscalateAfter()
		}
	}
	// One after the limit, or of an earlier clock with another ladder.
	return gdpr.Rung{EscalateAfterMinutes: ladder.ThenEscalateAfterMinutes}.EscalateAfter()
}

func (RingReminder) check() *Error { return nil }

// decide records every rung that is due and has not rung. Those that lie
// before the clock was set are passed; those that were missed while nobody
// was there to ring are told together with the latest.
func (r RingReminder) decide(c context) ([]Data, *Error) {
	o, err := c.State.duty(r.Obligation)
	if err != nil {
		return nil, err
	}
	if !o.Running() {
		return nil, nil
	}
	due := o.ringing(c.Now)
	var events []Data
	if c.Now.After(o.DueAt) && o.OverdueAt.IsZero() {
		events = append(events, ObligationOverdue{Obligation: o.N, Revision: o.Revision, DueAt: o.DueAt})
	}
	for i, rung := range due {
		at := rung.When(o.DueAt)
		fired := ReminderFired{
			Obligation: o.N, Revision: o.Revision, Rung: RungName(rung), Mode: RungAlone, DueAt: at,
			LateSeconds: int64(c.Now.Sub(at) / time.Second),
		}
		if i < len(due)-1 {
			fired.Mode, fired.Into = RungCombined, RungName(due[len(due)-1])
			if at.Before(o.RevisedAt) {
				fired.Mode, fired.Into, fired.LateSeconds = RungPassed, "", 0
			}
		}
		events = append(events, fired)
	}
	return events, nil
}

// ringing are the rungs that are due at an instant and have not rung. Of those
// after the limit that lie before the clock was set, only the latest counts:
// an awareness of years ago does not ring for every half day since.
func (o *Obligation) ringing(now time.Time) []gdpr.Rung {
	ladder := o.Stage().Ladder
	end := len(ladder.Rungs)
	if next, ok := ladder.RungAfter(o.DueAt, now); ok {
		end = next
	}
	var due []gdpr.Rung
	for n := o.firstUnrung(); n < end; n++ {
		if n >= len(ladder.Rungs) && n < end-1 {
			if set, ok := ladder.RungAfter(o.DueAt, o.RevisedAt); ok && n < set-1 {
				n = min(set-1, end-1) - 1 // those in between are passed over
				continue
			}
		}
		if rung, ok := ladder.Rung(n); ok {
			due = append(due, rung)
		}
	}
	return due
}

func (EscalateReminder) check() *Error { return nil }

func (e EscalateReminder) decide(c context) ([]Data, *Error) {
	o, err := c.State.duty(e.Obligation)
	if err != nil {
		return nil, err
	}
	if !o.Running() {
		return nil, nil
	}
	at, ok := o.escalation(e.Persons)
	if !ok || at.After(c.Now) {
		return nil, nil
	}
	r := o.latest()
	because := becauseUnacknowledged
	if !r.Calls[len(r.Calls)-1].RefusedAt.IsZero() {
		because = becauseRefused
	}
	return []Data{ReminderEscalated{
		Obligation: o.N, Revision: r.Revision, Rung: r.Rung, Level: len(r.Calls), DueAt: at, Because: because,
	}}, nil
}

// Outcomes of a reminder's mail.
const (
	// OutcomeAccepted means that the relay took it.
	OutcomeAccepted = "accepted"
	// OutcomeRefused means that the relay refused the recipient for good.
	OutcomeRefused = "refused"
)

func (r ReminderOutcome) check() *Error {
	if r.State != OutcomeAccepted && r.State != OutcomeRefused {
		return &Error{Kind: Internal, Message: "a reminder's outcome is neither accepted nor refused"}
	}
	return nil
}

func (r ReminderOutcome) decide(c context) ([]Data, *Error) {
	call := c.State.call(r.Obligation, r.Revision, r.Rung, r.Level)
	if call == nil || call.Settled() {
		return nil, nil
	}
	if r.State == OutcomeRefused {
		return []Data{ReminderRefused{
			Obligation: r.Obligation, Revision: r.Revision, Rung: r.Rung, Level: r.Level,
			Recipient: r.Recipient, Code: r.Code, SentAt: r.SentAt.UTC(),
		}}, nil
	}
	return []Data{ReminderAccepted{
		Obligation: r.Obligation, Revision: r.Revision, Rung: r.Rung, Level: r.Level,
		Recipient: r.Recipient, MessageID: r.MessageID, Code: r.Code, SentAt: r.SentAt.UTC(),
	}}, nil
}

func (a Acknowledge) check() *Error {
	if a.Via != "link" && a.Via != "command" {
		return InvalidField("via", a.Via, "is not known", "link or command")
	}
	return nil
}

func (a Acknowledge) decide(c context) ([]Data, *Error) {
	o, err := c.State.duty(a.Obligation)
	if err != nil {
		return nil, err
	}
	revision, r := a.Revision, o.latest()
	if revision == 0 {
		revision = o.Revision
	}
	if a.Rung != "" {
		r = o.Reminder(revision, a.Rung)
	}
	if r == nil {
		return nil, conflict("no reminder of obligation %d has rung yet: there is nothing to acknowledge", o.N)
	}
	if !r.AcknowledgedAt.IsZero() {
		return nil, nil
	}
	return []Data{Acknowledged{Obligation: o.N, Revision: r.Revision, Rung: r.Rung, Via: a.Via}}, nil
}
