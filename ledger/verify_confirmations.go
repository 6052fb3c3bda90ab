package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// ErrNotChecked is wrapped by a [ConfirmationCheck] that cannot tell, since the
// key of who confirmed was not given.
var ErrNotChecked = errors.New("not checked")

// ConfirmationCheck tells whether a confirmation holds for a signed checkpoint. It
// gives who confirmed, as their signature says, and when, UTC. An error that wraps
// [ErrNotChecked] says that the key was not given; any other, that it does not hold.
type ConfirmationCheck func(c Confirmation, checkpoint string) (by string, at time.Time, err error)

// What was found of a confirmation.
const (
	// ConfirmationHolds: signed by a key that the checker gave, for this checkpoint.
	ConfirmationHolds = "holds"
	// ConfirmationNotChecked: the checker gave no key for it. It shows nothing.
	ConfirmationNotChecked = "not_checked"
	// ConfirmationUnsound: it does not hold; a problem says why.
	ConfirmationUnsound = "unsound"
)

// ConfirmationReport is what was found of one confirmation.
type ConfirmationReport struct {
	// Kind is [Cosignature] or [Timestamp].
	Kind string `json:"kind"`
	// Name is what the log's keeper calls who confirmed.
	Name string `json:"name"`
	// By is who confirmed as their signature says; empty unless it holds.
	By string `json:"by,omitempty"`
	// Size is the number of entries under the checkpoint that was confirmed.
	Size int64 `json:"size"`
	// At is when it was confirmed, RFC 3339 in UTC: as their signature says when it
	// holds, else as the log's keeper says.
	At string `json:"at"`
	// State is one of [ConfirmationHolds], [ConfirmationNotChecked] and
	// [ConfirmationUnsound].
	State string `json:"state"`
}

// CheckConfirmation holds a confirmation against the signed checkpoint that it is
// said to be of. check may be nil: then nothing is checked. The error says why it
// does not hold, and is nil where nobody can tell.
func CheckConfirmation(c Confirmation, checkpoint string, check ConfirmationCheck) (ConfirmationReport, error) {
	r := ConfirmationReport{Kind: c.Kind, Name: c.Name, Size: c.Size, At: c.At.UTC().Format(timeLayout), State: ConfirmationNotChecked}
	if check == nil {
		return r, nil
	}
	by, at, err := check(c, checkpoint)
	switch {
	case errors.Is(err, ErrNotChecked):
		return r, nil
	case err == nil && at.Sub(c.At).Abs() >= time.Second:
		err = fmt.Errorf("it was given %s by their clock, and is said to be of %s", at.UTC().Format(timeLayout), r.At)
	}
	if err != nil {
		r.State = ConfirmationUnsound
		return r, err
	}
	r.By, r.At, r.State = by, Instant(at).Format(timeLayout), ConfirmationHolds
	return r, nil
}

// readConfirmations checks what others confirmed of the earlier checkpoints.
func (v *verification) readConfirmations() {
	if v.manifest != nil && v.manifest.Version < 4 {
		return // it has none
	}
	c, ok := v.content(anchorsFile)
	if !ok {
		return
	}
	digest, lines := sha256.New(), newLines(c, maxConfirmationLine)
	c.also = digest
	var last Confirmation
	unchecked, sound := 0, true
	for {
		line, err := lines.next()
		if errors.Is(err, errNoNewline) || errors.Is(err, errLongLine) {
			v.report.add(0, KindConfirmation, "line %d of %s: %v", lines.n, anchorsFile, err)
			sound = false
		}
		if err != nil || lines.n > MaxConfirmations {
			break // what is no end is reported as damaged when the file is closed, or by its number
		}
		one, err := parseConfirmation(line)
		if err == nil && lines.n > 1 && compareConfirmations(last, one) >= 0 {
			err = errors.New("it is out of order, or stands there twice")
		}
		if err != nil {
			v.report.add(0, KindConfirmation, "line %d of %s is not a confirmation: %v", lines.n, anchorsFile, err)
			sound = false
			continue
		}
		last = one
		if v.confirmation(one) == ConfirmationNotChecked {
			unchecked++
		}
	}
	if !v.drain(c, io.Discard) || v.manifest == nil {
		return
	}
	part := v.manifest.Confirmations
	switch {
	case lines.n != part.Count:
		v.report.add(0, KindConfirmation, "%s has %d confirmations, the manifest says %d", anchorsFile, lines.n, part.Count)
	case sound && fmt.Sprintf("%x", digest.Sum(nil)) != part.SHA256:
		v.report.add(0, KindConfirmation, "%s is not the file that was sealed: a confirmation was changed, or put in another's place", anchorsFile)
	}
	if unchecked > 0 {
		v.report.warn("%d of the confirmations by others were not checked, since no key was given for them: they show nothing", unchecked)
	}
}

// confirmation holds one confirmation against its checkpoint, and gives what was
// found.
func (v *verification) confirmation(c Confirmation) string {
	place := slices.IndexFunc(v.past, func(cp Checkpoint) bool { return cp.Size == c.Size })
	if place < 0 {
		if v.manifest != nil && !slices.Contains(v.manifest.history(), c.Size) {
			v.report.add(0, KindConfirmation, "the confirmation of %d entries by %s is of no checkpoint of the bundle", c.Size, quoted(c.Name))
		}
		return ConfirmationUnsound // that its checkpoint does not hold was said already
	}
	found, err := CheckConfirmation(c, v.pastTexts[place], v.opts.Confirm)
	if err != nil {
		v.report.add(0, KindConfirmation, "the %s of the checkpoint of %d entries by %s does not hold: %v", wordOf(c.Kind), c.Size, quoted(c.Name), err)
	}
	v.report.Confirmations = append(v.report.Confirmations, found)
	return found.State
}

func wordOf(kind string) string {
	if kind == Timestamp {
		return "time stamp"
	}
	return kind
}
