package notice

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Recipient is what differs from person to person in a round.
type Recipient struct {
	// Locale is the person's language tag; the content's nearest language is
	// used ([Content.Language]).
	Locale string
	// Name is the name to greet by; may be empty, and what cannot be a name is
	// not used.
	Name string
	// Kinds are the keys of the person's exposed data; none for not_affected.
	Kinds []string
	// Organisation and People are, for affected_organisation, the organisation
	// and how many of its people are in the file.
	Organisation string
	People       int
	// PreviousOn is, for follow_up, the day of the message to this person that it
	// follows up, in its own location; zero for the content's own day.
	PreviousOn time.Time
	// Code is the person's code ([Code]); needed when the content names a page
	// for checking it, and not used otherwise.
	Code string
	// Reference is the code to quote when answering; may be empty.
	Reference string
}

// Round writes the messages of one round: the same content to many people. The
// bytes are those that Composer.Communication makes, but what does not depend
// on the person is rendered and checked once per language and set of kinds and
// then copied. It is safe for concurrent use.
type Round struct {
	composer *Composer
	content  Content
	exercise bool

	mu       sync.RWMutex
	stencils map[string]prepared
}

// prepared is a stencil, or why there is none for these kinds of data.
type prepared struct {
	stencil *stencil
	err     error
}

// maxStencils bounds the memory of a round whose people have ever other kinds
// of data: some 10 kB each. A full store is emptied, which costs time alone.
const maxStencils = 512

// Round prepares a round. kinds are the kinds of data of the whole round, with
// which the content is checked in each of its languages before anybody is
// written to; none for not_affected. When anything is found the error is an
// *IncompleteError.
func (c *Composer) Round(content Content, exercise bool, kinds []string) (*Round, error) {
	r := &Round{composer: c, content: content, exercise: exercise, stencils: make(map[string]prepared)}
	if len(content.Locales) == 0 {
		return nil, &IncompleteError{Problems: []Problem{{"locales", ruleClear, "write the notice in at least one language"}}}
	}
	var problems []Problem
	for _, locale := range content.Languages() {
		if c.Match(locale) != locale {
			problems = append(problems, Problem{"locales", ruleClear, "there is no template in language " + oneLine(locale, maxName)})
			continue
		}
		d := content.Communication(locale)
		d.DataKinds, d.Exercise = kinds, exercise
		preview, err := c.Preview(d)
		if err != nil {
			return nil, err
		}
		for _, p := range preview.Problems {
			p.Field = locale + "." + p.Field
			problems = append(problems, p)
		}
	}
	if len(problems) > 0 {
		return nil, &IncompleteError{Problems: problems}
	}
	return r, nil
}

// Communication is the notice to one person as data, for a preview.
func (r *Round) Communication(p Recipient) Communication {
	d := r.content.Communication(r.content.Language(p.Locale))
	d.Exercise, d.PersonName, d.DataKinds = r.exercise, p.Name, p.Kinds
	d.Organisation, d.People, d.Reference = p.Organisation, p.People, p.Reference
	if d.Template == TemplateFollowUp && !p.PreviousOn.IsZero() {
		d.PreviousOn = p.PreviousOn
	}
	if d.VerifyURL != "" {
		d.Code = p.Code
	}
	return d
}

// Message writes the message to one person into buffer, which may be nil and
// is overwritten: Bytes of the message share its memory until it is used
// again. An error that concerns this person alone is a *PersonError; the
// others of the round are not affected by it.
func (r *Round) Message(buffer []byte, e Envelope, p Recipient) (Message, error) {
	if err := e.check(); err != nil {
		return Message{}, err
	}
	var v values
	if err := r.fill(&v, e, p); err != nil {
		return Message{}, err
	}
	s, err := r.stencil(&v, p)
	if err != nil {
		return Message{}, err
	}
	return s.message(buffer, e, &v)
}

// fill makes the values of the slots, each safe to stand where it stands.
func (r *Round) fill(v *values, e Envelope, p Recipient) error {
	v.to, v.messageID, v.date = e.To, e.MessageID, e.Date
	v.slots[slotPerson] = salutation(p.Name)
	v.slots[slotReference] = oneLine(p.Reference, maxName)
	if !plainReference(v.slots[slotReference]) {
		return &PersonError{Field: "reference", What: "it holds more than letters, digits and dashes"}
	}
	if r.content.VerifyURL != "" {
		code, ok := ParseCode(p.Code)
		if !ok {
			return &PersonError{Field: "code", What: "it is missing, or is none that Code makes"}
		}
		v.slots[slotCode] = code
	}
	if r.content.Template == TemplateAffectedOrganisation {
		v.slots[slotOrganisation] = organisationName(p.Organisation)
		switch {
		case v.slots[slotOrganisation] == "":
			return &PersonError{Field: "organisation", What: "its name is missing or holds a web address"}
		case p.People <= 0:
			return &PersonError{Field: "people", What: "it has nobody in the file"}
		}
		v.slots[slotPeople] = r.composer.languages[r.content.Language(p.Locale)].words.number(p.People)
	} else if p.Organisation != "" || p.People != 0 {
		return &PersonError{Field: "organisation", What: "this template is not about an organisation"}
	}
	return nil
}

// stencil finds the stencil for a person's language, kinds and filled slots,
// or makes it.
func (r *Round) stencil(v *values, p Recipient) (*stencil, error) {
	locale := r.content.Language(p.Locale)
	var room [512]byte
	key := append(room[:0], locale...)
	for slot := range slots {
		if v.slots[slot] != "" {
			key = append(key, 0, 'a'+byte(slot))
		}
	}
	for _, kind := range p.Kinds {
		key = append(append(key, 0, '/'), kind...)
	}
	if !p.PreviousOn.IsZero() {
		key = p.PreviousOn.AppendFormat(append(key, 0, '@'), time.DateOnly)
	}
	r.mu.RLock()
	found, ok := r.stencils[string(key)]
	r.mu.RUnlock()
	if !ok {
		found = r.prepare(locale, v, p)
		r.mu.Lock()
		if len(r.stencils) >= maxStencils {
			clear(r.stencils)
		}
		r.stencils[string(key)] = found
		r.mu.Unlock()
	}
	return found.stencil, found.err
}

// prepare makes a stencil. What Check finds here, after the content has passed
// for the whole round, lies in the person's own kinds of data.
func (r *Round) prepare(locale string, v *values, p Recipient) prepared {
	d := r.Communication(Recipient{Locale: locale, Kinds: slices.Clone(p.Kinds), PreviousOn: p.PreviousOn})
	made, err := r.composer.makeStencil(d, v)
	var incomplete *IncompleteError
	if errors.As(err, &incomplete) {
		return prepared{err: &PersonError{
			Field: incomplete.Problems[0].Field, What: incomplete.Problems[0].What, cause: incomplete,
		}}
	}
	if err != nil {
		return prepared{err: fmt.Errorf("prepare the round: %w", err)}
	}
	return prepared{stencil: made}
}
