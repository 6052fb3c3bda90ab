package form_test

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"tocsin/gdpr"
	"tocsin/gdpr/form"
)

func template(t testing.TB) form.Form {
	t.Helper()
	f, err := form.Template(form.Versions()[0])
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTheTemplateHasTheFieldsOfTheReference(t *testing.T) {
	counts := map[form.Requirement]int{}
	types := map[form.Type]int{}
	f := template(t)
	last := 0
	for _, field := range f.Fields {
		counts[field.Requirement]++
		of := field.Type
		if field.TypeInTemplate != "" {
			of = field.TypeInTemplate
		}
		types[of]++
		if field.Number <= last {
			t.Errorf("field %d stands after %d", field.Number, last)
		}
		last = field.Number
	}
	if len(f.Fields) != 100 || counts[form.Mandatory] != 42 || counts[form.Conditional] != 46 || counts[form.Optional] != 12 {
		t.Errorf("%d fields: %v", len(f.Fields), counts)
	}
	want := map[form.Type]int{form.TypeEnum: 30, form.TypeText: 27, form.TypeTextarea: 20, form.TypeMulti: 10,
		form.TypeDate: 4, form.TypeNumber: 4, form.TypeDatetime: 3, form.TypeBoolean: 2}
	for kind, n := range want {
		if types[kind] != n {
			t.Errorf("%d fields of type %s, want %d", types[kind], kind, n)
		}
	}
}

var snakeCase = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

var whoKnows = []string{"dpo", "vendor", "security", "legal", "hr", "business", "communications", "management"}

func TestEveryFieldIsWhole(t *testing.T) {
	f := template(t)
	var sections []string
	for _, s := range f.Sections {
		sections = append(sections, s.Code)
		if s.Title.EN == "" || s.Title.ES == "" {
			t.Errorf("section %s has no title", s.Code)
		}
	}
	keys := map[string]bool{}
	for _, field := range f.Fields {
		if keys[field.Key] || !snakeCase.MatchString(field.Key) {
			t.Errorf("field %d: key %q", field.Number, field.Key)
		}
		keys[field.Key] = true
		if !slices.Contains(sections, field.Section) {
			t.Errorf("field %d: section %q", field.Number, field.Section)
		}
		if field.Label.EN == "" || field.Label.ES == "" || field.Label.EN == field.Label.ES && field.Label.EN != "Sector" {
			t.Errorf("field %d: labels %+v", field.Number, field.Label)
		}
		if field.Source == "" || field.Article == "" || field.ValidFrom != "2026-06-10" || field.VerifiedAt != "2026-11-23" {
			t.Errorf("field %d: %+v", field.Number, field.Provenance)
		}
		if len(field.WhoKnows) == 0 {
			t.Errorf("field %d: nobody could know", field.Number)
		}
		for _, who := range field.WhoKnows {
			if !slices.Contains(whoKnows, who) {
				t.Errorf("field %d: %q", field.Number, who)
			}
		}
		hasOptions := (field.Type == form.TypeEnum || field.Type == form.TypeMulti) && field.List == ""
		if hasOptions != (len(field.Options) > 1) {
			t.Errorf("field %d: %s with %d options", field.Number, field.Type, len(field.Options))
		}
		if field.ShownIf == nil && field.Requirement == form.Conditional && !field.Voluntary {
			t.Errorf("field %d is conditional and has no condition", field.Number)
		}
		checkOptions(t, field)
	}
}

func checkOptions(t *testing.T, field form.Field) {
	t.Helper()
	letters, codes := map[string]bool{}, map[string]bool{}
	open := false
	for _, o := range field.Options {
		if letters[o.Letter] || codes[o.Code] || o.Letter == "" || !snakeCase.MatchString(o.Code) || len(o.Code) == 1 {
			t.Errorf("field %d: option %q %q", field.Number, o.Letter, o.Code)
		}
		letters[o.Letter], codes[o.Code] = true, true
		if o.Label.EN == "" || o.Label.ES == "" {
			t.Errorf("field %d option %s: labels %+v", field.Number, o.Letter, o.Label)
		}
		if o.OnlyIncomplete != (o.State == form.StateToBeDetermined) {
			t.Errorf("field %d option %s: %q, only incomplete %v", field.Number, o.Letter, o.State, o.OnlyIncomplete)
		}
		open = open || o.OnlyIncomplete
	}
	// A field with options can be left open only by an option that says so.
	if len(field.Options) > 0 && open != field.MayBeOpen {
		t.Errorf("field %d may be open: %v, has such an option: %v", field.Number, field.MayBeOpen, open)
	}
	if field.MayBeOpen && (field.Requirement == form.Optional || field.Voluntary) {
		t.Errorf("field %d is never required and may be open", field.Number)
	}
}

func TestConditionsNameFieldsAndOptionsThatExist(t *testing.T) {
	f := template(t)
	position := map[string]int{}
	for i, field := range f.Fields {
		position[field.Key] = i
	}
	var check func(field form.Field, c *form.Condition)
	check = func(field form.Field, c *form.Condition) {
		for i := range c.All {
			check(field, &c.All[i])
		}
		for i := range c.Any {
			check(field, &c.Any[i])
		}
		if c.Not != nil {
			check(field, c.Not)
		}
		if c.Op == "" {
			if (c.All == nil) == (c.Any == nil) && c.Not == nil {
				t.Errorf("field %d: an empty condition", field.Number)
			}
			return
		}
		checkComparison(t, f, field, c)
		// A condition looks back only, so conditions form no circle.
		if c.Field != "" && position[c.Field] >= position[field.Key] {
			t.Errorf("field %d looks ahead to %s", field.Number, c.Field)
		}
	}
	n := 0
	for _, field := range f.Fields {
		if field.ShownIf != nil {
			check(field, field.ShownIf)
			n++
		}
	}
	if n < 45 {
		t.Errorf("only %d conditions", n)
	}
}

func checkComparison(t *testing.T, f form.Form, field form.Field, c *form.Condition) {
	t.Helper()
	if c.Op == form.OpOutsideEEA {
		return
	}
	of, ok := f.Field(c.Field)
	if !ok {
		t.Errorf("field %d: condition on %q", field.Number, c.Field)
		return
	}
	values := c.Values
	switch c.Op {
	case form.OpEquals, form.OpAnyOf:
		if of.Type != form.TypeEnum {
			t.Errorf("field %d: %s of %s", field.Number, c.Op, of.Type)
		}
	case form.OpIncludes:
		if of.Type != form.TypeMulti {
			t.Errorf("field %d: %s of %s", field.Number, c.Op, of.Type)
		}
	case form.OpAfter72h:
		if of.Type != form.TypeDatetime {
			t.Errorf("field %d: %s of %s", field.Number, c.Op, of.Type)
		}
		return
	case form.OpAnswered:
		return
	default:
		t.Errorf("field %d: unknown comparison %q", field.Number, c.Op)
	}
	if c.Value != "" {
		values = append(values, c.Value)
	}
	if len(values) == 0 {
		t.Errorf("field %d: compares with nothing", field.Number)
	}
	for _, v := range values {
		if o, ok := of.Option(v); !ok || o.Code != v {
			t.Errorf("field %d: %s has no option %q", field.Number, of.Key, v)
		}
	}
}

func TestErrataNameFieldsAndSayWhatIsDone(t *testing.T) {
	f := template(t)
	numbers := map[int]bool{}
	for _, field := range f.Fields {
		numbers[field.Number] = true
	}
	covered, codes := map[int]bool{}, map[string]bool{}
	for _, e := range f.Errata {
		if codes[e.Code] || e.Fault == "" || e.Instead == "" || len(e.Fields) == 0 {
			t.Errorf("%+v", e)
		}
		codes[e.Code] = true
		for _, n := range e.Fields {
			covered[n] = true
			if !numbers[n] {
				t.Errorf("%s: no field %d", e.Code, n)
			}
		}
	}
	for _, n := range []int{4, 40, 44, 49, 53, 55, 65, 70, 75, 79, 81, 83, 85, 89, 94, 95, 97} {
		if !covered[n] {
			t.Errorf("the known fault of field %d is not listed", n)
		}
	}
	for _, field := range f.Fields {
		if field.TypeInTemplate != "" && !covered[field.Number] {
			t.Errorf("field %d has another type than in the template and no erratum says so", field.Number)
		}
	}
}

func TestEveryKindOfDataHasAnOptionOfField70(t *testing.T) {
	f := template(t)
	types, _ := f.Field("data_types")
	for _, k := range gdpr.DataKinds() {
		if _, ok := types.Option(k.Option); !ok {
			t.Errorf("%s: option %q", k.Key, k.Option)
		}
	}
}

func TestATemplateIsTheCallersOwn(t *testing.T) {
	f := template(t)
	f.Fields[0].Label.EN = "changed"
	f.Fields[0].Options[0].Code = "changed"
	f.Fields[2].ShownIf.All[0].Value = "changed"
	f.Errata[0].Fields[0] = 0
	again := template(t)
	if again.Fields[0].Label.EN == "changed" || again.Fields[0].Options[0].Code == "changed" ||
		again.Fields[2].ShownIf.All[0].Value == "changed" || again.Errata[0].Fields[0] == 0 {
		t.Error("a caller changed the data")
	}
	if _, err := form.Template("edpb-2026-06-draft-1.1"); err == nil || err.Error() !=
		`version: "edpb-2026-06-draft-1.1"; expected an edition of the template; did you mean edpb-2026-06-draft-1.0?` {
		t.Error(err)
	}
}

// at is when the examples are filed: 40 hours after the awareness.
var at = time.Date(2025, 11, 27, 8, 30, 0, 0, time.UTC)
