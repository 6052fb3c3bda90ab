package incident

import (
	"encoding/json"
	"time"

	"tocsin/gdpr"
)

// Event is one thing that happened in a case. Events are never changed.
type Event struct {
	// Seq is the number within the incident, from 1, without gaps.
	Seq int64 `json:"seq"`
	// Type is the name of the event's data, one of the Ev constants.
	Type string `json:"type"`
	// At is when it happened, in the incident's own time, UTC.
	At time.Time `json:"at"`
	// RecordedAt is when it was recorded, real time, UTC.
	RecordedAt time.Time `json:"recorded_at"`
	// Actor is who gave the command.
	Actor Actor `json:"actor"`
	// Data is what happened.
	Data Data `json:"-"`
}

// Data is the content of an event.
type Data interface {
	// Type is the event's type, one of the Ev constants.
	Type() string
	// apply changes the state.
	apply(s *State, e Event)
}

// Types of events. They stand in the record for ever: never change one.
const (
	EvOpened               = "incident_opened"
	EvAwarenessSet         = "awareness_set"
	EvObligationOpened     = "obligation_opened"
	EvObligationMoved      = "obligation_rescheduled"
	EvObligationOverdue    = "obligation_overdue"
	EvObligationWaived     = "obligation_waived"
	EvObligationReinstated = "obligation_reinstated"
	EvObligationMet        = "obligation_met"
	EvStageStarted         = "obligation_stage_started"
	EvFactFixed            = "fact_fixed"
	EvScreeningRecorded    = "screening_recorded"
	EvDelayReasonsGiven    = "delay_reasons_given"
	EvNotificationRejudged = "notification_rejudged"
	EvAssessmentRecorded   = "assessment_recorded"
	EvNotificationDrafted  = "notification_drafted"
	EvNotificationApproved = "notification_approved"
	EvNotificationFiled    = "notification_filed"
	EvReminderFired        = "reminder_fired"
	EvReminderEscalated    = "reminder_escalated"
	EvReminderAccepted     = "reminder_accepted"
	EvReminderRefused      = "reminder_refused"
	EvAcknowledged         = "reminder_acknowledged"
	EvTaskCreated          = "task_created"
	EvTaskCompleted        = "task_completed"
	EvAttached             = "documents_attached"
	EvPeopleImported       = "people_imported"
	EvMailingDrafted       = "mailing_drafted"
	EvMailingApproved      = "mailing_approved"
	EvMailingStarted       = "mailing_started"
	EvMailingStopped       = "mailing_stopped"
	EvMailingPaused        = "mailing_paused"
	EvMailingResumed       = "mailing_resumed"
	EvMailingFinished      = "mailing_finished"
	EvMailingBounced       = "mailing_bounced"
	EvMailingTested        = "mailing_tested"
	EvPublicDrafted        = "public_drafted"
	EvPublicApproved       = "public_approved"
	EvPublicationRecorded  = "publication_recorded"
	EvClosed               = "incident_closed"
	EvReopened             = "incident_reopened"
	EvBundlePrepared       = "bundle_prepared"
	EvBundleExported       = "bundle_exported"
)

// Opened says that the incident was opened.
type Opened struct {
	ID         string     `json:"id"`
	Number     string     `json:"number"`
	Key        string     `json:"key,omitempty"`
	Clock      Clock      `json:"clock,omitzero"`
	Disclosure Disclosure `json:"disclosure"`
	Documents  []Document `json:"documents,omitempty"`
	DataSet    *Document  `json:"data_set,omitempty"`
}

// AwarenessSet says from which instant the 72 hours count, and why.
type AwarenessSet struct {
	Revision int       `json:"revision"`
	At       time.Time `json:"at"`
	Reason   string    `json:"reason"`
	// Provisional says that nobody has decided yet: the earliest instant known
	// was taken so that no time is lost.
	Provisional bool `json:"provisional,omitempty"`
}

