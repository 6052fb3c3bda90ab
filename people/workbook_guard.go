package people

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// Limits of a workbook. A spreadsheet of a million people is far below them.
const (
	// maxWorkbookBytes is the largest workbook as it comes, packed.
	maxWorkbookBytes = 64 << 20
	// maxUnpackedBytes is how much all its parts may hold unpacked.
	maxUnpackedBytes = 1 << 30
	// maxOtherBytes is how much the parts that are neither sheets nor texts of
	// cells may hold: styles, pictures, and so on, which stay in memory.
	maxOtherBytes = 64 << 20
	// maxRatio is how many times its packed size a part may have; a part below
	// freeBytes may have any.
	maxRatio  = 200
	freeBytes = 1 << 20
	// maxParts is how many parts the archive may have.
	maxParts = 2000
	// maxMarkupBytes is the longest stretch without a tag: a cell of a
	// spreadsheet holds 32,767 characters at most.
	maxMarkupBytes = 256 << 10
)

// guarded is what was found while a workbook was examined.
type guarded struct {
	// formulas is the number of cells that hold a formula, in all sheets.
	formulas int
	// unanswered is the number of those without a stored result.
	unanswered int
	// macros says that the workbook carries a program, which nobody runs.
	macros bool
}

// guard examines a workbook before the library sees it, because the library
// goes on with half a part where unpacking fails, ends a sheet quietly where
// its XML breaks off, and puts cells that are out of order into wrong columns:
// people would be missing and nobody would know.
func guard(ctx context.Context, archive *zip.Reader) (guarded, error) {
	var found guarded
	if err := guardSizes(archive, &found); err != nil {
		return guarded{}, err
	}
	texts, highest := 0, -1
	for _, part := range archive.File {
		if err := ctx.Err(); err != nil {
			return guarded{}, fmt.Errorf("read people: %w", err)
		}
		check := sheetCheck{ctx: ctx, found: &found, highest: &highest}
		if err := guardPart(part, &check); err != nil {
			return guarded{}, err
		}
		texts += check.texts
	}
	if highest >= texts {
		return guarded{}, damaged("a cell points to a text that is not there")
	}
	return found, nil
}

// guardSizes refuses by the sizes that the archive claims, before anything is
// unpacked.
func guardSizes(archive *zip.Reader, found *guarded) error {
	if len(archive.File) > maxParts {
		return tooBig(fmt.Sprintf("a workbook of %d parts", len(archive.File)), fmt.Sprintf("at most %d parts", maxParts))
	}
	var total, other uint64
	names := map[string]bool{}
	for _, part := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		if names[name] {
			return damaged("a part occurs twice")
		}
		names[name] = true
		size := part.UncompressedSize64
		total += size
		if !holdsCells(name) {
			other += size
		}
		switch {
		case size > maxUnpackedBytes || total > maxUnpackedBytes:
			return tooBig("a workbook that unpacks to more than "+inUnits(maxUnpackedBytes), "at most "+inUnits(maxUnpackedBytes)+"; save the sheet as CSV")
		case other > maxOtherBytes:
			return tooBig("a workbook with more than "+inUnits(maxOtherBytes)+" of pictures, styles and other parts", "the rows alone; save the sheet as CSV")
		case size > freeBytes && size/maxRatio > part.CompressedSize64:
			return tooBig(fmt.Sprintf("a workbook with a part that unpacks to more than %d times its size", maxRatio), "a workbook as a spreadsheet writes it; save the sheet as CSV")
		}
		found.macros = found.macros || path.Base(name) == "vbaproject.bin"
	}
	return nil
}

// holdsCells reports whether a part is a sheet or the table of texts.
func holdsCells(name string) bool {
	return strings.HasPrefix(name, "xl/worksheets/sheet") || name == "xl/sharedstrings.xml"
}

func tooBig(value, expected string) error {
	return &InvalidError{Field: "file", Value: value, Expected: expected}
}

func damaged(how string) error {
	return &InvalidError{Field: "file", Value: "a damaged workbook: " + how, Expected: "the file as it left the spreadsheet; open it, save it again, or save the sheet as CSV"}
}

// guardPart unpacks one part without keeping it: all of it must be there, no
// more than the archive claims, and XML must be whole.
func guardPart(part *zip.File, check *sheetCheck) (failure error) {
	from, err := part.Open()
	if err != nil {
		return damaged("a part cannot be unpacked")
	}
	defer func() {
		if err := from.Close(); failure == nil && err != nil {
			failure = damaged("a part cannot be unpacked")
		}
	}()
	if isXML(part.Name) {
		err = check.read(&boundedMarkup{from: from})
	}
	if err == nil {
		// archive/zip fails where a part holds more or less than it claims.
		_, err = io.Copy(io.Discard, io.LimitReader(from, maxUnpackedBytes))
	}
	var invalid *InvalidError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &invalid):
		return invalid
	case check.ctx.Err() != nil:
		return fmt.Errorf("read people: %w", check.ctx.Err())
	default:
		return damaged("a part is cut short or is no XML")
	}
}

