package seen

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sort"
)

// blockEntries is how many entries are read at once.
const blockEntries = 128

// run is one sorted part of the file.
type run struct {
	start   int64    // where it begins, in bytes
	entries int      // how many it holds
	firsts  []uint64 // the high word of the first entry of each block
	filter  filter
}

// store is the temporary file with the runs.
type store struct {
	file  *os.File
	size  int64
	block [blockEntries * entryBytes]byte
	// buffer holds a part of a run on its way to the file.
	buffer []byte
}

// newStore opens a file that has no name any more.
func newStore() (_ *store, err error) {
	file, err := os.CreateTemp("", "tocsin-seen-")
	if err != nil {
		return nil, inFile(err)
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(inFile(err), file.Close())
	}
	return &store{file: file, buffer: make([]byte, 0, 1<<18)}, nil
}

// inFile names what failed, without the path.
func inFile(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err
	}
	return fmt.Errorf("a temporary file for what was seen: %w", err)
}

func (s *store) close() error {
	if err := s.file.Close(); err != nil {
		return inFile(err)
	}
	return nil
}

// write adds a run of sorted entries.
func (s *store) write(sorted []entry) (*run, error) {
	r := &run{start: s.size, entries: len(sorted), filter: newFilter(len(sorted)),
		firsts: make([]uint64, 0, (len(sorted)+blockEntries-1)/blockEntries)}
	for len(sorted) > 0 {
		part := sorted[:min(len(sorted), cap(s.buffer)/entryBytes/blockEntries*blockEntries)]
		sorted = sorted[len(part):]
		buffer := s.buffer[:0]
		for i := range part {
			e := &part[i]
			if i%blockEntries == 0 {
				r.firsts = append(r.firsts, e.high)
			}
			r.filter.add(e.low)
			buffer = binary.LittleEndian.AppendUint64(buffer, e.high)
			buffer = binary.LittleEndian.AppendUint64(buffer, e.low)
			buffer = binary.LittleEndian.AppendUint64(buffer, e.bits)
		}
		n, err := s.file.WriteAt(buffer, s.size)
		s.size += int64(n)
		if err != nil {
			return nil, inFile(err)
		}
	}
	return r, nil
}

// find looks for an entry of a run.
func (s *store) find(r *run, high, low uint64) (held uint64, known bool, err error) {
	// The block that begins before the entry; then those that begin with its
	// high word, if there are any.
	after, _ := slices.BinarySearch(r.firsts, high)
	for block := max(after-1, 0); block < after || block < len(r.firsts) && r.firsts[block] == high; block++ {
		held, known, err = s.findIn(r, block, high, low)
		if known || err != nil {
			break
		}
	}
	return held, known, err
}

// findIn looks for an entry in one block of a run.
func (s *store) findIn(r *run, block int, high, low uint64) (held uint64, known bool, err error) {
	from := block * blockEntries
	n := min(blockEntries, r.entries-from)
	bytes := s.block[:n*entryBytes]
	if _, err := s.file.ReadAt(bytes, r.start+int64(from)*entryBytes); err != nil {
		return 0, false, inFile(err)
	}
	at := func(i int) entry {
		b := bytes[i*entryBytes:]
		return entry{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:])}
	}
	i := sort.Search(n, func(i int) bool { e := at(i); return !e.before(high, low) })
	if i == n {
		return 0, false, nil
	}
	e := at(i)
	return e.bits, e.high == high && e.low == low, nil
}

// filter says of a hash that it is not in a run, or that it may be: a Bloom
// filter whose bits for one hash lie in one word.
type filter []uint64

// filterBits is how many bits a filter has per entry: about one hash in thirty
// that is not in the run passes.
const filterBits = 11

func newFilter(entries int) filter { return make(filter, entries*filterBits/64+1) }

// bits are where a hash stands: the word and the bits in it.
func (f filter) bits(low uint64) (word int, mask uint64) {
	word = int((low >> 32) * uint64(len(f)) >> 32)
	return word, 1<<(low&63) | 1<<(low>>6&63) | 1<<(low>>12&63) | 1<<(low>>18&63)
}

func (f filter) add(low uint64) {
	word, mask := f.bits(low)
	f[word] |= mask
}

func (f filter) mayHold(low uint64) bool {
	word, mask := f.bits(low)
	return f[word]&mask == mask
}
