package incident

import (
	"slices"
	"time"
)

// RetentionPolicy says for how long the data of people affected are kept where
// nobody decided otherwise for a case. The zero value decides nothing: then
// nothing is erased until a person has decided.
type RetentionPolicy struct {
	// Days are the days from the closing of a case, 1 to [MaxRetentionDays]; 0
	// for no policy.
	Days int
	// WarnDays are the days before the date at which the DPO and the deputies
	// are warned, the most first; nil stands for [DefaultWarnDays].
	WarnDays []int
}

// Bounds of a retention.
const (
	// MaxRetentionDays is the longest retention: a hundred years.
	MaxRetentionDays = 36_525
	// maxWarnings is how many warnings there can be before one date.
	maxWarnings = 10
	// graceDays is how much time a person has at least when the date is set
	// anew by a decision on a closed case.
	graceDays = 7
	// policyGraceDays is the same when the installation's setting reaches a case
	// that was closed before there was one.
	policyGraceDays = 30
	// warnedFor is how long before erasing a warning must have left.
	warnedFor = 24 * time.Hour
)

// DefaultWarnDays are the days before the date at which people are warned.
func DefaultWarnDays() []int { return []int{30, 7, 1} }

// Why people's data were erased.
const (
	// ErasedByPolicy means that the retention had ended.
	ErasedByPolicy = "policy"
	// ErasedByDecision means that two people decided it, or one who was alone.
	ErasedByDecision = "decision"
	// ErasedByList means that the list of erased incidents, which lies outside
	// the database, named the incident after a backup was restored.
	ErasedByList = "erasure_list"
)

// Retention is for how long the data of the people affected are kept, and what
// became of them.
type Retention struct {
	// Days are the days from the closing of the case; 0 while nobody decided.
	Days int `json:"days,omitempty"`
	// WarnDays are the days before the date at which people are warned, the most
	// first.
	WarnDays []int `json:"warn_days,omitempty"`
	// Default says that the installation's setting was taken.
	Default bool `json:"default,omitempty"`
	// Reason says why this long.
	Reason string `json:"reason,omitempty"`
	// SetAt is when it was decided; By is who decided.
	SetAt time.Time `json:"set_at,omitzero"`
	By    *Actor    `json:"by,omitempty"`
	// Holds are the decisions not to erase for the time being, oldest first. The
	// last one is in force while it was not lifted.
	Holds []ErasureHold `json:"holds,omitempty"`
	// Kept are the ids of further documents that a person decided to keep.
	Kept []string `json:"kept,omitempty"`
	// Revision counts how often the date was set.
	Revision int `json:"revision,omitempty"`
	// EraseAt is when people's data are erased, in the incident's own time; zero
	// while the case is open or held, or nobody decided.
	EraseAt time.Time `json:"erase_at,omitzero"`
	// ScheduledAt is when that date was set.
	ScheduledAt time.Time `json:"scheduled_at,omitzero"`
	// Warnings are those of all dates, oldest first.
	Warnings []ErasureWarning `json:"warnings,omitempty"`
	// Request is the wish to erase before the date; nil while there is none.
	Request *ErasureRequest `json:"request,omitempty"`
	// BegunAt is when erasing began: from then on there is no way back.
	BegunAt time.Time `json:"begun_at,omitzero"`
	// Because says why: policy, decision or erasure_list.
	Because string `json:"because,omitempty"`
	// ErasedAt is when erasing ended; zero before.
	ErasedAt time.Time `json:"erased_at,omitzero"`
	// Erased is what was erased, once it was.
	Erased ErasureCounts `json:"erased,omitzero"`
}

// ErasureHold is a decision not to erase for the time being.
type ErasureHold struct {
	// At is when it was decided, By who decided, Reason why.
	At     time.Time `json:"at"`
	By     Actor     `json:"by"`
	Reason string    `json:"reason"`
	// LiftedAt is when it was lifted; zero while it is in force.
	LiftedAt time.Time `json:"lifted_at,omitzero"`
	// LiftedBy is who lifted it, LiftReason why.
	LiftedBy   *Actor `json:"lifted_by,omitempty"`
	LiftReason string `json:"lift_reason,omitempty"`
}

// ErasureRequest is a person's wish to erase before the date.
type ErasureRequest struct {
	// At is when it was asked for, By who asked, Reason why.
	At     time.Time `json:"at"`
	By     Actor     `json:"by"`
	Reason string    `json:"reason"`
	// Alone says that there was no other person who could confirm.
	Alone bool `json:"alone,omitempty"`
	// ConfirmedAt is when another person confirmed it; zero before.
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	// ConfirmedBy is who confirmed it.
	ConfirmedBy *Actor `json:"confirmed_by,omitempty"`
}

