package gdpr

import (
	"fmt"
	"time"
)

// Date is a day of the civil calendar, without a time and without a zone.
type Date struct {
	// Year is the year of the Gregorian calendar.
	Year int
	// Month is January to December.
	Month time.Month
	// Day is the day of the month, from 1.
	Day int
}

// DateOf returns the day that the calendar shows at t, in the zone of t.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.noon().Weekday() }

// String writes the day the way reasons show it: "Mon 2 Mar 2026".
func (d Date) String() string { return d.noon().Format("Mon 2 Jan 2006") }

// noon stands for the day where the standard library wants an instant.
func (d Date) noon() time.Time { return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC) }

func (d Date) addDays(n int) Date { return DateOf(d.noon().AddDate(0, 0, n)) }

// addMonths returns the day of the same number n months on, or that month's
// last day where it has no such number.
func (d Date) addMonths(n int) Date {
	first := DateOf(time.Date(d.Year, d.Month+time.Month(n), 1, 12, 0, 0, 0, time.UTC))
	lastOfMonth := time.Date(first.Year, first.Month+1, 0, 12, 0, 0, 0, time.UTC).Day()
	return Date{first.Year, first.Month, min(d.Day, lastOfMonth)}
}

// Calendar knows the public holidays of places. It must be pure: the same
// place and day always give the same answer.
type Calendar interface {
	// Holiday says whether a day is a public holiday at a place, given as ISO
	// 3166-1 alpha-2 country code in upper case, and names it. The result known
	// is false where the calendar does not know the holidays of the place;
	// holiday is then false as well.
	Holiday(place string, day Date) (name string, holiday, known bool)
}

// Place is where the duty is to be done. It decides which day and hour it is
// and which days are no working days.
type Place struct {
	// Zone is the time zone in which days are counted and times are shown; nil
	// means UTC.
	Zone *time.Location
	// Country is the ISO 3166-1 alpha-2 code of the country whose public
	// holidays move the end of a period, in upper case. Empty means that only
	// Saturdays and Sundays do.
	Country string
}

func (p Place) zone() *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}

// restDay is a day that is no working day in the sense of Reg. (EEC, Euratom)
// 1182/71 Art. 2(2).
type restDay struct {
	day     Date
	holiday string // the name of the public holiday; empty for a weekend
}

// String says why the day is no working day.
func (r restDay) String() string {
	if r.holiday != "" {
		return fmt.Sprintf("%s is a public holiday (%s)", r.day, r.holiday)
	}
	return fmt.Sprintf("%s is a %s", r.day, r.day.Weekday())
}

// restOn looks at a day; the result is false for a working day.
func restOn(day Date, country string, calendar Calendar) (restDay, bool) {
	if calendar != nil && country != "" {
		if name, holiday, known := calendar.Holiday(country, day); known && holiday {
			return restDay{day, name}, true
		}
	}
	weekday := day.Weekday()
	return restDay{day: day}, weekday == time.Saturday || weekday == time.Sunday
}

// daysToLookAhead ends the search for a working day in a calendar that has
// none. No country rests for a month.
const daysToLookAhead = 31

// nextWorkingDay returns the first working day from the given one on, with the
// days before it. It returns an [*InputError] for a calendar in which none
// follows within a month.
func nextWorkingDay(day Date, country string, calendar Calendar) (Date, []restDay, error) {
	var passed []restDay
	for range daysToLookAhead {
		rest, resting := restOn(day, country, calendar)
		if !resting {
			return day, passed, nil
		}
		passed = append(passed, rest)
		day = day.addDays(1)
	}
	return Date{}, nil, &InputError{Field: "calendar", Value: country, Expected: "a calendar with a working day in every month"}
}

// endOfDay returns the last second of a day in a zone, 23:59:59 on its clocks.
// Laws let a period end with the expiry of the last hour, at 24:00; the second
// before is used so that the time shown bears the right date.
//
// It never asks for midnight, which does not exist in a zone whose clocks go
// forward then. Where the last hour is doubled, the second one is meant: the
// day has not ended before. Where the day has no such second because clocks
// skip it, the last second before the gap is the end.
func endOfDay(day Date, zone *time.Location) time.Time {
	asUTC := time.Date(day.Year, day.Month, day.Day, 23, 59, 59, 0, time.UTC)
	// The offsets a day and a half around are those that can hold at the end of
	// the day: no zone changes twice within three days.
	var end time.Time
	for _, near := range []time.Time{asUTC.Add(-36 * time.Hour), asUTC.Add(36 * time.Hour)} {
		_, offset := near.In(zone).Zone()
		at := asUTC.Add(-time.Duration(offset) * time.Second).In(zone)
		if DateOf(at) == day && at.Hour() == 23 && at.Minute() == 59 && at.Second() == 59 && at.After(end) {
			end = at
		}
	}
	if !end.IsZero() {
		return end
	}
	// The clocks jump over the end of the day. The offset before the jump shows
	// a time after it; the zone in force there began at the jump.
	_, before := asUTC.Add(-36 * time.Hour).In(zone).Zone()
	jump, _ := asUTC.Add(-time.Duration(before) * time.Second).In(zone).ZoneBounds()
	return jump.Add(-time.Second)
}
