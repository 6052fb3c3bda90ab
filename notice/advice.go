package notice

import (
	"fmt"
	"io/fs"
	"slices"
)

// adviceFile orders the advice: which sentence for which kinds of data. It is
// one for all languages, since what helps does not depend on the language; the
// sentences are in each locale.json.
const adviceFile = "advice.json"

// adviceRule is one line of advice.json.
type adviceRule struct {
	// Key names the sentence in the "advice" of each locale.json.
	Key string `json:"key"`
	// Kinds are the exposed kinds of data that call for it; "*" is any.
	Kinds []string `json:"kinds"`
	// NotExposed are kinds that call for it when they are said not to be
	// exposed.
	NotExposed []string `json:"not_exposed"`
	// Unless are exposed kinds that forbid it.
	Unless []string `json:"unless"`
}

func (r adviceRule) fits(exposed, notExposed []string) bool {
	within := func(kinds []string) func(string) bool {
		return func(kind string) bool { return slices.Contains(kinds, kind) }
	}
	if len(exposed) == 0 || slices.ContainsFunc(exposed, within(r.Unless)) {
		return false
	}
	return slices.Contains(r.Kinds, "*") || slices.ContainsFunc(exposed, within(r.Kinds)) ||
		slices.ContainsFunc(notExposed, within(r.NotExposed))
}

func readAdvice(files fs.FS) ([]adviceRule, error) {
	var rules []adviceRule
	if err := readJSON(files, adviceFile, &rules); err != nil {
		return nil, err
	}
	var keys []string
	for _, r := range rules {
		if r.Key == "" || len(r.Kinds)+len(r.NotExposed) == 0 || slices.Contains(keys, r.Key) {
			return nil, fmt.Errorf("read %s: each rule has a key of its own and kinds of data", adviceFile)
		}
		keys = append(keys, r.Key)
	}
	return rules, nil
}

// checkAdvice makes sure that a language has the sentence of each rule and no
// other, and that the rules name kinds of data that the language knows.
func checkAdvice(name string, words vocabulary, rules []adviceRule) error {
	for _, r := range rules {
		if words.Advice[r.Key] == "" {
			return fmt.Errorf("read %s/locale.json: advice.%s is missing", name, r.Key)
		}
		for _, kind := range slices.Concat(r.Kinds, r.NotExposed, r.Unless) {
			if kind != "*" && words.DataKinds[kind] == "" {
				return fmt.Errorf("read %s: language %s has no kind of data %q", adviceFile, name, kind)
			}
		}
	}
	if len(words.Advice) != len(rules) {
		return fmt.Errorf("read %s/locale.json: advice has a sentence that no rule uses", name)
	}
	return nil
}

// Advice is what a person whose data of these kinds were exposed can do, in
// the language that Match gives for locale: each sentence once, the most
// urgent first. notExposed are kinds that were not exposed, for sentences such
// as that a password need not be changed. Without exposed kinds there is none.
func (c *Composer) Advice(locale string, exposed, notExposed []string) []string {
	return c.advice(c.languages[c.Match(locale)], exposed, notExposed)
}

func (c *Composer) advice(l language, exposed, notExposed []string) []string {
	var out []string
	for _, r := range c.rules {
		if r.fits(exposed, notExposed) {
			out = append(out, l.words.Advice[r.Key])
		}
	}
	return out
}