// isXML reports whether a part is XML that the library reads.
func isXML(name string) bool {
	name = strings.ToLower(strings.ReplaceAll(name, `\`, "/"))
	if !strings.HasPrefix(name, "xl/") && !strings.HasPrefix(name, "_rels/") && name != "[content_types].xml" {
		return false
	}
	return strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".rels")
}

// boundedMarkup stops at text without an end.
type boundedMarkup struct {
	from io.Reader
	run  int
}

// Read implements io.Reader.
func (b *boundedMarkup) Read(into []byte) (int, error) {
	n, err := b.from.Read(into)
	for _, c := range into[:n] {
		if c == '<' || c == '>' {
			b.run = 0
		} else if b.run++; b.run > maxMarkupBytes {
			return 0, tooBig("a workbook with a cell longer than "+inUnits(maxMarkupBytes), "at most 32,767 characters in a cell")
		}
	}
	return n, err
}

// sheetCheck reads the XML of a part for its order.
type sheetCheck struct {
	ctx     context.Context //nolint:containedctx // lives as long as one call of guard
	found   *guarded
	highest *int
	// texts is the number of texts that the part defines.
	texts int
	// row and column are where the last cell stood.
	row, column int
}

// read goes through the XML of one part.
func (s *sheetCheck) read(from io.Reader) error {
	decoder := xml.NewDecoder(from)
	var path [4]string // of the element that is open, from the root
	depth, tokens := 0, 0
	var cell, value []byte // the type of the open cell and its value
	answered, formula := false, false
	for {
		if tokens++; tokens%4096 == 0 && s.ctx.Err() != nil {
			return s.ctx.Err()
		}
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch element := token.(type) {
		case xml.StartElement:
			if depth < len(path) {
				path[depth] = element.Name.Local
			}
			depth++
			switch name := element.Name.Local; {
			case path[0] == "sst" && depth == 2 && name == "si":
				s.texts++
			case path[0] != "worksheet" || path[1] != "sheetData":
			case depth == 3 && name == "row":
				if err := s.startRow(element.Attr); err != nil {
					return err
				}
			case depth == 4 && name == "c":
				cell, value, answered, formula = append(cell[:0], attribute(element.Attr, "t")...), value[:0], false, false
				if err := s.startCell(element.Attr); err != nil {
					return err
				}
			case depth == 5 && path[3] == "c":
				answered = answered || name == "v" || name == "is"
				formula = formula || name == "f"
			}
		case xml.CharData:
			if depth == 5 && path[0] == "worksheet" && answered && string(cell) == "s" {
				value = append(value, element...)
			}
		case xml.EndElement:
			if depth == 4 && path[0] == "worksheet" && path[1] == "sheetData" && path[3] == "c" {
				if formula {
					s.found.formulas++
					if !answered {
						s.found.unanswered++
					}
				}
				if string(cell) == "s" && answered {
					at, err := strconv.Atoi(strings.TrimSpace(string(value)))
					if err != nil || at < 0 {
						return damaged("a cell points to a text that is not there")
					}
					*s.highest = max(*s.highest, at)
				}
			}
			depth--
		}
	}
}

// startRow checks that rows come in their order.
func (s *sheetCheck) startRow(attributes []xml.Attr) error {
	next := s.row + 1
	if text := attribute(attributes, "r"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < next {
			return damaged("its rows are not in order")
		}
		next = n
	}
	s.row, s.column = next, 0
	return nil
}

// startCell checks that the cells of a row come in their order.
func (s *sheetCheck) startCell(attributes []xml.Attr) error {
	next := s.column + 1
	if text := attribute(attributes, "r"); text != "" {
		n := 0
		for i := 0; i < len(text) && text[i] >= 'A' && text[i] <= 'Z' && n < 1<<20; i++ {
			n = n*26 + int(text[i]-'A') + 1
		}
		if n < next || n > 16384 || strings.TrimLeft(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strconv.Itoa(s.row) {
			return damaged("its cells are not in order")
		}
		next = n
	}
	s.column = next
	return nil
}

// attribute returns the value of an attribute, "" without one.
func attribute(attributes []xml.Attr, name string) string {
	for _, a := range attributes {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