// ObligationOpened says that a duty arose, with the terms that hold for it.
type ObligationOpened struct {
	Obligation int        `json:"obligation"`
	Terms      gdpr.Terms `json:"terms"`
	AwareAt    time.Time  `json:"aware_at"`
	DueAt      time.Time  `json:"due_at"`
	OuterBound time.Time  `json:"outer_bound,omitzero"`
	// Duty says what was asked for, where it was more than the first duty of
	// every breach.
	Duty *Duty `json:"duty,omitempty"`
	// Waiting says that a fact from which the first stage counts is not known.
	Waiting bool `json:"waiting,omitempty"`
}

// StageStarted says that a duty has gone on to its next stage, or that the
// fact has come for which a stage waited.
type StageStarted struct {
	Obligation int `json:"obligation"`
	// Stage counts from 0; Name is its name, such as final or follow_up.
	Stage int    `json:"stage"`
	Name  string `json:"name"`
	// Revision is the clock's; rungs of the stage before keep theirs.
	Revision   int       `json:"revision"`
	StartsAt   time.Time `json:"starts_at"`
	DueAt      time.Time `json:"due_at"`
	OuterBound time.Time `json:"outer_bound,omitzero"`
	// Waiting says that a fact from which the stage counts is not known.
	Waiting bool `json:"waiting,omitempty"`
	// Terms are the stage's own, for a follow-up, which no regime lists.
	Terms *gdpr.StageTerms `json:"terms,omitempty"`
}

// FactFixed says when a fact happened from which a stage counts.
type FactFixed struct {
	Obligation int       `json:"obligation"`
	Fact       string    `json:"fact"`
	At         time.Time `json:"at"`
	Reason     string    `json:"reason"`
}

// ScreeningRecorded says what was answered about which laws may apply, and
// what followed from it.
type ScreeningRecorded struct {
	Version   int               `json:"version"`
	Answers   map[string]string `json:"answers"`
	Proposals []gdpr.Proposal   `json:"proposals"`
}

// ObligationMet says that a duty without a filing was met, and by what.
type ObligationMet struct {
	Obligation int `json:"obligation"`
	// By is mailing, or publication for a public communication in its place.
	By string `json:"by"`
	// Round is the round of the last mailing.
	Round int `json:"round,omitempty"`
}

// ObligationMoved says that a duty's clock was derived again.
type ObligationMoved struct {
	Obligation int       `json:"obligation"`
	Revision   int       `json:"revision"`
	AwareAt    time.Time `json:"aware_at"`
	DueAt      time.Time `json:"due_at"`
	OuterBound time.Time `json:"outer_bound,omitzero"`
}

// ObligationOverdue says that the due instant passed without a filing.
type ObligationOverdue struct {
	Obligation int       `json:"obligation"`
	Revision   int       `json:"revision"`
	DueAt      time.Time `json:"due_at"`
}

// ObligationWaived says that a duty does not apply, and why.
type ObligationWaived struct {
	Obligation int    `json:"obligation"`
	Reason     string `json:"reason"`
}

// ObligationReinstated says that a waived duty applies after all.
type ObligationReinstated struct {
	Obligation int    `json:"obligation"`
	Reason     string `json:"reason"`
}

// DelayReasonsGiven records reasons for being late.
type DelayReasonsGiven struct {
	Obligation int `json:"obligation"`
	// Stage is the stage that is late, from 0.
	Stage   int    `json:"stage,omitempty"`
	Reasons string `json:"reasons"`
}

// AssessmentRecorded says how the risk was judged and what was decided.
type AssessmentRecorded struct {
	Version  int                `json:"version"`
	Facts    json.RawMessage    `json:"facts"`
	Severity *Severity          `json:"severity,omitempty"`
	Decision AssessmentDecision `json:"decision"`
	// Advice is what the rules recommended on these facts when it was recorded.
	Advice *Advice `json:"advice,omitempty"`
}

