package form_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/gdpr/form"
)

func check(t testing.TB, d form.Draft, at time.Time) form.Completeness {
	t.Helper()
	c, err := form.Check(d, at)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func keys(list []form.Missing) []string {
	out := []string{}
	for _, m := range list {
		out = append(out, m.Key)
	}
	return out
}

func TestAnEmptyDraftSaysTheLeastThatCanBeFiled(t *testing.T) {
	c := check(t, empty(t, form.New, form.Incomplete), at)
	want := []string{"controller_name", "controller_contact", "reporter_name", "reporter_contact", "reporter_function",
		"dpo_designated", "other_parties_involved", "aware_at", "discovered_by", "discovery_description", "breach_nature",
		"incident_description", "measures_before", "measures_taken", "measures_after", "cross_border_eea"}
	if !slices.Equal(keys(c.MissingNow), want) {
		t.Errorf("missing now: %v", keys(c.MissingNow))
	}
	if c.Percent >= 10 || len(c.MissingForComplete) != c.Required-c.Settled || c.Settled != 2 {
		t.Errorf("%d of %d, %d %%", c.Settled, c.Required, c.Percent)
	}
	if len(c.LeftOpen)+len(c.MissingNow) != len(c.MissingForComplete) {
		t.Error("what may be open and what may not do not add up")
	}
	if c.MissingNow[7].WhoKnows[0] != "dpo" || c.MissingNow[7].Number != 48 {
		t.Errorf("%+v", c.MissingNow[7])
	}
}

func TestTheExampleCanBeFiledIncompleteAndNotComplete(t *testing.T) {
	d := finished(t)
	c := check(t, d, at)
	if err := c.Refusal(); err != nil || len(c.Problems) != 0 {
		t.Fatalf("%v %+v", err, c.Problems)
	}
	if !slices.Equal(keys(c.LeftOpen), []string{"data_subjects_description"}) || c.LeftOpen[0].WhoKnows[0] != "Mirador Analytics" {
		t.Errorf("%+v", c.LeftOpen)
	}
	d = put(t, d, at, "notification_subtype", text("complete"))
	err := check(t, d, at).Refusal()
	var refused *form.NotReadyError
	if !errors.As(err, &refused) || err.Error() !=
		"the notification cannot be filed as complete: field 66 (data_subjects_description): to be determined" {
		t.Errorf("%v", err)
	}
	d = put(t, d, at, "data_subjects_description", text("Usuarios"))
	if c := check(t, d, at); c.Refusal() != nil || c.Percent != 100 {
		t.Errorf("%v %d", c.Refusal(), c.Percent)
	}
}

func TestReasonsForTheDelayAreAskedAfter72Hours(t *testing.T) {
	d := finished(t)
	due := local(28, 17, 30)
	if got := check(t, d, due); got.Refusal() != nil {
		t.Errorf("at the limit: %v", got.Refusal())
	}
	late := check(t, put(t, d, due, "communicated", text("no_date_open")), due.Add(time.Second))
	if !slices.Equal(keys(late.MissingNow), []string{"delay_reasons"}) {
		t.Errorf("late: %v", keys(late.MissingNow))
	}
	next, err := form.FollowUp(due, d, "REGAGE25e00000000000")
	if err != nil {
		t.Fatal(err)
	}
	if c := check(t, next, due.Add(time.Second)); slices.Contains(c.Visible, "delay_reasons") {
		t.Error("a follow-up is asked for the reasons of the delay")
	}
	answered := put(t, d, due, "delay_reasons", text("El encargado entregó los datos tarde."))
	if slices.Contains(check(t, answered, at).Visible, "delay_reasons") {
		t.Error("reasons are asked in time")
	}
}

func TestMarkOpenSaysWhatWillFollow(t *testing.T) {
	d := empty(t, form.New, form.Incomplete)
	d = put(t, d, at, "breach_nature", form.Answer{Value: form.Choices("confidentiality", "availability")})
	d, err := form.MarkOpen(d, at)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range check(t, d, at).LeftOpen {
		if m.State != form.StateToBeDetermined {
			t.Errorf("%s is left without a word", m.Key)
		}
	}
	if a, _ := d.Answer("risk_outcome"); a.Value.Text() != "more_information_needed" {
		t.Errorf("%+v", a)
	}
	if _, ok := d.Answer("controller_name"); ok {
		t.Error("a field that cannot be open is marked")
	}
}

func TestContradictionsAreNamed(t *testing.T) {
	type set map[string]form.Answer
	number := func(n int64) form.Answer { return form.Answer{Value: form.Number(n)} }
	for _, c := range []struct {
		name  string
		set   set
		fault string
		keys  []string
	}{
		{"the end before the beginning", set{"occurred_to": text("2025-11-07T10:00:00+01:00")}, "the end lies before", []string{"occurred_from", "occurred_to"}},
		{"ended and still ongoing", set{"occurred": text("ongoing")}, "still ongoing and has an end", []string{"occurred", "occurred_to"}},
		{"one day and two days", set{"occurred": text("on_day")}, "a specific day", []string{"occurred", "occurred_from", "occurred_to"}},
		{"begun after the awareness", set{"occurred_from": text("2025-11-26T10:00:00+01:00"), "occurred_to": text("2025-11-26T10:00:00+01:00")},
			"begins after the awareness", []string{"occurred_from", "aware_at"}},
		{"aware in the future", set{"aware_at": text("2025-12-26T10:00:00+01:00")}, "lies in the future", []string{"aware_at"}},
		{"told by another in the future", set{"other_party_notified_on": text("2025-12-26")}, "lies in the future", []string{"other_party_notified_on"}},
		{"people told before awareness", set{"communicated": text("yes"), "communicated_on": text("2025-11-24")}, "told before the awareness",
			[]string{"communicated_on", "aware_at"}},
		{"a plan in the past", set{"communication_planned_on": text("2025-11-25")}, "has passed", []string{"communication_planned_on"}},
		{"no people but some per country", set{"data_subjects_number": number(0), "records_number": number(0)}, "no people are affected in all",
			[]string{"data_subjects_number", "data_subjects_per_country"}},
		{"no people but records", set{"data_subjects_number": number(0), "data_subjects_per_country": {Value: form.Counts(map[string]int64{"ES": 0})}},
			"yet records of personal data are", []string{"data_subjects_number", "records_number"}},
		{"fewer people than per country", set{"data_subjects_number": number(499)}, "more people are affected per country",
			[]string{"data_subjects_number", "data_subjects_per_country"}},
		{"a country that is not listed", set{"affected_countries": {Value: form.Choices("ES")}}, "a country that is not listed",
			[]string{"data_subjects_per_country", "affected_countries"}},
		{"a processor and no party", set{"other_parties_involved": text("no")}, "no other party is involved",
			[]string{"other_parties_involved", "discovered_by"}},
		{"two names and one role", set{"other_party_name": {Value: form.Choices("A", "B")}}, "as many roles", []string{"other_party_role", "other_party_name", "other_party_contact"}},
		{"a high risk that is not high", set{"risk_outcome": text("high_risk"), "communicated": text("no_high_risk_unlikely")}, "Art. 34(1)",
			[]string{"risk_outcome", "communicated"}},
		{"a high risk with minor impacts", set{"risk_outcome": text("high_risk"), "severity": text("minor")}, "impacts are minor", []string{"risk_outcome", "severity"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := finished(t)
			for key, a := range c.set {
				d = put(t, d, at, key, a)
			}
			problems := check(t, d, at).Problems
			if len(problems) != 1 || !strings.Contains(problems[0].Message, c.fault) || !slices.Equal(problems[0].Keys, c.keys) {
				t.Errorf("%+v", problems)
			}
			if check(t, d, at).Refusal() == nil {
				t.Error("it can be filed")
			}
		})
	}
}

func TestAControllerOutsideTheEEAIsAskedOtherQuestions(t *testing.T) {
	known := vendorBreach()
	known.Language, known.Controller.OutsideEEA, known.NoDPO = "en", true, true
	known.Controller.Representative, known.Reporter.Function = "Example Representative", "legal_representative"
	d, err := form.Prefill(empty(t, form.New, form.Incomplete), at, known)
	if err != nil {
		t.Fatal(err)
	}
	c := check(t, d, at)
	for key, want := range map[string]bool{
		"representative_name": true, "processing_from_outside_eea": true, "cross_border_eea": false,
		"establishment_countries": false, "dpo_designated": true, "dpo_name": false, "affected_countries_outside": false,
	} {
		if slices.Contains(c.Visible, key) != want {
			t.Errorf("%s is shown: %v", key, !want)
		}
	}
	d = put(t, d, at, "processing_from_outside_eea", text("yes"))
	if c := check(t, d, at); !slices.Contains(c.Answered, "data_subjects_per_country_outside") ||
		!slices.Contains(c.Answered, "authorities_notified_outside") {
		t.Errorf("answered: %v", c.Answered)
	}
	if a, _ := d.Answer("timeline_comments"); a.Value.Text() != "The processor became aware of the breach on 9 November 2025, 10:20 (+01:00)." {
		t.Errorf("%+v", a)
	}
}
