package notice

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
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
	// CheckURL is this installation's page for checking a code; may be empty. A
	// notice names another page than the controller's only when it is this one
	// or beneath it.
	CheckURL string
}

// Composer makes messages. It is safe for concurrent use.
type Composer struct {
	config    Config
	languages map[string]language
	rules     []adviceRule
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

	rules, err := readAdvice(files)
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("read mail templates: %w", err)
	}
	c := &Composer{config: config, languages: make(map[string]language), rules: rules}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		read, err := readLanguage(files, entry.Name(), rules)
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
	if !slices.ContainsFunc(c.Locales(), func(name string) bool { return c.languages[name].team != nil }) {
		return nil, errors.New("read mail templates: no language has a team folder with reminders and checkpoints")
	}
	for _, name := range c.Locales() {
		if err := c.tryOut(name); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// As gives a composer that writes in the name of another controller. A name that
// is empty, or that no header can hold, changes nothing.
func (c *Composer) As(controller string) *Composer {
	if controller == "" || !headerSafe(controller) {
		return c
	}
	other := *c
	other.config.Controller = oneLine(controller, maxLine)
	return &other
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
