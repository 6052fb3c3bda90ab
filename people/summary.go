package people

import "fmt"

// Summary says how a file is written and what became of every row. It holds no
// personal data. Rows = Accepted + Undeliverable + Duplicates + RejectedRows.
type Summary struct {
	// Format is the kind of the file, found by its content.
	Format Format `json:"format"`
	// Encoding is "UTF-8", "UTF-16LE", "UTF-16BE" or "Windows-1252".
	Encoding string `json:"encoding"`
	// Delimiter is what stands between values; empty for JSON Lines and XLSX.
	Delimiter string `json:"delimiter,omitempty"`
	// Sheet is the sheet of a workbook that was read.
	Sheet string `json:"sheet,omitempty"`
	// OtherSheets are the sheets of a workbook that were not read.
	OtherSheets []string `json:"other_sheets,omitempty"`
	// Rows is the number of rows (records) below the column names, blank ones
	// and repeated column names left out.
	Rows int `json:"rows"`
	// People is the number of distinct people handed on: Accepted +
	// Undeliverable.
	People int `json:"people"`
	// Accepted is the number of people handed on whom mail can reach.
	Accepted int `json:"accepted"`
	// Undeliverable is the number of people handed on whom mail cannot reach.
	Undeliverable int `json:"undeliverable"`
	// UndeliverableBy counts those whom mail cannot reach by the reason. Never
	// nil.
	UndeliverableBy map[string]int `json:"undeliverable_by"`
	// Duplicates is the number of rows whose address an earlier row had, and of
	// rows without an address whose user id an earlier row had; they are not
	// handed on.
	Duplicates int `json:"duplicates"`
	// DuplicatesWithMore is the number of duplicates that expose a kind of data
	// that the person's earlier rows did not. Person.Kinds of the first row
	// says too little for them: Options.More tells the rest.
	DuplicatesWithMore int `json:"duplicates_with_more"`
	// RepeatedHeaders is how often the column names stood again among the rows.
	RepeatedHeaders int `json:"repeated_headers"`
	// Rejected are the rows that could not be read, in the order of the file;
	// at most [MaxRejected]. Never nil.
	Rejected []Rejected `json:"rejected"`
	// RejectedRows is the number of all rows that could not be read.
	RejectedRows int `json:"rejected_rows"`
	// ByCountry counts the people handed on by ISO 3166-1 alpha-2 code, those
	// without a recognised one as "unknown". Never nil.
	ByCountry map[string]int `json:"by_country"`
	// ByDataKind counts the people handed on for whom the file exposes each
	// kind of data, by the keys of gdpr.DataKinds. Never nil.
	ByDataKind map[string]int `json:"by_data_kind"`
	// ByLanguage counts the people handed on by the language of their notice,
	// as [Locale] gives it. Never nil.
	ByLanguage map[string]int `json:"by_language"`
	// Columns says which field each recognised column filled, by column name.
	// Never nil.
	Columns map[string]string `json:"columns"`
	// LeftColumns are the names of columns that were not used, in the order of
	// the file. Never nil.
	LeftColumns []string `json:"left_columns"`
	// Warnings are what the person who imports should know: a guessed encoding,
	// sheets that were not read, formulas. Never nil.
	Warnings []string `json:"warnings"`
}

// Rejected is one row that could not be read.
type Rejected struct {
	// Line is the number of the line on which the row starts, counted from 1;
	// in a workbook, the number of the sheet's row.
	Line int `json:"line"`
	// Why is the reason, without personal data.
	Why string `json:"why"`
}

// MaxRejected is how many rejected rows a summary lists; the rest is counted.
const MaxRejected = 1000

// UnknownCountry is the key of Summary.ByCountry for people without a
// recognised country.
const UnknownCountry = "unknown"

// tally counts while a file is read; its maps are made once, at the end.
type tally struct {
	summary                              Summary
	lost                                 int // duplicates whose further kinds nobody took
	kinds                                [64]int
	byCountry, byLanguage, undeliverable map[string]int
}

func newTally() *tally {
	return &tally{
		summary:       Summary{Rejected: []Rejected{}},
		byCountry:     map[string]int{},
		byLanguage:    map[string]int{},
		undeliverable: map[string]int{},
	}
}

func (t *tally) reject(line int, why string) {
	t.summary.RejectedRows++
	if len(t.summary.Rejected) < MaxRejected {
		t.summary.Rejected = append(t.summary.Rejected, Rejected{Line: line, Why: why})
	}
}

// count counts a person who was handed on.
func (t *tally) count(p *Person, kinds uint64, language string) {
	if p.Undeliverable == "" {
		t.summary.Accepted++
	} else {
		t.summary.Undeliverable++
		t.undeliverable[p.Undeliverable]++
	}
	country := p.Country
	if country == "" {
		country = UnknownCountry
	}
	t.byCountry[country]++
	t.byLanguage[language]++
	t.countKinds(kinds)
}

// countKinds counts kinds of data that are exposed of one person.
func (t *tally) countKinds(kinds uint64) {
	for i := 0; kinds != 0; i, kinds = i+1, kinds>>1 {
		t.kinds[i] += int(kinds & 1)
	}
}

// result is the summary of what was counted so far.
func (t *tally) result(c columns, source rowSource) Summary {
	s := t.summary
	s.People = s.Accepted + s.Undeliverable
	s.ByCountry, s.ByLanguage, s.UndeliverableBy = t.byCountry, t.byLanguage, t.undeliverable
	s.ByDataKind, s.Columns = map[string]int{}, map[string]string{}
	for i, kind := range c.kinds {
		if t.kinds[i] > 0 {
			s.ByDataKind[kind] = t.kinds[i]
		}
	}
	s.LeftColumns, s.Warnings = append([]string{}, c.left...), []string{}
	for i, target := range c.targets {
		if target != nil {
			s.Columns[c.names[i]] = target.name
		}
	}
	if source == nil {
		return s
	}
	found := source.about()
	s.Format, s.Encoding, s.Delimiter = found.format, found.encoding, found.delimiter
	s.Sheet, s.OtherSheets = found.sheet, found.others
	s.Warnings = append(s.Warnings, found.warnings...)
	if s.RepeatedHeaders > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("the column names stand %d times more among the rows and were skipped", s.RepeatedHeaders))
	}
	if t.lost > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf(
			"%d rows repeat a person with further kinds of data: their notice would name too few", t.lost))
	}
	return s
}

// String is the summary in one line, for a log.
func (s Summary) String() string {
	return fmt.Sprintf("%d rows: %d accepted, %d undeliverable, %d duplicates, %d rejected",
		s.Rows, s.Accepted, s.Undeliverable, s.Duplicates, s.RejectedRows)
}
