package form

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Sheet is a draft in the order and the words of one authority's form, to be
// copied line by line, shown as a page or printed.
type Sheet struct {
	// Projection is the code of the projection: edpb, aepd, cnil, dpc or ico.
	Projection string `json:"projection"`
	// Name is the authority's form in a line a person reads.
	Name string `json:"name"`
	// Language is that of titles, labels and values, ISO 639-1.
	Language string `json:"language"`
	// TemplateVersion is the edition that the draft follows.
	TemplateVersion string `json:"template_version"`
	// Sections are the parts of the form; those without a line are left out.
	Sections []SheetSection `json:"sections"`
	// Missing are the fields without which the draft cannot be filed as its
	// sub-type says.
	Missing []Missing `json:"missing"`
	// Notes tell the user what to make of the sheet, in its language.
	Notes []string `json:"notes"`
}

// SheetSection is one part of a sheet.
type SheetSection struct {
	// Title is the heading in the sheet's language.
	Title string `json:"title"`
	// TitleEN is the heading in English.
	TitleEN string `json:"title_en"`
	// Lines are the questions with their answers.
	Lines []SheetLine `json:"lines"`
}

// SheetLine is one question with its answer.
type SheetLine struct {
	// N is the template's number of the field on the generic sheet, otherwise
	// the place of the question on the form, from 1. Places do not move when a
	// question is hidden.
	N int `json:"n"`
	// Key names the line within the projection.
	Key string `json:"key"`
	// Label is the question in the sheet's language.
	Label string `json:"label"`
	// LabelEN is the question in English.
	LabelEN string `json:"label_en"`
	// Value is the answer in the sheet's language, several below one another;
	// free text stays as it was written. Empty without an answer.
	Value string `json:"value"`
	// ValueEN is the answer in English, free text as it was written.
	ValueEN string `json:"value_en"`
	// State is the least certain state among the answers; empty without one.
	State State `json:"state,omitempty"`
	// AsOf is the latest instant since which one of the answers holds, UTC.
	AsOf time.Time `json:"as_of,omitzero"`
	// Note is a remark in the sheet's language. May be empty.
	Note string `json:"note,omitempty"`
	// Verified says that somebody has read the label, in this language, in its
	// source.
	Verified bool `json:"verified"`
	// Manual says that the template has no such field: the answer is typed in
	// the authority's portal.
	Manual bool `json:"manual,omitempty"`
}

// Project returns the draft as the sheet of a projection. An empty language is
// the projection's usual one. What is hidden at the given instant is left out.
// It returns a [*FieldError] for a projection or language that does not exist,
// and for a projection of another edition.
func Project(d Draft, projection, language string, at time.Time) (Sheet, error) {
	p, err := projectionByCode(projection)
	if err != nil {
		return Sheet{}, err
	}
	if language == "" {
		language = p.Languages[0]
	}
	if !slices.Contains(p.Languages, language) {
		return Sheet{}, &FieldError{Key: "language", Value: language, Expected: fmt.Sprintf("one of %s", strings.Join(p.Languages, ", ")), Suggestions: p.Languages[:1:1]}
	}
	checked, err := Check(d, at)
	if err != nil {
		return Sheet{}, err
	}
	if p.TemplateVersion != d.Version {
		return Sheet{}, &FieldError{Key: "version", Value: d.Version, Expected: fmt.Sprintf("%s, for which %s is written", p.TemplateVersion, p.Code)}
	}
	f, err := edition(d.Version)
	if err != nil {
		return Sheet{}, err
	}
	s := Sheet{Projection: p.Code, Name: p.Name, Language: language, TemplateVersion: d.Version, Sections: []SheetSection{},
		Missing: checked.MissingNow, Notes: []string{p.Note.In(language)}}
	if d.Subtype == Complete {
		s.Missing = checked.MissingForComplete
	}
	r := &renderer{view: newView(f, d, at), projection: p, language: language}
	place, unverified := 0, 0
	for _, section := range p.Sections {
		out := SheetSection{Title: section.Title.In(language), TitleEN: section.Title.In("en")}
		for i := range section.Lines {
			place++
			line, shown := r.line(&section.Lines[i])
			if !shown {
				continue
			}
			if line.N == 0 {
				line.N = place
			}
			if !line.Verified {
				unverified++
			}
			out.Lines = append(out.Lines, line)
		}
		if len(out.Lines) > 0 {
			s.Sections = append(s.Sections, out)
		}
	}
	if unverified > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf(wordsUnverified.In(language), unverified))
	}
	return s, nil
}

