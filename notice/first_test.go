package notice

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin/templates"
)

// allMeasures are those of a case in which everything was done.
var allMeasures = []string{"cut_integration", "secure_evidence", "ask_vendor", "review_vendors", MeasureNotified}

// firstOf is a first draft as the case of the example would begin it.
func firstOf(c *Composer, locale, template string) Content {
	content := Content{
		Template: template, Vendor: "Vendor Analytics Inc.", OccurredOn: "2025-11-09", DiscoveredOn: "2025-11-25",
		PageURL: "https://www.example.com/incident", Email: "dpo@example.com", Phone: "+34 900 000 000",
		AdviceByKind: template != TemplateNotAffected,
		Locales:      map[string]Words{locale: c.FirstWords(locale, template, allMeasures)},
	}
	return content
}

func TestFirstDraftsAreTheGoldenOnesAndCanBeSent(t *testing.T) {
	update := flag.Lookup("update").Value.String() == "true"
	c := composer(t)
	kinds := []string{"name", "email", "location", "browser", "referrer", "user_id", "organisation"}
	for _, locale := range c.Locales() {
		for _, template := range Templates() {
			t.Run(locale+": "+template, func(t *testing.T) {
				content := firstOf(c, locale, template)
				w := content.Locales[locale]
				if template == TemplateFollowUp { // what only the controller can know
					content.PreviousOn, w.Changes = "2025-11-27", []string{sampleOf(locale, template).Changes[0]}
				}
				content.Locales[locale] = w
				d := content.Communication(locale)
				if template != TemplateNotAffected {
					d.DataKinds, d.NotExposed = kinds, []string{"password"}
				}
				if template == TemplateAffectedOrganisation {
					d.Organisation, d.People = "Example Works S.L.", 12345
				}
				preview, err := c.Preview(d)
				if err != nil {
					t.Fatal(err)
				}
				if len(preview.Problems) > 0 {
					t.Errorf("problems %v", preview.Problems)
				}
				compare(t, update, filepath.Join("testdata", locale, "first-"+template+".txt"), preview.Subject+"\n\n"+preview.Text)
			})
		}
	}
}

func TestAFirstDraftClaimsOnlyWhatWasDone(t *testing.T) {
	c := composer(t)
	for _, locale := range c.Locales() {
		if w := c.FirstWords(locale, TemplateAffected, nil); len(w.Measures) > 0 || len(w.Nature) == 0 || w.ContactName == "" || len(w.Consequences) == 0 {
			t.Errorf("%s: %+v", locale, w)
		}
		if w := c.FirstWords(locale, TemplateAffected, []string{"something_else", MeasureNotified}); len(w.Measures) != 1 {
			t.Errorf("%s: measures %v", locale, w.Measures)
		}
		if w := c.FirstWords(locale, TemplateNotAffected, allMeasures); len(w.Consequences) > 0 || len(w.Measures) != len(allMeasures) {
			t.Errorf("%s: to somebody not affected %+v", locale, w)
		}
		you, they := c.FirstWords(locale, TemplateFollowUp, nil), c.FirstWords(locale, TemplateAffectedOrganisation, nil)
		for i := range they.Consequences {
			if they.Consequences[i] == you.Consequences[i] {
				t.Errorf("%s: an organisation is told of itself instead of its people: %s", locale, they.Consequences[i])
			}
		}
	}
	if got := c.FirstWords("tlh", TemplateAffected, nil).ContactName; got != "Data protection officer" {
		t.Errorf("an unknown language begins with %q", got)
	}
}

func TestAnIncompleteFirstDraftStopsTheProgram(t *testing.T) {
	for name, change := range map[string][2]string{
		"no nature":          {`"nature": [`, `"nature": [], "x": [`},
		"an empty sentence":  {"Your data may be linked with other information about you.", " "},
		"two lines":          {"Your data may be linked", `Your data\nmay be linked`},
		"no notification":    {`"notified"`, `"notify"`},
		"an unknown key":     {`"nature"`, `"natures"`},
		"one template short": {`"affected_organisation"`, `"not_affected"`},
	} {
		files := copyOf(t)
		before := string(files["en/first.json"].Data)
		after := strings.Replace(before, change[0], change[1], 1)
		if after == before {
			t.Fatalf("%s: nothing was changed", name)
		}
		files["en/first.json"].Data = []byte(after)
		if _, err := New(files, Config{From: "notices@example.com"}); err == nil || !strings.Contains(err.Error(), "en/first.json") {
			t.Errorf("%s: %v", name, err)
		}
	}
	files := copyOf(t)
	delete(files, "lv/first.json")
	if _, err := New(files, Config{From: "notices@example.com"}); err == nil {
		t.Error("a language without first.json is accepted")
	}
	if _, err := New(templates.Mail(), Config{From: "notices@example.com"}); err != nil {
		t.Error(err)
	}
}

func TestNumbersInEveryLanguage(t *testing.T) {
	c := composer(t)
	for locale, want := range map[string]string{
		"en": "1,234,567", "es": "1\u00a0234\u00a0567", "fr": "1\u202f234\u202f567", "de": "1.234.567", "it": "1.234.567",
		"pt": "1\u00a0234\u00a0567", "nl": "1.234.567", "pl": "1\u00a0234\u00a0567", "lv": "1\u00a0234\u00a0567", "ca": "1.234.567",
	} {
		words := c.languages[locale].words
		if got := words.number(1234567); got != want {
			t.Errorf("%s: %q, want %q", locale, got, want)
		}
		if got := words.number(7103) + words.number(0) + words.number(999); got != "71030999" {
			t.Errorf("%s: %q", locale, got)
		}
		group := words.Group
		if got := words.number(10000) + " " + words.number(123456); got != "10"+group+"000 123"+group+"456" {
			t.Errorf("%s: %q", locale, got)
		}
		// The quick way of a round writes the same.
		content := firstOf(c, locale, TemplateAffectedOrganisation)
		round, err := c.Round(content, false, []string{"email"})
		if err != nil {
			t.Fatal(err)
		}
		e := Envelope{To: "ana@example.org", MessageID: "<1@example.com>", Date: time.Date(2025, 11, 27, 0, 0, 0, 0, time.UTC)}
		to := Recipient{Locale: locale, Kinds: []string{"email"}, Organisation: "Example Works", People: 1234567}
		quick, err := round.Message(nil, e, to)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := c.Communication(e, round.Communication(to))
		if err != nil {
			t.Fatal(err)
		}
		if string(quick.Bytes) != string(plain.Bytes) || !strings.Contains(open(t, quick.Bytes).text, want) {
			t.Errorf("%s: the round writes another number", locale)
		}
	}
}