// NotificationDrafted says that a version of the form was put down.
type NotificationDrafted struct {
	Obligation int      `json:"obligation"`
	Version    int      `json:"version"`
	Content    Document `json:"content"`
}

// NotificationApproved says that a second person approved a version.
type NotificationApproved struct {
	Obligation int `json:"obligation"`
	Version    int `json:"version"`
}

// NotificationFiled says that the authority has the notification.
type NotificationFiled struct {
	Obligation int       `json:"obligation"`
	At         time.Time `json:"at"`
	Receipt    string    `json:"receipt"`
	// Stage is the stage that was filed; empty in records of before stages.
	Stage string `json:"stage,omitempty"`
	// Skipped are stages before this one that were never filed.
	Skipped []string `json:"skipped,omitempty"`
	// Kind is new or follow_up, Subtype complete, incomplete or withdraw; both
	// empty in records of before there were several.
	Kind    string `json:"kind,omitempty"`
	Subtype string `json:"subtype,omitempty"`
	// Frozen is the content as it was filed, Dossier its renderings.
	Frozen     *Document  `json:"frozen,omitempty"`
	Dossier    []Document `json:"dossier,omitempty"`
	Attachment *Document  `json:"attachment,omitempty"`
	// Version and SHA256 name the draft that was filed; zero when none was drafted.
	Version int    `json:"version,omitempty"`
	SHA256  string `json:"sha256,omitempty"`
	// Approved says whether a second person had approved what was filed: the
	// draft, and nothing was added to it since.
	Approved bool `json:"approved"`
	// LateSeconds is by how much the filing was late; 0 when in time.
	LateSeconds int64 `json:"late_seconds"`
	// DelayReasons are the reasons for being late that went with the filing.
	DelayReasons string `json:"delay_reasons,omitempty"`
}

// NotificationRejudged says that, after an instant from which the time limit counts
// was corrected, a filing is late by another length than was recorded with it.
type NotificationRejudged struct {
	Obligation int `json:"obligation"`
	// Filing is the filing's number within the obligation, from 1.
	Filing int `json:"filing"`
	// FiledAt is when it was filed.
	FiledAt time.Time `json:"filed_at"`
	// AwareAt, DueAt and OuterBound are the clock of its stage as it counts now: see
	// [Obligation].
	AwareAt    time.Time `json:"aware_at"`
	DueAt      time.Time `json:"due_at"`
	OuterBound time.Time `json:"outer_bound,omitzero"`
	// LateSeconds is by how much the filing was late, as it counts now; 0 for in time.
	LateSeconds int64 `json:"late_seconds"`
}

// How a rung came to ring.
const (
	// RungAlone rang by itself.
	RungAlone = "rung"
	// RungCombined was missed and is told in the mail of a later rung.
	RungCombined = "combined"
	// RungPassed lay before the clock was set and needs no mail.
	RungPassed = "passed"
)

// ReminderFired says that a rung of an obligation's ladder rang.
type ReminderFired struct {
	Obligation int    `json:"obligation"`
	Revision   int    `json:"revision"`
	Rung       string `json:"rung"`
	// Mode is rung, combined or passed.
	Mode string `json:"mode"`
	// Into is the rung whose mail tells of this one, when combined.
	Into string `json:"into,omitempty"`
	// DueAt is when it was due, in the incident's own time.
	DueAt time.Time `json:"due_at"`
	// LateSeconds is how long after DueAt it rang, in the incident's own time.
	LateSeconds int64 `json:"late_seconds"`
}

// ReminderEscalated says that the next person is called.
type ReminderEscalated struct {
	Obligation int       `json:"obligation"`
	Revision   int       `json:"revision"`
	Rung       string    `json:"rung"`
	Level      int       `json:"level"`
	DueAt      time.Time `json:"due_at"`
	Because    string    `json:"because"`
}

