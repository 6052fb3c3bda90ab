package holidays_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/gdpr"
	"tocsin/holidays"
)

func date(t *testing.T, text string) gdpr.Date {
	t.Helper()
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return gdpr.DateOf(at)
}

func TestEveryCountryOfTheUnionIsKnown(t *testing.T) {
	want := strings.Fields("AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LT LU LV MT NL NO PL PT RO SE SI SK")
	if got := holidays.Countries(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, country := range want {
		name, holiday, known := holidays.Calendar{}.Holiday(country, gdpr.Date{Year: 2026, Month: time.December, Day: 25})
		if !known || !holiday || name == "" {
			t.Errorf("%s: Christmas is %q, %t, %t", country, name, holiday, known)
		}
		if name, holiday, _ := (holidays.Calendar{}).Holiday(country, gdpr.Date{Year: 2026, Month: time.January, Day: 1}); !holiday {
			t.Errorf("%s: New Year is %q", country, name)
		}
		// An ordinary Wednesday.
		if name, holiday, _ := (holidays.Calendar{}).Holiday(country, gdpr.Date{Year: 2026, Month: time.July, Day: 8}); holiday {
			t.Errorf("%s: 8 July 2026 is %q", country, name)
		}
	}
}

func TestWhatIsNotKnownIsSaid(t *testing.T) {
	for _, c := range []struct{ place, day string }{
		{"LI", "2026-12-25"}, {"US", "2026-12-25"}, {"", "2026-12-25"}, {"EU", "2026-12-25"},
		{"ES", "2017-12-25"}, {"ES", "2051-12-25"},
	} {
		if name, holiday, known := (holidays.Calendar{}).Holiday(c.place, date(t, c.day)); known || holiday || name != "" {
			t.Errorf("%s, %s: got %q, %t, %t", c.place, c.day, name, holiday, known)
		}
	}
	if _, holiday, known := (holidays.Calendar{}).Holiday("es", date(t, "2026-12-25")); !holiday || !known {
		t.Error("a code in small letters is not found")
	}
}

// TestEasterMovesHolidays compares with the dates of Easter: Western 31 March
// 2024, 20 April 2025, 5 April 2026, 28 March 2027, 16 April 2028; Orthodox 5
// May 2024, 20 April 2025, 12 April 2026, 2 May 2027, 16 April 2028.
func TestEasterMovesHolidays(t *testing.T) {
	western := []string{"2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16"}
	orthodox := []string{"2024-05-05", "2025-04-20", "2026-04-12", "2027-05-02", "2028-04-16"}
	cases := []struct {
		name      string
		easter    []string
		offset    int // days from Easter
		countries string
		holiday   bool
	}{
		{"Good Friday", western, -2, "CZ DE DK EE ES FI GB HU IS LV MT NO PT SE SK", true},
		{"Good Friday is no holiday", western, -2, "AT BE CH FR HR IE IT LT LU NL PL SI", false},
		{"Easter Monday", western, 1, "AT BE CZ DE DK FI FR GB HR HU IE IS IT LT LU LV NL NO PL SE SI SK", true},
		{"Easter Monday is no holiday", western, 1, "CH ES MT PT", false},
		{"Ascension", western, 39, "AT BE CH DE DK FI FR IS LU NL NO SE", true},
		{"Whit Monday", western, 50, "AT BE DE DK FR HU IS LU NL NO", true},
		{"Maundy Thursday", western, -3, "DK IS NO", true},
		{"Maundy Thursday is a holiday in regions only", western, -3, "ES", false},
		{"Corpus Christi", western, 60, "AT HR PL PT", true},
		{"Corpus Christi is a holiday in some Länder and cantons only", western, 60, "DE CH", false},
		{"Orthodox Good Friday", orthodox, -2, "BG CY GR RO", true},
		{"Orthodox Easter Monday", orthodox, 1, "BG CY GR RO", true},
		{"Clean Monday", orthodox, -48, "CY GR", true},
		{"Orthodox Whit Monday", orthodox, 50, "GR RO", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, easter := range c.easter {
				at, err := time.Parse(time.DateOnly, easter)
				if err != nil {
					t.Fatal(err)
				}
				day := gdpr.DateOf(at.AddDate(0, 0, c.offset))
				for _, country := range strings.Fields(c.countries) {
					name, holiday, known := holidays.Calendar{}.Holiday(country, day)
					if !known || holiday != c.holiday {
						t.Errorf("%s, %s: got %q, %t, %t", country, day, name, holiday, known)
					}
				}
			}
		})
	}
}

