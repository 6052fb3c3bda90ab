package ledger

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Outcome is what became of one notice, as it is hashed into the tree of a
// mailing's outcomes. It names nobody: the Message-ID is an HMAC, and only who
// received the message knows it.
type Outcome struct {
	// MessageID is the message's id without angle brackets; empty for a person
	// to whom no message could be written.
	MessageID string `json:"message_id"`
	// State is the state of the delivery.
	State string `json:"state"`
	// Code is the relay's reply code; 0 when there was none.
	Code int `json:"code"`
	// At is the instant of the outcome; zero when nothing was tried.
	At time.Time `json:"at,omitzero"`
}

// Leaf is the outcome in the one form that is hashed.
func (o Outcome) Leaf() []byte {
	at := ""
	if !o.At.IsZero() {
		at = o.At.UTC().Format(time.RFC3339Nano)
	}
	return []byte(strings.Join([]string{"tocsin.delivery/1", o.MessageID, o.State, fmt.Sprint(o.Code), at, ""}, "\n"))
}

// OutcomeTree is the Merkle tree (RFC 6962) over the outcomes of a mailing, as
// they are added one by one. It keeps a few hashes, whatever the number of
// outcomes. The zero value is an empty tree.
type OutcomeTree struct {
	size  int64
	right []tlog.Hash // roots of the full trees that the size consists of, largest first
}

// Add adds the next outcome.
func (t *OutcomeTree) Add(o Outcome) {
	hash := tlog.RecordHash(o.Leaf())
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.right) - 1
		hash = tlog.NodeHash(t.right[last], hash)
		t.right = t.right[:last]
	}
	t.right = append(t.right, hash)
	t.size++
}

// Size is the number of outcomes.
func (t *OutcomeTree) Size() int64 { return t.size }

// Root is the root of the tree; of an empty one the zero hash, which no
// outcome gives.
func (t *OutcomeTree) Root() tlog.Hash {
	if t.size == 0 {
		return tlog.Hash{}
	}
	root := t.right[len(t.right)-1]
	for i := len(t.right) - 2; i >= 0; i-- {
		root = tlog.NodeHash(t.right[i], root)
	}
	return root
}

// OutcomeProof shows that an outcome is in a tree, and reveals no other.
type OutcomeProof struct {
	// Outcome is what is shown.
	Outcome Outcome `json:"outcome"`
	// Index is its place, from 0.
	Index int64 `json:"index"`
	// Size is the number of outcomes in the tree.
	Size int64 `json:"size"`
	// Path are the hashes beside the way to the root (RFC 6962, 2.1.1).
	Path []tlog.Hash `json:"path"`
	// Root is the root of the tree.
	Root tlog.Hash `json:"root"`
}

// ErrNotInTree says that a proof does not lead to its root.
var ErrNotInTree = errors.New("the outcome is not in the tree with this root")

// Check follows the path. It returns [ErrNotInTree] when it does not lead to
// the proof's root; that this is the root in the record is for the caller to
// compare.
func (p OutcomeProof) Check() error {
	if p.Index < 0 || p.Index >= p.Size {
		return ErrNotInTree
	}
	if err := tlog.CheckRecord(tlog.RecordProof(p.Path), p.Size, p.Root, p.Index, tlog.RecordHash(p.Outcome.Leaf())); err != nil {
		return ErrNotInTree
	}
	return nil
}

// ProveOutcome builds the proof of the outcome at an index from the hashes of
// all leaves, in their order.
func ProveOutcome(o Outcome, index int64, leaves []tlog.Hash) (OutcomeProof, error) {
	if index < 0 || index >= int64(len(leaves)) || leaves[index] != tlog.RecordHash(o.Leaf()) {
		return OutcomeProof{}, ErrNotInTree
	}
	p := OutcomeProof{Outcome: o, Index: index, Size: int64(len(leaves)), Path: path(leaves, index), Root: rootOf(leaves)}
	return p, p.Check()
}

// rootOf is the root over leaves.
func rootOf(leaves []tlog.Hash) tlog.Hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := split(len(leaves))
	return tlog.NodeHash(rootOf(leaves[:k]), rootOf(leaves[k:]))
}

// path is the audit path of a leaf, from the leaf up.
func path(leaves []tlog.Hash, index int64) []tlog.Hash {
	if len(leaves) == 1 {
		return nil
	}
	if k := split(len(leaves)); index < int64(k) {
		return append(path(leaves[:k], index), rootOf(leaves[k:]))
	} else { //nolint:revive // the two halves read best side by side
		return append(path(leaves[k:], index-int64(k)), rootOf(leaves[:k]))
	}
}

// split is the greatest power of two below n.
func split(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}
