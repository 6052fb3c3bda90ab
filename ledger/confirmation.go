package ledger

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// MaxConfirmations is how many confirmations a bundle may hold.
	MaxConfirmations = 2_000
	// MaxConfirmationBytes is the greatest length of what somebody outside
	// answered, in bytes.
	MaxConfirmationBytes = 64 << 10

	// maxConfirmationLine bounds a line of anchors.jsonl: an answer in base64, a
	// name whose characters may all be escaped, and the rest.
	maxConfirmationLine = 2*MaxConfirmationBytes + 4<<10
	// maxConfirmer is the greatest length of a confirmer's name in bytes.
	maxConfirmer = 400
)

// Who confirms a checkpoint.
const (
	// Cosignature: a witness cosigned it, after it had seen that the log only grew
	// (C2SP tlog-cosignature). The answer is its signature line.
	Cosignature = "cosignature"
	// Timestamp: an authority stamped the time (RFC 3161). The answer is the token,
	// DER, over the SHA-256 of the signed checkpoint.
	Timestamp = "timestamp"
)

// Confirmation is what somebody outside answered about an earlier checkpoint of
// a bundle.
type Confirmation struct {
	// Kind is [Cosignature] or [Timestamp].
	Kind string
	// Name is what the log's keeper calls the witness or the authority, 400 bytes
	// at most. A witness has it in its key, too; for an authority it proves nothing.
	Name string
	// Size is the number of entries under the checkpoint, one of
	// [BundleHead.History].
	Size int64
	// Content is what they answered, 1 to [MaxConfirmationBytes] bytes.
	Content []byte
	// At is when they confirmed it, by their clock, as the log's keeper noted it:
	// UTC, to the microsecond.
	At time.Time
}

// confirmationsPart is what the manifest says of anchors.jsonl.
type confirmationsPart struct {
	Count  int    `json:"count"`
	SHA256 string `json:"sha256"`
}

// confirmationLine is one line of anchors.jsonl.
type confirmationLine struct {
	At      string `json:"at"`
	Content []byte `json:"content"`
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Size    int64  `json:"size"`
}

func (c Confirmation) bytes() ([]byte, error) {
	return canonicalOf(confirmationLine{At: c.At.UTC().Format(timeLayout), Content: c.Content, Kind: c.Kind, Name: c.Name, Size: c.Size})
}

func (c Confirmation) check() error {
	switch {
	case c.Kind != Cosignature && c.Kind != Timestamp:
		return errors.New("it is neither a cosignature nor a time stamp")
	case c.Name == "" || len(c.Name) > maxConfirmer || !utf8.ValidString(c.Name):
		return errors.New("the name of who confirmed is not valid")
	case c.Size < 1 || c.Size > MaxTreeSize:
		return errors.New("the size of the checkpoint is not valid")
	case len(c.Content) < 1 || len(c.Content) > MaxConfirmationBytes:
		return fmt.Errorf("the answer has %d bytes, 1 to %d are expected", len(c.Content), MaxConfirmationBytes)
	case c.At.IsZero() || !c.At.Equal(Instant(c.At)):
		return errors.New("the time is missing, or finer than a microsecond")
	}
	return nil
}

// parseConfirmation accepts exactly what Confirmation.bytes writes.
func parseConfirmation(line []byte) (Confirmation, error) {
	var l confirmationLine
	if err := json.Unmarshal(line, &l); err != nil {
		return Confirmation{}, errors.New("an answer with who gave it, when, and on which size is expected")
	}
	at, err := parseInstant(l.At)
	if err != nil {
		return Confirmation{}, err
	}
	c := Confirmation{Kind: l.Kind, Name: l.Name, Size: l.Size, Content: l.Content, At: at}
	if err := c.check(); err != nil {
		return Confirmation{}, err
	}
	if again, err := c.bytes(); err != nil || !bytes.Equal(again, line) {
		return Confirmation{}, errors.New("it has unknown, missing or misspelt parts")
	}
	return c, nil
}

// compareConfirmations is the order of anchors.jsonl: by size, then by kind and
// name. Two of one order do not travel.
func compareConfirmations(a, b Confirmation) int {
	return cmp.Or(cmp.Compare(a.Size, b.Size), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name))
}

// confirmationsContent gives the content of anchors.jsonl, and what the manifest
// says of it.
func confirmationsContent(list []Confirmation, history []int64) ([]byte, *confirmationsPart, error) {
	if len(list) > MaxConfirmations {
		return nil, nil, fmt.Errorf("%d confirmations, %d at most", len(list), MaxConfirmations)
	}
	sorted := slices.SortedFunc(slices.Values(list), compareConfirmations)
	var content []byte
	for i, c := range sorted {
		if err := c.check(); err != nil {
			return nil, nil, fmt.Errorf("the confirmation of %d entries by %s: %w", c.Size, quoted(c.Name), err)
		}
		if i > 0 && compareConfirmations(sorted[i-1], c) == 0 {
			return nil, nil, fmt.Errorf("the confirmation of %d entries by %s came twice", c.Size, quoted(c.Name))
		}
		if _, found := slices.BinarySearch(history, c.Size); !found {
			return nil, nil, fmt.Errorf("the confirmation of %d entries by %s is of no checkpoint of the bundle", c.Size, quoted(c.Name))
		}
		line, err := c.bytes()
		if err != nil {
			return nil, nil, fmt.Errorf("the confirmation of %d entries by %s: %w", c.Size, quoted(c.Name), err)
		}
		content = append(append(content, line...), '\n')
	}
	return content, &confirmationsPart{Count: len(list), SHA256: fmt.Sprintf("%x", sha256.Sum256(content))}, nil
}

func (p *confirmationsPart) check() error {
	if p.Count < 0 || p.Count > MaxConfirmations || !validDigest(p.SHA256) {
		return errors.New("what it says of the confirmations is not valid")
	}
	return nil
}

// confirmationsPart writes anchors.jsonl.
func (b *bundleWriter) confirmationsPart(context.Context) error {
	content, _, err := confirmationsContent(b.src.Head.Confirmations, b.src.Head.History)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidBundle, err)
	}
	return b.put(content)
}
