package gdpr_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/gdpr"
)

// calendar is a calendar of one country, "XX", by ISO dates.
type calendar map[string]string

func (c calendar) Holiday(place string, day gdpr.Date) (string, bool, bool) {
	if place != "XX" {
		return "", false, false
	}
	name, holiday := c[time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)]
	return name, holiday, true
}

// moment reads a time of a test, in the zone of its name.
func moment(t *testing.T, z *time.Location, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at.In(z)
}

func TestDaysAndMonthsEndWithTheirLastDay(t *testing.T) {
	holidays := calendar{"2026-04-03": "Good Friday", "2026-04-06": "Easter Monday", "2026-12-25": "Christmas"}
	month, fortnight, three := gdpr.Period{Months: 1}, gdpr.Period{Days: 14}, gdpr.Period{Days: 3}
	cases := []struct {
		name, zone string
		within     gdpr.Period
		start, due string
	}{
		// Art. 3(2)(c): the same date of the next month; 17 Dec 2026 is a Thursday.
		{"a month ends on the date of the event", "Europe/Madrid", month, "2026-11-17T10:17:00+01:00", "2026-12-17T23:59:59+01:00"},
		// February 2026 has 28 days; the 28th is a Saturday, so Monday 2 March.
		{"31 January and a month is the end of February, moved from a Saturday", "Europe/Madrid", month, "2026-01-31T09:00:00+01:00", "2026-03-02T23:59:59+01:00"},
		// 28 Feb 2025 is a Friday.
		{"31 January and a month is 28 February", "Europe/Madrid", month, "2025-01-31T09:00:00+01:00", "2025-02-28T23:59:59+01:00"},
		// 29 Feb 2028 is a Tuesday.
		{"31 January and a month is 29 February in a leap year", "Europe/Madrid", month, "2028-01-31T09:00:00+01:00", "2028-02-29T23:59:59+01:00"},
		// 29 March 2028 is a Wednesday; clocks went forward on the 26th.
		{"a leap day and a month is the 29th, in summer time", "Europe/Madrid", month, "2028-02-29T09:00:00+01:00", "2028-03-29T23:59:59+02:00"},
		// 15 Feb 2026 is a Sunday.
		{"a Sunday moves to Monday", "Europe/Madrid", month, "2026-01-15T12:00:00+01:00", "2026-02-16T23:59:59+01:00"},
		// 3 April 2026 is Good Friday: Sat, Sun and Easter Monday follow; Tuesday 7.
		{"a holiday before a weekend before a holiday moves to Tuesday", "Europe/Madrid", month, "2026-03-03T08:00:00+01:00", "2026-04-07T23:59:59+02:00"},
		// 11 Dec + 14 days = 25 Dec 2026, a Friday and Christmas; Monday 28.
		{"14 days that end at Christmas move to Monday", "Europe/Madrid", fortnight, "2026-12-11T23:59:00+01:00", "2026-12-28T23:59:59+01:00"},
		// The day of the event is not counted, be it a minute or a day long.
		{"the hour of the event does not matter", "Europe/Madrid", fortnight, "2026-11-02T00:00:00+01:00", "2026-11-16T23:59:59+01:00"},
		{"nor at the end of the day", "Europe/Madrid", fortnight, "2026-11-02T23:59:59+01:00", "2026-11-16T23:59:59+01:00"},
		// Tuesday + 3 = Friday; in UTC it is still Monday.
		{"days are those of the place", "Europe/Riga", three, "2026-11-09T22:30:00Z", "2026-11-13T23:59:59+02:00"},
		// Sunday 25 Oct 2026 has 25 hours; Thu 22 + 3 = Sunday, moved to Monday.
		{"a day of 25 hours ends at its own end", "Europe/Madrid", three, "2026-10-22T10:00:00+02:00", "2026-10-26T23:59:59+01:00"},
		// Started in the second of the doubled hours: still 25 October.
		{"a doubled hour is one day", "Europe/Madrid", three, "2026-10-25T02:30:00+01:00", "2026-10-28T23:59:59+01:00"},
		// 28 Feb 2027 + 3 days.
		{"days run over the end of February", "Europe/Madrid", three, "2027-02-26T10:00:00+01:00", "2027-03-01T23:59:59+01:00"},
		{"December and a month is January", "Europe/Madrid", month, "2026-12-31T10:00:00+01:00", "2027-02-01T23:59:59+01:00"},
		// In Beirut clocks go forward at midnight of 29 March 2026 (a Sunday):
		// 00:00 does not exist, and Saturday ends at 23:59:59 all the same;
		// Thu 26 + 4 = Mon 30 lies beyond.
		{"a midnight that does not exist", "Asia/Beirut", gdpr.Period{Days: 4}, "2026-03-26T10:00:00+02:00", "2026-03-30T23:59:59+03:00"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			z := zone(t, c.zone)
			stage := gdpr.StageTerms{Stage: "final", Article: "Art. 0", StartsFrom: "awareness", Within: c.within}
			got, err := stage.Due(gdpr.Facts{"awareness": moment(t, z, c.start)}, gdpr.Place{Zone: z, Country: "XX"}, holidays)
			if err != nil {
				t.Fatal(err)
			}
			if due := got.Due.Format(time.RFC3339); due != c.due {
				t.Errorf("due: got %s, want %s\n%s", due, c.due, strings.Join(got.Reasons(), "\n"))
			}
			if !got.OuterBound.IsZero() {
				t.Errorf("a period in days has the outer bound %s", got.OuterBound)
			}
		})
	}
}

