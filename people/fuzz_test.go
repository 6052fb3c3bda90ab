package people_test

import (
	"encoding/csv"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"tocsin/people"
)

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"name,email\nAna,ana@example.com\n",
		"\ufeffname;email\r\n\"Ana \"\"A\"\"\";ana@example.com\r\n",
		"email\n\"open\nnext@example.com\n",
		"email\tcity\na@example.com\tRiga\nb\n\n",
		"email,email\n",
		"email\n\xff\x00\n",
		"user_id\n1\n2\n2\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		check := func(address string) error {
			if !strings.Contains(address, "@") {
				return errors.New("no @")
			}
			return nil
		}
		handed, lastLine := 0, 0
		seen := map[string]bool{}
		summary, err := people.Read(t.Context(), strings.NewReader(file), people.Options{CheckEmail: check}, func(p people.Person) error {
			handed++
			if p.Line <= lastLine {
				t.Errorf("line %d after line %d", p.Line, lastLine)
			}
			lastLine = p.Line
			key := people.NormalizeEmail(p.Email)
			if key != "" && seen[key] {
				t.Errorf("line %d: an address was handed on twice", p.Line)
			}
			seen[key] = true
			if p.Name == "" && p.Email == "" && p.UserID == "" {
				t.Errorf("line %d: nobody", p.Line)
			}
			for _, value := range []string{p.Name, p.Email, p.City, p.Region, p.UserID, p.Organisation, p.Browser, p.System, p.Referrer, p.Locale} {
				if strings.ContainsAny(value, "\r\n\x00") {
					t.Errorf("line %d: a value runs over lines", p.Line)
				}
			}
			return nil
		})
		if err != nil {
			var invalid *people.InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("unexpected kind of error: %v", err)
			}
			return
		}
		if summary.Rows != summary.Accepted+summary.Undeliverable+summary.Duplicates+summary.RejectedRows {
			t.Errorf("rows are lost: %s", summary)
		}
		if handed != summary.Accepted+summary.Undeliverable || len(summary.Rejected) != summary.RejectedRows && summary.RejectedRows <= people.MaxRejected {
			t.Errorf("%d handed on; %s", handed, summary)
		}
		total := 0
		for n := range maps.Values(summary.ByCountry) {
			total += n
		}
		if total != handed {
			t.Errorf("%d by country, %d handed on", total, handed)
		}
	})
}

// FuzzWellFormedFilesReadAsBySomeoneElse compares with encoding/csv wherever
// that reads the whole file.
func FuzzWellFormedFilesReadAsBySomeoneElse(f *testing.F) {
	f.Add("Ana,ana\n\"a,b\",c\n")
	f.Add("\"x\"\"y\",\"1\n2\"\r\n")
	f.Fuzz(func(t *testing.T, body string) {
		if strings.ContainsRune(body, '\r') || strings.ContainsRune(body, 0) || strings.Contains(body, "\n\n") || len(body) > 500 || strings.Count(body, "\n") > 10 {
			return // read differently on purpose, or over our limits
		}
		reader := csv.NewReader(strings.NewReader(body))
		reader.FieldsPerRecord = 2
		rows, err := reader.ReadAll()
		if err != nil {
			return
		}
		var want []string
		for _, row := range rows {
			for i := range row {
				row[i] = strings.Join(strings.Fields(row[i]), "")
			}
			if row[0] != "" || row[1] != "" {
				want = append(want, row[0]+"|"+row[1])
			}
		}
		var got []string
		_, err = people.Read(t.Context(), strings.NewReader("name,user_id\n"+body), people.Options{}, func(p people.Person) error {
			got = append(got, strings.ReplaceAll(p.Name, " ", "")+"|"+strings.ReplaceAll(p.UserID, " ", ""))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		ascii := func(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) }
		if !slices.ContainsFunc(want, func(s string) bool { return !ascii(s) }) && !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
