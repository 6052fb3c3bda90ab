package ledger

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// LogRow is one line of a whole log, as a store keeps it.
type LogRow struct {
	// Index is its place in the log, from 0.
	Index int64
	// Line is the entry's canonical bytes; it is not kept after the next row.
	Line []byte
	// Incident and Seq are under what the store files it.
	Incident string
	Seq      int64
	// Event is what the store shows people of it, in the fields of an entry: the
	// version aside, it must say the same as Line. Nil when the store shows none.
	Event *Entry
}

// LogHash is one stored hash of the tree.
type LogHash struct {
	// Position is its place among the stored hashes, as [FirstHash] counts.
	Position int64
	// Hash is the hash.
	Hash tlog.Hash
}

// LogCheckpoint is a signed checkpoint that the log is held against.
type LogCheckpoint struct {
	// Text is the signed note.
	Text string
	// From says in a few words where it comes from, such as "the record" or
	// "the given file".
	From string
}

// LogSource is a whole log, read once from its first entry to its last.
type LogSource struct {
	// Rows are the entries in the order of their index. They are read ahead of
	// Hashes, by the same goroutine.
	Rows iter.Seq2[LogRow, error]
	// Hashes are the stored hashes in the order of their position; nil for a
	// store that keeps none.
	Hashes iter.Seq2[LogHash, error]
	// Checkpoints are those the store keeps and those that left the building.
	Checkpoints []LogCheckpoint
	// Key is the verifier key ("vkey") that signs at present; its name is the log's
	// origin.
	Key string
	// Rotations are the signed changes of the key that the store names, in their
	// order: each must stand in the log.
	Rotations []string
	// Known is a verifier key of the log that the checker has from elsewhere: Key
	// must be it, or follow on it. Empty to believe Key.
	Known string
}

// LogProblem is one thing that is wrong with a log.
type LogProblem struct {
	// Index is the place of the entry in the whole log, from 0; -1 if none.
	Index int64 `json:"index"`
	// Incident is the id of the entry's incident; may be empty.
	Incident string `json:"incident,omitempty"`
	// Entry is the number within the incident, 0 if none.
	Entry int64 `json:"entry"`
	// Kind is one of the constants of [Kind].
	Kind Kind `json:"kind"`
	// Detail says in one sentence what was found.
	Detail string `json:"detail"`
}

// LogReport is the result of [VerifyLog].
type LogReport struct {
	// OK is true when there are no problems.
	OK bool `json:"ok"`
	// Entries and Incidents count what the log holds.
	Entries   int64 `json:"entries"`
	Incidents int   `json:"incidents"`
	// Root is the Merkle root over all entries, in base64, as computed anew.
	Root string `json:"root"`
	// Checkpoints is how many checkpoints the log was held against and fits.
	Checkpoints int `json:"checkpoints"`
	// Checkpoint is the newest of them; all is zero when there is none.
	Checkpoint CheckpointReport `json:"checkpoint"`
	// Problems lists what is wrong; never nil.
	Problems []LogProblem `json:"problems"`
	// Warnings lists what is not wrong but should be known; never nil.
	Warnings []string `json:"warnings"`

	hidden int
}

// VerifyLog computes a whole log anew and compares: each entry with its leaf
// hash and with the event that people are shown, the numbers within each
// incident, every stored hash, and the root at each checkpoint's size. It reads
// entry by entry; its memory grows with the number of incidents and checkpoints
// and not with that of entries. At most 1000 problems are listed.
//
// The error is for the checker's own side: a key that is none, a source that
// could not be read, a cancelled context. What is wrong with the log is in the
// report.
//
// Entries are examined on all processors, and read by the goroutine that calls.
func VerifyLog(ctx context.Context, src LogSource) (LogReport, error) {
	return verifyLog(ctx, src, onAllProcessors())
}

func verifyLog(ctx context.Context, src LogSource, how ahead) (LogReport, error) {
	if _, err := note.NewVerifier(src.Key); err != nil {
		return LogReport{}, errors.New("verify ledger: the key is not a verifier key: it looks like origin+1a2b3c4d+base64")
	}
	v := logVerification{report: LogReport{Problems: []LogProblem{}, Warnings: []string{}}, last: map[string]int64{}}
	v.checkpoints = v.openCheckpoints(src.Checkpoints, v.follow(src))
	if src.Hashes != nil {
		next, stop := iter.Pull2(src.Hashes)
		defer stop()
		v.nextHash = next
	}
	v.reach()
	if err := how.read(ctx, src.Rows, v.row); err != nil {
		return LogReport{}, fmt.Errorf("verify ledger: %w", err)
	}
	if err := v.finish(); err != nil {
		return LogReport{}, fmt.Errorf("verify ledger: %w", err)
	}
	return v.report, nil
}

