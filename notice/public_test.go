package notice

import (
	"slices"
	"strings"
	"testing"
)

func TestThePublicCommunicationSaysAllThatTheLawDemandsAndNamesNobody(t *testing.T) {
	c := composer(t)
	if got := c.PublicLocales(); !slices.Equal(got, []string{"en", "es"}) {
		t.Fatalf("the public communication is in %v", got)
	}
	for locale, words := range map[string][]string{
		"en": {"paragraph 3, point (c)", "the data of 7103 people are affected", "could not be told one by one"},
		"es": {"apartado 3, letra c)", "los datos de 7103 personas", "no se ha podido informar una por una"},
	} {
		d := sampleCommunication(locale)
		d.PersonName, d.Code, d.VerifyURL, d.People = "Ana Example", previewCode, d.PageURL+"/check", 7103
		got, err := c.Public(d)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Problems) > 0 {
			t.Errorf("%s: %v", locale, got.Problems)
		}
		for _, word := range append(words, d.Contact.Name, d.Contact.Email, d.VendorName) {
			if !strings.Contains(squash(got.Text), squash(word)) || !strings.Contains(squash(got.HTML), squash(word)) {
				t.Errorf("%s: %q is missing in %s", locale, word, got.Text)
			}
		}
		for _, person := range []string{"Ana Example", previewCode} {
			if strings.Contains(got.Text+got.HTML, person) {
				t.Errorf("%s: a public text holds %q", locale, person)
			}
		}
	}
}

func TestWhatAPublicCommunicationLacksIsNamed(t *testing.T) {
	c := composer(t)
	for field, change := range map[string]func(d *Communication){
		"nature":       func(d *Communication) { d.Nature = "" },
		"contact":      func(d *Communication) { d.Contact.Email, d.Contact.Phone = "", "" },
		"consequences": func(d *Communication) { d.Consequences = nil },
		"measures":     func(d *Communication) { d.Measures = nil },
		"data_kinds":   func(d *Communication) { d.DataKinds = nil },
		"page_url":     func(d *Communication) { d.PageURL = "http://www.example.org/x?y=1" },
		"message":      func(d *Communication) { d.Measures = []string{"We have informed [NAME OF THE AUTHORITY]."} },
		"locale":       func(d *Communication) { d.Locale = "lv" },
	} {
		d := sampleCommunication("en")
		change(&d)
		got, err := c.Public(d)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(got.Problems, func(p Problem) bool { return p.Field == field }) {
			t.Errorf("%s: the problems are %v", field, got.Problems)
		}
	}
}
