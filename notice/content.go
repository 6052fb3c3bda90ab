package notice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// Content is what the controller says to all people of a round, as it is
// drafted, approved and kept as a document: the same facts for everybody, the
// words per language. What differs from person to person (name, kinds of data)
// is not in it.
type Content struct {
	// Template is the notice's template, such as affected.
	Template string `json:"template"`
	// Vendor is the provider in whose systems it happened; may be empty.
	Vendor string `json:"vendor,omitempty"`
	// OccurredOn and DiscoveredOn are days as YYYY-MM-DD; empty when not said.
	OccurredOn   string `json:"occurred_on,omitempty"`
	DiscoveredOn string `json:"discovered_on,omitempty"`
	// PreviousOn is the day of the message that a follow_up follows up, as
	// YYYY-MM-DD. Other templates have none.
	PreviousOn string `json:"previous_on,omitempty"`
	// PageURL is the controller's own page, the only link.
	PageURL string `json:"page_url,omitempty"`
	// VerifyURL is the page on which a reader enters the notice's code:
	// beneath PageURL, or this installation's own ([Config].CheckURL). Empty for
	// none, and then no code is printed.
	VerifyURL string `json:"verify_url,omitempty"`
	// AdviceByKind adds, in each language, what helps against the misuse of the
	// person's own kinds of data ([Composer.Advice]), after Advice.
	AdviceByKind bool `json:"advice_by_kind,omitempty"`
	// Email and Phone are the contact point of Art. 33(3)(b).
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
	// NotExposed are the keys of data that were not exposed.
	NotExposed []string `json:"not_exposed,omitempty"`
	// DefaultLanguage is that of people whose own is not among the Locales; empty,
	// or one that is not among them either, means English.
	DefaultLanguage string `json:"default_language,omitempty"`
	// Locales are the words per language.
	Locales map[string]Words `json:"locales"`
}

// Words are the controller's words in one language.
type Words struct {
	// ContactName is the contact point's name in this language.
	ContactName string `json:"contact_name"`
	// Nature says what happened, a paragraph each.
	Nature []string `json:"nature"`
	// Consequences are the likely consequences, a point each.
	Consequences []string `json:"consequences"`
	// Measures are those taken or proposed, a point each.
	Measures []string `json:"measures"`
	// Advice is what the reader can do, a point each.
	Advice []string `json:"advice,omitempty"`
	// Changes are what is new since the first message, a point each; for
	// follow_up alone.
	Changes []string `json:"changes,omitempty"`
	// ListAccess says how an organisation receives the list of its people, a
	// paragraph each; for affected_organisation alone. Without it the notice
	// says to ask the contact.
	ListAccess []string `json:"list_access,omitempty"`
}

// ParseContent reads a content, refusing unknown fields and days that are none.
func ParseContent(raw []byte) (Content, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var c Content
	if err := d.Decode(&c); err != nil {
		return Content{}, fmt.Errorf("content: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Content{}, fmt.Errorf("content: more than one JSON document")
	}
	for name, day := range map[string]string{"occurred_on": c.OccurredOn, "discovered_on": c.DiscoveredOn, "previous_on": c.PreviousOn} {
		if _, err := parseDay(day); err != nil {
			return Content{}, fmt.Errorf("content: %s: %q is not a day; expected YYYY-MM-DD", name, day)
		}
	}
	return c, nil
}

func parseDay(day string) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.DateOnly, day)
}

// Languages are the languages that the content is written in, sorted.
func (c Content) Languages() []string {
	names := make([]string, 0, len(c.Locales))
	for name := range c.Locales {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Language picks the language for a person: the wanted one when the content
// has it, else its first part ("es" for "es-MX"), for Catalan then Spanish,
// which its readers read too, else the content's default, else English, else the
// first.
func (c Content) Language(wanted string) string {
	if _, ok := c.Locales[wanted]; ok {
		return wanted
	}
	for tag := range nearerTags(wanted) {
		if _, ok := c.Locales[tag]; ok {
			return tag
		}
	}
	for tag := range nearerTags(wanted) {
		if _, ok := c.Locales["es"]; ok && tag == "ca" {
			return "es"
		}
	}
	for _, name := range []string{c.DefaultLanguage, "en"} {
		if _, ok := c.Locales[name]; ok {
			return name
		}
	}
	if names := c.Languages(); len(names) > 0 {
		return names[0]
	}
	return ""
}

// Communication gives the notice in a language, before the person's own name,
// kinds of data, code and reference are put in.
func (c Content) Communication(language string) Communication {
	w := c.Locales[language]
	occurred, _ := parseDay(c.OccurredOn) // checked by ParseContent
	discovered, _ := parseDay(c.DiscoveredOn)
	previous, _ := parseDay(c.PreviousOn)
	return Communication{
		Template: c.Template, Locale: language,
		Contact: Contact{Name: w.ContactName, Email: c.Email, Phone: c.Phone},
		Nature:  joinParagraphs(w.Nature), OccurredOn: occurred, DiscoveredOn: discovered, PreviousOn: previous,
		VendorName: c.Vendor, NotExposed: c.NotExposed,
		Consequences: w.Consequences, Measures: w.Measures, Changes: w.Changes, ListAccess: w.ListAccess,
		Advice: w.Advice, AdviceByKind: c.AdviceByKind, PageURL: c.PageURL, VerifyURL: c.VerifyURL,
	}
}

func joinParagraphs(list []string) string {
	var out bytes.Buffer
	for i, p := range list {
		if i > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(p)
	}
	return out.String()
}