// ErasureWarning is one warning before people's data are erased.
type ErasureWarning struct {
	// Revision is the date's, to which it belongs.
	Revision int `json:"revision"`
	// N counts the warnings of that date from 1.
	N int `json:"n"`
	// Days is how many days before the date it is; 0 for one that is repeated
	// because no relay took the others.
	Days int `json:"days"`
	// Missed are warnings that could not ring in time and are told with this one.
	Missed []int `json:"missed,omitempty"`
	// DueAt is when it was due, FiredAt when it rang.
	DueAt   time.Time `json:"due_at"`
	FiredAt time.Time `json:"fired_at"`
	// EraseAt is the date that it names.
	EraseAt time.Time `json:"erase_at"`
	// Calls are the people who were written to, in the on-call order.
	Calls []Call `json:"calls,omitempty"`
}

// accepted says whether a relay took the warning to anybody, and when first.
func (w ErasureWarning) accepted() (time.Time, bool) {
	var first time.Time
	for _, c := range w.Calls {
		if !c.AcceptedAt.IsZero() && (first.IsZero() || c.AcceptedAt.Before(first)) {
			first = c.AcceptedAt
		}
	}
	return first, !first.IsZero()
}

// ErasureCounts is what an erasure removed or made unreadable.
type ErasureCounts struct {
	// People is the number of people whose data were erased.
	People int `json:"people"`
	// Documents is the number of files that were erased.
	Documents int `json:"documents"`
	// Kept is the number of files that stay readable: what was filed and sent.
	Kept int `json:"kept"`
}

// Hold gives the hold that is in force, or nil.
func (r *Retention) Hold() *ErasureHold {
	if n := len(r.Holds); n > 0 && r.Holds[n-1].LiftedAt.IsZero() {
		return &r.Holds[n-1]
	}
	return nil
}

// Begun says whether erasing has begun: then there is no way back.
func (r *Retention) Begun() bool { return !r.BegunAt.IsZero() }

// IsErased says whether the data of the people affected are gone.
func (r *Retention) IsErased() bool { return !r.ErasedAt.IsZero() }

// Decided says whether two people, or one who was alone, asked to erase before
// the date.
func (r *Retention) Decided() bool {
	return r.Request != nil && (r.Request.Alone || !r.Request.ConfirmedAt.IsZero())
}

// Latest gives the last warning of the present date, or nil.
func (r *Retention) Latest() *ErasureWarning {
	if n := len(r.Warnings); n > 0 && r.Warnings[n-1].Revision == r.Revision {
		return &r.Warnings[n-1]
	}
	return nil
}

// Warning finds a warning, or nil.
func (r *Retention) Warning(revision, n int) *ErasureWarning {
	for i := range r.Warnings {
		if w := &r.Warnings[i]; w.Revision == revision && w.N == n {
			return w
		}
	}
	return nil
}

// warned is when a relay first took a warning of the present date.
func (r *Retention) warned() (time.Time, bool) {
	for _, w := range r.Warnings {
		if at, ok := w.accepted(); ok && w.Revision == r.Revision {
			return at, true
		}
	}
	return time.Time{}, false
}

// rang says whether a warning of this many days belongs to the present date and
// rang, alone or with another.
func (r *Retention) rang(days int) bool {
	for _, w := range r.Warnings {
		if w.Revision == r.Revision && (w.Days == days || slices.Contains(w.Missed, days)) {
			return true
		}
	}
	return false
}

// rungs are the warnings of the present date, the earliest first. One that lies
// before the date was set is passed over, unless all do: then the last counts.
func (r *Retention) rungs() []int {
	days := slices.Clone(r.WarnDays)
	slices.SortFunc(days, func(a, b int) int { return b - a })
	days = slices.Compact(days)
	for i, d := range days {
		if !r.warnAt(d).Before(r.ScheduledAt) {
			return days[i:]
		}
	}
	if len(days) > 0 {
		return days[len(days)-1:]
	}
	return nil
}

// warnAt is when the warning of this many days is due, never before the date
// was set.
func (r *Retention) warnAt(days int) time.Time { return r.EraseAt.AddDate(0, 0, -days) }

// ErasureStep is what the process of a retention does next.
type ErasureStep struct {
	// Kind is one of the Erasure constants.
	Kind string
	// At is when, in the incident's own time.
	At time.Time
	// Revision, N and Level name the warning and the place in the on-call order
	// of a mail.
	Revision, N, Level int
}

// Kinds of steps of a retention.
const (
	// ErasureNone means that there is nothing to wait for.
	ErasureNone = ""
	// ErasureAdopt takes the installation's setting over.
	ErasureAdopt = "adopt"
	// ErasureWarn rings a warning.
	ErasureWarn = "warn"
	// ErasureMail writes to one person about a warning.
	ErasureMail = "mail"
	// ErasureBegin decides that people's data are erased now.
	ErasureBegin = "begin"
	// ErasureErase erases them.
	ErasureErase = "erase"
)

