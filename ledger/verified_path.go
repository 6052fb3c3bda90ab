package ledger

import (
	"crypto/sha256"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// verifiedPath is the way from one entry to the checkpoint's root that was
// followed and holds, so that the next entry's proof needs to be followed only
// until it meets it: what lies above is the same and is compared. Entries stand
// in a log one after the other, so that is one step or two instead of twenty.
type verifiedPath struct {
	ranges  []span64    // from the whole log down to the entry
	nodes   []tlog.Hash // the hash of each range
	beside  []tlog.Hash // the hash of the other half of the range above; the first is not used
	size    int64
	root    tlog.Hash
	scratch struct {
		ranges        []span64
		nodes, beside []tlog.Hash
	}
}

// span64 is a run of entries of the log: from lo up to, but without, hi.
type span64 struct{ lo, hi int64 }

// holds tells that the proof leads from the leaf to the root. What it says no
// to is for [checkLeafHash] to judge.
func (p *verifiedPath) holds(cp Checkpoint, index int64, leaf tlog.Hash, proof []tlog.Hash) bool {
	if index < 0 || index >= cp.Size || cp.Size > MaxTreeSize {
		return false
	}
	s := &p.scratch
	s.ranges = append(s.ranges[:0], span64{0, cp.Size})
	for at := s.ranges[0]; at.hi-at.lo > 1; {
		half := int64(1) << (bits.Len64(uint64(at.hi-at.lo-1)) - 1) //nolint:gosec // a range is never empty
		if index < at.lo+half {
			at.hi = at.lo + half
		} else {
			at.lo += half
		}
		s.ranges = append(s.ranges, at)
	}
	depth := len(s.ranges) - 1
	if len(proof) != depth {
		return false
	}
	s.nodes, s.beside = resized(s.nodes, depth+1), resized(s.beside, depth+1)
	met := -1 // the last range that the path shares with the one before
	if p.size == cp.Size && p.root == cp.Root {
		for met+1 < len(p.ranges) && met < depth && p.ranges[met+1] == s.ranges[met+1] {
			met++
		}
	}
	s.nodes[depth] = leaf
	for k := depth; k >= 1; k-- {
		s.beside[k] = proof[depth-k]
		if met >= 0 && k <= met {
			// Shared: the halves beside it are known.
			if s.beside[k] != p.beside[k] {
				return false
			}
			continue
		}
		left, right := s.nodes[k], s.beside[k]
		if s.ranges[k].lo != s.ranges[k-1].lo {
			left, right = right, left
		}
		s.nodes[k-1] = joined(left, right)
	}
	switch {
	case met < 0:
		if s.nodes[0] != cp.Root {
			return false
		}
	case s.nodes[met] != p.nodes[met]:
		return false
	default:
		copy(s.nodes[:met], p.nodes[:met])
	}
	p.size, p.root = cp.Size, cp.Root
	p.ranges, s.ranges = s.ranges, p.ranges
	p.nodes, s.nodes = s.nodes, p.nodes
	p.beside, s.beside = s.beside, p.beside
	return true
}

func resized(list []tlog.Hash, n int) []tlog.Hash {
	if cap(list) < n {
		return make([]tlog.Hash, n, 2*n)
	}
	return list[:n]
}

// joined is the hash of a range from those of its halves (RFC 6962 of 2013,
// section 2.1), as tlog.NodeHash.
func joined(left, right tlog.Hash) tlog.Hash {
	var content [1 + 2*tlog.HashSize]byte
	content[0] = 1
	copy(content[1:], left[:])
	copy(content[1+tlog.HashSize:], right[:])
	return sha256.Sum256(content[:])
}
