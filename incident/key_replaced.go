package incident

import "slices"

// Names of the command and the event by which another key is taken for one that is lost.
const (
	CmdReplaceKey = "replace_key"
	EvKeyReplaced = "installation_key_replaced"
)

// ReplaceKey says that a key of the installation is lost for good, and that another one
// is used from now on.
type ReplaceKey struct {
	// Key is the name of the key's file.
	Key string
	// Reason is why.
	Reason string
}

// KeyReplaced says that another key is used for one that was lost.
type KeyReplaced struct {
	Key    string `json:"key"`
	Reason string `json:"reason"`
}

// Name is [CmdReplaceKey].
func (ReplaceKey) Name() string { return CmdReplaceKey }

func (r ReplaceKey) check() *Error {
	if err := requireText("reason", r.Reason, limitReason); err != nil {
		return err
	}
	if !slices.Contains([]string{"master.keyset", "codec.keyset", "index.key", "link.key", "ledger.key"}, r.Key) {
		return &Error{Kind: Internal, Message: "a key is replaced that no installation has"}
	}
	return nil
}

func (r ReplaceKey) fact() Data { return KeyReplaced(r) }

// Type is [EvKeyReplaced].
func (KeyReplaced) Type() string { return EvKeyReplaced }

func (KeyReplaced) apply(*State, Event) {}
