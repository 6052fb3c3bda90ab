package web

import (
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"

	"tocsin/incident"
	"tocsin/web/wording"
)

// Limits of wrong guesses within failureWindow.
const (
	failureWindow      = 15 * time.Minute
	passwordsPerPair   = 5   // for one address of mail from one network address
	passwordsPerOrigin = 100 // from one network address
	codesPerOrigin     = 30  // people mistype, and many share an address
	questionsPerOrigin = 300 // an office signs in behind one address
	calendarsPerOrigin = 100 // programs ask again and again at an address that ended
	resetsPerPair      = 3   // for one address of mail from one network address
	resetsPerOrigin    = 30  // people share an address
	opensPerPair       = 30  // of one link for counsel from one network address
	linksPerOrigin     = 50  // people open an old link again and again
	knocksPerOrigin    = 30  // links of vendors that open nothing
	toldPerLink        = 10  // attempts to tell something through one link from one network address
	toldPerOrigin      = 20  // and through any
	failuresRemember   = 60_000
)

// failures counts wrong passwords or codes, so that they cannot be guessed. It
// keeps hashes, not addresses. A person is locked out from where the guesses
// come only, so that nobody can lock out the DPO from elsewhere.
type failures struct {
	clock     func() time.Time
	perPair   int // for one subject from one origin
	perOrigin int // from one origin
	remembers int // how many counts are kept

	mu   sync.Mutex
	seen map[[16]byte]*count
}

// count is when the last guesses of one kind were made, and how many of them shut.
type count struct {
	limit int
	at    []int64 // Unix time in nanoseconds, the oldest first; at most limit
}

func newFailures(clock func() time.Time, perPair, perOrigin int) *failures {
	return &failures{clock: clock, perPair: perPair, perOrigin: perOrigin, remembers: failuresRemember, seen: map[[16]byte]*count{}}
}

func failureKey(parts ...string) [16]byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return [16]byte(h.Sum(nil)[:16])
}

// kept is a count under its key.
type kept struct {
	key   [16]byte
	limit int
}

// kinds are the counts to which a guess belongs. Whoever has an IPv6 network has many
// of the /64 that are origins: households are given a /56 and organisations a /48, so
// that these count too, and shut after more, since others may be in them.
func (f *failures) kinds(subject, origin string) []kept {
	list := []kept{{failureKey(subject, origin), f.perPair}, {failureKey(origin), f.perOrigin}}
	if network, err := netip.ParsePrefix(origin); err == nil {
		for _, wider := range []struct{ bits, times int }{{56, 2}, {48, 8}} {
			if around, err := network.Addr().Prefix(wider.bits); err == nil {
				text := around.String()
				list = append(list, kept{failureKey(subject, text), f.perPair * wider.times}, kept{failureKey(text), f.perOrigin * wider.times})
			}
		}
	}
	return list
}

// wait says how long guessing at a subject, such as an account's address, stays
// shut for an origin; 0 for not at all.
func (f *failures) wait(subject, origin string) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.left(f.kinds(subject, origin))
}

func (f *failures) left(kinds []kept) time.Duration {
	longest := time.Duration(0)
	for _, k := range kinds {
		if one := f.seen[k.key]; one != nil && f.full(one) {
			longest = max(longest, failureWindow-time.Duration(f.clock().UnixNano()-one.at[0]))
		}
	}
	return longest
}

// full drops what has passed, and says whether a count shuts.
func (f *failures) full(one *count) bool {
	since := f.clock().Add(-failureWindow).UnixNano()
	for len(one.at) > 0 && one.at[0] <= since {
		one.at = one.at[1:]
	}
	return len(one.at) >= one.limit
}

// take counts a guess before it is made, so that of many at once no more are made
// than of many in a row. It says for how long guessing is shut, else 0: then the guess
// may be made, and [failures.right] or [failures.back] is told when it was not wrong.
func (f *failures) take(subject, origin string) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	kinds := f.kinds(subject, origin)
	if left := f.left(kinds); left > 0 {
		return left
	}
	f.count(kinds)
	return 0
}

// add counts a wrong guess.
func (f *failures) add(subject, origin string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count(f.kinds(subject, origin))
}

func (f *failures) count(kinds []kept) {
	f.makeRoom()
	now := f.clock().UnixNano()
	for _, k := range kinds {
		one := f.seen[k.key]
		if one == nil {
			one = &count{limit: k.limit}
			f.seen[k.key] = one
		}
		one.at = append(one.at, now)
		one.at = one.at[max(0, len(one.at)-one.limit):]
	}
}

// makeRoom bounds the memory. Counts that shut are kept as long as others can go, so
// that nobody opens a door again by knocking at ten thousand others.
func (f *failures) makeRoom() {
	if len(f.seen) < f.remembers {
		return
	}
	room := f.remembers * 3 / 4
	for key, one := range f.seen {
		if f.full(one); len(one.at) == 0 {
			delete(f.seen, key)
		}
	}
	for _, alsoFull := range []bool{false, true} {
		for key, one := range f.seen {
			if len(f.seen) <= room {
				return
			}
			if alsoFull || !f.full(one) {
				delete(f.seen, key)
			}
		}
	}
}

// back takes back a guess that was none, such as one that a fault ended.
func (f *failures) back(subject, origin string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lessOne(f.kinds(subject, origin))
}

func (f *failures) lessOne(kinds []kept) {
	for _, k := range kinds {
		if one := f.seen[k.key]; one != nil && len(one.at) > 0 {
			one.at = one.at[:len(one.at)-1]
		}
	}
}

// right takes back a guess that was right, and starts the count of the subject from
// this origin anew.
func (f *failures) right(subject, origin string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lessOne(f.kinds(subject, origin))
	delete(f.seen, failureKey(subject, origin))
}

// tooMany says in a reader's words how long guessing stays shut; empty for 0.
func tooMany(w wording.Words, wait time.Duration) string {
	if wait == 0 {
		return ""
	}
	return w.T("Too many failed attempts. Try again in %s.", wait.Round(time.Second).String())
}

// guess makes one guess unless guessing is shut. A guess that fails as
// [incident.Invalid] counts, and a right one starts the count anew.
func (f *failures) guess(w wording.Words, subject, origin string, try func() error) error {
	if text := tooMany(w, f.take(subject, origin)); text != "" {
		return &incident.Error{Kind: incident.Conflict, Message: text}
	}
	err := try()
	switch {
	case err == nil:
		f.right(subject, origin)
	case incident.KindOf(err) != incident.Invalid:
		f.back(subject, origin)
	}
	return err
}
