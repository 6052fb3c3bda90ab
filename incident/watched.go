package incident

import (
	"slices"
	"time"
)

// Names of further commands of an installation.
const (
	CmdNoteFailures   = "note_failures"
	CmdSeeDocument    = "see_document"
	CmdSendCheckpoint = "send_checkpoint"
)

// Types of the events that follow. They stand in the record for ever.
const (
	EvSignInFailed   = "account_sign_in_failed"
	EvDocumentSeen   = "document_seen"
	EvCheckpointSent = "record_checkpoint_sent"
)

// NoteFailures says how often signing in failed within one hour. Failures are
// summed, so that a flood of them does not flood the record.
type NoteFailures struct {
	// Account is the account's id; empty for all addresses that have none.
	Account string
	// Hour is when the hour began, UTC.
	Hour time.Time
	// Passwords is how many passwords were wrong, Codes how many codes of the
	// second factor.
	Passwords int
	Codes     int
}

// SignInFailed says how often signing in failed within one hour.
type SignInFailed struct {
	Account   string    `json:"account,omitempty"`
	Hour      time.Time `json:"hour"`
	Passwords int       `json:"passwords,omitempty"`
	Codes     int       `json:"codes,omitempty"`
}

// Name is [CmdNoteFailures].
func (NoteFailures) Name() string { return CmdNoteFailures }

func (n NoteFailures) check() *Error {
	if n.Hour.IsZero() || n.Passwords < 0 || n.Codes < 0 || n.Passwords+n.Codes == 0 {
		return &Error{Kind: Internal, Message: "failures of signing in are noted without an hour or a number"}
	}
	return nil
}

func (n NoteFailures) fact() Data { return SignInFailed(n) }

// Type is [EvSignInFailed].
func (SignInFailed) Type() string { return EvSignInFailed }

func (SignInFailed) apply(*State, Event) {}

// SeeDocument says that a person takes a file of a case: evidence may hold
// people's data.
type SeeDocument struct {
	// Incident is the case's id, Document the file's.
	Incident string
	Document string
}

// DocumentSeen says that a person took a file of a case.
type DocumentSeen struct {
	Incident string `json:"incident"`
	Document string `json:"document"`
}

// Name is [CmdSeeDocument].
func (SeeDocument) Name() string { return CmdSeeDocument }

func (d SeeDocument) check() *Error {
	if d.Incident == "" || d.Document == "" {
		return &Error{Kind: Internal, Message: "a file is seen without saying which"}
	}
	return nil
}

func (d SeeDocument) fact() Data { return DocumentSeen(d) }

// Type is [EvDocumentSeen].
func (DocumentSeen) Type() string { return EvDocumentSeen }

func (DocumentSeen) apply(*State, Event) {}

// To whom a checkpoint is mailed.
const (
	// ToDPO is the first on call.
	ToDPO = "dpo"
	// ToFurther is the further address of the installation's settings.
	ToFurther = "further"
)

// SendCheckpoint says that a relay took a mail with a checkpoint of the record.
type SendCheckpoint struct {
	// Size is the number of entries that the checkpoint covers.
	Size int64
	// To is [ToDPO] or [ToFurther]; Account is the DPO's id.
	To      string
	Account string
	// Day is the day of a daily checkpoint in UTC, as 2026-11-30; empty for one
	// after a filing or a closing.
	Day string
}

// CheckpointSent says that a checkpoint of the record left the building.
type CheckpointSent struct {
	Size    int64  `json:"size"`
	To      string `json:"to"`
	Account string `json:"account,omitempty"`
	Day     string `json:"day,omitempty"`
}

// Name is [CmdSendCheckpoint].
func (SendCheckpoint) Name() string { return CmdSendCheckpoint }

func (c SendCheckpoint) check() *Error {
	if c.Size < 1 || !slices.Contains([]string{ToDPO, ToFurther}, c.To) {
		return &Error{Kind: Internal, Message: "a checkpoint is sent to nobody"}
	}
	return nil
}

func (c SendCheckpoint) fact() Data { return CheckpointSent(c) }

// Type is [EvCheckpointSent].
func (CheckpointSent) Type() string { return EvCheckpointSent }

func (CheckpointSent) apply(*State, Event) {}