func TestDaysEndWhereClocksChangeAtMidnight(t *testing.T) {
	cases := []struct{ name, zone, start, due string }{
		// Havana, Sunday 1 Nov 2026: 01:00 becomes 00:00; the day ends once.
		{"the first hour is doubled", "America/Havana", "2026-11-01T12:00:00-05:00", "2026-11-02T23:59:59-05:00"},
		// São Paulo, Saturday 17 Feb 2018: 24:00 becomes 23:00. Sat is no
		// working day, so the test counts to the Friday before and the Monday.
		{"the day before the last hour is doubled", "America/Sao_Paulo", "2018-02-15T12:00:00-02:00", "2018-02-16T23:59:59-02:00"},
		// Apia had no 30 December 2011, a Friday: the day has no end of its own.
		{"a day that was skipped ends with the one before", "Pacific/Apia", "2011-12-29T12:00:00-10:00", "2011-12-29T23:59:59-10:00"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			z := zone(t, c.zone)
			stage := gdpr.StageTerms{Stage: "final", StartsFrom: "awareness", Within: gdpr.Period{Days: 1}}
			got, err := stage.Due(gdpr.Facts{"awareness": moment(t, z, c.start)}, gdpr.Place{Zone: z}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if due := got.Due.Format(time.RFC3339); due != c.due {
				t.Errorf("due: got %s, want %s", due, c.due)
			}
		})
	}
}

func TestReasonsSayWhichHolidaysAreKnown(t *testing.T) {
	stage := gdpr.StageTerms{Stage: "final", Cited: "NIS2 Art. 23(4)(d)", StartsFrom: "awareness", Within: gdpr.Period{Months: 1}}
	facts := gdpr.Facts{"awareness": time.Date(2026, 3, 3, 8, 0, 0, 0, time.UTC)}
	holidays := calendar{"2026-04-03": "Good Friday"}
	cases := []struct {
		name, country string
		calendar      gdpr.Calendar
		parts         []string
	}{
		{"no place", "", holidays, []string{"No place was given", "Fri 3 Apr 2026"}},
		{"no calendar", "XX", nil, []string{`The public holidays of "XX" are not known`}},
		{"an unknown place", "YY", holidays, []string{`The public holidays of "YY" are not known`}},
		{"a known place", "XX", holidays, []string{
			"regional and local ones are not known", "Moved to Mon 6 Apr 2026", "Fri 3 Apr 2026 is a public holiday (Good Friday)",
			"Sat 4 Apr 2026 is a Saturday", "Art. 3(2)(c)", "Art. 3(4)", "Art. 3(5)", "NIS2 Art. 23(4)(d) gives 1 month",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := stage.Due(facts, gdpr.Place{Country: c.country}, c.calendar)
			if err != nil {
				t.Fatal(err)
			}
			all := strings.Join(got.Reasons(), "\n")
			for _, part := range c.parts {
				if !strings.Contains(all, part) {
					t.Errorf("reasons lack %q:\n%s", part, all)
				}
			}
			if !strings.Contains(got.Rule(), "Art. 3(4)") {
				t.Errorf("rule: %s", got.Rule())
			}
		})
	}
}

