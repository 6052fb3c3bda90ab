package intake

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"tocsin/incident"
)

// Received is a file that came with a form, read into memory.
type Received struct {
	// Name is the file's name as the browser gave it; it may hold a path.
	Name string
	// MediaType is the type that the browser gave it; may be empty.
	MediaType string
	// Content are its bytes.
	Content []byte
}

// maxFiles is how many files a form may bring.
const maxFiles = 100

// ReadFilesForm reads a form with several files of one field, whose values stand
// before the files. Together the files may have limit bytes. What came before a
// fault is given with it, so that nothing that a person typed is lost; the rest
// of what is sent is read and thrown away, so that the browser hears the answer.
func ReadFilesForm(w http.ResponseWriter, r *http.Request, limit int64, field string) (map[string]string, []Received, error) {
	values := map[string]string{}
	incomplete := incident.InvalidField("form", "", "did not arrive completely", "the form; send it again")
	parts, err := r.MultipartReader()
	if err != nil {
		return values, nil, incomplete
	}
	var files []Received
	left, room := limit, int64(FormRoom)
	for range maxFormFields + maxFiles {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return values, files, nil
		}
		if err != nil {
			return values, nil, incomplete
		}
		if part.FormName() == field && isFile(part) {
			if part.FileName() == "" {
				continue // no file was chosen
			}
			content, err := io.ReadAll(io.LimitReader(part, left+1))
			if err != nil {
				return values, nil, incomplete
			}
			if left -= int64(len(content)); left < 0 {
				Drain(http.NewResponseController(w), r.Body)
				return values, nil, TooLarge(field, "", limit)
			}
			if files = append(files, Received{part.FileName(), part.Header.Get("Content-Type"), content}); len(files) > maxFiles {
				Drain(http.NewResponseController(w), r.Body)
				return values, nil, incident.InvalidField(field, "", "are too many", incident.Say("at most %d files", maxFiles))
			}
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, room+1))
		if room -= int64(len(value)); err != nil || room < 0 {
			Drain(http.NewResponseController(w), r.Body)
			return values, nil, incomplete
		}
		if _, twice := values[part.FormName()]; !twice {
			values[part.FormName()] = string(value)
		}
	}
	return values, nil, incomplete
}

// isFile says whether a part of a form is a field of files: also one in which
// nothing was chosen, which browsers send with an empty name.
func isFile(part *multipart.Part) bool {
	return part.FileName() != "" || part.Header.Get("Content-Type") != ""
}
