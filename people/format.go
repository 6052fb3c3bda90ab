package people

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
)

// Format is the kind of a file that can be read, found by its content.
type Format string

// The formats that are read.
const (
	// CSV is text with one row per line and values between commas, semicolons
	// or vertical bars (RFC 4180).
	CSV Format = "CSV"
	// TSV is the same with tabs.
	TSV Format = "TSV"
	// JSONLines is one JSON object per line.
	JSONLines Format = "JSON Lines"
	// XLSX is an Office Open XML workbook (ECMA-376).
	XLSX Format = "XLSX"
)

// readable is what an error says would be right.
const readable = "CSV, TSV, JSON Lines or an XLSX workbook"

// zipMark begins every ZIP archive, and so every workbook.
const zipMark = "PK\x03\x04"

// foreign names the kind of a file that is none of ours, by its first bytes;
// "" for what may be text or a ZIP archive.
func foreign(head []byte) string {
	for _, kind := range []struct{ mark, name string }{
		{"%PDF-", "a PDF document"},
		{"\x89PNG\r\n\x1a\n", "a PNG image"},
		{"\xff\xd8\xff", "a JPEG image"},
		{"GIF8", "a GIF image"},
		{"RIFF", "a RIFF media file"},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or password-protected Office file"},
		{"\x1f\x8b", "a gzip archive"},
		{"BZh", "a bzip2 archive"},
		{"\xfd7zXZ\x00", "an xz archive"},
		{"\x28\xb5\x2f\xfd", "a Zstandard archive"},
		{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
		{"Rar!\x1a\x07", "a RAR archive"},
		{"PK\x05\x06", "an empty ZIP archive"},
		{"SQLite format 3\x00", "an SQLite database"},
		{"PAR1", "a Parquet file"},
		{"Obj\x01", "an Avro file"},
		{`{\rtf`, "an RTF document"},
		{"\x7fELF", "a program"},
		{"MZ\x90", "a program"},
		{"\xff\xfe\x00\x00", "UTF-32 text"},
		{"\x00\x00\xfe\xff", "UTF-32 text"},
		{"-----BEGIN ", "an encrypted or signed text"},
	} {
		if bytes.HasPrefix(head, []byte(kind.mark)) {
			return kind.name
		}
	}
	return ""
}

// foreignText names the kind of a text that is none of ours, by its beginning
// in UTF-8; "" for what may be read.
func foreignText(head []byte) string {
	text := bytes.TrimLeft(head, " \t\r\n")
	start := strings.ToLower(string(text[:min(len(text), 64)]))
	switch {
	case strings.HasPrefix(start, "<!doctype html"), strings.HasPrefix(start, "<html"), strings.HasPrefix(start, "<table"):
		return "an HTML page"
	case strings.HasPrefix(start, "<?xml"), strings.HasPrefix(start, "<!doctype"):
		return "an XML document"
	case strings.HasPrefix(start, "["):
		if rest := strings.TrimLeft(start[1:], " \t\r\n"); rest == "" || strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "[") {
			return "one JSON list"
		}
	case strings.HasPrefix(start, "{"):
		line, _, more := bytes.Cut(text, []byte("\n"))
		if more && bytes.Equal(bytes.TrimSpace(line), []byte("{")) {
			return "JSON with objects over several lines"
		}
	}
	odd := 0
	for _, c := range head {
		if c < '\t' || c > '\r' && c < ' ' && c != 0x1b {
			odd++
		}
	}
	if odd*10 > len(head) {
		return "a binary file"
	}
	return ""
}

// startsObject reports whether a text begins like JSON Lines.
func startsObject(head []byte) bool {
	text := bytes.TrimLeft(head, " \t\r\n")
	if len(text) == 0 || text[0] != '{' {
		return false
	}
	rest := bytes.TrimLeft(text[1:], " \t\r\n")
	return len(rest) > 0 && (rest[0] == '"' || rest[0] == '}')
}

// isForeign is the error for a file of another kind.
func isForeign(kind string) error {
	expected := readable
	switch {
	case strings.Contains(kind, "old or password-protected"):
		expected += "; remove the password, or save the workbook as XLSX"
	case strings.HasSuffix(kind, "archive"):
		expected += "; unpack the archive first"
	case strings.Contains(kind, "JSON"):
		expected = "JSON Lines: one object on each line"
	}
	return &InvalidError{Field: "file", Value: kind, Expected: expected}
}

// checkName returns an [*InvalidError] when the ending of a file's name
// promises another format than the content holds. A name without a known
// ending promises nothing.
func checkName(name string, found Format) error {
	promised := ""
	switch ending := strings.ToLower(filepath.Ext(name)); ending {
	case ".csv", ".tsv", ".tab":
		if found == CSV || found == TSV {
			return nil
		}
		promised = ending
	case ".jsonl", ".ndjson", ".json":
		if found == JSONLines {
			return nil
		}
		promised = ending
	case ".xlsx", ".xlsm":
		if found == XLSX {
			return nil
		}
		promised = ending
	default:
		return nil
	}
	// The name itself may hold a person's name; only its ending is repeated.
	return &InvalidError{
		Field:    "file",
		Value:    fmt.Sprintf("%s under a name that ends in %s", found, promised),
		Expected: "a name that ends as the content is, so that nobody takes one file for another",
	}
}
