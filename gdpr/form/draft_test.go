package form_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"tocsin/gdpr/form"
)

func empty(t testing.TB, kind form.Kind, subtype form.Subtype) form.Draft {
	t.Helper()
	d, err := form.NewDraft(form.Versions()[0], kind, subtype)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSetSaysWhatAFieldTakes(t *testing.T) {
	long := form.Text(strings.Repeat("é", 1001))
	for _, c := range []struct {
		name, key string
		answer    form.Answer
		message   string
	}{
		{"a field that does not exist", "severty", text("minor"),
			`field: "severty"; expected the key of a field of edpb-2026-06-draft-1.0; did you mean severity?`},
		{"an option that does not exist", "severity", text("modrate"),
			`field 87 (severity): "modrate"; expected one of minor, moderate, severe, to_be_determined; did you mean moderate?`},
		{"a letter that does not exist", "occurred", text("f"),
			`field 44 (occurred): "f"; expected one of on_day, from_to, ongoing, cannot_be_determined, to_be_determined`},
		{"several options of one", "severity", form.Answer{Value: form.Choices("minor", "severe")},
			`field 87 (severity): "a list of 2"; expected one of minor, moderate, severe, to_be_determined`},
		{"no option of several", "breach_nature", form.Answer{Value: form.Choices()},
			`field 55 (breach_nature): "a list of 0"; expected some of confidentiality, integrity, availability`},
		{"a time without offset", "aware_at", text("2025-11-25T17:30:00"),
			`field 48 (aware_at): "2025-11-25T17:30:00"; expected an instant with offset, such as 2026-11-17T10:17:00+01:00`},
		{"an instant where a day is asked", "communicated_on", text("2025-11-25T17:30:00Z"),
			`field 98 (communicated_on): "2025-11-25T17:30:00Z"; expected a day, such as 2026-11-17`},
		{"a day that does not exist", "communicated_on", text("2025-02-30"),
			`field 98 (communicated_on): "2025-02-30"; expected a day, such as 2026-11-17`},
		{"a year that is a slip", "aware_at", text("0205-11-25T17:30:00Z"),
			`field 48 (aware_at): "0205-11-25T17:30:00Z"; expected an instant with offset, such as 2026-11-17T10:17:00+01:00`},
		{"a negative number", "data_subjects_number", form.Answer{Value: form.Number(-1)},
			`field 68 (data_subjects_number): "-1"; expected a whole number that is not negative`},
		{"a number as text", "data_subjects_number", text("500"),
			`field 68 (data_subjects_number): "a text of 3 characters"; expected a whole number that is not negative`},
		{"too long a text", "controller_name", form.Answer{Value: long},
			`field 12 (controller_name): "a text of 1001 characters"; expected at most 1000 characters`},
		{"a blank text", "controller_name", text(" \n"),
			`field 12 (controller_name): "a blank text"; expected a text of at most 1000 characters`},
		{"a control character", "controller_name", text("a\x00b"),
			`field 12 (controller_name): "a text of 3 characters"; expected text without control characters`},
		{"a text for yes or no", "occurred_estimated", text("yes"),
			`field 45 (occurred_estimated): "a text of 3 characters"; expected true or false`},
		{"a country outside the EEA", "affected_countries", form.Answer{Value: form.Choices("ES", "GB")},
			`field 116 (affected_countries): "GB"; expected codes of EEA countries, such as ES`},
		{"an authority that does not exist", "authorities_notified", form.Answer{Value: form.Choices("AEDP")},
			`field 118 (authorities_notified): "AEDP"; expected codes of authorities, such as AEPD; did you mean AEPD?`},
		{"one number for many countries", "data_subjects_per_country", form.Answer{Value: form.Number(5)},
			`field 117 (data_subjects_per_country): "5"; expected a whole number per EEA country, such as {"ES": 180}`},
		{"what cannot be left open", "aware_at", form.Answer{State: form.StateToBeDetermined},
			`field 48 (aware_at): "to_be_determined"; expected an instant with offset, such as 2026-11-17T10:17:00+01:00: the field cannot be left open in that way`},
		{"nothing at all", "aware_at", form.Answer{},
			`field 48 (aware_at): "no value"; expected an instant with offset, such as 2026-11-17T10:17:00+01:00`},
		{"a state that does not exist", "aware_at", form.Answer{State: "maybe"},
			`field 48 (aware_at): "maybe"; expected a state: known, estimated, to_be_determined or cannot_be_determined`},
		{"a state against the option", "severity", form.Answer{Value: form.Text("to_be_determined"), State: form.StateKnown},
			`field 87 (severity): "known"; expected the state to_be_determined, which the chosen option says`},
		{"an option against the state", "severity", form.Answer{Value: form.Text("minor"), State: form.StateToBeDetermined},
			`field 87 (severity): "to_be_determined"; expected known or estimated, or an option that says so itself`},
		{"an instant to come", "severity", form.Answer{Value: form.Text("minor"), AsOf: at.Add(time.Hour)},
			`field 87 (severity): "as_of 2025-11-27T09:30:00Z"; expected an instant that is not in the future`},
		{"a new notification withdrawn", "notification_subtype", text("withdraw"),
			`field 4 (notification_subtype): "withdraw"; expected complete or incomplete: only a follow-up can withdraw a notification`},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := empty(t, form.New, form.Incomplete)
			after, err := before.Set(at, c.key, c.answer)
			if len(after.Fields) != 0 || after.Kind != before.Kind || after.Subtype != before.Subtype {
				t.Errorf("a refused answer changed the draft: %+v", after)
			}
			var refused *form.FieldError
			if !errors.As(err, &refused) || err.Error() != c.message {
				t.Errorf("got  %v\nwant %s", err, c.message)
			}
		})
	}
}

