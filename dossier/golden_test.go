package dossier

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestThePagesAreTheGoldenOnes(t *testing.T) {
	plainSample := sample()
	exercise := sample()
	exercise.Exercise = true
	sheet := sample()
	sheet.Kind, sheet.Title, sheet.TitleEN = CopySheet, "Kopierblatt für das Portal", "Copy sheet for the portal"
	english := sample()
	english.Language, english.Title, english.Footer, english.ContentHash, english.Notes = "en-IE", english.TitleEN, "", "", nil
	unknown := sample()
	unknown.Language, unknown.Sections = "tlh", unknown.Sections[:1] // Tocsin has no words in it
	for name, document := range map[string]Document{
		"dossier": plainSample, "dossier-exercise": exercise, "copy-sheet": sheet,
		"dossier-english": english, "dossier-without-words": unknown,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := HTML(document)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".html")
			if *update {
				if err := os.MkdirAll("testdata", 0o750); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (write it with go test ./dossier -update)", err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s differs (-golden +got):\n%s", path, diff)
			}
		})
	}
}
