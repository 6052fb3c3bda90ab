package smtp

import "bytes"

// keepBody is up to how many bytes a connection keeps its buffer for the next
// message.
const keepBody = 1 << 20

var newline, carriageReturn, crlf = []byte{'\n'}, []byte{'\r'}, []byte("\r\n")

// wireBody is a message in the form of RFC 5321 section 4.5.2, ready to be
// written in one go: every line ends in CRLF, a line that begins with a dot has
// another before it, and a dot alone ends it.
//
// A line feed or carriage return that stands alone becomes CRLF too. Relays
// disagree on what such a one means, and a message that holds "\n.\n" would end
// early for one of them and carry commands to the next (SMTP smuggling,
// CVE-2023-51764 and its kin).
type wireBody struct {
	out []byte
	// returned says that the last byte written was a carriage return, whose
	// line feed may come with the next Write.
	returned bool
	// inLine says that the last line has begun and not ended.
	inLine bool
}

func (b *wireBody) reset() {
	if cap(b.out) > keepBody {
		b.out = nil
	}
	b.out, b.returned, b.inLine = b.out[:0], false, false
}

func (b *wireBody) empty() bool { return len(b.out) == 0 && !b.returned }

// Write appends a part of the message; it never fails.
func (b *wireBody) Write(p []byte) (int, error) {
	n := len(p)
	if !b.returned && !b.inLine && onTheWire(p) {
		b.out = append(b.out, p...)
		return n, nil
	}
	for len(p) > 0 {
		if b.returned {
			b.returned = false
			b.endLine()
			if p[0] == '\n' {
				p = p[1:]
				continue
			}
		}
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			end = len(p)
		}
		// The rule: one CR, right before the LF. Anything else takes a detour.
		if cr := bytes.IndexByte(p[:end], '\r'); cr >= 0 {
			b.text(p[:cr])
			b.returned = true
			p = p[cr+1:]
			continue
		}
		b.text(p[:end])
		if end == len(p) {
			break
		}
		b.endLine()
		p = p[end+1:]
	}
	return n, nil
}

// onTheWire says that whole lines are as they have to be: each ends in CRLF,
// neither stands alone, and none begins with a dot.
func onTheWire(p []byte) bool {
	lines := bytes.Count(p, newline)
	if bytes.Count(p, carriageReturn) != lines || !bytes.HasSuffix(p, crlf) || p[0] == '.' {
		return false
	}
	for at := 0; at < len(p); {
		end := at + bytes.IndexByte(p[at:], '\n')
		if end == at || p[end-1] != '\r' || end+1 < len(p) && p[end+1] == '.' {
			return false
		}
		at = end + 1
	}
	return true
}

func (b *wireBody) text(p []byte) {
	if len(p) == 0 {
		return
	}
	if !b.inLine && p[0] == '.' {
		b.out = append(b.out, '.')
	}
	b.inLine = true
	b.out = append(b.out, p...)
}

func (b *wireBody) endLine() {
	b.out = append(b.out, '\r', '\n')
	b.inLine = false
}

// finish ends the last line and adds the final dot. The bytes stay valid until
// reset.
func (b *wireBody) finish() []byte {
	if b.returned || b.inLine {
		b.returned = false
		b.endLine()
	}
	b.out = append(b.out, '.', '\r', '\n')
	return b.out
}
