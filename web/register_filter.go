package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// registerParameters are the parameters by which the register is narrowed, on the
// page, in the API and for an export.
func registerParameters() []string {
	return []string{"year", "state", "outcome", "severity", "vendor", "search", "drills"}
}

// registerFilter reads which cases of the register are asked for.
func registerFilter(given url.Values) (postgres.RegisterFilter, error) {
	f := postgres.RegisterFilter{Vendor: strings.TrimSpace(given.Get("vendor")), Search: strings.TrimSpace(given.Get("search"))}
	if text := given.Get("year"); text != "" {
		year, err := yearOf(text)
		if err != nil {
			return f, err
		}
		f.Year = year
	}
	switch given.Get("state") {
	case "":
	case "open", "closed":
		open := given.Get("state") == "open"
		f.Open = &open
	default:
		return f, incident.InvalidField("state", intake.Shortened(given.Get("state")), "is not known", "open or closed")
	}
	if f.Outcome = given.Get("outcome"); f.Outcome != "" && !slices.Contains(incident.RegisterOutcomes(), f.Outcome) {
		return f, incident.InvalidField("outcome", intake.Shortened(f.Outcome), "is not known", "notified, owed, not_notified, undecided, withdrawn or joined")
	}
	if f.Severity = strings.ReplaceAll(given.Get("severity"), "_", " "); f.Severity != "" && !slices.Contains(incident.SeverityBands(), f.Severity) {
		return f, incident.InvalidField("severity", intake.Shortened(f.Severity), "is not known", "low, medium, high or very_high")
	}
	for _, name := range []string{"vendor", "search"} {
		if len(given.Get(name)) > longestSearch {
			return f, incident.InvalidField(name, intake.Shortened(given.Get(name)), "is too long", incident.Say("at most %d bytes", longestSearch))
		}
	}
	switch given.Get("drills") {
	case "", "no":
	case "yes":
		f.Drills = true
	default:
		return f, incident.InvalidField("drills", intake.Shortened(given.Get("drills")), "is not known", "yes or no")
	}
	return f, nil
}

// yearOf reads a year.
func yearOf(text string) (int, error) {
	year, err := strconv.Atoi(text)
	if err != nil || year < 1990 || year > 9999 {
		return 0, incident.InvalidField("year", intake.Shortened(text), "is not a year", "a year such as 2026")
	}
	return year, nil
}

// recordedFilter is a filter as the record keeps it: what was chosen from a list
// with its value, of what was typed only that something was, since it may name
// somebody.
func recordedFilter(given url.Values) map[string]string {
	kept := map[string]string{}
	for _, name := range registerParameters() {
		switch value := strings.TrimSpace(given.Get(name)); {
		case value == "":
		case name == "vendor" || name == "search":
			kept[name] = "given"
		default:
			kept[name] = value
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

// filterInWords says which cases were asked for; empty for all.
func filterInWords(given url.Values, f postgres.RegisterFilter, w wording.Words) string {
	var parts []string
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, w.T(key)+": "+value)
		}
	}
	if f.Year != 0 {
		add("register_year", strconv.Itoa(f.Year))
	}
	if f.Open != nil {
		add("register_state", w.T("register_"+given.Get("state")))
	}
	if f.Outcome != "" {
		add("register_outcome", w.T("register_outcome_"+f.Outcome))
	}
	if f.Severity != "" {
		add("register_severity", w.T("register_band_"+strings.ReplaceAll(f.Severity, " ", "_")))
	}
	add("register_vendor", f.Vendor)
	add("register_search", f.Search)
	if f.Drills {
		parts = append(parts, w.T("register_with_drills"))
	}
	return strings.Join(parts, "; ")
}
