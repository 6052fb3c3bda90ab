package form

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tocsin/gdpr"
)

// render puts an answer into words of a language, with an authority's own
// words for its options where there are some.
func render(f *Field, a Answer, language string, options map[string]string) string {
	v := a.Value
	switch {
	case v.IsZero():
		return open(a.State, language)
	case f.List == ListCountPerCountry:
		var parts []string
		counts := v.Counts()
		for _, code := range sortedKeys(counts) {
			parts = append(parts, fmt.Sprintf("%s: %d", countryName(code, language), counts[code]))
		}
		return strings.Join(parts, ", ")
	case f.List == ListCountries:
		return joined(v.List(), ", ", func(code string) string { return countryName(code, language) })
	case f.List == ListAuthorities:
		return joined(v.List(), ", ", authorityName)
	case f.Repeats:
		return strings.Join(v.List(), "; ")
	}
	switch f.Type {
	case TypeEnum:
		return f.optionText(v.Text(), language, options)
	case TypeMulti:
		return joined(v.List(), "; ", func(code string) string { return f.optionText(code, language, options) })
	case TypeNumber:
		n, _ := v.Number()
		return strconv.FormatInt(n, 10)
	case TypeBoolean:
		yes, _ := v.Flag()
		return yesNo(yes, language)
	case TypeDatetime:
		if t, ok := v.Instant(); ok {
			return instantText(t, language)
		}
	case TypeDate:
		if t, err := time.Parse(time.DateOnly, v.Text()); err == nil {
			return dayText(t, language)
		}
	}
	return v.Text()
}

// joined puts codes into words and leaves out words that came before: several
// options of the template can be one of an authority's.
func joined(codes []string, separator string, word func(string) string) string {
	var words []string
	for _, code := range codes {
		if w := word(code); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return strings.Join(words, separator)
}

func (f *Field) optionText(code, language string, options map[string]string) string {
	if text, ok := options[code]; ok {
		return text
	}
	o, ok := f.Option(code)
	if !ok {
		return code
	}
	return o.Label.In(language)
}

func countryName(code, language string) string {
	if c, ok := countryByCode(code); ok {
		return c.in(language)
	}
	return code
}

func authorityName(code string) string {
	if a, ok := gdpr.AuthorityByCode(code); ok {
		return a.Name
	}
	return code
}

// instantText shows an instant with the offset in which it was written down.
func instantText(t time.Time, language string) string {
	clock := "15:04"
	if t.Second() != 0 {
		clock = "15:04:05"
	}
	if language == "en" {
		return t.Format("2 January 2006, " + clock + " (-07:00)")
	}
	return t.Format("02/01/2006 " + clock + " (-07:00)")
}

func dayText(t time.Time, language string) string {
	if language == "en" {
		return t.Format("2 January 2006")
	}
	return t.Format("02/01/2006")
}

// The fixed words of sheets.
var (
	wordsYes  = Words{"en": "Yes", "es": "Sí", "fr": "Oui"}
	wordsNo   = Words{"en": "No", "es": "No", "fr": "Non"}
	wordsOpen = Words{"en": "To be determined", "es": "Por determinar", "fr": "À déterminer"}
	wordsNot  = Words{"en": "Cannot be determined", "es": "No se puede determinar", "fr": "Impossible à déterminer"}

	wordsManual = Words{
		"en": "The common template has no such field: answer it in the portal.",
		"es": "La plantilla común no tiene este campo: respóndalo en el formulario.",
		"fr": "Le modèle commun ne comporte pas ce champ : répondez dans le téléservice.",
	}
	wordsUnverified = Words{
		"en": "%d labels on this sheet are not verified: compare them with the authority's form.",
		"es": "%d etiquetas de esta hoja no están comprobadas: compárelas con el formulario de la autoridad.",
		"fr": "%d libellés de cette fiche ne sont pas vérifiés : comparez-les avec le formulaire de l'autorité.",
	}
)

func yesNo(yes bool, language string) string {
	if yes {
		return wordsYes.In(language)
	}
	return wordsNo.In(language)
}

// open says why there is no value.
func open(s State, language string) string {
	switch s {
	case StateToBeDetermined:
		return wordsOpen.In(language)
	case StateCannotBeDetermined:
		return wordsNot.In(language)
	default:
		return ""
	}
}

// fourSteps returns the step of a four-step scale for an option of field 87.
// Severe covers the two highest; the band that was computed says which, unless
// a person answered otherwise than the band.
func fourSteps(option string, band gdpr.Band) string {
	switch option {
	case "minor":
		return "low"
	case "moderate":
		return "medium"
	case "severe":
		switch band {
		case gdpr.BandHigh:
			return "high"
		case gdpr.BandVeryHigh:
			return "very_high"
		}
		return "high_or_very_high"
	default:
		return option
	}
}
