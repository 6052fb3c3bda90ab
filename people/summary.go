package people

import "fmt"

// Summary says what became of every row of a file. It holds no personal data.
// Rows = Accepted + Undeliverable + Duplicates + RejectedRows.
type Summary struct {
	// Rows is the number of rows below the column names, blank ones left out.
	Rows int `json:"rows"`
	// Accepted is the number of people handed on whom mail can reach.
	Accepted int `json:"accepted"`
	// Undeliverable is the number of people handed on whom mail cannot reach.
	Undeliverable int `json:"undeliverable"`
	// Duplicates is the number of rows whose address an earlier row had; they
	// are not handed on.
	Duplicates int `json:"duplicates"`
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
	// "es" or "en". Never nil.
	ByLanguage map[string]int `json:"by_language"`
	// Columns says which field each recognised column filled, by column name.
	// Never nil.
	Columns map[string]string `json:"columns"`
	// LeftColumns are the names of columns that were not used, in the order of
	// the file. Never nil.
	LeftColumns []string `json:"left_columns"`
}

// Rejected is one row that could not be read.
type Rejected struct {
	// Line is the number of the line on which the row starts, counted from 1.
	Line int `json:"line"`
	// Why is the reason, without personal data.
	Why string `json:"why"`
}

// MaxRejected is how many rejected rows a summary lists; the rest is counted.
const MaxRejected = 1000

// UnknownCountry is the key of Summary.ByCountry for people without a
// recognised country.
const UnknownCountry = "unknown"

func newSummary(c columns) Summary {
	s := Summary{
		Rejected:    []Rejected{},
		ByCountry:   map[string]int{},
		ByDataKind:  map[string]int{},
		ByLanguage:  map[string]int{},
		Columns:     map[string]string{},
		LeftColumns: append([]string{}, c.left...),
	}
	for i, target := range c.targets {
		if target != nil {
			s.Columns[c.names[i]] = target.name
		}
	}
	return s
}

func (s *Summary) reject(line int, why string) {
	s.RejectedRows++
	if len(s.Rejected) < MaxRejected {
		s.Rejected = append(s.Rejected, Rejected{Line: line, Why: why})
	}
}

func (s *Summary) count(p Person) {
	if p.Undeliverable == "" {
		s.Accepted++
	} else {
		s.Undeliverable++
	}
	country := p.Country
	if country == "" {
		country = UnknownCountry
	}
	s.ByCountry[country]++
	for _, kind := range p.Kinds {
		s.ByDataKind[kind]++
	}
	s.ByLanguage[Locale(p.Locale, p.Country)]++
}

// String is the summary in one line, for a log.
func (s Summary) String() string {
	return fmt.Sprintf("%d rows: %d accepted, %d undeliverable, %d duplicates, %d rejected",
		s.Rows, s.Accepted, s.Undeliverable, s.Duplicates, s.RejectedRows)
}
