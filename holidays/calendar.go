package holidays

import (
	"maps"
	"slices"
	"strings"
	"time"

	"tocsin/gdpr"
)

// The years for which the rules are trusted. Before them the GDPR did not
// apply; after them the rules are a guess about future laws.
const (
	// FirstYear is the first year that the calendar knows.
	FirstYear = 2018
	// LastYear is the last year that the calendar knows.
	LastYear = 2050
)

// Calendar is the calendar of national public holidays. The zero Calendar is
// ready for use, also by several goroutines at once.
type Calendar struct{}

var _ gdpr.Calendar = Calendar{}

// Holiday says whether a day is a public holiday in the whole of a country,
// given as ISO 3166-1 alpha-2 code in any case, and names it in a language of
// the country. The result known is false for countries and years that the
// calendar does not know; holiday is then false as well. Saturdays and Sundays
// are not holidays by themselves.
func (Calendar) Holiday(place string, day gdpr.Date) (name string, holiday, known bool) {
	days, known := countries()[strings.ToUpper(place)]
	if !known || day.Year < FirstYear || day.Year > LastYear {
		return "", false, false
	}
	name, holiday = days()[day]
	return name, holiday, true
}

// Countries returns the ISO 3166-1 alpha-2 codes of the countries whose
// holidays are known, in alphabetical order.
func Countries() []string { return slices.Sorted(maps.Keys(countries())) }

// rule is one holiday of a country.
type rule struct {
	// name is the holiday in a language of the country.
	name string
	// day returns the day on which the holiday is kept in a year, the
	// substitute day where the law gives one. The zero time means that it is
	// not kept in that year.
	day func(year int) time.Time
}

// daysOf lists the days on which the holidays of a country are kept in the
// years that the calendar knows, with their names.
func daysOf(rules []rule) map[gdpr.Date]string {
	days := map[gdpr.Date]string{}
	for year := FirstYear; year <= LastYear; year++ {
		for _, r := range rules {
			at := r.day(year)
			if at.IsZero() {
				continue
			}
			// Two holidays on one day go by the name of the first.
			if _, taken := days[gdpr.DateOf(at)]; !taken {
				days[gdpr.DateOf(at)] = r.name
			}
		}
	}
	return days
}
