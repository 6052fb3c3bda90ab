package holidays

import "time"

// leftOut are holidays of the library's lists, by country and name, that are
// not counted from a year on (0: never), because they are not public holidays
// of the whole country or because two lists disagree about them.
var leftOut = map[string]map[string]int{
	// Only New Year, Ascension, the national holiday and Christmas are kept in
	// every canton.
	"CH": {
		"Berchtoldstag": 0, "Heilige Drei Könige": 0, "Josefstag": 0, "Karfreitag": 0, "Ostermontag": 0,
		"Tag der Arbeit": 0, "Pfingstmontag": 0, "Fronleichnam": 0, "Mariä Himmelfahrt": 0,
		"Mariä Empfängnis": 0, "Zweiter Weihnachtsfeiertag": 0,
	},
	// The second list does not have the Monday of the Holy Spirit.
	"CY": {"Αγίου Πνεύματος": 0},
	// Constitution Day is free for many, but no public holiday.
	"DK": {"Grundlovsdag": 0},
	// Midsummer Eve is free by custom.
	"FI": {"Juhannusaatto": 0},
	// The national holiday is 23 June: see added.
	"LU": {"Nationalfeierdag": 0},
	// Good Friday and Liberation Day are left to collective agreements.
	"NL": {"Goede Vrijdag": 0, "Bevrijdingsdag": 0},
	// Working days since the Slovak savings laws of 2024 and 2025, by the
	// second list.
	"SK": {
		"Deň boja za slobodu a demokraciu":                       2025,
		"Deň víťazstva nad fašizmom":                             2026,
		"Sviatok Panny Márie Sedembolestnej, patrónky Slovenska": 2026,
	},
}

// added are holidays that the library's lists lack.
var added = map[string][]rule{
	// Saint Francis, a national holiday from 2026 on.
	"IT": {yearly("San Francesco d'Assisi", time.October, 4, 2026)},
	// Labour Code Art. L. 232-2, as amended by the law of 25 April 2019.
	"LU": {
		yearly("Europadag", time.May, 9, 2019),
		yearly("Nationalfeierdag", time.June, 23, FirstYear),
	},
}

// renamed are names that are wrong in the library's lists.
var renamed = map[string]map[string]string{
	// The day is right; the name is that of Christmas.
	"GR": {"Xristougenna": "Πρωτοχρονιά"},
}

// yearly is a holiday on a fixed day, from a year on.
func yearly(name string, month time.Month, day, since int) rule {
	return rule{name: name, day: func(year int) time.Time {
		if year < since {
			return time.Time{}
		}
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}}
}
