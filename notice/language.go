package notice

import (
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

// language is one folder: parsed templates and vocabulary.
type language struct {
	name  string
	words vocabulary
	first firstWords
	check CheckPage
	team  *teamWords // nil when the folder has no mails for the team
	text  map[string]*texttemplate.Template
	html  map[string]*htmltemplate.Template
}

func readLanguage(files fs.FS, name string, rules []adviceRule) (language, error) {
	words, err := readVocabulary(files, name)
	if err != nil {
		return language{}, err
	}
	if err := checkAdvice(name, words, rules); err != nil {
		return language{}, err
	}
	first, err := readFirst(files, name)
	if err != nil {
		return language{}, err
	}
	check, err := readCheckPage(files, name)
	if err != nil {
		return language{}, err
	}
	read := language{
		name: name, words: words, first: first, check: check,
		text: make(map[string]*texttemplate.Template),
		html: make(map[string]*htmltemplate.Template),
	}
	for _, template := range Templates() {
		if err := read.parse(files, name, template, true); err != nil {
			return language{}, err
		}
	}
	if err := read.readPublic(files); err != nil {
		return language{}, err
	}
	if _, err := fs.Stat(files, path.Join(name, teamFolder)); errors.Is(err, fs.ErrNotExist) {
		return read, nil
	}
	if read.team, err = readTeamWords(files, name, words); err != nil {
		return language{}, err
	}
	for _, template := range teamTemplates() {
		if err := read.parse(files, path.Join(name, teamFolder), template, template == TemplateReminder || template == TemplateErasure); err != nil {
			return language{}, err
		}
	}
	return read, nil
}

// parse reads one template of a folder.
func (l *language) parse(files fs.FS, folder, template string, withHTML bool) error {
	text, err := texttemplate.New(template+".txt").Option("missingkey=error").
		Funcs(texttemplate.FuncMap{"heading": heading, "stop": stop}).
		ParseFS(files, path.Join(folder, template+".txt"))
	if err != nil {
		return fmt.Errorf("read language %s: %w", l.name, err)
	}
	if text.Lookup("subject") == nil {
		return fmt.Errorf(`read language %s: %s.txt does not define "subject"`, l.name, template)
	}
	l.text[template] = text
	if !withHTML {
		return nil
	}
	html, err := htmltemplate.New("layout.html").Option("missingkey=error").
		Funcs(htmltemplate.FuncMap{"stop": stop}).
		ParseFS(files, "layout.html", path.Join(folder, template+".html"))
	if err != nil {
		return fmt.Errorf("read language %s: %w", l.name, err)
	}
	l.html[template] = html
	return nil
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

// Translation is what is known of a language's texts. Show it to whoever
// approves a round: no text leaves without somebody's decision, and that
// nobody has read it as a speaker of the language belongs to the decision.
type Translation struct {
	// Locale is the language's tag, such as "de".
	Locale string
	// Language is its name in the language itself, such as "Deutsch".
	Language string
	// Reviewed is the day and role of the last review by a speaker, such as
	// "2026-12-01, translator"; empty when nobody has reviewed the texts.
	Reviewed string
	// Team tells whether reminders and checkpoints exist in it.
	Team bool
}

// Translations are all languages in alphabetical order of their tags.
func (c *Composer) Translations() []Translation {
	out := make([]Translation, 0, len(c.languages))
	for _, name := range c.Locales() {
		l := c.languages[name]
		out = append(out, Translation{Locale: name, Language: l.words.Language, Reviewed: l.words.Reviewed, Team: l.team != nil})
	}
	return out
}

// Unreviewed are those of the given languages whose texts no speaker has
// reviewed, in alphabetical order; of all languages when none is given.
func (c *Composer) Unreviewed(locales ...string) []string {
	var out []string
	for _, t := range c.Translations() {
		if t.Reviewed == "" && (len(locales) == 0 || slices.Contains(locales, t.Locale)) {
			out = append(out, t.Locale)
		}
	}
	return out
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
	if _, ok := c.languages[tag]; ok {
		return tag
	}
	for tag := range nearerTags(tag) {
		for name := range c.languages {
			if strings.EqualFold(name, tag) {
				return name
			}
		}
	}
	return c.config.DefaultLocale
}

// nearerTags gives a tag in lower case and then each shorter form of it:
// "es-latn-es", "es-latn", "es".
func nearerTags(tag string) func(yield func(string) bool) {
	tag = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"))
	return func(yield func(string) bool) {
		for tag := tag; tag != ""; tag = tag[:max(strings.LastIndexByte(tag, '-'), 0)] {
			if !yield(tag) {
				return
			}
		}
	}
}

// teamLanguage is the language of a mail to the team: the matching one when it
// has such mails, else the default, else English, else the first that has.
func (c *Composer) teamLanguage(tag string) language {
	for _, name := range append([]string{c.Match(tag), c.config.DefaultLocale, "en"}, c.Locales()...) {
		if l, ok := c.languages[name]; ok && l.team != nil {
			return l
		}
	}
	panic("notice: no language has a team folder, which New refuses")
}
