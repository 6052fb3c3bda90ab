package holidays

import (
	"slices"
	"sync"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/bg"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/cy"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/ee"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fi"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/gr"
	"github.com/rickar/cal/v2/hr"
	"github.com/rickar/cal/v2/hu"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/is"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/lt"
	"github.com/rickar/cal/v2/lu"
	"github.com/rickar/cal/v2/lv"
	"github.com/rickar/cal/v2/mt"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/pt"
	"github.com/rickar/cal/v2/ro"
	"github.com/rickar/cal/v2/se"
	"github.com/rickar/cal/v2/si"
	"github.com/rickar/cal/v2/sk"

	"tocsin/gdpr"
)

// rulesByCountry are the library's lists of national holidays, by ISO 3166-1
// alpha-2 code. The list of GB is that of England and Wales. The library has
// none for Liechtenstein.
func rulesByCountry() map[string][]*cal.Holiday {
	return map[string][]*cal.Holiday{
		"AT": at.Holidays,
		"BE": be.Holidays,
		"BG": bg.Holidays,
		"CH": ch.Holidays,
		"CY": cy.Holidays,
		"CZ": cz.Holidays,
		"DE": de.Holidays,
		"DK": dk.Holidays,
		"EE": ee.Holidays,
		"ES": es.Holidays,
		"FI": fi.Holidays,
		"FR": fr.Holidays,
		"GB": gb.Holidays,
		"GR": gr.Holidays,
		"HR": hr.Holidays,
		"HU": hu.Holidays,
		"IE": ie.Holidays,
		"IS": is.Holidays,
		"IT": it.Holidays,
		"LT": lt.Holidays,
		"LU": lu.Holidays,
		"LV": lv.Holidays,
		"MT": mt.Holidays,
		"NL": nl.Holidays,
		"NO": no.Holidays,
		"PL": pl.Holidays,
		"PT": pt.Holidays,
		"RO": ro.Holidays,
		"SE": se.Holidays,
		"SI": si.Holidays,
		"SK": sk.Holidays,
	}
}

// countries are the holidays of each country after the corrections. A
// country's days are computed when they are first asked for and never written
// afterwards.
var countries = sync.OnceValue(func() map[string]func() map[gdpr.Date]string {
	all := map[string]func() map[gdpr.Date]string{}
	for country, list := range rulesByCountry() {
		all[country] = sync.OnceValue(func() map[gdpr.Date]string {
			rules := slices.Clone(added[country])
			for _, h := range list {
				// The library also lists days that are no public holidays.
				if h.Type != cal.ObservanceOther {
					rules = append(rules, fromLibrary(country, h))
				}
			}
			return daysOf(rules)
		})
	}
	return all
})

// fromLibrary is a holiday of the library's, less the years in which it is none.
func fromLibrary(country string, h *cal.Holiday) rule {
	name := h.Name
	if right, wrong := renamed[country][name]; wrong {
		name = right
	}
	since, out := leftOut[country][h.Name]
	return rule{name: name, day: func(year int) time.Time {
		if out && year >= since {
			return time.Time{}
		}
		_, kept := h.Calc(year)
		return kept
	}}
}
