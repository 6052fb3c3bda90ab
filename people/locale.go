package people

import "strings"

// The languages in which notices are written.
const (
	// Spanish is the notice in Spanish.
	Spanish = "es"
	// English is the notice in English.
	English = "en"
)

// Locale returns the language of a person's notice, "es" or "en". A locale
// decides by its language, and the co-official languages of Spain lead to
// Spanish; without a locale a Spanish-speaking country decides. Everyone else
// gets English. The locale may be written "es-ES", "es_ES" or "ES"; the country
// as an ISO 3166-1 alpha-2 code or as [CountryCode] reads it.
func Locale(locale, country string) string {
	locale = strings.ToLower(strings.TrimSpace(locale))
	if language, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-"); language != "" {
		switch language {
		case "es", "spa", "ca", "gl", "eu":
			return Spanish
		}
		return English
	}
	if spanishSpeaking(CountryCode(country)) {
		return Spanish
	}
	return English
}

// spanishSpeaking reports whether Spanish is an official language of the
// country or, in Puerto Rico, of the territory.
func spanishSpeaking(code string) bool {
	switch code {
	case "AR", "BO", "CL", "CO", "CR", "CU", "DO", "EC", "ES", "GQ", "GT",
		"HN", "MX", "NI", "PA", "PE", "PR", "PY", "SV", "UY", "VE":
		return true
	}
	return false
}
