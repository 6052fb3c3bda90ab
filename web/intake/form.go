package intake

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
	// FormRoom is what a form may take beside its file, in bytes.
	FormRoom = 1 << 20
)

// FileForm is a form with a file, whose values stand before the file, so that
// the file is read as it comes and lies nowhere on the way.
type FileForm struct {
	// Values are the values by name; of several of one name the first.
	Values map[string]string
	// Name is the file's name, without a path.
	Name string
	// File is the file. Its errors are those of an upload.
	File io.Reader
}

// ReadFileForm reads a form up to its file, which is named file.
func ReadFileForm(w http.ResponseWriter, r *http.Request, limit int64, missing string) (FileForm, error) {
	noForm := incident.InvalidField("form", "", "cannot be read", "the form of the page of people")
	if r.ContentLength > limit+FormRoom {
		return FileForm{}, TooLarge("file", InUnits(r.ContentLength), limit)
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return FileForm{}, noForm
	}
	form := FileForm{Values: map[string]string{}}
	for range maxFormFields {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return FileForm{}, incident.InvalidField("file", "", "is missing", missing)
		}
		if err != nil {
			return FileForm{}, noForm
		}
		if part.FormName() == "file" {
			return form.with(w, r, part, limit, missing)
		}
		value, err := io.ReadAll(io.LimitReader(part, maxFormField+1))
		if err != nil || len(value) > maxFormField {
			return FileForm{}, noForm
		}
		name := part.FormName()
		if err := errors.Join(Storable("form", name), Storable(Shortened(name), string(value))); err != nil || !ValidText(string(value)) {
			return FileForm{}, noForm
		}
		if _, twice := form.Values[name]; !twice {
			form.Values[name] = string(value)
		}
	}
	return FileForm{}, noForm
}

func (f FileForm) with(w http.ResponseWriter, r *http.Request, part *multipart.Part, limit int64, missing string) (FileForm, error) {
	if part.FileName() == "" {
		return f, incident.InvalidField("file", "", "is missing", missing)
	}
	f.Name = part.FileName()
	if err := PlainName("file", f.Name); err != nil {
		return f, err
	}
	f.File = UploadOf(w, r, f.Name, limit, part)
	return f, nil
}
