package form_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"
	"time"

	"tocsin/gdpr"
	"tocsin/gdpr/form"
)

const receipt = "REGAGE25e00000000000"

func TestAFollowUpCarriesEverythingAndNamesTheFirst(t *testing.T) {
	first := finished(t)
	later := at.Add(240 * time.Hour)
	next, err := form.FollowUp(later, first, receipt)
	if err != nil {
		t.Fatal(err)
	}
	if next.Kind != form.Followup || next.Subtype != form.Incomplete || first.Kind != form.New {
		t.Errorf("%s %s, first %s", next.Kind, next.Subtype, first.Kind)
	}
	if a, _ := next.Answer("previous_notification_id"); a.Value.Text() != receipt || !a.AsOf.Equal(later) {
		t.Errorf("%+v", a)
	}
	changes, err := form.Changes(first, next, later)
	if err != nil {
		t.Fatal(err)
	}
	// The day for the communication has not changed; nothing else has.
	if len(changes) != 0 {
		t.Errorf("nothing was changed: %+v", changes)
	}
	next = put(t, next, later, "data_subjects_description", text("Usuarios"))
	next = put(t, next, later, "data_subjects_number", form.Answer{Value: form.Number(502)})
	next = put(t, next, later, "communicated", text("yes"))
	next = put(t, next, later, "communicated_on", text("2025-11-28"))
	if changes, err = form.Changes(first, next, later); err != nil {
		t.Fatal(err)
	}
	var numbers []int
	for _, c := range changes {
		numbers = append(numbers, c.Number)
		if c.To.State != "" && !c.Since.Equal(later) {
			t.Errorf("%s since %s", c.Key, c.Since)
		}
	}
	if !slices.Equal(numbers, []int{66, 68, 97, 98, 99}) {
		t.Errorf("changed: %v", numbers)
	}
	if from, _ := changes[1].From.Value.Number(); from != 500 || changes[4].To.State != "" {
		t.Errorf("%+v", changes)
	}
	if _, err := form.FollowUp(later, first, " "); err == nil {
		t.Error("a follow-up without the id of the first")
	}
}

func TestAWithdrawalAsksForItsReasonOnly(t *testing.T) {
	next, err := form.Withdraw(at, finished(t), receipt, "El conjunto de datos no era nuestro.")
	if err != nil {
		t.Fatal(err)
	}
	c := check(t, next, at)
	if c.Refusal() != nil || c.Percent != 100 || next.Subtype != form.Withdrawn {
		t.Errorf("%v %d %s", c.Refusal(), c.Percent, next.Subtype)
	}
	cleared, err := next.Clear("withdrawal_reasons")
	if err != nil || check(t, cleared, at).Refusal() == nil {
		t.Errorf("withdrawn without a reason: %v", err)
	}
	if _, err := form.Withdraw(at, finished(t), receipt, ""); err == nil {
		t.Error("withdrawn without a reason")
	}
}

func TestFrozenBytesDoNotDependOnTheOrder(t *testing.T) {
	d := finished(t)
	want, err := form.Freeze(d, at)
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Sorted(maps.Keys(d.Fields))
	slices.Reverse(all)
	other := d
	other.Fields = map[string]form.Answer{}
	for _, key := range all {
		other.Fields[key] = d.Fields[key]
	}
	got, err := form.Freeze(other, at.Add(time.Hour))
	if err != nil || !bytes.Equal(got.JSON, want.JSON) || got.SHA256 != want.SHA256 || len(got.SHA256) != 64 {
		t.Errorf("%v %s %s", err, got.SHA256, want.SHA256)
	}
	read, err := form.Decode(want.JSON)
	if err != nil {
		t.Fatal(err)
	}
	again, err := form.Freeze(read, at)
	if err != nil || !bytes.Equal(again.JSON, want.JSON) {
		t.Errorf("%v: decoding and freezing again changes the bytes", err)
	}
	bad := d
	bad.Fields = maps.Clone(d.Fields)
	bad.Fields["aware_at"] = text("yesterday")
	if _, err := form.Freeze(bad, at); err == nil {
		t.Error("an answer that is no answer was frozen")
	}
}

func TestPrefillNeverReplacesAPerson(t *testing.T) {
	d := example(t, form.Incomplete)
	for key, a := range d.Fields {
		if !a.Prefilled || a.Source == "" || a.State != form.StateKnown && a.State != form.StateEstimated {
			t.Errorf("%s: %+v", key, a)
		}
	}
	again, err := form.Prefill(d, at, vendorBreach())
	if err != nil || len(again.Earlier) != 0 {
		t.Errorf("the same again: %v %v", err, again.Earlier)
	}
	d = put(t, d, at, "measures_taken", text("Una persona lo ha escrito."))
	known := vendorBreach()
	known.People.Count, known.People.Approximate = count(510), true
	known.Timeline.Ongoing, known.Risk.Band = true, gdpr.BandHigh
	d, err = form.Prefill(d, at, known)
	if err != nil {
		t.Fatal(err)
	}
	if a, _ := d.Answer("measures_taken"); a.Value.Text() != "Una persona lo ha escrito." {
		t.Errorf("%+v", a)
	}
	a, _ := d.Answer("data_subjects_number")
	if n, _ := a.Value.Number(); n != 510 || a.State != form.StateEstimated || len(d.Earlier["data_subjects_number"]) != 1 {
		t.Errorf("%+v", a)
	}
	if _, ok := d.Answer("occurred_to"); ok {
		t.Error("an ongoing breach kept its end")
	}
	if a, _ := d.Answer("severity"); a.Value.Text() != "severe" {
		t.Errorf("%+v", a)
	}
	if len(check(t, d, at).Problems) != 0 {
		t.Errorf("%+v", check(t, d, at).Problems)
	}
	known.Data.Kinds = []string{"nothing"}
	if _, err := form.Prefill(d, at, known); err == nil {
		t.Error("a kind of data that does not exist was taken")
	}
}

func TestTheBandBecomesAnOptionOfThreeSteps(t *testing.T) {
	for band, want := range map[gdpr.Band]string{
		gdpr.BandLow: "minor", gdpr.BandMedium: "moderate", gdpr.BandHigh: "severe", gdpr.BandVeryHigh: "severe", "": "", "huge": "",
	} {
		if got := form.SeverityOption(band); got != want {
			t.Errorf("%q: %q, want %q", band, got, want)
		}
	}
}
