package mailcatcher

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/htmlindex"
)

const (
	maxDepth = 8
	maxParts = 200
)

// Message is a caught mail, decoded for reading.
type Message struct {
	// Number counts the messages of one data directory from 1.
	Number int `json:"-"`
	// From is the sender of the envelope (MAIL FROM), empty for a bounce.
	From string `json:"from"`
	// To are the accepted recipients of the envelope (RCPT TO).
	To []string `json:"to"`
	// Subject is decoded (RFC 2047).
	Subject string `json:"subject"`
	// MessageID is the Message-ID as it stands, with its angle brackets.
	MessageID string `json:"message_id"`
	// ReceivedAt is when the last byte arrived.
	ReceivedAt time.Time `json:"received_at"`
	// Text is the first text/plain part in UTF-8 with lines ended by "\n". If
	// there is none it is the text of the first text/html part.
	Text string `json:"text"`
	// Headers are all fields under their canonical names, decoded, in the
	// order in which fields of one name appear.
	Headers map[string][]string `json:"headers"`
}

// decode reads what can be read. A message that is no proper mail is shown as
// text: what arrived must stay visible.
func decode(number int, kept record) Message {
	message := Message{
		Number:     number,
		From:       kept.From,
		To:         kept.To,
		ReceivedAt: kept.ReceivedAt,
		Headers:    map[string][]string{},
	}
	if message.To == nil {
		message.To = []string{}
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(kept.Content))
	if err != nil {
		message.Text = plain(kept.Content)
		return message
	}
	words := &mime.WordDecoder{CharsetReader: charsetReader}
	for name, values := range parsed.Header {
		for _, value := range values {
			if decoded, err := words.DecodeHeader(value); err == nil {
				value = decoded
			}
			message.Headers[name] = append(message.Headers[name], strings.ToValidUTF8(value, "\uFFFD"))
		}
	}
	message.Subject = first(message.Headers["Subject"])
	message.MessageID = strings.TrimSpace(parsed.Header.Get("Message-Id"))
	found := &texts{}
	found.collect(textproto.MIMEHeader(parsed.Header), parsed.Body, 0)
	switch {
	case found.hasPlain:
		message.Text = found.plain
	case found.hasHTML:
		message.Text = textOf(found.html)
	}
	return message
}

// texts gathers the first part of either kind while walking the parts.
type texts struct {
	plain, html       string
	hasPlain, hasHTML bool
	parts             int
}

func (t *texts) collect(header textproto.MIMEHeader, body io.Reader, depth int) {
	t.parts++
	if t.hasPlain || depth > maxDepth || t.parts > maxParts {
		return
	}
	kind, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		kind, parameters = "text/plain", nil
	}
	if disposition, _, err := mime.ParseMediaType(header.Get("Content-Disposition")); err == nil && disposition == "attachment" {
		return
	}
	if strings.HasPrefix(kind, "multipart/") {
		reader := multipart.NewReader(body, parameters["boundary"])
		for {
			// Raw: the transfer encoding is undone in one place, below.
			part, err := reader.NextRawPart()
			if err != nil {
				return
			}
			t.collect(part.Header, part, depth+1)
		}
	}
	if kind != "text/plain" && kind != "text/html" {
		return
	}
	content := unpack(header.Get("Content-Transfer-Encoding"), body)
	text := plain(recode(content, parameters["charset"]))
	if kind == "text/plain" {
		t.plain, t.hasPlain = text, true
	} else if !t.hasHTML {
		t.html, t.hasHTML = text, true
	}
}

// unpack undoes the transfer encoding, and keeps what could be read.
func unpack(encoding string, body io.Reader) []byte {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, err := io.ReadAll(io.LimitReader(body, 2*maxMessageBytes))
	if err != nil {
		return append(content, "\n[the rest of this message cannot be decoded]\n"...)
	}
	return content
}

func recode(content []byte, charset string) []byte {
	if charset == "" || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "us-ascii") {
		return content
	}
	reader, err := charsetReader(charset, bytes.NewReader(content))
	if err != nil {
		return content
	}
	recoded, err := io.ReadAll(reader)
	if err != nil {
		return content
	}
	return recoded
}

func charsetReader(charset string, input io.Reader) (io.Reader, error) {
	encoding, err := htmlindex.Get(charset)
	if err != nil {
		return nil, err
	}
	return encoding.NewDecoder().Reader(input), nil
}

func plain(content []byte) string {
	text := strings.ReplaceAll(string(content), "\r\n", "\n")
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	return text
}

// textOf is what an HTML part says, without what it does.
func textOf(source string) string {
	var text strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(source))
	hidden := ""
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			return strings.TrimSpace(text.String())
		}
		token := tokens.Token()
		switch kind {
		case html.TextToken:
			if hidden == "" {
				text.WriteString(token.Data)
			}
		case html.StartTagToken:
			if token.Data == "script" || token.Data == "style" || token.Data == "title" {
				hidden = token.Data
			}
		case html.EndTagToken:
			if token.Data == hidden {
				hidden = ""
			}
			if token.Data == "p" || token.Data == "div" || token.Data == "tr" || token.Data == "li" {
				text.WriteString("\n")
			}
		case html.SelfClosingTagToken:
			if token.Data == "br" {
				text.WriteString("\n")
			}
		}
	}
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
