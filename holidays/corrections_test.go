package holidays

import "testing"

// A holiday that the library renames would slip through its correction.
func TestEveryCorrectionStillFindsItsHoliday(t *testing.T) {
	names := map[string]map[string]bool{}
	for country, list := range rulesByCountry() {
		names[country] = map[string]bool{}
		for _, h := range list {
			names[country][h.Name] = true
		}
	}
	for country, list := range leftOut {
		for name := range list {
			if !names[country][name] {
				t.Errorf("%s: the library has no %q to leave out", country, name)
			}
		}
	}
	for country, list := range renamed {
		for name := range list {
			if !names[country][name] {
				t.Errorf("%s: the library has no %q to rename", country, name)
			}
		}
	}
	for country := range added {
		if names[country] == nil {
			t.Errorf("%s is not a country of the library", country)
		}
	}
}