func TestNationalDays(t *testing.T) {
	cases := []struct{ country, holidays, workdays string }{
		{"AT", "2026-10-26 2026-01-06", "2026-04-03 2026-12-24"},
		{"BE", "2026-07-21 2026-11-11", "2026-07-11"},
		{"BG", "2026-03-03 2026-05-25 2026-12-28", "2026-03-02"}, // 24 May and 26 December fall on weekends
		{"CH", "2028-08-01 2026-12-25", "2026-05-01 2026-12-08 2028-12-26 2026-01-02 2026-01-06"},
		{"CY", "2026-10-01 2026-03-25 2026-04-01", "2026-04-03"},
		{"CZ", "2026-10-28 2026-11-17", "2026-10-27"},
		{"DE", "2024-10-03 2026-05-01", "2026-10-31 2026-11-01 2026-01-06"}, // those are holidays in Länder
		{"DK", "2023-05-05", "2024-04-26 2026-06-05"},                       // Great Prayer Day went in 2024
		{"EE", "2026-02-24 2026-08-20", "2026-02-23"},
		{"ES", "2026-10-12 2026-12-08 2026-01-06", "2026-04-02 2026-12-07"},
		{"FI", "2027-12-06", "2026-06-19 2026-12-24"}, // eves are free by custom
		{"FR", "2026-07-14 2026-05-08 2026-11-11", "2026-04-03"},
		{"GB", "2026-05-04 2026-08-31 2026-12-28 2023-05-08", "2026-08-03"}, // England and Wales
		{"GR", "2026-03-25 2026-10-28", "2026-04-03"},
		{"HR", "2025-05-30 2026-08-05 2026-11-18", "2026-10-08"},
		{"HU", "2026-10-23 2026-08-20", "2026-10-22"},
		{"IE", "2026-02-02 2026-03-17 2026-10-26", "2026-02-03"},
		{"IS", "2026-06-17 2026-04-23", "2026-06-16"},
		{"IT", "2026-06-02 2027-10-04", "2024-10-04 2026-04-03"}, // Saint Francis from 2026 on
		{"LT", "2026-02-16 2026-03-11", "2026-02-17"},
		{"LU", "2026-06-23 2025-05-09", "2026-07-23"},
		{"LV", "2026-11-18 2026-05-04", "2026-11-17"},
		{"MT", "2026-09-21 2026-02-10", "2026-04-06"},
		{"NL", "2026-04-27", "2026-05-05 2026-04-03"},
		{"NO", "2027-05-17", "2026-05-18"},
		{"PL", "2026-11-11 2026-12-24", "2024-12-24"}, // Christmas Eve since 2025
		{"PT", "2024-04-25 2026-06-10", "2026-02-17"}, // Carnival is optional
		{"RO", "2026-12-01 2026-11-30", "2026-04-03"},
		{"SE", "2025-06-06", "2026-06-19 2026-12-24"},
		{"SI", "2027-02-08 2026-06-25", "2026-02-09"},
		{"SK", "2025-05-08 2023-11-17", "2025-11-17 2026-05-08 2026-09-15"},
	}
	seen := map[string]bool{}
	for _, c := range cases {
		seen[c.country] = true
		for want, days := range map[bool]string{true: c.holidays, false: c.workdays} {
			for _, day := range strings.Fields(days) {
				if name, holiday, known := (holidays.Calendar{}).Holiday(c.country, date(t, day)); !known || holiday != want {
					t.Errorf("%s, %s: got %q, %t, %t", c.country, day, name, holiday, known)
				}
			}
		}
	}
	for _, country := range holidays.Countries() {
		if !seen[country] {
			t.Errorf("%s has no case", country)
		}
	}
	if name, _, _ := (holidays.Calendar{}).Holiday("GR", date(t, "2026-01-01")); name != "Πρωτοχρονιά" {
		t.Errorf("New Year in Greece is called %q", name)
	}
}

func TestNoTimeLimitEndsOnADayOfRestInAnyCountry(t *testing.T) {
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		country := rapid.SampledFrom(holidays.Countries()).Draw(t, "country")
		start := time.Unix(rapid.Int64Range(1_546_300_800, 2_493_072_000).Draw(t, "seconds"), 0) // 2019 to 2048
		within := rapid.SampledFrom([]gdpr.Period{{Days: 3}, {Days: 14}, {Months: 1}}).Draw(t, "within")
		stage := gdpr.StageTerms{Stage: "final", StartsFrom: "awareness", Within: within}
		got, err := stage.Due(gdpr.Facts{"awareness": start}, gdpr.Place{Zone: madrid, Country: country}, holidays.Calendar{})
		if err != nil {
			t.Fatal(err)
		}
		if w := got.Due.Weekday(); w == time.Saturday || w == time.Sunday {
			t.Fatalf("ends on a %s", w)
		}
		if name, holiday, known := (holidays.Calendar{}).Holiday(country, gdpr.DateOf(got.Due)); holiday || !known {
			t.Fatalf("ends on %q, known %t", name, known)
		}
	})
}

func ExampleCalendar_Holiday() {
	name, holiday, known := holidays.Calendar{}.Holiday("ES", gdpr.Date{Year: 2026, Month: time.October, Day: 12})
	fmt.Println(name, holiday, known)
	// Output: Fiesta Nacional de España true true
}

// BenchmarkMonth measures a time limit in months with the holidays of a
// country, and beside it the same without a calendar.
func BenchmarkMonth(b *testing.B) {
	stage := gdpr.StageTerms{Stage: "final", StartsFrom: "awareness", Within: gdpr.Period{Months: 1}}
	facts := gdpr.Facts{"awareness": time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)}
	for _, c := range []struct {
		name     string
		calendar gdpr.Calendar
	}{{"with holidays", holidays.Calendar{}}, {"yardstick: weekends only", nil}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				_, _ = stage.Due(facts, gdpr.Place{Country: "ES"}, c.calendar)
			}
		})
	}
}
