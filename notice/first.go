package notice

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// MeasureNotified is the measure of a first draft that says that the authority
// was notified. The other measures are named by the task that was done.
const MeasureNotified = "notified"

// firstWords is first.json: what a language says in the first draft of a
// notice, before anybody has written a word. It claims nothing that a case does
// not record.
type firstWords struct {
	// ContactName is who the data protection officer is in this language.
	ContactName string `json:"contact_name"`
	// Nature says what happened, in a way that is true for every template.
	Nature []string `json:"nature"`
	// Consequences are the likely ones, by template: affected for people,
	// affected_organisation for those who read of others.
	Consequences map[string][]string `json:"consequences"`
	// Measures are sentences by what was done.
	Measures map[string]string `json:"measures"`
}

func readFirst(files fs.FS, language string) (firstWords, error) {
	name := path.Join(language, "first.json")
	var f firstWords
	if err := readJSON(files, name, &f); err != nil {
		return firstWords{}, err
	}
	texts := slices.Concat([]string{f.ContactName}, f.Nature)
	for _, template := range []string{TemplateAffected, TemplateAffectedOrganisation} {
		if len(f.Consequences[template]) == 0 {
			return firstWords{}, fmt.Errorf("read %s: consequences.%s is missing", name, template)
		}
		texts = append(texts, f.Consequences[template]...)
	}
	if len(f.Nature) == 0 || f.Measures[MeasureNotified] == "" || len(f.Consequences) != 2 {
		return firstWords{}, fmt.Errorf("read %s: it needs nature, measures.%s, and the consequences of two templates", name, MeasureNotified)
	}
	for _, measure := range f.Measures {
		texts = append(texts, measure)
	}
	for _, text := range texts {
		if strings.TrimSpace(text) == "" || text != sentence(text, len(text)) {
			return firstWords{}, fmt.Errorf("read %s: each text is one line and not empty", name)
		}
	}
	return f, nil
}

// FirstWords are the words with which the draft of a notice begins, in the
// language that Match gives for locale. done are the measures that the case
// records, in the order in which they are told: codes of tasks and
// [MeasureNotified]; one that the language has no sentence for is left out.
// What only the controller can know (what changed, how a list is received) is
// empty, and so is what does not belong to the template.
func (c *Composer) FirstWords(locale, template string, done []string) Words {
	first := c.languages[c.Match(locale)].first
	words := Words{ContactName: first.ContactName, Nature: slices.Clone(first.Nature)}
	for _, code := range done {
		if text := first.Measures[code]; text != "" {
			words.Measures = append(words.Measures, text)
		}
	}
	switch template {
	case TemplateNotAffected:
	case TemplateAffectedOrganisation:
		words.Consequences = slices.Clone(first.Consequences[TemplateAffectedOrganisation])
	default:
		words.Consequences = slices.Clone(first.Consequences[TemplateAffected])
	}
	return words
}
