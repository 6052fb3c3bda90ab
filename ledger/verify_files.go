package ledger

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"strings"
	"sync"
)

// content reads one file of a bundle: no more than its announced size, with a
// checksum of its own, since archive/zip takes a checksum of zero for none.
type content struct {
	name string
	file *zip.File
	rc   io.ReadCloser
	crc  hash.Hash32
	also hash.Hash // nil, or takes all that is read as well
	n    int64
}

// content opens a file, or says that it is missing or damaged and returns false.
func (v *verification) content(name string) (*content, bool) {
	f := v.files[name]
	if f == nil {
		v.clean = false
		v.report.add(0, KindMissingFile, "the file %s is missing", name)
		return nil, false
	}
	rc, err := f.Open()
	if err != nil {
		v.report.add(0, KindDamaged, "the file %s cannot be read: its header is damaged, or it is packed in an unknown way", name)
		return nil, false
	}
	return &content{name: name, file: f, rc: rc, crc: crc32.NewIEEE()}, true
}

var errLonger = errors.New("the content is longer than announced")

// Read implements [io.Reader].
func (c *content) Read(p []byte) (int, error) {
	n, err := c.rc.Read(p)
	c.n += int64(n)
	if c.n < 0 || uint64(c.n) > c.file.UncompressedSize64 {
		return 0, errLonger
	}
	// hash.Hash never returns an error.
	_, _ = c.crc.Write(p[:n])
	if c.also != nil {
		_, _ = c.also.Write(p[:n])
	}
	return n, err
}

// drain reads what is left of a file into w, closes it and complains if it was
// damaged. It returns whether all was read.
func (v *verification) drain(c *content, w io.Writer) bool {
	_, err := io.Copy(w, c)
	if e := c.rc.Close(); err == nil {
		err = e
	}
	if err == nil {
		v.read = append(v.read, stored{name: c.name, crc: c.crc.Sum32(), size: c.n})
		return true
	}
	v.report.add(0, KindDamaged, "the file %s is damaged: its content does not fit its checksum or length", c.name)
	return false
}

// whole reads a short file.
func (v *verification) whole(name string, limit uint64) ([]byte, bool) {
	c, ok := v.content(name)
	if !ok {
		return nil, false
	}
	if c.file.UncompressedSize64 > limit {
		v.report.add(0, KindOversized, "the file %s has more than %d bytes", name, limit)
		_ = c.rc.Close() // nothing was read of it
		return nil, false
	}
	var b bytes.Buffer
	if !v.drain(c, &b) {
		return nil, false
	}
	return b.Bytes(), true
}

// leaves reports whether unpacking a file of this name could write outside of
// the chosen folder, on any system.
func leaves(name string) bool {
	if name == "" || strings.ContainsAny(name, "\\:\x00") || strings.HasPrefix(name, "/") {
		return true
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." || part == "." {
			return true
		}
	}
	return false
}

// quoted makes a text of unknown origin fit for a terminal.
func quoted(s string) string {
	if len(s) > 120 {
		return fmt.Sprintf("%q (shortened)", s[:120])
	}
	return fmt.Sprintf("%q", s)
}

// sourceReader reads the bundle for the whole verification. It ends when the
// context does, and remembers failures of the file underneath, which are not the
// bundle's fault.
type sourceReader struct {
	ctx context.Context
	r   io.ReaderAt

	mu     sync.Mutex // two files of the bundle are read side by side
	failed error
}

// fail remembers the first failure, and gives it.
func (s *sourceReader) fail(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		s.failed = err
	}
	return s.failed
}

// ReadAt implements [io.ReaderAt].
func (s *sourceReader) ReadAt(p []byte, off int64) (int, error) {
	if failed := s.fail(s.ctx.Err()); failed != nil {
		return 0, failed
	}
	if off < 0 {
		return 0, io.EOF // an offset out of a damaged directory
	}
	n, err := s.r.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		_ = s.fail(err) // the caller gets this one
	}
	return n, err
}

var errBudget = errors.New("too much to read")

// budgetReader refuses to read more than a number of bytes.
type budgetReader struct {
	r    io.ReaderAt
	left int64
	free bool // the budget is for the directory; files read freely later
}

// ReadAt implements [io.ReaderAt].
func (b *budgetReader) ReadAt(p []byte, off int64) (int, error) {
	if !b.free {
		if b.left -= int64(len(p)); b.left < 0 {
			return 0, errBudget
		}
	}
	return b.r.ReadAt(p, off)
}
