package notice

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"
	"time"

	"github.com/google/go-cmp/cmp"

	"tocsin/templates"
)

// TestEveryLanguageHasTheSameFiles is what a new folder has to satisfy, with
// the tests below: the files of en, and all or nothing of its team and its public folder.
func TestEveryLanguageHasTheSameFiles(t *testing.T) {
	filesOf := func(folder string) []string {
		var names []string
		entries, err := fs.ReadDir(templates.Mail(), folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if !entry.IsDir() {
				names = append(names, entry.Name())
			} else if entry.Name() != teamFolder && entry.Name() != publicFolder {
				t.Errorf("%s holds a folder %s", folder, entry.Name())
			}
		}
		return names
	}
	c := composer(t)
	if len(c.Locales()) < 10 {
		t.Errorf("only %s", c.Locales())
	}
	for _, locale := range c.Locales() {
		if diff := cmp.Diff(filesOf("en"), filesOf(locale)); diff != "" {
			t.Errorf("%s (-en +%s):\n%s", locale, locale, diff)
		}
		if c.languages[locale].team == nil {
			continue
		}
		if diff := cmp.Diff(filesOf("en/team"), filesOf(path.Join(locale, teamFolder))); diff != "" {
			t.Errorf("%s/team (-en +%s):\n%s", locale, locale, diff)
		}
	}
}

func TestEveryLanguageHasTheSameKeys(t *testing.T) {
	c := composer(t)
	keysOf := func(name string) []string {
		content, err := fs.ReadFile(templates.Mail(), name)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(content, &value); err != nil {
			t.Fatal(err)
		}
		var keys []string
		var walk func(prefix string, value any)
		walk = func(prefix string, value any) {
			object, ok := value.(map[string]any)
			if !ok {
				keys = append(keys, fmt.Sprintf("%s %T", prefix, value))
				return
			}
			for key, value := range object {
				walk(prefix+"."+key, value)
			}
		}
		walk("", value)
		slices.Sort(keys)
		return keys
	}
	for _, locale := range c.Locales() {
		if diff := cmp.Diff(keysOf("en/locale.json"), keysOf(locale+"/locale.json")); diff != "" {
			t.Errorf("%s (-en +%s):\n%s", locale, locale, diff)
		}
		if diff := cmp.Diff(keysOf("en/first.json"), keysOf(locale+"/first.json")); diff != "" {
			t.Errorf("%s, first draft (-en +%s):\n%s", locale, locale, diff)
		}
		if c.languages[locale].team != nil {
			if diff := cmp.Diff(keysOf("en/team/words.json"), keysOf(locale+"/team/words.json")); diff != "" {
				t.Errorf("%s/team (-en +%s):\n%s", locale, locale, diff)
			}
		}
	}
}

// skeleton is a template without its words: the variables, the conditions and
// the headings in their order.
func skeleton(tree *parse.Tree) map[string]int {
	out := make(map[string]int)
	var walk func(node parse.Node)
	walk = func(node parse.Node) {
		switch n := node.(type) {
		case *parse.ListNode:
			if n != nil {
				for _, child := range n.Nodes {
					walk(child)
				}
			}
		case *parse.ActionNode:
			walk(n.Pipe)
		case *parse.PipeNode:
			for _, command := range n.Cmds {
				for _, argument := range command.Args {
					walk(argument)
				}
			}
		case *parse.IfNode:
			walk(n.Pipe)
			walk(n.List)
			walk(n.ElseList)
		case *parse.RangeNode:
			walk(n.Pipe)
			walk(n.List)
			walk(n.ElseList)
		case *parse.WithNode:
			walk(n.Pipe)
			walk(n.List)
			walk(n.ElseList)
		case *parse.FieldNode, *parse.VariableNode:
			out[n.String()]++
		case *parse.IdentifierNode:
			if n.Ident == "heading" {
				out["heading"]++
			}
		case *parse.TextNode:
			out["<h2"] += strings.Count(string(n.Text), "<h2")
			out["<li"] += strings.Count(string(n.Text), "<li")
		}
	}
	walk(tree.Root)
	// Where a name stands in a sentence, and how often, is the language's.
	out[".Controller"] = min(out[".Controller"], 1)
	return out
}

func TestEveryLanguageHasTheSameVariablesAndParts(t *testing.T) {
	c := composer(t)
	english := c.languages["en"]
	for _, locale := range c.Locales() {
		l := c.languages[locale]
		for name := range english.text {
			if l.text[name] == nil {
				continue // the team's, in a language without
			}
			for _, part := range []string{name + ".txt", "subject"} {
				if diff := cmp.Diff(skeleton(english.text[name].Lookup(part).Tree), skeleton(l.text[name].Lookup(part).Tree)); diff != "" {
					t.Errorf("%s/%s %s (-en +%s):\n%s", locale, name, part, locale, diff)
				}
			}
			if english.html[name] == nil {
				continue
			}
			if diff := cmp.Diff(skeleton(english.html[name].Lookup("body").Tree), skeleton(l.html[name].Lookup("body").Tree)); diff != "" {
				t.Errorf("%s/%s.html (-en +%s):\n%s", locale, name, locale, diff)
			}
		}
	}
}

func TestTextAndHTMLSayTheSame(t *testing.T) {
	c := composer(t)
	bullets := regexp.MustCompile(`(?m)^- |^-+$`)
	for _, locale := range c.Locales() {
		for _, template := range Templates() {
			full, bare := c.trial(locale, template)
			for _, d := range []Communication{full, bare} {
				preview, err := c.Preview(d)
				if err != nil {
					t.Fatal(err)
				}
				text := squash(bullets.ReplaceAllString(preview.Text, ""))
				if diff := cmp.Diff(text, squash(inspectHTML(preview.HTML, full.pages()...).text)); diff != "" {
					t.Errorf("%s/%s (-text +HTML):\n%s", locale, template, diff)
				}
			}
		}
	}
}

