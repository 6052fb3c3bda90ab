package form_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/gdpr/form"
)

// anyAnswer draws an answer that a field takes, or anything.
func anyAnswer(t *rapid.T, f form.Field) form.Answer {
	state := rapid.SampledFrom([]form.State{"", "", "", form.StateKnown, form.StateEstimated, form.StateToBeDetermined,
		form.StateCannotBeDetermined, "odd"}).Draw(t, "state")
	a := form.Answer{State: state, Source: rapid.StringN(0, 5, -1).Draw(t, "source")}
	if rapid.IntRange(0, 4).Draw(t, "nonsense") == 0 {
		a.Value = rapid.SampledFrom([]form.Value{{}, form.Text(""), form.Text("x"), form.Number(-3), form.Flag(true),
			form.Choices(), form.Choices("x"), form.Counts(nil), form.Counts(map[string]int64{"XX": 1})}).Draw(t, "value")
		return a
	}
	a.Value = fitting(t, f)
	return a
}

// fitting draws a value that the field takes.
func fitting(t *rapid.T, f form.Field) form.Value {
	start := time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC)
	instant := start.Add(time.Duration(rapid.IntRange(0, 900).Draw(t, "hours")) * time.Hour)
	number := rapid.Int64Range(0, 1000).Draw(t, "number")
	var codes []string
	for _, o := range f.Options {
		codes = append(codes, o.Code)
	}
	switch f.List {
	case form.ListCountries:
		return form.Choices(rapid.SliceOfN(rapid.SampledFrom([]string{"ES", "FR", "DE"}), 1, 3).Draw(t, "countries")...)
	case form.ListCountPerCountry:
		return form.Counts(map[string]int64{rapid.SampledFrom([]string{"ES", "FR", "DE"}).Draw(t, "country"): number})
	case form.ListAuthorities:
		return form.Choices("AEPD")
	}
	switch f.Type {
	case form.TypeEnum:
		return form.Text(rapid.SampledFrom(codes).Draw(t, "option"))
	case form.TypeMulti:
		return form.Choices(rapid.SliceOfN(rapid.SampledFrom(codes), 1, 4).Draw(t, "options")...)
	case form.TypeNumber:
		return form.Number(number)
	case form.TypeBoolean:
		return form.Flag(number%2 == 0)
	case form.TypeDatetime:
		return form.Instant(instant)
	case form.TypeDate:
		return form.Day(instant)
	default:
		return form.Text("words <&> " + rapid.StringN(0, 5, -1).Draw(t, "text"))
	}
}

// anyDraft draws a draft that people and programs have filled at random.
func anyDraft(t *rapid.T, f form.Form) form.Draft {
	kind := rapid.SampledFrom([]form.Kind{form.New, form.Followup}).Draw(t, "kind")
	subtype := rapid.SampledFrom([]form.Subtype{form.Complete, form.Incomplete}).Draw(t, "subtype")
	d, err := form.NewDraft(f.Version, kind, subtype)
	if err != nil {
		t.Fatal(err)
	}
	d.Facts.ControllerOutsideEEA = rapid.Bool().Draw(t, "outside")
	for range rapid.IntRange(0, 150).Draw(t, "answers") {
		field := rapid.SampledFrom(f.Fields).Draw(t, "field")
		next, err := d.Set(at, field.Key, anyAnswer(t, field))
		if err == nil {
			d = next
		}
	}
	return d
}

