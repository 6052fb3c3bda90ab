package form

import (
	"maps"
	"slices"

	"tocsin/gdpr"
)

// Generic is the projection that shows the template as it is, for authorities
// without one of their own.
const Generic = "edpb"

// Words is one text by ISO 639-1 language; "en" is always among them.
type Words map[string]string

// In returns the text in a language, in English where there is none.
func (w Words) In(language string) string {
	if text, ok := w[language]; ok {
		return text
	}
	return w["en"]
}

// Projection is how the template's answers read on one authority's own form.
type Projection struct {
	// Code names the projection: edpb, aepd, cnil, dpc or ico.
	Code string `json:"code"`
	// Name is the form in a line a person reads.
	Name string `json:"name"`
	// Languages are those in which a sheet can be had, the usual one first.
	Languages []string `json:"languages"`
	// Authorities are the codes of the authorities that it is for; empty for
	// the generic one.
	Authorities []string `json:"authorities"`
	// TemplateVersion is the edition whose fields the lines name.
	TemplateVersion string `json:"template_version"`
	// Note tells the user what to make of the sheet.
	Note Words `json:"note"`
	gdpr.Provenance
	// Sections are the parts of the authority's form in its order.
	Sections []ProjectionSection `json:"sections"`
}

// ProjectionSection is one part of an authority's form.
type ProjectionSection struct {
	// Title is its heading.
	Title Words `json:"title"`
	// Lines are its questions in order.
	Lines []ProjectionLine `json:"lines"`
}

// ProjectionLine is one question of an authority's form. Exactly one of
// Fields, Fact, Test and Manual says where the answer comes from.
type ProjectionLine struct {
	// Key names the line within the projection.
	Key string `json:"key"`
	// Label is the question; empty takes the label of the first field.
	Label Words `json:"label,omitempty"`
	// Fields are the keys of the template's fields whose answers it shows, one
	// below the other.
	Fields []string `json:"fields,omitempty"`
	// Fact is what the draft itself says: "notification" for kind and sub-type
	// together, "severity_scale" for a scale of four steps, "dpo" for the data
	// protection officer wherever the template keeps it.
	Fact string `json:"fact,omitempty"`
	// Test answers yes or no.
	Test *Condition `json:"test,omitempty"`
	// Manual says that no field has the answer: it is typed in the portal.
	Manual bool `json:"manual,omitempty"`
	// Options are the authority's own words for the options of the field or
	// the codes of the fact, in the projection's usual language. Every one of
	// them has words. Without Options the template's labels are shown. What stands in
	// brackets is a remark and no option of the authority.
	Options map[string]string `json:"options,omitempty"`
	// Note is a remark on the line; empty for none.
	Note Words `json:"note,omitempty"`
	// VerifiedAt is the day on which the label was read in a source of the
	// authority, as YYYY-MM-DD; empty when it is from memory or Tocsin's own.
	VerifiedAt string `json:"verified_at"`
}

// The facts that lines can show.
const (
	factNotification = "notification"
	factSeverity     = "severity_scale"
	factDPO          = "dpo"
)

// Projections returns the projections in the data.
func Projections() []Projection {
	list := slices.Clone(projections())
	for i := range list {
		list[i] = list[i].clone()
	}
	return list
}

// ProjectionFor returns the code of the projection for an authority, given its
// code or alias: "edpb" for every authority without a form of its own here,
// unknown ones included.
func ProjectionFor(authority string) string {
	if a, ok := gdpr.AuthorityByCode(authority); ok {
		for _, p := range projections() {
			if slices.Contains(p.Authorities, a.Code) {
				return p.Code
			}
		}
	}
	return Generic
}

// projectionByCode returns the projection itself; nobody writes to it.
func projectionByCode(code string) (*Projection, error) {
	var codes []string
	for i, p := range projections() {
		if p.Code == code {
			return &projections()[i], nil
		}
		codes = append(codes, p.Code)
	}
	return nil, &FieldError{Key: "projection", Value: code, Expected: "the code of a projection", Suggestions: suggest(code, codes)}
}

func (p Projection) clone() Projection {
	p.Languages, p.Authorities = slices.Clone(p.Languages), slices.Clone(p.Authorities)
	p.Note = maps.Clone(p.Note)
	p.Sections = slices.Clone(p.Sections)
	for i, s := range p.Sections {
		s.Title, s.Lines = maps.Clone(s.Title), slices.Clone(s.Lines)
		for j, l := range s.Lines {
			l.Label, l.Note, l.Options = maps.Clone(l.Label), maps.Clone(l.Note), maps.Clone(l.Options)
			l.Fields, l.Test = slices.Clone(l.Fields), l.Test.clone()
			s.Lines[j] = l
		}
		p.Sections[i] = s
	}
	return p
}