// TestTypography holds the fixed texts of a language to its rules of spacing
// and signs.
func TestTypography(t *testing.T) {
	c := composer(t)
	forbidden := map[string]map[string]*regexp.Regexp{
		"fr": {
			"a colon, semicolon or mark without its no-break space": regexp.MustCompile(`[^\x{a0}\x{202f}\s][:;!?](\s|$)| [:;!?]`),
			"a straight apostrophe":                                 regexp.MustCompile(`\pL'\pL`),
		},
		"es": {"a question or exclamation that does not begin": regexp.MustCompile(`^[^¿]*\?|^[^¡]*!`)},
		"ca": {"a straight apostrophe": regexp.MustCompile(`\pL'\pL`)},
		"it": {"a straight apostrophe": regexp.MustCompile(`\pL'\pL`)},
		"de": {"English quotation marks": regexp.MustCompile(`"|”`)},
	}
	for locale, rules := range forbidden {
		l := c.languages[locale]
		var texts []string
		for _, template := range Templates() {
			full, _ := c.trial(locale, template)
			preview, err := c.Preview(full)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.SplitSeq(preview.Subject+"\n"+preview.Text, "\n") {
				if !strings.Contains(line, "://") {
					texts = append(texts, line)
				}
			}
		}
		texts = append(texts, slices.Collect(maps.Values(l.words.Advice))...)
		texts = append(texts, l.words.ExerciseBanner)
		for _, template := range Templates() {
			first := c.FirstWords(locale, template, allMeasures)
			texts = append(texts, slices.Concat([]string{first.ContactName}, first.Nature, first.Consequences, first.Measures)...)
		}
		for rule, pattern := range rules {
			for _, text := range texts {
				if pattern.MatchString(text) {
					t.Errorf("%s: %s in %q", locale, rule, text)
				}
			}
		}
	}
}

func TestDatesInEveryLanguage(t *testing.T) {
	c := composer(t)
	ninth, first := time.Date(2025, 11, 9, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	for locale, want := range map[string][2]string{
		"en": {"9 November 2025", "1 April 2026"},
		"es": {"9 de noviembre de 2025", "1 de abril de 2026"},
		"fr": {"9 novembre 2025", "1er avril 2026"},
		"de": {"9. November 2025", "1. April 2026"},
		"it": {"9 novembre 2025", "1º aprile 2026"},
		"pt": {"9 de novembro de 2025", "1 de abril de 2026"},
		"nl": {"9 november 2025", "1 april 2026"},
		"pl": {"9 listopada 2025 roku", "1 kwietnia 2026 roku"},
		"lv": {"2025. gada 9. novembrī", "2026. gada 1. aprīlī"},
		"ca": {"9 de novembre de 2025", "1 d’abril de 2026"},
	} {
		words := c.languages[locale].words
		if got := [2]string{words.date(ninth), words.date(first)}; got != want {
			t.Errorf("%s: %q, want %q", locale, got, want)
		}
	}
}

func TestWhatNobodyReviewedIsTold(t *testing.T) {
	c := composer(t)
	all := c.Translations()
	if len(all) != len(c.Locales()) {
		t.Fatalf("translations %v", all)
	}
	for _, tr := range all {
		if tr.Language == "" || tr.Reviewed == "" && !slices.Contains(c.Unreviewed(), tr.Locale) {
			t.Errorf("translation %+v", tr)
		}
	}
	files := copyOf(t)
	content := string(files["de/locale.json"].Data)
	files["de/locale.json"].Data = []byte(strings.Replace(content, `"reviewed": ""`, `"reviewed": "2026-12-01, translator"`, 1))
	reviewed, err := New(files, Config{From: "notices@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if got := reviewed.Unreviewed("de", "fr", "tlh"); !slices.Equal(got, []string{"fr"}) {
		t.Errorf("unreviewed %v", got)
	}
	for _, wrong := range []string{"yes", "2026-12-01", "2026-13-01, translator", "2026-12-01, "} {
		files["de/locale.json"].Data = []byte(strings.Replace(content, `"reviewed": ""`, `"reviewed": "`+wrong+`"`, 1))
		if _, err := New(files, Config{From: "notices@example.com"}); err == nil {
			t.Errorf("reviewed %q is accepted", wrong)
		}
	}
}

func TestALanguageWithoutTeamMailsFallsBack(t *testing.T) {
	for def, want := range map[string]string{"": "en", "es": "es", "de": "en"} {
		c, err := New(templates.Mail(), Config{From: "notices@example.com", DefaultLocale: def})
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.Reminder(envelope(), sampleReminder(t, "fr"))
		if err != nil || open(t, m.Bytes).header.Get("Content-Language") != want {
			t.Errorf("default %q: the reminder is in %s, %v", def, open(t, m.Bytes).header.Get("Content-Language"), err)
		}
		if m, err = c.Checkpoint(envelope(), sampleCheckpoint(t, "es-MX")); err != nil || open(t, m.Bytes).header.Get("Content-Language") != "es" {
			t.Errorf("a language with team mails is not used: %v", err)
		}
	}
	files := copyOf(t)
	for name := range files {
		if strings.Contains(name, "/team/") {
			delete(files, name)
		}
	}
	if _, err := New(files, Config{From: "notices@example.com"}); err == nil {
		t.Error("New does without any mails for the team")
	}
}
