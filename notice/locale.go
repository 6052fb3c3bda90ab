package notice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

// vocabulary is locale.json: what a language needs beyond its templates for
// people affected.
type vocabulary struct {
	// Language is the language's name in the language itself.
	Language string `json:"language"`
	// Reviewed is the day and the role of the person who last read the texts
	// as a speaker of the language, "2026-12-01, translator"; empty when nobody
	// has.
	Reviewed string `json:"reviewed"`
	// Months begin with January, in the form that Date needs.
	Months []string `json:"months"`
	// Date is a pattern with {day}, {month} and {year}.
	Date string `json:"date"`
	// FirstDay is how the first day of a month is written, as "1er" in French.
	FirstDay string `json:"first_day"`
	// Group stands between groups of three digits in a number of five digits or
	// more.
	Group string `json:"group"`
	// ExerciseMark begins the subject of a drill.
	ExerciseMark string `json:"exercise_mark"`
	// ExerciseBanner begins and ends the text of a drill.
	ExerciseBanner string `json:"exercise_banner"`
	// TestMark begins the subject of a test of a draft.
	TestMark string `json:"test_mark"`
	// TestBanner begins and ends the text of such a test.
	TestBanner string `json:"test_banner"`
	// Article34 is how Art. 34 GDPR is cited, in the form the texts need.
	Article34 string `json:"article_34"`
	// Statements say per template whether the reader's data are affected.
	Statements map[string]string `json:"statements"`
	// DataKinds are the names of kinds of data by their key (gdpr.DataKinds).
	DataKinds map[string]string `json:"data_kinds"`
	// Advice are the sentences of advice by the key of their rule (advice.json).
	Advice map[string]string `json:"advice"`
}

func readVocabulary(files fs.FS, language string) (vocabulary, error) {
	name := path.Join(language, "locale.json")
	var v vocabulary
	if err := readJSON(files, name, &v); err != nil {
		return vocabulary{}, err
	}
	missing := func(what string) error {
		return fmt.Errorf("read %s: %s is missing or incomplete", name, what)
	}
	if len(v.Months) != 12 {
		return vocabulary{}, missing("months")
	}
	for what, text := range map[string]string{
		"language": v.Language, "date": v.Date, "first_day": v.FirstDay, "group": v.Group, "article_34": v.Article34,
		"exercise_mark": v.ExerciseMark, "exercise_banner": v.ExerciseBanner,
		"test_mark": v.TestMark, "test_banner": v.TestBanner,
	} {
		if strings.TrimSpace(text) == "" && (what != "group" || text != "\u00a0" && text != "\u202f") {
			return vocabulary{}, missing(what)
		}
	}
	for _, template := range Templates() {
		if strings.TrimSpace(v.Statements[template]) == "" {
			return vocabulary{}, missing("statements." + template)
		}
	}
	if len(v.Statements) != len(Templates()) {
		return vocabulary{}, fmt.Errorf("read %s: statements has a template that does not exist", name)
	}
	for what, texts := range map[string]map[string]string{"data_kinds": v.DataKinds, "advice": v.Advice} {
		if len(texts) == 0 {
			return vocabulary{}, missing(what)
		}
		for key, text := range texts {
			if strings.TrimSpace(text) == "" {
				return vocabulary{}, missing(what + "." + key)
			}
		}
	}
	if v.Reviewed != "" {
		day, who, found := strings.Cut(v.Reviewed, ", ")
		if _, err := time.Parse(time.DateOnly, day); err != nil || !found || strings.TrimSpace(who) == "" {
			return vocabulary{}, fmt.Errorf(`read %s: reviewed must be empty or such as "2026-12-01, translator"`, name)
		}
	}
	return v, nil
}

// readJSON reads one file strictly: an unknown key is a misspelt one.
func readJSON(files fs.FS, name string, into any) error {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("read mail templates: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

func (v vocabulary) fill(pattern string, t time.Time, more ...string) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = v.FirstDay
	}
	pairs := append([]string{
		"{day}", day, "{month}", v.Months[t.Month()-1], "{year}", strconv.Itoa(t.Year()), "{time}", clock(t),
	}, more...)
	return strings.NewReplacer(pairs...).Replace(pattern)
}

// number writes a count as the language groups its digits; four digits stand
// together in each of them.
func (v vocabulary) number(n int) string {
	digits := strconv.Itoa(n)
	if n < 10_000 {
		return digits
	}
	head := (len(digits)-1)%3 + 1
	out := digits[:head]
	for ; head < len(digits); head += 3 {
		out += v.Group + digits[head:head+3]
	}
	return out
}

func clock(t time.Time) string {
	if t.Second() != 0 {
		return t.Format("15:04:05")
	}
	return t.Format("15:04")
}

// date is the calendar date of t in t's own location, empty for the zero time.
func (v vocabulary) date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return v.fill(v.Date, t)
}
