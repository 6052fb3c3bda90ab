package web

import (
	"context"
	"sync"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// A page asks the parts behind it at most this often, and waits this long.
const (
	troubleEvery = 5 * time.Second
	troubleWait  = 1500 * time.Millisecond
)

// vendorTold says to who is signed in that a vendor's word waits; empty for none.
func (s *server) vendorTold(ctx context.Context, w wording.Words, user postgres.User) string {
	if user.Role == incident.RoleAdmin || user.Role == incident.RoleCounsel {
		return ""
	}
	first, err := s.Store.FirstDisclosureWaiting(ctx)
	if err != nil || first.IsZero() {
		return "" // a database that is away is told otherwise
	}
	return " " + w.T(wording.VendorWaits, w.At(first, placeElse(user, "UTC")))
}

// watch remembers which parts were away when they were last asked.
type watch struct {
	mu    sync.Mutex
	asked time.Time
	away  map[string]error
}

// trouble says what does not work although the record can be read: a reader
// must not trust in reminders that nobody sends. Empty when all is well.
func (s *server) trouble(ctx context.Context) string {
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	// The machine's own time: the clock of Config may stand still.
	if s.watch.asked.IsZero() || time.Since(s.watch.asked) > troubleEvery {
		asked, cancel := context.WithTimeout(context.WithoutCancel(ctx), troubleWait)
		defer cancel()
		s.watch.away, s.watch.asked = s.partsAway(asked, s.Ready), time.Now()
	}
	switch {
	case s.watch.away["engine"] != nil:
		return wording.TroubleEngine
	case s.watch.away["relay"] != nil:
		return wording.TroubleRelay
	default:
		return ""
	}
}
