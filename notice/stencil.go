package notice

import (
	"bytes"
	"errors"
	"strings"
	"time"
)

// A slot is a place in a message that only one person's data fill.
type slot int

const (
	slotPerson slot = iota
	slotOrganisation
	slotPeople
	slotReference
	slotCode
	slots // how many there are
)

// mark stands for a slot while the templates run. Noncharacters cannot come
// from anywhere else: every text loses them on its way into a view.
func (s slot) mark() string { return string(firstNoncharacter + rune(s)) }

// stencil is a message with slots: everything else is rendered, encoded and
// checked. The parts of the body are encoded line by line, as quoted-printable
// is, so that only lines with a slot are encoded again for each person.
type stencil struct {
	from, subject string
	pieces        []piece
	size          int // of what does not differ, in bytes
}

// piece is either fixed bytes, a field of the envelope, or a line with slots.
type piece struct {
	fixed []byte
	field envelopeField
	line  []span
	html  bool // the line is in the HTML part
}

// span is a part of a line: text, or a slot after it.
type span struct {
	text string
	slot slot // slots when there is none
}

type envelopeField int

const (
	fieldNone envelopeField = iota
	fieldTo
	fieldDate
	fieldMessageID
	fieldBoundary
)

// The envelope that a stencil is cut from, and the bodies that its parts
// replace.
const (
	stencilTo        = "slot-to@example.invalid"
	stencilMessageID = "<slot-message-id@example.invalid>"
	stencilText      = "slot-text"
	stencilHTML      = "slot-html"
)

// makeStencil renders a communication with marks in the slots that are filled
// for this person, and proves the result with made-up people: the bytes must
// be those of the ordinary way, and Check must find nothing.
func (c *Composer) makeStencil(d Communication, filled *values) (*stencil, error) {
	l := c.languages[c.Match(d.Locale)]
	for _, trial := range trials(filled) {
		if err := c.checkTrial(d, trial); err != nil {
			return nil, err
		}
	}
	view := c.communicationView(l, d)
	for s := range slots {
		*view.slot(s) = ""
		if filled.slots[s] != "" {
			*view.slot(s) = s.mark()
		}
	}
	rendered, err := l.render(d.template(), view)
	if err != nil {
		return nil, err
	}
	made, err := c.cutStencil(l, d, rendered)
	if err != nil {
		return nil, err
	}
	for _, trial := range trials(filled) {
		plain, err := c.composeCommunication(trial.envelope(), trial.communication(d))
		if err != nil {
			return nil, err
		}
		quick, err := made.message(nil, trial.envelope(), trial)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(plain.Bytes, quick.Bytes) || plain.Subject != quick.Subject {
			return nil, errors.New("language " + l.name + ", template " + d.template() +
				": a person's own data may stand in running text only, as they are, and not in the subject")
		}
	}
	return made, nil
}

func (c *Composer) checkTrial(d Communication, trial *values) error {
	d = trial.communication(d)
	message, err := c.composeCommunication(trial.envelope(), d)
	if err != nil {
		return err
	}
	if problems := c.Check(message.Bytes, d); len(problems) > 0 {
		return &IncompleteError{Problems: problems}
	}
	return nil
}

// trials are two made-up people with the same slots filled as this one's: one
// whose data need escaping in HTML, one whose data end in a full stop.
func trials(filled *values) []*values {
	samples := [2][slots]string{
		{"Zoë O'Hara", `A & B "O'C" (x)`, "7103", "R-1/x", "CCCC-DDDD-FFFF"},
		{"J. R.", "Example S.A.", "1", "9", "GGGG-HHHH-2222"},
	}
	out := make([]*values, len(samples))
	for i, sample := range samples {
		v := values{to: "trial@example.org", messageID: "<trial@example.org>", date: time.Unix(int64(i), 0).UTC()}
		for s := range slots {
			if filled.slots[s] != "" {
				v.slots[s] = sample[s]
			}
		}
		out[i] = &v
	}
	return out
}

