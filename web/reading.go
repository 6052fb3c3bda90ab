package web

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// readings are the files of people that are being imported now, so that the
// page can say how far each is. They hold numbers and no person, and are gone
// when the import has ended. A server beside this one knows nothing of them: the
// page then shows how much was sent.
type readings struct {
	mu  sync.Mutex
	now map[[2]string]*reading
}

// reading is one file: how much of it was read. Nil counts nothing.
type reading struct {
	size   int64 // of the request, in bytes; -1 when it is not known
	bytes  atomic.Int64
	rows   atomic.Int64
	atRest atomic.Bool // whether all rows are read, and what was found is recorded
}

// begin adds a file under the key of its form, for the user who sends it. What
// it gives back ends it.
func (l *readings) begin(user, key string, size int64) (*reading, func()) {
	one, at := &reading{size: size}, [2]string{user, key}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now == nil {
		l.now = map[[2]string]*reading{}
	}
	l.now[at] = one
	return one, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.now[at] == one {
			delete(l.now, at)
		}
	}
}

// of gives the file that a user sends under a key; nil for none.
func (l *readings) of(user, key string) *reading {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now[[2]string{user, key}]
}

// through counts the bytes that are read.
func (p *reading) through(from io.Reader) io.Reader {
	if p == nil {
		return from
	}
	return io.TeeReader(from, p)
}

// Write implements [io.Writer]: it counts.
func (p *reading) Write(b []byte) (int, error) {
	p.bytes.Add(int64(len(b)))
	return len(b), nil
}

// row counts a row from which somebody was read.
func (p *reading) row() {
	if p != nil {
		p.rows.Add(1)
	}
}

// read says that no further row comes.
func (p *reading) read() {
	if p != nil {
		p.atRest.Store(true)
	}
}

// percent is how much of the file was read, from 0 to 100.
func (p *reading) percent() int64 {
	if p.atRest.Load() {
		return 100
	}
	if p.size <= 0 {
		return 0
	}
	return min(99, p.bytes.Load()*100/p.size)
}

// readingEvery is how often a page is told how far its file is.
const readingEvery = 500 * time.Millisecond

// noIncident is what the stream of a file follows: it hears of no case.
const noIncident = "-"

// followReading tells the page that sends a file how far it is, from before its
// first byte until its import has ended.
func (s *server) followReading(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if s.Live == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	here := s.Live.open(user.ID, noIncident, "")
	if here == nil {
		w.WriteHeader(http.StatusTooManyRequests)
		return nil
	}
	defer s.Live.close(here)
	tell, begun := beginStream(w)
	look, alive := time.NewTicker(readingEvery), time.NewTicker(keepAlive)
	defer look.Stop()
	defer alive.Stop()
	key, words, came := r.PathValue("key"), wording.For(user.Locale), false
	for goesOn := begun; goesOn; {
		one := s.readings.of(user.ID, key)
		switch {
		case one != nil:
			came = true
			goesOn = tell("event: reading\ndata: " + readingShown(one, words) + "\n\n")
		case came:
			tell(event(liveOver))
			return nil
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-here.over:
			return nil
		case <-alive.C:
			goesOn = tell(":\n\n")
		case <-look.C:
		}
	}
	return nil
}

// readingShown is how far a file is, as a part of a page in one line.
func readingShown(one *reading, w wording.Words) string {
	percent := one.percent()
	if percent == 100 {
		return fmt.Sprintf(`<progress class="wide" max="100" aria-label="%s"></progress><p>%s</p>`,
			html.EscapeString(w.T("upload_bar")), html.EscapeString(w.T("reading_over", one.rows.Load())))
	}
	return fmt.Sprintf(`<progress class="wide" max="100" value="%d" aria-label="%s"></progress><p>%s</p>`, percent,
		html.EscapeString(w.T("upload_bar")), html.EscapeString(w.T("reading_on", one.rows.Load(), percent)))
}

// keyOfForm reads the key under which a form follows its file.
func keyOfForm(text string) (string, error) {
	odd := func(c rune) bool { return (c < 'A' || c > 'Z') && (c < '0' || c > '9') }
	for _, c := range text {
		if odd(c) || len(text) > 64 {
			return "", incident.InvalidField("form", "", "cannot be read", "the form of the page of people")
		}
	}
	return text, nil
}
