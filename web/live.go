package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
)

const (
	// keepAlive is how often a silent stream says that it lives, so that no proxy
	// between cuts it.
	keepAlive = 25 * time.Second
	// askedEvery is after how long whoever follows a silent stream is asked again who
	// they are: a session or a link may have come to its end without a word.
	askedEvery = 5 * time.Minute
	// streamsPerAccount and streamsInAll bound how many are open.
	streamsPerAccount = 12
	streamsInAll      = 2000
	// restPerPage and restPerList are how long a stream rests after it told of a
	// change: many changes in a row are told once.
	restPerPage = time.Second
	restPerList = 5 * time.Second
	// casesRemembered bounds of how many cases is known when they changed.
	casesRemembered = 10_000
)

// The events of a stream. Each says that there is something to ask for, and nothing
// of what it is: the page asks for that as itself.
const (
	// liveChanged: what the page shows has changed.
	liveChanged = "changed"
	// liveProgress: the notices of a round have gone on.
	liveProgress = "progress"
	// liveOver: whoever follows may not any more; the browser is not to ask again.
	liveOver = "over"
)

// Live tells pages that what they show has changed. One connection to the database
// hears for all of them; a stream of a page waits for it and costs nothing else.
type Live struct {
	store   *postgres.Store
	born    string // tells the counts of this process from those of others
	mu      sync.Mutex
	streams map[*stream]struct{}
	ended   bool
	// heardOf counts changes, latest says which was the last of a case, and missed
	// which one may have been of any case.
	heardOf uint64
	latest  map[string]uint64
	missed  uint64
}

// stream is one page that waits.
type stream struct {
	account  string
	incident string        // empty for every incident
	changed  chan struct{} // of what the page shows
	goesOn   chan struct{} // notices are being sent
	asked    chan struct{} // accounts or sessions have changed
	over     chan struct{}
	// mark is up to which change the page is known to be true; empty when it is to be
	// asked for again.
	mark string
}

// NewLive makes one over a store. It hears nothing until [Live.Run].
func NewLive(store *postgres.Store) *Live {
	return &Live{store: store, born: rand.Text(), streams: map[*stream]struct{}{}, latest: map[string]uint64{}}
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

// heard passes on what was told. No incident means that anything may have changed.
func (l *Live) heard(told postgres.Heard) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := told.Incident
	if !told.Progress {
		l.remember(id)
	}
	for s := range l.streams {
		concerned := id != incident.InstallationID && (id == "" || s.incident == "" || s.incident == id)
		switch {
		case told.Progress:
			if s.incident == id {
				nudge(s.goesOn)
			}
			continue
		case concerned:
			nudge(s.changed)
		}
		if id == "" || id == incident.InstallationID {
			nudge(s.asked)
		}
	}
}

// remember counts a change.
func (l *Live) remember(id string) {
	l.heardOf++
	switch {
	case id == "" || len(l.latest) >= casesRemembered:
		l.missed = l.heardOf
		clear(l.latest)
	case id != incident.InstallationID:
		l.latest[id] = l.heardOf
		l.latest[""] = l.heardOf
	}
}

// mark says up to which change a page is true whose reading begins now. A stream
// that is opened with it is told at once what was recorded since, and nothing is
// lost between the page and its stream, or while the stream was away.
func (l *Live) mark() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.markNow()
}

func (l *Live) markNow() string { return l.born + "." + strconv.FormatUint(l.heardOf, 10) }

// since says whether an incident, or any for an empty id, may have changed since a
// mark. A mark of another process says nothing here.
func (l *Live) since(mark, id string) bool {
	born, count, _ := strings.Cut(mark, ".")
	n, err := strconv.ParseUint(count, 10, 64)
	return born != l.born || err != nil || max(l.latest[id], l.missed) > n
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it knows already
	}
}

