package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
)

// keySpan is one of a log's keys and the sizes of the trees that it signs.
type keySpan struct {
	key      string // verifier key
	verifier note.Verifier
	after    int64     // it signs trees of more entries than these
	until    int64     // and of at most these
	ended    *Rotation // by which it ended; nil for the present key
}

// keyChain is the succession of a log's keys, the first one first. Each names
// the next and is named by it, so that all are known to whoever knows one.
type keyChain []keySpan

// newKeyChain follows the changes of the key in their order. last is the key that
// signs at present. An error wraps [ErrInvalidRotation].
func newKeyChain(last string, rotations []string) (keyChain, error) {
	if len(rotations) > MaxRotations {
		return nil, fmt.Errorf("%w: %d of them, %d at most", ErrInvalidRotation, len(rotations), MaxRotations)
	}
	var chain keyChain
	after, next := int64(-1), ""
	for i, text := range rotations {
		r, err := ParseRotation(text)
		switch {
		case err != nil:
			return nil, err
		case next != "" && r.Before != next:
			return nil, fmt.Errorf("%w: the change %d does not begin with the key that the one before it ends with", ErrInvalidRotation, i+1)
		case r.Size <= after:
			return nil, fmt.Errorf("%w: the change %d stands before its predecessor", ErrInvalidRotation, i+1)
		case chain.index(r.Key) >= 0:
			return nil, fmt.Errorf("%w: the change %d goes back to a key that had ended", ErrInvalidRotation, i+1)
		}
		span, err := newSpan(r.Before, after)
		if err != nil {
			return nil, err
		}
		span.until, span.ended = r.Size, &r
		chain = append(chain, span)
		after, next = r.Size, r.Key
	}
	if next != "" && next != last {
		return nil, fmt.Errorf("%w: the last one does not end with the present key", ErrInvalidRotation)
	}
	span, err := newSpan(last, after)
	if err != nil {
		return nil, err
	}
	return append(chain, span), nil
}

func newSpan(key string, after int64) (keySpan, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return keySpan{}, fmt.Errorf("%w: not a verifier key", ErrInvalidRotation)
	}
	return keySpan{key: key, verifier: verifier, after: after, until: MaxTreeSize}, nil
}

// index is the place of a key in the succession, -1 for a foreign one.
func (k keyChain) index(key string) int {
	return slices.IndexFunc(k, func(s keySpan) bool { return s.key == key })
}

func (k keyChain) verifiers() note.Verifiers {
	list := make([]note.Verifier, len(k))
	for i, s := range k {
		list[i] = s.verifier
	}
	return note.VerifierList(list...)
}

// origin is the name of the log whose keys these are.
func (k keyChain) origin() string { return k[len(k)-1].verifier.Name() }

// errOutOfTurn is wrapped when a checkpoint is signed by a key of the log that
// was not the one of its size.
var errOutOfTurn = fmt.Errorf("%w: signed out of its turn", ErrSignature)

// outOfTurn says by which key a checkpoint was signed, and why it may not.
type outOfTurn struct {
	cp   Checkpoint
	span keySpan
}

// Error says what a checker should know.
func (e *outOfTurn) Error() string {
	if e.cp.Size <= e.span.after {
		return fmt.Sprintf("the checkpoint of %d entries was signed again with the key %s, which signs only those of more than %d", e.cp.Size, quoted(e.span.key), e.span.after)
	}
	had := "ended"
	if e.span.ended.Compromised {
		had = "was reported compromised and ended"
	}
	return fmt.Sprintf("the checkpoint of %d entries is signed with the key %s, which %s at %d entries: it may be made by whoever has that key, and is not to be relied on",
		e.cp.Size, quoted(e.span.key), had, e.span.until)
}

// Unwrap gives [errOutOfTurn].
func (e *outOfTurn) Unwrap() error { return errOutOfTurn }

