package dossier

import (
	"fmt"
	"regexp"
	"strings"
)

// What one Document may hold. A form has about 100 fields; these limits are far
// above what anybody files, and low enough that a mistake cannot fill memory.
const (
	// MaxLines is the largest number of lines in Meta and Sections together.
	MaxLines = 5000
	// MaxSections is the largest number of sections.
	MaxSections = 500
	// MaxNotes is the largest number of notes.
	MaxNotes = 200
	// MaxValue is the longest value, its English form or a note, in bytes.
	MaxValue = 256 << 10
	// MaxText is the longest title, label, name or footer, in bytes.
	MaxText = 4 << 10
	// MaxTotal is the longest text of one Document in all, in bytes.
	MaxTotal = 4 << 20
)

// Error says that a Document is invalid, which is the caller's to mend. Other
// errors of this package are internal, or the context's.
type Error struct {
	// Field is the path of the field, such as
	// "Sections[2].Lines[7].Value (breach_began)".
	Field string
	// Problem says what is wrong with it; it never holds a value.
	Problem string
}

// Error is the field and the problem.
func (e *Error) Error() string { return "print dossier: " + e.Field + " " + e.Problem }

// languageTag is the shape of a BCP 47 tag (RFC 5646, 2009). The tag is written
// into the PDF as it is, so that nothing else may pass.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,6}$`)

// check refuses what cannot be printed.
func (d Document) check() error {
	if d.Kind != Dossier && d.Kind != CopySheet && d.Kind != Register {
		return &Error{"Kind", "is no dossier, copy sheet or register"}
	}
	if !languageTag.MatchString(d.Language) {
		return &Error{"Language", "is not a language tag such as de or pt-PT"}
	}
	if d.CreatedAt.IsZero() {
		return &Error{"CreatedAt", "is missing; two prints could not be compared"}
	}
	c := checker{}
	c.needed("Title", d.Title)
	c.text("TitleEN", d.TitleEN, MaxText)
	c.needed("Reference", d.Reference)
	c.text("Authority.Code", d.Authority.Code, MaxText)
	c.needed("Authority.Name", d.Authority.Name)
	c.text("Authority.NameEN", d.Authority.NameEN, MaxText)
	// The foot stands on every page, so that it must leave room for the rest.
	c.text("ContentHash", d.ContentHash, 160)
	c.text("Footer", d.Footer, 400)
	c.count("Notes", len(d.Notes), MaxNotes)
	c.count("Sections", len(d.Sections), MaxSections)
	for i, note := range d.Notes {
		c.text(fmt.Sprintf("Notes[%d]", i), note, MaxValue)
	}
	lines := len(d.Meta)
	c.lines("Meta", d.Meta)
	for i, section := range d.Sections {
		path := fmt.Sprintf("Sections[%d]", i)
		c.needed(path+".Title", section.Title)
		c.text(path+".TitleEN", section.TitleEN, MaxText)
		lines += len(section.Lines)
		if c.count(path+".Lines", lines, MaxLines); c.err != nil {
			return c.err
		}
		c.lines(path+".Lines", section.Lines)
	}
	return c.err
}

// checker keeps the first problem and the sum of all text.
type checker struct {
	total int
	err   error
}

func (c *checker) fail(field, problem string) {
	if c.err == nil {
		c.err = &Error{field, problem}
	}
}

func (c *checker) count(field string, n, limit int) {
	if n > limit {
		c.fail(field, fmt.Sprintf("has more than %d entries", limit))
	}
}

func (c *checker) text(field, text string, limit int) {
	if len(text) > limit {
		c.fail(field, fmt.Sprintf("is longer than %d bytes", limit))
	}
	if c.total += len(text); c.total > MaxTotal {
		c.fail(field, fmt.Sprintf("makes the document longer than %d bytes", MaxTotal))
	}
}

func (c *checker) needed(field, text string) {
	if strings.TrimSpace(text) == "" {
		c.fail(field, "is missing")
	}
	c.text(field, text, MaxText)
}

func (c *checker) lines(path string, lines []Line) {
	if c.count(path, len(lines), MaxLines); c.err != nil {
		return
	}
	for i, line := range lines {
		field := func(name string) string {
			if line.Key == "" {
				return fmt.Sprintf("%s[%d].%s", path, i, name)
			}
			return fmt.Sprintf("%s[%d].%s (%s)", path, i, name, line.Key)
		}
		if len(line.Key) > 200 {
			c.fail(fmt.Sprintf("%s[%d].Key", path, i), "is longer than 200 bytes")
			return
		}
		c.text(field("Number"), line.Number, 40)
		c.needed(field("Label"), line.Label)
		c.text(field("LabelEN"), line.LabelEN, MaxText)
		c.text(field("Value"), line.Value, MaxValue)
		c.text(field("ValueEN"), line.ValueEN, MaxValue)
		c.text(field("Note"), line.Note, MaxValue)
		switch line.State {
		case "", Known, Estimated, ToBeDetermined, CannotBeDetermined:
		default:
			c.fail(field("State"), "is not a state of an answer")
		}
		if c.err != nil {
			return
		}
	}
}
