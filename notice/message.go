package notice

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-mail/mail/v2"
)

// Envelope is what the caller decides about a message apart from its content.
type Envelope struct {
	// To is the recipient's bare address, already accepted by
	// smtp.ParseAddress.
	To string
	// MessageID is the identifier in angle brackets, from MessageID.
	MessageID string
	// Date is the instant of the Date header. A copy that is sent again keeps
	// the first one's, so that its bytes are the same.
	Date time.Time
}

// Message is a finished message to one recipient. It is an io.WriterTo.
type Message struct {
	// From is the sender's bare address, for the envelope.
	From string
	// To is the recipient's bare address, for the envelope.
	To string
	// Subject is the decoded subject.
	Subject string
	// MessageID is the Message-ID with its angle brackets.
	MessageID string
	// Bytes is the whole message with CRLF line ends, ready for DATA.
	Bytes []byte
	// SHA256 is the hash of Bytes.
	SHA256 [32]byte
}

// WriteTo writes Bytes.
func (m Message) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(m.Bytes)
	return int64(n), err
}

// Rendered is the content of a message before it becomes one.
type Rendered struct {
	// Subject is one line.
	Subject string
	// Text is the plain text with LF line ends.
	Text string
	// HTML is the same content as a document, empty for a text-only message.
	HTML string
}

// headerOrder is the order in which fields stand. go-mail keeps them in a map
// and writes them in another order each time.
func headerOrder() []string {
	return []string{
		"From", "To", "Reply-To", "Subject", "Date", "Message-ID",
		"Auto-Submitted", "Content-Language", "MIME-Version",
		"Content-Type", "Content-Transfer-Encoding",
	}
}

// compose makes the message. replyTo may be empty.
func (c *Composer) compose(e Envelope, language, replyTo string, r Rendered) (Message, error) {
	if err := e.check(); err != nil {
		return Message{}, err
	}
	if replyTo != "" && !plainAddress(replyTo) {
		return Message{}, errors.New("compose message: the contact's address is not a plain address")
	}
	composed := mail.NewMessage(mail.SetCharset("UTF-8"), mail.SetEncoding(mail.QuotedPrintable))
	// go-mail encodes what is not ASCII and trusts the rest.
	fields := map[string]string{
		"From":             composed.FormatAddress(c.config.From, c.config.FromName),
		"To":               e.To,
		"Subject":          r.Subject,
		"Date":             composed.FormatDate(e.Date),
		"Message-ID":       e.MessageID,
		"Auto-Submitted":   "auto-generated", // RFC 3834 (2004) section 5: no automatic answers
		"Content-Language": language,
	}
	if replyTo != "" {
		fields["Reply-To"] = replyTo
	}
	for name, value := range fields {
		if !headerSafe(value) {
			return Message{}, fmt.Errorf("compose message: the value of %s holds a control character or a line break", name)
		}
		composed.SetHeader(name, value)
	}
	composed.SetBody("text/plain", endWithNewline(r.Text))
	if r.HTML != "" {
		composed.AddAlternative("text/html", endWithNewline(r.HTML))
		mark := string(appendBoundary(nil, e.MessageID))
		if strings.Contains(r.Text, mark) || strings.Contains(r.HTML, mark) {
			return Message{}, errors.New("compose message: the content holds the line between its parts")
		}
		composed.SetBoundary(mark)
	}
	var out bytes.Buffer
	if _, err := composed.WriteTo(&out); err != nil {
		return Message{}, fmt.Errorf("compose message: %w", err)
	}
	content, err := orderHeader(out.Bytes())
	if err != nil {
		return Message{}, err
	}
	return Message{
		From: c.config.From, To: e.To, Subject: r.Subject, MessageID: e.MessageID,
		Bytes: content, SHA256: sha256.Sum256(content),
	}, nil
}

// appendBoundary derives the line between the parts from the Message-ID: the
// same each time, and unpredictable to whoever wrote a part of the content,
// since MessageID makes it with a key.
func appendBoundary(to []byte, messageID string) []byte {
	mark := sha256.Sum256(append(append(make([]byte, 0, 300), "boundary "...), messageID...))
	return hex.AppendEncode(append(to, "tocsin-"...), mark[:20])
}

func (e Envelope) check() error {
	switch {
	case !plainAddress(e.To):
		return &PersonError{Field: "to", What: "the recipient is not a plain address"}
	case !validMessageID(e.MessageID):
		return &PersonError{Field: "message_id", What: "the Message-ID must be <local@domain> in plain ASCII, as MessageID makes it"}
	case e.Date.IsZero():
		return &PersonError{Field: "date", What: "the date is missing"}
	}
	return nil
}

// orderHeader puts the fields into headerOrder and refuses any that was not
// meant to be there.
func orderHeader(message []byte) ([]byte, error) {
	head, body, found := bytes.Cut(message, []byte("\r\n\r\n"))
	if !found {
		return nil, errors.New("compose message: it has no body")
	}
	order := headerOrder()
	fields := make(map[string]string, len(order))
	last := ""
	for line := range strings.SplitSeq(string(head), "\r\n") {
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			fields[last] += "\r\n" + line
			continue
		}
		name, _, _ := strings.Cut(line, ":")
		if !slices.Contains(order, name) || fields[name] != "" {
			return nil, errors.New("compose message: it has a header that was not meant to be there")
		}
		fields[name], last = line, name
	}
	var out bytes.Buffer
	out.Grow(len(message))
	for _, name := range order {
		if field, ok := fields[name]; ok {
			out.WriteString(field + "\r\n")
		}
	}
	out.WriteString("\r\n")
	out.Write(body)
	return out.Bytes(), nil
}

func endWithNewline(text string) string {
	if strings.HasSuffix(text, "\n") {
		return text
	}
	return text + "\n"
}
