package notice

import (
	"errors"
	"net/url"
	"time"
)

// Reminder is one rung of an obligation's ladder, to one person of the team.
type Reminder struct {
	// Locale is the reader's language tag; one without mails for the team
	// becomes the default, else English, since a reminder in another language
	// is better than none.
	Locale string
	// IncidentNumber is the number people know the incident by.
	IncidentNumber string
	// Title is the incident's title.
	Title string
	// Obligation is the duty in the reader's words, such as "GDPR Art. 33(1) –
	// notify the AEPD".
	Obligation string
	// RungLabel is the rung, such as "24 h"; may be empty.
	RungLabel string
	// DueAt is the end of the period.
	DueAt time.Time
	// Zone is where DueAt is shown; nil means UTC, which is shown in any case.
	Zone *time.Location
	// Left is the time until DueAt as the obligation's clock counts it, which
	// in an exercise runs faster; negative when late, zero when due.
	Left time.Duration
	// Exercise marks the incident as a drill.
	Exercise bool
	// EscalatedFrom is the role that was reminded before and did not answer
	// ("dpo", "deputy", …), or empty.
	EscalatedFrom string
	// EscalatesTo is the role that is reminded next; empty says "the next
	// person" when EscalatesIn is set.
	EscalatesTo string
	// EscalatesIn is after how long without acknowledgement the next person is
	// reminded; zero when there is no further person.
	EscalatesIn time.Duration
	// Missed are rungs that could not go out on time and are told of now.
	Missed []MissedRung
	// OpenQuestions are facts still missing, one line each.
	OpenQuestions []string
	// NextAction is what to do now; empty says to open the incident.
	NextAction string
	// AckURL is the page on which this reader acknowledges. It is a secret of
	// this reader's.
	AckURL string
	// IncidentURL is the incident's page.
	IncidentURL string
}

// MissedRung is a reminder that was due while it could not be sent.
type MissedRung struct {
	// Label is the rung, such as "48 h".
	Label string
	// DueAt is when it should have gone out.
	DueAt time.Time
	// Late is by how much it comes late.
	Late time.Duration
}

type reminderView struct {
	frame
	Now, Late, One             bool
	Span                       string
	Number, Title, Obligation  string
	Rung, Due                  string
	EscalatedFrom, EscalatesTo string
	EscalatesIn                string
	NextAction                 string
	AckURL, IncidentURL        string
	Questions                  []string
	Missed                     []missedView
}

type missedView struct{ Label, Due, Late string }

// Reminder composes a reminder. Strings are made safe and never refused; only
// a missing due time or a link that is not an http or https URL is an error.
func (c *Composer) Reminder(e Envelope, r Reminder) (Message, error) {
	l := c.teamLanguage(r.Locale)
	rendered, err := c.renderReminder(l, r)
	if err != nil {
		return Message{}, err
	}
	return c.compose(e, l.name, "", rendered)
}

func (c *Composer) renderReminder(l language, r Reminder) (Rendered, error) {
	switch {
	case r.DueAt.IsZero():
		return Rendered{}, errors.New("compose reminder: the due time is missing")
	case !webURL(r.AckURL):
		return Rendered{}, errors.New("compose reminder: the acknowledgement link must be an http or https URL")
	case !webURL(r.IncidentURL):
		return Rendered{}, errors.New("compose reminder: the incident link must be an http or https URL")
	}
	v := &reminderView{
		frame:      c.frame(l, "", r.Exercise),
		Number:     oneLine(r.IncidentNumber, maxName),
		Title:      oneLine(r.Title, maxTitle),
		Obligation: oneLine(r.Obligation, maxTitle),
		Rung:       oneLine(r.RungLabel, maxLine),
		Due:        l.team.moment(r.DueAt, r.Zone),
		NextAction: oneLine(r.NextAction, 5000),
		AckURL:     r.AckURL, IncidentURL: r.IncidentURL,
		Questions: lines(r.OpenQuestions),
	}
	rounded := r.Left.Round(time.Minute)
	v.Now, v.Late = rounded == 0, rounded < 0
	v.Span, v.One = l.team.span(r.Left)
	if r.EscalatedFrom != "" {
		v.EscalatedFrom = l.team.role(r.EscalatedFrom)
	}
	if r.EscalatesIn > 0 {
		v.EscalatesIn, _ = l.team.span(max(r.EscalatesIn, time.Minute))
		v.EscalatesTo = l.team.role(r.EscalatesTo)
	}
	for _, missed := range r.Missed {
		late, _ := l.team.span(missed.Late)
		v.Missed = append(v.Missed, missedView{
			Label: oneLine(missed.Label, maxLine), Due: l.team.moment(missed.DueAt, r.Zone), Late: late,
		})
	}
	return l.render(TemplateReminder, v)
}

// webURL accepts an absolute http or https URL in printable ASCII, without
// credentials: nothing that could break out of a line or an attribute.
func webURL(text string) bool {
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c > '~' || c == '"' || c == '\'' || c == '<' || c == '>' || c == '\\' || c == '`' {
			return false
		}
	}
	parsed, err := url.Parse(text)
	return err == nil && (parsed.Scheme == "https" || parsed.Scheme == "http") && parsed.Host != "" && parsed.User == nil
}
