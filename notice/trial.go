package notice

import "fmt"

// sampleName is the person of a test: nobody.
const sampleName = "Ana Example"

// Trial composes a test of a communication for somebody who works on the case:
// to a person who does not exist, with a code that is nobody's. The subject, the
// text and the HTML say that it is a test, and before that, where it is one,
// that the case is a drill. It is not checked: what it lacks shows.
func (c *Composer) Trial(e Envelope, d Communication) (Message, error) {
	if !isTemplate(d.template()) {
		return Message{}, &IncompleteError{Problems: []Problem{unknownTemplate()}}
	}
	d = withSamples(d)
	d.PersonName = sampleName
	if d.VerifyURL != "" {
		d.Code = previewCode
	}
	l := c.languages[c.Match(d.Locale)]
	view := c.communicationView(l, d)
	view.Mark += l.words.TestMark + " "
	if view.Banner != "" {
		view.Banner += " "
	}
	view.Banner += l.words.TestBanner
	rendered, err := l.render(d.template(), view)
	if err != nil {
		return Message{}, fmt.Errorf("test: %w", err)
	}
	return c.compose(e, l.name, replyTo(d), rendered)
}
