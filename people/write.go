package people

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode"
)

// WriteCSV writes rows as CSV (RFC 4180, UTF-8, CR LF) that is safe to open in
// a spreadsheet: no cell can become a formula there, see [SafeCell]. The first
// row is the names of the columns. It stops at the first error that rows
// brings and returns it.
func WriteCSV(to io.Writer, rows iter.Seq2[[]string, error]) error {
	out := csv.NewWriter(to)
	out.UseCRLF = true
	var safe []string
	for row, err := range rows {
		if err != nil {
			return fmt.Errorf("write CSV: %w", err)
		}
		safe = safe[:0]
		for _, cell := range row {
			safe = append(safe, SafeCell(cell))
		}
		if err := out.Write(safe); err != nil {
			return fmt.Errorf("write CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// SafeCell returns a value as a spreadsheet shows it without calculating: what
// begins with = + - @, a tab, a line break, or one of their full-width forms,
// also after spaces, gets an apostrophe in front. So a telephone number "+34…"
// stands as "'+34…": the apostrophe is the price, since a vendor's file may
// hold whatever an attacker typed into a form. A zero byte becomes U+FFFD.
func SafeCell(value string) string {
	if strings.IndexByte(value, 0) >= 0 {
		value = strings.ReplaceAll(value, "\x00", "\ufffd")
	}
	if value == "" {
		return value
	}
	if strings.IndexByte("\t\r\n", value[0]) >= 0 {
		return "'" + value
	}
	start := strings.TrimLeftFunc(value, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc)
	})
	for _, sign := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(start, sign) {
			return "'" + value
		}
	}
	return value
}
