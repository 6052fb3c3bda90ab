package smtp

import (
	"bufio"
	"errors"
	"io"
	"net/textproto"
	"strings"
)

// Bounds for one reply. RFC 5321 (2008) section 4.5.3.1.5 allows 512 octets a
// line; real relays exceed that a little, and a broken or hostile one would
// send without end.
const (
	maxReplyLine  = 2048
	maxReplyLines = 128
	maxReplyBytes = 16 << 10
)

// errReply is a reply that breaks the rules of RFC 5321 section 4.2. Its text
// repeats nothing of the relay's.
const errReply = textproto.ProtocolError("the reply is not SMTP")

// reply is one reply of the relay, of one or several lines.
type reply struct {
	// code is the three-digit code, 200 to 599.
	code int
	// text is what stood after the codes, lines separated by "\n".
	text string
}

func (r reply) positive() bool { return r.code >= 200 && r.code < 300 }

// asError is the reply in the form that unavailable words.
func (r reply) asError() error { return &textproto.Error{Code: r.code, Msg: r.text} }

// newReplyReader buffers so much that a whole line always fits.
func newReplyReader(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, 2*maxReplyLine) }

// readReply reads one reply, however it is cut into packets. A reply that ends
// early gives io.ErrUnexpectedEOF, or io.EOF if it had not begun; one that is
// no SMTP gives errReply.
func readReply(r *bufio.Reader) (reply, error) {
	var all reply
	var text strings.Builder
	for n := 0; n < maxReplyLines; n++ {
		line, err := readReplyLine(r)
		if err != nil {
			if n > 0 && errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return reply{}, err
		}
		code, rest, more, ok := parseReplyLine(line)
		if !ok || n > 0 && code != all.code || text.Len()+len(rest) > maxReplyBytes {
			return reply{}, errReply
		}
		all.code = code
		if n == 0 && !more {
			all.text = string(rest)
			return all, nil
		}
		if n > 0 {
			text.WriteByte('\n')
		}
		text.Write(rest)
		if !more {
			all.text = text.String()
			return all, nil
		}
	}
	return reply{}, errReply
}

// readReplyLine gives one line without its end. It stays valid until the next
// read.
func readReplyLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull) || len(line) > maxReplyLine:
		return nil, errReply
	case errors.Is(err, io.EOF) && len(line) > 0:
		return nil, io.ErrUnexpectedEOF
	case err != nil:
		return nil, err
	}
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line, nil
}

// parseReplyLine splits "250-text" or "250 text"; a bare "250" is allowed, as
// in RFC 5321 section 4.2.1.
func parseReplyLine(line []byte) (code int, rest []byte, more, ok bool) {
	if len(line) < 3 {
		return 0, nil, false, false
	}
	for _, c := range line[:3] {
		if c < '0' || c > '9' {
			return 0, nil, false, false
		}
		code = 10*code + int(c-'0')
	}
	if code < 200 || code > 599 {
		return 0, nil, false, false
	}
	if len(line) == 3 {
		return code, nil, false, true
	}
	switch line[3] {
	case ' ':
		return code, line[4:], false, true
	case '-':
		return code, line[4:], true, true
	default:
		return 0, nil, false, false
	}
}
