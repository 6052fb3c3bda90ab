package people

import (
	"context"
	"errors"
	"io"
)

// Table is the format of rows that do not come from a file.
const Table Format = "table"

// ReadTable reads people from rows that do not come from a file, such as those
// of a query: columns are mapped by name and rows checked as [Read] does. next
// gives the values of one row, in the order of the columns, and io.EOF after
// the last; the slice may be used again for the next row. Rows are numbered
// from 1 where [Read] numbers lines.
func ReadTable(ctx context.Context, names []string, next func() ([]string, error), options Options, each func(Person) error) (Summary, error) {
	names, err := columnNames("columns", names)
	if err != nil {
		return newTally().result(columns{}, nil), readError(err)
	}
	return readFrom(ctx, &table{names: names, from: next}, options, each)
}

// table is a rowSource over rows that somebody else has split.
type table struct {
	names []string
	from  func() ([]string, error)
	row   int
}

// columns implements rowSource.
func (t *table) columns() []string { return t.names }

// close implements rowSource.
func (t *table) close() error { return nil }

// about implements rowSource.
func (t *table) about() about { return about{format: Table, encoding: "UTF-8"} }

// next implements rowSource.
func (t *table) next() (record, error) {
	values, err := t.from()
	if errors.Is(err, io.EOF) {
		return record{}, io.EOF
	}
	if err != nil {
		return record{}, err
	}
	t.row++
	longest := 0
	for _, value := range values {
		longest = max(longest, len(value))
	}
	return checked(record{line: t.row, fields: values}, longest), nil
}
