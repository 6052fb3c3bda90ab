package people

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// rowSource hands out the rows of an opened file.
type rowSource interface {
	// columns are the names of the columns. Of JSON Lines they may grow with
	// the rows, since any line may bring a key of its own.
	columns() []string
	// next returns the next row, or io.EOF.
	next() (record, error)
	// about says how the file is written, as far as it was read.
	about() about
	// close gives back what the source holds.
	close() error
}

// about is how a file is written.
type about struct {
	format    Format
	encoding  string
	delimiter string
	// sheet is the sheet that is read, others are those that are not.
	sheet  string
	others []string
	// warnings are what a person should know, without personal data.
	warnings []string
}

// open finds what a file is and reads the names of its columns. An error of
// the source comes back as it is.
func open(ctx context.Context, file io.Reader, name string) (rowSource, error) {
	raw := bufio.NewReaderSize(file, bufferBytes)
	head, err := peek(raw, sniffBytes)
	if err != nil {
		return nil, err
	}
	if kind := foreign(head); kind != "" {
		return nil, isForeign(kind)
	}
	if strings.HasPrefix(string(head), zipMark) {
		if err := checkName(name, XLSX); err != nil {
			return nil, err
		}
		return openWorkbook(ctx, raw)
	}
	text, encoding, err := asText(raw)
	if err != nil {
		return nil, err
	}
	if head, err = peek(text, sniffBytes); err != nil {
		return nil, err
	}
	if kind := foreignText(head); kind != "" {
		return nil, isForeign(kind)
	}
	object := startsObject(head)
	rows, err := newLines(text, encoding)
	if err != nil {
		return nil, err
	}
	var source rowSource
	if object {
		source, err = openObjects(rows)
	} else {
		source, err = openDelimited(rows)
	}
	if err != nil {
		return nil, err
	}
	return source, checkName(name, source.about().format)
}

// openDelimited reads the line of column names.
func openDelimited(text *lines) (*delimited, error) {
	first, err := text.next()
	for err == nil && first.isBlank() {
		first, err = text.next()
	}
	if errors.Is(err, io.EOF) {
		return nil, isEmpty()
	}
	if err != nil {
		return nil, err
	}
	rows := &delimited{lines: text}
	if delimiter, declared := declaredDelimiter(first.text); declared {
		rows.delimiter = delimiter
	} else {
		text.giveBack([]physicalLine{first})
		sample, err := text.sample(sampleLines)
		if err != nil {
			return nil, err
		}
		rows.delimiter = detectDelimiter(sample)
	}
	header, err := rows.next()
	if errors.Is(err, io.EOF) {
		return nil, isEmpty()
	}
	if err != nil {
		return nil, err
	}
	at := fmt.Sprintf("line %d", header.line)
	if header.why != "" {
		return nil, &InvalidError{Field: at, Value: header.why, Expected: "the names of the columns"}
	}
	rows.header, err = columnNames(at, header.fields)
	return rows, err
}

func isEmpty() error {
	return &InvalidError{Field: "file", Value: "empty", Expected: "a line of column names and one row per person"}
}

// maxColumns is how many columns a file may have.
const maxColumns = 500

// columnNames takes the cells of a line for the names of columns. A column
// without a name gets its number; two of the same name are refused, since
// nobody could say which of them is meant.
func columnNames(at string, cells []string) ([]string, error) {
	if len(cells) > maxColumns {
		return nil, &InvalidError{Field: at, Value: fmt.Sprintf("%d columns", len(cells)), Expected: fmt.Sprintf("at most %d", maxColumns)}
	}
	names := make([]string, len(cells))
	for i, cell := range cells {
		names[i] = inOneLine(cell)
	}
	if err := looksLikeNames(at, names); err != nil {
		return nil, err
	}
	first := make(map[string]int, len(names))
	for i, name := range names {
		if name == "" {
			names[i] = numbered(i)
			continue
		}
		key := strings.ToLower(name)
		if before, twice := first[key]; twice {
			return nil, &InvalidError{
				Field:    at,
				Value:    fmt.Sprintf("columns %d and %d are both named %q", before+1, i+1, shown(names)[i]),
				Expected: "a name of its own for each column",
			}
		}
		first[key] = i
	}
	return names, nil
}

// numbered names a column by its place, counted from 1.
func numbered(i int) string { return fmt.Sprintf("column %d", i+1) }

// repeatsNames reports whether a row is the line of column names again, as it
// stands where several exports were put into one file.
func repeatsNames(row record, names []string) bool {
	if len(row.fields) != len(names) || len(names) == 0 || !strings.EqualFold(strings.TrimSpace(row.fields[0]), names[0]) {
		return false
	}
	return slices.EqualFunc(row.fields, names, func(field, name string) bool {
		return strings.EqualFold(inOneLine(field), name)
	})
}
