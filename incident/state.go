package incident

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"tocsin/gdpr"
)

// State is a case as its events tell it.
type State struct {
	// ID is the incident's id; empty before it was opened.
	ID string `json:"id"`
	// Number is the human number, such as INC-2026-0007.
	Number string `json:"number"`
	// Key is the client's key of idempotency, if any.
	Key string `json:"key,omitempty"`
	// Seq is the number of the last event.
	Seq int64 `json:"seq"`
	// Clock maps real time to the incident's own.
	Clock Clock `json:"clock,omitzero"`
	// OpenedAt is when the case was opened, in its own time.
	OpenedAt time.Time `json:"opened_at,omitzero"`
	// ClosedAt is when the case was closed; zero while it is open.
	ClosedAt time.Time `json:"closed_at,omitzero"`
	// ClosingReason is the reason given at the last closing.
	ClosingReason string `json:"closing_reason,omitempty"`
	// JoinedTo is the case with which this one goes on; nil while it stands by itself.
	JoinedTo *JoinedTo `json:"joined_to,omitempty"`
	// Joined are the cases that this one took in, oldest first.
	Joined []Joining `json:"joined,omitempty"`
	// Reopenings counts how often the case was opened again.
	Reopenings int `json:"reopenings,omitempty"`
	// Disclosure is what was told.
	Disclosure Disclosure `json:"disclosure"`
	// Documents are the files of the case, oldest first.
	Documents []Document `json:"documents,omitempty"`
	// DataSet is the file of people that a vendor sent with its disclosure, which
	// somebody may look at and import; nil for none.
	DataSet *Document `json:"data_set,omitempty"`
	// Opener is who opened the case, where it was a vendor; nil otherwise.
	Opener *Actor `json:"opener,omitempty"`
	// Reports are those of the documents that are reports printed for a bundle.
	Reports []Document `json:"reports,omitempty"`
	// Awareness is the history of the instant of awareness, oldest first.
	Awareness []AwarenessRevision `json:"awareness,omitempty"`
	// Screenings are the answers to which laws may apply, oldest first.
	Screenings []Screening `json:"screenings,omitempty"`
	// Assessments are the versions of the judgement of the risk, oldest first.
	Assessments []Assessment `json:"assessments,omitempty"`
	// Obligations are the duties, by number from 1.
	Obligations []Obligation `json:"obligations,omitempty"`
	// Tasks are what is to be done, by number from 1.
	Tasks []Task `json:"tasks,omitempty"`
	// Rounds are the rounds of affected people with their mailings, from 1.
	Rounds []Round `json:"rounds,omitempty"`
	// Owed is how many people still have to be told by a mailing, as of the last
	// import or the last round that ended; nil before both.
	Owed *Owed `json:"owed,omitempty"`
	// Tests are the tests of notices' drafts, by number from 1.
	Tests []MailingTest `json:"tests,omitempty"`
	// Public is the public communication; nil while nobody has drafted one.
	Public *PublicCommunication `json:"public,omitempty"`
	// Retention is for how long the data of the people affected are kept.
	Retention Retention `json:"retention,omitzero"`
}

// AwarenessRevision is one version of the instant of awareness.
type AwarenessRevision struct {
	// Revision counts from 1.
	Revision int `json:"revision"`
	// At is the instant of awareness.
	At time.Time `json:"at"`
	// Reason says why this instant.
	Reason string `json:"reason"`
	// Provisional says that nobody has decided yet.
	Provisional bool `json:"provisional,omitempty"`
	// SetAt is when it was decided.
	SetAt time.Time `json:"set_at"`
	// By is who decided.
	By Actor `json:"by"`
}

// Screening is one version of the answers to which laws may apply.
type Screening struct {
	// Version counts from 1.
	Version int `json:"version"`
	// At is when it was recorded.
	At time.Time `json:"at"`
	// By is who answered.
	By Actor `json:"by"`
	// Answers are yes, no or unknown by the key of the question.
	Answers map[string]string `json:"answers"`
	// Proposals are the regimes that the answers called for then.
	Proposals []gdpr.Proposal `json:"proposals"`
}

// Assessment is one version of the judgement of the risk.
type Assessment struct {
	// Version counts from 1.
	Version int `json:"version"`
	// At is when it was recorded.
	At time.Time `json:"at"`
	// By is who recorded it.
	By Actor `json:"by"`
	// Facts are the facts that were judged.
	Facts json.RawMessage `json:"facts"`
	// Severity is the outcome of the method, when one was used.
	Severity *Severity `json:"severity,omitempty"`
	// Decision is what was decided and why.
	Decision AssessmentDecision `json:"decision"`
	// Advice is what the rules recommended, where they could read the facts.
	Advice *Advice `json:"advice,omitempty"`
}

