package dossier

import (
	"slices"
	"time"
)

// Kind says which paper a Document is.
type Kind string

// The kinds of Document.
const (
	// Dossier is the record of one filing.
	Dossier Kind = "dossier"
	// CopySheet is the page from which a person fills an authority's portal. It
	// shows the values in the authority's language only.
	CopySheet Kind = "copy_sheet"
	// Register is a list of cases that the controller keeps and nobody has been
	// sent: its Authority is the controller, and is not called an authority.
	Register Kind = "register"
)

// State is how far an answer is certain.
type State string

// The states of an answer. The empty State prints no mark.
const (
	// Known is an answer that is established.
	Known State = "known"
	// Estimated is an answer that may still change.
	Estimated State = "estimated"
	// ToBeDetermined is an answer that will follow in phases (GDPR
	// Art. 33(4)).
	ToBeDetermined State = "to_be_determined"
	// CannotBeDetermined is an answer that nobody will be able to give.
	CannotBeDetermined State = "cannot_be_determined"
)

// Document is everything that is printed, and nothing else is. Text may be in
// any language and of several lines; a line ends in \n, \r\n or \r.
type Document struct {
	// Kind is Dossier, CopySheet or Register.
	Kind Kind
	// Language is the authority's language as a BCP 47 tag, such as "de" or
	// "pt-PT".
	Language string
	// Title is the name of the document in that language. It may not be empty.
	Title string
	// TitleEN is the title in English; empty when it would repeat Title.
	TitleEN string
	// Reference is the number of the incident. It may not be empty.
	Reference string
	// Authority is who receives the document.
	Authority Authority
	// CreatedAt is the instant at which the content was frozen. It becomes the
	// date in the PDF's properties, in UTC, and may not be zero.
	CreatedAt time.Time
	// ContentHash is the hash of the frozen content as the record has it, such
	// as a SHA-256 in hexadecimal. It stands at the foot of each page; empty
	// when there is none.
	ContentHash string
	// Meta is about the document itself: version of the template, new or
	// follow-up, when it was filed and by whom. It is printed before the form.
	Meta []Line
	// Sections are the form, in the order of printing.
	Sections []Section
	// Notes are sentences printed between Meta and the form.
	Notes []string
	// Exercise marks every page as belonging to a drill.
	Exercise bool
	// Footer is one short text at the foot of each page; may be empty.
	Footer string
}

// Authority is who receives a filing.
type Authority struct {
	// Code is Tocsin's own short name, such as "AEPD"; may be empty.
	Code string
	// Name is the name in the authority's language. It may not be empty.
	Name string
	// NameEN is the name in English; may be empty.
	NameEN string
}

// Section is one part of the form under its own heading.
type Section struct {
	// Title is the heading in the authority's language. It may not be empty.
	Title string
	// TitleEN is the heading in English; may be empty.
	TitleEN string
	// Lines are the fields, in the order of printing.
	Lines []Line
}

// Line is one field with its answer.
type Line struct {
	// Number is the field's number on the form, such as "44" or "3.1"; may be
	// empty.
	Number string
	// Key is the field's name in the program. It is used in errors and in the
	// HTML's attributes, and never printed.
	Key string
	// Label is the question in the authority's language. It may not be empty.
	Label string
	// LabelEN is the question in English; may be empty.
	LabelEN string
	// Value is the answer as it is filed. Empty prints that there is no answer.
	Value string
	// ValueEN is the answer in English; empty when it would repeat Value.
	ValueEN string
	// State is how far the answer is certain; empty prints no mark.
	State State
	// AsOf is the instant at which the State was established, printed in the
	// zone that it carries; zero prints none.
	AsOf time.Time
	// Note is a remark on the answer that is not part of it; may be empty.
	Note string
}

// printed is the document as its kind shows it.
func (d Document) printed() Document {
	if d.Kind != CopySheet {
		return d
	}
	// What is copied into a portal is one value; a second beside it would be
	// copied by mistake.
	sections := make([]Section, len(d.Sections))
	for i, section := range d.Sections {
		sections[i] = section
		sections[i].Lines = slices.Clone(section.Lines)
		for j := range sections[i].Lines {
			sections[i].Lines[j].ValueEN = ""
		}
	}
	d.Sections = sections
	return d
}
