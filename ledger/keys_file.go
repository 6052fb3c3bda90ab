package ledger

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// maxRotationLine bounds a line of keys.jsonl: an entry that holds a note and a
// reason, with its line breaks escaped twice, and some hundred hashes.
const maxRotationLine = 64<<10 + 2*maxProofBytes

// rotationLine is one line of keys.jsonl: the entry that records a change of the
// key, the hashes that lead from it to the root of the bundle's checkpoint, and
// those which show that the log goes on from the entries before it. Its place in
// the log is the size that the change names.
type rotationLine struct {
	Entry  string      `json:"entry"`
	GoesOn []tlog.Hash `json:"goes_on"`
	Hashes []tlog.Hash `json:"hashes"`
}

func (l rotationLine) bytes() ([]byte, error) {
	for _, hashes := range []*[]tlog.Hash{&l.GoesOn, &l.Hashes} {
		if *hashes == nil {
			*hashes = []tlog.Hash{}
		}
	}
	return canonicalOf(l)
}

// parseRotationLine accepts exactly what rotationLine.bytes writes.
func parseRotationLine(line []byte) (rotationLine, error) {
	var l rotationLine
	if err := json.Unmarshal(line, &l); err != nil {
		return rotationLine{}, errors.New("an entry with its hashes is expected")
	}
	if again, err := l.bytes(); err != nil || !bytes.Equal(again, line) {
		return rotationLine{}, errors.New("it has unknown, missing or misspelt parts")
	}
	return l, nil
}

// rotationOf reads the entry that records a change of the key.
func rotationOf(line []byte) (note string, r Rotation, err error) {
	e, err := ParseEntry(line)
	if err != nil {
		return "", r, err
	}
	if e.Type != RotationType {
		return "", r, fmt.Errorf("%w: the entry is of another type", ErrInvalidRotation)
	}
	if note, err = RotationNote(e.Data); err != nil {
		return "", r, err
	}
	r, err = ParseRotation(note)
	return note, r, err
}

// openRotations reads the changes of a source and holds them against the head.
func openRotations(lines [][]byte, m manifest) (notes []string, list []Rotation, err error) {
	if len(lines) != len(m.rotations()) {
		return nil, nil, fmt.Errorf("%d changes of the key came, the head lists %d", len(lines), len(m.rotations()))
	}
	for i, line := range lines {
		note, r, err := rotationOf(line)
		if err != nil {
			return nil, nil, err
		}
		if r.Size != m.rotations()[i] {
			return nil, nil, fmt.Errorf("a change of the key at %d was expected, one at %d came", m.rotations()[i], r.Size)
		}
		notes, list = append(notes, note), append(list, r)
	}
	return notes, list, nil
}

