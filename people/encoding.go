package people

import (
	"bufio"
	"bytes"
	"io"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// The names of encodings in summaries.
const (
	encodingUTF8    = "UTF-8"
	encodingUTF16LE = "UTF-16LE"
	encodingUTF16BE = "UTF-16BE"
	encodingWindows = "Windows-1252"
)

// sniffBytes is how much of a file is looked at to find what it is.
const sniffBytes = 32 << 10

// asText removes the byte order mark and turns UTF-16 into UTF-8. What is not
// UTF-16 is left as it is; whether it is UTF-8 is found line by line.
func asText(file *bufio.Reader) (*bufio.Reader, string, error) {
	head, err := peek(file, sniffBytes)
	if err != nil {
		return nil, "", err
	}
	encoding, mark := encodingUTF8, 0
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		mark = 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		encoding, mark = encodingUTF16LE, 2
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		encoding, mark = encodingUTF16BE, 2
	default:
		encoding = withoutMark(head)
	}
	if _, err := file.Discard(mark); err != nil {
		return nil, "", err
	}
	if encoding == encodingUTF8 {
		return file, encoding, nil
	}
	order := unicode.LittleEndian
	if encoding == encodingUTF16BE {
		order = unicode.BigEndian
	}
	decoded := transform.NewReader(file, unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder())
	return bufio.NewReaderSize(decoded, bufferBytes), encoding, nil
}

// withoutMark recognises UTF-16 by its zero bytes: the names of columns and
// the delimiters are ASCII nearly everywhere.
func withoutMark(head []byte) string {
	head = head[:min(len(head), 1024)&^1]
	if len(head) < 8 {
		return encodingUTF8
	}
	even, odd := 0, 0
	for i, c := range head {
		switch {
		case c != 0:
		case i%2 == 0:
			even++
		default:
			odd++
		}
	}
	switch pairs := len(head) / 2; {
	case odd*10 >= pairs*3 && even == 0:
		return encodingUTF16LE
	case even*10 >= pairs*3 && odd == 0:
		return encodingUTF16BE
	}
	return encodingUTF8
}

// peek returns up to n of the next bytes, fewer only at the end of the file.
func peek(file *bufio.Reader, n int) ([]byte, error) {
	head, err := file.Peek(n)
	if err != nil && err != io.EOF { //nolint:errorlint // Peek passes the source's error on as it is
		return nil, err
	}
	return head, nil
}

// fromWindows reads bytes as Windows-1252, in which every byte has a meaning.
func fromWindows(line []byte) string {
	text, err := charmap.Windows1252.NewDecoder().Bytes(line)
	if err != nil {
		return string(bytes.ToValidUTF8(line, []byte("\ufffd")))
	}
	return string(text)
}

// oldLineEnds gives a file whose lines end in CR alone the line ends that
// everybody else uses.
type oldLineEnds struct{ from io.Reader }

// Read implements io.Reader.
func (o oldLineEnds) Read(into []byte) (int, error) {
	n, err := o.from.Read(into)
	for i, c := range into[:n] {
		if c == '\r' {
			into[i] = '\n'
		}
	}
	return n, err
}
