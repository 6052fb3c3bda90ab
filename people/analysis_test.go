package people_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/gdpr"
	"tocsin/people"
)

// analyze analyses a file given as text and holds what is true of all results.
func analyze(t *testing.T, file string) people.Analysis {
	t.Helper()
	a, err := people.Analyze(t.Context(), strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range a.Columns {
		if _, known := gdpr.DataKindByKey(c.DataKind); !known && c.DataKind != "other" {
			t.Errorf("%s: %q is no kind of data", c.Name, c.DataKind)
		}
		if (c.DataKind == "other") != (c.Field == "-") || c.Why == "" || c.Confidence < 0 || c.Confidence > 99 || (c.DataKind == "other") != (c.Confidence == 0) {
			t.Errorf("%+v", c)
		}
	}
	return a
}

// column makes a file of one column beside one with addresses.
func column(name string, values ...string) string {
	file := name + "\tmail\n"
	for i := range 12 {
		file += fmt.Sprintf("%s\tp%d@example.com\n", values[i%len(values)], i)
	}
	return file
}

func TestAnalyzeKnowsWhatColumnsHold(t *testing.T) {
	for _, c := range []struct {
		name, kind, field string
		values            []string
	}{
		{"x", "bank_account", "bank_account", []string{"ES9121000418450200051332", "DE89 3704 0044 0532 0130 00"}},
		{"x", "card", "card", []string{"4111 1111 1111 1111", "5555555555554444", "378282246310005"}},
		{"x", "ip_address", "ip_address", []string{"192.0.2.7", "2001:db8::1"}},
		{"x", "password_hash", "password_hash", []string{"$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234", "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaA"}},
		{"x", "password_hash", "password_hash", []string{"5f4dcc3b5aa765d61d8327deb882cf99", "da39a3ee5e6b4b0d3255bfef95601890"}},
		{"x", "access_token", "access_token", []string{"ghp_0123456789abcdefghijABCDEFGHIJ", "AKIAIOSFODNN7EXAMPLE"}},
		{"x", "national_id", "national_id", []string{"12345678Z", "X1234567L"}},
		{"x", "national_id", "national_id", []string{"RSSMRA85T10A562S"}},
		{"x", "national_id", "national_id", []string{"1850578006084" + "91"}},
		{"x", "national_id", "national_id", []string{"131052-308T"}},
		{"x", "national_id", "national_id", []string{"44051401359"}},
		{"x", "national_id", "national_id", []string{"86095742719"}},
		{"x", "national_id", "national_id", []string{"1234567FA"}},
		{"x", "browser", "browser", []string{"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"}},
		{"x", "browser", "browser", []string{"Firefox", "Chrome", "Safari"}},
		{"x", "browser", "system", []string{"Windows", "Mac OS X", "iOS"}},
		{"x", "referrer", "referrer", []string{"https://www.example.org/start?x=1"}},
		{"x", "phone", "phone", []string{"+34 600 000 000", "+49 (30) 1234567"}},
		{"x", "birth_date", "birth_date", []string{"1985-12-10", "2001-01-31"}},
		{"x", "location", "country", []string{"ES", "DE", "FR"}},
		{"x", "locale", "locale", []string{"es-ES", "de", "fr_FR"}},
		{"x", "user_id", "user_id", []string{"9e3779b1-7f4a-4c15-8bd1-3c6ef372fe94"}},
		{"x", "gender", "gender", []string{"F", "M", "M"}},
		{"x", "health", "health", []string{"F32.1", "J45.0"}},
		{"x", "address", "address", []string{"Calle Mayor 7, 2º", "12 Example Street"}},
		{"x", "name", "name", []string{"Ana Robles", "Bo van Dijk"}},
		{"x", "precise_location", "precise_location", []string{"40.416775,-3.703790"}},
		{"x", "other", "-", []string{"17", "4"}},
		{"x", "other", "-", []string{""}},
		{"Geburtsdatum", "birth_date", "birth_date", []string{"10.12.1985"}},
		{"Contraseña", "password", "password", []string{"hunter2", "letmein"}},
		{"Diagnóstico", "health", "health", []string{"asma"}},
		{"nazwisko", "name", "family_name", []string{"Kowalska"}},
		{"χώρα", "location", "country", []string{"GR"}},
		{"billing.cityName", "location", "city", []string{"x"}},
		{"Customer phone (home)", "phone", "phone", []string{"600000000"}},
		{"password", "password_hash", "password_hash", []string{"$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"}},
		{"nif", "tax_id", "tax_id", []string{"12345678Z"}},
		{"iban", "bank_account", "bank_account", []string{"none yet"}},
	} {
		a := analyze(t, column(c.name, c.values...))
		got := a.Columns[0]
		if got.DataKind != c.kind || got.Field != c.field {
			t.Errorf("%s %q: got %s, field %s (%d%%, %s)", c.name, c.values, got.DataKind, got.Field, got.Confidence, got.Why)
		}
		shown, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range c.values {
			if len(value) > 5 && !slices.Contains([]string{"Firefox", "Windows"}, value) && strings.Contains(string(shown), value) {
				t.Errorf("a value stands in the analysis: %s", value)
			}
		}
		if strings.Contains(string(shown), "@example.com") {
			t.Error("an address stands in the analysis")
		}
	}
}

func TestAColumnWhoseValuesDisagreeWithItsNameIsPointedOut(t *testing.T) {
	a := analyze(t, "email;name;contact\n"+strings.Repeat("Ana Robles;ana@example.com;bo@example.com\n", 10))
	if a.Columns[1].DataKind != "email" || !slices.ContainsFunc(a.Warnings, func(w string) bool { return strings.HasPrefix(w, "name: its name means name") }) {
		t.Errorf("got %+v, warnings %q", a.Columns, a.Warnings)
	}
	kept := 0
	for _, c := range a.Columns {
		if c.Field == "email" {
			kept++
		}
	}
	if kept != 1 || a.Columns[2].DataKind != "email" {
		t.Errorf("%d columns would become the address: %+v", kept, a.Columns)
	}
}

func TestWhatIsConfirmedIsWhatIsRead(t *testing.T) {
	file := "Wer;Kontakt;Konto;Rest\n"
	for i := range 20 {
		file += fmt.Sprintf("Ana Robles;ana%d@example.com;ES9121000418450200051332;%d\n", i, i)
	}
	if _, err := people.Read(t.Context(), strings.NewReader(file), people.Options{}, nil); err == nil || strings.Contains(err.Error(), "Wer") {
		t.Errorf("without a map: got %v", err)
	}
	a := analyze(t, file)
	if a.Format != people.CSV || a.Delimiter != ";" || a.Rows != 20 || !a.Complete || a.Columns[0].Name != "column 1" {
		t.Errorf("got %+v", a)
	}
	want := map[string]string{"column 1": "name", "column 2": "email", "column 3": "bank_account", "column 4": "-"}
	if !maps.Equal(a.Map(), want) {
		t.Errorf("map %v", a.Map())
	}
	found, summary := read(t, file, people.Options{Map: a.Map()})
	if summary.Accepted != 20 || !slices.Equal(found[0].Kinds, []string{"name", "email", "bank_account"}) || len(summary.LeftColumns) != 0 {
		t.Errorf("got %s, %+v, left %v", summary, found[0], summary.LeftColumns)
	}
	changed := a.Map()
	changed["column 1"], changed["column 4"] = "kind:name", "health"
	found, _ = read(t, file, people.Options{Map: changed})
	if found[0].Name != "" || !slices.Equal(found[0].Kinds, []string{"name", "email", "bank_account", "health"}) {
		t.Errorf("after a correction: got %+v", found[0])
	}
}

func TestTheDataSetOfTheIncidentIsRecognised(t *testing.T) {
	file, err := os.ReadFile("../examples/vendor-breach/dataset.csv")
	if err != nil {
		t.Fatal(err)
	}
	a := analyze(t, string(file))
	var fields []string
	for _, c := range a.Columns {
		fields = append(fields, c.Field)
		if c.Confidence < 80 {
			t.Errorf("%s: %d%%, %s", c.Name, c.Confidence, c.Why)
		}
	}
	want := []string{"name", "email", "city", "region", "country", "system", "browser", "referrer", "organisation", "user_id", "locale"}
	if !slices.Equal(fields, want) || a.Rows != 503 || a.RejectedRows != 1 || len(a.Warnings) != 0 {
		t.Errorf("got %v, %d rows, %d rejected, warnings %q", fields, a.Rows, a.RejectedRows, a.Warnings)
	}
}

func TestAnalyzeReadsNoMoreThanItNeeds(t *testing.T) {
	row := "Ana Robles,ana@example.com,Calle Mayor 7,+34 600 000 000,ES9121000418450200051332,1985-12-10\n"
	stopped := errors.New("read too far")
	file := io.MultiReader(strings.NewReader("a,b,c,d,e,f\n"+strings.Repeat(row, 5000)), failing{stopped})
	start := time.Now()
	a, err := people.Analyze(t.Context(), file)
	if err != nil || a.Rows != people.AnalysedRows || a.Complete {
		t.Errorf("got %d rows, %v", a.Rows, err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestShapesKeepNothingOfAValue(t *testing.T) {
	for value, want := range map[string]string{
		"Ana-7@example.com": "Aa-9@a.a", "": "", "+34 600 00": "+9 9 9", "Élise Müller": "Aa Aa", "\u20ac5": "*9",
		strings.Repeat("a-", 40): strings.Repeat("a-", 20) + "…",
	} {
		if got := people.ShapeOf(value); got != want {
			t.Errorf("%q: got %q", value, got)
		}
	}
}
