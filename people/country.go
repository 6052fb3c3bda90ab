package people

import "strings"

// CountryCode returns the ISO 3166-1 alpha-2 code of a country that is written
// as such a code, as an alpha-3 code, or by its English, Spanish or own name.
// It returns "" for what it does not recognise. Two letters are taken as they
// are; "UK" is GB and "EL", the Union's own code, is GR.
func CountryCode(text string) string {
	key := columnKey(text)
	if len(key) == 2 && isASCIILetters(key) {
		switch key {
		case "uk":
			return "GB"
		case "el":
			return "GR"
		}
		return strings.ToUpper(key)
	}
	return countryByName(key)
}

func isASCIILetters(s string) bool {
	for _, c := range []byte(s) {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// countryByName knows the EU and EEA, their neighbours with an authority of
// their own, and the largest Spanish-speaking countries.
func countryByName(key string) string {
	switch key {
	case "aut", "austria", "osterreich":
		return "AT"
	case "bel", "belgium", "belgica", "belgie", "belgique":
		return "BE"
	case "bgr", "bulgaria":
		return "BG"
	case "hrv", "croatia", "croacia", "hrvatska":
		return "HR"
	case "cyp", "cyprus", "chipre":
		return "CY"
	case "cze", "czechia", "czechrepublic", "chequia", "republicacheca", "cesko":
		return "CZ"
	case "dnk", "denmark", "dinamarca", "danmark":
		return "DK"
	case "est", "estonia", "eesti":
		return "EE"
	case "fin", "finland", "finlandia", "suomi":
		return "FI"
	case "fra", "france", "francia":
		return "FR"
	case "deu", "germany", "alemania", "deutschland":
		return "DE"
	case "grc", "greece", "grecia":
		return "GR"
	case "hun", "hungary", "hungria", "magyarorszag":
		return "HU"
	case "irl", "ireland", "irlanda":
		return "IE"
	case "ita", "italy", "italia":
		return "IT"
	case "lva", "latvia", "letonia", "latvija":
		return "LV"
	case "ltu", "lithuania", "lituania", "lietuva":
		return "LT"
	case "lux", "luxembourg", "luxemburgo":
		return "LU"
	case "mlt", "malta":
		return "MT"
	case "nld", "netherlands", "thenetherlands", "paisesbajos", "nederland":
		return "NL"
	case "pol", "poland", "polonia", "polska":
		return "PL"
	case "prt", "portugal":
		return "PT"
	case "rou", "romania", "rumania":
		return "RO"
	case "svk", "slovakia", "eslovaquia", "slovensko":
		return "SK"
	case "svn", "slovenia", "eslovenia", "slovenija":
		return "SI"
	case "esp", "spain", "espana":
		return "ES"
	case "swe", "sweden", "suecia", "sverige":
		return "SE"
	case "isl", "iceland", "islandia", "island":
		return "IS"
	case "lie", "liechtenstein":
		return "LI"
	case "nor", "norway", "noruega", "norge":
		return "NO"
	case "gbr", "unitedkingdom", "greatbritain", "reinounido":
		return "GB"
	case "che", "switzerland", "suiza", "schweiz", "suisse", "svizzera":
		return "CH"
	case "usa", "unitedstates", "unitedstatesofamerica", "estadosunidos":
		return "US"
	case "mex", "mexico":
		return "MX"
	case "arg", "argentina":
		return "AR"
	case "col", "colombia":
		return "CO"
	case "chl", "chile":
		return "CL"
	case "per", "peru":
		return "PE"
	}
	return ""
}