// logVerification is one run of VerifyLog.
type logVerification struct {
	report      LogReport
	last        map[string]int64 // the highest number of each incident so far
	peaks       []tlog.Hash      // roots of the complete subtrees, the largest first
	size        int64            // entries in peaks, lost ones included
	checkpoints []openedCheckpoint
	nextHash    func() (LogHash, error, bool)
	hash        *LogHash // the next stored hash
	fits        int64    // size of the last checkpoint that fits
	rotations   []string // the changes of the key that are to stand in the log from here on
	lost        bool     // a leaf is unknown: roots cannot be computed any more
}

type openedCheckpoint struct {
	Checkpoint
	from    string
	implied bool // it is what a change of the key says, and no checkpoint
}

func (v *logVerification) add(index int64, incident string, seq int64, kind Kind, format string, args ...any) {
	if len(v.report.Problems) >= defaultMaxProblems {
		v.report.hidden++
		return
	}
	v.report.Problems = append(v.report.Problems, LogProblem{
		Index: index, Incident: incident, Entry: seq, Kind: kind, Detail: fmt.Sprintf(format, args...),
	})
}

// openCheckpoints keeps those that the key signed, by size.
func (v *logVerification) openCheckpoints(list []LogCheckpoint, keys keyChain) []openedCheckpoint {
	out := v.beforeRotations(keys)
	for _, c := range list {
		cp, _, _, err := keys.open(c.Text)
		switch {
		case errors.Is(err, errUnknownKey):
			v.add(-1, "", 0, KindWrongKey, "a checkpoint from %s is not signed with a key that this log introduced: it is of another log, or was signed again with another key", c.From)
		case errors.Is(err, errOutOfTurn):
			v.add(-1, "", 0, kindOf(err), "a checkpoint from %s: %v", c.From, err)
		case errors.Is(err, ErrSignature):
			v.add(-1, "", 0, KindSignature, "the signature of a checkpoint from %s does not hold: the text was changed", c.From)
		case err != nil:
			v.add(-1, "", 0, KindCheckpoint, "a text from %s is not a checkpoint of this log: %v", c.From, err)
		default:
			out = append(out, openedCheckpoint{Checkpoint: cp, from: c.From})
		}
	}
	slices.SortStableFunc(out, func(a, b openedCheckpoint) int { return cmp.Compare(a.Size, b.Size) })
	return out
}

// row takes in the next entry.
func (v *logVerification) row(e *examined) error {
	r := e.row
	switch {
	case r.Index < v.size:
		v.add(r.Index, r.Incident, r.Seq, KindInserted, "a second entry stands at place %d of the log", r.Index)
		return nil
	case r.Index > v.size:
		v.add(v.size, "", 0, KindMissing, "%s", missingPlaces(v.size, r.Index-1))
		for v.size < r.Index {
			if err := v.grow(nil, tlog.Hash{}); err != nil {
				return err
			}
			if v.lost {
				// Nothing stands in for what is missing: no root can be computed.
				v.size, v.nextHash = r.Index, nil
			}
		}
	}
	v.report.Entries++
	v.content(e)
	return v.grow(&r, e.leaf)
}

func missingPlaces(from, to int64) string {
	if from == to {
		return fmt.Sprintf("the entry at place %d of the log is missing", from)
	}
	return fmt.Sprintf("the entries at the places %d to %d of the log are missing", from, to)
}

// content checks an entry against its own form, its incident, and the event.
func (v *logVerification) content(found *examined) {
	r, e := found.row, found.entry
	if err := found.err; err != nil {
		v.add(r.Index, r.Incident, r.Seq, KindChanged, "the line at place %d is not an entry as it was recorded: %v", r.Index, err)
		if r.Seq == v.last[r.Incident]+1 {
			v.last[r.Incident] = r.Seq // it stands in the place of that number
		}
		return
	}
	if e.Incident != r.Incident || e.Seq != r.Seq {
		v.add(r.Index, r.Incident, r.Seq, KindForeignIncident, "entry %d of incident %s is filed as entry %d of %s", e.Seq, e.Incident, r.Seq, r.Incident)
	}
	switch last := v.last[e.Incident]; {
	case e.Seq == last+1:
	case e.Seq > last:
		v.add(r.Index, e.Incident, e.Seq, KindMissing, "%v before entry %d of the incident", gap{last + 1, e.Seq - 1}, e.Seq)
	case e.Seq == last:
		v.add(r.Index, e.Incident, e.Seq, KindInserted, "a second entry %d of the incident", e.Seq)
	default:
		v.add(r.Index, e.Incident, e.Seq, KindReordered, "entry %d stands after entry %d of the incident", e.Seq, last)
	}
	v.last[e.Incident] = max(v.last[e.Incident], e.Seq)
	if e.Type == RotationType {
		v.rotation(r, e)
	}
	if found.other {
		v.add(r.Index, e.Incident, e.Seq, KindEvent, "the event that the pages show is not the one that the log holds")
	}
}

func sameEntry(a, b Entry) bool {
	return a.Incident == b.Incident && a.Seq == b.Seq && a.Type == b.Type && a.At.Equal(b.At) &&
		a.RecordedAt.Equal(b.RecordedAt) && a.Actor == b.Actor && bytes.Equal(a.Data, b.Data)
}

