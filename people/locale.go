package people

import "strings"

// The default and most frequent languages of notices.
const (
	// Spanish is the notice in Spanish.
	Spanish = "es"
	// English is the notice in English, also for those of whom no language is
	// known.
	English = "en"
)

// Locale returns the language of a person's notice, as the two letters of ISO
// 639-1: one of ca, de, en, es, fr, it, lv, nl, pl, pt. A locale decides by
// its language, and Galician and Basque lead to Spanish; without a locale the
// country decides where one of these languages prevails in it: in Belgium or
// Switzerland none does. Everyone else gets English. The locale may be written
// "es-ES", "es_ES", "ES" or with the three letters of ISO 639-2; the country as
// an ISO 3166-1 alpha-2 code or as [CountryCode] reads it.
func Locale(locale, country string) string {
	locale = strings.ToLower(strings.TrimSpace(locale))
	if language, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-"); language != "" {
		if known := languageOf(language); known != "" {
			return known
		}
		return English
	}
	if prevailing := prevailingIn(CountryCode(country)); prevailing != "" {
		return prevailing
	}
	return English
}

// languageOf gives the language of a notice for the code of a language, or "".
func languageOf(code string) string {
	switch code {
	case "es", "spa", "gl", "glg", "eu", "eus", "baq":
		return Spanish
	case "en", "eng":
		return English
	case "ca", "cat":
		return "ca"
	case "de", "deu", "ger", "gsw":
		return "de"
	case "fr", "fra", "fre":
		return "fr"
	case "it", "ita":
		return "it"
	case "lv", "lav":
		return "lv"
	case "nl", "nld", "dut":
		return "nl"
	case "pl", "pol":
		return "pl"
	case "pt", "por":
		return "pt"
	}
	return ""
}

// prevailingIn gives the language of a notice that an official language of the
// country or territory is and that most people there read, or "".
func prevailingIn(country string) string {
	switch country {
	case "AR", "BO", "CL", "CO", "CR", "CU", "DO", "EC", "ES", "GQ", "GT",
		"HN", "MX", "NI", "PA", "PE", "PR", "PY", "SV", "UY", "VE":
		return Spanish
	case "AD":
		return "ca"
	case "AT", "DE", "LI":
		return "de"
	case "FR", "MC", "GF", "GP", "MQ", "RE", "YT":
		return "fr"
	case "IT", "SM", "VA":
		return "it"
	case "LV":
		return "lv"
	case "NL", "SR":
		return "nl"
	case "PL":
		return "pl"
	case "AO", "BR", "CV", "GW", "MZ", "PT", "ST":
		return "pt"
	}
	return ""
}
