package notice

import (
	"fmt"
	"strings"
	"time"
)

// Communication is the message to one person about a breach: to somebody
// affected under GDPR Art. 34, or one of the other [Templates]. All texts are
// the controller's, in the language of Locale.
type Communication struct {
	// Template is one of Templates; empty means TemplateAffected.
	Template string
	// Locale is the reader's language tag; an unknown one becomes the default.
	// The texts below must be in the language that Match gives for it.
	Locale string
	// Exercise marks the incident as a drill.
	Exercise bool
	// PersonName is the name to greet by. It may be empty; what cannot be a
	// name is not used.
	PersonName string
	// ControllerName is who writes; empty means Config.Controller.
	ControllerName string
	// Contact is where more can be learnt: Art. 33(3)(b). Answers go there.
	Contact Contact
	// Nature says what happened, Art. 34(2), in one or more paragraphs
	// separated by line breaks.
	Nature string
	// OccurredOn is the day of the breach, in its own location; zero when it
	// is not known and not said.
	OccurredOn time.Time
	// DiscoveredOn is the day on which the controller learnt of it; zero when
	// it is not said.
	DiscoveredOn time.Time
	// PreviousOn is the day of the message that a follow-up follows up; zero in
	// other templates.
	PreviousOn time.Time
	// Changes are what is new in a follow-up, one point each.
	Changes []string
	// Organisation is the organisation whose administrator is written to, in
	// TemplateAffectedOrganisation alone.
	Organisation string
	// People is how many people of Organisation are in the file.
	People int
	// ListAccess says how Organisation receives the list of its people, one
	// paragraph each; without it the notice says to ask the contact.
	ListAccess []string
	// VendorName is the provider in whose systems it happened; may be empty.
	VendorName string
	// DataKinds are the keys of this person's exposed data (gdpr.DataKinds);
	// for an organisation, of all its people taken together; for somebody who
	// is not affected, none.
	DataKinds []string
	// NotExposed are the keys of data that readers will ask about and that
	// were not exposed.
	NotExposed []string
	// Consequences are the likely consequences, Art. 33(3)(c), one point each.
	Consequences []string
	// Measures are those taken or proposed, Art. 33(3)(d), one point each.
	Measures []string
	// Advice is what the reader can do, one point each; may be empty.
	Advice []string
	// AdviceByKind adds what Composer.Advice has for DataKinds and NotExposed,
	// after Advice.
	AdviceByKind bool
	// PageURL is the controller's own page on the breach, the only link. The
	// same for everybody: https, without query or fragment. May be empty.
	PageURL string
	// VerifyURL is the page on which the reader enters Code to check that the
	// notice is genuine: beneath PageURL or Config.CheckURL, the same for
	// everybody. Without it no code is printed.
	VerifyURL string
	// Code is this person's code, from Code; needed when VerifyURL is given.
	Code string
	// Reference is the code to quote when answering; may be empty.
	Reference string
}

// Contact is the data protection officer or another contact point.
type Contact struct {
	// Name is who or what office.
	Name string
	// Email is a bare address; may be empty when Phone is not.
	Email string
	// Phone is a telephone number; may be empty when Email is not.
	Phone string
}

func (d Communication) template() string {
	if d.Template == "" {
		return TemplateAffected
	}
	return d.Template
}

type communicationView struct {
	frame
	Person, Statement, Article34            string
	ContactName, ContactEmail, ContactPhone string
	Nature                                  []string
	OccurredOn, DiscoveredOn, PreviousOn    string
	Changes, ListAccess                     []string
	Organisation, People                    string
	Vendor                                  string
	DataKinds, NotExposed                   []string
	Consequences, Measures, Advice          []string
	PageURL, VerifyURL, Code, Reference     string
}

// IncompleteError is a communication that may not go out.
type IncompleteError struct {
	// Problems are all that Check found.
	Problems []Problem
}

// Error lists the fields and the rules, and no text of the communication.
func (e *IncompleteError) Error() string {
	points := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		points[i] = p.String()
	}
	return "the communication cannot be sent: " + strings.Join(points, "; ")
}

// Communication composes the message and checks it. When Check finds anything
// the error is an *IncompleteError, and there is no message. A fault of the
// envelope is a *PersonError. To write to many people use [Composer.Round].
func (c *Composer) Communication(e Envelope, d Communication) (Message, error) {
	if !isTemplate(d.template()) {
		return Message{}, &IncompleteError{Problems: []Problem{unknownTemplate()}}
	}
	message, err := c.composeCommunication(e, d)
	if err != nil {
		return Message{}, err
	}
	if problems := c.Check(message.Bytes, d); len(problems) > 0 {
		return Message{}, &IncompleteError{Problems: problems}
	}
	return message, nil
}

