package incident

import "time"

// Types of events about retention. They stand in the record for ever: never
// change one.
const (
	EvRetentionSet     = "retention_set"
	EvErasureHeld      = "erasure_held"
	EvErasureReleased  = "erasure_released"
	EvDocumentKept     = "document_kept"
	EvErasureScheduled = "erasure_scheduled"
	EvErasureWarned    = "erasure_warned"
	EvWarningAccepted  = "erasure_warning_accepted"
	EvWarningRefused   = "erasure_warning_refused"
	EvErasureRequested = "erasure_requested"
	EvErasureConfirmed = "erasure_confirmed"
	EvErasureBegun     = "erasure_begun"
	EvPeopleErased     = "people_erased"
)

// RetentionSet says for how long the data of the people affected are kept.
type RetentionSet struct {
	Days     int    `json:"days"`
	WarnDays []int  `json:"warn_days"`
	Reason   string `json:"reason,omitempty"`
	// Default says that the installation's setting was taken.
	Default bool `json:"default,omitempty"`
}

// ErasureHeld says that nothing is erased until the hold is lifted.
type ErasureHeld struct {
	Reason string `json:"reason"`
}

// ErasureReleased says that the hold was lifted.
type ErasureReleased struct {
	Reason string `json:"reason"`
}

// DocumentKept says that a file stays readable when people's data are erased.
type DocumentKept struct {
	Document string `json:"document"`
	Reason   string `json:"reason"`
}

// ErasureScheduled sets the date at which people's data are erased.
type ErasureScheduled struct {
	Revision int       `json:"revision"`
	EraseAt  time.Time `json:"erase_at"`
}

// ErasureWarned says that a warning rang.
type ErasureWarned struct {
	Revision int `json:"revision"`
	N        int `json:"n"`
	// Days is how many days before the date it is; 0 for one that is repeated.
	Days int `json:"days"`
	// Missed are warnings that could not ring in time and are told with this one.
	Missed      []int     `json:"missed,omitempty"`
	DueAt       time.Time `json:"due_at"`
	EraseAt     time.Time `json:"erase_at"`
	LateSeconds int64     `json:"late_seconds"`
}

// WarningAccepted says that the relay took a warning's mail to one person.
type WarningAccepted struct {
	Revision  int       `json:"revision"`
	N         int       `json:"n"`
	Level     int       `json:"level"`
	Recipient Actor     `json:"recipient"`
	MessageID string    `json:"message_id"`
	Code      int       `json:"code,omitempty"`
	SentAt    time.Time `json:"sent_at"`
}

// WarningRefused says that the relay refused the recipient for good.
type WarningRefused struct {
	Revision  int       `json:"revision"`
	N         int       `json:"n"`
	Level     int       `json:"level"`
	Recipient Actor     `json:"recipient"`
	Code      int       `json:"code,omitempty"`
	SentAt    time.Time `json:"sent_at"`
}

// ErasureRequested says that a person asked to erase before the date.
type ErasureRequested struct {
	Reason string `json:"reason"`
	// Alone says that there was no other person who could confirm.
	Alone bool `json:"alone,omitempty"`
}

// ErasureConfirmed says that another person confirmed the request.
type ErasureConfirmed struct{}

// ErasureBegun says that people's data are erased from now on, and why.
type ErasureBegun struct {
	// Because is policy, decision or erasure_list.
	Because string    `json:"because"`
	EraseAt time.Time `json:"erase_at,omitzero"`
}

// PeopleErased says that the data of the people affected are gone.
type PeopleErased struct {
	ErasureCounts
}

// Type implements [Data].
func (RetentionSet) Type() string     { return EvRetentionSet }
func (ErasureHeld) Type() string      { return EvErasureHeld }
func (ErasureReleased) Type() string  { return EvErasureReleased }
func (DocumentKept) Type() string     { return EvDocumentKept }
func (ErasureScheduled) Type() string { return EvErasureScheduled }
func (ErasureWarned) Type() string    { return EvErasureWarned }
func (WarningAccepted) Type() string  { return EvWarningAccepted }
func (WarningRefused) Type() string   { return EvWarningRefused }
func (ErasureRequested) Type() string { return EvErasureRequested }
func (ErasureConfirmed) Type() string { return EvErasureConfirmed }
func (ErasureBegun) Type() string     { return EvErasureBegun }
func (PeopleErased) Type() string     { return EvPeopleErased }

func (d RetentionSet) apply(s *State, e Event) {
	r, by := &s.Retention, e.Actor
	r.Days, r.WarnDays, r.Reason, r.Default = d.Days, d.WarnDays, d.Reason, d.Default
	r.SetAt, r.By = e.At, &by
}

func (d ErasureHeld) apply(s *State, e Event) {
	r := &s.Retention
	r.Holds = append(r.Holds, ErasureHold{At: e.At, By: e.Actor, Reason: d.Reason})
	r.EraseAt, r.Request = time.Time{}, nil
}

func (d ErasureReleased) apply(s *State, e Event) {
	if h := s.Retention.Hold(); h != nil {
		by := e.Actor
		h.LiftedAt, h.LiftedBy, h.LiftReason = e.At, &by, d.Reason
	}
}

func (d DocumentKept) apply(s *State, _ Event) {
	s.Retention.Kept = append(s.Retention.Kept, d.Document)
}

func (d ErasureScheduled) apply(s *State, e Event) {
	r := &s.Retention
	r.Revision, r.EraseAt, r.ScheduledAt = d.Revision, d.EraseAt, e.At
}

func (d ErasureWarned) apply(s *State, e Event) {
	s.Retention.Warnings = append(s.Retention.Warnings, ErasureWarning{
		Revision: d.Revision, N: d.N, Days: d.Days, Missed: d.Missed, DueAt: d.DueAt, FiredAt: e.At, EraseAt: d.EraseAt,
	})
}

func (d WarningAccepted) apply(s *State, e Event) {
	if w := s.Retention.Warning(d.Revision, d.N); w != nil {
		recipient := d.Recipient
		w.Calls = append(w.Calls, Call{Level: d.Level, DueAt: w.FiredAt, FiredAt: w.FiredAt, Because: becauseRung,
			Recipient: &recipient, AcceptedAt: e.At, MessageID: d.MessageID})
	}
}

func (d WarningRefused) apply(s *State, e Event) {
	if w := s.Retention.Warning(d.Revision, d.N); w != nil {
		recipient := d.Recipient
		w.Calls = append(w.Calls, Call{Level: d.Level, DueAt: w.FiredAt, FiredAt: w.FiredAt, Because: becauseRung,
			Recipient: &recipient, RefusedAt: e.At})
	}
}

func (d ErasureRequested) apply(s *State, e Event) {
	s.Retention.Request = &ErasureRequest{At: e.At, By: e.Actor, Reason: d.Reason, Alone: d.Alone}
}

func (ErasureConfirmed) apply(s *State, e Event) {
	if r := s.Retention.Request; r != nil {
		confirmed, by := *r, e.Actor
		confirmed.ConfirmedAt, confirmed.ConfirmedBy = e.At, &by
		s.Retention.Request = &confirmed
	}
}

func (d ErasureBegun) apply(s *State, e Event) {
	s.Retention.BegunAt, s.Retention.Because = e.At, d.Because
}

func (d PeopleErased) apply(s *State, e Event) {
	s.Retention.ErasedAt, s.Retention.Erased = e.At, d.ErasureCounts
}