func TestSetKeepsSinceWhenAndWhatWasBefore(t *testing.T) {
	first := put(t, empty(t, form.New, form.Incomplete), at, "data_subjects_number",
		form.Answer{Value: form.Number(400), State: form.StateEstimated, Source: "vendor"})
	same := put(t, first, at.Add(time.Hour), "data_subjects_number",
		form.Answer{Value: form.Number(400), State: form.StateEstimated, Source: "vendor"})
	if a, _ := same.Answer("data_subjects_number"); !a.AsOf.Equal(at) || len(same.Earlier) != 0 {
		t.Errorf("the same answer again: %+v", same)
	}
	sourced := put(t, same, at.Add(2*time.Hour), "data_subjects_number",
		form.Answer{Value: form.Number(400), State: form.StateEstimated, Source: "people import round 1"})
	if a, _ := sourced.Answer("data_subjects_number"); !a.AsOf.Equal(at) || a.Source != "people import round 1" ||
		len(sourced.Earlier["data_subjects_number"]) != 1 {
		t.Errorf("another source: %+v", sourced)
	}
	known := put(t, sourced, at.Add(3*time.Hour), "data_subjects_number", form.Answer{Value: form.Number(500)})
	a, _ := known.Answer("data_subjects_number")
	earlier := known.Earlier["data_subjects_number"]
	if !a.AsOf.Equal(at.Add(3*time.Hour)) || a.State != form.StateKnown || len(earlier) != 2 || earlier[0].Source != "vendor" {
		t.Errorf("another answer: %+v", known)
	}
	if n, _ := first.Fields["data_subjects_number"].Value.Number(); n != 400 || len(first.Earlier) != 0 {
		t.Error("the first draft changed")
	}
	cleared, err := known.Clear("data_subjects_number")
	if _, ok := cleared.Answer("data_subjects_number"); err != nil || ok || len(cleared.Earlier["data_subjects_number"]) != 3 {
		t.Errorf("%v %+v", err, cleared)
	}
}

