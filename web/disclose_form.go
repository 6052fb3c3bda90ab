package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/mail"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
)

const (
	// maxTold is the longest answer in a disclosure, in bytes; short ones are held
	// to less by the page.
	maxTold = 40_000
	// maxDiscloseFiles is how many messages and papers may come with one.
	maxDiscloseFiles = 5
	// maxDiscloseParts is how many parts its form may have.
	maxDiscloseParts = 40
)

// discloseForm is what came through a vendor's link. Nothing of it is trusted.
type discloseForm struct {
	s       *server
	link    postgres.DisclosureLink
	key     string
	told    vendorTold
	files   []file
	dataSet *incident.Document
}

// drop removes the data set of a form that came to nothing.
func (f *discloseForm) drop(ctx context.Context) {
	if f.dataSet == nil {
		return
	}
	// What stays is swept up after a week.
	_ = f.s.Store.DropDataSet(ctx, f.incident(), f.dataSet.ID)
	f.dataSet = nil
}

func noDiscloseForm() *incident.Error {
	return incident.InvalidField("form", "", "did not arrive completely", "the form of this page; open it again")
}

// read reads the form as it comes: its key first, a data set straight into the
// store and nowhere else.
func (f *discloseForm) read(w http.ResponseWriter, r *http.Request) error {
	most := f.s.MaxUpload + f.s.MaxPeople + intake.FormRoom
	if r.ContentLength > most {
		return intake.TooLarge("data_set", intake.InUnits(r.ContentLength), f.s.MaxPeople)
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	parts, err := r.MultipartReader()
	if err != nil {
		return noDiscloseForm()
	}
	fields := map[string]*string{
		"happened": &f.told.Happened, "noticed": &f.told.Noticed, "personal_data": &f.told.PersonalData, "data": &f.told.Data, "people": &f.told.People,
		"countries": &f.told.Countries, "measures": &f.told.Measures, "contact": &f.told.Contact, "email": &f.told.Email, "phone": &f.told.Phone,
	}
	for range maxDiscloseParts {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			if f.key == "" {
				return noDiscloseForm()
			}
			return nil
		}
		if err != nil {
			return noDiscloseForm()
		}
		switch name := part.FormName(); {
		case name == "key" && f.key == "":
			err = f.readKey(r.Context(), part)
		case f.key == "":
			err = noDiscloseForm() // it says which case the rest belongs to
		case name == "message":
			err = f.readFile(part)
		case name == "data_set":
			err = f.readDataSet(w, r, part)
		case fields[name] != nil:
			*fields[name], err = readTold(name, part)
		default:
			err = noDiscloseForm()
		}
		if err != nil {
			return err
		}
	}
	return noDiscloseForm()
}

func (f *discloseForm) readKey(ctx context.Context, part *multipart.Part) error {
	key, err := readTold("key", part)
	if err != nil || len(key) < 16 || len(key) > 64 || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r >= utf8.RuneSelf }) {
		return noDiscloseForm()
	}
	f.key = key
	if !f.link.Exhausted() {
		return nil
	}
	// A link that is used up takes only what was told through it before.
	_, err = f.s.Store.DisclosureUseOf(ctx, f.link.ID, f.incident())
	return err
}

func readTold(name string, part io.Reader) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(part, maxTold+1))
	if err != nil {
		return "", noDiscloseForm()
	}
	text := strings.TrimSpace(string(raw))
	if len(raw) > maxTold {
		return "", incident.InvalidField(name, "", "is too long", incident.Say("at most %d characters; send more as a file", maxTold/4))
	}
	if intake.Storable(name, text) != nil || !intake.ValidText(text) {
		return "", incident.InvalidField(name, "", "holds a character that is not text", "plain text")
	}
	return text, nil
}

