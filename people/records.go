package people

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// maxRecordLines is over how many lines a quoted field may run. A quote
	// that is not closed by then was never meant to open.
	maxRecordLines = 20
	// maxFieldBytes is the longest value that is taken.
	maxFieldBytes = 2000
)

// delimited splits a delimited text (RFC 4180, with CR LF, LF or CR) into rows.
// Other than encoding/csv it gives up on a quote that never closes after a few
// lines and goes on with the line after the one that opened it, so that one
// broken row does not hide the people below it.
type delimited struct {
	lines     *lines
	delimiter byte
	header    []string
	// fields is used again for each row.
	fields []string
}

// columns implements rowSource.
func (r *delimited) columns() []string { return r.header }

// close implements rowSource.
func (r *delimited) close() error { return nil }

// about implements rowSource.
func (r *delimited) about() about {
	encoding, warnings := r.lines.encoding()
	found := about{format: CSV, encoding: encoding, delimiter: string(r.delimiter), warnings: warnings}
	if r.delimiter == '\t' {
		found.format = TSV
	}
	return found
}

// next returns the next row that is not blank, or io.EOF.
func (r *delimited) next() (record, error) {
	for {
		first, err := r.lines.next()
		if err != nil {
			return record{}, err
		}
		if first.long {
			return record{line: first.number, why: longLine()}, nil
		}
		if first.isBlank() {
			continue
		}
		if first.tabs && r.delimiter != '\t' {
			first.plain = false
		}
		if first.quotes {
			return r.assemble(first)
		}
		r.fields = cut(r.fields[:0], first.text, r.delimiter)
		return checked(record{line: first.number, fields: r.fields, plain: first.plain}, len(first.text)), nil
	}
}

// cut splits a line without quotes.
func cut(fields []string, text string, delimiter byte) []string {
	for {
		at := strings.IndexByte(text, delimiter)
		if at < 0 {
			return append(fields, text)
		}
		fields = append(fields, text[:at])
		text = text[at+1:]
	}
}

// assemble adds the lines that a quoted field runs over to the first one.
func (r *delimited) assemble(first physicalLine) (record, error) {
	text, plain := first.text, first.plain
	var added []physicalLine
	for {
		fields, state := split(r.fields[:0], text, r.delimiter)
		r.fields = fields
		switch state {
		case splitDone:
			return checked(record{line: first.number, fields: fields, plain: plain && len(added) == 0}, len(text)), nil
		case splitBadQuote:
			if len(added) > 0 {
				// What looks like its end belongs to a later row.
				return r.unclosed(first, added), nil
			}
			return record{line: first.number, why: "a quote inside a value is not doubled"}, nil
		}
		if len(added) < maxRecordLines && len(text) < maxLineBytes {
			more, err := r.lines.next()
			if err == nil && !more.long {
				added = append(added, more)
				text += "\n" + more.text
				continue
			}
			if err == nil {
				added = append(added, more)
			} else if !errors.Is(err, io.EOF) {
				return record{}, err
			}
		}
		return r.unclosed(first, added), nil
	}
}

// unclosed rejects the row that opened a quote and gives the lines that were
// read in search of its end back, to be read as rows.
func (r *delimited) unclosed(first physicalLine, added []physicalLine) record {
	r.lines.giveBack(added)
	return record{line: first.number, why: "a quote opens and never closes"}
}

// checked refuses values that no row of people has. None is longer than size.
func checked(row record, size int) record {
	if row.plain && size <= maxFieldBytes {
		return row
	}
	for i, value := range row.fields {
		switch {
		case strings.IndexByte(value, 0) >= 0:
			row.why = fmt.Sprintf("column %d holds a zero byte", i+1)
		case len(value) > maxFieldBytes:
			row.why = fmt.Sprintf("column %d is longer than %d bytes", i+1, maxFieldBytes)
		default:
			continue
		}
		break
	}
	return row
}

// The outcomes of split.
const (
	splitDone = iota
	splitOpenQuote
	splitBadQuote
)

// split cuts one row with quotes into its values, which are added to fields.
func split(fields []string, text string, delimiter byte) ([]string, int) {
	for {
		if !strings.HasPrefix(text, `"`) {
			at := strings.IndexByte(text, delimiter)
			value := text
			if at >= 0 {
				value = text[:at]
			}
			if strings.IndexByte(value, '"') >= 0 {
				return fields, splitBadQuote
			}
			fields = append(fields, value)
			if at < 0 {
				return fields, splitDone
			}
			text = text[at+1:]
			continue
		}
		value, rest, state := quoted(text[1:])
		if state != splitDone {
			return fields, state
		}
		fields = append(fields, value)
		if rest == "" {
			return fields, splitDone
		}
		if rest[0] != delimiter {
			return fields, splitBadQuote
		}
		text = rest[1:]
	}
}

// quoted returns the value up to the closing quote and what follows it.
func quoted(text string) (value, rest string, state int) {
	end := strings.IndexByte(text, '"')
	if end >= 0 && (end+1 == len(text) || text[end+1] != '"') {
		return text[:end], text[end+1:], splitDone
	}
	var built strings.Builder
	for {
		part, after, closed := strings.Cut(text, `"`)
		if !closed {
			return "", "", splitOpenQuote
		}
		built.WriteString(part)
		if !strings.HasPrefix(after, `"`) {
			return built.String(), after, splitDone
		}
		built.WriteByte('"')
		text = after[1:]
	}
}
