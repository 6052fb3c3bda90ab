package notice

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// maxPart bounds each part of a communication, in bytes.
const maxPart = 1 << 20

// parts are what a reader sees of a communication.
type parts struct{ subject, text, html string }

// readParts takes a message apart and accepts only what compose makes of a
// communication: multipart/alternative with one text and one HTML part. The
// errors say what is wrong and hold nothing of the message.
func readParts(message []byte) (parts, error) {
	parsed, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		return parts{}, errors.New("the message cannot be read")
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	if err != nil {
		return parts{}, errors.New("the subject cannot be read")
	}
	kind, parameters, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		return parts{}, errors.New("the message must consist of a text and an HTML part and nothing else")
	}
	reader := multipart.NewReader(parsed.Body, parameters["boundary"])
	var contents []string
	for _, want := range []string{"text/plain", "text/html"} {
		part, err := reader.NextRawPart()
		if err != nil {
			return parts{}, errors.New("the message lacks its " + want + " part")
		}
		kind, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil || kind != want || part.Header.Get("Content-Disposition") != "" || parameters["name"] != "" {
			return parts{}, errors.New("the message has a part that is not its text or HTML: remove the attachment")
		}
		if part.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			return parts{}, errors.New("the message has a part in another encoding than quoted-printable")
		}
		content, err := io.ReadAll(io.LimitReader(quotedprintable.NewReader(part), maxPart+1))
		if err != nil || len(content) > maxPart {
			return parts{}, errors.New("a part of the message is broken or larger than 1 MB")
		}
		contents = append(contents, strings.ReplaceAll(string(content), "\r\n", "\n"))
	}
	if _, err := reader.NextRawPart(); !errors.Is(err, io.EOF) {
		return parts{}, errors.New("the message has a third part: remove the attachment")
	}
	return parts{subject: subject, text: contents[0], html: contents[1]}, nil
}

// inspection is what a reader of the HTML part gets to see.
type inspection struct {
	text     string // the visible text
	problems []Problem
}

// inspectHTML goes through the tags. It allows a short list of elements and
// attributes, since what fetches something from elsewhere grows every year.
func inspectHTML(document string, pages ...string) inspection {
	var seen inspection
	var text strings.Builder
	report := func(rule, what string) {
		problem := Problem{"message", rule, what}
		if !slices.Contains(seen.problems, problem) {
			seen.problems = append(seen.problems, problem)
		}
	}
	if !strings.HasSuffix(strings.TrimSpace(document), "</html>") {
		// An open tag at the end is read differently by each program.
		report(ruleWhole, "the HTML breaks off: it must end in </html>")
	}
	heading, inHeading := false, false // a heading was seen and nothing since
	hidden := ""                       // the element whose text is not part of the message
	filled := true                     // since the last li, p or strong began there was text
	tokens := html.NewTokenizer(strings.NewReader(document))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			if heading {
				report(ruleClear, "a section of the HTML is empty")
			}
			seen.text = text.String()
			return seen
		case html.TextToken:
			content := string(tokens.Text())
			if hidden != "" {
				continue
			}
			text.WriteString(content)
			filled = filled || strings.TrimSpace(content) != ""
			if !inHeading && strings.TrimSpace(content) != "" {
				heading = false
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			checkElement(token, pages, report)
			switch token.Data {
			case "title":
				hidden = token.Data
			case "li", "p", "strong", "a":
				filled = false
			case "h1", "h2", "h3":
				if heading {
					report(ruleClear, "a section of the HTML is empty")
				}
				heading, inHeading = true, true
			}
			text.WriteByte(' ')
		case html.EndTagToken:
			name, _ := tokens.TagName()
			switch string(name) {
			case hidden:
				hidden = ""
			case "li", "p", "strong", "a":
				if !filled {
					report(ruleClear, "a point, a paragraph or a value of the HTML is empty")
				}
			case "h1", "h2", "h3":
				inHeading = false
			}
			text.WriteByte(' ')
		case html.CommentToken:
			// Conditional comments are markup to some programs.
			report(ruleNoTracking, "the HTML holds a comment: remove it")
		}
	}
}

func checkElement(token html.Token, pages []string, report func(rule, what string)) {
	switch token.Data {
	case "html", "head", "title", "body", "div", "p", "br", "h1", "h2", "h3", "ul", "ol", "li", "strong", "em", "span", "a":
	case "meta":
		for _, attribute := range token.Attr {
			if attribute.Key != "charset" && attribute.Key != "name" && attribute.Key != "content" {
				report(ruleNoTracking, "the HTML holds a meta element that does something: remove it")
			}
		}
		return
	default:
		report(ruleNoTracking, "the HTML holds an element that may load something from elsewhere, such as an image or a script: remove it")
		return
	}
	for _, attribute := range token.Attr {
		switch attribute.Key {
		case "lang":
		case "href":
			if token.Data != "a" || !slices.Contains(pages, attribute.Val) {
				report(ruleOneLink, "the HTML holds another link than the page: remove it")
			}
		case "style":
			style := strings.ToLower(squash(attribute.Val))
			if strings.ContainsAny(style, "\\@") || strings.Contains(style, "url") || strings.Contains(style, "image") ||
				strings.Contains(style, "display:none") || strings.Contains(style, "expression") {
				report(ruleNoTracking, "a style loads or hides something: remove it")
			}
		default:
			report(ruleNoTracking, "the HTML holds an attribute that may load or do something: remove it")
		}
	}
}
