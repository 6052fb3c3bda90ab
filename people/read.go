package people

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// Options say how to read a file. The zero value reads any size, recognises
// columns by name and takes every address for deliverable.
type Options struct {
	// Map gives columns, by name as in the file, to fields: "name",
	// "given_name", "family_name", "email", "country", "region", "city",
	// "locale", "user_id", "organisation", "browser", "system", "referrer",
	// and kinds that are only counted, such as "phone". "-" leaves a column
	// out. It goes before recognition by name.
	Map map[string]string
	// MaxBytes is the largest file that is read, in bytes; 0 for any.
	MaxBytes int64
	// CheckEmail returns why mail cannot reach an address, or nil. Its words
	// become Person.Undeliverable, so they must not contain the address. Nil
	// takes every address that is not empty.
	CheckEmail func(address string) error
}

// Read reads a vendor's file of affected people: CSV or the same with ';' or
// tabs, UTF-8 with or without a byte order mark, the names of the columns on
// the first line. It calls each for every person, in the order of the file;
// of rows with the same address only the first.
//
// It returns an [*InvalidError] for a file that cannot be used as a whole,
// ctx's error when ctx ends, and the error of each when each fails; in every
// case the summary covers the rows so far. A file that is too large may be
// noticed only after rows were handed on: the caller keeps nothing of a Read
// that failed.
func Read(ctx context.Context, file io.Reader, options Options, each func(Person) error) (Summary, error) {
	limited := &limitedReader{from: file, limit: options.MaxBytes}
	rows, header, err := open(limited)
	if err != nil {
		return newSummary(columns{}), err
	}
	cols, err := recogniseColumns(header.fields, options.Map)
	if err != nil {
		return newSummary(columns{}), err
	}
	summary := newSummary(cols)
	seen := map[[16]byte]struct{}{}
	for {
		if err := ctx.Err(); err != nil {
			return summary, fmt.Errorf("read people: %w", err)
		}
		row, err := rows.next()
		if errors.Is(err, io.EOF) {
			return summary, nil
		}
		if err != nil {
			return summary, readError(err)
		}
		summary.Rows++
		person, why := toPerson(row, cols, options.CheckEmail)
		if why != "" {
			summary.reject(row.line, why)
			continue
		}
		if person.Email != "" {
			sum := sha256.Sum256([]byte(NormalizeEmail(person.Email)))
			digest := [16]byte(sum[:16])
			if _, again := seen[digest]; again {
				summary.Duplicates++
				continue
			}
			seen[digest] = struct{}{}
		}
		if err := each(person); err != nil {
			return summary, err
		}
		summary.count(person)
	}
}

// open reads the line of column names.
func open(file io.Reader) (*records, record, error) {
	lines := bufio.NewReaderSize(file, 64<<10)
	mark, err := lines.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, record{}, readError(err)
	}
	switch {
	case strings.HasPrefix(string(mark), "\xef\xbb\xbf"):
		if _, err := lines.Discard(3); err != nil {
			return nil, record{}, readError(err)
		}
	case strings.HasPrefix(string(mark), "\xff\xfe"), strings.HasPrefix(string(mark), "\xfe\xff"):
		return nil, record{}, &InvalidError{Field: "file", Value: "UTF-16", Expected: "UTF-8; save the file as CSV UTF-8"}
	case strings.HasPrefix(string(mark), "PK\x03"):
		return nil, record{}, &InvalidError{Field: "file", Value: "a ZIP archive or a workbook", Expected: "CSV; save the sheet as CSV UTF-8"}
	}
	rows := &records{lines: lines}
	first, err := rows.line()
	for err == nil && !first.long && strings.TrimSpace(first.text) == "" {
		first, err = rows.line()
	}
	if errors.Is(err, io.EOF) {
		return nil, record{}, &InvalidError{Field: "file", Value: "empty", Expected: "a line of column names and one row per person"}
	}
	if err != nil {
		return nil, record{}, readError(err)
	}
	rows.delimiter = detectDelimiter(first.text)
	rows.ahead = append(rows.ahead, first)
	header, err := rows.next()
	if err != nil {
		return nil, record{}, readError(err)
	}
	if header.why != "" {
		return nil, record{}, &InvalidError{Field: fmt.Sprintf("line %d", header.line), Value: header.why, Expected: "the names of the columns"}
	}
	for i := range header.fields {
		header.fields[i] = strings.TrimSpace(header.fields[i])
	}
	return rows, header, nil
}

// toPerson turns a row into a person, or says why it cannot.
func toPerson(row record, cols columns, check func(string) error) (Person, string) {
	if row.why != "" {
		return Person{}, row.why
	}
	if len(row.fields) != len(cols.targets) {
		return Person{}, fmt.Sprintf("%d values; expected %d", len(row.fields), len(cols.targets))
	}
	person := Person{Line: row.line}
	for i, target := range cols.targets {
		if target == nil {
			continue
		}
		value := inOneLine(row.fields[i])
		if value == "" {
			continue
		}
		if target.set != nil {
			target.set(&person, value)
		}
		if !slices.Contains(person.Kinds, target.kind) {
			person.Kinds = append(person.Kinds, target.kind)
		}
	}
	if person.Email == "" && person.UserID == "" && person.Name == "" {
		return Person{}, "no address, user id or name"
	}
	slices.SortFunc(person.Kinds, func(a, b string) int { return cols.rank[a] - cols.rank[b] })
	switch {
	case person.Email == "":
		person.Undeliverable = "no address"
	case check != nil:
		if err := check(person.Email); err != nil {
			person.Undeliverable = reasonWithout(person.Email, err)
		}
	}
	return person, ""
}

// reasonWithout keeps an address out of the reason that is shown and recorded,
// should a check have put it there.
func reasonWithout(address string, err error) string {
	if why := err.Error(); why != "" && !strings.Contains(strings.ToLower(why), strings.ToLower(address)) {
		return why
	}
	return "address refused"
}

// inOneLine collapses spaces and removes control and invisible characters, so
// that a value can stand in a line of a page or a message.
func inOneLine(value string) string {
	plain := true
	for _, c := range []byte(value) {
		if c < ' ' || c >= 0x7f {
			plain = false
			break
		}
	}
	if plain && !strings.Contains(value, "  ") {
		return strings.TrimSpace(value)
	}
	value = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf):
			return -1
		default:
			return r
		}
	}, value)
	return strings.Join(strings.Fields(value), " ")
}

// readError wraps what the source of the file failed with and leaves our own
// errors as they are.
func readError(err error) error {
	var invalid *InvalidError
	if errors.As(err, &invalid) {
		return invalid
	}
	return fmt.Errorf("read people: %w", err)
}

// limitedReader fails once more than limit bytes were read, other than
// io.LimitedReader, which would end the file quietly.
type limitedReader struct {
	from  io.Reader
	limit int64
	read  int64
}

// Read implements io.Reader.
func (l *limitedReader) Read(into []byte) (int, error) {
	n, err := l.from.Read(into)
	l.read += int64(n)
	if l.limit > 0 && l.read > l.limit {
		return 0, &InvalidError{Field: "file", Value: "larger than " + inUnits(l.limit), Expected: "at most " + inUnits(l.limit)}
	}
	return n, err
}