// open reads a checkpoint, gives the key that signed it in its turn, and counts
// the signature lines.
func (k keyChain) open(text string) (Checkpoint, keySpan, int, error) {
	cp, n, signatures, err := openNote(text, k.verifiers(), k.origin())
	if err != nil {
		return Checkpoint{}, keySpan{}, 0, err
	}
	var wrong *keySpan
	for _, sig := range n.Sigs {
		for _, s := range k {
			if sig.Name != s.verifier.Name() || sig.Hash != s.verifier.KeyHash() {
				continue
			}
			if cp.Size > s.after && cp.Size <= s.until {
				return cp, s, signatures, nil
			}
			wrong = &s
		}
	}
	if wrong == nil {
		return Checkpoint{}, keySpan{}, 0, errUnknownKey
	}
	return Checkpoint{}, keySpan{}, 0, &outOfTurn{cp, *wrong}
}

// KeyReport says what is known of one of a log's keys.
type KeyReport struct {
	// Key is the verifier key ("vkey").
	Key string `json:"key"`
	// From is the smallest number of entries of which it signs checkpoints.
	From int64 `json:"from"`
	// Until is the greatest number; 0 for the present key.
	Until int64 `json:"until,omitempty"`
	// Ended is when the next key took its place, RFC 3339 in UTC; empty for the
	// present key.
	Ended string `json:"ended,omitempty"`
	// Compromised says that it ended because it may have been in other hands.
	Compromised bool `json:"compromised,omitempty"`
	// Since is from when on it may have been, RFC 3339 in UTC; empty when that is
	// not known.
	Since string `json:"since,omitempty"`
}

func (k keyChain) report() []KeyReport {
	list := make([]KeyReport, len(k))
	for i, s := range k {
		list[i] = KeyReport{Key: s.key, From: s.after + 1}
		if s.ended == nil {
			continue
		}
		list[i].Until, list[i].Ended, list[i].Compromised = s.until, s.ended.SignedAt.Format(timeLayout), s.ended.Compromised
		if !s.ended.Since.IsZero() {
			list[i].Since = s.ended.Since.Format(timeLayout)
		}
	}
	return list
}

// SuccessionOf gives the keys of a log, the first one first, by the changes that
// its record holds. last is the key that signs at present. An error wraps
// [ErrInvalidRotation].
func SuccessionOf(last string, rotations []string) ([]KeyReport, error) {
	chain, err := newKeyChain(last, rotations)
	if err != nil {
		return nil, err
	}
	return chain.report(), nil
}

// ParseKnown reads a checkpoint that one of a log's keys signed in its turn, as
// [ParseCheckpoint] does for one key. rotations are the changes of the key that
// the record holds, in their order, and last is the present key.
func ParseKnown(text, last string, rotations []string) (Checkpoint, error) {
	chain, err := newKeyChain(last, rotations)
	if err != nil {
		return Checkpoint{}, err
	}
	cp, _, _, err := chain.open(text)
	return cp, err
}

// kindOf says which problem a checkpoint that cannot be relied on is.
func kindOf(err error) Kind {
	var turn *outOfTurn
	switch {
	case errors.As(err, &turn) && turn.cp.Size > turn.span.until && turn.span.ended.Compromised:
		return KindCompromisedKey
	case errors.As(err, &turn) && turn.cp.Size > turn.span.until:
		return KindRetiredKey
	case errors.As(err, &turn), errors.Is(err, errUnknownKey):
		return KindWrongKey
	case errors.Is(err, ErrSignature):
		return KindSignature
	}
	return KindCheckpoint
}

// canonicalSignatures says whether every signature has its one spelling: base64
// has several of the same bytes.
func canonicalSignatures(list []note.Signature) bool {
	return !slices.ContainsFunc(list, func(s note.Signature) bool {
		_, err := base64.StdEncoding.Strict().DecodeString(s.Base64)
		return err != nil
	})
}
