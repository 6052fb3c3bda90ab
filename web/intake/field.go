package intake

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"
)

// Field is a field of a request or an answer, as JSON names it.
//
// The tag `json` gives the name, `check:"required"` says that a request must
// hold it, and `doc` says in a sentence what it is.
type Field struct {
	reflect.StructField
	// Name is what JSON calls the field.
	Name string
	// Required says that a request must hold it.
	Required bool
	optional bool // left out of an answer when empty
	// Doc says in a sentence what it is.
	Doc string
}

// FieldsOf lists the fields of a struct, those of embedded structs included.
func FieldsOf(t reflect.Type) []Field {
	var list []Field
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		if f.Anonymous && tag == "" {
			embedded := f.Type
			if embedded.Kind() == reflect.Pointer {
				embedded = embedded.Elem()
			}
			list = append(list, FieldsOf(embedded)...)
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if !f.IsExported() || tag == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		list = append(list, Field{
			StructField: f, Name: name, Required: f.Tag.Get("check") == "required",
			optional: strings.Contains(options, "omit"), Doc: f.Tag.Get("doc"),
		})
	}
	return list
}

// expected says what a missing field should hold.
func (f Field) expected() string {
	if f.Doc != "" {
		return f.Doc
	}
	return spokenType(f.Type)
}

// spokenType says what a value of a type looks like.
func spokenType(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "an instant with offset, such as 2026-11-17T10:17:00+01:00"
	case t == reflect.TypeFor[json.RawMessage]():
		return "an object"
	}
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	default:
		return "an object"
	}
}
