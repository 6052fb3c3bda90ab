// Package translation says Tocsin's own English sentences in the language of
// who reads them: refusals, next actions, and how a time limit was computed.
//
// English is the key, as in gettext. The other rooms write English and nothing
// else: it is what the record holds, what the API answers and what the log
// says. Whoever shows a sentence to a person asks here. A sentence that comes
// with its values apart ([incident.Phrase]) is looked up by its format; one
// that the record holds as a whole is recognised by its format.
//
// The texts stand in es/*.json, one file for each room, one line for each
// format: English, Spanish. The Spanish has the same verbs as the English, or
// numbers them where the order differs (%[2]s). A test reads the source of
// every room and fails with the line that is missing.
//
// The package must never read a clock or a database, and no text here may be
// put together at run time: what is not in the tables is said in English.
package translation

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"tocsin/incident"
)

//go:embed es/*.json
var files embed.FS

// Table says English sentences in one language.
type Table struct {
	// Language is the tag of the language: en or es.
	Language string

	texts map[string]string // by the English format; nil for English
	words map[string]string // by the English word
	forms []form            // the formats with values, those that say most first
}

// wordsFile holds single words, which sentences take in.
const wordsFile = "words.json"

var (
	english = &Table{Language: "en"}
	spanish = sync.OnceValue(func() *Table {
		table, err := read("es")
		if err != nil {
			panic(err) // the files are part of the program, and a test reads them
		}
		return table
	})
)

// In gives the table of a reader's language: Spanish for every kind of Spanish,
// English for all else.
func In(locale string) *Table {
	if base, _ := language.Make(locale).Base(); base.String() == "es" {
		return spanish()
	}
	return english
}

func read(folder string) (*Table, error) {
	t := &Table{Language: folder, texts: map[string]string{}, words: map[string]string{}}
	list, err := files.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, file := range list {
		raw, err := files.ReadFile(path.Join(folder, file.Name()))
		if err != nil {
			return nil, err
		}
		texts := map[string]string{}
		if err := json.Unmarshal(raw, &texts); err != nil {
			return nil, fmt.Errorf("read %s/%s: %w", folder, file.Name(), err)
		}
		into := t.texts
		if file.Name() == wordsFile {
			into = t.words
		}
		for english, own := range texts {
			into[english] = own
		}
	}
	t.forms = formsOf(t.texts)
	return t, nil
}

// Phrase says a sentence whose values are apart.
func (t *Table) Phrase(p incident.Phrase) string {
	format, known := t.texts[p.Format]
	if !known {
		if p.Format != "%s" {
			return p.String()
		}
		format = p.Format
	}
	return t.Contracted(incident.Fill(format, func(n int) string {
		if n >= len(p.Args) {
			return ""
		}
		return t.value(p.Args[n])
	}))
}

func (t *Table) value(arg incident.PhraseArg) string {
	switch {
	case len(arg.Parts) > 0:
		parts := make([]string, len(arg.Parts))
		for i, part := range arg.Parts {
			parts[i] = t.Phrase(part)
		}
		return strings.Join(parts, ", ")
	case arg.Key != "":
		if own, known := t.find(arg.Key); known {
			return own
		}
		return arg.Text
	case strings.HasPrefix(arg.Text, "the "): // to whom a duty is owed that no code names
		return t.Word(arg.Text)
	default:
		return arg.Text
	}
}

// contractions are the words to whom a duty is owed, after those with which Spanish
// writes their article in one.
var contractions = strings.NewReplacer(
	" a el responsable", " al responsable", " de el responsable", " del responsable",
	" a el CSIRT", " al CSIRT", " de el CSIRT", " del CSIRT",
	" a el supervisor financiero", " al supervisor financiero", " de el supervisor financiero", " del supervisor financiero",
	" a el organismo de supervisión", " al organismo de supervisión", " de el organismo de supervisión", " del organismo de supervisión",
)

// Contracted is a sentence in which to whom a duty is owed was filled in, as the
// language writes it.
func (t *Table) Contracted(text string) string {
	if t.texts == nil {
		return text
	}
	return contractions.Replace(text)
}

// Text says a sentence that stands in English as a whole: without values, or
// with values in it, as the record holds them. What is in no table stays as it is.
func (t *Table) Text(english string) string {
	if t.texts == nil || english == "" {
		return english
	}
	if own, known := t.texts[english]; known {
		return own
	}
	if own, known := t.recognise(english); known {
		return own
	}
	if own, known := valueES(english); known {
		return own
	}
	return english
}

// Refusal says an error in one line, as [incident.Error.Error] does in English.
func (t *Table) Refusal(e *incident.Error) string {
	if t.texts == nil {
		return e.Error()
	}
	message, expected := t.part(e.Message, e.Said), t.part(e.Expected, e.Wanted)
	field := e.Field
	if own, known := t.words["field "+field]; known {
		field = own
	}
	switch {
	case e.Field == "":
		return message
	case e.Value == "":
		return fmt.Sprintf("%s: %s; se espera: %s", field, message, expected)
	default:
		return fmt.Sprintf("%s: %s: «%s»; se espera: %s", field, message, e.Value, expected)
	}
}

func (t *Table) part(english string, apart *incident.Phrase) string {
	if apart != nil {
		return t.Phrase(*apart)
	}
	return t.Text(english)
}
