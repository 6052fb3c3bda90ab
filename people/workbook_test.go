package people_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tocsin/people"
)

// sheet is one sheet of a workbook that a test writes.
type sheet struct {
	name string
	rows [][]any
}

// book writes a workbook by the library.
func book(t testing.TB, sheets ...sheet) []byte {
	t.Helper()
	file := excelize.NewFile()
	defer func() { _ = file.Close() }()
	for i, s := range sheets {
		if i == 0 {
			must(t, file.SetSheetName("Sheet1", s.name))
		} else {
			_, err := file.NewSheet(s.name)
			must(t, err)
		}
		for r, row := range s.rows {
			for c, value := range row {
				cell, err := excelize.CoordinatesToCellName(c+1, r+1)
				must(t, err)
				if text, isText := value.(string); isText && strings.HasPrefix(text, "=") {
					must(t, file.SetCellFormula(s.name, cell, text))
				} else if value != nil {
					must(t, file.SetCellValue(s.name, cell, value))
				}
			}
		}
	}
	var out bytes.Buffer
	must(t, file.Write(&out))
	return out.Bytes()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadTakesTheFirstSheetWithNames(t *testing.T) {
	file := book(t,
		sheet{"About", [][]any{{"Export of the vendor"}, {"made in November"}}},
		sheet{"Users", [][]any{
			{"Affected users"}, {},
			{"E-Mail", "Full name", "Country", "User ID", "Phone"},
			{"ana@example.com", "Ana  Robles", "ES", 123456789012345, nil},
			{},
			{"bo@example.com", nil, nil, nil, "+34600000000"},
			{"ana@example.com"},
			{"x@example.com", "a", "b", "c", "d", "too many"},
			{"=\"f\"&\"@example.com\"", "Formula"},
		}},
		sheet{"More", [][]any{{"email"}, {"c@example.com"}}})
	found, summary := read(t, string(file), people.Options{Name: "users.xlsx"})
	if summary.Format != people.XLSX || summary.Sheet != "Users" || !slices.Equal(summary.OtherSheets, []string{"About", "More"}) {
		t.Errorf("%s, sheet %q, others %q", summary.Format, summary.Sheet, summary.OtherSheets)
	}
	if len(found) != 3 || found[0].Line != 4 || found[0].Name != "Ana Robles" || found[0].UserID != "123456789012345" || found[1].Line != 6 ||
		!slices.Equal(found[1].Kinds, []string{"email", "phone"}) {
		t.Errorf("got %+v", found)
	}
	if summary.Duplicates != 1 || !slices.Equal(summary.Rejected, []people.Rejected{{Line: 8, Why: "6 values; expected 5"}}) {
		t.Errorf("got %s, %v", summary, summary.Rejected)
	}
	if found[2].Undeliverable != "no address" {
		t.Errorf("a formula was calculated: %+v", found[2])
	}
	all := strings.Join(summary.Warnings, "\n")
	for _, want := range []string{"2 more sheets", "1 cells are formulas", "nothing was calculated", "1 formulas have no stored result"} {
		if !strings.Contains(all, want) {
			t.Errorf("no warning of %q in %q", want, all)
		}
	}
}

// part is one part of a workbook that a test writes by hand.
type part struct{ name, text string }

// xlsx packs parts into a workbook with one sheet.
func xlsx(t testing.TB, sheetXML string, more ...part) []byte {
	t.Helper()
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
	const kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	parts := append([]part{
		{"[Content_Types].xml", head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>`},
		{"_rels/.rels", head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="` + kind + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", head + `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` + kind + `"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="` + kind + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", head + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + sheetXML + `</sheetData></worksheet>`},
	}, more...)
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, p := range parts {
		w, err := archive.Create(p.name)
		must(t, err)
		_, err = io.WriteString(w, p.text)
		must(t, err)
	}
	must(t, archive.Close())
	return out.Bytes()
}

// texts is a row of cells with their text inside.
func texts(number int, cells ...string) string {
	row := fmt.Sprintf(`<row r="%d">`, number)
	for i, cell := range cells {
		row += fmt.Sprintf(`<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+i, number, cell)
	}
	return row + "</row>"
}

func TestAWorkbookThatWouldLosePeopleQuietlyIsRefused(t *testing.T) {
	names := texts(1, "email", "name")
	found, _ := read(t, string(xlsx(t, names+texts(2, "ana@example.com", "Ana")+texts(4, "bo@example.com", "Bo"))), people.Options{})
	if len(found) != 2 || found[1].Line != 4 || found[1].Name != "Bo" {
		t.Fatalf("the sound one: got %+v", found)
	}
	const fault = "file: a damaged workbook: "
	for _, c := range []struct{ name, sheet, message string }{
		{"rows out of order", names + texts(3, "ana@example.com", "Ana") + texts(2, "bo@example.com", "Bo"), fault + "its rows are not in order"},
		{"a row twice", names + texts(2, "ana@example.com", "Ana") + texts(2, "bo@example.com", "Bo"), fault + "its rows are not in order"},
		{"cells out of order", names + `<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>2</v></c></row>`, fault + "its cells are not in order"},
		{"a cell of another row", names + `<row r="2"><c r="A3"><v>1</v></c></row>`, fault + "its cells are not in order"},
		{"XML that breaks off", names + texts(2, "ana@example.com", "Ana") + "<row", fault + "a part is cut short or is no XML"},
		{"a text that is not there", names + `<row r="2"><c r="A2" t="s"><v>7</v></c></row>`, fault + "a cell points to a text that is not there"},
		{"a row of no number", names + `<row r="-1"></row>`, fault + "its rows are not in order"},
		{"a cell without an end", names + texts(2, strings.Repeat("x y", 100<<10)), "file: a workbook with a cell longer than 256 KB"},
	} {
		_, err := people.Read(t.Context(), bytes.NewReader(xlsx(t, c.sheet)), people.Options{}, func(people.Person) error { return nil })
		if got := errorText(err); !strings.HasPrefix(got, c.message+";") {
			t.Errorf("%s: got %q", c.name, got)
		}
	}
}

// claiming packs a workbook in which one part claims another size than it has.
func claiming(t *testing.T, size uint64, content io.Reader) []byte {
	t.Helper()
	var packed bytes.Buffer
	press, err := flate.NewWriter(&packed, flate.BestCompression)
	must(t, err)
	sum := crc32.NewIEEE()
	_, err = io.Copy(io.MultiWriter(press, sum), content)
	must(t, err)
	must(t, press.Close())
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	_, err = archive.Create("xl/workbook.xml")
	must(t, err)
	w, err := archive.CreateRaw(&zip.FileHeader{
		Name: "xl/worksheets/sheet1.xml", Method: zip.Deflate, CRC32: sum.Sum32(),
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: size,
	})
	must(t, err)
	_, err = w.Write(packed.Bytes())
	must(t, err)
	must(t, archive.Close())
	return out.Bytes()
}

func TestABombIsRefusedBeforeItExpands(t *testing.T) {
	zeros := func(n int64) io.Reader { return io.LimitReader(endless{}, n) }
	parts := make([]part, 2100)
	for i := range parts {
		parts[i] = part{fmt.Sprintf("xl/media/%d.bin", i), ""}
	}
	for _, c := range []struct {
		name    string
		file    []byte
		message string
	}{
		{"a part of a thousand times its size", claiming(t, 64<<20, zeros(64<<20)), "a part that unpacks to more than 200 times its size"},
		{"a part of four gigabytes", claiming(t, 4<<30, zeros(1<<20)), "unpacks to more than 1 GB"},
		{"a part that holds more than it claims", claiming(t, 1<<10, zeros(64<<20)), "a damaged workbook"},
		{"two thousand parts", xlsx(t, "", parts...), "parts; expected at most 2000 parts"},
		{"a part twice", xlsx(t, "", part{"XL/Workbook.xml", ""}), "a part occurs twice"},
		{"entities within entities", xlsx(t, `<row r="1"><c r="A1"><v>&a;</v></c></row>`), "is no XML"},
	} {
		_, err := people.Read(t.Context(), bytes.NewReader(c.file), people.Options{}, func(people.Person) error { return nil })
		if got := errorText(err); !strings.HasPrefix(got, "file: ") || !strings.Contains(got, c.message) {
			t.Errorf("%s: got %q", c.name, got)
		}
	}
}

func TestAnArchiveThatIsNoWorkbookIsNamed(t *testing.T) {
	for want, names := range map[string][]string{
		"a Word document":          {"[Content_Types].xml", "word/document.xml"},
		"a presentation":           {"[Content_Types].xml", "ppt/presentation.xml"},
		"a binary workbook (XLSB)": {"[Content_Types].xml", "xl/workbook.bin"},
		"an OpenDocument file":     {"mimetype", "content.xml"},
		"a ZIP archive":            {"people.csv"},
	} {
		var out bytes.Buffer
		archive := zip.NewWriter(&out)
		for _, name := range names {
			_, err := archive.Create(name)
			must(t, err)
		}
		must(t, archive.Close())
		_, err := people.Read(t.Context(), &out, people.Options{}, nil)
		if got := errorText(err); !strings.HasPrefix(got, "file: "+want+"; expected CSV") {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestALargeWorkbookLeavesNothingOnTheDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 40 MB of cells")
	}
	t.Setenv("TMPDIR", t.TempDir())
	var rows strings.Builder
	rows.WriteString(texts(1, "email", "name"))
	const n = 250_000
	for i := range n {
		rows.WriteString(texts(i+2, fmt.Sprintf("ana%d@example.com", i*7919), fmt.Sprintf("Ana %x", i*104729)))
	}
	file := xlsx(t, rows.String())
	handed := 0
	summary, err := people.Read(t.Context(), bytes.NewReader(file), people.Options{}, func(people.Person) error {
		if handed++; handed == 1 {
			left, err := os.ReadDir(os.TempDir())
			if err != nil || len(left) > 0 {
				t.Errorf("while rows are read: %d files, %v", len(left), err)
			}
		}
		return nil
	})
	if err != nil || summary.Accepted != n {
		t.Errorf("got %s, %v", summary, err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("afterwards: %d files, %v", len(left), err)
	}
}
