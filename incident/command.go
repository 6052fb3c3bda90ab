package incident

import (
	"encoding/json"
	"time"
)

// Names of the commands. They are the names of the workflow's updates and
// stand in histories: never change one.
const (
	CmdOpen                = "open"
	CmdSetAwareness        = "set_awareness"
	CmdRecordAssessment    = "record_assessment"
	CmdDraftNotification   = "draft_notification"
	CmdApproveNotification = "approve_notification"
	CmdFileNotification    = "file_notification"
	CmdGiveDelayReasons    = "give_delay_reasons"
	CmdWaiveObligation     = "waive_obligation"
	CmdRecordScreening     = "record_screening"
	CmdAddObligation       = "add_obligation"
	CmdFixFact             = "fix_fact"
	CmdCompleteTask        = "complete_task"
	CmdAttach              = "attach"
	CmdImportPeople        = "import_people"
	CmdDraftMailing        = "draft_mailing"
	CmdApproveMailing      = "approve_mailing"
	CmdStartMailing        = "start_mailing"
	CmdStopMailing         = "stop_mailing"
	CmdPauseMailing        = "pause_mailing"
	CmdResumeMailing       = "resume_mailing"
	CmdTestMailing         = "test_mailing"
	CmdDraftPublic         = "draft_public"
	CmdApprovePublic       = "approve_public"
	CmdRecordPublication   = "record_publication"
	CmdAcknowledge         = "acknowledge"
	CmdClose               = "close"
	CmdReopen              = "reopen"

	// Commands of the engine.
	CmdRingReminder     = "ring_reminder"
	CmdEscalateReminder = "escalate_reminder"
	CmdReminderOutcome  = "reminder_outcome"
	CmdFinishMailing    = "finish_mailing"
	CmdHoldMailing      = "hold_mailing"
	CmdRecordBounces    = "record_bounces"
	CmdPrepareBundle    = "prepare_bundle"
	CmdSealBundle       = "seal_bundle"
)

// engineOnly says whether a command is given by timers and workers alone.
func engineOnly(name string) bool {
	switch name {
	case CmdRingReminder, CmdEscalateReminder, CmdReminderOutcome, CmdFinishMailing, CmdHoldMailing, CmdRecordBounces, CmdSealBundle:
		return true
	case CmdAdoptRetention, CmdWarnErasure, CmdWarningOutcome, CmdBeginErasure, CmdFinishErasure:
		return true
	case CmdRotateMasterKey, CmdFinishRotation, CmdRotateLedgerKey, CmdKeepAnchor, CmdNoteFailures, CmdSendCheckpoint, CmdRunRecovery, CmdNoteRecovery, CmdTakeOver,
		CmdAdmitMachine, CmdReplaceKey,
		CmdStopWebhook:
		return true
	}
	return false
}

// Command is something that a person or the engine asks of a case.
type Command interface {
	// Name is the command's name, one of the Cmd constants.
	Name() string
	// check refuses what is wrong whatever the state: missing and malformed fields.
	check() *Error
	// decide gives the events that follow, given the state and the instant in
	// the incident's own time.
	decide(c context) ([]Data, *Error)
}

// context is what a decision may look at.
type context struct {
	State *State
	Actor Actor
	Now   time.Time // the incident's own time
	Real  time.Time // real time, for opening alone
	Rules Rules
}

// Open opens an incident from a disclosure.
type Open struct {
	// ID is the incident's id.
	ID string `json:"id"`
	// Number is the human number, such as INC-2026-0007. The store fills it in,
	// in the transaction that records the opening.
	Number string `json:"number"`
	// Key is the client's own key of idempotency; empty when it chose none.
	Key string `json:"key,omitempty"`
	// Disclosure is what was told, by whom and when.
	Disclosure Disclosure `json:"disclosure"`
	// Documents are the files that came with it, already stored.
	Documents []Document `json:"documents,omitempty"`
	// DataSet is the file of people that came with it, stored and not imported;
	// nil for none.
	DataSet *Document `json:"data_set,omitempty"`
}

// SetAwareness fixes or revises the instant from which the 72 hours count.
type SetAwareness struct {
	// At is the instant of awareness. Not in the future, not before the breach began.
	At time.Time `json:"at"`
	// Reason says why this instant: it is read by the authority.
	Reason string `json:"reason"`
}

// RecordAssessment records a judgement of the risk and the human decision.
type RecordAssessment struct {
	// Facts are the facts that were judged, as given.
	Facts json.RawMessage `json:"facts"`
	// Severity is the outcome of the method of calculation, when one was used
	// by hand. Where the facts are in the form that the rules read, the rules'
	// own score stands in the advice.
	Severity *Severity `json:"severity,omitempty"`
	// Decision is what the controller decided.
	Decision AssessmentDecision `json:"decision"`
}