// renderer puts the lines of one projection into words.
type renderer struct {
	view       *view
	projection *Projection
	language   string
}

// line returns one question with its answer; false when it is hidden.
func (r *renderer) line(l *ProjectionLine) (SheetLine, bool) {
	out := SheetLine{Key: l.Key, Label: l.Label.In(r.language), LabelEN: l.Label.In("en"), Manual: l.Manual,
		Verified: l.VerifiedAt != ""}
	if len(l.Note) > 0 {
		out.Note = l.Note.In(r.language)
	}
	switch {
	case l.Manual:
		out.Note = strings.TrimSpace(out.Note + " " + wordsManual.In(r.language))
	case l.Fact != "":
		return out, r.fact(&out, l)
	case l.Test != nil:
		return out, r.test(&out, l.Test)
	default:
		return out, r.fields(&out, l)
	}
	return out, true
}

// fields fills a line with the answers of fields.
func (r *renderer) fields(out *SheetLine, l *ProjectionLine) bool {
	var values, english []string
	shown := false
	for _, key := range l.Fields {
		f := r.view.form.must(key)
		if !r.view.shows(f) {
			continue
		}
		shown = true
		if len(l.Label) == 0 {
			out.N, out.Label, out.LabelEN = f.Number, f.Label.In(r.language), f.Label.EN
			// The template's English was read; the Spanish is Tocsin's own.
			out.Verified = out.Verified && (r.language == "en" || r.view.form.Translation.Verified())
		}
		a, ok := r.view.draft.Answer(key)
		if !ok {
			continue
		}
		values = append(values, render(f, a, r.language, l.Options))
		english = append(english, render(f, a, "en", nil))
		out.add(a)
	}
	out.Value, out.ValueEN = strings.Join(values, "\n"), strings.Join(english, "\n")
	return shown
}

// add takes the certainty of one answer into the line.
func (l *SheetLine) add(a Answer) {
	order := []State{"", StateKnown, StateEstimated, StateCannotBeDetermined, StateToBeDetermined}
	if slices.Index(order, a.State) > slices.Index(order, l.State) {
		l.State = a.State
	}
	if a.AsOf.After(l.AsOf) {
		l.AsOf = a.AsOf
	}
}

// test fills a line with yes or no, and with nothing while that is unknown.
func (r *renderer) test(out *SheetLine, c *Condition) bool {
	shown, answered := false, true
	for _, key := range c.Fields() {
		f := r.view.form.must(key)
		if !r.view.shows(f) {
			continue
		}
		shown = true
		a, _ := r.view.draft.Answer(key)
		if a.State == "" {
			answered = false
			continue
		}
		out.add(a)
	}
	holds := r.view.holds(c)
	switch {
	case !shown:
		return false
	case !answered:
	case !holds && out.State == StateToBeDetermined, !holds && out.State == StateCannotBeDetermined:
		out.Value, out.ValueEN = open(out.State, r.language), open(out.State, "en")
	default:
		out.Value, out.ValueEN = yesNo(holds, r.language), yesNo(holds, "en")
	}
	return true
}

// fact fills a line with what the draft itself says.
func (r *renderer) fact(out *SheetLine, l *ProjectionLine) bool {
	code := ""
	switch l.Fact {
	case factDPO:
		return r.dpo(out)
	case factNotification:
		code, out.State = string(r.view.draft.Kind)+"_"+string(r.view.draft.Subtype), StateKnown
	case factSeverity:
		f := r.view.form.must("severity")
		if !r.view.shows(f) {
			return false
		}
		if a, ok := r.view.draft.Answer(f.Key); ok {
			code = fourSteps(a.Value.Text(), r.view.draft.Facts.SeverityBand)
			out.add(a)
		}
	}
	if code != "" {
		out.Value, out.ValueEN = l.Options[code], strings.ReplaceAll(code, "_", " ")
	}
	return true
}

// dpo fills a line with the data protection officer: the template does not ask
// again for one who is the reporting person, other forms do.
func (r *renderer) dpo(out *SheetLine) bool {
	keys := []string{"dpo_designated", "dpo_name", "dpo_contact"}
	if r.view.answer("reporter_function").Value.Text() == "dpo" {
		keys = []string{"reporter_name", "reporter_contact"}
	}
	return r.fields(out, &ProjectionLine{Label: Words{"en": out.LabelEN}, Fields: keys})
}
