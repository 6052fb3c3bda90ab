package people

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/xuri/excelize/v2"
)

const (
	// inMemoryBytes is up to which unpacked size a sheet stays in memory. A
	// larger one lies in a private directory while it is opened.
	inMemoryBytes = 32 << 20
	// headerRows is how many rows are searched for the names of columns: a
	// title often stands above them.
	headerRows = 20
)

// workbook reads one sheet of an XLSX workbook row by row.
type workbook struct {
	file      *excelize.File
	rows      *excelize.Rows
	directory string
	header    []string
	number    int
	found     guarded
	sheet     string
	others    []string
}

// openWorkbook examines a workbook and opens the first sheet that has names of
// columns.
func openWorkbook(ctx context.Context, from io.Reader) (_ *workbook, failure error) {
	packed, err := io.ReadAll(io.LimitReader(from, maxWorkbookBytes+1))
	if err != nil {
		return nil, err
	}
	if len(packed) > maxWorkbookBytes {
		return nil, tooBig("a workbook of more than "+inUnits(maxWorkbookBytes), "at most "+inUnits(maxWorkbookBytes)+"; save the sheet as CSV")
	}
	archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, isForeign("a ZIP archive that is cut short or damaged")
	}
	if kind := archiveKind(archive); kind != "" {
		return nil, isForeign(kind)
	}
	w := &workbook{}
	if w.found, err = guard(ctx, archive); err != nil {
		return nil, err
	}
	defer func() {
		// The library has panicked on strange files before.
		if recover() != nil {
			failure = damaged("it cannot be opened")
		}
		if failure != nil {
			failure = errors.Join(failure, w.close())
		}
	}()
	if w.directory, err = os.MkdirTemp("", "tocsin-people-"); err != nil {
		return nil, fmt.Errorf("make a private directory: %w", err)
	}
	w.file, err = excelize.OpenReader(bytes.NewReader(packed), excelize.Options{
		RawCellValue:      true, // a long id must not become 1.23E+11
		UnzipSizeLimit:    maxUnpackedBytes,
		UnzipXMLSizeLimit: inMemoryBytes,
		TmpDir:            w.directory,
	})
	if err != nil {
		return nil, damaged("it cannot be opened")
	}
	if err := w.chooseSheet(); err != nil {
		return nil, err
	}
	// What the library still needs of a large sheet is open by now. Without
	// names nothing of it is left behind, whatever happens to this process.
	if err := os.RemoveAll(w.directory); err != nil {
		return nil, fmt.Errorf("remove a private directory: %w", err)
	}
	return w, nil
}

// archiveKind names a ZIP archive that is no workbook; "" for a workbook.
func archiveKind(archive *zip.Reader) string {
	has := map[string]bool{}
	for _, part := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		has[name] = true
		first, _, _ := strings.Cut(name, "/")
		has[first+"/"] = true
	}
	switch {
	case has["xl/workbook.xml"]:
		return ""
	case has["xl/workbook.bin"]:
		return "a binary workbook (XLSB)"
	case has["word/"]:
		return "a Word document"
	case has["ppt/"]:
		return "a presentation"
	case has["mimetype"] && has["content.xml"]:
		return "an OpenDocument file"
	case has["index/"] && has["metadata/"]:
		return "an Apple Numbers file"
	default:
		return "a ZIP archive"
	}
}

