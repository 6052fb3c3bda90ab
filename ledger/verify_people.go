package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// mailingFinishedType is the type of the event that says what became of a round:
// its data name the root over all outcomes.
const mailingFinishedType = "mailing_finished"

// maxRounds is how many rounds of an incident are looked at.
const maxRounds = 10_000

// PeopleReport is what a bundle says of the people's data in it.
type PeopleReport struct {
	// People is how many people it names, and Deliveries how many outcomes of
	// notices it holds.
	People     int64 `json:"people"`
	Deliveries int64 `json:"deliveries"`
	// By is the role of who chose that they travel, and Reason why.
	By     string `json:"by"`
	Reason string `json:"reason"`
	// ErasedAt is when the people were erased, RFC 3339; empty while they were not.
	ErasedAt string `json:"erased_at,omitempty"`
	// Proven are the rounds whose root in the record was computed again from their
	// deliveries, and Open those that have no root there: they had not finished.
	Proven []int `json:"rounds_proven"`
	Open   []int `json:"rounds_without_root"`
}

// rootOfRound notes what an entry says of the root of a round.
func (v *verification) rootOfRound(data json.RawMessage) {
	var finished struct {
		Round int    `json:"round"`
		Root  string `json:"root"`
	}
	if json.Unmarshal(data, &finished) != nil || finished.Root == "" {
		return
	}
	if v.roots == nil {
		v.roots = map[int]string{}
	}
	if _, known := v.roots[finished.Round]; known || len(v.roots) < maxRounds {
		v.roots[finished.Round] = finished.Root
	}
}

// readPeople reads the files of people line by line.
func (v *verification) readPeople() {
	if v.manifest == nil || v.manifest.People == nil {
		return
	}
	p := v.manifest.People
	v.report.People = &PeopleReport{By: p.By, Reason: p.Reason, ErasedAt: p.ErasedAt, Proven: []int{}, Open: []int{}}
	salts := make([]string, 0, len(p.Files))
	for _, f := range p.Files {
		w := peopleWalk{v: v, file: f, digest: sha256.New()}
		c, ok := v.content(peopleDir + f.Name)
		if !ok {
			continue
		}
		w.walk(newLines(io.TeeReader(c, w.digest), maxPersonBytes))
		w.round()
		if !v.drain(c, w.digest) {
			continue
		}
		if c.n != f.Size || hex.EncodeToString(w.digest.Sum(nil)) != f.SHA256 {
			v.report.add(0, KindPeople, "the content of %s%s is not the listed one", peopleDir, f.Name)
		}
		if w.lines != f.Lines {
			v.report.add(0, KindPeople, "%s%s has %d lines, %d are listed", peopleDir, f.Name, w.lines, f.Lines)
		}
		salts = append(salts, w.head.Salt)
		if f.Name == DeliveriesFileName {
			v.report.People.Deliveries = max(0, w.lines-1)
			w.missing()
		} else {
			v.report.People.People = max(0, w.lines-1)
		}
	}
	if len(salts) == 2 && salts[0] != salts[1] {
		v.report.add(0, KindPeople, "the files of people are of two bundles")
	}
}

// peopleWalk reads one of the files.
type peopleWalk struct {
	v      *verification
	file   PeopleFile
	digest interface {
		io.Writer
		Sum(b []byte) []byte
	}
	head  peopleHead
	lines int64

	of      int          // the round whose deliveries are read, 0 for none yet
	tree    OutcomeTree  // over them
	unclear bool         // one of them could not be read
	seen    map[int]bool // the rounds so far
}

func (w *peopleWalk) walk(lines *lines) {
	for {
		line, err := lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.Is(err, errNoNewline), errors.Is(err, errLongLine):
			w.wrong("line %d is incomplete or too long: what follows was not read", lines.n)
			return
		case err != nil:
			return // reported as damaged when the file is closed
		}
		w.lines++
		switch {
		case w.lines == 1:
			w.first(line)
		case w.file.Name == DeliveriesFileName:
			w.delivery(line)
		default:
			w.person(line)
		}
	}
}

func (w *peopleWalk) wrong(format string, args ...any) {
	w.unclear = true
	w.v.report.add(0, KindPeople, "%s%s: %s", peopleDir, w.file.Name, fmt.Sprintf(format, args...))
}

func (w *peopleWalk) first(line []byte) {
	if err := readPeopleLine(line, &w.head); err != nil {
		w.wrong("line 1: %v", err)
		return
	}
	if w.head.File != w.file.Name || w.head.Format != peopleFormat || w.head.Incident != w.v.manifest.Incident {
		w.wrong("it is not this file of this incident")
	}
}

func (w *peopleWalk) person(line []byte) {
	var p PersonLine
	if err := readPeopleLine(line, &p); err != nil {
		w.wrong("line %d, person %d: %v", w.lines, numberIn(line), err)
	}
}

func (w *peopleWalk) delivery(line []byte) {
	var d DeliveryLine
	err := readPeopleLine(line, &d)
	if err != nil {
		w.wrong("line %d, the notice to person %d: %v", w.lines, numberIn(line), err)
		return
	}
	if d.Round != w.of {
		w.round()
		if d.Round < w.of {
			w.wrong("line %d: round %d stands after round %d", w.lines, d.Round, w.of)
		}
		w.of, w.tree, w.unclear = d.Round, OutcomeTree{}, false
	}
	o, err := d.outcome()
	if err != nil {
		w.wrong("line %d, the notice to person %d: %v", w.lines, d.Person, err)
		return
	}
	w.tree.Add(o)
}

// round holds the round that ends here against the record.
func (w *peopleWalk) round() {
	if w.of == 0 {
		return
	}
	if w.seen == nil {
		w.seen = map[int]bool{}
	}
	if len(w.seen) < maxRounds {
		w.seen[w.of] = true
	}
	report := w.v.report.People
	root := w.tree.Root()
	switch recorded, known := w.v.roots[w.of]; {
	case !known:
		report.Open = append(report.Open, w.of)
		w.v.report.warn("round %d had not finished: the record has no root over its deliveries", w.of)
	case recorded != hex.EncodeToString(root[:]):
		w.v.report.add(0, KindPeople, "the deliveries of round %d do not lead to the root in the record%s", w.of, w.because())
	default:
		report.Proven = append(report.Proven, w.of)
	}
}

func (w *peopleWalk) because() string {
	if w.unclear {
		return ", since a line of them was changed"
	}
	return ""
}

// missing names the rounds that the record knows and the file does not.
func (w *peopleWalk) missing() {
	var none OutcomeTree
	nobody := none.Root()
	rounds := make([]int, 0, len(w.v.roots))
	for n := range w.v.roots {
		rounds = append(rounds, n)
	}
	slices.Sort(rounds)
	for _, n := range rounds {
		if !w.seen[n] && w.v.roots[n] != hex.EncodeToString(nobody[:]) {
			w.v.report.add(0, KindPeople, "the deliveries of round %d are missing", n)
		}
	}
}

// numberIn is the person that a line names which does not fit its check: what it
// says is worth no more than to be found by.
func numberIn(line []byte) int64 {
	var p struct {
		Person int64 `json:"person"`
	}
	if json.Unmarshal(line, &p) != nil {
		return 0
	}
	return p.Person
}