func TestAnOptionSaysItsState(t *testing.T) {
	d := empty(t, form.New, form.Incomplete)
	for _, c := range []struct {
		key   string
		given form.Answer
		value string
		state form.State
	}{
		{"occurred", text("e"), `"to_be_determined"`, form.StateToBeDetermined},
		{"occurred", form.Answer{State: form.StateToBeDetermined}, `"to_be_determined"`, form.StateToBeDetermined},
		{"occurred", form.Answer{State: form.StateCannotBeDetermined}, `"cannot_be_determined"`, form.StateCannotBeDetermined},
		{"risk_outcome", form.Answer{State: form.StateToBeDetermined}, `"more_information_needed"`, form.StateToBeDetermined},
		{"data_types", form.Answer{State: form.StateToBeDetermined}, `["not_yet_known"]`, form.StateToBeDetermined},
		{"data_types", form.Answer{Value: form.Choices("t", "b", "a", "b")}, `["basic","contact","not_yet_known"]`, form.StateToBeDetermined},
		{"communicated", text("b1"), `"no_date_open"`, form.StateKnown},
		{"systems_description", form.Answer{State: form.StateToBeDetermined}, `null`, form.StateToBeDetermined},
		{"other_party_name", text("Mirador Analytics"), `["Mirador Analytics"]`, form.StateKnown},
		{"aware_at", text("2025-11-25T17:30:00.25+01:00"), `"2025-11-25T17:30:00+01:00"`, form.StateKnown},
		{"affected_countries", form.Answer{Value: form.Choices("fr", "ES", "FR")}, `["ES","FR"]`, form.StateKnown},
		{"authorities_notified", form.Answer{Value: form.Choices("baylda")}, `["DE-BY"]`, form.StateKnown},
	} {
		a, _ := put(t, d, at, c.key, c.given).Answer(c.key)
		raw, err := json.Marshal(a.Value)
		if err != nil || string(raw) != c.value || a.State != c.state {
			t.Errorf("%s: %s %s %v, want %s %s", c.key, raw, a.State, err, c.value, c.state)
		}
	}
}

func TestDecodeRefusesWhatIsNoDraft(t *testing.T) {
	head := `"version":"edpb-2026-06-draft-1.0","kind":"new","subtype":"complete"`
	for _, c := range []struct{ name, raw, message string }{
		{"no JSON", `{`, `draft: "unexpected EOF"`},
		{"a list", `[]`, `draft: "the wrong type for "`},
		{"two documents", `{` + head + `} {}`, `draft: "more follows"`},
		{"a stray bracket behind", `{` + head + `} }`, `draft: "more follows"`},
		{"a number that is null", `{` + head + `,"fields":{"data_subjects_per_country":{"value":{"ES":null}}}}`,
			`field 117 (data_subjects_per_country): "a value of another kind"; expected an answer`},
		{"a text that is null", `{` + head + `,"fields":{"breach_nature":{"value":[null]}}}`, `field 55 (breach_nature): "a value of another kind"`},
		{"an unknown name", `{` + head + `,"extra":1}`, `draft: "unknown field \"extra\""`},
		{"a name twice", `{` + head + `,"fields":{},"Fields":{}}`, `draft: "Fields"; expected each name once`},
		{"too deep", strings.Repeat("[", 20), `draft: "nested too deep"`},
		{"an unknown edition", `{"version":"x","kind":"new","subtype":"complete"}`, `version: "x"; expected an edition`},
		{"an unknown kind", `{"version":"edpb-2026-06-draft-1.0","kind":"newer","subtype":"complete"}`, `field 3 (notification_type): "newer"`},
		{"an unknown field", `{` + head + `,"fields":{"severite":{"value":"minor"}}}`, `field: "severite"`},
		{"the kind among the fields", `{` + head + `,"fields":{"notification_type":{"value":"new"}}}`, `field 3 (notification_type): "an answer among fields"`},
		{"a fraction", `{` + head + `,"fields":{"data_subjects_number":{"value":1.5}}}`, `field 68 (data_subjects_number): "a number that is not whole"`},
		{"an unknown part of an answer", `{` + head + `,"fields":{"severity":{"valu":"minor"}}}`, `field 87 (severity): "unknown field \"valu\""`},
		{"a wrong answer among earlier ones", `{` + head + `,"earlier":{"severity":[{"value":"small"}]}}`, `field 87 (severity): "small"`},
		{"a band that does not exist", `{` + head + `,"facts":{"severity_band":"huge"}}`, `severity_band: "huge"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := form.Decode([]byte(c.raw))
			var refused *form.FieldError
			if !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), c.message) {
				t.Errorf("got  %v\nwant %s", err, c.message)
			}
		})
	}
}