func TestNothingPanicsAndNothingHiddenIsMissing(t *testing.T) {
	f := template(t)
	rapid.Check(t, func(t *rapid.T) {
		d := anyDraft(t, f)
		when := at.Add(time.Duration(rapid.IntRange(-2000, 2000).Draw(t, "when")) * time.Hour)
		c, err := form.Check(d, when)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range slices.Concat(c.MissingForComplete, c.MissingNow, c.LeftOpen) {
			if !slices.Contains(c.Visible, m.Key) {
				t.Errorf("%s is hidden and missing", m.Key)
			}
		}
		if c.Percent < 0 || c.Percent > 100 || c.Percent == 100 != (len(c.MissingForComplete) == 0) {
			t.Errorf("%d %% with %d missing", c.Percent, len(c.MissingForComplete))
		}
		if _, err := form.MarkOpen(d, at); err != nil {
			t.Error(err)
		}
		for _, p := range form.Projections() {
			for _, language := range p.Languages {
				if _, err := form.Project(d, p.Code, language, when); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

func TestAnsweringOnlyEverHelps(t *testing.T) {
	f := template(t)
	// What conditions look at shows and hides other fields; every other field
	// stands for itself.
	looked := map[string]bool{"notification_type": true, "notification_subtype": true}
	for _, field := range f.Fields {
		for _, key := range field.ShownIf.Fields() {
			looked[key] = true
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := anyDraft(t, f)
		before, err := form.Check(d, at)
		if err != nil {
			t.Fatal(err)
		}
		field := rapid.SampledFrom(f.Fields).Filter(func(field form.Field) bool { return !looked[field.Key] }).Draw(t, "answered")
		next, err := d.Set(at, field.Key, form.Answer{Value: fitting(t, field)})
		if err != nil {
			return
		}
		after, err := form.Check(next, at)
		if err != nil {
			t.Fatal(err)
		}
		if a, _ := next.Answer(field.Key); a.State == form.StateToBeDetermined {
			return
		}
		if after.Percent < before.Percent || after.Required != before.Required {
			t.Errorf("%s: from %d %% to %d %%", field.Key, before.Percent, after.Percent)
		}
		want := slices.DeleteFunc(keys(before.MissingForComplete), func(key string) bool { return key == field.Key })
		if !slices.Equal(keys(after.MissingForComplete), want) {
			t.Errorf("%s: missing %v, then %v", field.Key, keys(before.MissingForComplete), keys(after.MissingForComplete))
		}
	})
}

func TestAFrozenDraftReadsBackAsItself(t *testing.T) {
	f := template(t)
	rapid.Check(t, func(t *rapid.T) {
		d := anyDraft(t, f)
		frozen, err := form.Freeze(d, at)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range [][]byte{raw, frozen.JSON} {
			read, err := form.Decode(raw)
			if err != nil {
				t.Fatal(err)
			}
			again, err := form.Freeze(read, at)
			if err != nil || !bytes.Equal(again.JSON, frozen.JSON) {
				t.Fatalf("%v\n%s\n%s", err, again.JSON, frozen.JSON)
			}
		}
		changes, err := form.Changes(d, frozen.Draft, at)
		if err != nil || len(changes) != 0 {
			t.Errorf("%v %+v", err, changes)
		}
	})
}

func FuzzDecode(f *testing.F) {
	frozen, err := form.Freeze(finished(f), at)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(frozen.JSON)
	for _, seed := range []string{`{`, `null`, `[]`, `{"version":"edpb-2026-06-draft-1.0","kind":"new","subtype":"complete","fields":null}`,
		`{"version":"edpb-2026-06-draft-1.0","kind":"follow_up","subtype":"withdraw","fields":{"data_subjects_per_country":{"value":{"ES":1}}}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := form.Decode(raw)
		if err != nil {
			return
		}
		first, err := form.Freeze(d, at)
		if err != nil {
			t.Fatalf("decoded and not frozen: %v", err)
		}
		again, err := form.Decode(first.JSON)
		if err != nil {
			t.Fatalf("frozen and not decoded: %v", err)
		}
		second, err := form.Freeze(again, at)
		if err != nil || first.SHA256 != second.SHA256 {
			t.Fatalf("%v\n%s\n%s", err, first.JSON, second.JSON)
		}
		if _, err := form.Project(d, form.Generic, "es", at); err != nil {
			t.Fatal(err)
		}
	})
}