// AssessmentDecision is a human decision with its reason.
type AssessmentDecision struct {
	// NotifyAuthority says whether the authority is notified (GDPR Art. 33(1)).
	NotifyAuthority bool `json:"notify_authority"`
	// Communicate says whether the people are told (GDPR Art. 34(1)).
	Communicate bool `json:"communicate"`
	// Reason says why.
	Reason string `json:"reason"`
	// Dissent is what the DPO holds against the controller's decision, or the
	// controller against the DPO's advice, in words; empty when they agree.
	Dissent string `json:"dissent,omitempty"`
	// Ground is the limb of GDPR Art. 34(3) on which the people are not told
	// one by one although the risk is high: a, b or c; empty for none. Under c
	// a public communication takes the place of messages.
	Ground string `json:"ground,omitempty"`
}

// DraftNotification puts down what will be filed with an authority.
type DraftNotification struct {
	// Obligation is the number of the obligation; 0 for the one to Authority.
	Obligation int `json:"obligation,omitempty"`
	// Authority is the code of the authority, such as AEPD; empty when the
	// obligation is given by its number.
	Authority string `json:"authority"`
	// Content is the stored document that holds the form's content.
	Content Document `json:"content"`
	// Version is the version that the draft becomes: it is refused when somebody
	// put that one down meanwhile. 0 for whichever comes next.
	Version int `json:"version,omitempty"`
}

// ApproveNotification approves the latest draft. Not by its drafter.
type ApproveNotification struct {
	// Obligation is the number of the obligation.
	Obligation int `json:"obligation"`
	// Version is the version that was looked at; 0 for whichever is the latest.
	Version int `json:"version,omitempty"`
}

// FileNotification records that a notification was filed, with its receipt.
type FileNotification struct {
	// Obligation is the number of the obligation.
	Obligation int `json:"obligation"`
	// Receipt is the authority's receipt number.
	Receipt string `json:"receipt"`
	// At is the instant of filing.
	At time.Time `json:"at"`
	// Stage is the stage that was filed, for a duty that has several; empty for
	// the present one. A later stage than the present leaves those between out.
	Stage string `json:"stage,omitempty"`
	// Version is the draft that was filed; 0 for none, or for the latest.
	Version int `json:"version,omitempty"`
	// Kind is new or follow_up; empty for new. A follow-up completes, corrects
	// or withdraws what was filed before (GDPR Art. 33(4)).
	Kind string `json:"kind,omitempty"`
	// Subtype is complete, incomplete or withdraw; empty for complete.
	Subtype string `json:"subtype,omitempty"`
	// Frozen is the stored content as it was filed; nil when there was no draft.
	Frozen *Document `json:"frozen,omitempty"`
	// Unmarked is the hash of the frozen content before its open fields were
	// marked as to be determined, hexadecimal; empty where nothing was marked.
	Unmarked string `json:"unmarked,omitempty"`
	// Dossier are the stored renderings of what was filed.
	Dossier []Document `json:"dossier,omitempty"`
	// Attachment is the stored receipt, when there is one.
	Attachment *Document `json:"attachment,omitempty"`
	// DelayReasons are required when At is after the due instant and no
	// reasons were given before (GDPR Art. 33(1), second sentence).
	DelayReasons string `json:"delay_reasons,omitempty"`
}

// GiveDelayReasons records, as they arise, the reasons for being late.
type GiveDelayReasons struct {
	// Obligation is the number of the obligation.
	Obligation int `json:"obligation"`
	// Reasons are the reasons in words.
	Reasons string `json:"reasons"`
}

// WaiveObligation ends an obligation because it does not apply.
type WaiveObligation struct {
	// Obligation is the number of the obligation.
	Obligation int `json:"obligation"`
	// Reason says why it does not apply.
	Reason string `json:"reason"`
}

// RecordScreening records the answers to the questions that say which laws may
// apply. It opens nothing: the DPO confirms by [AddObligation].
type RecordScreening struct {
	// Answers are yes, no or unknown by the key of the question; questions of
	// [gdpr.Questions] that are left out are unknown.
	Answers map[string]string `json:"answers"`
}

// AddObligation opens a duty that the DPO has confirmed.
type AddObligation struct {
	Duty
}

// FixFact fixes the instant of a fact from which a stage of an obligation
// counts, such as the classification as a major incident.
type FixFact struct {
	// Obligation is the number of the obligation.
	Obligation int `json:"obligation"`
	// Fact is the fact's name, such as classified_major.
	Fact string `json:"fact"`
	// At is the instant. Not in the future.
	At time.Time `json:"at"`
	// Reason says how it is known.
	Reason string `json:"reason"`
}

