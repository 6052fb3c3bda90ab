package gdpr_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/gdpr"
)

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestDueReproducesTheVectors(t *testing.T) {
	var vectors []struct {
		Name       string `json:"name"`
		Zone       string `json:"zone"`
		Aware      string `json:"aware"`
		Due        string `json:"due"`
		OuterBound string `json:"outer_bound"`
	}
	readJSON(t, "testdata/deadlines.json", &vectors)
	if len(vectors) < 9 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			aware, err := time.Parse(time.RFC3339, v.Aware)
			if err != nil {
				t.Fatal(err)
			}
			got := gdpr.Due(aware, zone(t, v.Zone))
			for _, check := range []struct{ field, got, want string }{
				{"aware", got.Aware.Format(time.RFC3339), v.Aware},
				{"due", got.Due.Format(time.RFC3339), v.Due},
				{"outer_bound", got.OuterBound.Format(time.RFC3339), v.OuterBound},
			} {
				if check.got != check.want {
					t.Errorf("%s: got %s, want %s", check.field, check.got, check.want)
				}
			}
		})
	}
}

func TestDueInUnusualClocks(t *testing.T) {
	cases := []struct {
		name, zone, aware, due, outer string
	}{
		{"the first of a doubled hour", "Europe/Madrid", "2026-10-25T02:30:00+02:00", "2026-10-28T01:30:00+01:00", "2026-10-28T02:00:00+01:00"},
		{"the second of a doubled hour", "Europe/Madrid", "2026-10-25T02:30:00+01:00", "2026-10-28T02:30:00+01:00", "2026-10-28T03:00:00+01:00"},
		{"a zone half an hour off counts its own hours", "Asia/Kolkata", "2026-11-17T10:17:00+05:30", "2026-11-20T10:17:00+05:30", "2026-11-20T11:00:00+05:30"},
		{"a zone three quarters off counts its own hours", "Asia/Kathmandu", "2026-11-17T10:50:00+05:45", "2026-11-20T10:50:00+05:45", "2026-11-20T11:00:00+05:45"},
		{"exactly on the local hour in a zone half an hour off", "Asia/Kolkata", "2026-11-17T11:00:00+05:30", "2026-11-20T11:00:00+05:30", "2026-11-20T12:00:00+05:30"},
		{"clocks that change by half an hour within the hour", "Australia/Lord_Howe", "2026-04-05T01:45:00+11:00", "2026-04-08T01:15:00+10:30", "2026-04-08T01:30:00+10:30"},
		{"a leap day lies inside", "Europe/Madrid", "2028-02-27T12:10:00+01:00", "2028-03-01T12:10:00+01:00", "2028-03-01T13:00:00+01:00"},
		{"one second before the hour", "Europe/Riga", "2026-11-17T10:59:59+02:00", "2026-11-20T10:59:59+02:00", "2026-11-20T11:00:00+02:00"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			aware, err := time.Parse(time.RFC3339, c.aware)
			if err != nil {
				t.Fatal(err)
			}
			got := gdpr.Due(aware, zone(t, c.zone))
			if due := got.Due.Format(time.RFC3339); due != c.due {
				t.Errorf("due: got %s, want %s", due, c.due)
			}
			if outer := got.OuterBound.Format(time.RFC3339); outer != c.outer {
				t.Errorf("outer_bound: got %s, want %s", outer, c.outer)
			}
		})
	}
}

func TestDueExplainsEveryTime(t *testing.T) {
	aware := time.Date(2025, 11, 25, 17, 4, 0, 0, time.UTC)
	got := gdpr.Due(aware, zone(t, "Europe/Madrid"))
	if !strings.Contains(got.Rule(), "GDPR Art. 33(1)") || !strings.Contains(got.Rule(), "1182/71 Art. 3(1)") {
		t.Errorf("rule names no articles: %s", got.Rule())
	}
	all := strings.Join(got.Reasons(), "\n")
	for _, part := range []string{
		"Fri 28 Nov 2025 18:04 (+01:00)", "Tue 25 Nov 2025 19:00 (+01:00)", "Fri 28 Nov 2025 19:00 (+01:00)", "Art. 3(5)",
	} {
		if !strings.Contains(all, part) {
			t.Errorf("reasons lack %q:\n%s", part, all)
		}
	}
	if utc := gdpr.Due(aware, nil); utc.Due.Location() != time.UTC {
		t.Errorf("no zone: got %s, want UTC", utc.Due.Location())
	}
}

