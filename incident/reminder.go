package incident

import (
	"slices"
	"time"
)

// Reminder is one rung of an obligation's ladder that rang.
type Reminder struct {
	// Revision is the revision of the clock to which it belongs.
	Revision int `json:"revision"`
	// Rung is the rung's name, such as 24h, due or overdue+12h.
	Rung string `json:"rung"`
	// Mode is rung, combined or passed.
	Mode string `json:"mode"`
	// Into is the rung whose mail tells of this one, when combined.
	Into string `json:"into,omitempty"`
	// DueAt is when it was due.
	DueAt time.Time `json:"due_at"`
	// FiredAt is when it rang.
	FiredAt time.Time `json:"fired_at"`
	// Calls are the people who were called, in the on-call order.
	Calls []Call `json:"calls,omitempty"`
	// AcknowledgedAt is when a person took it on; zero while nobody has.
	AcknowledgedAt time.Time `json:"acknowledged_at,omitzero"`
	// AcknowledgedBy is who took it on.
	AcknowledgedBy *Actor `json:"acknowledged_by,omitempty"`
	// Via says how it was acknowledged: link or command.
	Via string `json:"via,omitempty"`
}

// Call is the attempt to reach one person about one rung.
type Call struct {
	// Level is the place in the on-call order, 0 for the DPO.
	Level int `json:"level"`
	// DueAt is when the call was due.
	DueAt time.Time `json:"due_at"`
	// FiredAt is when the call was made.
	FiredAt time.Time `json:"fired_at"`
	// Because says why: rung, unacknowledged or refused.
	Because string `json:"because"`
	// Recipient is the account that was written to, once it was.
	Recipient *Actor `json:"recipient,omitempty"`
	// AcceptedAt is when the relay took the mail, in the incident's own time;
	// zero while it has not.
	AcceptedAt time.Time `json:"accepted_at,omitzero"`
	// RefusedAt is when the relay refused the recipient for good.
	RefusedAt time.Time `json:"refused_at,omitzero"`
	// MessageID is the id of the mail.
	MessageID string `json:"message_id,omitempty"`
}

// Why a call was made.
const (
	becauseRung           = "rung"
	becauseUnacknowledged = "unacknowledged"
	becauseRefused        = "refused"
)

// Reminder finds a reminder of the obligation, or nil.
func (o *Obligation) Reminder(revision int, rung string) *Reminder {
	for i := range o.Reminders {
		if r := &o.Reminders[i]; r.Revision == revision && r.Rung == rung {
			return r
		}
	}
	return nil
}

// latest is the last reminder of the present clock that called somebody, or nil.
func (o *Obligation) latest() *Reminder {
	for i := len(o.Reminders) - 1; i >= 0; i-- {
		if r := &o.Reminders[i]; r.Revision == o.Revision && r.Mode == RungAlone {
			return r
		}
	}
	return nil
}

// call finds the call of a level, or nil.
func (r *Reminder) call(level int) *Call {
	for i := range r.Calls {
		if r.Calls[i].Level == level {
			return &r.Calls[i]
		}
	}
	return nil
}

// Settled says whether the relay has answered for the call.
func (c Call) Settled() bool { return !c.AcceptedAt.IsZero() || !c.RefusedAt.IsZero() }

// Acknowledged counts the reminders that a person took on.
func (o *Obligation) Acknowledged() int {
	n := 0
	for _, r := range o.Reminders {
		if !r.AcknowledgedAt.IsZero() {
			n++
		}
	}
	return n
}

// ForClock gives the obligation with no more than its clock needs: what is
// settled and superseded shrinks to its name. The clock's next step is the
// same, and a history that carries it stays small in a case that runs for
// weeks.
func (o *Obligation) ForClock() Obligation {
	short := *o
	short.Drafts, short.Filings, short.DelayReasons, short.Reminders = nil, nil, nil, nil
	latest := o.latest()
	for i := range o.Reminders {
		r := &o.Reminders[i]
		switch {
		case r.Revision != o.Revision:
			continue
		case r == latest || !r.settled():
			short.Reminders = append(short.Reminders, *r)
		default:
			short.Reminders = append(short.Reminders, Reminder{Revision: r.Revision, Rung: r.Rung})
		}
	}
	return short
}

// settled says whether the relay has answered for every call.
func (r *Reminder) settled() bool {
	return !slices.ContainsFunc(r.Calls, func(c Call) bool { return !c.Settled() })
}
