package activities

import (
	"time"

	"tocsin/incident"
)

// ReminderCall asks to mail one person about one rung.
type ReminderCall struct {
	// Incident is the incident's id.
	Incident string `json:"incident"`
	// Obligation, Revision and Rung name the reminder.
	Obligation int    `json:"obligation"`
	Revision   int    `json:"revision"`
	Rung       string `json:"rung"`
	// Level is the place in the on-call order, 0 for the DPO.
	Level int `json:"level"`
}

// ReminderSent answers a [ReminderCall].
type ReminderSent struct {
	// Recipient is the account that was written to.
	Recipient incident.Actor `json:"recipient"`
	// State is accepted or refused.
	State string `json:"state"`
	// Code is the relay's reply code.
	Code int `json:"code,omitempty"`
	// MessageID is the message's id: the same when the call is repeated.
	MessageID string `json:"message_id"`
	// SentAt is the instant of the relay's answer, real time.
	SentAt time.Time `json:"sent_at"`
}

// MailingPass answers one pass over a round's deliveries.
type MailingPass struct {
	// Done says that nobody is left to write to, or that the round was stopped.
	Done bool `json:"done"`
	// Paused says that a person halted the round.
	Paused bool `json:"paused,omitempty"`
	// Hold is refusals or relay when a person has to look before it goes on.
	Hold string `json:"hold,omitempty"`
	// Sent and Refused are the numbers that a hold rests on.
	Sent    int `json:"sent,omitempty"`
	Refused int `json:"refused,omitempty"`
	// NextAt is when the next deferred notice is due, real time.
	NextAt time.Time `json:"next_at,omitzero"`
}

// MailingOutcome is the outcome of a round.
type MailingOutcome struct {
	// Counts are the deliveries by state.
	Counts incident.DeliveryCounts `json:"counts"`
	// SHA256 is the hash over all outcomes, hexadecimal.
	SHA256 string `json:"sha256"`
	// Root is the root of the Merkle tree over them, hexadecimal.
	Root string `json:"root,omitempty"`
}

// BouncesSum is what has come back of a round.
type BouncesSum struct {
	// Bounced is how many notices have come back.
	Bounced int `json:"bounced"`
	// Counts are the deliveries by state.
	Counts incident.DeliveryCounts `json:"counts"`
	// Root is the root of the Merkle tree over those that came back, hexadecimal.
	Root string `json:"root"`
}
