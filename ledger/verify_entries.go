package ledger

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// entryWalk reads entries and, beside them, their proofs. Both are numbered;
// where a number is not the expected one it says why, and goes on so that the
// report tells all.
type entryWalk struct {
	v        *verification
	incident string // as the manifest says, else as the first entry says
	count    int64  // as the manifest says, else 0

	next   int64              // the number that must come next
	gaps   []gap              // numbers passed over so far
	broken map[int64]struct{} // numbers in whose place stands an unreadable line

	last      Entry // the entry with the highest number so far
	lastIndex int64 // its place in the log, -1 when not proved

	proofs proofWalk
}

// lateSigning is how long after the seal a checkpoint is usually signed, with a
// wide margin. Whoever holds the key can sign an old tree again at any time;
// that is worth a warning.
const lateSigning = 24 * time.Hour

// gap is a run of missing numbers, both ends included.
type gap struct{ from, to int64 }

func (g gap) String() string {
	if g.from == g.to {
		return fmt.Sprintf("entry %d is missing", g.from)
	}
	return fmt.Sprintf("the entries %d to %d are missing", g.from, g.to)
}

func (v *verification) readEntries() {
	entries, haveEntries := v.content(entriesFile)
	proofs, haveProofs := v.content(proofsFile)
	w := entryWalk{v: v, next: 1, lastIndex: -1, broken: make(map[int64]struct{})}
	if v.manifest != nil {
		w.incident, w.count = v.manifest.Incident, v.manifest.Entries
	}
	w.proofs = proofWalk{v: v, aside: make(map[int64]proofLine)}
	if haveProofs {
		w.proofs.lines = readProofs(newLines(proofs, maxProofBytes))
	}
	if haveEntries {
		w.walk(readEntryLines(newLines(entries, MaxEntryBytes)))
		w.finish()
		v.drain(entries, io.Discard)
	}
	if haveProofs {
		w.proofs.finish(w.explained)
		v.drain(proofs, io.Discard)
	}
}

// entryLine is what was found by looking at a line alone.
type entryLine struct {
	entry Entry // without data, but of those that are looked into
	leaf  tlog.Hash
	err   error // why it is no entry
}

// readEntryLines looks at each line of the entries alone, which is most of the work.
func readEntryLines(l *lines) *linesAhead[entryLine] {
	var before Entry
	var marked []byte // a line with the mark of a leaf before it
	return readAhead(l, func(line []byte) (found entryLine) {
		marked = append(append(marked[:0], 0), line...)
		found.leaf = sha256.Sum256(marked) // as LeafHash, without its allocations
		if found.entry, found.err = parseEntry(line, before); found.err != nil {
			return found
		}
		switch e := &found.entry; e.Type {
		case BundleSealType, mailingFinishedType:
			e.Data = bytes.Clone(e.Data) // the line is overwritten by others
		default:
			e.Data = nil
		}
		before = found.entry
		return found
	})
}

func (w *entryWalk) walk(lines *linesAhead[entryLine]) {
	report := w.v.report
	for {
		line := lines.next()
		err := line.err
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.Is(err, errNoNewline):
			report.add(w.next, KindCutOff, "line %d of %s is incomplete", line.n, entriesFile)
			return
		case errors.Is(err, errLongLine):
			report.add(w.next, KindChanged, "line %d of %s is longer than any entry: what follows was not read", line.n, entriesFile)
			return
		case err != nil:
			return // reported as damaged when the file is closed
		}
		e, err := line.value.entry, line.value.err
		if e.Type == mailingFinishedType && err == nil {
			w.v.rootOfRound(e.Data)
		}
		if err != nil {
			// It stands in the place of the next number.
			report.add(w.next, KindChanged, "line %d of %s is not an entry as it was recorded: %v", line.n, entriesFile, err)
			if len(w.broken) < w.v.opts.MaxProblems {
				w.broken[w.next] = struct{}{}
			}
			w.next++
			continue
		}
		w.entry(e, line.value.leaf)
	}
}

func (w *entryWalk) entry(e Entry, leaf tlog.Hash) {
	report := w.v.report
	if w.incident == "" {
		w.incident = e.Incident
		report.Incident = e.Incident
	}
	if e.Incident != w.incident {
		report.add(e.Seq, KindForeignIncident, "an entry of another incident, %s, stands where number %d is expected", e.Incident, w.next)
		return
	}
	report.Entries++
	inOrder := true
	switch {
	case w.count > 0 && e.Seq > w.count:
		report.add(e.Seq, KindInserted, "entry %d is beyond the %d entries that the manifest names", e.Seq, w.count)
		return
	case e.Seq == w.next:
		w.next++
	case e.Seq > w.next:
		if len(w.gaps) < w.v.opts.MaxProblems {
			w.gaps = append(w.gaps, gap{w.next, e.Seq - 1})
		}
		w.next = e.Seq + 1
	case w.isBroken(e.Seq):
		// The unreadable line before was put in; this is the real one.
		delete(w.broken, e.Seq)
		inOrder = e.Seq == w.next-1
	case w.fill(e.Seq):
		report.add(e.Seq, KindReordered, "entry %d stands after entry %d", e.Seq, w.next-1)
		inOrder = false
	default:
		report.add(e.Seq, KindInserted, "a second entry %d: the number is taken", e.Seq)
		return
	}
	index := w.proofs.check(e.Seq, leaf)
	if !inOrder {
		return
	}
	if index >= 0 && index <= w.lastIndex {
		report.add(e.Seq, KindReordered, "the log holds entry %d before entry %d", e.Seq, w.last.Seq)
	}
	if e.RecordedAt.Before(w.last.RecordedAt) {
		report.warn("entry %d was recorded at an earlier clock time than entry %d", e.Seq, w.last.Seq)
	}
	if index >= 0 {
		w.v.backdated(e.Seq, index, e.RecordedAt)
	}
	w.last, w.lastIndex = e, index
}