// open begins a stream of a page that is true up to a mark, empty for a page that
// was not read before; nil when there are too many, or the server is about to stop.
func (l *Live) open(account, id, mark string) *stream {
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
	s := &stream{account: account, incident: id, over: make(chan struct{}), mark: l.markNow()}
	for _, c := range []*chan struct{}{&s.changed, &s.goesOn, &s.asked} {
		*c = make(chan struct{}, 1)
	}
	if mark != "" && l.since(mark, id) {
		s.mark = ""
		nudge(s.changed)
	}
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

// follower gives who follows a stream: an account whose role may see the page, or
// outside counsel, for the case of their link.
func (s *server) follower(r *http.Request, roles []incident.Role) (postgres.User, error) {
	user, err := s.authenticate(r)
	if err != nil && incident.KindOf(err) == incident.Unauthenticated && r.Header.Get("Authorization") == "" {
		if reader, id, err := s.counsel(r); err == nil && id == r.PathValue("id") {
			return reader, nil
		}
	}
	if err == nil && !mayRead(user, roles) {
		err = &incident.Error{Kind: incident.Forbidden, Message: "your role may not see this page"}
	}
	return user, err
}

// serveLive sends server-sent events to an open page.
func (s *server) serveLive(roles []incident.Role, rest time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, err := s.follower(r, roles)
		if err != nil {
			s.endStream(w, err)
			return
		}
		if s.Live == nil {
			w.WriteHeader(http.StatusNoContent) // tells the browser not to ask again
			return
		}
		// A browser that comes back says what it heard last.
		mark := cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("since"))
		here := s.Live.open(user.ID, r.PathValue("id"), mark)
		if here == nil {
			http.Error(w, "too many pages are open", http.StatusTooManyRequests)
			return
		}
		defer s.Live.close(here)
		tell, begun := beginStream(w)
		if !begun || here.mark != "" && !tell("id: "+here.mark+"\n\n") {
			return
		}
		s.follow(r, here, roles, rest, tell)
	}
}

// beginStream begins an answer of server-sent events. What it gives back sends a
// piece of it, and says whether somebody still takes it.
func beginStream(w http.ResponseWriter) (tell func(string) bool, begun bool) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy that gathers would tell too late
	flow := http.NewResponseController(w)
	tell = func(text string) bool {
		_, err := w.Write([]byte(text))
		return err == nil && flow.Flush() == nil
	}
	// A stream outlives what a page may take.
	return tell, flow.SetWriteDeadline(time.Time{}) == nil && tell("retry: 5000\n\n")
}

// event is an event that says no more than its name.
func event(name string) string { return "event: " + name + "\ndata:\n\n" }

// follow sends events until the page is left, the session is over, the role may not
// see the page any more, or the server stops.
func (s *server) follow(r *http.Request, here *stream, roles []incident.Role, rest time.Duration, tell func(string) bool) {
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	again := time.NewTicker(askedEvery)
	defer again.Stop()
	pause := time.NewTimer(rest)
	defer pause.Stop()
	resting, changed, goesOn := true, false, false
	// The record being away says nothing of who follows.
	may := func() bool {
		_, err := s.follower(r, roles)
		if err != nil && incident.KindOf(err) != incident.Unavailable && r.Context().Err() == nil {
			tell(event(liveOver))
			return false
		}
		return true
	}
	send := func() bool {
		if resting || !changed && !goesOn {
			return true
		}
		text := event(liveProgress)
		if changed {
			if !may() {
				return false
			}
			// Taken before the page asks: what comes after it is told again.
			text = "id: " + s.Live.mark() + "\n" + event(liveChanged)
		}
		resting, changed, goesOn = true, false, false
		pause.Reset(rest)
		return tell(text)
	}
	for {
		stays := true
		select {
		case <-r.Context().Done():
			return
		case <-here.over:
			return
		case <-alive.C:
			stays = tell(":\n\n")
		case <-here.asked:
			stays = may()
		case <-again.C:
			stays = may()
		case <-here.changed:
			changed = true
			stays = send()
		case <-here.goesOn:
			goesOn = true
			stays = send()
		case <-pause.C:
			resting = false
			stays = send()
		}
		if !stays {
			return
		}
	}
}

// markKey is where a request keeps up to which change what it reads is true.
type markKey struct{}

// marked notes it, before anything is read.
func (s *server) marked(r *http.Request) *http.Request {
	if s.Live == nil || r.Method != http.MethodGet {
		return r
	}
	return r.WithContext(context.WithValue(r.Context(), markKey{}, s.Live.mark()))
}

// streamOf is the address of the stream of an incident, or of the list for an empty
// id; empty when there are none. A page that answers a step has none: it could not
// be asked for again.
func (s *server) streamOf(r *http.Request, id string) string {
	mark, ok := r.Context().Value(markKey{}).(string)
	if !ok {
		return ""
	}
	if id != "" {
		id = "/" + id
	}
	return "/live" + id + "?since=" + mark
}

func mayRead(user postgres.User, roles []incident.Role) bool {
	for _, role := range roles {
		if user.Role == role {
			return true
		}
	}
	return false
}

// endStream answers a stream that may not begin.
func (s *server) endStream(w http.ResponseWriter, err error) {
	told := explain(err)
	if told.Kind == incident.Unavailable {
		http.Error(w, "not available just now", http.StatusServiceUnavailable)
		return
	}
	http.Error(w, "this page is not yours to follow", statusOf(told.Kind))
}
