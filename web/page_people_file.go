package web

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tocsin/gdpr"
	"tocsin/incident"
	"tocsin/people"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

type (
	// filePage says what a file holds, to be confirmed.
	filePage struct {
		frame
		W              wording.Words
		ID, Number     string
		File, SHA256   string
		Key            string // under which the import says how far it is
		Found          people.Analysis
		Columns        []columnShown
		Rounds         []int
		Round          int
		OtherSheets    string
		FieldsKept     []string
		FieldsCounted  []string
		KindsCounted   []string
		Fault, AtField string
		// Kept says that the file is the data set that a vendor sent, which need
		// not be chosen again.
		Kept bool
		// Set is the id of that data set, where the page named one.
		Set string
	}
	columnShown struct {
		people.Column
		N           int
		Kind, Looks string
	}
	// importedPage says what became of a file's rows.
	importedPage struct {
		frame
		W           wording.Words
		ID, Number  string
		Done        importAnswer
		Kinds       []countShown
		Unreachable []countShown
		Rejected    []rejectedPart
		List        template.URL // the rows that could not be read, as a file to keep; empty for none
		ListName    string
	}
	// rejectedPart is why rows could not be read, and which.
	rejectedPart struct {
		Why, N, Lines string
	}
	countShown struct{ Name, N string }
)

// linesShown is how many lines a page names for each reason; the file has all
// that were noted.
const linesShown = 30

// lookAtFile says what a file of people holds. Nothing of it is stored.
func (s *server) lookAtFile(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	words := wording.For(user.Locale)
	form, err := intake.ReadFileForm(w, r, s.MaxPeople, words.T("file_missing"))
	if err == nil {
		var page filePage
		if page, err = s.filePageOf(r, user, state, form, words); err == nil {
			s.show(w, r, http.StatusOK, "people_file", page)
			return nil
		}
	}
	return s.fileRefused(w, r, user, state, err)
}

// fileRefused shows beside the file's field why it was refused.
func (s *server) fileRefused(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, err error) error {
	switch told := explain(err); told.Kind {
	case incident.Invalid, incident.Conflict, incident.TooLarge:
		return s.showPeople(w, r, user, state, statusOf(told.Kind), problem{"file", wording.For(user.Locale).Refusal(told)})
	default:
		return err
	}
}

func (s *server) filePageOf(r *http.Request, user postgres.User, state *incident.State, form intake.FileForm, words wording.Words) (filePage, error) {
	hash := sha256.New()
	body := io.TeeReader(form.File, hash)
	found, err := people.Analyze(r.Context(), body)
	if err != nil {
		return filePage{}, err
	}
	// To the end, for the hash by which the same file is recognised.
	if _, err := io.Copy(io.Discard, body); err != nil {
		return filePage{}, err
	}
	page := filePage{
		frame: frame{Title: words.T("file_title"), User: user, Lang: words.Lang},
		W:     words, ID: state.ID, Number: state.Number, File: form.Name, Key: rand.Text(), SHA256: hex.EncodeToString(hash.Sum(nil)), Found: found,
		OtherSheets: strings.Join(found.OtherSheets, ", "),
	}
	for i, c := range found.Columns {
		page.Columns = append(page.Columns, columnShown{Column: c, N: i, Kind: wording.SentenceStart(words.Kind(c.DataKind)), Looks: strings.Join(c.Shapes, "  ")})
	}
	for n := range len(state.Rounds) + 1 {
		page.Rounds = append(page.Rounds, n+1)
	}
	for _, name := range people.FieldNames() {
		if words.Own("field_"+name) != "" {
			page.FieldsKept = append(page.FieldsKept, name)
		} else {
			page.FieldsCounted = append(page.FieldsCounted, name)
		}
	}
	for _, kind := range gdpr.DataKinds() {
		page.KindsCounted = append(page.KindsCounted, "kind:"+kind.Key)
	}
	return page, nil
}

// importConfirmed imports a file whose kinds of data a person has confirmed.
func (s *server) importConfirmed(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	words := wording.For(user.Locale)
	done, err := s.importForm(w, r, user, state, words)
	return s.showImported(w, r, user, state, words, done, err)
}

