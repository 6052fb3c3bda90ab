package incident

import "time"

// CmdRotateLedgerKey is the name of the command by which another key signs the
// record.
const CmdRotateLedgerKey = "rotate_ledger_key"

// EvLedgerKeyRotated is the type of the event that follows. It stands in the
// record for ever, and the ledger reads it: see ledger.RotationType.
const EvLedgerKeyRotated = "ledger_key_rotated"

// RotateLedgerKey says that another key signs the record from now on.
type RotateLedgerKey struct {
	// Before and Key are the public keys, in the form of signed notes, of the key
	// that ends and of the one that signs from now on.
	Before, Key string
	// Reason is why.
	Reason string
	// Compromised says that the key before may have been in other hands.
	Compromised bool
	// Since is from when on it may have been, UTC; zero when that is not known.
	Since time.Time
	// Size is the number of entries before this one.
	Size int64
	// Note is the signed note by which both keys say so.
	Note string
}

// LedgerKeyRotated says that another key signs the record.
type LedgerKeyRotated struct {
	Before      string    `json:"before"`
	Key         string    `json:"key"`
	Reason      string    `json:"reason"`
	Compromised bool      `json:"compromised"`
	Since       time.Time `json:"since,omitzero"`
	Size        int64     `json:"size"`
	Note        string    `json:"note"`
}

// Name is [CmdRotateLedgerKey].
func (RotateLedgerKey) Name() string { return CmdRotateLedgerKey }

func (r RotateLedgerKey) check() *Error {
	if r.Before == "" || r.Key == "" || r.Before == r.Key || r.Note == "" || r.Size < 0 {
		return &Error{Kind: Internal, Message: "the ledger's key is rotated without two keys and what they signed"}
	}
	if !r.Since.IsZero() && !r.Compromised {
		return InvalidField("since", r.Since.Format(time.RFC3339), "is given for a key that is not compromised", "no time, or a key that is reported as compromised")
	}
	return requireText("reason", r.Reason, limitReason)
}

func (r RotateLedgerKey) fact() Data { return LedgerKeyRotated(r) }

// Type is [EvLedgerKeyRotated].
func (LedgerKeyRotated) Type() string { return EvLedgerKeyRotated }

func (LedgerKeyRotated) apply(*State, Event) {}
