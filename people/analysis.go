package people

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// AnalysedRows is how many rows [Analyze] looks at.
const AnalysedRows = 1000

// otherKind is the data kind of a column that nothing is known about.
const otherKind = "other"

// Analysis is what a file seems to hold, for a person to confirm before any of
// it is stored. It holds no personal data: of values only their shapes.
type Analysis struct {
	// Format is the kind of the file, found by its content.
	Format Format `json:"format"`
	// Encoding is "UTF-8", "UTF-16LE", "UTF-16BE" or "Windows-1252", as far as
	// the file was looked at.
	Encoding string `json:"encoding"`
	// Delimiter is what stands between values; empty for JSON Lines and XLSX.
	Delimiter string `json:"delimiter,omitempty"`
	// Sheet is the sheet of a workbook that is read.
	Sheet string `json:"sheet,omitempty"`
	// OtherSheets are the sheets of a workbook that are not read.
	OtherSheets []string `json:"other_sheets,omitempty"`
	// Columns are the columns in the order of the file. Never nil.
	Columns []Column `json:"columns"`
	// Rows is the number of rows looked at, at most [AnalysedRows]. What is
	// rare may stand below them.
	Rows int `json:"rows"`
	// RejectedRows is the number of those that could not be read.
	RejectedRows int `json:"rejected_rows"`
	// Complete says that the file has no further rows.
	Complete bool `json:"complete"`
	// Warnings are what the person who confirms should know. Never nil.
	Warnings []string `json:"warnings"`
}

// Column is one column of an analysed file.
type Column struct {
	// Name is the name as in the file; "column 3" for a column without one, and
	// for all where the first line may hold data instead of names.
	Name string `json:"name"`
	// Field is the field that the column would fill, for Options.Map: one of
	// [FieldNames], "kind:" with a data kind that is only counted, or "-".
	Field string `json:"field"`
	// DataKind is the key of the kind of data after gdpr.DataKinds, or "other".
	DataKind string `json:"data_kind"`
	// Confidence is how sure that is, in percent; 0 for "other".
	Confidence int `json:"confidence"`
	// Why says what it was recognised by, without values.
	Why string `json:"why"`
	// Filled is the number of cells that are not empty among the rows looked at.
	Filled int `json:"filled"`
	// Shapes are the most frequent shapes of the values, at most three: "a"
	// for lower-case letters, "A" for capitals, "9" for digits, one for each
	// run of them. Never nil.
	Shapes []string `json:"shapes"`
}

// Map returns the proposal in the form of Options.Map, with every column in
// it, so that what is read is what was confirmed.
func (a Analysis) Map() map[string]string {
	chosen := make(map[string]string, len(a.Columns))
	for _, column := range a.Columns {
		chosen[column.Name] = column.Field
	}
	return chosen
}

// Analyze looks at the first rows of a file and says how it is written and what
// its columns hold, by their names and by their values. It stores nothing and
// hands no value on. A person confirms or corrects the result, and [Read] gets
// it as Options.Map. It returns an [*InvalidError] for a file that cannot be
// used, and ctx's error when ctx ends.
func Analyze(ctx context.Context, file io.Reader) (_ Analysis, failure error) {
	source, err := open(ctx, file, "")
	if err != nil {
		return Analysis{}, readError(err)
	}
	defer func() { failure = errors.Join(failure, source.close()) }()
	a := Analysis{Columns: []Column{}, Warnings: []string{}}
	var seen []*columnSample
	again := 0
	for a.Rows < AnalysedRows {
		if err := ctx.Err(); err != nil {
			return Analysis{}, fmt.Errorf("analyse people: %w", err)
		}
		row, err := source.next()
		if errors.Is(err, io.EOF) {
			a.Complete = true
			break
		}
		if err != nil {
			return Analysis{}, readError(err)
		}
		for len(seen) < len(source.columns()) {
			seen = append(seen, newColumnSample())
		}
		if row.why == "" && repeatsNames(row, source.columns()) {
			again++
			continue
		}
		a.Rows++
		if row.why != "" || len(row.fields) != len(seen) {
			a.RejectedRows++
			continue
		}
		for i, cell := range row.fields {
			seen[i].look(inOneLine(cell))
		}
	}
	for len(seen) < len(source.columns()) {
		seen = append(seen, newColumnSample())
	}
	found := source.about()
	a.Format, a.Encoding, a.Delimiter = found.format, found.encoding, found.delimiter
	a.Sheet, a.OtherSheets = found.sheet, found.others
	a.Warnings = append(a.Warnings, found.warnings...)
	if again > 0 {
		a.Warnings = append(a.Warnings, fmt.Sprintf("the column names stand %d times more among the rows and are skipped", again))
	}
	a.judge(source.columns(), seen)
	return a, nil
}

// columnSample is what was seen of a column's values.
type columnSample struct {
	filled int
	like   []int
	shapes map[string]int
	tests  []likeness
}

func newColumnSample() *columnSample {
	tests := likenesses()
	return &columnSample{tests: tests, like: make([]int, len(tests)), shapes: map[string]int{}}
}

// look counts one value.
func (c *columnSample) look(value string) {
	if value == "" {
		return
	}
	c.filled++
	for i, test := range c.tests {
		if test.is(value) {
			c.like[i]++
		}
	}
	if shape := shapeOf(value); c.shapes[shape] > 0 || len(c.shapes) < 200 {
		c.shapes[shape]++
	}
}

// commonShapes are the most frequent shapes.
func (c *columnSample) commonShapes() []string {
	common := []string{}
	for len(common) < 3 && len(common) < len(c.shapes) {
		best, most := "", 0
		for shape, n := range c.shapes {
			if n > most || n == most && shape < best {
				best, most = shape, n
			}
		}
		if most == 0 {
			break
		}
		common = append(common, best)
		c.shapes[best] = 0
	}
	return common
}

// shapeOf replaces letters and digits of a value, one for each run: of
// "Ana-7@example.com" it leaves "Aa-9@a.a".
func shapeOf(value string) string {
	const kept = `@.-_/:+(), #%=?&{}$|;'"`
	var shape strings.Builder
	var last rune
	for _, r := range value {
		sign := '*'
		switch {
		case unicode.IsUpper(r):
			sign = 'A'
		case unicode.IsLetter(r), unicode.IsMark(r):
			sign = 'a'
		case unicode.IsDigit(r):
			sign = '9'
		case r < utf8.RuneSelf && strings.ContainsRune(kept, r):
			sign = r
		}
		if sign == last {
			continue
		}
		if shape.Len() >= 40 {
			shape.WriteString("…")
			break
		}
		shape.WriteRune(sign)
		last = sign
	}
	return shape.String()
}
