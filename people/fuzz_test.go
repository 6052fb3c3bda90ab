package people_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

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
		"\xff\xfee\x00m\x00a\x00i\x00l\x00\n\x00a\x00@\x00b\x00.\x00c\x00\n\x00",
		"email|name\ra@example.com|\xe9\r",
		"sep=;\nemail;a\n\"x\n\";1\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) { readAnything(t, []byte(file)) })
}

// FuzzReadObjects reads JSON Lines.
func FuzzReadObjects(f *testing.F) {
	for _, seed := range []string{
		`{"email":"ana@example.com","n":{"a":[1,"x",null],"b":{}}}`,
		`{"email":"ana@example.com"}` + "\n" + `{"Email":"bo@example.com","":1}`,
		`{"user_id":1e9,"name":"\ud800\u0000"}`,
		`{"email":`, `{}`, `{"a.b":1,"a":{"b":2}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) { readAnything(t, []byte(file)) })
}

// FuzzReadWorkbook reads XLSX: the bytes of an archive, and the XML of a sheet.
func FuzzReadWorkbook(f *testing.F) {
	f.Add(book(f, sheet{"S", [][]any{{"email", "name"}, {"ana@example.com", "=1+1"}}}), "")
	f.Add([]byte(nil), texts(1, "email")+texts(2, "ana@example.com"))
	f.Add([]byte(nil), `<row><c t="s"><v>0</v></c><c r="C1" t="b"><v>1</v></c></row><row r="3"><c t="str"><f>A1</f></c></row>`)
	f.Fuzz(func(t *testing.T, file []byte, sheetXML string) {
		if len(file) == 0 {
			file = xlsx(t, texts(1, "email", "name", "user_id")+sheetXML)
		}
		readAnything(t, file)
	})
}

// FuzzCheckAddress holds that no address gets through that could end a command,
// and that both rooms that judge addresses agree.
func FuzzCheckAddress(f *testing.F) {
	for _, seed := range []string{
		"ana@example.com", `"a@b> NOTIFY=NEVER"@example.com`, "ana@b\u00fccher.example.com", "a@xn--a.example", "a@\u3002b", "\u212a@\u212a.example",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		agree(t, address)
		if people.CheckAddress(address) == nil && strings.ContainsAny(address, " \r\n\x00\"\\<>,;:()[]%!") {
			t.Errorf("%q got through", address)
		}
		once := people.NormalizeEmail(address)
		if again := people.NormalizeEmail(once); again != once {
			t.Errorf("%q: %q, then %q", address, once, again)
		}
	})
}

// FuzzAnalyze holds that what is proposed can be read.
func FuzzAnalyze(f *testing.F) {
	f.Add([]byte("name,email\nAna,ana@example.com\n"))
	f.Add([]byte("a;;b;a@\n1;2;3;4\n"))
	f.Add([]byte(`{"a":1,"b":{"email":"ana@example.com"}}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := people.Analyze(t.Context(), bytes.NewReader(file))
		var invalid *people.InvalidError
		if err != nil {
			if !errors.As(err, &invalid) {
				t.Fatalf("unexpected kind of error: %v", err)
			}
			return
		}
		_, err = people.Read(t.Context(), bytes.NewReader(file), people.Options{Map: a.Map()}, func(people.Person) error { return nil })
		if errors.As(err, &invalid) && invalid.Field == "map" {
			t.Errorf("%v: %v", a.Map(), err)
		}
	})
}

// readAnything holds what is true of every file.
func readAnything(t *testing.T, file []byte) {
	t.Helper()
	handed, lastLine := 0, 0
	seen := map[string]bool{}
	summary, err := people.Read(t.Context(), bytes.NewReader(file), people.Options{}, func(p people.Person) error {
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
		if (p.Undeliverable == "") != (people.CheckAddress(p.Email) == nil) {
			t.Errorf("line %d: %q, but %v", p.Line, p.Undeliverable, people.CheckAddress(p.Email))
		}
		for _, value := range []string{p.Name, p.Email, p.City, p.Region, p.UserID, p.Organisation, p.Browser, p.System, p.Referrer, p.Locale} {
			if strings.ContainsAny(value, "\r\n\x00") || !utf8.ValidString(value) {
				t.Errorf("line %d: a value runs over lines or is no text", p.Line)
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
	if handed != summary.People || handed != summary.Accepted+summary.Undeliverable ||
		len(summary.Rejected) != summary.RejectedRows && summary.RejectedRows <= people.MaxRejected {
		t.Errorf("%d handed on; %s", handed, summary)
	}
	total := 0
	for n := range maps.Values(summary.ByCountry) {
		total += n
	}
	if total != handed {
		t.Errorf("%d by country, %d handed on", total, handed)
	}
}

// FuzzWellFormedFilesReadAsBySomeoneElse compares with encoding/csv wherever
// that reads the whole file.
func FuzzWellFormedFilesReadAsBySomeoneElse(f *testing.F) {
	f.Add("Ana,ana\n\"a,b\",c\n")
	f.Add("\"x\"\"y\",\"1\n2\"\r\n")
	f.Add("Ana,1\n\"Eva\",1\n")
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
		keys, told := people.NewMatcher(bytes.Repeat([]byte{1}, 32)), map[people.Key]bool{}
		for _, row := range rows {
			// Without addresses two rows of one id are one person.
			if id := strings.Join(strings.Fields(row[1]), " "); id != "" {
				key := keys.UserID(id)
				if told[key] {
					continue
				}
				told[key] = true
			}
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
			return // a file of another kind by its first bytes
		}
		ascii := func(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) }
		if !slices.ContainsFunc(want, func(s string) bool { return !ascii(s) }) && !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
