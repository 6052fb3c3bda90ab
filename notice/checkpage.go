package notice

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"
)

// CheckPage is check.json: the words of the page on which a reader enters the
// code of a notice. Lists are points, one each.
type CheckPage struct {
	// Title asks whether the message is genuine.
	Title string `json:"title"`
	// Intro says who writes and what to enter; with {controller}.
	Intro string `json:"intro"`
	// Label and Button belong to the field for the code.
	Label  string `json:"label"`
	Button string `json:"button"`
	// GenuineTitle and Genuine say that the code is known; Genuine with
	// {controller} and {date}.
	GenuineTitle string `json:"genuine_title"`
	Genuine      string `json:"genuine"`
	// Says leads to the sentence that the genuine message holds.
	Says string `json:"says"`
	// Reference names the incident; with {reference}.
	Reference string `json:"reference"`
	// Exercise says that the code belongs to a drill.
	Exercise string `json:"exercise"`
	// CompareTitle and Compare warn that a code can be copied.
	CompareTitle string   `json:"compare_title"`
	Compare      []string `json:"compare"`
	// UnknownTitle and Unknown say what to do about a code that is not known.
	UnknownTitle string   `json:"unknown_title"`
	Unknown      []string `json:"unknown"`
	// Contact is the heading over the controller's contact point.
	Contact string `json:"contact"`
	// TooMany asks to come back later, after many wrong codes from one network.
	TooMany string `json:"too_many"`
	// Away says that nothing can be checked now.
	Away string `json:"away"`
	// Again leads back to an empty field.
	Again string `json:"again"`
	// Language is the word for the choice of a language.
	Language string `json:"language"`
}

func readCheckPage(files fs.FS, language string) (CheckPage, error) {
	name := path.Join(language, "check.json")
	var p CheckPage
	if err := readJSON(files, name, &p); err != nil {
		return CheckPage{}, err
	}
	for key, texts := range map[string][]string{
		"title": {p.Title}, "intro": {p.Intro}, "label": {p.Label}, "button": {p.Button}, "genuine_title": {p.GenuineTitle},
		"genuine": {p.Genuine}, "says": {p.Says}, "reference": {p.Reference}, "exercise": {p.Exercise},
		"compare_title": {p.CompareTitle}, "compare": p.Compare, "unknown_title": {p.UnknownTitle}, "unknown": p.Unknown,
		"contact": {p.Contact}, "too_many": {p.TooMany}, "away": {p.Away}, "again": {p.Again}, "language": {p.Language},
	} {
		if len(texts) == 0 {
			return CheckPage{}, fmt.Errorf("read %s: %s is missing or incomplete", name, key)
		}
		for _, text := range texts {
			if strings.TrimSpace(text) == "" {
				return CheckPage{}, fmt.Errorf("read %s: %s is missing or incomplete", name, key)
			}
			wanted := checkPlaces[key]
			for _, place := range wanted {
				if strings.Count(text, place) != 1 {
					return CheckPage{}, fmt.Errorf("read %s: %s must hold %s once", name, key, place)
				}
			}
			if strings.Count(text, "{") != len(wanted) {
				return CheckPage{}, fmt.Errorf("read %s: %s holds a place in braces that nothing fills", name, key)
			}
		}
	}
	return p, nil
}

// checkPlaces are the places in the words of the page that are filled in.
var checkPlaces = map[string][]string{
	"intro": {"{controller}"}, "genuine": {"{controller}", "{date}"}, "reference": {"{reference}"},
}

// Language is a language that pages for readers of notices can be shown in.
type Language struct {
	// Locale is its tag, such as es.
	Locale string
	// Name is its name in the language itself.
	Name string
}

// Languages are the languages there are, by their tags in alphabetical order.
func (c *Composer) Languages() []Language {
	list := make([]Language, 0, len(c.languages))
	for _, name := range c.Locales() {
		list = append(list, Language{Locale: name, Name: c.languages[name].words.Language})
	}
	return list
}

// CheckPage gives the words of the page for checking a code in one of the
// Locales, with the controller's name filled in.
func (c *Composer) CheckPage(locale string) CheckPage {
	p := c.languages[c.Match(locale)].check
	p.Intro = strings.ReplaceAll(p.Intro, "{controller}", c.config.Controller)
	return p
}

// CheckedNotice says what is known of a notice whose code was entered.
type CheckedNotice struct {
	// Sent says who sent the notice and on which day.
	Sent string
	// Statement is the sentence of the notice that says whether its reader's
	// data are affected; empty for a template that is not known.
	Statement string
	// Reference names the incident.
	Reference string
}

// Checked puts into words that a notice by a template left on a day, in the
// location of sent, about the incident of a reference such as INC-2026-0007.
func (c *Composer) Checked(locale, template string, sent time.Time, reference string) CheckedNotice {
	l := c.languages[c.Match(locale)]
	return CheckedNotice{
		Sent:      strings.NewReplacer("{controller}", c.config.Controller, "{date}", l.words.date(sent)).Replace(l.check.Genuine),
		Statement: l.words.Statements[template],
		Reference: strings.ReplaceAll(l.check.Reference, "{reference}", reference),
	}
}

// IsPage tells whether text is the address of a page that a notice may name:
// https, a host name with a dot, no query, fragment or credentials.
func IsPage(text string) bool { return ownPage(text) }
