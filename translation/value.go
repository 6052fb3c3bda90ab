package translation

import (
	"regexp"
	"strings"
	"time"
)

// What the sentences of the law's clock have in place of their verbs: periods,
// instants, days and articles, in the forms in which gdpr writes them.
var (
	aPeriod  = regexp.MustCompile(`^\d+ (?:hour|day|month)s?(?: and \d+ (?:hour|day|month)s?)*$`)
	aUnit    = regexp.MustCompile(`(\d+) (hour|day|month)(s?)`)
	aMoment  = regexp.MustCompile(`^((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} [A-Z][a-z]{2} \d{4})( \d\d:\d\d(?::\d\d)?)?( \([+-]\d\d:\d\d\))?`)
	aResting = regexp.MustCompile(` is a (?:public holiday|Saturday|Sunday)`)
	article  = regexp.MustCompile(`\bArt\. (\d+[a-z]?)((?:\(\w+\))*)`)
	// A citation alone: a sentence that cites something is in the tables as a whole.
	aCitation = regexp.MustCompile(`^(?:the contract under )?(?:(?:[A-Za-z][A-Z][\w.]*|[A-Z][\w.]*|\([^)]*\)|\d[\d/]*) )*Art\. \d+[a-z]?(?:\(\w+\))*$`)
)

var unitsES = map[string][2]string{"hour": {"hora", "horas"}, "day": {"día", "días"}, "month": {"mes", "meses"}}

// valueES says a value of a recorded sentence in Spanish; false for none of
// these forms.
func valueES(text string) (string, bool) {
	switch {
	case aPeriod.MatchString(text):
		said := aUnit.ReplaceAllStringFunc(text, func(part string) string {
			found := aUnit.FindStringSubmatch(part)
			unit := unitsES[found[2]][0]
			if found[3] != "" {
				unit = unitsES[found[2]][1]
			}
			return found[1] + " " + unit
		})
		return strings.ReplaceAll(said, " and ", " y "), true
	case aMoment.MatchString(text):
		return momentsES(text)
	case aCitation.MatchString(text):
		return citationES(text), true
	}
	return "", false
}

// momentsES says an instant, a day, or days that are no working days with why.
func momentsES(text string) (string, bool) {
	if aResting.MatchString(text) {
		var parts []string
		for part := range strings.SplitSeq(text, ", ") {
			day := aMoment.FindString(part)
			said, ok := momentsES(day)
			if !ok {
				return "", false
			}
			why := strings.TrimPrefix(part, day)
			why = strings.NewReplacer(" is a public holiday", " es festivo", " is a Saturday", " es sábado", " is a Sunday", " es domingo").Replace(why)
			parts = append(parts, said+why)
		}
		return strings.Join(parts, ", "), true
	}
	found := aMoment.FindStringSubmatch(text)
	day, err := time.Parse("Mon 2 Jan 2006", found[1])
	if err != nil || found[0] != text {
		return "", false
	}
	said := day.Format("02/01/2006")
	if found[2] != "" {
		said += "," + found[2]
	}
	return said + found[3], true
}

// citationES cites an article as Spanish law does: GDPR Art. 33(1) is RGPD
// art. 33.1.
func citationES(text string) string {
	text = article.ReplaceAllStringFunc(text, func(cited string) string {
		found := article.FindStringSubmatch(cited)
		parts := strings.NewReplacer(")(", ".", "(", ".", ")", "").Replace(found[2])
		return "art. " + found[1] + parts
	})
	return strings.NewReplacer(
		"the contract under GDPR", "contrato según el RGPD", "UK GDPR", "RGPD del Reino Unido", "GDPR", "RGPD",
		"Reg. (EEC, Euratom)", "Reglamento (CEE, Euratom)", "Regulation (EU)", "Reglamento (UE)", "Regulation", "Reglamento",
	).Replace(text)
}