// chooseSheet opens the first sheet in which a row has a name that is known,
// or else the first that is not empty, at its first row.
func (w *workbook) chooseSheet() error {
	known := knownNames()
	chosen, at := "", 0
	sheets := w.file.GetSheetList()
	for _, sheet := range sheets {
		first, named, err := w.findHeader(sheet, known)
		if err != nil {
			return err
		}
		if named > 0 {
			chosen, at = sheet, named
			break
		}
		if first > 0 && chosen == "" {
			chosen, at = sheet, first
		}
	}
	if chosen == "" {
		return isEmpty()
	}
	w.sheet = chosen
	for _, sheet := range sheets {
		if sheet != chosen {
			w.others = append(w.others, sheet)
		}
	}
	var err error
	if w.rows, err = w.file.Rows(chosen); err != nil {
		return damaged("its sheet cannot be opened")
	}
	for w.number < at {
		row, err := w.read()
		if err != nil {
			return damaged("its sheet cannot be read")
		}
		w.header = row
	}
	w.header, err = columnNames(fmt.Sprintf("line %d", at), w.header)
	return err
}

// findHeader returns the number of the first row of a sheet that is not empty
// and of the first that has a known name; 0 for none.
func (w *workbook) findHeader(sheet string, known map[string]*field) (first, named int, failure error) {
	rows, err := w.file.Rows(sheet)
	if err != nil {
		return 0, 0, nil // a sheet of charts
	}
	defer func() { failure = errors.Join(failure, rows.Close()) }()
	for number := 1; number <= 1000 && rows.Next(); number++ {
		cells, err := rows.Columns()
		if err != nil {
			return 0, 0, damaged("its sheet cannot be read")
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		if first == 0 {
			first = number
		}
		if number >= first+headerRows {
			break
		}
		for _, cell := range cells {
			if fieldNamed(known, cell) != nil {
				return first, number, nil
			}
		}
	}
	return first, 0, nil
}

// read returns the cells of the next row, or io.EOF.
func (w *workbook) read() (_ []string, failure error) {
	defer func() {
		if recover() != nil {
			failure = damaged("its sheet cannot be read")
		}
	}()
	if !w.rows.Next() {
		if w.rows.Error() != nil {
			return nil, damaged("its sheet cannot be read")
		}
		return nil, io.EOF
	}
	w.number++
	cells, err := w.rows.Columns()
	if err != nil {
		return nil, damaged("its sheet cannot be read")
	}
	return cells, nil
}

// columns implements rowSource.
func (w *workbook) columns() []string { return w.header }

// next returns the next row that is not blank, or io.EOF.
func (w *workbook) next() (record, error) {
	for {
		cells, err := w.read()
		if err != nil {
			return record{}, err
		}
		for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
			cells = cells[:len(cells)-1]
		}
		if len(cells) == 0 {
			continue
		}
		size := 0
		for _, cell := range cells {
			size = max(size, len(cell))
		}
		for len(cells) < len(w.header) {
			cells = append(cells, "") // a sheet does not store what is empty
		}
		return checked(record{line: w.number, fields: cells}, size), nil
	}
}

// about implements rowSource.
func (w *workbook) about() about {
	found := about{format: XLSX, encoding: encodingUTF8, sheet: w.sheet, others: w.others}
	warn := func(format string, values ...any) {
		found.warnings = append(found.warnings, fmt.Sprintf(format, values...))
	}
	if len(w.others) > 0 {
		warn("the workbook has %d more sheets, which were not read: save each that holds people as a file of its own", len(w.others))
	}
	if w.found.formulas > 0 {
		warn("%d cells are formulas: the results stored with them were taken, nothing was calculated", w.found.formulas)
	}
	if w.found.unanswered > 0 {
		warn("%d formulas have no stored result and count as empty cells", w.found.unanswered)
	}
	if w.found.macros {
		warn("the workbook carries a program (macros), which was not run")
	}
	return found
}

// close gives back what the library holds.
func (w *workbook) close() error {
	if w.rows != nil {
		_ = w.rows.Close() // it repeats the error of the last row
		w.rows = nil
	}
	if w.file != nil {
		_ = w.file.Close() // the files it wants to remove are gone already
		w.file = nil
	}
	if w.directory == "" {
		return nil
	}
	if err := os.RemoveAll(w.directory); err != nil {
		return fmt.Errorf("remove a private directory: %w", err)
	}
	return nil
}
