package web

import (
	"crypto/sha256"
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
	failuresRemember   = 20_000
)

// failures counts wrong passwords or codes, so that they cannot be guessed. It
// keeps hashes, not addresses. A person is locked out from where the guesses
// come only, so that nobody can lock out the DPO from elsewhere.
type failures struct {
	clock     func() time.Time
	perPair   int // for one subject from one origin
	perOrigin int // from one origin

	mu   sync.Mutex
	seen map[[16]byte][]time.Time
}

func newFailures(clock func() time.Time, perPair, perOrigin int) *failures {
	return &failures{clock: clock, perPair: perPair, perOrigin: perOrigin, seen: map[[16]byte][]time.Time{}}
}

func failureKey(parts ...string) [16]byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return [16]byte(h.Sum(nil)[:16])
}

// wait says how long guessing at a subject, such as an account's address, stays
// shut for an origin; 0 for not at all.
func (f *failures) wait(subject, origin string) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return max(
		f.left(failureKey(subject, origin), f.perPair),
		f.left(failureKey(origin), f.perOrigin),
	)
}

func (f *failures) left(key [16]byte, limit int) time.Duration {
	recent := f.recent(key)
	if len(recent) < limit {
		return 0
	}
	return recent[len(recent)-limit].Add(failureWindow).Sub(f.clock())
}

// recent drops what has passed.
func (f *failures) recent(key [16]byte) []time.Time {
	list := f.seen[key]
	since := f.clock().Add(-failureWindow)
	for len(list) > 0 && !list[0].After(since) {
		list = list[1:]
	}
	if len(list) == 0 {
		delete(f.seen, key)
		return nil
	}
	f.seen[key] = list
	return list
}

// add counts a wrong guess.
func (f *failures) add(subject, origin string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.seen) >= failuresRemember {
		for key := range f.seen {
			f.recent(key)
		}
	}
	if len(f.seen) >= failuresRemember {
		clear(f.seen) // bounded memory goes before a perfect count
	}
	for key, limit := range map[[16]byte]int{
		failureKey(subject, origin): f.perPair, failureKey(origin): f.perOrigin,
	} {
		list := append(f.recent(key), f.clock())
		f.seen[key] = list[max(0, len(list)-limit):]
	}
}

// shut says in a reader's words that guessing is shut and for how long; empty
// when a guess may be made.
func (f *failures) shut(w wording.Words, subject, origin string) string {
	wait := f.wait(subject, origin)
	if wait == 0 {
		return ""
	}
	return w.T("Too many failed attempts. Try again in %s.", wait.Round(time.Second).String())
}

// guess makes one guess unless guessing is shut. A guess that fails as
// [incident.Invalid] counts, and a right one starts the count anew.
func (f *failures) guess(w wording.Words, subject, origin string, try func() error) error {
	if text := f.shut(w, subject, origin); text != "" {
		return &incident.Error{Kind: incident.Conflict, Message: text}
	}
	err := try()
	switch {
	case err == nil:
		f.forget(subject, origin)
	case incident.KindOf(err) == incident.Invalid:
		f.add(subject, origin)
	}
	return err
}

// forget starts the count of a subject anew, after a right guess.
func (f *failures) forget(subject, origin string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.seen, failureKey(subject, origin))
}
