package people

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Sheet is one sheet of a workbook that is written.
type Sheet struct {
	// Name is the sheet's name, at most 31 characters.
	Name string
	// Rows are its rows; the first names the columns.
	Rows iter.Seq2[[]string, error]
	// Numbers are the columns, from 0, whose whole numbers are written as numbers,
	// so that a spreadsheet adds them up. All else is text.
	Numbers []int
}

const (
	// sheetCell is how many characters a cell of a workbook can hold.
	sheetCell = 32_767
	// sheetColumn is the width of a column, in characters.
	sheetColumn = 24
)

// WriteXLSX writes a workbook. Cells are text, which no spreadsheet takes for a
// formula, whatever it begins with. A text that is longer than a cell can be ends
// in an ellipsis. It stops at the first error that rows bring and returns it; then
// nothing is written.
func WriteXLSX(to io.Writer, sheets ...Sheet) (failure error) {
	book := excelize.NewFile()
	defer func() {
		if err := book.Close(); err != nil && failure == nil {
			failure = fmt.Errorf("write XLSX: %w", err)
		}
	}()
	head, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	body, err := book.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	for i, sheet := range sheets {
		if i == 0 {
			err = book.SetSheetName(book.GetSheetName(0), sheet.Name)
		} else {
			_, err = book.NewSheet(sheet.Name)
		}
		if err == nil {
			err = writeSheet(book, sheet, head, body)
		}
		if err != nil {
			return fmt.Errorf("write XLSX: %w", err)
		}
	}
	if err := book.Write(to); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	return nil
}

func writeSheet(book *excelize.File, sheet Sheet, head, body int) error {
	out, err := book.NewStreamWriter(sheet.Name)
	if err != nil {
		return err
	}
	if err := out.SetColWidth(1, 60, sheetColumn); err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	n, style := 0, head
	for row, err := range sheet.Rows {
		if err != nil {
			return err
		}
		n++
		cells := make([]any, len(row))
		for i, text := range row {
			cells[i] = excelize.Cell{StyleID: style, Value: fitting(text)}
			if number, err := strconv.ParseInt(text, 10, 64); err == nil && n > 1 && slices.Contains(sheet.Numbers, i) {
				cells[i] = excelize.Cell{StyleID: style, Value: number}
			}
		}
		if err := out.SetRow("A"+strconv.Itoa(n), cells); err != nil {
			return err
		}
		style = body
	}
	return out.Flush()
}

// fitting is a text as a cell can hold it.
func fitting(text string) string {
	if utf8.RuneCountInString(text) <= sheetCell {
		return text
	}
	runes := []rune(text)
	return string(runes[:sheetCell-1]) + "…"
}
