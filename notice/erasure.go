package notice

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Erasure warns before the data of people affected are erased, or tells that
// they are.
type Erasure struct {
	// Locale is the reader's language tag; one without mails for the team
	// becomes the default, else English.
	Locale string
	// IncidentNumber is the human number, Title names the case.
	IncidentNumber, Title string
	// EraseAt is when people's data are erased, or were.
	EraseAt time.Time
	// Zone is where EraseAt is shown; nil means UTC.
	Zone *time.Location
	// Left is the time until then; not used when Done.
	Left time.Duration
	// Requested says that a person asked for it before the date of the policy.
	Requested bool
	// Done says that people's data are erased.
	Done bool
	// People is the number of people, Files that of files that are erased, Kept
	// that of files that stay readable.
	People, Files, Kept int
	// Exercise marks a drill.
	Exercise bool
	// IncidentURL is the incident's page.
	IncidentURL string
}

type erasureView struct {
	frame
	Number, Title       string
	When, Span          string
	Now, One            bool
	Requested, Done     bool
	People, Files, Kept int
	IncidentURL         string
}

// Erasure composes the message. A missing date or a link that is not an http or
// https URL is an error.
func (c *Composer) Erasure(e Envelope, d Erasure) (Message, error) {
	l := c.teamLanguage(d.Locale)
	rendered, err := c.renderErasure(l, d)
	if err != nil {
		return Message{}, err
	}
	return c.compose(e, l.name, "", rendered)
}

func (c *Composer) renderErasure(l language, d Erasure) (Rendered, error) {
	switch {
	case d.EraseAt.IsZero():
		return Rendered{}, errors.New("compose erasure: the date is missing")
	case !webURL(d.IncidentURL):
		return Rendered{}, errors.New("compose erasure: the incident link must be an http or https URL")
	}
	v := &erasureView{
		frame: c.frame(l, "", d.Exercise), Number: oneLine(d.IncidentNumber, maxName), Title: oneLine(d.Title, maxTitle),
		When: l.team.moment(d.EraseAt, d.Zone), Now: d.Left.Round(time.Minute) <= 0, Requested: d.Requested, Done: d.Done,
		People: d.People, Files: d.Files, Kept: d.Kept, IncidentURL: d.IncidentURL,
	}
	v.Span, v.One = l.team.span(d.Left)
	return l.render(TemplateErasure, v)
}

func (c *Composer) tryOutErasure(name string) error {
	day := time.Date(2025, time.November, 9, 12, 0, 0, 0, time.UTC)
	warning := Erasure{
		IncidentNumber: "1", Title: "Title", EraseAt: day, Zone: time.FixedZone("Example", 3600), Left: 7 * 24 * time.Hour,
		People: 2, Files: 1, Kept: 1, Exercise: true, IncidentURL: "https://tocsin.example.org/i",
	}
	late, requested, done := warning, warning, warning
	late.Left, requested.Requested, done.Done = 0, true, true
	for _, d := range []Erasure{warning, late, requested, done} {
		rendered, err := c.renderErasure(c.languages[name], d)
		if err != nil {
			return err
		}
		if !strings.Contains(rendered.Text, d.IncidentURL) || !strings.Contains(rendered.HTML, d.IncidentURL) {
			return fmt.Errorf("language %s: the mail about erasing leaves out the link", name)
		}
	}
	return nil
}
