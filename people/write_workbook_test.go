package people_test

import (
	"bytes"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tocsin/people"
)

func rowsOf(rows ...[]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

func TestAWorkbookHoldsTextAndNumbersAndNoFormula(t *testing.T) {
	long := strings.Repeat("é", 40_000)
	hostile := []string{`=HYPERLINK("http://example.com","x")`, "+34 600", "@SUM(A1)", "a\x00b\x1b", "<b>&amp;</b>", long}
	var out bytes.Buffer
	err := people.WriteXLSX(&out,
		people.Sheet{Name: "Register", Rows: rowsOf([]string{"name", "people"}, []string{"one", "500"}, []string{"007", "about 500"}), Numbers: []int{1}},
		people.Sheet{Name: "About", Rows: rowsOf([]string{"what"}, hostile)})
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	}()
	for cell, want := range map[string]excelize.CellType{"A2": excelize.CellTypeInlineString, "A3": excelize.CellTypeInlineString,
		"B2": excelize.CellTypeUnset, "B3": excelize.CellTypeInlineString} {
		if got, err := book.GetCellType("Register", cell); err != nil || got != want {
			t.Errorf("%s is of type %v, %v; want %v", cell, got, err, want)
		}
	}
	if got, err := book.GetCellValue("Register", "A3"); err != nil || got != "007" {
		t.Errorf("the number with zeros is %q, %v", got, err)
	}
	for i, text := range hostile {
		cell, err := excelize.CoordinatesToCellName(i+1, 2)
		if err != nil {
			t.Fatal(err)
		}
		if formula, err := book.GetCellFormula("About", cell); err != nil || formula != "" {
			t.Errorf("%s holds the formula %q, %v", cell, formula, err)
		}
		got, err := book.GetCellValue("About", cell)
		if err != nil {
			t.Fatal(err)
		}
		if i < 3 && got != text || i == len(hostile)-1 && (len([]rune(got)) != 32_767 || !strings.HasSuffix(got, "…")) {
			t.Errorf("%s holds %.40q of %d characters", cell, got, len([]rune(got)))
		}
	}
}

func TestAWorkbookIsWholeOrNotThere(t *testing.T) {
	broken := errors.New("the database is away")
	var out bytes.Buffer
	err := people.WriteXLSX(&out, people.Sheet{Name: "Register", Rows: func(yield func([]string, error) bool) {
		if yield([]string{"name"}, nil) {
			yield(nil, broken)
		}
	}})
	if !errors.Is(err, broken) || out.Len() != 0 {
		t.Errorf("%d bytes were written, %v", out.Len(), err)
	}
}
