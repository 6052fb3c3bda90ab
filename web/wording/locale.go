package wording

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"tocsin/translation"
)

// Country names a country by its code of ISO 3166-1, such as ES, or the European
// Union by EU, in the reader's language; what is no such code stays as it is.
func (w Words) Country(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil || region.String() == "ZZ" { // ZZ is no country
		return code
	}
	names := display.English.Regions()
	if w.Lang == "es" {
		names = display.Spanish.Regions()
	}
	if name := names.Name(region); name != "" {
		return name
	}
	return code
}

// Recipient names to whom a duty is owed: an authority's code as it is.
func (w Words) Recipient(english string) string { return translation.In(w.Lang).Word(english) }

// Figure writes a number that is written with a decimal point, such as 3.00 or
// 58.8 kB, as the language does.
func (w Words) Figure(text string) string {
	if w.Lang == "es" {
		return strings.Replace(text, ".", ",", 1)
	}
	return text
}

// Source says where an answer of a notification comes from, which its draft keeps in
// English.
func (w Words) Source(source string) string {
	if own := w.Own("source_" + source); own != "" {
		return own
	}
	for _, numbered := range []string{"awareness, revision ", "assessment ", "people import, round ", "computed from the mailing of round "} {
		if n, found := strings.CutPrefix(source, numbered); found {
			return w.T("source_"+strings.TrimSpace(numbered), n)
		}
	}
	return source
}
