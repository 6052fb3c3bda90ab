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

// WhileItComes bounds a request that carries a file. It may go on as long as the
// file comes, and for the limit after the last byte: a large file over a slow
// connection is no part that hangs.
func WhileItComes(w http.ResponseWriter, r *http.Request, limit time.Duration) (*http.Request, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(r.Context(), wholeUpload)
	control := http.NewResponseController(w)
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
