package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"tocsin/incident"
	"tocsin/postgres"
)

// maxRead bounds a file that is read into memory, in bytes. The server's own
// limits are lower.
const maxRead = 64 << 20

// attachment is a file as the API takes it inside a JSON document.
type attachment struct {
	// Name is the file's name without a path.
	Name string `json:"name"`
	// MediaType is its media type.
	MediaType string `json:"media_type"`
	// Content are its bytes; in base64 in JSON.
	Content []byte `json:"content"`
}

// open opens a regular file that a flag names.
func open(flag, name string) (*os.File, int64, error) {
	f, err := os.Open(name) //nolint:gosec // the user names the file
	if err != nil {
		return nil, 0, unreadable(flag, name, err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("it is a folder")
	}
	if err != nil {
		return nil, 0, errors.Join(unreadable(flag, name, err), f.Close())
	}
	return f, info.Size(), nil
}

// unreadable says why a file cannot be used.
func unreadable(field, name string, err error) error {
	why := "cannot be read"
	var at *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		why = "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		why = "may not be read"
	case errors.As(err, &at):
		why += " (" + at.Err.Error() + ")"
	default:
		why += " (" + err.Error() + ")"
	}
	return incident.InvalidField(field, name, why, "the path of a file that can be read")
}

// read reads a whole file that a flag names.
func read(flag, name string) ([]byte, error) { return readUpTo(flag, name, maxRead) }

// readUpTo reads a file of at most limit bytes.
func readUpTo(flag, name string, limit int64) ([]byte, error) {
	f, size, err := open(flag, name)
	if err != nil {
		return nil, err
	}
	tooLarge := &incident.Error{Kind: incident.TooLarge, Field: flag, Value: name, Message: "is too large",
		Expected: fmt.Sprintf("at most %d MB", limit>>20)}
	if size > limit {
		return nil, errors.Join(tooLarge, f.Close())
	}
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, unreadable(flag, name, err)
	}
	if int64(len(content)) > limit {
		return nil, tooLarge
	}
	return content, nil
}

// readJSON reads a file that holds one JSON document, as it is.
func readJSON(flag, name string) (json.RawMessage, error) {
	content, err := read(flag, name)
	if err != nil {
		return nil, err
	}
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")) // some editors put a mark there
	var document json.RawMessage
	if err := json.Unmarshal(content, &document); err != nil {
		where := ""
		if fault, ok := errors.AsType[*json.SyntaxError](err); ok {
			line := 1 + bytes.Count(content[:min(int(fault.Offset), len(content))], []byte("\n"))
			where = fmt.Sprintf(" from line %d", line)
		}
		return nil, incident.InvalidField(flag, name, "is not JSON"+where, "a file with one JSON document")
	}
	return document, nil
}

// attach reads a file as an attachment, which the store takes up to its limit.
func attach(field, name string) (attachment, error) {
	content, err := readUpTo(field, name, postgres.MaxDocument)
	if err != nil {
		return attachment{}, err
	}
	if content == nil {
		content = []byte{}
	}
	return attachment{Name: filepath.Base(name), MediaType: mediaType(name), Content: content}, nil
}

// mediaType gives the type of a file by its name. The types that evidence
// mostly has do not depend on the machine's own table.
func mediaType(name string) string {
	extension := strings.ToLower(filepath.Ext(name))
	switch extension {
	case ".eml":
		return "message/rfc822"
	case ".csv":
		return "text/csv"
	case ".tsv":
		return "text/tab-separated-values"
	case ".jsonl":
		return "application/x-ndjson"
	case ".xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case ".txt", ".log":
		return "text/plain"
	}
	if kind, _, err := mime.ParseMediaType(mime.TypeByExtension(extension)); err == nil {
		return kind
	}
	return "application/octet-stream"
}

// sentFile is a file on its way to the server. It remembers a fault of the
// disk, so that it is not taken for one of the connection.
type sentFile struct {
	file *os.File
	name string
	size int64
	err  error
	far  *progress
}

// Read implements io.Reader.
func (f *sentFile) Read(p []byte) (int, error) {
	n, err := f.file.Read(p)
	f.far.took(n)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = unreadable("--file", f.name, err)
	}
	return n, err
}

// writeFile writes a file that the user named, for the user alone.
func writeFile(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return incident.InvalidField("--out", path, "cannot be written", "a path in a folder that you may write")
	}
	return nil
}

// save downloads a file of the given type to a path that the user named, and
// says so, with advice if there is any.
func (s *session) save(ctx context.Context, from, media, out, advice string) error {
	var content bytes.Buffer
	if err := s.download(ctx, http.MethodGet, from, media, &content); err != nil {
		return err
	}
	if err := writeFile(out, content.Bytes()); err != nil {
		return err
	}
	type written struct {
		File string `json:"file"`
	}
	return result(s, written{out}, func(p page, v written) {
		if advice == "" {
			p.text("Written to %s", v.File)
		} else {
			p.text("Written to %s. %s", v.File, advice)
		}
	})
}
