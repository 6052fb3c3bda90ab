package incident

import "time"

// CmdKeepAnchor is the name of the command by which a confirmation is kept.
const CmdKeepAnchor = "keep_anchor"

// EvAnchored is the type of the event that follows. It stands in the record for
// ever.
const EvAnchored = "record_anchored"

// Who confirms a checkpoint.
const (
	// AnchorCosignature is a witness, which has checked that the log only grew.
	AnchorCosignature = "cosignature"
	// AnchorTimestamp is an authority, which stamps the time.
	AnchorTimestamp = "timestamp"
)

// Why a checkpoint was not confirmed.
const (
	// AnchorAway says that nobody answered, or not in time.
	AnchorAway = "away"
	// AnchorRefused says that the answer was a refusal.
	AnchorRefused = "refused"
	// AnchorUnsound says that the answer does not hold.
	AnchorUnsound = "unsound"
	// AnchorAhead says that a witness has seen more of the log than there is.
	AnchorAhead = "ahead"
)

// KeepAnchor says that somebody outside confirmed a checkpoint.
type KeepAnchor struct {
	// Kind is [AnchorCosignature] or [AnchorTimestamp].
	Kind string
	// Outside is the name of the witness or the authority.
	Outside string
	// Size is the number of entries under the checkpoint.
	Size int64
	// SHA256 is the hash of what they answered, hexadecimal.
	SHA256 string
	// At is when they confirmed it, by their own clock, UTC.
	At time.Time
}

// Anchored says that somebody outside confirmed a checkpoint.
type Anchored struct {
	Kind    string    `json:"kind"`
	Outside string    `json:"name"`
	Size    int64     `json:"size"`
	SHA256  string    `json:"sha256"`
	At      time.Time `json:"confirmed_at"`
}

// Name is [CmdKeepAnchor].
func (KeepAnchor) Name() string { return CmdKeepAnchor }

func (a KeepAnchor) check() *Error {
	if a.Kind != AnchorCosignature && a.Kind != AnchorTimestamp || a.Outside == "" || a.Size < 1 || len(a.SHA256) != 64 || a.At.IsZero() {
		return &Error{Kind: Internal, Message: "a confirmation is kept without what it confirms"}
	}
	return nil
}

func (a KeepAnchor) fact() Data { return Anchored(a) }

// Type is [EvAnchored].
func (Anchored) Type() string { return EvAnchored }

func (Anchored) apply(*State, Event) {}
