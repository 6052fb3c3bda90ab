package notice

import (
	"errors"
	"time"
)

// Disclosed tells the team that a vendor told of a breach through its link, while
// nobody may have been looking.
type Disclosed struct {
	// Locale is the reader's language; one without texts for the team is English.
	Locale string
	// IncidentNumber is the incident's human number.
	IncidentNumber string
	// Vendor is the vendor's name in the list, as the controller wrote it.
	Vendor string
	// Reference is the number that the vendor was given.
	Reference string
	// At is when it came. Required.
	At time.Time
	// Zone is where At is shown; nil means UTC.
	Zone *time.Location
	// IncidentURL is the page of the case: http or https.
	IncidentURL string
}

type disclosedView struct {
	frame
	Number, Vendor, Reference, At string
	IncidentURL                   string
}

// Disclosed composes the text-only message about a disclosure. It repeats nothing
// that the vendor wrote.
func (c *Composer) Disclosed(e Envelope, d Disclosed) (Message, error) {
	l := c.teamLanguage(d.Locale)
	switch {
	case d.At.IsZero():
		return Message{}, errors.New("compose the message about a disclosure: the instant is missing")
	case !webURL(d.IncidentURL):
		return Message{}, errors.New("compose the message about a disclosure: the incident link must be an http or https URL")
	}
	rendered, err := l.render(TemplateDisclosed, &disclosedView{
		frame: c.frame(l, "", false), Number: oneLine(d.IncidentNumber, maxName), Vendor: oneLine(d.Vendor, maxName),
		Reference: oneLine(d.Reference, maxName), At: l.team.moment(d.At, d.Zone), IncidentURL: d.IncidentURL,
	})
	if err != nil {
		return Message{}, err
	}
	return c.compose(e, l.name, "", rendered)
}
