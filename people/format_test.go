package people_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tocsin/people"
)

func TestAFileOfAnotherKindIsNamed(t *testing.T) {
	const readable = "CSV, TSV, JSON Lines or an XLSX workbook"
	for _, c := range []struct{ file, message string }{
		{"%PDF-1.7\n", "file: a PDF document; expected " + readable},
		{"\x89PNG\r\n\x1a\n\x00", "file: a PNG image; expected " + readable},
		{"\xff\xd8\xff\xe0", "file: a JPEG image; expected " + readable},
		{"\x1f\x8b\x08", "file: a gzip archive; expected " + readable + "; unpack the archive first"},
		{"PK\x03\x04", "file: a ZIP archive that is cut short or damaged; expected " + readable},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file: an old or password-protected Office file; expected " + readable +
			"; remove the password, or save the workbook as XLSX"},
		{"SQLite format 3\x00", "file: an SQLite database; expected " + readable},
		{"<!DOCTYPE html><html>", "file: an HTML page; expected " + readable},
		{"<?xml version='1.0'?>", "file: an XML document; expected " + readable},
		{`[{"email":"a@example.com"}]`, "file: one JSON list; expected JSON Lines: one object on each line"},
		{"{\n  \"email\": \"a@example.com\"\n}\n", "file: JSON with objects over several lines; expected JSON Lines: one object on each line"},
		{"\x01\x02\x03\x04\x05abc", "file: a binary file; expected " + readable},
		{"\xff\xfe\x00\x00a\x00\x00\x00", "file: UTF-32 text; expected " + readable},
	} {
		_, err := people.Read(t.Context(), strings.NewReader(c.file), people.Options{}, nil)
		var invalid *people.InvalidError
		if !errors.As(err, &invalid) || err.Error() != c.message {
			t.Errorf("got  %v\nwant %s", err, c.message)
		}
		if _, other := people.Analyze(t.Context(), strings.NewReader(c.file)); other == nil || other.Error() != c.message {
			t.Errorf("analysis: got %v", other)
		}
	}
}

func TestANameThatPromisesAnotherFormatIsRefused(t *testing.T) {
	workbook := string(book(t, sheet{"People", [][]any{{"email"}, {"ana@example.com"}}}))
	for _, c := range []struct{ name, file, message string }{
		{"people.csv", "email\n", ""},
		{"people.csv", "email\tname\n", ""},
		{"people.TSV", "email\tname\n", ""},
		{"people.txt", "email\n", ""},
		{"people.xlsx", workbook, ""},
		{"", workbook, ""},
		{"ana.csv", workbook, "file: XLSX under a name that ends in .csv; expected a name that ends as the content is, so that nobody takes one file for another"},
		{"ana.xlsx", "email\n", "file: CSV under a name that ends in .xlsx; expected a name that ends as the content is, so that nobody takes one file for another"},
		{"ana.jsonl", "email\n", "file: CSV under a name that ends in .jsonl; expected a name that ends as the content is, so that nobody takes one file for another"},
	} {
		_, err := people.Read(t.Context(), strings.NewReader(c.file), people.Options{Name: c.name}, func(people.Person) error { return nil })
		if got := errorText(err); got != c.message {
			t.Errorf("%s: got %q", c.name, got)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestJSONLinesAreAccountedForLineByLine(t *testing.T) {
	file := `{"id":12345678901234567890,"user":{"email":"ana@example.com","name":"Ana"},"tags":["a","b",1],"ok":true,"none":null}
{"user":{"email":"bo@example.com"},"city":"Riga","user_id":"u2"}
{"user":{"email":"x@example.com","email":"y@example.com"}}
{"user":[{"email":"x@example.com"}]}
["x@example.com"]
{"user":{"email":"x@example.com"}} {}
{"user":{"email":"x@example.com"}

{"a":{"b":{"c":{"d":{"e":{"f":1}}}}}}
{"user":{"email":"\u0000"}}
`
	found, summary := read(t, file, people.Options{Map: map[string]string{"id": "user_id", "user_id": "-"}})
	want := []people.Rejected{
		{Line: 3, Why: "a key occurs twice"},
		{Line: 4, Why: "a list holds objects or lists; expected plain values"},
		{Line: 5, Why: "not a JSON object"},
		{Line: 6, Why: "something follows the JSON object"},
		{Line: 7, Why: "not a JSON object"},
		{Line: 9, Why: "objects lie more than 5 deep in each other"},
		{Line: 10, Why: "column 2 holds a zero byte"},
	}
	if !slices.Equal(summary.Rejected, want) {
		t.Errorf("rejected %v", summary.Rejected)
	}
	if len(found) != 2 || found[0].UserID != "12345678901234567890" || found[0].Name != "Ana" || found[1].City != "Riga" || found[1].Line != 2 {
		t.Errorf("got %+v", found)
	}
	if summary.Format != people.JSONLines || summary.Columns["user.email"] != "email" {
		t.Errorf("%s, columns %v", summary.Format, summary.Columns)
	}
}

func TestAKeyThatComesLateIsAColumnAllTheSame(t *testing.T) {
	file := strings.Repeat(`{"email":"ana@example.com"}`+"\n", 300) + `{"email":"bo@example.com","iban":"x","new":"y"}` + "\n"
	found, summary := read(t, file, people.Options{})
	if len(found) != 2 || !slices.Equal(found[1].Kinds, []string{"email", "bank_account"}) {
		t.Errorf("got %+v", found)
	}
	if !slices.Equal(summary.LeftColumns, []string{"new"}) {
		t.Errorf("left %v", summary.LeftColumns)
	}
	file += `{"mail":"x@example.com"}` + "\n"
	_, err := people.Read(t.Context(), strings.NewReader(file), people.Options{}, func(people.Person) error { return nil })
	if got := errorText(err); !strings.Contains(got, "both hold email") {
		t.Errorf("a second address that comes late: got %q", got)
	}
	_, err = people.Read(t.Context(), strings.NewReader(`{"people":{"ana@example.com":{"city":"Riga"}}}`+"\n"), people.Options{}, nil)
	if got := errorText(err); got != "line 1: column 1 holds an address, not a name; expected the names of the columns" {
		t.Errorf("a person as a key: got %q", got)
	}
}

func TestEveryAliasIsWrittenAsNamesAreCompared(t *testing.T) {
	meant := map[string]string{}
	for alias, field := range people.Aliases() {
		if key := people.ColumnKey(alias); key != alias {
			t.Errorf("%s: %q can never match, it is compared as %q", field, alias, key)
		}
		if before, twice := meant[alias]; twice {
			t.Errorf("%q means %s and %s", alias, before, field)
		}
		if meant[alias] = field; !slices.Contains(people.FieldNames(), field) {
			t.Errorf("%q is no field", field)
		}
	}
	if len(meant) < 500 {
		t.Errorf("only %d names are known", len(meant))
	}
	if n := people.KindCount(); n > 63 {
		t.Errorf("%d kinds do not fit into the bits of a row", n)
	}
}
