package people_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tocsin/people"
)

func each(rows ...[]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

func TestNoCellBecomesAFormula(t *testing.T) {
	var out bytes.Buffer
	err := people.WriteCSV(&out, each(
		[]string{"name", "phone"},
		[]string{"=HYPERLINK(\"https://example.com\")", "+34 600"},
		[]string{"-1", "@SUM(A1)"},
		[]string{"\tx", "\rx"},
		[]string{"  =1", "\u200b=1"},
		[]string{"＝1", "a=1"},
		[]string{"Robles, \"Ana\"", "two\nlines"},
	))
	want := "name,phone\r\n" +
		"\"'=HYPERLINK(\"\"https://example.com\"\")\",'+34 600\r\n" +
		"'-1,'@SUM(A1)\r\n" +
		"'\tx,\"'x\"\r\n" + // CR alone ends no line
		"'  =1,'\u200b=1\r\n" +
		"'＝1,a=1\r\n" +
		"\"Robles, \"\"Ana\"\"\",\"two\r\nlines\"\r\n"
	if err != nil || out.String() != want {
		t.Errorf("got  %q, %v\nwant %q", out.String(), err, want)
	}
}

func TestWhatIsWrittenReadsBackCellByCell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(rapid.String(), 3, 3), 1, 5).Draw(t, "rows")
		var out bytes.Buffer
		if err := people.WriteCSV(&out, each(rows...)); err != nil {
			t.Fatal(err)
		}
		got, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(got) != len(rows) {
			t.Fatalf("%d rows, %v", len(got), err)
		}
		for i, row := range rows {
			for j, cell := range row {
				safe := people.SafeCell(cell)
				if strings.ContainsAny(cell, "\r\n") {
					continue // line ends are written as CR LF
				}
				if got[i][j] != safe {
					t.Errorf("%q: got %q", cell, got[i][j])
				}
				if safe != "" && strings.ContainsRune("=+-@\t\r\n", rune(safe[0])) {
					t.Errorf("%q begins a formula", safe)
				}
				if people.SafeCell(safe) != safe {
					t.Errorf("%q gets a second apostrophe", cell)
				}
			}
		}
	})
}

func TestWriteCSVStopsAtTheFirstError(t *testing.T) {
	gone := errors.New("gone")
	var out bytes.Buffer
	err := people.WriteCSV(&out, func(yield func([]string, error) bool) {
		if yield([]string{"a"}, nil) {
			yield(nil, gone)
		}
	})
	if !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
	if err := people.WriteCSV(full{}, each(slices.Repeat([]string{"a"}, 5000))); err == nil {
		t.Error("a full disk goes unnoticed")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }
