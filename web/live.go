package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

const (
	// keepAlive is how often a silent stream says that it lives, so that no proxy
	// between cuts it.
	keepAlive = 25 * time.Second
	// streamLength is after how long a stream is ended; the browser opens another,
	// and is asked again who it is.
	streamLength = 15 * time.Minute
	// streamsPerAccount and streamsInAll bound how many are open.
	streamsPerAccount = 12
	streamsInAll      = 2000
	// restPerPage and restPerList are how long a stream rests after it told of a
	// change: many changes in a row are told once.
	restPerPage = time.Second
	restPerList = 5 * time.Second
)

// Live tells pages that what they show has changed. One connection to the database
// hears for all of them; a stream of a page waits for it and costs nothing else.
type Live struct {
	store   *postgres.Store
	mu      sync.Mutex
	streams map[*stream]struct{}
	ended   bool
}

// stream is one page that waits.
type stream struct {
	account  string
	incident string        // empty for every incident
	changed  chan struct{} // of what the page shows
	asked    chan struct{} // accounts or sessions have changed
	over     chan struct{}
}

// NewLive makes one over a store. It hears nothing until [Live.Run].
func NewLive(store *postgres.Store) *Live {
	return &Live{store: store, streams: map[*stream]struct{}{}}
}

// Run hears what is recorded, by any process, until the context ends.
func (l *Live) Run(ctx context.Context) { l.store.Listen(ctx, l.heard) }

// Stop ends every stream, and lets no other begin: the server is about to stop.
func (l *Live) Stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.streams {
		close(s.over)
		delete(l.streams, s)
	}
	l.ended = true
}

// heard passes on that an incident has changed. An empty id means that anything may
// have.
func (l *Live) heard(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.streams {
		if id == "" || id == incident.InstallationID {
			nudge(s.asked)
		}
		if id == "" || id != incident.InstallationID && (s.incident == "" || s.incident == id) {
			nudge(s.changed)
		}
	}
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it knows already
	}
}

// open begins a stream; nil when there are too many, or the server is about to stop.
func (l *Live) open(account, id string) *stream {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || len(l.streams) >= streamsInAll {
		return nil
	}
	n := 0
	for s := range l.streams {
		if s.account == account {
			n++
		}
	}
	if n >= streamsPerAccount {
		return nil
	}
	s := &stream{account: account, incident: id, changed: make(chan struct{}, 1), asked: make(chan struct{}, 1), over: make(chan struct{})}
	l.streams[s] = struct{}{}
	return s
}

func (l *Live) close(s *stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.streams, s)
}

// registerLive adds the streams of pages.
func (s *server) registerLive(mux pageMux) {
	mux.HandleFunc("GET /live", s.serveLive(everyone(), restPerList))
	mux.HandleFunc("GET /live/{id}", s.serveLive(caseReaders(), restPerPage))
}

// serveLive sends server-sent events: "changed" whenever the page should be looked
// at again. It says nothing of what changed: the page asks for that as itself.
func (s *server) serveLive(roles []incident.Role, rest time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, err := s.authenticate(r)
		if err == nil && !mayRead(user, roles) {
			err = &incident.Error{Kind: incident.Forbidden, Message: "your role may not see this page"}
		}
		if err != nil {
			s.endStream(w, err)
			return
		}
		if s.Live == nil {
			w.WriteHeader(http.StatusNoContent) // tells the browser not to ask again
			return
		}
		here := s.Live.open(user.ID, r.PathValue("id"))
		if here == nil {
			http.Error(w, "too many pages are open", http.StatusTooManyRequests)
			return
		}
		defer s.Live.close(here)
		h := w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("X-Accel-Buffering", "no") // a proxy that gathers would tell too late
		flow := http.NewResponseController(w)
		tell := func(text string) bool {
			_, err := w.Write([]byte(text))
			return err == nil && flow.Flush() == nil
		}
		// A stream outlives what a page may take.
		if flow.SetWriteDeadline(time.Time{}) != nil || !tell("retry: 5000\n\n") {
			return
		}
		s.follow(r, here, roles, rest, tell)
	}
}

// follow sends events until the page is left, the session is over, the role may not
// see the page any more, or the server stops.
func (s *server) follow(r *http.Request, here *stream, roles []incident.Role, rest time.Duration, tell func(string) bool) {
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	over := time.NewTimer(streamLength)
	defer over.Stop()
	pause := time.NewTimer(rest)
	defer pause.Stop()
	resting, waiting := true, false
	change := func() bool {
		resting, waiting = true, false
		pause.Reset(rest)
		return tell("event: changed\ndata:\n\n")
	}
	for {
		goesOn := true
		select {
		case <-r.Context().Done():
			return
		case <-here.over:
			return
		case <-over.C:
			return
		case <-alive.C:
			goesOn = tell(":\n\n")
		case <-here.asked:
			user, err := s.authenticate(r)
			goesOn = err == nil && mayRead(user, roles)
		case <-here.changed:
			if waiting = true; !resting {
				goesOn = change()
			}
		case <-pause.C:
			if resting = false; waiting {
				goesOn = change()
			}
		}
		if !goesOn {
			return
		}
	}
}

// streamOf is the address of the stream of an incident, or of the list for an empty
// id; empty when there are none.
func (s *server) streamOf(id string) string {
	switch {
	case s.Live == nil:
		return ""
	case id == "":
		return "/live"
	default:
		return "/live/" + id
	}
}

func mayRead(user postgres.User, roles []incident.Role) bool {
	for _, role := range roles {
		if user.Role == role {
			return true
		}
	}
	return false
}

// endStream answers a stream that may not begin. A browser does not ask again after
// any of these.
func (s *server) endStream(w http.ResponseWriter, err error) {
	told := explain(err)
	if told.Kind == incident.Unavailable {
		http.Error(w, "not available just now", http.StatusServiceUnavailable)
		return
	}
	http.Error(w, "this page is not yours to follow", statusOf(told.Kind))
}