// Status of an obligation.
const (
	// ObligationOpen is a duty whose clock runs.
	ObligationOpen = "open"
	// ObligationFiled is a duty that was met by a filing.
	ObligationFiled = "filed"
	// ObligationWaived is a duty that does not apply.
	ObligationWaivedStatus = "waived"
	// ObligationWaiting is a duty whose next stage counts from a fact that is
	// not known yet: no clock runs.
	ObligationWaiting = "waiting"
	// ObligationMetStatus is a duty without a filing that was met.
	ObligationMetStatus = "met"
	// ObligationWithdrawn is a duty whose notification was withdrawn.
	ObligationWithdrawn = "withdrawn"
)

// Obligation is one duty towards one recipient under one regime. It has one
// stage after the other, and one clock: that of the present stage.
type Obligation struct {
	// N is the number within the incident, from 1.
	N int `json:"n"`
	// Terms are the terms that held when it arose.
	Terms gdpr.Terms `json:"terms"`
	// Status is open, waiting, filed, met, waived or withdrawn.
	Status string `json:"status"`
	// Duty is what was asked for, where it was more than the first duty.
	Duty *Duty `json:"duty,omitempty"`
	// StageIndex is the present stage of the terms, from 0.
	StageIndex int `json:"stage_index,omitempty"`
	// FollowUp are the terms of the follow-up while the rest of an incomplete
	// filing is expected; nil otherwise.
	FollowUp *gdpr.StageTerms `json:"follow_up,omitempty"`
	// Suspended says that the case was closed while a follow-up was expected.
	Suspended bool `json:"suspended,omitempty"`
	// Facts are the instants of facts from which stages count, awareness
	// excepted: filed:<stage> and those that people fixed.
	Facts map[string]time.Time `json:"facts,omitempty"`
	// Reason says why it was waived.
	Reason string `json:"reason,omitempty"`
	// Revision counts how often the clock was derived, from 1.
	Revision int `json:"revision"`
	// RevisedAt is when the present clock was derived.
	RevisedAt time.Time `json:"revised_at"`
	// AwareAt is the instant from which the present stage counts.
	AwareAt time.Time `json:"aware_at"`
	// DueAt is the last instant in time.
	DueAt time.Time `json:"due_at"`
	// OuterBound is the bound by Reg. 1182/71, for information.
	OuterBound time.Time `json:"outer_bound,omitzero"`
	// OverdueAt is when it was marked overdue; zero while it is not.
	OverdueAt time.Time `json:"overdue_at,omitzero"`
	// Reminders are the rungs that rang, oldest first.
	Reminders []Reminder `json:"reminders,omitempty"`
	// DelayReasons are the reasons given for being late, oldest first.
	DelayReasons []DelayReason `json:"delay_reasons,omitempty"`
	// Drafts are the versions of the form, oldest first.
	Drafts []Draft `json:"drafts,omitempty"`
	// Filings are what was filed, oldest first.
	Filings []Filing `json:"filings,omitempty"`
}

// DelayReason is one reason for being late, as it arose.
type DelayReason struct {
	// At is when it was given.
	At time.Time `json:"at"`
	// By is who gave it.
	By Actor `json:"by"`
	// Text is the reason in words.
	Text string `json:"text"`
	// Stage is the stage that was late, from 0.
	Stage int `json:"stage,omitempty"`
}

// Draft is one version of what will be filed or sent.
type Draft struct {
	// Version counts from 1.
	Version int `json:"version"`
	// At is when it was drafted.
	At time.Time `json:"at"`
	// By is who drafted it.
	By Actor `json:"by"`
	// Content is the stored content.
	Content Document `json:"content"`
	// Template is the template of a notice; empty for a notification.
	Template string `json:"template,omitempty"`
	// Locales are the languages of a notice.
	Locales []string `json:"locales,omitempty"`
	// ApprovedAt is when a second person approved it; zero while nobody has.
	ApprovedAt time.Time `json:"approved_at,omitzero"`
	// ApprovedBy is who approved it.
	ApprovedBy *Actor `json:"approved_by,omitempty"`
}

// Filing is a notification that the authority has received.
type Filing struct {
	NotificationFiled
	// RecordedAt is when the filing was recorded, in the incident's own time.
	RecordedAt time.Time `json:"filing_recorded_at"`
	// By is who recorded it.
	By Actor `json:"by"`
	// RejudgedAt is when LateSeconds last changed since, because an instant from
	// which the time limit counts was corrected; zero for never.
	RejudgedAt time.Time `json:"rejudged_at,omitzero"`
}

