package ledger

import (
	"bytes"
	"fmt"
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

// Memory is a log that lives in memory, for tests and for work without a
// database. The zero value is an empty log. It is safe for concurrent use.
type Memory struct {
	mu     sync.RWMutex
	leaves [][]byte
	hashes []tlog.Hash
}

// Append adds leaves in order and returns the log's new size and root.
func (m *Memory) Append(leaves ...[]byte) (size int64, root tlog.Hash, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	size, hashes, root, err := Append(int64(len(m.leaves)), leaves, tlog.HashReaderFunc(m.read))
	if err != nil {
		return 0, tlog.Hash{}, err
	}
	m.hashes = append(m.hashes, hashes...)
	for _, leaf := range leaves {
		m.leaves = append(m.leaves, bytes.Clone(leaf))
	}
	return size, root, nil
}

// Size returns the number of entries.
func (m *Memory) Size() int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return int64(len(m.leaves))
}

// Leaf returns a copy of the entry at index, which counts from 0; nil when the
// log has none there.
func (m *Memory) Leaf(index int64) []byte {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if index < 0 || index >= int64(len(m.leaves)) {
		return nil
	}
	return bytes.Clone(m.leaves[index])
}

// ReadHashes implements [tlog.HashReader].
func (m *Memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.read(indexes)
}

func (m *Memory) read(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(m.hashes)) {
			return nil, fmt.Errorf("%w: no hash is stored at %d", ErrTree, index)
		}
		out[i] = m.hashes[index]
	}
	return out, nil
}