// CompleteTask says that a task is done.
type CompleteTask struct {
	// Task is the number of the task.
	Task int `json:"task"`
	// Note says what was done.
	Note string `json:"note,omitempty"`
}

// Attach adds stored documents to the case as evidence.
type Attach struct {
	// Documents are the stored files.
	Documents []Document `json:"documents"`
	// Note says what they are.
	Note string `json:"note,omitempty"`
}

// ImportPeople says that a file of affected people was read and stored.
type ImportPeople struct {
	// Round is the number of the round: 0 asks for the next one.
	Round int `json:"round"`
	// Import is the id under which the store holds the people.
	Import string `json:"import"`
	// SHA256 is the hash of the file, hexadecimal.
	SHA256 string `json:"sha256"`
	// Counts are the numbers that came out.
	Counts PeopleCounts `json:"counts"`
}

// DraftMailing puts down the notice that a round of people will receive.
type DraftMailing struct {
	// Round is the number of the round of people.
	Round int `json:"round"`
	// Template is the template's name, such as affected.
	Template string `json:"template"`
	// Content is the stored document that holds the notice per locale.
	Content Document `json:"content"`
	// Locales are the languages that the notice is written in.
	Locales []string `json:"locales"`
	// Unmet lists what the notice lacks of Art. 34(2), found by the checker.
	// The command is refused unless it is empty.
	Unmet []string `json:"unmet,omitempty"`
	// Version is the version that the draft becomes: it is refused when somebody
	// put that one down meanwhile. 0 for whichever comes next.
	Version int `json:"version,omitempty"`
}

// ApproveMailing approves the latest draft of a round. Not by its drafter.
type ApproveMailing struct {
	// Round is the number of the round.
	Round int `json:"round"`
}

// StartMailing begins to send an approved round.
type StartMailing struct {
	// Round is the number of the round.
	Round int `json:"round"`
}

// StopMailing ends a round that is being sent: nobody further is written to.
type StopMailing struct {
	// Round is the number of the round.
	Round int `json:"round"`
	// Reason says why.
	Reason string `json:"reason"`
}

// PauseMailing halts a round for a while: nobody further is written to until it
// is resumed.
type PauseMailing struct {
	// Round is the number of the round.
	Round int `json:"round"`
	// Reason says why; it may be left out in a hurry.
	Reason string `json:"reason,omitempty"`
}

// ResumeMailing lets a paused round go on.
type ResumeMailing struct {
	// Round is the number of the round.
	Round int `json:"round"`
	// Reason says what was looked at; may be empty.
	Reason string `json:"reason,omitempty"`
}

// Why the engine holds a round until a person has looked at it.
const (
	// HeldForRefusals means that relays refused too many of the first notices.
	HeldForRefusals = "refusals"
	// HeldForRelay means that the relay refuses to work for us at all.
	HeldForRelay = "relay"
	// HeldForRestore means that the record was restored from a backup while the round
	// was being sent: some people may have been written to since.
	HeldForRestore = "restore"
)

// HoldMailing halts a round until a person has looked at it.
type HoldMailing struct {
	// Round is the number of the round.
	Round int `json:"round"`
	// Why is one of the Held constants above.
	Why string `json:"why"`
	// Sent and Refused are the numbers that it rests on.
	Sent    int `json:"sent,omitempty"`
	Refused int `json:"refused,omitempty"`
}

// Acknowledge says that a person has seen a reminder and takes it on.
type Acknowledge struct {
	// Obligation is the number of the obligation.
	Obligation int `json:"obligation"`
	// Rung is the rung that is acknowledged; empty for the latest that rang.
	Rung string `json:"rung,omitempty"`
	// Revision is the revision of the clock to which the rung belongs; 0 for the present one.
	Revision int `json:"revision,omitempty"`
	// Via says how: link or command.
	Via string `json:"via"`
}

// Close ends the case.
type Close struct {
	// Reason says why it may be closed: outcome and lessons.
	Reason string `json:"reason"`
}

// Reopen opens a closed case again.
type Reopen struct {
	// Reason says why.
	Reason string `json:"reason"`
}

// RingReminder rings every rung that is due.
type RingReminder struct {
	// Obligation is the number of the obligation.
	Obligation int `json:"obligation"`
}

// EscalateReminder calls the next person, because nobody acknowledged.
type EscalateReminder struct {
	// Obligation is the number of the obligation.
	Obligation int `json:"obligation"`
	// Persons is how many people are on call, the DPO included.
	Persons int `json:"persons"`
}