// keysPart writes the changes of the key, each with its proofs.
func (b *bundleWriter) keysPart(ctx context.Context) error {
	for i, r := range b.rotations {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("write ledger bundle: %w", err)
		}
		proofs, err := proveEach(b.cp.Size, []int64{r.Size}, b.src.Hashes)
		if err != nil {
			return err
		}
		line := rotationLine{Entry: string(b.src.Rotations[i]), Hashes: proofs[0]}
		if r.Size > 0 {
			if line.GoesOn, err = ProveConsistency(r.Size, b.cp.Size, b.src.Hashes); err != nil {
				return err
			}
		}
		if err := line.check(r, b.cp); err != nil {
			return fmt.Errorf("%w: the change of the key at %d: %w", ErrInvalidBundle, r.Size, err)
		}
		raw, err := line.bytes()
		if err != nil {
			return fmt.Errorf("%w: the change of the key at %d: %w", ErrInvalidBundle, r.Size, err)
		}
		if err := b.put(append(raw, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// check holds a change of the key against the bundle's checkpoint.
func (l rotationLine) check(r Rotation, cp Checkpoint) error {
	if err := checkLeafHash(cp, r.Size, LeafHash([]byte(l.Entry)), l.Hashes); err != nil {
		return errors.New("its entry is not in the log")
	}
	if r.Size == 0 {
		if len(l.GoesOn) != 0 {
			return errors.New("it has a proof that it does not need")
		}
		return nil
	}
	if CheckConsistency(Checkpoint{Origin: cp.Origin, Size: r.Size, Root: r.Root}, cp, l.GoesOn) != nil {
		return errors.New("the log does not go on from the entries before it")
	}
	return nil
}

// readKeys reads the changes of the key and decides which keys are the log's.
func (v *verification) readKeys() {
	var notes []string
	sound := true
	if v.manifest != nil && v.manifest.Version > 2 {
		notes, sound = v.readRotations()
	}
	last := v.opts.Key
	if v.manifest != nil {
		last = v.manifest.Key
	}
	if last == "" {
		return // neither a manifest nor a key
	}
	last, notes = v.followFurther(last, notes)
	chain, err := newKeyChain(last, notes)
	if err != nil {
		if sound {
			v.report.add(0, KindRotation, "the changes of the key do not follow on each other: %v", err)
		}
		if chain, err = newKeyChain(last, nil); err != nil {
			return // parseManifest has seen that the key is valid
		}
	}
	switch {
	case v.opts.Key == "":
		v.report.Key = last
		v.report.warn("the key was not given independently: the signature was checked with the bundle's own key, which shows that the bundle fits together but not who made it")
	case chain.index(v.opts.Key) < 0:
		v.report.add(0, KindWrongKey, "the bundle says that it is signed with the key %s, not with the given key %s, and the log does not tell of a change from one to the other: it is of another log, or was signed again with another key",
			quoted(last), quoted(v.opts.Key))
		if chain, err = newKeyChain(v.opts.Key, nil); err != nil {
			return // Verify has seen that it is valid
		}
	default:
		v.sayWhichKey(chain)
	}
	v.keys = chain
	v.report.Keys = chain.report()
}

// followFurther adds the changes that the checker was given and that are later
// than the bundle.
func (v *verification) followFurther(last string, notes []string) (string, []string) {
	if len(v.opts.Rotations) == 0 {
		return last, notes
	}
	given := make([]Rotation, 0, len(v.opts.Rotations))
	texts := map[int64]string{}
	for _, text := range v.opts.Rotations {
		r, err := ParseRotation(text)
		if err != nil {
			v.report.add(0, KindRotation, "a change of the key that was given does not hold: %v", err)
			return last, notes
		}
		if other, twice := texts[r.Size]; twice && other != text {
			v.report.add(0, KindForked, "two changes of the key that were given name the same place %d of the log", r.Size)
			return last, notes
		} else if !twice {
			texts[r.Size] = text
			given = append(given, r)
		}
	}
	slices.SortFunc(given, func(a, b Rotation) int { return cmp.Compare(a.Size, b.Size) })
	all := make([]string, len(given))
	for i, r := range given {
		all[i] = texts[r.Size]
	}
	common := min(len(all), len(notes))
	if !slices.Equal(all[:common], notes[:common]) {
		v.report.add(0, KindForked, "the changes of the key that were given are not those of the bundle: it is of another log, or the history was forked")
		return last, notes
	}
	if len(all) <= len(notes) {
		return last, notes
	}
	return given[len(given)-1].Key, all
}

// sayWhichKey tells a checker who knows an earlier key of the later ones.
func (v *verification) sayWhichKey(chain keyChain) {
	at := chain.index(v.opts.Key)
	ended := chain[at].ended
	switch {
	case ended == nil:
	case ended.Compromised:
		v.report.warn("the key that was given was reported compromised on %s: whoever has it can make up a successor; obtain the present key on another way, which this bundle says is %s",
			ended.SignedAt.Format(timeLayout), quoted(chain[len(chain)-1].key))
	default:
		v.report.warn("the key that was given signed up to %d entries; the key that followed on it, and signs now, is %s", chain[at].until, quoted(chain[len(chain)-1].key))
	}
}

// readRotations gives the notes of keys.jsonl. It returns false when it has said
// that something is wrong with them.
func (v *verification) readRotations() (notes []string, sound bool) {
	c, ok := v.content(keysFile)
	if !ok {
		return nil, false
	}
	lines, sound := newLines(c, maxRotationLine), true
	for n := 0; ; n++ {
		line, err := lines.next()
		if errors.Is(err, errNoNewline) || errors.Is(err, errLongLine) {
			v.report.add(0, KindRotation, "line %d of %s: %v", lines.n, keysFile, err)
			sound = false
		}
		if err != nil {
			break // what is no end is reported as damaged when the file is closed
		}
		l, err := parseRotationLine(line)
		var note string
		var r Rotation
		if err == nil {
			note, r, err = rotationOf([]byte(l.Entry))
		}
		sizes := v.manifest.rotations()
		if err == nil && (n >= len(sizes) || sizes[n] != r.Size) {
			err = errors.New("it is not the one that the manifest lists")
		}
		if err != nil {
			v.report.add(0, KindRotation, "line %d of %s is not the change of the key: %v", lines.n, keysFile, err)
			sound = false
			break
		}
		notes = append(notes, note)
		v.rotations = append(v.rotations, provedRotation{l, r})
	}
	if v.drain(c, io.Discard) && sound && len(notes) < len(v.manifest.rotations()) {
		v.report.add(0, KindRotation, "%s ends after %d changes of the key, the manifest lists %d", keysFile, len(notes), len(v.manifest.rotations()))
		sound = false
	}
	return notes, sound
}

// provedRotation is a change of the key as it stands in a bundle.
type provedRotation struct {
	line     rotationLine
	rotation Rotation
}

// checkRotations holds the changes of the key against the checkpoint.
func (v *verification) checkRotations() {
	if v.cp == nil {
		return // said already
	}
	for _, p := range v.rotations {
		if err := p.line.check(p.rotation, *v.cp); err != nil {
			v.report.add(0, KindRotation, "the change of the key at %d entries: %v", p.rotation.Size, err)
		}
	}
}

// doubted says what rests on a key that was reported compromised. What a later
// key signed goes on from it and holds; what nothing else vouches for does not.
func (v *verification) doubted() {
	if v.cp == nil {
		return
	}
	if r := v.span.ended; r != nil && r.Compromised && v.report.Kept == 0 {
		v.report.add(0, KindCompromisedKey, "the bundle rests on the key %s alone, which was reported compromised on %s: whoever has it could have made the bundle since; ask for an export made after that, or give a checkpoint of %d entries that you kept",
			quoted(v.span.key), r.SignedAt.Format(timeLayout), v.cp.Size)
	}
	count := 0
	for _, p := range v.pastSpans {
		if p.ended != nil && p.ended.Compromised && v.span.ended == nil {
			count++
		}
	}
	if count > 0 {
		v.report.warn("%d of the earlier checkpoints are signed with a key that was reported compromised later; they hold, since the log that the present key signed goes on from them", count)
	}
}
