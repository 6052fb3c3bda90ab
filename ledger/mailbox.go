package ledger

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
)

// Bounds of what a mailbox is searched for.
const (
	maxNoteLines = 8  // of a checkpoint's text, and again of its signatures
	maxPartDepth = 10 // of parts within parts of a message
)

// FindCheckpoints gives the signed notes that a text holds, each once, in their
// order: a checkpoint's file, the text of a mail that was pasted or forwarded,
// or a mailbox file (mbox) with whole messages, quoted-printable or base64. It
// only finds them; whether a signature holds is for [ParseCheckpoint].
func FindCheckpoints(text []byte) []string {
	return slices.DeleteFunc(findNotes(text), isRotation)
}

func findNotes(text []byte) []string {
	var found []string
	for _, plain := range append(messages(text), text) {
		for _, candidate := range notes(plain) {
			if !slices.Contains(found, candidate) {
				found = append(found, candidate)
			}
		}
	}
	return found
}

// signatureLine begins each signature of a signed note.
const signatureLine = "— "

// notes finds signed notes in plain text: lines that are neither empty nor a
// ruler, an empty line, and signatures. A signature that a mail program broke
// into several lines is put together again.
func notes(plain []byte) []string {
	text := strings.ReplaceAll(string(plain), "\r\n", "\n")
	lines := strings.Split(strings.ReplaceAll(text, "\u00a0", " "), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(strings.TrimLeft(line, "> \t"), " \t")
	}
	lines = unbroken(lines)
	var found []string
	for i := 0; i < len(lines); i++ {
		if !strings.HasPrefix(lines[i], signatureLine) || i < 2 || lines[i-1] != "" {
			continue
		}
		first := i - 1
		for first > 0 && i-first <= maxNoteLines && lines[first-1] != "" && !strings.HasPrefix(lines[first-1], "-----") {
			first--
		}
		end := i
		for end < len(lines) && end-i < maxNoteLines && strings.HasPrefix(lines[end], signatureLine) {
			end++
		}
		if first < i-1 {
			found = append(found, strings.Join(lines[first:end], "\n")+"\n")
		}
		i = end - 1
	}
	return found
}

// shortestSignature is the length of an Ed25519 signature with its key's hash, in
// base64.
const shortestSignature = 92

// unbroken joins to each signature the lines that belong to it: those of base64
// alone that follow while it is too short to be one.
func unbroken(lines []string) []string {
	out := make([]string, 0, len(lines))
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if name, signature, _ := strings.Cut(strings.TrimPrefix(line, signatureLine), " "); strings.HasPrefix(line, signatureLine) && name != "" {
			for len(signature) < shortestSignature && i+1 < len(lines) && isBase64(lines[i+1]) {
				i++
				signature += lines[i]
			}
			if signature != "" {
				line = signatureLine + name + " " + signature
			}
		}
		out = append(out, line)
	}
	return out
}

func isBase64(s string) bool {
	return s != "" && only(strings.TrimRight(s, "="), "+/")
}

// messages gives the plain texts of the mails in a mailbox file, or of the one
// mail that a file is; none when it is neither.
func messages(text []byte) [][]byte {
	var out [][]byte
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	for _, one := range bytes.Split(append([]byte("\n"), text...), []byte("\nFrom ")) {
		if _, after, found := bytes.Cut(one, []byte("\n")); found && !bytes.HasPrefix(one, []byte("\n")) {
			one = after // the rest of the line "From sender date"
		}
		m, err := mail.ReadMessage(bytes.NewReader(bytes.TrimLeft(one, "\n")))
		if err != nil {
			continue
		}
		out = append(out, texts(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, maxPartDepth)...)
	}
	return out
}

// texts gives the decoded text parts of a body; what cannot be read is left out.
func texts(contentType, encoding string, body io.Reader, depth int) [][]byte {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") && depth > 0 {
		var out [][]byte
		parts := multipart.NewReader(body, parameters["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err != nil {
				return out // the end, or a message that breaks off
			}
			out = append(out, texts(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part, depth-1)...)
		}
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, err := io.ReadAll(body)
	switch {
	case kind == "message/rfc822" && err == nil && depth > 0:
		m, err := mail.ReadMessage(bytes.NewReader(content))
		if err != nil {
			return nil
		}
		return texts(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, depth-1)
	case strings.HasPrefix(kind, "text/"):
		if set := strings.ToLower(parameters["charset"]); set == "windows-1252" || set == "cp1252" {
			content = bytes.ReplaceAll(content, []byte{0x97}, []byte("—")) // the one letter of a note beyond ASCII
		}
		return [][]byte{content}
	}
	return nil
}