// ReminderAccepted says that the relay took the mail of a rung.
type ReminderAccepted struct {
	Obligation int       `json:"obligation"`
	Revision   int       `json:"revision"`
	Rung       string    `json:"rung"`
	Level      int       `json:"level"`
	Recipient  Actor     `json:"recipient"`
	MessageID  string    `json:"message_id"`
	Code       int       `json:"code,omitempty"`
	SentAt     time.Time `json:"sent_at"`
}

// ReminderRefused says that the relay refused the recipient of a rung for good.
type ReminderRefused struct {
	Obligation int       `json:"obligation"`
	Revision   int       `json:"revision"`
	Rung       string    `json:"rung"`
	Level      int       `json:"level"`
	Recipient  Actor     `json:"recipient"`
	Code       int       `json:"code,omitempty"`
	SentAt     time.Time `json:"sent_at"`
}

// Acknowledged says that a person took a reminder on.
type Acknowledged struct {
	Obligation int    `json:"obligation"`
	Revision   int    `json:"revision"`
	Rung       string `json:"rung"`
	Via        string `json:"via"`
}

// TaskCreated says that something is to be done.
type TaskCreated struct {
	Task int `json:"task"`
	// Code names one of the tasks of every case; empty for one that a person
	// put down, which has a title and a reason.
	Code   string    `json:"code"`
	Owner  Role      `json:"owner"`
	DueAt  time.Time `json:"due_at"`
	Title  string    `json:"title,omitempty"`
	Reason string    `json:"reason,omitempty"`
}

// TaskCompleted says that a task was done.
type TaskCompleted struct {
	Task int    `json:"task"`
	Note string `json:"note,omitempty"`
}

// Attached says that documents were added as evidence.
type Attached struct {
	Documents []Document `json:"documents"`
	Note      string     `json:"note,omitempty"`
}

// PeopleImported says that a round of affected people was stored.
type PeopleImported struct {
	Round  int          `json:"round"`
	Import string       `json:"import"`
	SHA256 string       `json:"sha256"`
	Counts PeopleCounts `json:"counts"`
}

// MailingDrafted says that a round's notice was put down.
type MailingDrafted struct {
	Round    int      `json:"round"`
	Version  int      `json:"version"`
	Template string   `json:"template"`
	Content  Document `json:"content"`
	Locales  []string `json:"locales"`
}

// MailingApproved says that a second person approved a round's notice.
type MailingApproved struct {
	Round   int `json:"round"`
	Version int `json:"version"`
}

// MailingStarted says that a round is being sent.
type MailingStarted struct {
	Round int `json:"round"`
}

// MailingStopped says that a round was ended by a person.
type MailingStopped struct {
	Round  int    `json:"round"`
	Reason string `json:"reason"`
}

// MailingPaused says that a round halts, by whom and why.
type MailingPaused struct {
	Round  int    `json:"round"`
	Reason string `json:"reason"`
	// Held is refusals or relay when the engine halted it.
	Held string `json:"held,omitempty"`
	// Sent and Refused are the numbers that a hold rests on.
	Sent    int `json:"sent,omitempty"`
	Refused int `json:"refused,omitempty"`
}

// MailingResumed says that a paused round goes on.
type MailingResumed struct {
	Round  int    `json:"round"`
	Reason string `json:"reason,omitempty"`
}

// MailingFinished says that a round has been sent, and with which outcome.
type MailingFinished struct {
	Round  int            `json:"round"`
	Counts DeliveryCounts `json:"counts"`
	SHA256 string         `json:"sha256"`
	// Root is the root of the Merkle tree over all outcomes, hexadecimal.
	Root string `json:"root,omitempty"`
	// Owed is how many people still have to be told after it.
	Owed *Owed `json:"owed,omitempty"`
}

