package intake

import (
	"context"
	"io"
	"net/http"
	"time"
)

// wholeUpload is the longest that a request with a file may take: a GB over a
// connection of 4 Mbit/s.
const wholeUpload = 40 * time.Minute

const (
	// BodyTime is how long a body without a file may take, and bodyRate how many
	// bytes of it earn another second: 64 kbit/s.
	BodyTime = 30 * time.Second
	bodyRate = 8 << 10
	// UnreadTime is how long the rest of a body is read after its request was
	// answered, so that the connection can be used again.
	UnreadTime = 5 * time.Second
)

// InTime bounds how long the body of every request may take to come: a context that
// ends does not wake who reads from a connection, and a stranger who sends a byte a
// minute would hold it for ever. Requests with a file are bounded by [WhileItComes].
func InTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		body := &timed{ReadCloser: r.Body, control: http.NewResponseController(w), began: time.Now()}
		body.endsAt(body.began.Add(BodyTime))
		r.Body = body
		defer func() {
			if !body.over {
				body.endsAt(time.Now().Add(UnreadTime))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// timed is a body that has to come at a least speed.
type timed struct {
	io.ReadCloser
	control *http.ResponseController
	began   time.Time
	read    int64
	over    bool // all of it came
	freed   bool // somebody else bounds it
}

// endsAt sets when the connection stops to wait for it; zero for never.
func (b *timed) endsAt(at time.Time) {
	// A connection that knows no deadline has none to be kept.
	_ = b.control.SetReadDeadline(at)
}

// Read implements [io.Reader].
func (b *timed) Read(p []byte) (int, error) {
	before := b.read / bodyRate
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	switch {
	case err == io.EOF:
		// What is read from now on is whether the other side is still there.
		b.over = true
		b.endsAt(time.Time{})
	case !b.freed && b.read/bodyRate > before:
		b.endsAt(b.began.Add(BodyTime + time.Duration(b.read/bodyRate)*time.Second))
	}
	return n, err
}

// WhileItComes bounds a request that carries a file. It may go on as long as the
// file comes, and for the limit after the last byte: a large file over a slow
// connection is no part that hangs.
func WhileItComes(w http.ResponseWriter, r *http.Request, limit time.Duration) (*http.Request, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(r.Context(), wholeUpload)
	control := http.NewResponseController(w)
	if body, ok := r.Body.(*timed); ok {
		body.freed = true
		body.endsAt(time.Time{})
	}
	silent := time.AfterFunc(limit, func() {
		cancel()
		// A connection that knows no deadline is ended with its request.
		_ = control.SetReadDeadline(time.Now())
	})
	r = r.WithContext(ctx)
	r.Body = &arriving{ReadCloser: r.Body, silent: silent, limit: limit}
	return r, func() { silent.Stop(); cancel() }
}

// arriving is a body that puts off the end of its request with every byte.
type arriving struct {
	io.ReadCloser
	silent *time.Timer
	limit  time.Duration
}

// Read implements [io.Reader].
func (a *arriving) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if n > 0 && a.silent.Stop() {
		a.silent.Reset(a.limit)
	}
	return n, err
}
