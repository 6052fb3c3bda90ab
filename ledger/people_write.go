package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// people writes the files of people, as the source makes them anew, and holds them
// against the head.
func (b *bundleWriter) people(ctx context.Context) error {
	if b.m.People == nil {
		return nil
	}
	if b.src.People == nil {
		return fmt.Errorf("%w: its head names people's data, and its source has none", ErrInvalidBundle)
	}
	for _, f := range b.m.People.Files {
		err := b.file(ctx, peopleDir+f.Name, func(ctx context.Context) error {
			checked := &checkedWriter{b: b, digest: sha256.New()}
			if err := b.src.People(ctx, f.Name, checked); err != nil {
				return err
			}
			if checked.size != f.Size || hex.EncodeToString(checked.digest.Sum(nil)) != f.SHA256 {
				return fmt.Errorf("%w: the file %s is not the one that was sealed", ErrInvalidBundle, f.Name)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkedWriter writes into the open file of the bundle and hashes what it writes.
type checkedWriter struct {
	b      *bundleWriter
	digest hash.Hash
	size   int64
}

// Write implements [io.Writer].
func (c *checkedWriter) Write(p []byte) (int, error) {
	c.digest.Write(p)
	c.size += int64(len(p))
	return c.b.zip.Write(p)
}

// instructionsFor is VERIFY.md of a bundle: where people's data travel, that
// comes first.
func instructionsFor(p *BundlePeople) []byte {
	if p == nil {
		return instructions
	}
	var text strings.Builder
	title, rest, _ := strings.Cut(string(instructions), "\n")
	text.WriteString(title + "\n\n## This bundle holds personal data\n\n")
	if p.ErasedAt != "" {
		fmt.Fprintf(&text, "The people of this incident were erased on %s: the folder `people/` names none of\nthem, and holds what became of each notice. ", p.ErasedAt)
	} else {
		fmt.Fprintf(&text, "The folder `people/` holds the data of %d people: names, addresses and what became of\nthe notices to them. Keep this file as you keep such data: encrypted, for those alone who\nneed it, and no longer than they need it. Erasing them in Tocsin does not erase this copy.\n", p.People)
	}
	fmt.Fprintf(&text, "It was chosen by the role `%s`, code `%s`, and recorded in `entries.jsonl` (`people_taken`) for this\nreason:\n\n", p.By, p.Account)
	for line := range strings.SplitSeq(strings.ReplaceAll(p.Reason, "\r", ""), "\n") {
		text.WriteString("    " + line + "\n")
	}
	text.WriteString(rest)
	return []byte(text.String())
}