func (w *entryWalk) isBroken(seq int64) bool {
	_, ok := w.broken[seq]
	return ok
}

// fill takes a number out of the gaps and reports whether it was in one.
func (w *entryWalk) fill(seq int64) bool {
	for i, g := range w.gaps {
		if seq < g.from || seq > g.to {
			continue
		}
		rest := make([]gap, 0, len(w.gaps)+1)
		rest = append(rest, w.gaps[:i]...)
		if g.from < seq {
			rest = append(rest, gap{g.from, seq - 1})
		}
		if seq < g.to {
			rest = append(rest, gap{seq + 1, g.to})
		}
		w.gaps = append(rest, w.gaps[i+1:]...)
		return true
	}
	return false
}

// explained reports whether it is known already why the bundle holds no
// readable entry of this number.
func (w *entryWalk) explained(seq int64) bool {
	if seq >= w.next || w.isBroken(seq) {
		return true
	}
	for _, g := range w.gaps {
		if seq >= g.from && seq <= g.to {
			return true
		}
	}
	return false
}

// finish looks at what only the end tells: what is missing, and whether the end
// is the one that was sealed.
func (w *entryWalk) finish() {
	report := w.v.report
	for _, g := range w.gaps {
		report.add(g.from, KindMissing, "%v", g)
	}
	if w.count > 0 && w.next <= w.count {
		report.add(w.next, KindCutOff, "the entries end with number %d, the manifest names %d", w.next-1, w.count)
	}
	if w.last.Seq == 0 || w.last.Seq != w.next-1 {
		if w.next == 1 {
			report.add(0, KindCutOff, "there are no entries")
		}
		return // the last line is unreadable and reported
	}
	w.checkSeal()
}

func (w *entryWalk) checkSeal() {
	report, seq, cp := w.v.report, w.last.Seq, w.v.cp
	if w.last.Type != BundleSealType {
		report.add(seq, KindCutOff, "entry %d is the last and is not the %s that ends every export: later entries are missing", seq, BundleSealType)
		return
	}
	if !bytes.HasPrefix(w.last.Data, fmt.Appendf(nil, `{"entries":%d,`, seq)) {
		report.add(seq, KindSeal, "entry %d is the last and does not say that the incident has %d entries", seq, seq)
	} else if w.v.manifest != nil && !bytes.Equal(w.last.Data, sealData(seq, w.v.manifestRaw)) {
		report.add(seq, KindManifest, "%s is not the one that entry %d sealed", manifestFile, seq)
	}
	if cp == nil || w.lastIndex < 0 {
		return // reported
	}
	if w.lastIndex != cp.Size-1 {
		report.add(seq, KindCutOff, "the checkpoint covers %d later entries of the log, and entries of this incident may be among them: it must end with entry %d",
			cp.Size-1-w.lastIndex, seq)
	}
	switch late := cp.SignedAt.Sub(w.last.RecordedAt); {
	case late < 0:
		report.warn("the checkpoint says it was signed before entry %d was recorded: a clock was wrong", seq)
	case late > lateSigning:
		report.warn("the checkpoint was signed more than a day after entry %d was recorded, when the log may have had more entries: ask for a fresh export", seq)
	}
}

// lines reads lines that must each end with a newline.
type lines struct {
	r       *bufio.Reader
	long    []byte // a line that did not fit the reader's buffer
	longest int    // bytes that a line may have
	n       int    // number of the line read last, from 1
}

var (
	errNoNewline = errors.New("the last line has no newline")
	errLongLine  = errors.New("the line is too long")
)

func newLines(r io.Reader, longest int) *lines {
	return &lines{r: bufio.NewReaderSize(r, 16<<10), longest: longest}
}

// next returns a line without its newline, valid until the next call. Its
// errors are io.EOF, errNoNewline, errLongLine and those of the reader.
func (l *lines) next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		l.long = l.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) && len(l.long) <= l.longest {
			l.long = append(l.long, line...)
			line, err = l.r.ReadSlice('\n')
		}
		l.long = append(l.long, line...)
		line = l.long
	}
	if err == io.EOF && len(line) == 0 {
		return nil, io.EOF
	}
	l.n++
	switch {
	case len(line) > l.longest+1:
		return nil, errLongLine
	case err == io.EOF:
		return nil, errNoNewline
	case err != nil:
		return nil, err
	}
	return line[:len(line)-1], nil
}