// nameOf is a part's file name, without a path; empty where no file was chosen.
func nameOf(field string, part *multipart.Part) (string, error) {
	name := filepath.Base(strings.ReplaceAll(part.FileName(), `\`, "/"))
	if part.FileName() == "" {
		return "", nil
	}
	return name, intake.PlainName(field, name)
}

// readFile takes a message or a paper: of few kinds, which are what they say.
func (f *discloseForm) readFile(part *multipart.Part) error {
	const field = "message"
	name, err := nameOf(field, part)
	if err != nil || name == "" {
		return err
	}
	left := f.s.MaxUpload
	for _, have := range f.files {
		left -= int64(len(have.Content))
		if have.Name == name {
			return incident.InvalidField(field, intake.Shortened(name), "is given twice", "each file once")
		}
	}
	if len(f.files) == maxDiscloseFiles {
		return incident.InvalidField(field, "", "are too many", incident.Say("at most %d files", maxDiscloseFiles))
	}
	content, err := io.ReadAll(io.LimitReader(part, left+1))
	if err != nil {
		return noDiscloseForm()
	}
	if int64(len(content)) > left {
		return intake.TooLarge(field, "", f.s.MaxUpload)
	}
	media, ok := kindOfPaper(name, content)
	if !ok {
		return incident.InvalidField(field, intake.Shortened(name), "is of a kind that is not taken, or not what its name says", "a message (.eml), a PDF (.pdf) or plain text (.txt)")
	}
	f.files = append(f.files, file{Name: name, MediaType: media, Content: content})
	return nil
}

// kindOfPaper is the media type of a file by its name and its content, which
// have to agree.
func kindOfPaper(name string, content []byte) (string, bool) {
	found := http.DetectContentType(content)
	text := strings.HasPrefix(found, "text/plain") && utf8.Valid(content)
	switch strings.ToLower(filepath.Ext(name)) {
	case ".eml":
		message, err := mail.ReadMessage(bytes.NewReader(content))
		return "message/rfc822", err == nil && len(message.Header) > 0 && !bytes.ContainsRune(content, 0)
	case ".pdf":
		return "application/pdf", found == "application/pdf"
	case ".txt":
		return "text/plain", text
	}
	return "", false
}

// dataSetKinds are the kinds of data sets that are taken, by the end of the name.
var dataSetKinds = map[string]string{
	".csv": "text/csv", ".tsv": "text/tab-separated-values", ".jsonl": "application/x-ndjson", ".ndjson": "application/x-ndjson",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// readDataSet stores a data set as it comes. It is not read: what it holds is
// looked at by a person, later, under the limits of an import.
func (f *discloseForm) readDataSet(w http.ResponseWriter, r *http.Request, part *multipart.Part) error {
	const field = "data_set"
	name, err := nameOf(field, part)
	if err != nil || name == "" {
		return err
	}
	if f.dataSet != nil {
		return incident.InvalidField(field, "", "is given twice", "one data set")
	}
	head := bufio.NewReaderSize(part, 4096)
	first, err := head.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return noDiscloseForm()
	}
	media, ok := dataSetKinds[strings.ToLower(filepath.Ext(name))]
	want := "text/plain"
	if strings.HasSuffix(strings.ToLower(name), ".xlsx") {
		want = "application/zip"
	}
	if !ok || len(first) == 0 || !strings.HasPrefix(http.DetectContentType(first), want) {
		return incident.InvalidField(field, intake.Shortened(name), "is of a kind that is not taken, empty, or not what its name says",
			"CSV (.csv), TSV (.tsv), JSON Lines (.jsonl) or a workbook (.xlsx)")
	}
	body := intake.UploadOf(w, r, name, f.s.MaxPeople, io.NopCloser(head))
	stored, err := f.s.Store.PutDataSet(r.Context(), f.incident(), name, media, body)
	if err != nil {
		if told := explain(err); slices.Contains([]incident.Kind{incident.Invalid, incident.TooLarge}, told.Kind) {
			told.Field = field
			return told
		}
		return err
	}
	f.dataSet = &stored
	return nil
}
