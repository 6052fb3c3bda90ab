package ledger

import (
	"errors"
	"io"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// maxAside is how many proofs are kept for entries that may still come, out of
// order: enough to explain what happened, and bounded.
const maxAside = 1024

// proofWalk finds the proof of each entry in a file that has them in order.
type proofWalk struct {
	v     *verification
	lines *linesAhead[readProof] // nil when the file is missing, or at its end
	ahead *proofLine
	last  int64 // the highest number read
	want  int64 // the number looked for last
	aside map[int64]proofLine
	path  verifiedPath // of the last entry whose proof holds
}

// readProof is a line of the proofs, or why it is none.
type readProof struct {
	line proofLine
	err  error
}

// readProofs looks at each line of the proofs alone.
func readProofs(l *lines) *linesAhead[readProof] {
	var usual usualHashes // of the last line
	return readAhead(l, func(line []byte) (found readProof) {
		found.line, found.err = usual.parse(line)
		return found
	})
}

// check checks that the entry of this number, with this leaf hash, is in the
// log. It returns the entry's place in the log, or -1 when that is not proved;
// then it has said why.
func (p *proofWalk) check(seq int64, leaf tlog.Hash) (index int64) {
	report, cp := p.v.report, p.v.cp
	proof, found := p.find(seq)
	if !found {
		if p.v.files[proofsFile] != nil {
			report.add(seq, KindProof, "there is no proof for entry %d", seq)
		}
		return -1
	}
	if cp == nil {
		// Without a checkpoint the leaf hash still shows a careless change.
		if proof.Leaf != leaf {
			report.add(seq, KindChanged, "entry %d is not the one that was exported", seq)
		}
		return -1
	}
	var err error
	if !p.path.holds(*cp, proof.Index, leaf, proof.Hashes) {
		err = checkLeafHash(*cp, proof.Index, leaf, proof.Hashes)
	}
	switch {
	case err == nil && proof.Leaf == leaf:
		return proof.Index
	case err == nil:
		report.add(seq, KindProof, "the proof of entry %d names another leaf than the one it proves", seq)
		return proof.Index
	case proof.Leaf == leaf:
		report.add(seq, KindProof, "the proof of entry %d does not lead to the root of the checkpoint", seq)
	case checkLeafHash(*cp, proof.Index, proof.Leaf, proof.Hashes) == nil:
		report.add(seq, KindChanged, "entry %d was changed: the log holds another entry at its place", seq)
	default:
		report.add(seq, KindChanged, "entry %d is not in the log, or its proof was changed as well", seq)
	}
	return -1
}

// find returns the proof of an entry, reading on as far as it must.
func (p *proofWalk) find(seq int64) (proofLine, bool) {
	p.want = seq
	for {
		if proof, ok := p.aside[seq]; ok {
			delete(p.aside, seq)
			return proof, true
		}
		if p.ahead == nil {
			if p.read() {
				continue // reading may have set the wanted one aside
			}
			proof, ok := p.aside[seq]
			delete(p.aside, seq)
			return proof, ok
		}
		proof := *p.ahead
		if proof.Seq > seq {
			return proofLine{}, false // it is for a later entry
		}
		p.ahead = nil
		if proof.Seq == seq {
			return proof, true
		}
		if len(p.aside) < maxAside {
			p.aside[proof.Seq] = proof
		}
	}
}

// read reads the next proof that can be read into ahead. It returns false at
// the end.
func (p *proofWalk) read() bool {
	report := p.v.report
	for p.lines != nil {
		line := p.lines.next()
		err := line.err
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			p.lines = nil
			return false
		case errors.Is(err, errNoNewline):
			report.add(0, KindProof, "line %d of %s is incomplete", line.n, proofsFile)
			p.lines = nil
			return false
		case errors.Is(err, errLongLine):
			report.add(0, KindProof, "line %d of %s is longer than any proof: what follows was not read", line.n, proofsFile)
			p.lines = nil
			return false
		default:
			p.lines = nil // reported as damaged when the file is closed
			return false
		}
		proof, err := line.value.line, line.value.err
		if err != nil {
			report.add(0, KindProof, "line %d of %s is not a proof: %v", line.n, proofsFile, err)
			continue
		}
		if proof.Seq <= p.last {
			report.add(proof.Seq, KindReordered, "the proof of entry %d stands after that of entry %d", proof.Seq, p.last)
			if proof.Seq >= p.want && len(p.aside) < maxAside {
				p.aside[proof.Seq] = proof
			}
			continue
		}
		p.last = proof.Seq
		p.ahead = &proof
		return true
	}
	return false
}

// finish complains about proofs that no entry asked for, unless it is known why.
func (p *proofWalk) finish(explained func(seq int64) bool) {
	for _, seq := range slices.Sorted(maps.Keys(p.aside)) {
		p.unused(seq, explained)
	}
	for p.ahead != nil || p.read() {
		p.unused(p.ahead.Seq, explained)
		p.ahead = nil
	}
}

func (p *proofWalk) unused(seq int64, explained func(seq int64) bool) {
	if !explained(seq) {
		p.v.report.add(seq, KindProof, "there is a proof for entry %d, which needs none", seq)
	}
}