// NextErasure gives the next step of a retention with so many people on call.
// policy is the installation's.
func (s *State) NextErasure(persons int, policy RetentionPolicy) ErasureStep {
	r := &s.Retention
	switch {
	case r.IsErased():
		return ErasureStep{}
	case r.Begun():
		return ErasureStep{Kind: ErasureErase, At: r.BegunAt}
	case !s.IsClosed() || r.Hold() != nil:
		return ErasureStep{}
	case r.Days == 0 && policy.Days > 0 && r.EraseAt.IsZero():
		return ErasureStep{Kind: ErasureAdopt, At: s.ClosedAt}
	case r.EraseAt.IsZero():
		return ErasureStep{}
	case r.Request != nil && !r.Request.ConfirmedAt.IsZero():
		return ErasureStep{Kind: ErasureBegin, At: r.EraseAt}
	}
	if w := r.Latest(); w != nil && len(w.Calls) < persons {
		return ErasureStep{Kind: ErasureMail, At: w.FiredAt, Revision: w.Revision, N: w.N, Level: len(w.Calls)}
	}
	if at, ok := r.nextWarning(); ok {
		return ErasureStep{Kind: ErasureWarn, At: at}
	}
	if at, ok := r.beginAt(); ok {
		return ErasureStep{Kind: ErasureBegin, At: at}
	}
	return ErasureStep{}
}

// nextWarning is when the next warning is due, and whether there is one. After
// the last one it is a day later again, until a relay took one to anybody.
func (r *Retention) nextWarning() (time.Time, bool) {
	for _, days := range r.rungs() {
		if !r.rang(days) {
			at := r.warnAt(days)
			if at.Before(r.ScheduledAt) {
				at = r.ScheduledAt
			}
			return at, true
		}
	}
	if _, ok := r.warned(); ok {
		return time.Time{}, false
	}
	if last := r.Latest(); last != nil {
		return last.FiredAt.Add(warnedFor), true
	}
	return r.ScheduledAt, true
}

// beginAt is when erasing may begin: at the date, and not before a warning has
// been out for a day. A confirmed decision needs no warning.
func (r *Retention) beginAt() (time.Time, bool) {
	if r.Request != nil && !r.Request.ConfirmedAt.IsZero() {
		return r.EraseAt, true
	}
	warned, ok := r.warned()
	if !ok {
		return time.Time{}, false
	}
	if at := warned.Add(warnedFor); at.After(r.EraseAt) {
		return at, true
	}
	return r.EraseAt, true
}

// Papers are the ids of the documents that stay readable when people's data are
// erased: what was filed with authorities, the notices that were sent and the
// reports that were handed out, which show that duties were met (GDPR Art. 33(5)), and what a person decided to keep.
func (s *State) Papers() []string {
	var ids []string
	for i := range s.Obligations {
		for _, f := range s.Obligations[i].Filings {
			for _, d := range append([]*Document{f.Frozen, f.Attachment}, pointers(f.Dossier)...) {
				if d != nil {
					ids = append(ids, d.ID)
				}
			}
		}
	}
	for _, r := range s.Rounds {
		for _, d := range r.Drafts {
			if !d.ApprovedAt.IsZero() {
				ids = append(ids, d.Content.ID)
			}
		}
	}
	for _, d := range s.Reports {
		ids = append(ids, d.ID)
	}
	ids = append(ids, s.Retention.Kept...)
	slices.Sort(ids)
	return slices.Compact(ids)
}

func pointers(documents []Document) []*Document {
	out := make([]*Document, len(documents))
	for i := range documents {
		out[i] = &documents[i]
	}
	return out
}

// afterClosing is what a person should do in a closed case.
func (s *State) afterClosing() Action {
	r := &s.Retention
	switch {
	case r.IsErased():
		return Action{Code: "none", Text: Say("Nothing: the case is closed, and the data of its people were erased on %s.", s.show(r.ErasedAt)).String()}
	case r.Request != nil && !r.Decided():
		return Action{Code: CmdConfirmErasure, Text: "Have another person confirm that the data of the people affected are erased now, or hold the erasure.", Waits: RoleApprover}
	case len(s.Rounds) > 0 && r.Days == 0 && r.Hold() == nil && r.EraseAt.IsZero():
		return Action{Code: CmdSetRetention, Text: "Decide for how long the data of the people affected are kept: the case is closed, and nothing will erase them.", Waits: RoleDPO}
	}
	if s.JoinedTo != nil {
		return Action{Code: "none", Text: Say("Nothing: the case was joined to %s and goes on there. It can be taken out again with a reason.", s.JoinedTo.Number).String()}
	}
	return Action{Code: "none", Text: "Nothing: the case is closed. It can be reopened with a reason."}
}