// Task is something to be done.
type Task struct {
	// N is the number within the incident, from 1.
	N int `json:"n"`
	// Code names the task: cut_integration, secure_evidence, ask_vendor,
	// review_vendors; empty for one that a person put down.
	Code string `json:"code"`
	// Title says what is to be done, and Reason why, where a person put it down.
	Title  string `json:"title,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Reopened says why it is to be done again; empty where it was never done.
	Reopened string `json:"reopened,omitempty"`
	// Owner is the role that has to do it.
	Owner Role `json:"owner"`
	// DueAt is when it should be done.
	DueAt time.Time `json:"due_at"`
	// DoneAt is when it was done; zero while it is open.
	DoneAt time.Time `json:"done_at,omitzero"`
	// DoneBy is who did it.
	DoneBy *Actor `json:"done_by,omitempty"`
	// Note says what was done.
	Note string `json:"note,omitempty"`
}

// Status of a mailing.
const (
	// MailingNone is a round of people without a notice.
	MailingNone = "none"
	// MailingDraftedStatus has a notice that nobody approved.
	MailingDraftedStatus = "drafted"
	// MailingApprovedStatus has an approved notice.
	MailingApprovedStatus = "approved"
	// MailingSending is being sent.
	MailingSending = "sending"
	// MailingPausedStatus halts until it is resumed or stopped.
	MailingPausedStatus = "paused"
	// MailingDone has been sent.
	MailingDone = "finished"
	// MailingHalted was ended by a person.
	MailingHalted = "stopped"
)

// Round is a round of affected people and the mailing that tells them.
type Round struct {
	// N is the number within the incident, from 1.
	N int `json:"n"`
	// Kind says to whom the round writes, one of the kinds of round; empty for a
	// round that an import of people affected began.
	Kind string `json:"kind,omitempty"`
	// Scope narrows the kind down; empty for most.
	Scope string `json:"scope,omitempty"`
	// Opened says that a person opened the round; otherwise an import began it.
	Opened bool `json:"opened,omitempty"`
	// OpenedAt is when a person opened it; zero when an import began it.
	OpenedAt time.Time `json:"opened_at,omitzero"`
	// OpenedBy is who opened it; nil when an import began it.
	OpenedBy *Actor `json:"opened_by,omitempty"`
	// OpenedSeq is the number of the event that opened it.
	OpenedSeq int64 `json:"opened_seq,omitempty"`
	// Reason says why a person opened it.
	Reason string `json:"reason,omitempty"`
	// Import is the id under which the recipients are stored that a person chose.
	Import string `json:"import,omitempty"`
	// Recipients are the numbers of a round that a person opened.
	Recipients RecipientCounts `json:"recipients,omitzero"`
	// Imports are the files that make up the round.
	Imports []PeopleImported `json:"imports,omitempty"`
	// ImportedSeq is the number of the event of the last import.
	ImportedSeq int64 `json:"imported_seq,omitempty"`
	// Status is the mailing's status.
	Status string `json:"status"`
	// Drafts are the versions of the notice, oldest first.
	Drafts []Draft `json:"drafts,omitempty"`
	// StartedAt is when sending began.
	StartedAt time.Time `json:"started_at,omitzero"`
	// FinishedAt is when sending ended.
	FinishedAt time.Time `json:"finished_at,omitzero"`
	// Counts is the outcome, once finished, and with what came back since.
	Counts DeliveryCounts `json:"counts,omitzero"`
	// Root is the root of the Merkle tree over all outcomes, hexadecimal, once finished.
	Root string `json:"root,omitempty"`
	// Bounced is how many notices are recorded as come back.
	Bounced int `json:"bounced,omitempty"`
	// BouncesRoot is the root of the Merkle tree over them, hexadecimal.
	BouncesRoot string `json:"bounces_root,omitempty"`
	// PauseReason says why the round halts; empty while it does not.
	PauseReason string `json:"pause_reason,omitempty"`
	// Held is refusals or relay when the engine halted the round.
	Held string `json:"held,omitempty"`
	// PausedAt is when it last halted, in the incident's time; zero while it does
	// not.
	PausedAt time.Time `json:"paused_at,omitzero"`
	// HeldSent and HeldRefused are the numbers that the engine's halt rests on.
	HeldSent    int `json:"held_sent,omitempty"`
	HeldRefused int `json:"held_refused,omitempty"`
	// Resumptions counts how often it was resumed.
	Resumptions int `json:"resumptions,omitempty"`
	// StopReason says why the round was ended by a person.
	StopReason string `json:"stop_reason,omitempty"`
}

// People is the number of people whom the round's imports named for the first
// time; none for a round that a person opened, whose numbers are Recipients.
func (r Round) People() int {
	n := 0
	for _, i := range r.Imports {
		n += i.Counts.Accepted + i.Counts.Undeliverable
	}
	return n
}

// Kinds are the kinds of data that concern somebody in the round, sorted.
func (r Round) Kinds() []string {
	seen := map[string]bool{}
	for kind := range r.Recipients.ByKind {
		seen[kind] = true
	}
	for _, i := range r.Imports {
		for kind := range i.Counts.ByKind {
			seen[kind] = true
		}
		for kind := range i.Counts.WidenedByKind {
			seen[kind] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Fold gives the state that a sequence of events leads to.
func Fold(events []Event) *State {
	s := &State{}
	s.Apply(events...)
	return s
}

// Apply changes the state by further events. Events that the state already
// holds are passed over, so that overlapping answers do no harm.
func (s *State) Apply(events ...Event) {
	for _, e := range events {
		if e.Seq <= s.Seq {
			continue
		}
		e.Data.apply(s, e)
		s.Seq = e.Seq
	}
}

// Exists says whether the incident was opened.
func (s *State) Exists() bool { return s.ID != "" }

// IsClosed says whether the case is closed.
func (s *State) IsClosed() bool { return !s.ClosedAt.IsZero() }

// Aware is the present instant of awareness, and whether there is one.
func (s *State) Aware() (AwarenessRevision, bool) {
	if len(s.Awareness) == 0 {
		return AwarenessRevision{}, false
	}
	return s.Awareness[len(s.Awareness)-1], true
}

// Assessed is the present assessment, and whether there is one.
func (s *State) Assessed() (Assessment, bool) {
	if len(s.Assessments) == 0 {
		return Assessment{}, false
	}
	return s.Assessments[len(s.Assessments)-1], true
}

// Marks counts the filings and closings: the moments after which a checkpoint
// of the record leaves the building.
func (s *State) Marks() int {
	n := s.Reopenings
	if s.IsClosed() {
		n++
	}
	for _, o := range s.Obligations {
		n += len(o.Filings)
	}
	return n
}

// Obligation gives an obligation by its number, or nil.
func (s *State) Obligation(n int) *Obligation {
	if n >= 1 && n <= len(s.Obligations) && s.Obligations[n-1].N == n {
		return &s.Obligations[n-1]
	}
	// At a moment by which an earlier one had not begun, they stand elsewhere.
	for i := range s.Obligations {
		if s.Obligations[i].N == n {
			return &s.Obligations[i]
		}
	}
	return nil
}

// Round gives a round by its number, or nil.
func (s *State) Round(n int) *Round {
	if n < 1 || n > len(s.Rounds) {
		return nil
	}
	return &s.Rounds[n-1]
}

// Clone gives a copy that shares nothing that Apply changes.
func (s *State) Clone() *State {
	c := *s
	c.Documents = slices.Clone(s.Documents)
	c.Reports = slices.Clone(s.Reports)
	c.Joined = slices.Clone(s.Joined)
	c.Awareness = slices.Clone(s.Awareness)
	c.Assessments = slices.Clone(s.Assessments)
	c.Tasks = slices.Clone(s.Tasks)
	c.Screenings = slices.Clone(s.Screenings)
	c.Obligations = slices.Clone(s.Obligations)
	for i := range c.Obligations {
		o := &c.Obligations[i]
		o.Reminders = slices.Clone(o.Reminders)
		o.DelayReasons = slices.Clone(o.DelayReasons)
		o.Drafts = slices.Clone(o.Drafts)
		o.Filings = slices.Clone(o.Filings)
		o.Facts = maps.Clone(o.Facts)
		for k := range o.Reminders {
			o.Reminders[k].Calls = slices.Clone(o.Reminders[k].Calls)
		}
	}
	c.Rounds = slices.Clone(s.Rounds)
	for i := range c.Rounds {
		c.Rounds[i].Imports = slices.Clone(c.Rounds[i].Imports)
		c.Rounds[i].Drafts = slices.Clone(c.Rounds[i].Drafts)
	}
	c.Tests = slices.Clone(s.Tests)
	if s.Public != nil {
		c.Public = &PublicCommunication{
			Drafts: slices.Clone(s.Public.Drafts), Missing: s.Public.Missing, Publications: slices.Clone(s.Public.Publications),
		}
	}
	c.Retention.Holds = slices.Clone(s.Retention.Holds)
	c.Retention.Warnings = slices.Clone(s.Retention.Warnings)
	for i := range c.Retention.Warnings {
		c.Retention.Warnings[i].Calls = slices.Clone(c.Retention.Warnings[i].Calls)
	}
	return &c
}