// showImported says what became of a file's rows, or why it was refused.
func (s *server) showImported(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, words wording.Words, done importAnswer, err error) error {
	if err != nil {
		return s.fileRefused(w, r, user, state, err)
	}
	page := importedPage{frame: frame{Title: words.T("file_done"), User: user, Lang: words.Lang}, W: words, ID: state.ID, Number: state.Number, Done: done,
		Unreachable: countsShown(done.Unreachable, words, words.Said),
		Kinds:       countsShown(done.ByDataKind, words, func(key string) string { return wording.SentenceStart(words.Kind(key)) })}
	page.Rejected = rejectedParts(done, words)
	if len(done.Rejected) > 0 {
		if page.List, err = rejectedList(done, words); err != nil {
			return err
		}
		page.ListName = fmt.Sprintf("%s-round-%d-not-read.csv", state.Number, done.Round)
	}
	s.show(w, r, http.StatusOK, "people_imported", page)
	return nil
}

// rejectedParts puts the rows that could not be read together by their reason,
// the most frequent first.
func rejectedParts(done importAnswer, w wording.Words) []rejectedPart {
	lines, counts := map[string][]string{}, map[string]int{}
	for _, row := range done.Rejected {
		if counts[row.Why]++; counts[row.Why] <= linesShown {
			lines[row.Why] = append(lines[row.Why], strconv.Itoa(row.Line))
		}
	}
	var list []rejectedPart
	for _, one := range countsShown(counts, w, func(why string) string { return why }) {
		part := rejectedPart{Why: w.Said(one.Name), N: one.N, Lines: strings.Join(lines[one.Name], ", ")}
		if more := counts[one.Name] - len(lines[one.Name]); more > 0 {
			part.Lines += " " + w.T("res_more", more)
		}
		list = append(list, part)
	}
	if more := done.RejectedRows - len(done.Rejected); more > 0 {
		list = append(list, rejectedPart{Why: w.T("res_not_noted"), N: w.N(more)})
	}
	return list
}

// rejectedList is the rows that could not be read as a file that the browser
// keeps: nothing of it lies on the server. It holds numbers and reasons, no cell.
func rejectedList(done importAnswer, w wording.Words) (template.URL, error) {
	var list bytes.Buffer
	err := people.WriteCSV(&list, func(yield func([]string, error) bool) {
		if !yield(tableWords{w: &w}.head("line", "why"), nil) {
			return
		}
		for _, row := range done.Rejected {
			if !yield([]string{strconv.Itoa(row.Line), w.Said(row.Why)}, nil) {
				return
			}
		}
	})
	return template.URL("data:text/csv;charset=utf-8;base64," + base64.StdEncoding.EncodeToString(list.Bytes())), err //nolint:gosec // base64 of our own CSV
}

func (s *server) importForm(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, words wording.Words) (importAnswer, error) {
	form, err := intake.ReadFileForm(w, r, s.MaxPeople, words.T("file_missing"))
	if err != nil {
		return importAnswer{}, err
	}
	file, err := confirmed(form.Values, words)
	if err != nil {
		return importAnswer{}, err
	}
	file.name, file.body = form.Name, form.File
	key, err := keyOfForm(form.Values["key"])
	if err != nil {
		return importAnswer{}, err
	}
	if key != "" {
		var end func()
		file.reading, end = s.readings.begin(user.ID, key, r.ContentLength)
		defer end()
	}
	return s.importFile(r, user, state, file)
}

// confirmed reads what a person has confirmed of a file: its kinds of data, its
// round and its hash.
func confirmed(values map[string]string, words wording.Words) (fileOfPeople, error) {
	file := fileOfPeople{columns: map[string]string{}, sha256: values["sha256"]}
	if values["sure"] != "yes" {
		return file, incident.InvalidField("kinds", "", "are not confirmed", words.T("file_right_first"))
	}
	if len(file.sha256) != 64 || strings.Trim(file.sha256, "0123456789abcdef") != "" {
		return file, incident.InvalidField("form", "", "cannot be read", "the form of the page of people")
	}
	if text := values["round"]; text != "" {
		var err error
		if file.round, err = strconv.Atoi(text); err != nil || file.round < 1 || file.round > 10_000 {
			return file, incident.InvalidField("round", intake.Shortened(text), "is not a round", "a whole number from 1")
		}
	}
	for i := 0; ; i++ {
		column, there := values[fmt.Sprintf("column-%d", i)]
		if !there {
			return file, nil
		}
		file.columns[column] = values[fmt.Sprintf("field-%d", i)]
	}
}

// countsShown lists counts, the greatest first.
func countsShown(counts map[string]int, w wording.Words, name func(string) string) []countShown {
	var list []countShown
	for _, key := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	}) {
		list = append(list, countShown{name(key), w.N(counts[key])})
	}
	return list
}
