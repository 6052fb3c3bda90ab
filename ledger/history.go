package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// maxHistoryLine bounds a line of history.jsonl: a checkpoint whose line breaks
// are escaped, and some hundred hashes.
const maxHistoryLine = 2*maxCheckpointBytes + maxProofBytes

// clockSlack is how far the clocks of machines that record may differ before an
// entry that seems to be older than a checkpoint without it is worth a warning.
const clockSlack = time.Minute

// historyLine is one line of history.jsonl: an earlier checkpoint, and the
// hashes which show that the log of the next one goes on from it. The last
// line leads to the bundle's own checkpoint.
type historyLine struct {
	Checkpoint string      `json:"checkpoint"`
	Hashes     []tlog.Hash `json:"hashes"`
}

func (l historyLine) bytes() ([]byte, error) {
	if l.Hashes == nil {
		l.Hashes = []tlog.Hash{}
	}
	return canonicalOf(l)
}

// canonicalOf writes a line of a file of the bundle in the canonical form.
func canonicalOf(line any) ([]byte, error) {
	var raw bytes.Buffer
	encoder := json.NewEncoder(&raw)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(line); err != nil {
		return nil, err
	}
	return Canonical(raw.Bytes())
}

// parseHistoryLine accepts exactly what historyLine.bytes writes.
func parseHistoryLine(line []byte) (historyLine, error) {
	var l historyLine
	if err := json.Unmarshal(line, &l); err != nil {
		return historyLine{}, errors.New("a checkpoint with its hashes is expected")
	}
	if again, err := l.bytes(); err != nil || !bytes.Equal(again, line) {
		return historyLine{}, errors.New("it has unknown, missing or misspelt parts")
	}
	return l, nil
}

// openPast reads the earlier checkpoints of a source and holds them against
// the head.
func openPast(texts []string, m manifest, keys keyChain, last Checkpoint) ([]Checkpoint, error) {
	sizes := m.history()
	if len(texts) != len(sizes) {
		return nil, fmt.Errorf("%d earlier checkpoints came, the head lists %d", len(texts), len(sizes))
	}
	past := make([]Checkpoint, len(texts))
	for i, text := range texts {
		cp, _, signatures, err := keys.open(text)
		switch {
		case err != nil:
			return nil, fmt.Errorf("the earlier checkpoint of size %d: %w", sizes[i], err)
		case signatures != 1:
			return nil, fmt.Errorf("the earlier checkpoint of size %d must have one signature", sizes[i])
		case cp.Size != sizes[i]:
			return nil, fmt.Errorf("an earlier checkpoint of size %d was expected, one of %d came", sizes[i], cp.Size)
		case cp.Size >= last.Size:
			return nil, fmt.Errorf("the earlier checkpoint of size %d is not smaller than the bundle's", cp.Size)
		}
		past[i] = cp
	}
	return past, nil
}

