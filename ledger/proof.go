package ledger

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrProof is wrapped when a proof cannot be made or does not hold.
var ErrProof = errors.New("ledger proof")

// ProveInclusion returns the hashes that lead from the entry at index (from 0)
// to the root of the tree of the given size. It reads from reader once.
func ProveInclusion(size, index int64, reader tlog.HashReader) ([]tlog.Hash, error) {
	proofs, err := proveEach(size, []int64{index}, reader)
	if err != nil {
		return nil, err
	}
	return proofs[0], nil
}

// CheckInclusion reports, as nil or an error that wraps [ErrProof], whether
// proof shows that the tree of cp holds leaf, an entry's canonical bytes, at
// index (from 0).
func CheckInclusion(cp Checkpoint, index int64, leaf []byte, proof []tlog.Hash) error {
	return checkLeafHash(cp, index, LeafHash(leaf), proof)
}

func checkLeafHash(cp Checkpoint, index int64, leaf tlog.Hash, proof []tlog.Hash) error {
	if index < 0 || index >= cp.Size || cp.Size > MaxTreeSize {
		return fmt.Errorf("%w: a tree of size %d has no entry at %d", ErrProof, cp.Size, index)
	}
	if err := tlog.CheckRecord(proof, cp.Size, cp.Root, index, leaf); err != nil {
		return fmt.Errorf("%w: entry at %d, tree of size %d: %w", ErrProof, index, cp.Size, err)
	}
	return nil
}

// ProveConsistency returns the hashes which show that the tree of size older is
// the beginning of the tree of size newer. Sizes may be equal, and older may be
// 0: then there is nothing to show and the proof is empty.
func ProveConsistency(older, newer int64, reader tlog.HashReader) ([]tlog.Hash, error) {
	if older < 0 || newer < older || newer > MaxTreeSize {
		return nil, fmt.Errorf("%w: no proof leads from size %d to size %d", ErrProof, older, newer)
	}
	if older == 0 {
		return []tlog.Hash{}, nil
	}
	proof, err := tlog.ProveTree(newer, older, reader)
	if err != nil {
		return nil, fmt.Errorf("%w: from size %d to size %d: %w", ErrProof, older, newer, err)
	}
	return proof, nil
}

// CheckConsistency reports, as nil or an error that wraps [ErrProof], whether
// proof shows that the log of the older checkpoint is the beginning of the log
// of the newer one: nothing was changed or removed in between.
func CheckConsistency(older, newer Checkpoint, proof []tlog.Hash) error {
	if older.Size < 0 || newer.Size < older.Size || newer.Size > MaxTreeSize {
		return fmt.Errorf("%w: size %d is not a beginning of size %d", ErrProof, older.Size, newer.Size)
	}
	if older.Size == 0 {
		empty, err := tlog.TreeHash(0, nil)
		if err != nil || older.Root != empty || len(proof) != 0 {
			return fmt.Errorf("%w: the older checkpoint is not that of an empty log", ErrProof)
		}
		return nil
	}
	if err := tlog.CheckTree(proof, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return fmt.Errorf("%w: from size %d to size %d: %w", ErrProof, older.Size, newer.Size, err)
	}
	return nil
}

// proveEach proves the inclusion of many entries with one read. tlog computes
// the positions a proof needs and reads them itself, so each proof is computed
// twice: once to learn the positions, once with the hashes at hand.
func proveEach(size int64, indexes []int64, reader tlog.HashReader) ([]tlog.RecordProof, error) {
	if size > MaxTreeSize {
		return nil, fmt.Errorf("%w: there is no tree of size %d", ErrProof, size)
	}
	var positions []int64
	place := make(map[int64]int)
	learn := tlog.HashReaderFunc(func(need []int64) ([]tlog.Hash, error) {
		for _, p := range need {
			if _, known := place[p]; !known {
				place[p] = len(positions)
				positions = append(positions, p)
			}
		}
		return make([]tlog.Hash, len(need)), nil
	})
	for _, index := range indexes {
		if _, err := tlog.ProveRecord(size, index, learn); err != nil {
			return nil, fmt.Errorf("%w: a tree of size %d has no entry at %d", ErrProof, size, index)
		}
	}
	var hashes []tlog.Hash
	if len(positions) > 0 {
		var err error
		if hashes, err = reader.ReadHashes(positions); err != nil {
			return nil, fmt.Errorf("%w: read the tree of size %d: %w", ErrProof, size, err)
		}
		if len(hashes) != len(positions) {
			return nil, fmt.Errorf("%w: asked for %d hashes, got %d", ErrProof, len(positions), len(hashes))
		}
	}
	recall := tlog.HashReaderFunc(func(need []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(need))
		for i, p := range need {
			out[i] = hashes[place[p]]
		}
		return out, nil
	})
	proofs := make([]tlog.RecordProof, len(indexes))
	for i, index := range indexes {
		proof, err := tlog.ProveRecord(size, index, recall)
		if err != nil {
			return nil, fmt.Errorf("%w: entry at %d, tree of size %d: %w", ErrProof, index, size, err)
		}
		proofs[i] = proof
	}
	return proofs, nil
}