func TestDueWritesTheKeysOfTheContract(t *testing.T) {
	raw, err := json.Marshal(gdpr.Due(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), nil))
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(raw, &keys); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"aware", "due", "outer_bound", "rule", "reasons"} {
		if _, ok := keys[key]; !ok {
			t.Errorf("key %q is missing in %s", key, raw)
		}
	}
}

func TestDueIsAlways72HoursAndTheOuterBoundAtMostAnHourLater(t *testing.T) {
	names := []string{
		"Europe/Madrid", "Europe/Riga", "Atlantic/Azores", "Atlantic/Canary", "Asia/Kolkata", "Asia/Kathmandu",
		"Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "Africa/Casablanca", "Europe/Dublin", "UTC",
	}
	zones := make([]*time.Location, len(names))
	for i, name := range names {
		zones[i] = zone(t, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.SampledFrom(zones).Draw(t, "zone")
		seconds := rapid.Int64Range(-2_208_988_800, 7_258_118_400).Draw(t, "seconds") // 1900 to 2200
		nanoseconds := rapid.SampledFrom([]int64{0, 1, 500_000_000, 999_999_999}).Draw(t, "nanoseconds")
		aware := time.Unix(seconds, nanoseconds)
		got := gdpr.Due(aware, z)
		if !got.Aware.Equal(aware) {
			t.Fatalf("aware moved from %s to %s", aware, got.Aware)
		}
		if d := got.Due.Sub(got.Aware); d != 72*time.Hour {
			t.Fatalf("due - aware = %s", d)
		}
		if d := got.OuterBound.Sub(got.Due); d <= 0 || d > time.Hour {
			t.Fatalf("outer bound - due = %s", d)
		}
		if got.Due.Location() != z || got.OuterBound.Location() != z {
			t.Fatal("a time is not shown in the zone asked for")
		}
	})
}

// BenchmarkDeadline measures what planning pays for a time limit, and beside
// it the least that could be paid: adding 72 hours and writing the result.
func BenchmarkDeadline(b *testing.B) {
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		b.Fatal(err)
	}
	aware := time.Date(2025, 11, 25, 17, 4, 0, 0, time.UTC)
	terms, err := gdpr.NewTerms("nis2", "")
	if err != nil {
		b.Fatal(err)
	}
	final, _ := terms.At(2)
	facts := gdpr.Facts{gdpr.StartsFromAwareness: aware, "filed:notification": aware}
	place := gdpr.Place{Zone: madrid, Country: "ES"}
	b.Run("72 hours", func(b *testing.B) {
		for b.Loop() {
			_ = gdpr.Due(aware, madrid)
		}
	})
	for _, n := range []int{1, 1_000, 100_000} {
		b.Run(fmt.Sprintf("%d different instants", n), func(b *testing.B) {
			for b.Loop() {
				for i := range n {
					_ = gdpr.Due(aware.Add(time.Duration(i)*time.Minute), madrid)
				}
			}
			b.ReportMetric(float64(b.N)*float64(n)/b.Elapsed().Seconds(), "deadlines/s")
		})
	}
	b.Run("72 hours by terms", func(b *testing.B) {
		for b.Loop() {
			_, _ = terms.Then[0].Due(facts, place, nil)
		}
	})
	b.Run("1 month", func(b *testing.B) {
		for b.Loop() {
			_, _ = final.Due(facts, place, nil)
		}
	})
	b.Run("72 hours with reasons", func(b *testing.B) {
		for b.Loop() {
			_ = gdpr.Due(aware, madrid).Reasons()
		}
	})
	b.Run("yardstick: add 72 hours and format", func(b *testing.B) {
		for b.Loop() {
			_ = aware.Add(72 * time.Hour).In(madrid).Format(time.RFC3339)
		}
	})
}
