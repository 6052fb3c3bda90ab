package form_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/gdpr"
	"tocsin/gdpr/form"
)

var update = flag.Bool("update", false, "write the golden files anew")

// finished is the example with what only people know.
func finished(t testing.TB) form.Draft {
	d := example(t, form.Incomplete)
	d = put(t, d, at, "confidentiality_type", text("disclosed"))
	d = put(t, d, at, "data_subjects_description", form.Answer{State: form.StateToBeDetermined, WhoKnows: "Mirador Analytics"})
	return d
}

func TestSheetsReadAsTheGoldenFiles(t *testing.T) {
	for _, c := range []struct{ projection, language string }{
		{"aepd", "es"}, {"edpb", "en"}, {"edpb", "es"}, {"cnil", "fr"}, {"dpc", "en"}, {"ico", "en"},
	} {
		name := c.projection + "-" + c.language + ".golden.json"
		t.Run(name, func(t *testing.T) {
			sheet, err := form.Project(finished(t), c.projection, c.language, at)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(sheet, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			file := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func find(t *testing.T, s form.Sheet, key string) (form.SheetLine, bool) {
	t.Helper()
	for _, section := range s.Sections {
		for _, l := range section.Lines {
			if l.Key == key {
				return l, true
			}
		}
	}
	return form.SheetLine{}, false
}

func project(t *testing.T, d form.Draft, projection string) form.Sheet {
	t.Helper()
	s, err := form.Project(d, projection, "", at)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheSeverityOfFourStepsFollowsTheBand(t *testing.T) {
	for _, c := range []struct {
		option, aepd, cnil, dpc string
		band                    gdpr.Band
	}{
		{"minor", "bajo", "négligeable", "low", gdpr.BandLow},
		{"moderate", "medio", "limitée", "medium", gdpr.BandMedium},
		{"severe", "alto", "importante", "high", gdpr.BandHigh},
		{"severe", "muy alto", "maximale", "severe", gdpr.BandVeryHigh},
		{"severe", "(elija entre alto y muy alto)", "(choisir entre importante et maximale)", "(choose between high and severe)", gdpr.BandLow},
		{"to_be_determined", "(por determinar)", "(à déterminer)", "(to be determined)", ""},
	} {
		d := put(t, example(t, form.Incomplete), at, "severity", text(c.option))
		d.Facts.SeverityBand = c.band
		for projection, want := range map[string]string{"aepd": c.aepd, "cnil": c.cnil, "dpc": c.dpc} {
			if line, _ := find(t, project(t, d, projection), "severity"); line.Value != want {
				t.Errorf("%s %s in %s: %q, want %q", c.option, c.band, projection, line.Value, want)
			}
		}
	}
}

func TestAHiddenFieldStaysOutOfTheSheetAndInTheDraft(t *testing.T) {
	d := finished(t)
	if _, ok := find(t, project(t, d, "edpb"), "dpo_name"); ok {
		t.Error("the DPO is shown although the reporter is the DPO")
	}
	if _, ok := d.Answer("dpo_name"); !ok {
		t.Error("the hidden answer is gone")
	}
	d = put(t, d, at, "reporter_function", text("legal_representative"))
	if line, ok := find(t, project(t, d, "edpb"), "dpo_name"); !ok || line.Value != "Data protection office" || line.N != 30 {
		t.Errorf("%+v", line)
	}
}

func TestASheetFromMemorySaysSo(t *testing.T) {
	s := project(t, finished(t), "aepd")
	if len(s.Notes) != 2 || !strings.Contains(s.Notes[0], "de memoria") || !strings.Contains(s.Notes[1], "no están comprobadas") {
		t.Errorf("%q", s.Notes)
	}
	if line, _ := find(t, s, "delay_reasons"); line.Key != "" {
		t.Error("reasons for the delay are shown in time")
	}
	if line, _ := find(t, s, "summary"); !line.Verified || line.Label != "Resumen de la brecha" {
		t.Errorf("%+v", line)
	}
	if line, _ := find(t, s, "probability"); !line.Manual || line.Verified || line.Note == "" {
		t.Errorf("%+v", line)
	}
	if line, _ := find(t, s, "dpo"); line.Value != "Data protection office\ndpo@example.com, +34 000 000 000" {
		t.Errorf("%+v", line)
	}
	if line, _ := find(t, s, "minors"); line.Value != "No" {
		t.Errorf("%+v", line)
	}
}

func TestProjectRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, c := range []struct{ projection, language, message string }{
		{"aepdd", "", `projection: "aepdd"; expected the code of a projection; did you mean aepd?`},
		{"aepd", "fr", `language: "fr"; expected one of es; did you mean es?`},
	} {
		_, err := form.Project(finished(t), c.projection, c.language, at)
		var refused *form.FieldError
		if !errors.As(err, &refused) || err.Error() != c.message {
			t.Errorf("%v", err)
		}
	}
	if _, err := form.Project(form.Draft{}, "edpb", "", at); err == nil {
		t.Error("a draft of no edition was projected")
	}
}
