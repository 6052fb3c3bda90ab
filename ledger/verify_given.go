package ledger

import (
	"errors"
	"slices"
)

// GivenConfirmation is a confirmation that the checker was given beside a bundle:
// what others said of the bundle's own checkpoint exists only after it was sealed.
type GivenConfirmation struct {
	Confirmation
	// Checkpoint is the signed checkpoint that it is of.
	Checkpoint string
}

// checkGiven holds the confirmations that were given against the checkpoints of
// the bundle. One of a size that the bundle does not hold says nothing of it.
func (v *verification) checkGiven() {
	if v.keys == nil || len(v.opts.Confirmations) == 0 {
		return // said already, or nothing to do
	}
	known, texts := v.past, v.pastTexts
	if v.cp != nil {
		known, texts = append(slices.Clone(known), *v.cp), append(slices.Clone(texts), v.cpText)
	}
	elsewhere, unchecked := 0, 0
	for i, c := range v.opts.Confirmations {
		place := slices.IndexFunc(known, func(cp Checkpoint) bool { return cp.Size == c.Size })
		if place < 0 {
			elsewhere++
			continue
		}
		if err := c.check(); err != nil {
			v.report.add(0, KindConfirmation, "the confirmation %d that was given is none: %v", i+1, err)
			continue
		}
		if texts[place] != c.Checkpoint {
			v.otherCheckpoint(i+1, c, known[place])
			continue
		}
		found, err := CheckConfirmation(c.Confirmation, c.Checkpoint, v.opts.Confirm)
		if err != nil {
			v.report.add(0, KindConfirmation, "the %s of the checkpoint of %d entries by %s that was given does not hold: %v", wordOf(c.Kind), c.Size, quoted(c.Name), err)
		}
		if found.State == ConfirmationNotChecked {
			unchecked++
		}
		if !slices.Contains(v.report.Confirmations, found) {
			v.report.Confirmations = append(v.report.Confirmations, found)
		}
	}
	if elsewhere > 0 {
		v.report.warn("%d of the confirmations that were given are of checkpoints that the bundle does not hold", elsewhere)
	}
	if unchecked > 0 {
		v.report.warn("%d of the confirmations that were given were not checked, since no key was given for them: they show nothing", unchecked)
	}
}

// otherCheckpoint says what it means that a confirmation is of another checkpoint
// than the bundle's of the same size.
func (v *verification) otherCheckpoint(number int, c GivenConfirmation, own Checkpoint) {
	cp, _, _, err := v.keys.open(c.Checkpoint)
	switch {
	case errors.Is(err, errUnknownKey):
		v.report.add(0, KindWrongKey, "the confirmation %d that was given is of a checkpoint that no key of the log signed: it is of another log", number)
	case err != nil || cp.Size != c.Size:
		v.report.add(0, KindConfirmation, "the confirmation %d that was given is of no checkpoint of the log that holds", number)
	case cp.Root != own.Root:
		v.report.add(0, KindForked, "the confirmation %d that was given is of a checkpoint of %d entries that names another history than that of the bundle", number, c.Size)
	default:
		v.report.add(0, KindConfirmation, "the confirmation %d that was given is of another statement about %d entries, signed %s, than the bundle's", number, c.Size, cp.SignedAt.Format(timeLayout))
	}
}
