package incident

import "time"

// Names of the commands about retention. They are the names of the workflow's
// updates and stand in histories: never change one.
const (
	CmdSetRetention   = "set_retention"
	CmdHoldErasure    = "hold_erasure"
	CmdReleaseErasure = "release_erasure"
	CmdKeepDocument   = "keep_document"
	CmdRequestErasure = "request_erasure"
	CmdConfirmErasure = "confirm_erasure"

	// Commands of the engine.
	CmdAdoptRetention = "adopt_retention"
	CmdWarnErasure    = "warn_erasure"
	CmdWarningOutcome = "erasure_warning_outcome"
	CmdBeginErasure   = "begin_erasure"
	CmdFinishErasure  = "finish_erasure"
)

// SetRetention decides for how long the data of the people affected are kept
// after the case was closed.
type SetRetention struct {
	// Days are the days from the closing, 1 to [MaxRetentionDays].
	Days int `json:"days"`
	// WarnDays are the days before the date at which people are warned; empty
	// for those of before, or [DefaultWarnDays].
	WarnDays []int `json:"warn_days,omitempty"`
	// Reason says why this long.
	Reason string `json:"reason"`
}

// HoldErasure suspends erasing, because the data are needed: a legal hold.
type HoldErasure struct {
	// Reason says what they are needed for.
	Reason string `json:"reason"`
}

// ReleaseErasure lifts the hold.
type ReleaseErasure struct {
	// Reason says why the data are not needed any more.
	Reason string `json:"reason"`
}

// KeepDocument decides that a file stays readable when people's data are erased.
type KeepDocument struct {
	// Document is the document's id.
	Document string `json:"document"`
	// Reason says why it is needed, and that it may be kept.
	Reason string `json:"reason"`
}

// RequestErasure asks to erase before the date. Another person has to confirm
// it. Where there is nobody else, erasing waits for a day in which it can be held.
type RequestErasure struct {
	// Reason says why.
	Reason string `json:"reason"`
	// Others is how many further accounts could confirm it. The store fills it
	// in, in the transaction that records the request.
	Others int `json:"others,omitempty"`
}

// ConfirmErasure confirms another person's request to erase.
type ConfirmErasure struct{}

// AdoptRetention takes the installation's setting over for a case that was
// closed before there was one.
type AdoptRetention struct{}

// WarnErasure rings the warnings that are due.
type WarnErasure struct{}

// WarningOutcome says what the relay answered to one mail of a warning.
type WarningOutcome struct {
	// Revision and N name the warning.
	Revision int `json:"revision"`
	N        int `json:"n"`
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

// BeginErasure decides that people's data are erased now, if the date has come
// and people were warned.
type BeginErasure struct{}

// FinishErasure says that people's data are gone.
type FinishErasure struct {
	// Counts is what was erased.
	Counts ErasureCounts `json:"counts"`
	// Listed says that the list of erased incidents named this one although its
	// record does not tell of an erasure: a backup was restored.
	Listed bool `json:"listed,omitempty"`
}

// Name implements [Command].
func (SetRetention) Name() string   { return CmdSetRetention }
func (HoldErasure) Name() string    { return CmdHoldErasure }
func (ReleaseErasure) Name() string { return CmdReleaseErasure }
func (KeepDocument) Name() string   { return CmdKeepDocument }
func (RequestErasure) Name() string { return CmdRequestErasure }
func (ConfirmErasure) Name() string { return CmdConfirmErasure }
func (AdoptRetention) Name() string { return CmdAdoptRetention }
func (WarnErasure) Name() string    { return CmdWarnErasure }
func (WarningOutcome) Name() string { return CmdWarningOutcome }
func (BeginErasure) Name() string   { return CmdBeginErasure }
func (FinishErasure) Name() string  { return CmdFinishErasure }
