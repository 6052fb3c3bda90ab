package notice

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Checkpoint is a signed head of the ledger on its way out of the building.
type Checkpoint struct {
	// Locale is the reader's language tag; one without mails for the team
	// becomes the default, else English.
	Locale string
	// Note is the signed note exactly as it must be kept, ending in a newline.
	Note string
	// Size is the number of entries it covers.
	Size uint64
	// SignedAt is when it was signed.
	SignedAt time.Time
	// Zone is where SignedAt is shown; nil means UTC.
	Zone *time.Location
	// Exercise marks a checkpoint sent for a drill.
	Exercise bool
}

type checkpointView struct {
	frame
	Note     string
	Size     uint64
	SignedAt string
	SignedOn string
}

// Checkpoint composes a text-only message that carries the note verbatim. A
// note with control characters, or that does not end in a newline, is an error.
func (c *Composer) Checkpoint(e Envelope, k Checkpoint) (Message, error) {
	l := c.teamLanguage(k.Locale)
	rendered, err := c.renderCheckpoint(l, k)
	if err != nil {
		return Message{}, err
	}
	return c.compose(e, l.name, "", rendered)
}

func (c *Composer) renderCheckpoint(l language, k Checkpoint) (Rendered, error) {
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' }
	switch {
	case k.SignedAt.IsZero():
		return Rendered{}, errors.New("compose checkpoint: the time of signing is missing")
	case !strings.HasSuffix(k.Note, "\n") || !utf8.ValidString(k.Note) || strings.ContainsFunc(k.Note, control):
		return Rendered{}, errors.New("compose checkpoint: the note must be text that ends in a newline")
	}
	zone := k.Zone
	if zone == nil {
		zone = time.UTC
	}
	return l.render(TemplateCheckpoint, &checkpointView{
		frame: c.frame(l, "", k.Exercise), Note: k.Note, Size: k.Size,
		SignedAt: l.team.moment(k.SignedAt, zone), SignedOn: l.words.date(k.SignedAt.In(zone)),
	})
}
