package form

import (
	"slices"
	"time"
)

// Problem is a contradiction between answers. It names fields and never
// repeats what they say.
type Problem struct {
	// Keys are the fields concerned.
	Keys []string `json:"keys"`
	// Message says what contradicts and what to do, in English.
	Message string `json:"message"`
}

// problems looks for contradictions among what the draft would show.
func problems(v *view) []Problem {
	found := []Problem{}
	add := func(message string, keys ...string) {
		found = append(found, Problem{Keys: keys, Message: message})
	}
	v.timeProblems(add)
	v.peopleProblems(add)
	v.partyProblems(add)
	v.communicationProblems(add)
	return found
}

type addProblem func(message string, keys ...string)

func (v *view) timeProblems(add addProblem) {
	from, hasFrom := v.answer("occurred_from").Value.Instant()
	to, hasTo := v.answer("occurred_to").Value.Instant()
	aware, hasAware := v.answer("aware_at").Value.Instant()
	when := v.answer("occurred").Value.Text()
	if hasFrom && hasTo && to.Before(from) {
		add("the end lies before the beginning: correct one of them", "occurred_from", "occurred_to")
	}
	if hasFrom && hasTo && when == "on_day" && from.Format(time.DateOnly) != to.In(from.Location()).Format(time.DateOnly) {
		add("a specific day is chosen and beginning and end lie on different days: choose a period", "occurred", "occurred_from", "occurred_to")
	}
	// The end is hidden while the breach goes on, so its answer is looked for
	// behind the condition.
	if _, ended := v.draft.Fields["occurred_to"]; ended && when == "ongoing" {
		add("the breach is still ongoing and has an end: choose a period or clear the end", "occurred", "occurred_to")
	}
	if hasFrom && hasAware && from.After(aware) {
		add("the breach begins after the awareness of it: correct one of them", "occurred_from", "aware_at")
	}
	for _, key := range []string{"occurred_from", "occurred_to", "aware_at"} {
		if t, ok := v.answer(key).Value.Instant(); ok && t.After(v.at) {
			add("the instant lies in the future: correct it", key)
		}
	}
	for _, key := range []string{"other_party_notified_on", "communicated_on"} {
		if day := v.answer(key).Value.Text(); day != "" && day > v.lastDay() {
			add("the day lies in the future: correct it", key)
		}
	}
	told := v.answer("communicated_on").Value.Text()
	if hasAware && told != "" && told < aware.Format(time.DateOnly) {
		add("the people were told before the awareness of the breach: correct one of them", "communicated_on", "aware_at")
	}
	if planned := v.answer("communication_planned_on").Value.Text(); planned != "" && planned < v.firstDay() {
		add("the day on which the people will be told has passed: say when they were told, or another day", "communication_planned_on")
	}
}

// lastDay and firstDay are the days that it is anywhere on Earth at the
// instant: a day has no offset, so only what is wrong everywhere is wrong.
func (v *view) lastDay() string  { return v.at.UTC().Add(14 * time.Hour).Format(time.DateOnly) }
func (v *view) firstDay() string { return v.at.UTC().Add(-12 * time.Hour).Format(time.DateOnly) }

func (v *view) peopleProblems(add addProblem) {
	for _, keys := range [][2]string{
		{"data_subjects_per_country", "affected_countries"},
		{"data_subjects_per_country_outside", "affected_countries_outside"},
	} {
		perCountry := v.answer(keys[0]).Value.Counts()
		var sum int64
		named := v.answer(keys[1]).Value.List()
		for _, code := range sortedKeys(perCountry) {
			sum += perCountry[code]
			if !slices.Contains(named, code) {
				add("numbers are given for a country that is not listed: list it or leave it out", keys[0], keys[1])
				break
			}
		}
		number := v.answer("data_subjects_number")
		total, ok := number.Value.Number()
		switch {
		case !ok || sum <= total:
		case total == 0:
			add("no people are affected in all, yet some are per country: correct one of them", "data_subjects_number", keys[0])
		case v.answer("data_subjects_known").Value.Text() == "exact" && number.State == StateKnown:
			add("more people are affected per country than in all: correct one of them", "data_subjects_number", keys[0])
		}
	}
	people, hasPeople := v.answer("data_subjects_number").Value.Number()
	records, hasRecords := v.answer("records_number").Value.Number()
	if hasPeople && hasRecords && people == 0 && records > 0 {
		add("no people are affected, yet records of personal data are: correct one of them", "data_subjects_number", "records_number")
	}
}

func (v *view) partyProblems(add addProblem) {
	involved := v.answer("other_parties_involved").Value.Text()
	if involved == "no" && v.answer("discovered_by").Value.Text() == "processor" {
		add("a processor told of the breach, yet no other party is involved: correct one of them", "other_parties_involved", "discovered_by")
	}
	keys := []string{"other_party_role", "other_party_name", "other_party_contact"}
	sizes := map[int]bool{}
	for _, key := range keys {
		if n := len(v.answer(key).Value.List()); n > 0 {
			sizes[n] = true
		}
	}
	if len(sizes) > 1 {
		add("give as many roles, names and contacts as there are parties, in the same order", keys...)
	}
}

func (v *view) communicationProblems(add addProblem) {
	risk, told := v.answer("risk_outcome").Value.Text(), v.answer("communicated").Value.Text()
	if risk == "high_risk" && told == "no_high_risk_unlikely" {
		add("the risk is likely high, yet the people are not told because it is not (GDPR Art. 34(1)): correct one of them",
			"risk_outcome", "communicated")
	}
	if risk == "high_risk" && v.answer("severity").Value.Text() == "minor" {
		add("the risk is likely high, yet the impacts are minor: correct one of them", "risk_outcome", "severity")
	}
}
