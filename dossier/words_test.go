package dossier

import (
	"io/fs"
	"reflect"
	"strings"
	"testing"

	"tocsin/templates"
)

func TestEachLanguageHasAllWords(t *testing.T) {
	files, err := fs.Glob(templates.Report(), "words/*.json")
	if err != nil {
		t.Fatal(err)
	}
	languages := make(map[string]bool)
	for _, file := range files {
		language := strings.TrimSuffix(strings.TrimPrefix(file, "words/"), ".json")
		languages[language] = true
		w, err := readWords(language)
		if err != nil {
			t.Fatal(err)
		}
		fields := reflect.ValueOf(w)
		for i := range fields.NumField() {
			word := fields.Field(i).String()
			if strings.TrimSpace(word) != word || word == "" {
				t.Errorf("%s: %s is %q", language, fields.Type().Field(i).Name, word)
			}
		}
		if !strings.Contains(w.Page, "{page}") || !strings.Contains(w.Page, "{pages}") {
			t.Errorf("%s: the number of the page is %q", language, w.Page)
		}
		if w.Exercise != strings.ToUpper(w.Exercise) {
			t.Errorf("%s: the mark of an exercise is not in capitals: %q", language, w.Exercise)
		}
	}
	for language := range alphabets {
		if !languages[language] {
			t.Errorf("there are no words in %s", language)
		}
	}
}

func TestWordsAreFoundByTag(t *testing.T) {
	for tag, want := range map[string]string{"de": "de", "de-AT": "de", "PT-pt": "pt", "no": "nb", "nn-NO": "nb", "en-IE": "en", "tlh": "en"} {
		v, err := vocabularyFor(tag)
		if err != nil || v.language != want {
			t.Errorf("%s gave the words of %s (%v), want %s", tag, v.language, err, want)
		}
	}
}
