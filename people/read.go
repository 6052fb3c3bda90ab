package people

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Options say how to read a file. The zero value reads any size and recognises
// columns by name.
type Options struct {
	// Map gives columns, by name as in the file or as "column 2", to fields:
	// those of [FieldNames], "kind:" with a key of gdpr.DataKinds for data that
	// are only counted, or "-" to leave a column out. It goes before
	// recognition by name. [Analysis.Map] proposes one.
	Map map[string]string
	// Name is the name of the file, if it has one. A name whose ending promises
	// another format than the content holds is an error.
	Name string
	// MaxBytes is the largest file that is read, in bytes; 0 for any.
	MaxBytes int64
	// CheckEmail returns why mail cannot reach an address, or nil. Its words
	// become Person.Undeliverable, so they must not contain the address. It
	// comes before [CheckAddress], which every address must pass in any case.
	CheckEmail func(address string) error
	// Keys makes Person.EmailKey and Person.UserKey, by which rows of the same
	// person are found; only this Read may use it meanwhile. With nil they are
	// made under a secret of their own and are of no use outside of the file.
	Keys *Matcher
	// Accounts reads a file of the controller's own accounts row by row: those
	// that repeat an address or a user id are handed on too, since two accounts
	// may share one, and the field admin sets Person.Admin.
	Accounts bool
	// More is called for a row that repeats a person and exposes kinds of data
	// that their earlier rows did not: Kinds holds those alone. The person is
	// the one of the same address ([NormalizeEmail]), and without an address
	// the one of the same UserID. Nil leaves them out, with a warning.
	More func(Person) error
}

// Read reads a vendor's file of affected people: CSV with any usual delimiter,
// TSV, JSON Lines or the first sheet of an XLSX workbook. It calls each for
// every person, in the order of the file; of rows of the same person only the
// first; what further rows expose of them goes to Options.More.
//
// It returns an [*InvalidError] for a file that cannot be used as a whole,
// ctx's error when ctx ends, and the error of each when each fails; in every
// case the summary covers the rows so far. A file that is too large may be
// noticed only after rows were handed on: the caller keeps nothing of a Read
// that failed.
func Read(ctx context.Context, file io.Reader, options Options, each func(Person) error) (Summary, error) {
	limited := &limitedReader{from: file, limit: options.MaxBytes}
	source, err := open(ctx, limited, options.Name)
	if err != nil {
		return newTally().result(columns{}, nil), readError(err)
	}
	return readFrom(ctx, source, options, each)
}

// readFrom reads every row of a source and closes it.
func readFrom(ctx context.Context, source rowSource, options Options, each func(Person) error) (_ Summary, failure error) {
	counts := newTally()
	defer func() { failure = errors.Join(failure, source.close()) }()
	cols, err := recogniseColumns(source.columns(), options)
	if err != nil {
		return counts.result(cols, nil), err
	}
	reading := reader{options: options, known: newKnown(options.Keys), counts: counts, cols: cols}
	defer func() { failure = errors.Join(failure, reading.known.set.Close()) }()
	err = reading.all(ctx, source, each)
	return counts.result(reading.cols, source), err
}

// reader turns the rows of one file into people.
type reader struct {
	options Options
	cols    columns
	known   *known
	counts  *tally
	kinds   kindLists
	words   words
	// person is used again for each row.
	person Person
}

// all reads every row.
func (r *reader) all(ctx context.Context, source rowSource, each func(Person) error) error {
	for turn := 0; ; turn++ {
		if turn%256 == 0 {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("read people: %w", err)
			}
		}
		row, err := source.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return readError(err)
		}
		if names := source.columns(); len(names) != len(r.cols.names) {
			if r.cols, err = recogniseColumns(names, r.options); err != nil {
				return err
			}
		}
		if row.why == "" && repeatsNames(row, r.cols.names) {
			r.counts.summary.RepeatedHeaders++
			continue
		}
		if err := r.row(row, each); err != nil {
			return err
		}
	}
}