func (c *Composer) composeCommunication(e Envelope, d Communication) (Message, error) {
	l := c.languages[c.Match(d.Locale)]
	rendered, err := l.render(d.template(), c.communicationView(l, d))
	if err != nil {
		return Message{}, err
	}
	return c.compose(e, l.name, replyTo(d), rendered)
}

// replyTo is where answers go. A contact that cannot be answered to is one of
// Check's problems.
func replyTo(d Communication) string {
	if email := strings.TrimSpace(d.Contact.Email); plainAddress(email) {
		return email
	}
	return ""
}

func (c *Composer) communicationView(l language, d Communication) *communicationView {
	v := &communicationView{
		frame:        c.frame(l, d.ControllerName, d.Exercise),
		Person:       salutation(d.PersonName),
		Statement:    l.words.Statements[d.template()],
		Article34:    l.words.Article34,
		ContactName:  oneLine(d.Contact.Name, maxLine),
		ContactEmail: oneLine(d.Contact.Email, 254),
		ContactPhone: oneLine(d.Contact.Phone, maxName),
		Nature:       paragraphs(d.Nature),
		OccurredOn:   l.words.date(d.OccurredOn),
		DiscoveredOn: l.words.date(d.DiscoveredOn),
		PreviousOn:   l.words.date(d.PreviousOn),
		Changes:      lines(d.Changes),
		ListAccess:   lines(d.ListAccess),
		Organisation: organisationName(d.Organisation),
		Vendor:       oneLine(d.VendorName, maxLine),
		DataKinds:    l.kindNames(d.DataKinds),
		NotExposed:   l.kindNames(d.NotExposed),
		Consequences: lines(d.Consequences),
		Measures:     lines(d.Measures),
		Advice:       lines(d.Advice),
		PageURL:      d.PageURL,
		Reference:    oneLine(d.Reference, maxName),
	}
	if d.People > 0 {
		v.People = l.words.number(d.People)
	}
	if d.VerifyURL != "" {
		v.VerifyURL, v.Code = d.VerifyURL, d.Code
		if code, ok := ParseCode(d.Code); ok {
			v.Code = code
		} else {
			v.Code = "" // Check reports it
		}
	}
	if d.AdviceByKind {
		for _, advice := range c.advice(l, d.DataKinds, d.NotExposed) {
			v.Advice = appendNew(v.Advice, advice)
		}
	}
	return v
}

func appendNew(list []string, text string) []string {
	for _, old := range list {
		if old == text {
			return list
		}
	}
	return append(list, text)
}

// kindNames leaves unknown keys out; Check reports them.
func (l language) kindNames(keys []string) []string {
	var names []string
	for _, key := range keys {
		if name, ok := l.words.DataKinds[key]; ok {
			names = append(names, name)
		}
	}
	return names
}

// Preview is what an approver sees before a round goes out.
type Preview struct {
	// Rendered is the content as the reader will see it.
	Rendered
	// Problems are what keeps it from being sent; empty when nothing does.
	Problems []Problem
}

// previewCode and previewOrganisation stand in a preview for what only a
// person has.
const (
	previewCode         = "CCCC-CCCC-CCCC"
	previewOrganisation = "N. N."
)

// Preview renders and checks a communication without a recipient: a code, an
// organisation or a number of people that is missing is made up, since only
// one person's message has it. The error is a template's; what the
// communication lacks is in Problems.
func (c *Composer) Preview(d Communication) (Preview, error) {
	if !isTemplate(d.template()) {
		return Preview{Problems: []Problem{unknownTemplate()}}, nil
	}
	d = withSamples(d)
	l := c.languages[c.Match(d.Locale)]
	rendered, err := l.render(d.template(), c.communicationView(l, d))
	if err != nil {
		return Preview{}, err
	}
	message, err := c.composeCommunication(nobody(), d)
	if err != nil {
		return Preview{}, fmt.Errorf("preview: %w", err)
	}
	return Preview{Rendered: rendered, Problems: c.Check(message.Bytes, d)}, nil
}

func withSamples(d Communication) Communication {
	if d.VerifyURL != "" && d.Code == "" {
		d.Code = previewCode
	}
	if d.template() == TemplateAffectedOrganisation {
		if d.Organisation == "" {
			d.Organisation = previewOrganisation
		}
		if d.People == 0 {
			d.People = 1
		}
	}
	return d
}

// nobody is the envelope of a message that is looked at and not sent.
func nobody() Envelope {
	return Envelope{To: "preview@example.invalid", MessageID: "<preview@example.invalid>", Date: time.Unix(0, 0).UTC()}
}
