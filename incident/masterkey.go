package incident

// Names of the commands by which the master key changes.
const (
	CmdRotateMasterKey = "rotate_master_key"
	CmdFinishRotation  = "finish_rotation"
)

// Types of the events that follow. They stand in the record for ever.
const (
	EvMasterKeyRotated   = "master_key_rotated"
	EvMasterKeyRewrapped = "master_key_rewrapped"
)

// RotateMasterKey says that another key wraps the incidents' keys from now on.
// The one before is kept, to read what it wrapped.
type RotateMasterKey struct {
	// Key is the id of the new key in its keyset, eight hexadecimal digits. It is
	// no secret.
	Key string
	// Before is the id of the key that it replaces.
	Before string
	// Reason is why.
	Reason string
}

// MasterKeyRotated says that another master key wraps from now on.
type MasterKeyRotated struct {
	Key    string `json:"key"`
	Before string `json:"before"`
	Reason string `json:"reason"`
}

// Name is [CmdRotateMasterKey].
func (RotateMasterKey) Name() string { return CmdRotateMasterKey }

func (r RotateMasterKey) check() *Error {
	if len(r.Key) != 8 || len(r.Before) != 8 || r.Key == r.Before {
		return &Error{Kind: Internal, Message: "a master key is rotated without two ids"}
	}
	return requireText("reason", r.Reason, limitReason)
}

func (r RotateMasterKey) fact() Data { return MasterKeyRotated(r) }

// Type is [EvMasterKeyRotated].
func (MasterKeyRotated) Type() string { return EvMasterKeyRotated }

func (MasterKeyRotated) apply(*State, Event) {}

// FinishRotation says that everything is wrapped by one master key.
type FinishRotation struct {
	// Key is the id of that key.
	Key string
	// Incidents is how many incidents' keys were wrapped anew since the last
	// start, Accounts how many second factors, and Webhooks how many webhooks.
	Incidents int
	Accounts  int
	Webhooks  int
}

// MasterKeyRewrapped says that nothing is wrapped by an earlier master key any
// more.
type MasterKeyRewrapped struct {
	Key       string `json:"key"`
	Incidents int    `json:"incidents"`
	Accounts  int    `json:"accounts"`
	Webhooks  int    `json:"webhooks,omitempty"`
}

// Name is [CmdFinishRotation].
func (FinishRotation) Name() string { return CmdFinishRotation }

func (f FinishRotation) check() *Error {
	if len(f.Key) != 8 || f.Incidents < 0 || f.Accounts < 0 || f.Webhooks < 0 {
		return &Error{Kind: Internal, Message: "a rotation is finished without the id of its key"}
	}
	return nil
}

func (f FinishRotation) fact() Data { return MasterKeyRewrapped(f) }

// Type is [EvMasterKeyRewrapped].
func (MasterKeyRewrapped) Type() string { return EvMasterKeyRewrapped }

func (MasterKeyRewrapped) apply(*State, Event) {}