// row hands on the person of one row, or counts why there is none.
func (r *reader) row(row record, each func(Person) error) error {
	r.counts.summary.Rows++
	r.person = Person{}
	person := &r.person
	kinds, why := r.toPerson(person, row)
	if why != "" {
		r.counts.reject(row.line, why)
		return nil
	}
	if r.options.Accounts {
		person.EmailKey, person.UserKey = r.known.keys.Email(person.Email), r.known.keys.UserID(person.UserID)
		person.Language = r.words.language(person.Locale, person.Country)
		if err := each(*person); err != nil {
			return err
		}
		r.counts.count(person, kinds, person.Language)
		return nil
	}
	again, more, err := r.known.add(person, kinds)
	if err != nil {
		return fmt.Errorf("read people: %w", err)
	}
	person.Language = r.words.language(person.Locale, person.Country)
	if again {
		r.counts.summary.Duplicates++
		return r.more(person, more)
	}
	person.Kinds = r.kinds.of(kinds, r.cols.kinds)
	if err := each(*person); err != nil {
		return err
	}
	r.counts.count(person, kinds, person.Language)
	return nil
}

// more hands on what a further row of a person exposes beyond the first.
func (r *reader) more(person *Person, kinds uint64) error {
	if kinds == 0 {
		return nil
	}
	r.counts.summary.DuplicatesWithMore++
	if r.options.More == nil {
		r.counts.lost++
		return nil
	}
	person.Kinds = r.kinds.of(kinds, r.cols.kinds)
	if err := r.options.More(*person); err != nil {
		return err
	}
	r.counts.countKinds(kinds)
	return nil
}

// toPerson fills in a person from a row and returns the kinds of data that the
// row exposes, or says why there is no person.
func (r *reader) toPerson(person *Person, row record) (kinds uint64, why string) {
	if row.why != "" {
		return 0, row.why
	}
	if len(row.fields) != len(r.cols.targets) {
		return 0, fmt.Sprintf("%d values; expected %d", len(row.fields), len(r.cols.targets))
	}
	person.Line = row.line
	fault := ""
	for i, target := range r.cols.targets {
		if target == nil || row.fields[i] == "" {
			continue
		}
		value := row.fields[i]
		if row.plain {
			value = withoutSpacesAround(value)
		} else {
			value = inOneLine(value)
		}
		if value == "" {
			continue
		}
		kinds |= r.cols.bits[i]
		if target.set == nil {
			continue
		}
		switch target.name {
		case "email":
			if !row.plain {
				value, fault = showHidden(row.fields[i])
			}
			person.Email = tidyEmail(value)
		case "country":
			person.Country = r.words.country(value)
		default:
			target.set(person, value)
		}
	}
	if person.Email == "" && person.UserID == "" && person.Name == "" {
		return 0, "no address, user id or name"
	}
	person.Undeliverable = r.undeliverable(person.Email, fault)
	return kinds, ""
}

// undeliverable says why mail cannot reach an address, "" when it can.
func (r *reader) undeliverable(address, fault string) string {
	if address == "" {
		return "no address"
	}
	if fault != "" {
		return fault
	}
	if r.options.CheckEmail != nil {
		if err := r.options.CheckEmail(address); err != nil {
			return reasonWithout(address, err)
		}
	}
	if why := addressFault(address); why != "" {
		return (&AddressError{Why: why}).Error()
	}
	return ""
}

// showHidden puts a mark in place of each character that is hidden inside of an
// address. Without them the rest would be an address that nobody gave, and the
// person who has it would be taken for told.
func showHidden(cell string) (address, fault string) {
	cell = strings.TrimFunc(strings.ToValidUTF8(cell, "\ufffd"), isAround)
	shown := strings.Map(func(r rune) rune {
		if r != ' ' && isAround(r) {
			return '\ufffd'
		}
		return r
	}, cell)
	if shown != cell {
		fault = (&AddressError{Why: "it contains a space, a line break or a control character"}).Error()
	}
	return shown, fault
}

// reasonWithout keeps an address out of the reason that is shown and recorded,
// should a check have put it there.
func reasonWithout(address string, err error) string {
	if why := err.Error(); why != "" && !strings.Contains(strings.ToLower(why), strings.ToLower(address)) {
		return why
	}
	return "address refused"
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
		return 0, &InvalidError{Field: "file", Value: "larger than " + inUnits(l.limit), Expected: fmt.Sprintf("at most %s", inUnits(l.limit))}
	}
	return n, err
}
