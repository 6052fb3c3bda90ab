package dossier

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"tocsin/templates"
)

// words are the fixed words of a document in one language.
type words struct {
	// Page has the places {page} and {pages}.
	Page string `json:"page"`
	// Exercise is the mark of a drill, in capitals.
	Exercise string `json:"exercise"`
	// ExerciseNote is the sentence beneath the mark.
	ExerciseNote string `json:"exercise_note"`
	// Known, Estimated, ToBeDetermined and CannotBeDetermined name the states.
	Known              string `json:"known"`
	Estimated          string `json:"estimated"`
	ToBeDetermined     string `json:"to_be_determined"`
	CannotBeDetermined string `json:"cannot_be_determined"`
	// AsOf stands before an instant.
	AsOf string `json:"as_of"`
	// NoAnswer stands in place of an empty value.
	NoAnswer string `json:"no_answer"`
	// Continued marks a field that began on an earlier page.
	Continued string `json:"continued"`
	// Reference and Authority are labels in the head of the document.
	Reference string `json:"reference"`
	Authority string `json:"authority"`
	// Notes is the heading of the notes, Note stands before a line's remark.
	Notes string `json:"notes"`
	Note  string `json:"note"`
	// ContentHash stands before the hash at the foot.
	ContentHash string `json:"content_hash"`
	// CopyHint tells how to use a copy sheet.
	CopyHint string `json:"copy_hint"`
}

// vocabulary is the words of the document's language beside the English ones.
type vocabulary struct {
	own, english words
	// language is the tag of own, which is "en" when there is no other.
	language string
}

// vocabularyFor finds the words for a BCP 47 tag: the tag itself, its first
// part, else English.
func vocabularyFor(tag string) (vocabulary, error) {
	english, err := readWords("en")
	if err != nil {
		return vocabulary{}, err
	}
	first, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if first == "no" || first == "nn" {
		first = "nb" // one set of words for the written forms of Norwegian
	}
	for _, name := range []string{strings.ToLower(tag), first} {
		own, err := readWords(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return vocabulary{own: own, english: english, language: name}, err
	}
	return vocabulary{own: english, english: english, language: "en"}, nil
}

func readWords(language string) (words, error) {
	content, err := fs.ReadFile(templates.Report(), "words/"+language+".json")
	if err != nil {
		return words{}, fmt.Errorf("read words of %s: %w", language, err)
	}
	var w words
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&w); err != nil {
		return words{}, fmt.Errorf("read words of %s: %w", language, err)
	}
	return w, nil
}

// state names an answer's state.
func (w words) state(s State) string {
	switch s {
	case Known:
		return w.Known
	case Estimated:
		return w.Estimated
	case ToBeDetermined:
		return w.ToBeDetermined
	case CannotBeDetermined:
		return w.CannotBeDetermined
	default:
		return ""
	}
}

// both joins a phrase in the two languages, or gives one where they agree.
func both(own, english string) string {
	if own == english {
		return own
	}
	return own + " / " + english
}

// badge is the mark of an answer: its state and since when, in both languages.
func (v vocabulary) badge(line Line) string {
	text := ""
	if line.State != "" {
		text = both(v.own.state(line.State), v.english.state(line.State))
	}
	if line.AsOf.IsZero() {
		return text
	}
	if text != "" {
		text += ", "
	}
	// No-break spaces keep the instant on one line.
	return text + both(v.own.AsOf, v.english.AsOf) + " " + strings.ReplaceAll(instant(line.AsOf), " ", "\u00a0")
}

// page is "page n of m" in both languages.
func (v vocabulary) page(n, of int) string {
	numbers := strings.NewReplacer("{page}", strconv.Itoa(n), "{pages}", strconv.Itoa(of))
	return numbers.Replace(both(v.own.Page, v.english.Page))
}
