package ledger

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// MaxTreeSize is the greatest number of entries a log may have. It keeps every
// size and index a number that JSON holds without loss, and keeps hostile sizes
// away from the tree arithmetic, which does not end near 2^63.
const MaxTreeSize = MaxInteger

// ErrTree is wrapped by every refusal to grow or read the tree.
var ErrTree = errors.New("ledger tree")

// Append computes what has to be stored when leaves are added, in order, to a
// log of the given size. A leaf is an entry's canonical bytes.
//
// hashes are to be stored at the consecutive positions from
// [FirstHash](size) on, in the same transaction as the leaves; root is the root
// of the tree of newSize entries. Nothing is stored by Append itself.
//
// reader reads the hashes stored so far. It is called at most once, for the at
// most 53 roots of complete subtrees, whatever the number of leaves; for an
// empty log it may be nil.
func Append(size int64, leaves [][]byte, reader tlog.HashReader) (newSize int64, hashes []tlog.Hash, root tlog.Hash, err error) {
	if size < 0 || size > MaxTreeSize-int64(len(leaves)) {
		return 0, nil, tlog.Hash{}, fmt.Errorf("%w: cannot append %d entries to a log of size %d", ErrTree, len(leaves), size)
	}
	grown := growing{base: FirstHash(size)}
	if size > 0 {
		if grown.edge, err = rightEdge(size, reader); err != nil {
			return 0, nil, tlog.Hash{}, err
		}
	}
	for i, leaf := range leaves {
		more, err := tlog.StoredHashes(size+int64(i), leaf, &grown)
		if err != nil {
			return 0, nil, tlog.Hash{}, fmt.Errorf("%w: append entry %d: %w", ErrTree, size+int64(i), err)
		}
		grown.hashes = append(grown.hashes, more...)
	}
	newSize = size + int64(len(leaves))
	root, err = tlog.TreeHash(newSize, &grown)
	if err != nil {
		return 0, nil, tlog.Hash{}, fmt.Errorf("%w: root of size %d: %w", ErrTree, newSize, err)
	}
	return newSize, grown.hashes, root, nil
}

// FirstHash returns the position at which the first hash of the next entry is
// stored when the log has size entries; it is also the number of hashes stored
// so far. size must be between 0 and [MaxTreeSize].
func FirstHash(size int64) int64 { return tlog.StoredHashCount(size) }

// Root returns the root of the tree over the first size entries, which may be
// fewer than the log has now. It reads from reader once.
func Root(size int64, reader tlog.HashReader) (tlog.Hash, error) {
	if size < 0 || size > MaxTreeSize {
		return tlog.Hash{}, fmt.Errorf("%w: there is no tree of size %d", ErrTree, size)
	}
	root, err := tlog.TreeHash(size, reader)
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("%w: root of size %d: %w", ErrTree, size, err)
	}
	return root, nil
}

// LeafHash returns the hash under which an entry's canonical bytes stand in the
// tree: SHA-256 of a zero byte and the bytes (RFC 6962, 2013, section 2.1).
func LeafHash(leaf []byte) tlog.Hash { return tlog.RecordHash(leaf) }

// rightEdge reads the roots of the complete subtrees that make up a tree of the
// given size. These are the only old hashes that growing it needs.
func rightEdge(size int64, reader tlog.HashReader) (map[int64]tlog.Hash, error) {
	if reader == nil {
		return nil, fmt.Errorf("%w: no reader for a log of size %d", ErrTree, size)
	}
	edge := make(map[int64]tlog.Hash)
	_, err := tlog.TreeHash(size, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			return nil, err
		}
		if len(hashes) != len(indexes) {
			return nil, fmt.Errorf("asked for %d hashes, got %d", len(indexes), len(hashes))
		}
		for i, index := range indexes {
			edge[index] = hashes[i]
		}
		return hashes, nil
	}))
	if err != nil {
		return nil, fmt.Errorf("%w: read the tree of size %d: %w", ErrTree, size, err)
	}
	return edge, nil
}

// growing is a tree during an append: the right edge of what was stored and all
// that was added since, so that later leaves of a batch see earlier ones.
type growing struct {
	base   int64               // position of hashes[0]
	edge   map[int64]tlog.Hash // stored before, by position
	hashes []tlog.Hash         // added by this append
}

// ReadHashes implements [tlog.HashReader].
func (g *growing) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if at := index - g.base; at >= 0 && at < int64(len(g.hashes)) {
			out[i] = g.hashes[at]
			continue
		}
		h, ok := g.edge[index]
		if !ok {
			return nil, fmt.Errorf("hash %d is not on the tree's right edge", index)
		}
		out[i] = h
	}
	return out, nil
}
