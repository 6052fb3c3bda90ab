package translation

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tocsin/incident"
)

// rooms are those that say something to people, and the file of their texts.
var rooms = map[string]string{
	"incident": "incident.json", "postgres": "postgres.json", "controllerdb": "controllerdb.json", "workflows": "workflows.json", "activities": "activities.json",
	"web": "web.json", "web/intake": "web.json", "people": "people.json", "gdpr": "gdpr.json", "gdpr/form": "form.json", "cmd/internal/system": "web.json",
}

// TestEverySentenceThatAPersonCanReadIsThereInSpanish reads the source.
func TestEverySentenceThatAPersonCanReadIsThereInSpanish(t *testing.T) {
	table := In("es")
	total := 0
	for room, file := range rooms {
		read, err := readRoom(filepath.Join("..", room))
		if err != nil {
			t.Fatal(err)
		}
		missing := map[string]string{}
		for _, one := range read.said {
			total++
			if len(incident.Verbs(one.text)) > 0 && strings.Trim(one.text, "%s :") == "" || one.text == "" {
				continue // nothing but its values
			}
			if _, known := table.texts[one.text]; !known {
				missing[one.text] = one.at
			}
		}
		for text, at := range missing {
			line, _ := json.Marshal(text)
			t.Errorf("%s: no Spanish. Add a line to translation/es/%s:\n  %s: \"\",", at, file, line)
		}
		for _, at := range read.unclear {
			if !slices.ContainsFunc(clear, func(known string) bool { return strings.HasPrefix(at, known+":") }) {
				t.Errorf("%s: a sentence is put together at run time and cannot be said in Spanish: use a constant, or incident.Say with a constant format", at)
			}
		}
	}
	if total < 100 {
		t.Errorf("only %d sentences were found: the reader of the source is blind", total)
	}
}

// clear are the files in which a sentence comes from elsewhere, where it is
// read itself, or is a list of codes.
var clear = []string{
	"incident/errors.go",            // the constructors
	"incident/decide_obligation.go", // what gdpr expects
	"incident/retention.go",         // a sentence of Say in English
	"incident/summary.go",           // next actions, by their own function
	"gdpr/breachfacts_check.go",     // codes
	"gdpr/breachfacts_read.go",      // what a function of the file expects
	"gdpr/fact.go",                  // as above
	"gdpr/form/accept.go",           // what a function of the file expects
	"gdpr/form/errors.go",           // the constructor
	"gdpr/form/sheet.go",            // lines of a sheet, which are no sentence
	"people/workbook_guard.go",      // what a function of the file expects
	"web/api_webhooks.go",           // what webhook says of an address
	"web/page_counsel.go",           // a page's own text
	"web/failures.go",               // a page's own text
	"web/intake/form.go",            // as above
	"web/page_assessment.go",        // as above
	"web/respond.go",                // what other rooms expect
	"web/intake/json.go",            // what types and fields of the API expect
}

// TestEveryFieldThatARefusalNamesIsThereInSpanish reads what refusals begin with.
func TestEveryFieldThatARefusalNamesIsThereInSpanish(t *testing.T) {
	table, missing, n := In("es"), map[string]string{}, 0
	for room := range rooms {
		read, err := readRoom(filepath.Join("..", room))
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range read.fields {
			if n++; table.words["field "+one.text] == "" && room != "gdpr/form" { // whose fields have labels
				missing[one.text] = one.at
			}
		}
	}
	for name, at := range missing {
		t.Errorf("%s: no Spanish. Add a line to translation/es/words.json:\n  %q: \"\",", at, "field "+name)
	}
	if n < 200 {
		t.Errorf("only %d fields were found", n)
	}
}

// TestEveryWordOfTheRecordIsThereInSpanish reads the names of commands, roles,
// statuses and kinds of rounds.
func TestEveryWordOfTheRecordIsThereInSpanish(t *testing.T) {
	read, err := readRoom("../incident")
	if err != nil {
		t.Fatal(err)
	}
	table, n := In("es"), 0
	for name, value := range read.consts {
		word, ok := read.constant(value, nil)
		if !ok {
			continue
		}
		word = strings.ReplaceAll(word, "_", " ")
		switch {
		case strings.HasPrefix(name, "Cmd"):
			word = "to " + word
		case !strings.HasPrefix(name, "Obligation") && !strings.HasPrefix(name, "Mailing") && !strings.HasPrefix(name, "Role") &&
			name != "RoundAffected" && name != "RoundOrganisations" && name != "RoundFollowUp" && name != "RoundNotAffected":
			continue
		}
		if n++; table.words[word] == "" {
			t.Errorf("%s: no Spanish. Add a line to translation/es/words.json:\n  %q: \"\",", name, word)
		}
	}
	if n < 60 {
		t.Errorf("only %d words were found", n)
	}
}

func TestEverySpanishSentenceHasTheValuesOfTheEnglishOne(t *testing.T) {
	folder, err := os.ReadDir("es")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, file := range folder {
		raw, err := os.ReadFile(filepath.Join("es", file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		if err := json.Unmarshal(raw, &texts); err != nil {
			t.Fatalf("%s: %v", file.Name(), err)
		}
		if lines := strings.Count(string(raw), "\n") - 2; lines != len(texts) {
			t.Errorf("%s has %d texts on %d lines: a text stands there twice, or not on a line of its own", file.Name(), len(texts), lines)
		}
		for english, own := range texts {
			if other := seen[english]; other != "" && file.Name() != wordsFile && other != wordsFile {
				t.Errorf("%q stands in %s and in %s", english, other, file.Name())
			}
			seen[english] = file.Name()
			if strings.TrimSpace(own) == "" {
				t.Errorf("%s: %q has no Spanish", file.Name(), english)
			}
			if want, got := places(english), places(own); !slices.Equal(want, got) {
				t.Errorf("%s: the values of %q are %v, those of its Spanish %v", file.Name(), english, want, got)
			}
		}
	}
}

// places are the numbers of the values that a format shows, sorted.
func places(format string) []int {
	var list []int
	incident.Fill(format, func(n int) string { list = append(list, n); return "" })
	slices.Sort(list)
	return list
}
