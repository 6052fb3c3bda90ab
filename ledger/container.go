package ledger

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"math"
)

// The bundle's ZIP container. It is written here and not by archive/zip because
// every byte of it must follow from the content alone, today and with any later
// Go: then Verify can compare all of it. Files are stored uncompressed, with
// the date 1980-01-01, as regular files with mode 0644, and sizes follow the
// content in a data descriptor so that writing needs no second pass.
const (
	zipLocalSize      = 30
	zipDescriptorSize = 16
	zipCentralSize    = 46
	zipEndSize        = 22

	zipVersion   = 20           // APPNOTE 4.4.3: version 2.0
	zipMadeBy    = 3<<8 | 20    // Unix
	zipFlags     = 1 << 3       // sizes are in the data descriptor
	zipStored    = 0            // APPNOTE 4.4.5: no compression
	zipDate      = 1<<5 | 1     // 1980-01-01
	zipMode      = 0o100644     // a regular file
	zipMaxOffset = 1<<32 - 1    // beyond it ZIP64 would be needed
	zipMaxFiles  = 1<<16 - 1    // likewise
	zipMaxName   = math.MaxInt8 // ours have 76 bytes at most
)

// stored is a file in the container.
type stored struct {
	name   string
	crc    uint32
	size   int64
	offset int64 // of the local header
}

func (f stored) local() []byte {
	b := append(make([]byte, 0, zipLocalSize+len(f.name)), "PK\x03\x04"...)
	b = f.common(b, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, 0) // extra
	return append(b, f.name...)
}

func (f stored) descriptor() []byte {
	b := append(make([]byte, 0, zipDescriptorSize), "PK\x07\x08"...)
	b = binary.LittleEndian.AppendUint32(b, f.crc)
	b = binary.LittleEndian.AppendUint32(b, uint32(f.size))
	return binary.LittleEndian.AppendUint32(b, uint32(f.size))
}

func (f stored) central() []byte {
	b := append(make([]byte, 0, zipCentralSize+len(f.name)), "PK\x01\x02"...)
	b = binary.LittleEndian.AppendUint16(b, zipMadeBy)
	b = f.common(b, f.crc, uint32(f.size))
	b = append(b, make([]byte, 2+2+2+2)...) // extra, comment, disk, internal attributes
	b = binary.LittleEndian.AppendUint32(b, zipMode<<16)
	b = binary.LittleEndian.AppendUint32(b, uint32(f.offset))
	return append(b, f.name...)
}

// common appends what both headers of a file have, up to the name's length.
func (f stored) common(b []byte, crc, size uint32) []byte {
	b = binary.LittleEndian.AppendUint16(b, zipVersion)
	b = binary.LittleEndian.AppendUint16(b, zipFlags)
	b = binary.LittleEndian.AppendUint16(b, zipStored)
	b = binary.LittleEndian.AppendUint16(b, 0) // time
	b = binary.LittleEndian.AppendUint16(b, zipDate)
	b = binary.LittleEndian.AppendUint32(b, crc)
	b = binary.LittleEndian.AppendUint32(b, size)
	b = binary.LittleEndian.AppendUint32(b, size)
	return binary.LittleEndian.AppendUint16(b, uint16(len(f.name)))
}

func zipEnd(files int, directory, offset int64) []byte {
	b := append(make([]byte, 0, zipEndSize), "PK\x05\x06\x00\x00\x00\x00"...)
	b = binary.LittleEndian.AppendUint16(b, uint16(files))
	b = binary.LittleEndian.AppendUint16(b, uint16(files))
	b = binary.LittleEndian.AppendUint32(b, uint32(directory))
	b = binary.LittleEndian.AppendUint32(b, uint32(offset))
	return binary.LittleEndian.AppendUint16(b, 0) // comment
}

// containerWriter writes the container file after file.
type containerWriter struct {
	w      io.Writer
	offset int64
	files  []stored
	crc    hash.Hash32
	start  int64 // where the content of the open file starts
}

func newContainerWriter(w io.Writer) *containerWriter {
	return &containerWriter{w: w, crc: crc32.NewIEEE()}
}

// begin starts a file; its content is what is written until finish.
func (c *containerWriter) begin(name string) error {
	if len(name) > zipMaxName || len(c.files) >= zipMaxFiles {
		return fmt.Errorf("%w: too many files or too long a name", ErrInvalidBundle)
	}
	f := stored{name: name, offset: c.offset}
	if err := c.raw(f.local()); err != nil {
		return err
	}
	c.files = append(c.files, f)
	c.crc.Reset()
	c.start = c.offset
	return nil
}

// Write implements [io.Writer] for the open file's content.
func (c *containerWriter) Write(p []byte) (int, error) {
	if err := c.raw(p); err != nil {
		return 0, err
	}
	return c.crc.Write(p)
}

func (c *containerWriter) finish() error {
	f := &c.files[len(c.files)-1]
	f.crc, f.size = c.crc.Sum32(), c.offset-c.start
	return c.raw(f.descriptor())
}

// close writes the directory. It does not close the underlying writer.
func (c *containerWriter) close() error {
	start := c.offset
	for _, f := range c.files {
		if err := c.raw(f.central()); err != nil {
			return err
		}
	}
	return c.raw(zipEnd(len(c.files), c.offset-start, start))
}

func (c *containerWriter) raw(p []byte) error {
	if c.offset+int64(len(p)) > zipMaxOffset {
		return fmt.Errorf("%w: it would be larger than 4 GiB", ErrInvalidBundle)
	}
	n, err := c.w.Write(p)
	c.offset += int64(n)
	if err != nil {
		return fmt.Errorf("write ledger bundle: %w", err)
	}
	return nil
}

// compareContainer reports where, if anywhere, the container of the given total
// size differs from the one that containerWriter makes of these files. Their
// contents are taken as read and are not compared. It returns -1 when nothing
// differs; offset fields of files are filled in here.
func compareContainer(r io.ReaderAt, total int64, files []stored) (at int64, err error) {
	c := comparing{r: r}
	for i := range files {
		f := &files[i]
		f.offset = c.offset
		if at, err := c.same(f.local()); at >= 0 || err != nil {
			return at, err
		}
		c.offset += f.size
		if at, err := c.same(f.descriptor()); at >= 0 || err != nil {
			return at, err
		}
	}
	start := c.offset
	for _, f := range files {
		if at, err := c.same(f.central()); at >= 0 || err != nil {
			return at, err
		}
	}
	if at, err := c.same(zipEnd(len(files), c.offset-start, start)); at >= 0 || err != nil {
		return at, err
	}
	if c.offset != total {
		return c.offset, nil
	}
	return -1, nil
}

type comparing struct {
	r      io.ReaderAt
	offset int64
}

// same compares the bytes at the current offset and steps over them. It returns
// the place of a difference or -1.
func (c *comparing) same(want []byte) (at int64, err error) {
	got := make([]byte, len(want))
	n, err := c.r.ReadAt(got, c.offset)
	if n < len(want) {
		if err == nil || err == io.EOF {
			return c.offset + int64(n), nil
		}
		return -1, fmt.Errorf("read ledger bundle: %w", err)
	}
	if !bytes.Equal(got, want) {
		return c.offset, nil
	}
	c.offset += int64(len(want))
	return -1, nil
}
