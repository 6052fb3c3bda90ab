package seen

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Hash is 128 bits that stand for one thing.
type Hash [16]byte

// MaxBits is the greatest value of the bits that are remembered for a hash.
const MaxBits = 1<<63 - 1

// TableBytes is the greatest size of a set's table. A further run of the file
// holds what fitted into it.
const TableBytes = tableSlots * entryBytes

const (
	// tableSlots is the greatest number of places in the table, a power of two.
	tableSlots = 1 << 20
	// firstSlots is the number with which a table begins.
	firstSlots = 1 << 10
	// entryBytes is the size of an entry, in the table and in the file.
	entryBytes = 24
	// spill are places behind the last one, for entries whose own is taken.
	spill = 1 << 10
	// taken marks a place that is in use.
	taken = 1 << 63
)

// entry is a hash, enciphered, with its bits.
type entry struct {
	high, low uint64
	bits      uint64 // with taken; 0 for a free place
}

// before orders entries as runs are sorted.
func (e *entry) before(high, low uint64) bool { return e.high < high || e.high == high && e.low < low }

// Set remembers hashes. It is for one goroutine at a time. Make one with
// [New], and Close it.
type Set struct {
	// slots is the table, in the order of the hashes but for neighbours: the
	// place of an entry is where its highest bits point, or the next free one.
	slots []entry
	shift int // how many bits of high do not choose the place
	count int // places in use
	limit int // the greatest length of the table, without spill
	runs  []*run
	store *store
	block cipher.Block
	text  [aes.BlockSize]byte
}

// New makes an empty set.
func New() *Set { return newSet(tableSlots) }

// newSet makes a set whose table has at most so many places, a power of two.
func newSet(limit int) *Set {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails, by its documentation
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // only for a key of another length
	}
	s := &Set{limit: limit, block: block}
	s.make(min(firstSlots, limit))
	return s
}

func (s *Set) make(places int) {
	s.slots = make([]entry, places+spill)
	s.shift, s.count = 64-bits.TrailingZeros(uint(places)), 0
}

// Add remembers bits of a hash, beside those it has, and returns the bits that
// it had before, and whether it was met before. Bits are 0 to [MaxBits]. It
// fails when the temporary file does; then the set is of no use any more.
func (s *Set) Add(h Hash, add uint64) (before uint64, known bool, err error) {
	high, low := s.encipher(h)
	at, known := s.place(high, low)
	if known {
		place := &s.slots[at]
		before = place.bits &^ taken
		place.bits |= add
		return before, true, nil
	}
	if len(s.runs) > 0 {
		if before, known, err = s.away(high, low); err != nil {
			return 0, false, err
		}
		if known && before|add == before {
			return before, true, nil
		}
	}
	// The newer entry goes before an older one in a run.
	if at < 0 || s.count >= s.fill() {
		if err := s.widen(); err != nil {
			return 0, false, err
		}
		at, _ = s.place(high, low)
	}
	s.slots[at] = entry{high: high, low: low, bits: before | add | taken}
	s.count++
	return before, known, nil
}

// Find returns the bits of a hash and whether it was met before.
func (s *Set) Find(h Hash) (held uint64, known bool, err error) {
	high, low := s.encipher(h)
	if at, known := s.place(high, low); known {
		return s.slots[at].bits &^ taken, true, nil
	}
	return s.away(high, low)
}

// Empty says whether nothing was added yet.
func (s *Set) Empty() bool { return s.count == 0 && len(s.runs) == 0 }

// Close frees the temporary file, if there is one.
func (s *Set) Close() error {
	s.slots, s.runs = nil, nil
	if s.store == nil {
		return nil
	}
	err := s.store.close()
	s.store = nil
	return err
}

func (s *Set) encipher(h Hash) (high, low uint64) {
	s.text = h
	s.block.Encrypt(s.text[:], s.text[:])
	return binary.BigEndian.Uint64(s.text[:8]), binary.BigEndian.Uint64(s.text[8:])
}

// place returns where an entry is, or the free place where it belongs; -1 when
// there is none.
func (s *Set) place(high, low uint64) (at int, known bool) {
	slots := s.slots
	for i := int(high >> s.shift); i < len(slots); i++ {
		e := &slots[i]
		if e.bits == 0 {
			return i, false
		}
		if e.high == high && e.low == low {
			return i, true
		}
	}
	return -1, false
}

// fill is how many places may be in use: five of eight.
func (s *Set) fill() int { return (len(s.slots) - spill) / 8 * 5 }

// widen doubles the table, or puts its content away when it is as large as it
// may be.
func (s *Set) widen() error {
	places := len(s.slots) - spill
	if places >= s.limit {
		return s.putAway()
	}
	old := s.slots
	for {
		places *= 2
		s.make(places)
		if s.refill(old) {
			return nil
		}
	}
}

// refill puts entries into an empty table; false when they do not fit.
func (s *Set) refill(old []entry) bool {
	for i := range old {
		if old[i].bits == 0 {
			continue
		}
		at, _ := s.place(old[i].high, old[i].low)
		if at < 0 {
			return false
		}
		s.slots[at] = old[i]
		s.count++
	}
	return true
}

// putAway writes the content of the table as a run and empties it.
func (s *Set) putAway() error {
	if s.store == nil {
		var err error
		if s.store, err = newStore(); err != nil {
			return err
		}
	}
	sorted := s.sorted()
	next, err := s.store.write(sorted)
	if err != nil {
		return fmt.Errorf("put hashes away: %w", err)
	}
	s.runs = append(s.runs, next)
	clear(s.slots)
	s.count = 0
	return nil
}

// sorted moves the entries to the front of the table, in their order. Each is
// near its place already, so that it moves past few others.
func (s *Set) sorted() []entry {
	out := s.slots[:0]
	for _, e := range s.slots {
		if e.bits == 0 {
			continue
		}
		at := len(out)
		out = append(out, e)
		for ; at > 0 && e.before(out[at-1].high, out[at-1].low); at-- {
			out[at] = out[at-1]
		}
		out[at] = e
	}
	return out
}

// away looks for an entry in the runs, the newest first.
func (s *Set) away(high, low uint64) (held uint64, known bool, err error) {
	for i := len(s.runs) - 1; i >= 0; i-- {
		r := s.runs[i]
		if !r.filter.mayHold(low) {
			continue
		}
		held, known, err = s.store.find(r, high, low)
		if known || err != nil {
			return held &^ taken, known, err
		}
	}
	return 0, false, nil
}