// MailingBounced says that notices of a round came back after a relay had taken
// them. It stands beside what was recorded when the round finished.
type MailingBounced struct {
	Round int `json:"round"`
	// Bounced is how many have come back by then.
	Bounced int            `json:"bounced"`
	Counts  DeliveryCounts `json:"counts"`
	// Root is the root of the Merkle tree over those that came back, hexadecimal.
	Root string `json:"root"`
}

// Closed says that the case was closed.
type Closed struct {
	Reason    string `json:"reason"`
	OpenTasks []int  `json:"open_tasks,omitempty"`
	// OpenFollowUps are the obligations whose filing says that something is to
	// be determined, and was not completed.
	OpenFollowUps []int `json:"open_follow_ups,omitempty"`
}

// Reopened says that the case was opened again.
type Reopened struct {
	Reason string `json:"reason"`
	// TakenOutOf and Number name the case to which it had been joined; empty for none.
	TakenOutOf string `json:"taken_out_of,omitempty"`
	Number     string `json:"number,omitempty"`
}

// BundlePrepared says who asked for a bundle, and which report was printed for it.
type BundlePrepared struct {
	For    Actor      `json:"for"`
	Report []Document `json:"report,omitempty"`
}

// BundleExported seals the case for a bundle: it counts the entries so far,
// its own included.
type BundleExported struct {
	Entries        int64  `json:"entries"`
	ManifestSHA256 string `json:"manifest_sha256"`
}

// Type implements [Data].
func (Opened) Type() string               { return EvOpened }
func (AwarenessSet) Type() string         { return EvAwarenessSet }
func (ObligationOpened) Type() string     { return EvObligationOpened }
func (ObligationMoved) Type() string      { return EvObligationMoved }
func (ObligationOverdue) Type() string    { return EvObligationOverdue }
func (ObligationWaived) Type() string     { return EvObligationWaived }
func (ObligationReinstated) Type() string { return EvObligationReinstated }
func (ObligationMet) Type() string        { return EvObligationMet }
func (StageStarted) Type() string         { return EvStageStarted }
func (FactFixed) Type() string            { return EvFactFixed }
func (ScreeningRecorded) Type() string    { return EvScreeningRecorded }
func (DelayReasonsGiven) Type() string    { return EvDelayReasonsGiven }
func (NotificationRejudged) Type() string { return EvNotificationRejudged }
func (AssessmentRecorded) Type() string   { return EvAssessmentRecorded }
func (NotificationDrafted) Type() string  { return EvNotificationDrafted }
func (NotificationApproved) Type() string { return EvNotificationApproved }
func (NotificationFiled) Type() string    { return EvNotificationFiled }
func (ReminderFired) Type() string        { return EvReminderFired }
func (ReminderEscalated) Type() string    { return EvReminderEscalated }
func (ReminderAccepted) Type() string     { return EvReminderAccepted }
func (ReminderRefused) Type() string      { return EvReminderRefused }
func (Acknowledged) Type() string         { return EvAcknowledged }
func (TaskCreated) Type() string          { return EvTaskCreated }
func (TaskCompleted) Type() string        { return EvTaskCompleted }
func (Attached) Type() string             { return EvAttached }
func (PeopleImported) Type() string       { return EvPeopleImported }
func (MailingDrafted) Type() string       { return EvMailingDrafted }
func (MailingApproved) Type() string      { return EvMailingApproved }
func (MailingStarted) Type() string       { return EvMailingStarted }
func (MailingStopped) Type() string       { return EvMailingStopped }
func (MailingPaused) Type() string        { return EvMailingPaused }
func (MailingResumed) Type() string       { return EvMailingResumed }
func (MailingFinished) Type() string      { return EvMailingFinished }
func (MailingBounced) Type() string       { return EvMailingBounced }
func (Closed) Type() string               { return EvClosed }
func (Reopened) Type() string             { return EvReopened }
func (BundlePrepared) Type() string       { return EvBundlePrepared }
func (BundleExported) Type() string       { return EvBundleExported }
