package people

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits that keep one broken row from taking memory or other rows with it.
const (
	// maxLineBytes is the longest line that is read.
	maxLineBytes = 64 << 10
	// bufferBytes holds any line that is read and its end.
	bufferBytes = 2 * maxLineBytes
)

// lines cuts a text into its lines and turns each into UTF-8.
type lines struct {
	from   *bufio.Reader
	number int
	// ahead are lines that were read in search of something and given back.
	ahead []physicalLine
	// spoken is the encoding of the file as a whole.
	spoken string
	// unicode and windows count the lines with letters beyond ASCII, by the
	// encoding in which they make sense.
	unicode, windows int
	// firstWindows is the number of the first line in Windows-1252.
	firstWindows int
}

// physicalLine is one line without its end.
type physicalLine struct {
	number int
	text   string
	// long is a line that was skipped unread; its text is empty.
	long bool
	// quotes says that a double quote occurs.
	quotes bool
	// plain says that the line holds only printable ASCII and tabs, and no two
	// spaces in a row: nothing in it needs to be tidied.
	plain bool
	// tabs says that a tab occurs.
	tabs bool
}

// record is one row of the file, or the reason why there is none.
type record struct {
	// line is where the row starts.
	line int
	// fields are its values, quotes removed; valid until the next row is read.
	fields []string
	// plain says that no value needs to be tidied, except for spaces around it.
	plain bool
	// why is the reason for rejecting the row; empty when it was read.
	why string
}

// newLines prepares a text, UTF-8 already or nearly so, for reading.
func newLines(text *bufio.Reader, encoding string) (*lines, error) {
	head, err := peek(text, sniffBytes)
	if err != nil {
		return nil, err
	}
	if !bytes.ContainsRune(head, '\n') && bytes.ContainsRune(head, '\r') {
		text = bufio.NewReaderSize(oldLineEnds{from: text}, bufferBytes)
	}
	return &lines{from: text, spoken: encoding}, nil
}

// next returns the next line, or io.EOF. A line that is too long is not kept
// in memory, whatever its length.
func (l *lines) next() (physicalLine, error) {
	if len(l.ahead) > 0 {
		first := l.ahead[0]
		l.ahead = l.ahead[1:]
		return first, nil
	}
	part, err := l.from.ReadSlice('\n')
	if err != nil {
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return l.skip()
		case !errors.Is(err, io.EOF):
			return physicalLine{}, err
		case len(part) == 0:
			return physicalLine{}, io.EOF
		}
	}
	l.number++
	part = bytes.TrimSuffix(bytes.TrimSuffix(part, []byte("\n")), []byte("\r"))
	if len(part) > maxLineBytes {
		return physicalLine{number: l.number, long: true}, nil
	}
	line := physicalLine{number: l.number, plain: true}
	for _, c := range part {
		switch {
		case c > '"' && c < 0x7f, c == ' ', c == '!':
		case c == '"':
			line.quotes = true
		case c == '\t':
			line.tabs = true
		default:
			line.plain = false
		}
	}
	if line.plain {
		line.plain = !bytes.Contains(part, []byte("  "))
		line.text = string(part)
		return line, nil
	}
	line.text = l.decode(part)
	return line, nil
}

// decode turns a line with more than printable ASCII into UTF-8.
func (l *lines) decode(part []byte) string {
	if utf8.Valid(part) {
		if bytes.ContainsFunc(part, func(r rune) bool { return r >= utf8.RuneSelf }) {
			l.unicode++
		}
		return string(part)
	}
	l.windows++
	if l.firstWindows == 0 {
		l.firstWindows = l.number
	}
	return fromWindows(part)
}

// skip passes over the rest of a line that does not fit into memory.
func (l *lines) skip() (physicalLine, error) {
	for {
		_, err := l.from.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return physicalLine{}, err
		}
		l.number++
		return physicalLine{number: l.number, long: true}, nil
	}
}

// sample returns the next lines, at most n, without taking them.
func (l *lines) sample(n int) ([]physicalLine, error) {
	taken := make([]physicalLine, 0, n)
	for len(taken) < n {
		line, err := l.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		taken = append(taken, line)
	}
	l.giveBack(taken)
	return taken, nil
}

// giveBack puts lines in front of those that follow.
func (l *lines) giveBack(taken []physicalLine) {
	l.ahead = append(append(make([]physicalLine, 0, len(taken)+len(l.ahead)), taken...), l.ahead...)
}

// encoding names the encoding in which the lines so far made sense, and warns
// where it had to be guessed.
func (l *lines) encoding() (name string, warnings []string) {
	switch {
	case l.windows == 0:
		return l.spoken, nil
	case l.unicode == 0:
		return encodingWindows, []string{fmt.Sprintf(
			"%d lines, the first of them line %d, are not UTF-8: the file was read as Windows-1252; look whether names and places are right",
			l.windows, l.firstWindows)}
	default:
		return l.spoken, []string{fmt.Sprintf(
			"%d lines, the first of them line %d, are not UTF-8 and were read as Windows-1252; look whether names and places are right",
			l.windows, l.firstWindows)}
	}
}

// isBlank reports whether a line holds nothing.
func (p physicalLine) isBlank() bool {
	if p.long || p.text != "" && p.text[0] > ' ' && p.text[0] < utf8.RuneSelf {
		return false
	}
	return strings.TrimSpace(p.text) == ""
}

// longLine is the reason for rejecting a line that was skipped.
func longLine() string { return fmt.Sprintf("line longer than %d KB", maxLineBytes>>10) }