// grow adds a leaf to the tree, compares each hash that comes with it to the
// stored one, and then the root to the checkpoints of that size. A leaf that is
// missing or changed is replaced by its stored hash, so that what follows can
// still be checked. r is nil for a missing row.
func (v *logVerification) grow(r *LogRow, leaf tlog.Hash) error {
	index, position := v.size, FirstHash(v.size)
	stored, err := v.stored(position)
	if err != nil {
		return err
	}
	switch {
	case stored != nil && r != nil && *stored != leaf:
		v.add(index, r.Incident, r.Seq, KindChanged, "the entry at place %d is not the one whose hash was stored", index)
		leaf = *stored
	case stored != nil:
		leaf = *stored
	case r == nil:
		v.lost = true
	}
	for n := v.size; n&1 == 1; n >>= 1 {
		leaf = joined(v.peaks[len(v.peaks)-1], leaf)
		v.peaks = v.peaks[:len(v.peaks)-1]
		position++
		stored, err := v.stored(position)
		if err != nil {
			return err
		}
		if stored != nil && *stored != leaf && !v.lost {
			v.add(index, "", 0, KindProof, "the stored hash at position %d is not the one of the entries beneath it", position)
		}
	}
	v.peaks = append(v.peaks, leaf)
	v.size++
	v.reach()
	return nil
}

// stored is the stored hash of a position, nil when there is none.
func (v *logVerification) stored(position int64) (*tlog.Hash, error) {
	if v.nextHash == nil {
		return nil, nil
	}
	for {
		if v.hash == nil {
			next, err, ok := v.nextHash()
			if err != nil {
				return nil, err
			}
			if !ok {
				v.add(-1, "", 0, KindProof, "the stored hashes end before position %d", position)
				v.nextHash = nil
				return nil, nil
			}
			v.hash = &next
		}
		switch {
		case v.hash.Position == position:
			found := v.hash.Hash
			v.hash = nil
			return &found, nil
		case v.hash.Position > position:
			v.add(-1, "", 0, KindProof, "the stored hash at position %d is missing", position)
			return nil, nil
		}
		v.hash = nil // a second one of a position that is past
	}
}

// reach compares the root with every checkpoint of the present size.
func (v *logVerification) reach() {
	for len(v.checkpoints) > 0 && v.checkpoints[0].Size <= v.size {
		cp := v.checkpoints[0]
		v.checkpoints = v.checkpoints[1:]
		if cp.Size < v.size || v.lost {
			v.add(-1, "", 0, KindProof, "the checkpoint of size %d from %s cannot be compared: entries before it are missing", cp.Size, cp.from)
			continue
		}
		if v.root() != cp.Root {
			v.add(-1, "", 0, KindForked, "the log is not the one that was signed on %s (checkpoint of size %d from %s): its entries from place %d to %d were changed, or the history was forked there",
				cp.SignedAt.Format(timeLayout), cp.Size, cp.from, v.fits, cp.Size-1)
			continue
		}
		v.fits = cp.Size
		if cp.implied {
			continue
		}
		v.report.Checkpoints++
		v.report.Checkpoint = CheckpointReport{Size: cp.Size, Root: cp.Root.String(), SignedAt: cp.SignedAt.Format(timeLayout)}
	}
}

func (v *logVerification) root() tlog.Hash {
	if len(v.peaks) == 0 {
		root, err := tlog.TreeHash(0, nil)
		if err != nil {
			return tlog.Hash{} // never: an empty tree reads nothing
		}
		return root
	}
	root := v.peaks[len(v.peaks)-1]
	for i := len(v.peaks) - 2; i >= 0; i-- {
		root = tlog.NodeHash(v.peaks[i], root)
	}
	return root
}

// finish looks at what only the end tells.
func (v *logVerification) finish() error {
	v.missingRotations()
	for _, cp := range v.checkpoints {
		v.add(-1, "", 0, KindCutOff, "the log ends with %d entries, but the checkpoint from %s, signed on %s, covers %d: later entries were cut off",
			v.size, cp.from, cp.SignedAt.Format(timeLayout), cp.Size)
	}
	if v.nextHash != nil {
		rest := v.hash
		if rest == nil {
			next, err, ok := v.nextHash()
			if err != nil {
				return err
			}
			if ok {
				rest = &next
			}
		}
		if rest != nil {
			v.add(-1, "", 0, KindCutOff, "there are stored hashes from position %d on, beyond the last entry: entries were cut off", rest.Position)
		}
	}
	v.report.Incidents = len(v.last)
	if !v.lost {
		v.report.Root = v.root().String()
	}
	if v.report.Checkpoints == 0 && v.report.Entries > 0 {
		v.report.Warnings = append(v.report.Warnings, "there is no checkpoint to hold the log against: that it fits together does not show that it is the one that was recorded")
	}
	if v.report.hidden > 0 {
		v.report.Warnings = append(v.report.Warnings, fmt.Sprintf("%d further problems are not listed", v.report.hidden))
	}
	v.report.OK = len(v.report.Problems) == 0
	return nil
}
