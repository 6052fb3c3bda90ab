package notice

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"time"
)

// values are one person's data, made safe, and the envelope.
type values struct {
	to, messageID string
	date          time.Time
	slots         [slots]string
}

func (v *values) envelope() Envelope {
	return Envelope{To: v.to, MessageID: v.messageID, Date: v.date}
}

// communication puts the values into a communication, for the ordinary way.
func (v *values) communication(d Communication) Communication {
	d.PersonName, d.Organisation = v.slots[slotPerson], v.slots[slotOrganisation]
	d.Reference, d.Code, d.People = v.slots[slotReference], v.slots[slotCode], 0
	for _, digit := range v.slots[slotPeople] {
		if digit >= '0' && digit <= '9' { // what groups them is the language's
			d.People = d.People*10 + int(digit-'0')
		}
	}
	return d
}

// message fills the stencil. It allocates only when buffer is too small.
func (s *stencil) message(buffer []byte, e Envelope, v *values) (Message, error) {
	dashes := [64]byte{'-', '-'}
	boundary := appendBoundary(dashes[2:2], e.MessageID)
	out := buffer[:0]
	need := s.size + len(v.to) + len(v.messageID)
	for _, value := range v.slots {
		need += 4 * len(value)
	}
	out = slices.Grow(out, need)
	var room [1024]byte
	for i := range s.pieces {
		p := &s.pieces[i]
		switch {
		case p.fixed != nil:
			out = append(out, p.fixed...)
		case p.field == fieldTo:
			out = append(out, v.to...)
		case p.field == fieldDate:
			out = v.date.AppendFormat(out, time.RFC1123Z)
		case p.field == fieldMessageID:
			out = append(out, v.messageID...)
		case p.field == fieldBoundary:
			out = append(out, boundary...)
		default:
			line := room[:0]
			for _, part := range p.line {
				line = append(line, part.text...)
				if part.slot == slots {
					continue
				}
				if p.html {
					line = appendEscaped(line, v.slots[part.slot])
				} else {
					line = append(line, v.slots[part.slot]...)
				}
			}
			out = append(appendQuoted(out, line), "\r\n"...)
		}
	}
	// Before each part and at the end; without its dashes it is none.
	if bytes.Count(out, dashes[:2+len(boundary)]) != 3 {
		return Message{}, errors.New("compose message: the content holds the line between its parts")
	}
	return Message{
		From: s.from, To: v.to, Subject: s.subject, MessageID: v.messageID, Bytes: out, SHA256: sha256.Sum256(out),
	}, nil
}

// appendEscaped escapes text for HTML as html/template does in running text,
// which is more than html.EscapeString: "+" too. That both agree is proved for
// each stencil and by a test over many names.
func appendEscaped(to []byte, text string) []byte {
	for i := range len(text) {
		switch c := text[i]; c {
		case 0:
			to = append(to, "\uFFFD"...)
		case '"':
			to = append(to, "&#34;"...)
		case '&':
			to = append(to, "&amp;"...)
		case '\'':
			to = append(to, "&#39;"...)
		case '+':
			to = append(to, "&#43;"...)
		case '<':
			to = append(to, "&lt;"...)
		case '>':
			to = append(to, "&gt;"...)
		default:
			to = append(to, c)
		}
	}
	return to
}

// lineLength is the longest line of quoted-printable (RFC 2045 of 1996,
// section 6.7), without its end.
const lineLength = 76

// appendQuoted encodes one line without its end in quoted-printable, byte for
// byte as mime/quotedprintable does, whose Writer cannot be used again for the
// next line without being made anew.
func appendQuoted(to, line []byte) []byte {
	const digits = "0123456789ABCDEF"
	column := 0
	for i, c := range line {
		last := i == len(line)-1
		if c >= '!' && c <= '~' && c != '=' || (c == ' ' || c == '\t') && !last {
			if column == lineLength-1 {
				to, column = append(to, "=\r\n"...), 0
			}
			to = append(to, c)
			column++
			continue
		}
		if column > lineLength-1-3 {
			to, column = append(to, "=\r\n"...), 0
		}
		to = append(to, '=', digits[c>>4], digits[c&15])
		column += 3
	}
	return to
}
