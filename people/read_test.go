package people_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	unicode16 "unicode/utf16"

	"tocsin/gdpr"
	"tocsin/people"
)

// utf16 encodes a text, which may begin with a byte order mark.
func utf16(bigEnd bool, text string) string {
	var file []byte
	for _, unit := range unicode16.Encode([]rune(text)) {
		if bigEnd {
			file = binary.BigEndian.AppendUint16(file, unit)
		} else {
			file = binary.LittleEndian.AppendUint16(file, unit)
		}
	}
	return string(file)
}

// read reads a file given as text and collects the people.
func read(t *testing.T, file string, options people.Options) ([]people.Person, people.Summary) {
	t.Helper()
	var found []people.Person
	summary, err := people.Read(t.Context(), strings.NewReader(file), options, func(p people.Person) error {
		found = append(found, p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, summary
}

func TestReadTakesTheColumnsOfTheIncident(t *testing.T) {
	found, summary := read(t,
		"display_name,email,city,region,country,os,browser,referrer,org_id,user_id,locale\n"+
			"Ana  Robles, Ana.Robles@Example.COM. ,Madrid,Madrid,es,macOS,Firefox,https://docs.example.org/,org-1,user-1,es-ES\n",
		people.Options{Keys: people.NewMatcher([]byte("secret"))})
	keys := people.NewMatcher([]byte("secret"))
	want := []people.Person{{
		Line: 2, Name: "Ana Robles", Email: "Ana.Robles@example.com", Country: "ES", City: "Madrid", Region: "Madrid",
		Locale: "es-ES", Language: "es", UserID: "user-1", Organisation: "org-1", Browser: "Firefox", System: "macOS",
		Referrer: "https://docs.example.org/", EmailKey: keys.Email("ana.robles@example.com"), UserKey: keys.UserID("user-1"),
		Kinds: []string{"name", "email", "location", "locale", "user_id", "organisation", "browser", "referrer"},
	}}
	if !reflect.DeepEqual(found, want) {
		t.Errorf("got  %+v\nwant %+v", found, want)
	}
	if len(summary.LeftColumns) != 0 || summary.Columns["org_id"] != "organisation" {
		t.Errorf("columns %v, left %v", summary.Columns, summary.LeftColumns)
	}
	for _, kind := range found[0].Kinds {
		if _, ok := gdpr.DataKindByKey(kind); !ok {
			t.Errorf("kind %s is not in the law's data", kind)
		}
	}
}

func TestReadRecognisesHowTheFileIsWritten(t *testing.T) {
	cases := []struct{ name, file string }{
		{"commas", "name,email\nAna,ana@example.com\n"},
		{"semicolons", "name;email\nAna;ana@example.com\n"},
		{"tabs", "name\temail\nAna\tana@example.com\n"},
		{"vertical bars", "name|email\nAna|ana@example.com\n"},
		{"a declared delimiter", "sep=;\r\nname;email\r\nAna;ana@example.com\r\n"},
		{"commas inside names and semicolons between", "name;email;a, b, c\nAna;ana@example.com;x\n"},
		{"CR alone", "name,email\rAna,ana@example.com\r"},
		{"UTF-16, little end first", utf16(false, "\ufeffname,email\nAna,ana@example.com\n")},
		{"UTF-16, big end first", utf16(true, "\ufeffname,email\nAna,ana@example.com\n")},
		{"UTF-16, little end first, no mark", utf16(false, "name,email\nAna,ana@example.com\n")},
		{"UTF-16, big end first, no mark", utf16(true, "name,email\nAna,ana@example.com\n")},
		{"JSON Lines", `{"name":"Ana","email":"ana@example.com"}` + "\n"},
		{"JSON Lines, nested", `{"event":"x","properties":{"$name":"Ana","$email":"ana@example.com"}}` + "\n"},
		{"a byte order mark", "\ufeffname,email\nAna,ana@example.com\n"},
		{"CR LF", "name,email\r\nAna,ana@example.com\r\n"},
		{"no end of the last line", "name,email\nAna,ana@example.com"},
		{"blank lines", "\nname,email\n\n  \nAna,ana@example.com\n\n"},
		{"quotes", "\"name\",\"email\"\n\"Ana\",\"ana@example.com\"\n"},
		{"upper case and spaces in the names", " Display Name , E-Mail \nAna,ana@example.com\n"},
		{"Spanish names", "Nombre;Correo electrónico\nAna;ana@example.com\n"},
		{"a line break inside quotes", "name,email\n\"Ana\n\",ana@example.com\n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found, summary := read(t, c.file, people.Options{})
			if len(found) != 1 || found[0].Name != "Ana" || found[0].Email != "ana@example.com" || summary.Rows != 1 {
				t.Errorf("got %+v, %s", found, summary)
			}
		})
	}
}

func TestBytesThatAreNotUTF8AreReadAsWindows1252AndSaidSo(t *testing.T) {
	found, summary := read(t, "name,email\nJos\xe9 \x80,jose@example.com\n", people.Options{})
	if found[0].Name != "José €" || summary.Encoding != "Windows-1252" {
		t.Errorf("got %q in %s", found[0].Name, summary.Encoding)
	}
	if len(summary.Warnings) != 1 || !strings.Contains(summary.Warnings[0], "line 2") {
		t.Errorf("warnings %q", summary.Warnings)
	}
	found, summary = read(t, "name,email\nJosé,jose@example.com\nRen\xe9,rene@example.com\n", people.Options{})
	if found[1].Name != "René" || summary.Encoding != "UTF-8" || len(summary.Warnings) != 1 {
		t.Errorf("mixed: got %q in %s, %q", found[1].Name, summary.Encoding, summary.Warnings)
	}
	found, _ = read(t, "name,email\nJose\u0301,jose@example.com\n", people.Options{})
	if found[0].Name != "José" {
		t.Errorf("a letter and its accent are not one: %q", found[0].Name)
	}
}

func TestColumnNamesAmongTheRowsAreSkippedAndCounted(t *testing.T) {
	found, summary := read(t, "Name;E-Mail\nAna;ana@example.com\nname;e-mail\nBo;bo@example.com\n", people.Options{})
	if len(found) != 2 || summary.Rows != 2 || summary.RepeatedHeaders != 1 || len(summary.Warnings) != 1 {
		t.Errorf("got %d people, %d rows, %d repeated, %q", len(found), summary.Rows, summary.RepeatedHeaders, summary.Warnings)
	}
}

func TestWithoutAnAddressTheUserIDFindsDuplicates(t *testing.T) {
	found, summary := read(t, "user_id,email,phone\nu1,,\nu1,,5\nu2,a@example.com,\nu2,b@example.com,\nu2,,\nu3,A@example.com,7\n", people.Options{})
	if summary.People != 3 || summary.Duplicates != 3 || summary.DuplicatesWithMore != 2 {
		t.Errorf("got %d people, %d duplicates, %d with more", summary.People, summary.Duplicates, summary.DuplicatesWithMore)
	}
	if found[0].Undeliverable != "no address" || found[2].Email != "b@example.com" {
		t.Errorf("got %+v", found)
	}
	if summary.UndeliverableBy["no address"] != 1 {
		t.Errorf("by reason %v", summary.UndeliverableBy)
	}
}

func TestALineOfAnyLengthIsPassedOverWithoutKeepingIt(t *testing.T) {
	long := io.MultiReader(strings.NewReader("email\n\""), io.LimitReader(endless{}, 256<<20), strings.NewReader("\na@example.com\n"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	summary, err := people.Read(t.Context(), long, people.Options{}, func(people.Person) error { return nil })
	runtime.ReadMemStats(&after)
	if err != nil || summary.Accepted != 1 || !slices.Equal(summary.Rejected, []people.Rejected{{Line: 2, Why: "line longer than 64 KB"}}) {
		t.Errorf("got %v, %v, %v", summary, summary.Rejected, err)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 16<<20 {
		t.Errorf("%d bytes were allocated", allocated)
	}
}

// endless is a line without an end.
type endless struct{}

func (endless) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = 'x'
	}
	return len(into), nil
}

func TestReadJoinsTheParts(t *testing.T) {
	found, _ := read(t, "last_name,first_name,email\nRobles,Ana,ana@example.com\n", people.Options{})
	if found[0].Name != "Ana Robles" {
		t.Errorf("got %q", found[0].Name)
	}
	found, _ = read(t, "name,first_name,email\nAna Robles,Ana,ana@example.com\n", people.Options{})
	if found[0].Name != "Ana Robles" {
		t.Errorf("beside a whole name: got %q", found[0].Name)
	}
}

func TestReadFollowsTheMap(t *testing.T) {
	file := "a,b,name,phone,x\nana@example.com,Ana,Robles,555,1\n"
	found, summary := read(t, file, people.Options{Map: map[string]string{"a": "email", "b": "name", "phone": "-"}})
	if found[0].Email != "ana@example.com" || found[0].Name != "Ana" {
		t.Errorf("got %+v", found[0])
	}
	if want := []string{"name", "x"}; !slices.Equal(summary.LeftColumns, want) {
		t.Errorf("left columns %v, want %v", summary.LeftColumns, want)
	}
	if want := []string{"name", "email"}; !slices.Equal(found[0].Kinds, want) {
		t.Errorf("kinds %v, want %v", found[0].Kinds, want)
	}
}

func TestReadCountsKindsItDoesNotKeep(t *testing.T) {
	_, summary := read(t, "email,phone,iban\na@example.com,1,2\nb@example.com,,3\n", people.Options{})
	if want := map[string]int{"email": 2, "phone": 1, "bank_account": 2}; !maps.Equal(summary.ByDataKind, want) {
		t.Errorf("got %v, want %v", summary.ByDataKind, want)
	}
}

func TestReadAccountsForEveryRow(t *testing.T) {
	file := "name,email,country,user_id\n" + // line 1
		"Ana,ana@example.com,ES,u1\n" +
		"Ana again,ANA@EXAMPLE.COM,ES,u1\n" +
		"cut,short\n" +
		"Luis,luis.example.com,ES,u2\n" + // 5
		"No address,,LV,u3\n" +
		",,,\n" +
		"Open,\"quote@example.com,LV,u4\n" +
		"Marta,marta@example.com,Letonia,u5\n" +
		"In\"side,x@example.com,LV,u6\n" + // 10
		"Bad\x00,y@example.com,LV,u7\n" +
		"Nowhere,z@example.com,,u8\n"
	found, summary := read(t, file, people.Options{CheckEmail: func(address string) error {
		if !strings.Contains(address, "@") {
			return errors.New("no @")
		}
		return nil
	}})
	wantRejected := []people.Rejected{
		{Line: 4, Why: "2 values; expected 4"},
		{Line: 7, Why: "no address, user id or name"},
		{Line: 8, Why: "a quote opens and never closes"},
		{Line: 10, Why: "a quote inside a value is not doubled"},
		{Line: 11, Why: "column 1 holds a zero byte"},
	}
	if !slices.Equal(summary.Rejected, wantRejected) {
		t.Errorf("rejected %v\nwant     %v", summary.Rejected, wantRejected)
	}
	if summary.Rows != 11 || summary.Accepted != 3 || summary.Undeliverable != 2 || summary.Duplicates != 1 || summary.RejectedRows != 5 {
		t.Errorf("got %s", summary)
	}
	if want := map[string]int{"ES": 2, "LV": 2, people.UnknownCountry: 1}; !maps.Equal(summary.ByCountry, want) {
		t.Errorf("by country %v, want %v", summary.ByCountry, want)
	}
	reasons := map[int]string{}
	for _, p := range found {
		reasons[p.Line] = p.Undeliverable
	}
	if want := map[int]string{2: "", 5: "no @", 6: "no address", 9: "", 12: ""}; !maps.Equal(reasons, want) {
		t.Errorf("reasons by line %v, want %v", reasons, want)
	}
}

func TestAQuoteThatNeverClosesCostsOneRow(t *testing.T) {
	var file strings.Builder
	file.WriteString("name,email\n\"Open,open@example.com\n")
	for range 3 {
		for _, local := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
			file.WriteString("Ana," + local + "@example.com\n")
		}
	}
	found, summary := read(t, file.String(), people.Options{})
	if len(found) != 10 || summary.Duplicates != 20 || summary.RejectedRows != 1 {
		t.Errorf("got %d people, %s", len(found), summary)
	}
}

func TestReasonsCarryNoPersonalData(t *testing.T) {
	found, summary := read(t, "name,email\nAna,\"ana@example.com\nLuis,luis@example.com,more\n",
		people.Options{CheckEmail: func(address string) error { return errors.New("cannot mail " + address) }})
	if len(found) != 0 || summary.RejectedRows != 2 {
		t.Fatalf("got %v, %s", found, summary)
	}
	found, _ = read(t, "name,email\nAna,ana@example.com\n",
		people.Options{CheckEmail: func(address string) error { return errors.New("cannot mail " + strings.ToUpper(address)) }})
	if found[0].Undeliverable != "address refused" {
		t.Errorf("got %q", found[0].Undeliverable)
	}
	for _, r := range summary.Rejected {
		if strings.Contains(r.Why, "ana") || strings.Contains(r.Why, "@") {
			t.Errorf("line %d: %s", r.Line, r.Why)
		}
	}
}

func TestReadRefusesFilesItCannotUse(t *testing.T) {
	cases := []struct {
		name, file string
		options    people.Options
		message    string
	}{
		{"empty", "", people.Options{}, "file: empty; expected a line of column names and one row per person"},
		{"only blank lines", "\n \n", people.Options{}, "file: empty; expected a line of column names and one row per person"},
		{"no column names", "Ana,ana@example.com\n", people.Options{},
			"line 1: column 2 holds an address, not a name; expected the names of the columns"},
		{"no address and no id", "name,city\nAna,Madrid\n", people.Options{},
			"columns: none of name, city holds an e-mail address or a user id; expected a column named email or user_id, or --map COLUMN=email"},
		{"two columns of addresses", "email,work,mail\n", people.Options{},
			"columns: columns 1 and 3 both hold email; expected one of them; choose it by --map COLUMN=email"},
		{"a map of a column that is not there", "email\n", people.Options{Map: map[string]string{"mail": "email"}},
			`map: the file has no column "mail"; expected one of its columns: email`},
		{"no known column, so that no cell is repeated", "Ana,Madrid,Madrid\nLuis,Riga,Riga\n", people.Options{},
			`line 1: columns 2 and 3 are both named "column 3"; expected a name of its own for each column`},
		{"a first row in place of names", "Ana,Madrid\nLuis,Riga\n", people.Options{},
			"columns: the first line names 2 columns, none of them known; expected the names of columns; name the one with the address by " +
				`--map COLUMN=email, or by its place: --map "column 1=email"`},
		{"a first row with a telephone number", "Ana,+34 600 000 000\n", people.Options{},
			"line 1: column 2 holds data, not a name; expected the names of the columns"},
		{"a name twice", "email,City,city\n", people.Options{},
			`line 1: columns 2 and 3 are both named "city"; expected a name of its own for each column`},
		{"a field given twice", "email,a,b\n", people.Options{Map: map[string]string{"a": "name", "b": "name"}},
			"map: columns 2 and 3 both become name; expected one of them; the other may be counted by kind:name"},
		{"too large", "email\n" + strings.Repeat("a", 5<<10), people.Options{MaxBytes: 5 << 10},
			"file: larger than 5 KB; expected at most 5 KB"},
		{"a quote in the names", "na\"me,email\n", people.Options{},
			"line 1: a quote inside a value is not doubled; expected the names of the columns"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := people.Read(t.Context(), strings.NewReader(c.file), c.options, func(people.Person) error { return nil })
			var invalid *people.InvalidError
			if !errors.As(err, &invalid) || err.Error() != c.message {
				t.Errorf("got  %v\nwant %s", err, c.message)
			}
		})
	}
	_, err := people.Read(t.Context(), strings.NewReader("email\n"), people.Options{Map: map[string]string{"email": "mail"}},
		func(people.Person) error { return nil })
	if err == nil || !strings.HasPrefix(err.Error(), `map: "mail" is no field; expected one of access_token, address, `) {
		t.Errorf("unknown field: got %v", err)
	}
}

func TestCheckSizeNamesBothSizes(t *testing.T) {
	if err := people.CheckSize(50<<20, 5<<20); err == nil || err.Error() != "file: 50 MB; expected at most 5 MB" {
		t.Errorf("got %v", err)
	}
	if err := people.CheckSize(50_000_000, 5_000_000); err == nil || err.Error() != "file: 50 MB; expected at most 5 MB" {
		t.Errorf("got %v", err)
	}
	for _, fine := range [][2]int64{{5 << 20, 5 << 20}, {1 << 40, 0}} {
		if err := people.CheckSize(fine[0], fine[1]); err != nil {
			t.Errorf("%v: %v", fine, err)
		}
	}
}

func TestReadPassesFailuresOn(t *testing.T) {
	failure := errors.New("disk is gone")
	file := io.MultiReader(strings.NewReader("email\na@example.com\n"), iotest.ErrReader(failure))
	if _, err := people.Read(t.Context(), file, people.Options{}, func(people.Person) error { return nil }); !errors.Is(err, failure) {
		t.Errorf("reader: got %v", err)
	}
	stop := errors.New("enough")
	summary, err := people.Read(t.Context(), strings.NewReader("email\na@example.com\nb@example.com\n"), people.Options{},
		func(people.Person) error { return stop })
	if !errors.Is(err, stop) || summary.Accepted != 0 {
		t.Errorf("callback: got %v, %s", err, summary)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := people.Read(ctx, strings.NewReader("email\na@example.com\n"), people.Options{},
		func(people.Person) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("context: got %v", err)
	}
}

func TestReadLimitsWhatItLists(t *testing.T) {
	file := "name,email\n" + strings.Repeat("x\n", people.MaxRejected+5)
	_, summary := read(t, file, people.Options{})
	if len(summary.Rejected) != people.MaxRejected || summary.RejectedRows != people.MaxRejected+5 {
		t.Errorf("lists %d of %d", len(summary.Rejected), summary.RejectedRows)
	}
	_, summary = read(t, "email\n"+strings.Repeat("x", 200<<10)+"\na@example.com\n"+strings.Repeat("y", 3000)+"\n", people.Options{})
	want := []people.Rejected{{Line: 2, Why: "line longer than 64 KB"}, {Line: 4, Why: "column 1 is longer than 2000 bytes"}}
	if !slices.Equal(summary.Rejected, want) || summary.Accepted != 1 {
		t.Errorf("got %v, %s", summary.Rejected, summary)
	}
}
