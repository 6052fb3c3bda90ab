package dossier

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"tocsin/templates"
)

// HTML prints a document as one self-contained page: a Dossier in two languages,
// a CopySheet as values to select and copy. It returns an [*Error] for a
// document that breaks a rule; then no bytes.
func HTML(d Document) ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	vocabulary, err := vocabularyFor(d.Language)
	if err != nil {
		return nil, err
	}
	name := "dossier.html"
	if d.Kind == CopySheet {
		name = "copysheet.html"
	}
	parsed, err := template.New(name).Option("missingkey=error").ParseFS(templates.Report(), "parts.html", name)
	if err != nil {
		return nil, fmt.Errorf("print dossier: read template: %w", err)
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, newView(d.printed(), vocabulary)); err != nil {
		return nil, fmt.Errorf("print dossier: write HTML: %w", err)
	}
	return out.Bytes(), nil
}

// phrase is a text in the authority's language and in English. EN is empty when
// it would repeat the other.
type phrase struct {
	// Own is in the authority's language, EN in English.
	Own, EN string
	// Lang is the language of Own.
	Lang string
}

// view is what the templates see: plain text only, nothing to decide.
type view struct {
	// Lang is the language of the document, WordsLang that of Own in the fixed
	// words, which is English when Tocsin has no words in Lang.
	Lang, WordsLang string
	// Title, Reference, Authority, Hash and Footer are the Document's.
	Title                   phrase
	Authority               phrase
	Reference, Hash, Footer string
	// Exercise says that the marks below are shown.
	Exercise bool
	// The fixed words.
	ExerciseMark, ExerciseNote, ReferenceLabel, AuthorityLabel phrase
	NotesLabel, HashLabel, CopyHint                            phrase
	// Meta, Notes and Sections are the Document's.
	Meta     []lineView
	Notes    []string
	Sections []sectionView
}

type sectionView struct {
	// ID is the place that the table of contents leads to.
	ID    string
	Title phrase
	Lines []lineView
}

type lineView struct {
	Number, Key string
	Label       phrase
	// Value is empty when there is no answer, and NoAnswer says so unless the
	// state does.
	Value    phrase
	NoAnswer phrase
	// State is the state's name in the program, for the style sheet.
	State string
	// StateLabel, AsOfLabel and AsOf make the mark of the answer.
	StateLabel, AsOfLabel phrase
	AsOf                  string
	NoteLabel             phrase
	Note                  string
	// Long lets the field break across printed pages.
	Long bool
}

func newView(d Document, v vocabulary) view {
	own := func(text, english string) phrase { return newPhrase(plain(text), plain(english), d.Language) }
	word := func(pick func(words) string) phrase { return newPhrase(pick(v.own), pick(v.english), v.language) }
	out := view{
		Lang: d.Language, WordsLang: v.language,
		Title:     own(oneLine(d.Title), oneLine(d.TitleEN)),
		Authority: own(oneLine(d.Authority.title()), oneLine(d.Authority.NameEN)),
		Reference: oneLine(d.Reference), Hash: oneLine(d.ContentHash), Footer: oneLine(d.Footer),
		Exercise:       d.Exercise,
		ExerciseMark:   word(func(w words) string { return w.Exercise }),
		ExerciseNote:   word(func(w words) string { return w.ExerciseNote }),
		ReferenceLabel: word(func(w words) string { return w.Reference }),
		NotesLabel:     word(func(w words) string { return w.Notes }),
		HashLabel:      word(func(w words) string { return w.ContentHash }),
		CopyHint:       word(func(w words) string { return w.CopyHint }),
	}
	if d.Kind != Register {
		out.AuthorityLabel = word(func(w words) string { return w.Authority })
	}
	lines := func(lines []Line) []lineView {
		views := make([]lineView, 0, len(lines))
		for _, l := range lines {
			line := lineView{
				Number: oneLine(l.Number), Key: oneLine(l.Key), Label: own(l.Label, l.LabelEN),
				State: string(l.State), Long: len(l.Value)+len(l.ValueEN)+len(l.Note) > 2000,
				StateLabel: word(func(w words) string { return w.state(l.State) }),
				AsOfLabel:  word(func(w words) string { return w.AsOf }),
				NoteLabel:  word(func(w words) string { return w.Note }),
			}
			if strings.TrimSpace(l.Note) != "" {
				line.Note = plain(l.Note)
			}
			if strings.TrimSpace(l.Value) != "" {
				line.Value = own(l.Value, "")
			} else if l.State != ToBeDetermined && l.State != CannotBeDetermined {
				line.NoAnswer = word(func(w words) string { return w.NoAnswer })
			}
			if strings.TrimSpace(l.ValueEN) != "" && l.ValueEN != l.Value {
				line.Value.EN = plain(l.ValueEN)
			}
			if !l.AsOf.IsZero() {
				line.AsOf = instant(l.AsOf)
			}
			views = append(views, line)
		}
		return views
	}
	out.Meta = lines(d.Meta)
	for _, note := range d.Notes {
		out.Notes = append(out.Notes, plain(note))
	}
	for i, s := range d.Sections {
		out.Sections = append(out.Sections, sectionView{
			ID: fmt.Sprintf("section-%d", i+1), Title: own(oneLine(s.Title), oneLine(s.TitleEN)), Lines: lines(s.Lines),
		})
	}
	return out
}

func newPhrase(own, english, language string) phrase {
	if own == english {
		english = ""
	}
	return phrase{Own: own, EN: english, Lang: language}
}
