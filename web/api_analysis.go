package web

import (
	"io"
	"net/http"

	"tocsin/gdpr"
	"tocsin/people"
	"tocsin/postgres"
	"tocsin/web/intake"
)

// analysisAnswer is what a file of affected people seems to hold.
type analysisAnswer struct {
	Format       people.Format    `json:"format" doc:"CSV, TSV, JSON Lines or XLSX, found by the content"`
	Encoding     string           `json:"encoding" doc:"how letters are written, such as UTF-8 or Windows-1252"`
	Delimiter    string           `json:"delimiter,omitempty" doc:"what stands between values"`
	Sheet        string           `json:"sheet,omitempty" doc:"the sheet of a workbook that is read"`
	OtherSheets  []string         `json:"other_sheets" doc:"the sheets of a workbook that are not read"`
	Columns      []analysedColumn `json:"columns" doc:"the columns in the order of the file"`
	Rows         int              `json:"rows" doc:"the number of rows looked at, at most 1000"`
	RejectedRows int              `json:"rejected_rows" doc:"the number of those that could not be read"`
	Complete     bool             `json:"complete" doc:"whether these are all rows of the file"`
	Warnings     []string         `json:"warnings" doc:"what to know before the file is imported"`
	Fields       []string         `json:"fields" doc:"the fields to which a column may be mapped, beside - to leave it out"`
}

// analysedColumn is one column, to be confirmed or corrected.
type analysedColumn struct {
	Name         string   `json:"name" doc:"the name as in the file, or column N"`
	Field        string   `json:"field" doc:"the field it would fill; kind:KEY is only counted, - is left out"`
	DataKind     string   `json:"data_kind" doc:"the key of the kind of data, or other"`
	DataKindName string   `json:"data_kind_name" doc:"the kind of data in words"`
	Confidence   int      `json:"confidence" doc:"how sure that is, in percent"`
	Why          string   `json:"why" doc:"what it was recognised by; no value is repeated"`
	Filled       int      `json:"filled" doc:"the number of cells that are not empty among the rows looked at"`
	Shapes       []string `json:"shapes" doc:"the most frequent shapes of the values: a, A and 9 stand for letters and digits"`
}

// analysePeople says what the columns of a file hold, before anything of it is
// stored. Nothing is kept of the file.
func (s *server) analysePeople(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	if err := checkQuery(r, "", "name"); err != nil {
		return err
	}
	name, err := optionalName(r)
	if err != nil {
		return err
	}
	body, err := intake.NewUpload(w, r, name, s.MaxPeople)
	if err != nil {
		return err
	}
	found, err := people.Analyze(r.Context(), body)
	if err != nil {
		return err
	}
	// Of a long file only the beginning was looked at, but its sender listens
	// only after sending all of it.
	if _, err := io.Copy(io.Discard, body); err != nil {
		return err
	}
	out := analysisAnswer{
		Format: found.Format, Encoding: found.Encoding, Delimiter: found.Delimiter, Sheet: found.Sheet,
		OtherSheets: append([]string{}, found.OtherSheets...), Columns: []analysedColumn{},
		Rows: found.Rows, RejectedRows: found.RejectedRows, Complete: found.Complete, Warnings: found.Warnings,
		Fields: people.FieldNames(),
	}
	for _, c := range found.Columns {
		words := "not a kind of data that Tocsin knows"
		if kind, ok := gdpr.DataKindByKey(c.DataKind); ok {
			words = kind.Label.EN
		}
		out.Columns = append(out.Columns, analysedColumn{
			Name: c.Name, Field: c.Field, DataKind: c.DataKind, DataKindName: words, Confidence: c.Confidence,
			Why: c.Why, Filled: c.Filled, Shapes: c.Shapes,
		})
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}