// slot is the field of the view that a slot fills.
func (v *communicationView) slot(s slot) *string {
	return [slots]*string{&v.Person, &v.Organisation, &v.People, &v.Reference, &v.Code}[s]
}

// cutStencil composes the frame of the message in the ordinary way and cuts it
// where the envelope and the bodies go.
func (c *Composer) cutStencil(l language, d Communication, rendered Rendered) (*stencil, error) {
	at := time.Date(2001, time.February, 3, 4, 5, 6, 0, time.UTC)
	frame, err := c.compose(Envelope{To: stencilTo, MessageID: stencilMessageID, Date: at}, l.name, replyTo(d),
		Rendered{Subject: rendered.Subject, Text: stencilText + "\n", HTML: stencilHTML + "\n"})
	if err != nil {
		return nil, err
	}
	made := &stencil{from: frame.From, subject: frame.Subject}
	rest := frame.Bytes
	cutAt := func(mark string) error {
		before, after, found := bytes.Cut(rest, []byte(mark))
		if !found {
			return errors.New("prepare the round: the message has no place for " + mark)
		}
		made.fixed(before)
		rest = after
		return nil
	}
	boundary := string(appendBoundary(nil, stencilMessageID))
	for _, step := range []struct {
		mark  string
		field envelopeField
		body  string
		html  bool
	}{
		{mark: stencilTo, field: fieldTo},
		{mark: at.Format(time.RFC1123Z), field: fieldDate},
		{mark: stencilMessageID, field: fieldMessageID},
		{mark: boundary, field: fieldBoundary}, // in the header
		{mark: boundary, field: fieldBoundary}, // before the text
		{mark: stencilText + "\r\n", body: endWithNewline(rendered.Text)},
		{mark: boundary, field: fieldBoundary}, // before the HTML
		{mark: stencilHTML + "\r\n", body: endWithNewline(rendered.HTML), html: true},
		{mark: boundary, field: fieldBoundary}, // at the end
	} {
		if err := cutAt(step.mark); err != nil {
			return nil, err
		}
		if step.field != fieldNone {
			made.pieces = append(made.pieces, piece{field: step.field})
			made.size += len(step.mark)
		}
		made.body(step.body, step.html)
	}
	made.fixed(rest)
	return made, nil
}

// fixed adds bytes, to those before when these are fixed too.
func (s *stencil) fixed(content []byte) {
	s.size += len(content)
	if n := len(s.pieces); n > 0 && s.pieces[n-1].fixed != nil {
		s.pieces[n-1].fixed = append(s.pieces[n-1].fixed, content...)
		return
	}
	if len(content) > 0 {
		s.pieces = append(s.pieces, piece{fixed: bytes.Clone(content)})
	}
}

// body adds a body line by line.
func (s *stencil) body(content string, html bool) {
	for content != "" {
		var line string
		line, content, _ = strings.Cut(content, "\n")
		spans := cutLine(line)
		if len(spans) == 1 && spans[0].slot == slots {
			s.fixed(append(appendQuoted(nil, []byte(line)), "\r\n"...))
			continue
		}
		s.pieces = append(s.pieces, piece{line: spans, html: html})
		s.size += 2 * len(line)
	}
}

// cutLine cuts a line at its marks.
func cutLine(line string) []span {
	var out []span
	for {
		i := strings.IndexFunc(line, func(r rune) bool { return r >= firstNoncharacter && r < firstNoncharacter+rune(slots) })
		if i < 0 {
			if line != "" || len(out) == 0 {
				out = append(out, span{text: line, slot: slots})
			}
			return out
		}
		for s := range slots {
			if rest, ok := strings.CutPrefix(line[i:], s.mark()); ok {
				out = append(out, span{text: line[:i], slot: s})
				line = rest
				break
			}
		}
	}
}