// sabbatical is a calendar without working days.
type sabbatical struct{}

func (sabbatical) Holiday(string, gdpr.Date) (string, bool, bool) { return "rest", true, true }

func TestACalendarWithoutWorkingDaysIsRefused(t *testing.T) {
	stage := gdpr.StageTerms{Stage: "final", StartsFrom: "awareness", Within: gdpr.Period{Days: 1}}
	_, err := stage.Due(gdpr.Facts{"awareness": time.Unix(0, 0)}, gdpr.Place{Country: "XX"}, sabbatical{})
	if wrong, ok := errors.AsType[*gdpr.InputError](err); !ok || wrong.Field != "calendar" {
		t.Errorf("got %v", err)
	}
}

func TestPeriodsInWords(t *testing.T) {
	for want, p := range map[string]gdpr.Period{
		"no period": {}, "72 hours": {Hours: 72}, "1 hour": {Hours: 1}, "1 month": {Months: 1}, "14 days": {Days: 14},
	} {
		if got := p.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNoPeriodInDaysEndsOnADayOfRest(t *testing.T) {
	zones := []*time.Location{zone(t, "Europe/Madrid"), zone(t, "Atlantic/Azores"), zone(t, "Pacific/Apia"), zone(t, "America/St_Johns"), time.UTC}
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.SampledFrom(zones).Draw(t, "zone")
		start := time.Unix(rapid.Int64Range(1_577_836_800, 2_524_608_000).Draw(t, "seconds"), 0).In(z) // 2020 to 2050
		within := rapid.SampledFrom([]gdpr.Period{{Days: 1}, {Days: 3}, {Days: 14}, {Months: 1}, {Months: 2}, {Months: 12}}).Draw(t, "within")
		holidays := calendar{}
		first := within.Months*28 + within.Days
		for n := range 40 {
			if rapid.Bool().Draw(t, "holiday") && n%7 != 0 {
				holidays[start.AddDate(0, 0, first+n).Format(time.DateOnly)] = "holiday"
			}
		}
		stage := gdpr.StageTerms{Stage: "final", StartsFrom: "awareness", Within: within}
		got, err := stage.Due(gdpr.Facts{"awareness": start}, gdpr.Place{Zone: z, Country: "XX"}, holidays)
		if wrong, ok := errors.AsType[*gdpr.InputError](err); ok && wrong.Field == "calendar" {
			t.Skip("more than a month of rest")
		}
		if err != nil {
			t.Fatal(err)
		}
		end := got.Due
		if end.Hour() != 23 || end.Minute() != 59 || end.Second() != 59 || end.Location() != z {
			t.Fatalf("ends at %s", end)
		}
		if w := end.Weekday(); w == time.Saturday || w == time.Sunday {
			t.Fatalf("ends on a %s", w)
		}
		if _, holiday := holidays[end.Format(time.DateOnly)]; holiday {
			t.Fatalf("ends on a holiday, %s", end)
		}
		// Never before the bare count: a month has at least 28 days.
		bare := start.AddDate(0, 0, within.Days+28*within.Months)
		if end.Before(time.Date(bare.Year(), bare.Month(), bare.Day(), 0, 0, 0, 0, z)) {
			t.Fatalf("%s from %s ends at %s", within, start, end)
		}
		// Every day between the bare end and the end is a day of rest.
		if next := end.Add(time.Second); gdpr.DateOf(next) == gdpr.DateOf(end) {
			t.Fatalf("the day goes on after %s", end)
		}
	})
}
