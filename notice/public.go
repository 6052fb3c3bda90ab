package notice

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// TemplatePublic is the public communication of GDPR Art. 34(3)(c): a text for
// a page or a newspaper, which nobody is sent. The languages that have a folder
// public/ have it.
const TemplatePublic = "public"

// publicFolder is the folder of a language with the public communication.
const publicFolder = "public"

// readPublic reads a language's public communication, where it has one.
func (l *language) readPublic(files fs.FS) error {
	folder := path.Join(l.name, publicFolder)
	if _, err := fs.Stat(files, folder); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return l.parse(files, folder, TemplatePublic, true)
}

// hasPublic says whether the language has the public communication.
func (l language) hasPublic() bool { return l.text[TemplatePublic] != nil }

// PublicLocales are the languages of the public communication, sorted.
func (c *Composer) PublicLocales() []string {
	return slices.DeleteFunc(c.Locales(), func(name string) bool { return !c.languages[name].hasPublic() })
}

// Public renders the public communication in the language d.Locale, one of
// PublicLocales, and names what it lacks of GDPR Art. 34(2). People is how many
// are affected as far as is known, 0 for not said. What belongs to one person
// (name, code, organisation) is not used. The error is a template's.
func (c *Composer) Public(d Communication) (Preview, error) {
	d.Template, d.PersonName, d.Code, d.VerifyURL, d.Organisation, d.Reference = TemplatePublic, "", "", "", "", ""
	d.ListAccess, d.Changes, d.PreviousOn = nil, nil, time.Time{}
	l, ok := c.languages[d.Locale]
	if !ok || !l.hasPublic() {
		return Preview{Problems: []Problem{{"locale", ruleClear,
			"there is no public communication in this language: give one of " + strings.Join(c.PublicLocales(), ", ")}}}, nil
	}
	view := c.communicationView(l, d)
	rendered, err := l.render(TemplatePublic, view)
	if err != nil {
		return Preview{}, err
	}
	data := d
	data.People = 0 // checkData knows it of organisations alone
	problems := c.checkData(l, view, data)
	pages := d.pages()
	document := inspectHTML(rendered.HTML, pages...)
	problems = append(problems, document.problems...)
	problems = append(problems, checkLinks(rendered.Subject+"\n"+rendered.Text, pages...)...)
	problems = append(problems, checkSections(rendered.Text)...)
	problems = append(problems, checkVariables(rendered.Subject, rendered.Text)...)
	problems = append(problems, checkPlaceholders(l, rendered.Subject+"\n"+rendered.Text+"\n"+document.text)...)
	problems = append(problems, checkDrill(l, d.Exercise, rendered.Subject, rendered.Text, document.text)...)
	return Preview{Rendered: rendered, Problems: append(problems, checkPresence(l, view, rendered.Text, document.text)...)}, nil
}

// tryOutPublic renders the public communication with full and with bare data.
func (c *Composer) tryOutPublic(name string) error {
	full, bare := c.trial(name, TemplateAffected)
	full.People = 7103
	exercise := full
	exercise.Exercise = true
	for _, d := range []Communication{full, bare, exercise} {
		preview, err := c.Public(d)
		if err != nil {
			return err
		}
		if len(preview.Problems) > 0 {
			return fmt.Errorf("language %s, template %s: %w", name, TemplatePublic, &IncompleteError{Problems: preview.Problems})
		}
	}
	return nil
}