// ReminderOutcome says what the relay answered to a reminder.
type ReminderOutcome struct {
	// Obligation is the number of the obligation.
	Obligation int `json:"obligation"`
	// Revision and Rung name the reminder.
	Revision int    `json:"revision"`
	Rung     string `json:"rung"`
	// Level is the place in the on-call order, 0 for the DPO.
	Level int `json:"level"`
	// Recipient is the account that was written to.
	Recipient Actor `json:"recipient"`
	// State is accepted or refused.
	State string `json:"state"`
	// Code is the relay's reply code.
	Code int `json:"code,omitempty"`
	// MessageID is the message's id, without angle brackets.
	MessageID string `json:"message_id"`
	// SentAt is the instant of the relay's reply, real time.
	SentAt time.Time `json:"sent_at"`
}

// FinishMailing says that a round has been sent, with its outcome.
type FinishMailing struct {
	// Round is the number of the round.
	Round int `json:"round"`
	// Counts are the deliveries by state.
	Counts DeliveryCounts `json:"counts"`
	// SHA256 is the hash over all outcomes in the order of delivery, hexadecimal.
	SHA256 string `json:"sha256"`
	// Root is the root of the Merkle tree over all outcomes, hexadecimal; empty
	// in histories of before there was one.
	Root string `json:"root,omitempty"`
	// Owed is how many people still have to be told after it. The store counts
	// them in the transaction that records it.
	Owed *Owed `json:"owed,omitempty"`
}

// RecordBounces says that notices of a round came back after a relay had taken
// them.
type RecordBounces struct {
	// Round is the number of the round.
	Round int `json:"round"`
	// Bounced is how many have come back by now.
	Bounced int `json:"bounced"`
	// Counts are the deliveries by state, as they are now.
	Counts DeliveryCounts `json:"counts"`
	// Root is the root of the Merkle tree over those that came back, in the order
	// in which that became known, hexadecimal.
	Root string `json:"root"`
}

// PrepareBundle says who asked for a bundle, and which report was printed for it.
// It is recorded before the seal, so that the report travels in the bundle.
type PrepareBundle struct {
	// For is who asked.
	For Actor `json:"for"`
	// Report are the stored prints of the report; none once the case's files are
	// erased.
	Report []Document `json:"report,omitempty"`
	// People says that people's data travel too; nil for a bundle without them.
	People *PeopleChosen `json:"people,omitempty"`
}

// SealBundle is recorded before a bundle is written, so that the bundle's last
// entry says how many entries the case has and what the bundle holds.
type SealBundle struct {
	// ManifestSHA256 is the hash of the bundle's manifest, hexadecimal. The
	// store fills it in, in the transaction that records the seal, since the
	// manifest names the number of entries.
	ManifestSHA256 string `json:"manifest_sha256,omitempty"`
	// People is what the manifest says of people's data; nil for a bundle without
	// them.
	People *BundlePeople `json:"people,omitempty"`
}

// Name implements [Command].
func (Open) Name() string                { return CmdOpen }
func (SetAwareness) Name() string        { return CmdSetAwareness }
func (RecordAssessment) Name() string    { return CmdRecordAssessment }
func (DraftNotification) Name() string   { return CmdDraftNotification }
func (ApproveNotification) Name() string { return CmdApproveNotification }
func (FileNotification) Name() string    { return CmdFileNotification }
func (GiveDelayReasons) Name() string    { return CmdGiveDelayReasons }
func (WaiveObligation) Name() string     { return CmdWaiveObligation }
func (RecordScreening) Name() string     { return CmdRecordScreening }
func (AddObligation) Name() string       { return CmdAddObligation }
func (FixFact) Name() string             { return CmdFixFact }
func (CompleteTask) Name() string        { return CmdCompleteTask }
func (Attach) Name() string              { return CmdAttach }
func (ImportPeople) Name() string        { return CmdImportPeople }
func (DraftMailing) Name() string        { return CmdDraftMailing }
func (ApproveMailing) Name() string      { return CmdApproveMailing }
func (StartMailing) Name() string        { return CmdStartMailing }
func (StopMailing) Name() string         { return CmdStopMailing }
func (PauseMailing) Name() string        { return CmdPauseMailing }
func (ResumeMailing) Name() string       { return CmdResumeMailing }
func (HoldMailing) Name() string         { return CmdHoldMailing }
func (Acknowledge) Name() string         { return CmdAcknowledge }
func (Close) Name() string               { return CmdClose }
func (Reopen) Name() string              { return CmdReopen }
func (RingReminder) Name() string        { return CmdRingReminder }
func (EscalateReminder) Name() string    { return CmdEscalateReminder }
func (ReminderOutcome) Name() string     { return CmdReminderOutcome }
func (FinishMailing) Name() string       { return CmdFinishMailing }
func (RecordBounces) Name() string       { return CmdRecordBounces }
func (PrepareBundle) Name() string       { return CmdPrepareBundle }
func (SealBundle) Name() string          { return CmdSealBundle }
