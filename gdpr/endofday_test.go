package gdpr

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestADayEndsWithItsLastSecond(t *testing.T) {
	cases := []struct {
		name, zone string
		day        Date
		want       string
	}{
		{"an ordinary day", "Europe/Madrid", Date{2026, 11, 17}, "2026-11-17T23:59:59+01:00"},
		{"a day of 23 hours", "Europe/Madrid", Date{2026, 3, 29}, "2026-03-29T23:59:59+02:00"},
		{"the next midnight does not exist", "Asia/Beirut", Date{2026, 3, 28}, "2026-03-28T23:59:59+02:00"},
		{"the last hour is doubled: the second one", "America/Sao_Paulo", Date{2018, 2, 17}, "2018-02-17T23:59:59-03:00"},
		{"the minute after midnight is doubled with the last hour", "America/St_Johns", Date{2010, 11, 6}, "2010-11-06T23:59:59-03:30"},
		{"the first hour is doubled: the day before ends once", "America/Havana", Date{2026, 10, 31}, "2026-10-31T23:59:59-04:00"},
		{"the day does not exist", "Pacific/Apia", Date{2011, 12, 30}, "2011-12-29T23:59:59-10:00"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			z, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			if got := endOfDay(c.day, z).Format(time.RFC3339); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestTheSecondAfterADayIsAnotherDay(t *testing.T) {
	var zones []*time.Location
	for _, name := range []string{
		"Europe/Madrid", "Europe/Dublin", "Atlantic/Azores", "America/St_Johns", "America/Sao_Paulo", "America/Havana",
		"Africa/Cairo", "Africa/Casablanca", "Asia/Beirut", "Asia/Amman", "Asia/Tehran", "Australia/Lord_Howe", "Pacific/Apia", "UTC",
	} {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, z)
	}
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.SampledFrom(zones).Draw(t, "zone")
		day := Date{1971, 1, 1}.addDays(rapid.IntRange(0, 365*100).Draw(t, "days"))
		end := endOfDay(day, z)
		if skipped := (Date{2011, 12, 30}); DateOf(end) != day && day != skipped {
			t.Fatalf("%s ends at %s", day, end)
		}
		if next := DateOf(end.Add(time.Second)); next.noon().Compare(day.noon()) <= 0 {
			t.Fatalf("%s ends at %s, and a second later it is %s", day, end, next)
		}
	})
}
