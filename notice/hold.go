package notice

import (
	"errors"
	"time"
)

// Hold says that a round of notices halts by itself until a person has looked.
type Hold struct {
	// Locale is the reader's language tag; one without mails for the team
	// becomes the default, else English.
	Locale string
	// IncidentNumber and Title name the case.
	IncidentNumber, Title string
	// Round is the number of the round.
	Round int
	// Since is when it halted.
	Since time.Time
	// Zone is where Since is shown; nil means UTC.
	Zone *time.Location
	// Refusals says that too many of the first notices were refused; otherwise
	// the relay does not work for us.
	Refusals bool
	// Sent and Refused are the numbers that Refusals rests on.
	Sent, Refused int
	// IncidentURL is the page of the case: http or https.
	IncidentURL string
	// Exercise marks a drill.
	Exercise bool
}

type holdView struct {
	frame
	Number, Title, Since string
	Round, Sent, Refused int
	Refusals             bool
	IncidentURL          string
}

// Hold composes the text-only message about a round that halts. Strings are made
// safe and never refused; only a missing instant or a link that is not an http
// or https URL is an error.
func (c *Composer) Hold(e Envelope, h Hold) (Message, error) {
	l := c.teamLanguage(h.Locale)
	rendered, err := c.renderHold(l, h)
	if err != nil {
		return Message{}, err
	}
	return c.compose(e, l.name, "", rendered)
}

func (c *Composer) renderHold(l language, h Hold) (Rendered, error) {
	switch {
	case h.Since.IsZero():
		return Rendered{}, errors.New("compose the message about a round that halts: the instant is missing")
	case !webURL(h.IncidentURL):
		return Rendered{}, errors.New("compose the message about a round that halts: the incident link must be an http or https URL")
	}
	return l.render(TemplateHold, &holdView{
		frame: c.frame(l, "", h.Exercise), Number: oneLine(h.IncidentNumber, maxName), Title: oneLine(h.Title, maxTitle),
		Since: l.team.moment(h.Since, h.Zone), Round: h.Round, Sent: h.Sent, Refused: h.Refused, Refusals: h.Refusals,
		IncidentURL: h.IncidentURL,
	})
}
