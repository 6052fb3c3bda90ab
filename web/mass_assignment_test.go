package web

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/web/intake"
)

// sampleOf is a JSON value that fits a type, so that what is added to it is all
// that can be wrong.
func sampleOf(t reflect.Type) any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "2026-11-17T10:17:00+01:00"
	case t == reflect.TypeFor[json.RawMessage]():
		return map[string]any{}
	}
	switch t.Kind() {
	case reflect.Struct:
		out := map[string]any{}
		for _, f := range intake.FieldsOf(t) {
			if f.Required {
				out[f.Name] = sampleOf(f.Type)
			}
		}
		return out
	case reflect.Map:
		return map[string]any{}
	case reflect.Slice:
		return []any{}
	case reflect.Bool:
		return true
	case reflect.String:
		return "x"
	default:
		return 1
	}
}

// TestNoBodySetsWhatItIsNotAskedFor gives every route with a JSON body a document
// that fits, and beside it what a caller would like to set.
func TestNoBodySetsWhatItIsNotAskedFor(t *testing.T) {
	h := newHouse(t)
	id := h.open()
	before := h.events(id)
	entries := len(h.must(incident.RoleDPO, "GET", "/api/v1/audit", ""))
	n := 0
	for _, rt := range (&server{}).table() {
		if rt.body == nil {
			continue
		}
		kind := reflect.TypeOf(rt.body)
		known := map[string]bool{}
		for _, f := range intake.FieldsOf(kind) {
			known[f.Name] = true
		}
		path := strings.NewReplacer("{id}", id, "{obligation}", "1", "{round}", "1", "{user}", "none", "{token}", "none", "{vendor}", "none", "{task}", "1", "{document}", "none").Replace(rt.path)
		for field, value := range map[string]any{
			"id": "i1", "role": "dpo", "ended_at": nil, "created_at": "2020-01-01T00:00:00Z", "account": "x", "actor": map[string]any{"role": "dpo"},
			"by": "x", "password": "x", "seq": 1, "ID": "i1", "Role": "dpo", "__proto__": map[string]any{}, "": "x",
		} {
			if known[field] {
				continue
			}
			document, ok := sampleOf(kind).(map[string]any)
			if !ok {
				t.Fatalf("%s %s does not take an object", rt.method, rt.path)
			}
			document[field] = value
			body, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			n++
			if status, answer := h.ask(incident.RoleDPO, rt.method, path, string(body)); status != 400 || !strings.Contains(answer, "is not a field of this request") {
				t.Errorf("%s %s with %q gave %d: %s", rt.method, rt.path, field, status, answer)
			}
		}
	}
	if n < 300 {
		t.Errorf("only %d bodies were tried", n)
	}
	if h.events(id) != before || len(h.must(incident.RoleDPO, "GET", "/api/v1/audit", "")) != entries {
		t.Error("something was recorded")
	}
}
