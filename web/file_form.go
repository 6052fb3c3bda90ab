package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"tocsin/incident"
)

const (
	// maxFormField is the longest value beside a file, in bytes.
	maxFormField = 4 << 10
	// maxFormFields is how many values may stand beside a file: two for each of
	// 500 columns and a few more.
	maxFormFields = 1100
	// formRoom is what a form may take beside its file, in bytes.
	formRoom = 1 << 20
)

// fileForm is a form with a file, whose values stand before the file, so that
// the file is read as it comes and lies nowhere on the way.
type fileForm struct {
	// values are the values by name; of several of one name the first.
	values map[string]string
	// name is the file's name, without a path.
	name string
	// file is the file. Its errors are those of an upload.
	file io.Reader
}

// readFileForm reads a form up to its file, which is named file.
func readFileForm(w http.ResponseWriter, r *http.Request, limit int64, missing string) (fileForm, error) {
	noForm := incident.InvalidField("form", "", "cannot be read", "the form of the page of people")
	if r.ContentLength > limit+formRoom {
		return fileForm{}, tooLarge("file", inUnits(r.ContentLength), limit)
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return fileForm{}, noForm
	}
	form := fileForm{values: map[string]string{}}
	for range maxFormFields {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return fileForm{}, incident.InvalidField("file", "", "is missing", missing)
		}
		if err != nil {
			return fileForm{}, noForm
		}
		if part.FormName() == "file" {
			return form.with(w, r, part, limit, missing)
		}
		value, err := io.ReadAll(io.LimitReader(part, maxFormField+1))
		if err != nil || len(value) > maxFormField {
			return fileForm{}, noForm
		}
		name := part.FormName()
		if err := errors.Join(storable("form", name), storable(shortened(name), string(value))); err != nil || !validText(string(value)) {
			return fileForm{}, noForm
		}
		if _, twice := form.values[name]; !twice {
			form.values[name] = string(value)
		}
	}
	return fileForm{}, noForm
}

func (f fileForm) with(w http.ResponseWriter, r *http.Request, part *multipart.Part, limit int64, missing string) (fileForm, error) {
	if part.FileName() == "" {
		return f, incident.InvalidField("file", "", "is missing", missing)
	}
	f.name = part.FileName()
	if err := plainName("file", f.name); err != nil {
		return f, err
	}
	f.file = uploadOf(w, r, f.name, limit, part)
	return f, nil
}
