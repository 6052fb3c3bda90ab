package people

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits that keep one broken row from taking memory or other rows with it.
const (
	// maxLineBytes is the longest line that is read.
	maxLineBytes = 64 << 10
	// maxRecordLines is over how many lines a quoted field may run. A quote
	// that is not closed by then was never meant to open.
	maxRecordLines = 20
	// maxFieldBytes is the longest value that is taken.
	maxFieldBytes = 2000
)

// record is one row of the file, or the reason why there is none.
type record struct {
	// line is where the row starts.
	line int
	// fields are its values, quotes removed.
	fields []string
	// why is the reason for rejecting the row; empty when it was read.
	why string
}

// records splits a delimited file (RFC 4180, with CR LF or LF) into rows. Other
// than encoding/csv it gives up on a quote that never closes after a few lines
// and goes on with the line after the one that opened it, so that one broken
// row does not hide the people below it.
type records struct {
	lines     *bufio.Reader
	delimiter byte
	number    int
	// ahead are lines that were read in search of a closing quote.
	ahead []physicalLine
}

type physicalLine struct {
	number int
	text   string
	long   bool
}

// next returns the next row that is not blank, or io.EOF.
func (r *records) next() (record, error) {
	for {
		first, err := r.line()
		if err != nil {
			return record{}, err
		}
		if first.long {
			return record{line: first.number, why: fmt.Sprintf("line longer than %d KB", maxLineBytes>>10)}, nil
		}
		if strings.TrimSpace(first.text) == "" {
			continue
		}
		return r.assemble(first)
	}
}

// assemble adds the lines that a quoted field runs over to the first one.
func (r *records) assemble(first physicalLine) (record, error) {
	text := first.text
	var added []physicalLine
	for {
		fields, state := split(text, r.delimiter)
		switch state {
		case splitDone:
			return checked(first.number, fields), nil
		case splitBadQuote:
			if len(added) > 0 {
				// What looks like its end belongs to a later row.
				return r.unclosed(first, added), nil
			}
			return record{line: first.number, why: "a quote inside a value is not doubled"}, nil
		}
		if len(added) < maxRecordLines && len(text) < maxLineBytes {
			more, err := r.line()
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
func (r *records) unclosed(first physicalLine, added []physicalLine) record {
	r.ahead = append(added, r.ahead...)
	return record{line: first.number, why: "a quote opens and never closes"}
}

// checked refuses values that no row of people has.
func checked(line int, fields []string) record {
	for i, value := range fields {
		switch {
		case !utf8.ValidString(value):
			return record{line: line, why: fmt.Sprintf("column %d is not UTF-8", i+1)}
		case strings.ContainsRune(value, 0):
			return record{line: line, why: fmt.Sprintf("column %d holds a zero byte", i+1)}
		case len(value) > maxFieldBytes:
			return record{line: line, why: fmt.Sprintf("column %d is longer than %d bytes", i+1, maxFieldBytes)}
		}
	}
	return record{line: line, fields: fields}
}

// line returns the next physical line without its end, or io.EOF.
func (r *records) line() (physicalLine, error) {
	if len(r.ahead) > 0 {
		first := r.ahead[0]
		r.ahead = r.ahead[1:]
		return first, nil
	}
	var text []byte
	long := false
	for {
		part, err := r.lines.ReadSlice('\n')
		if len(text)+len(part) > maxLineBytes {
			long, text = true, nil
		} else if !long {
			text = append(text, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			if len(text) == 0 && len(part) == 0 && !long {
				return physicalLine{}, io.EOF
			}
		case err != nil:
			return physicalLine{}, err
		}
		r.number++
		end := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
		return physicalLine{number: r.number, text: end, long: long}, nil
	}
}

// The outcomes of split.
const (
	splitDone = iota
	splitOpenQuote
	splitBadQuote
)

// split cuts one row into its values.
func split(text string, delimiter byte) ([]string, int) {
	var fields []string
	for {
		if !strings.HasPrefix(text, `"`) {
			value, rest, more := strings.Cut(text, string(delimiter))
			if strings.ContainsRune(value, '"') {
				return nil, splitBadQuote
			}
			fields = append(fields, value)
			if !more {
				return fields, splitDone
			}
			text = rest
			continue
		}
		value, rest, state := quoted(text[1:])
		if state != splitDone {
			return nil, state
		}
		fields = append(fields, value)
		if rest == "" {
			return fields, splitDone
		}
		if rest[0] != delimiter {
			return nil, splitBadQuote
		}
		text = rest[1:]
	}
}

// quoted returns the value up to the closing quote and what follows it.
func quoted(text string) (value, rest string, state int) {
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

// detectDelimiter returns the delimiter of a line of column names: the one of
// comma, semicolon and tab that occurs most often outside quotes.
func detectDelimiter(header string) byte {
	counts := map[rune]int{}
	inQuotes := false
	for _, c := range header {
		switch c {
		case '"':
			inQuotes = !inQuotes
		case ',', ';', '\t':
			if !inQuotes {
				counts[c]++
			}
		}
	}
	best := ','
	for _, c := range []rune{';', '\t'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return byte(best)
}
