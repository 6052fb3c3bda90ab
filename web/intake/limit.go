package intake

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"tocsin/incident"
)

// MaxJSON bounds a JSON body without files, in bytes.
const MaxJSON = 1 << 20

// TooLarge says that a body or file exceeds its limit. what names the file,
// with its size when that is known.
func TooLarge(field, what string, limit int64) *incident.Error {
	return incident.FieldError(incident.TooLarge, field, what, "is too large", incident.Say("at most %s", InUnits(limit)))
}

// InUnits writes a number of bytes as people read it.
func InUnits(n int64) string {
	switch {
	case n >= 1<<30 && n%(1<<30) == 0:
		return fmt.Sprintf("%d GB", n>>30)
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 1_000_000:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/1e6), ".0") + " MB"
	case n >= 1000:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(n)/1e3), ".0") + " kB"
	default:
		return fmt.Sprintf("%d bytes", n)
	}
}

// Upload is a file in the body of a request, read up to the limit.
type Upload struct {
	name  string
	limit int64
	body  io.Reader
	read  int64

	rest    io.Reader // the body without the limit
	control *http.ResponseController
}

// NewUpload takes the body as a file. A size that is announced and too large
// is refused before a byte is read, so that the sender need not send it.
func NewUpload(w http.ResponseWriter, r *http.Request, name string, limit int64) (*Upload, error) {
	if r.ContentLength > limit {
		return nil, TooLarge("file", Named(name, r.ContentLength), limit)
	}
	return UploadOf(w, r, name, limit, r.Body), nil
}

// UploadOf takes a part of the body as a file.
func UploadOf(w http.ResponseWriter, r *http.Request, name string, limit int64, part io.ReadCloser) *Upload {
	return &Upload{
		name: name, limit: limit, body: http.MaxBytesReader(w, part, limit), rest: r.Body,
		control: http.NewResponseController(w),
	}
}

// How much of a file whose size was not announced is read and thrown away, so
// that its sender, who listens only after sending, hears why it was refused.
const (
	DrainBytes = 64 << 20
	drainTime  = 10 * time.Second
)

// Drain reads on what is still sent, within the bounds above, and throws it away.
func Drain(control *http.ResponseController, body io.Reader) {
	// A connection that knows no deadline is bounded by the bytes alone.
	_ = control.SetReadDeadline(time.Now().Add(drainTime))
	// Whatever goes wrong, the answer is the same refusal.
	_, _ = io.CopyN(io.Discard, body, DrainBytes)
}

// Read implements [io.Reader]; past the limit it fails and says so.
func (u *Upload) Read(p []byte) (int, error) {
	n, err := u.body.Read(p)
	u.read += int64(n)
	if err != nil && err != io.EOF {
		if _, over := errors.AsType[*http.MaxBytesError](err); over {
			Drain(u.control, u.rest)
			return n, TooLarge("file", Named(u.name, 0), u.limit)
		}
		return n, &incident.Error{Kind: incident.Invalid, Field: "file", Value: u.name,
			Message: "did not arrive completely", Expected: "the whole file; send it again"}
	}
	return n, err
}

// Named gives a file's name and its size.
func Named(name string, size int64) string {
	switch {
	case size <= 0:
		return name
	case name == "":
		return InUnits(size)
	default:
		return name + ", " + InUnits(size)
	}
}
