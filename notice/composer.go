package notice

import (
	"bytes"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	texttemplate "text/template"
	"unicode/utf8"
)

// The templates that a language consists of, besides locale.json.
const (
	// TemplateReminder is the reminder of an obligation.
	TemplateReminder = "reminder"
	// TemplateAffected is the Art. 34 communication to an affected person.
	TemplateAffected = "affected"
	// TemplateCheckpoint is the checkpoint of the record. It is text only.
	TemplateCheckpoint = "checkpoint"
)

// Config is what all messages have in common.
type Config struct {
	// From is the sender's bare address, already accepted by
	// smtp.ParseAddress.
	From string
	// FromName is the name shown with it, on one line; may be empty.
	FromName string
	// Controller is the controller's name: the sender named in reminders and
	// checkpoints, and in a communication that names none.
	Controller string
	// DefaultLocale is the language for people whose own is not available.
	// Empty means "en", or the first there is.
	DefaultLocale string
}

// Composer makes messages. It is safe for concurrent use.
type Composer struct {
	config    Config
	languages map[string]language
}

// language is one folder: parsed templates and vocabulary.
type language struct {
	name  string
	words vocabulary
	text  map[string]*texttemplate.Template
	html  map[string]*htmltemplate.Template
}

// New reads every language in files (templates.Mail()) and renders each
// template once with made-up data, so that a broken one stops the program when
// it starts and not the messages on the day they are needed.
func New(files fs.FS, config Config) (*Composer, error) {
	if !plainAddress(config.From) {
		return nil, errors.New("notices: the sender must be a plain address such as notices@example.org")
	}
	if !headerSafe(config.FromName) || !headerSafe(config.Controller) {
		return nil, errors.New("notices: the sender's and the controller's name must be one line without control characters")
	}
	config.FromName = withoutEncodedWords(oneLine(config.FromName, maxName))
	config.Controller = oneLine(config.Controller, maxLine)

	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("read mail templates: %w", err)
	}
	c := &Composer{config: config, languages: make(map[string]language)}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		read, err := readLanguage(files, entry.Name())
		if err != nil {
			return nil, err
		}
		c.languages[read.name] = read
	}
	if len(c.languages) == 0 {
		return nil, errors.New("read mail templates: there is no language")
	}
	if c.config.DefaultLocale == "" {
		c.config.DefaultLocale = c.Locales()[0]
		if _, ok := c.languages["en"]; ok {
			c.config.DefaultLocale = "en"
		}
	}
	if _, ok := c.languages[c.config.DefaultLocale]; !ok {
		return nil, fmt.Errorf("notices: there is no language %q, there are %s", c.config.DefaultLocale, strings.Join(c.Locales(), ", "))
	}
	for _, name := range c.Locales() {
		if err := c.tryOut(name); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func readLanguage(files fs.FS, name string) (language, error) {
	words, err := readVocabulary(files, name)
	if err != nil {
		return language{}, err
	}
	read := language{
		name: name, words: words,
		text: make(map[string]*texttemplate.Template),
		html: make(map[string]*htmltemplate.Template),
	}
	for _, kind := range []string{TemplateReminder, TemplateAffected, TemplateCheckpoint} {
		text, err := texttemplate.New(kind+".txt").Option("missingkey=error").
			Funcs(texttemplate.FuncMap{"heading": heading, "stop": stop}).
			ParseFS(files, path.Join(name, kind+".txt"))
		if err != nil {
			return language{}, fmt.Errorf("read language %s: %w", name, err)
		}
		if text.Lookup("subject") == nil {
			return language{}, fmt.Errorf(`read language %s: %s.txt does not define "subject"`, name, kind)
		}
		read.text[kind] = text
		if kind == TemplateCheckpoint {
			continue
		}
		html, err := htmltemplate.New("layout.html").Option("missingkey=error").
			Funcs(htmltemplate.FuncMap{"stop": stop}).
			ParseFS(files, "layout.html", path.Join(name, kind+".html"))
		if err != nil {
			return language{}, fmt.Errorf("read language %s: %w", name, err)
		}
		read.html[kind] = html
	}
	return read, nil
}

// heading underlines a heading of the text part. Check recognises sections by
// the line beneath.
func heading(text string) string {
	return text + "\n" + strings.Repeat("-", utf8.RuneCountInString(text))
}

// stop ends a sentence after a name that may end in a full stop of its own, as
// in "S.A.".
func stop(text string) string {
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// Locales are the languages there are, in alphabetical order.
func (c *Composer) Locales() []string {
	names := make([]string, 0, len(c.languages))
	for name := range c.languages {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Match picks the language for a tag such as "es-MX" or "en_GB": the language
// itself, else its first part, else the default.
func (c *Composer) Match(tag string) string {
	tag = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"))
	for tag != "" {
		for name := range c.languages {
			if strings.EqualFold(name, tag) {
				return name
			}
		}
		tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)]
	}
	return c.config.DefaultLocale
}

// frame is what every view has; the views embed it.
type frame struct {
	// Lang is the language for the HTML document.
	Lang string
	// Mark is the exercise mark with a space, or empty.
	Mark string
	// Banner is the exercise banner, or empty.
	Banner string
	// Subject is the finished subject, for the HTML title.
	Subject string
	// Controller is the controller's name.
	Controller string
}

func (c *Composer) frame(l language, controller string, exercise bool) frame {
	f := frame{Lang: l.name, Controller: oneLine(controller, maxLine)}
	if f.Controller == "" {
		f.Controller = c.config.Controller
	}
	if exercise {
		f.Mark, f.Banner = l.words.ExerciseMark+" ", l.words.ExerciseBanner
	}
	return f
}

// view is a set of data that templates see, with a place for the subject.
type view interface{ setSubject(string) }

func (f *frame) setSubject(subject string) { f.Subject = subject }

// render fills the templates into memory. An error means that nothing of the
// message exists.
func (l language) render(kind string, data view) (Rendered, error) {
	var subject, text, html bytes.Buffer
	if err := l.text[kind].ExecuteTemplate(&subject, "subject", data); err != nil {
		return Rendered{}, l.failed(kind, err)
	}
	rendered := Rendered{Subject: withoutEncodedWords(oneLine(subject.String(), maxSubject))}
	if rendered.Subject == "" {
		return Rendered{}, fmt.Errorf("render %s in %s: the subject is empty", kind, l.name)
	}
	data.setSubject(rendered.Subject)
	if err := l.text[kind].Execute(&text, data); err != nil {
		return Rendered{}, l.failed(kind, err)
	}
	rendered.Text = strings.Trim(text.String(), "\n") + "\n"
	if document, ok := l.html[kind]; ok {
		if err := document.Execute(&html, data); err != nil {
			return Rendered{}, l.failed(kind, err)
		}
		rendered.HTML = html.String()
	}
	return rendered, nil
}

// failed names the template and the place. The library's error names fields
// and lines, never values of ours: views hold plain strings only.
func (l language) failed(kind string, err error) error {
	return fmt.Errorf("render %s in %s: %w", kind, l.name, err)
}