// history writes the earlier checkpoints, each with the proof that the next
// goes on from it.
func (b *bundleWriter) history(ctx context.Context) error {
	for i, cp := range b.past {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("write ledger bundle: %w", err)
		}
		next := b.cp
		if i+1 < len(b.past) {
			next = b.past[i+1]
		}
		proof, err := ProveConsistency(cp.Size, next.Size, b.src.Hashes)
		if err != nil {
			return err
		}
		if err := CheckConsistency(cp, next, proof); err != nil {
			return fmt.Errorf("%w: the log does not go on from the checkpoint of size %d: %w", ErrInvalidBundle, cp.Size, err)
		}
		line, err := historyLine{Checkpoint: b.src.Past[i], Hashes: proof}.bytes()
		if err != nil {
			return fmt.Errorf("%w: the checkpoint of size %d: %w", ErrInvalidBundle, cp.Size, err)
		}
		if err := b.put(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// readHistory checks that the log of each earlier checkpoint is the beginning
// of the next, up to the bundle's own.
func (v *verification) readHistory() {
	if v.manifest != nil && v.manifest.Version == 1 {
		return // it has none
	}
	c, ok := v.content(historyFile)
	if !ok {
		return
	}
	w := historyWalk{v: v}
	if v.manifest != nil {
		w.expected = v.manifest.history()
	}
	w.walk(newLines(c, maxHistoryLine))
	if v.drain(c, io.Discard) {
		w.finish()
	}
}

// historyWalk reads the earlier checkpoints one by one.
type historyWalk struct {
	v        *verification
	expected []int64     // the sizes that the manifest lists
	read     int         // lines so far
	last     *Checkpoint // the last one whose signature holds
	proof    []tlog.Hash // from the last one to the next
}

func (w *historyWalk) walk(lines *lines) {
	report := w.v.report
	for {
		line, err := lines.next()
		if err != nil {
			if errors.Is(err, errNoNewline) || errors.Is(err, errLongLine) {
				report.add(0, KindHistory, "line %d of %s: %v", lines.n, historyFile, err)
			}
			return // anything else is reported as damaged when the file is closed
		}
		if w.read++; w.read > MaxHistory {
			report.add(0, KindHistory, "%s has more than %d earlier checkpoints: what follows was not read", historyFile, MaxHistory)
			return
		}
		l, err := parseHistoryLine(line)
		if err != nil {
			report.add(0, KindHistory, "line %d of %s is not an earlier checkpoint: %v", lines.n, historyFile, err)
			w.last = nil
			continue
		}
		if w.v.keys == nil {
			continue // said already
		}
		cp, span, ok := w.open(l.Checkpoint)
		if !ok {
			w.last = nil
			continue
		}
		w.follow(cp)
		w.last, w.proof = &cp, l.Hashes
		w.v.past, w.v.pastSpans = append(w.v.past, cp), append(w.v.pastSpans, span)
		w.v.pastTexts = append(w.v.pastTexts, l.Checkpoint)
	}
}

// open checks one earlier checkpoint by itself.
func (w *historyWalk) open(text string) (Checkpoint, keySpan, bool) {
	v := w.v
	cp, span, signatures, err := v.keys.open(text)
	switch {
	case errors.Is(err, errUnknownKey) && v.cp == nil:
		// The bundle's own checkpoint is of another key as well: said already.
	case errors.Is(err, errUnknownKey):
		v.report.add(0, KindWrongKey, "the earlier checkpoint %d is not signed with a key of the log: it was signed again with another key, or is of another log", w.read)
	case errors.Is(err, errOutOfTurn):
		v.report.add(0, kindOf(err), "the earlier checkpoint %d: %v", w.read, err)
	case errors.Is(err, ErrSignature):
		v.report.add(0, KindSignature, "the earlier checkpoint %d does not hold: %v", w.read, err)
	case err != nil:
		v.report.add(0, KindHistory, "the earlier checkpoint %d: %v", w.read, err)
	case signatures != 1:
		v.report.add(0, KindHistory, "the earlier checkpoint %d has %d signatures, one is expected", w.read, signatures)
	case v.manifest != nil && (w.read > len(w.expected) || w.expected[w.read-1] != cp.Size):
		v.report.add(0, KindHistory, "the earlier checkpoint %d, of size %d, is not the one that the manifest lists", w.read, cp.Size)
	default:
		return cp, span, true
	}
	return Checkpoint{}, keySpan{}, false
}

// follow checks that a checkpoint goes on from the one before.
func (w *historyWalk) follow(next Checkpoint) {
	if w.last == nil {
		return
	}
	if CheckConsistency(*w.last, next, w.proof) != nil {
		w.v.report.add(0, KindForked, "the checkpoints of %d entries, signed %s, and of %d entries, signed %s, do not extend each other, or the proof between them was changed",
			w.last.Size, w.last.SignedAt.Format(timeLayout), next.Size, next.SignedAt.Format(timeLayout))
	}
	if next.SignedAt.Before(w.last.SignedAt) {
		w.v.report.warn("the checkpoint of %d entries was signed at an earlier clock time than that of %d entries", next.Size, w.last.Size)
	}
}

func (w *historyWalk) finish() {
	if w.v.manifest != nil && w.read < len(w.expected) {
		w.v.report.add(0, KindHistory, "%s ends after %d earlier checkpoints, the manifest lists %d", historyFile, w.read, len(w.expected))
	}
	if w.v.cp != nil {
		w.follow(*w.v.cp)
	}
}

// backdated warns of an entry that claims to be older than a checkpoint that
// does not hold it. Entries come in the order of the log.
func (v *verification) backdated(seq, index int64, recordedAt time.Time) {
	for v.passed < len(v.past) && v.past[v.passed].Size <= index {
		v.passed++
	}
	if v.passed == 0 {
		return
	}
	if cp := v.past[v.passed-1]; recordedAt.Add(clockSlack).Before(cp.SignedAt) {
		v.report.warn("entry %d says it was recorded %s, but the checkpoint signed %s does not hold it yet: it was written later, or a clock was wrong",
			seq, recordedAt.Format(timeLayout), cp.SignedAt.Format(timeLayout))
	}
}

// compareKept holds the checkpoints that the checker kept against those of the
// bundle: two of one size that differ are two histories.
func (v *verification) compareKept() {
	if v.keys == nil {
		return // said already
	}
	known := v.past
	if v.cp != nil {
		known = append(slices.Clone(known), *v.cp)
	}
	for i, text := range v.opts.Kept {
		cp, _, _, err := v.keys.open(text)
		switch {
		case errors.Is(err, errUnknownKey):
			v.report.add(0, KindWrongKey, "the checkpoint %d that was given is not signed with a key of the log: it is of another log, or the bundle's log was signed again with another key", i+1)
			continue
		case errors.Is(err, errOutOfTurn):
			v.report.add(0, kindOf(err), "the checkpoint %d that was given: %v", i+1, err)
			continue
		case errors.Is(err, ErrSignature):
			v.report.add(0, KindSignature, "the checkpoint %d that was given does not hold: %v", i+1, err)
			continue
		case err != nil:
			v.report.add(0, KindHistory, "the checkpoint %d that was given: %v", i+1, err)
			continue
		}
		place := slices.IndexFunc(known, func(k Checkpoint) bool { return k.Size == cp.Size })
		switch {
		case place < 0:
			v.report.warn("the checkpoint of %d entries that was given, signed %s, is not in the bundle and was not compared: ask for an export made after it, or use tocsin audit verify",
				cp.Size, cp.SignedAt.Format(timeLayout))
		case known[place].Root != cp.Root:
			v.report.add(0, KindForked, "the checkpoint of %d entries that was given, signed %s, names another history than that of the bundle",
				cp.Size, cp.SignedAt.Format(timeLayout))
		default:
			v.report.Kept++
		}
	}
}
