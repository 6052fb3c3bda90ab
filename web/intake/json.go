package intake

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tocsin/gdpr"
	"tocsin/incident"
)

// DecodeJSON reads a request's body into v and refuses everything that v does
// not ask for. An empty body stands for {}.
func DecodeJSON(w http.ResponseWriter, r *http.Request, limit int64, v any) error {
	if kind := r.Header.Get("Content-Type"); kind != "" {
		if name, _, err := mime.ParseMediaType(kind); err != nil || name != "application/json" {
			return incident.InvalidField("Content-Type", kind, "is not JSON", "application/json")
		}
	}
	if r.ContentLength > limit {
		return TooLarge("body", InUnits(r.ContentLength), limit)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		if _, over := errors.AsType[*http.MaxBytesError](err); over {
			return TooLarge("body", "", limit)
		}
		return incident.InvalidField("body", "", "did not arrive completely", "the whole document; send it again")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	return DecodeDocument(body, v)
}

// DecodeDocument reads one JSON document into v, a pointer to a struct. Field
// names are matched to the letter.
func DecodeDocument(body []byte, v any) error {
	if !utf8.Valid(body) {
		return incident.InvalidField("body", "", "is not UTF-8", "a JSON document in UTF-8")
	}
	if err := wholeJSON(body); err != nil {
		return err
	}
	if err := checkValue("", body, reflect.TypeOf(v).Elem()); err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return incident.InvalidField("body", "", "does not have the expected form", "the form that /api/openapi.json describes")
	}
	return nil
}

// maxDepth bounds how deep a document may be nested.
const maxDepth = 32

// wholeJSON checks that the body is one document, that no object names a field
// twice, and that every text can be stored. Paths name where it is not so.
func wholeJSON(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := walk(d, "", 0); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return incident.InvalidField("body", "", "goes on after the document", "one JSON document and nothing else")
	}
	return nil
}

func walk(d *json.Decoder, path string, depth int) error {
	token, err := d.Token()
	if err != nil {
		return malformed(err, d.InputOffset())
	}
	switch token := token.(type) {
	case string:
		return Storable(path, token)
	case json.Delim:
		if depth >= maxDepth {
			return incident.InvalidField(place(path), "", "is nested too deep", incident.Say("at most %d levels", maxDepth))
		}
		if token == '[' {
			for i := 0; d.More(); i++ {
				if err := walk(d, fmt.Sprintf("%s[%d]", path, i), depth+1); err != nil {
					return err
				}
			}
		} else if err := walkObject(d, path, depth); err != nil {
			return err
		}
		if _, err := d.Token(); err != nil {
			return malformed(err, d.InputOffset())
		}
	}
	return nil
}

func walkObject(d *json.Decoder, path string, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return malformed(err, d.InputOffset())
		}
		key, ok := token.(string)
		if !ok {
			return malformed(errors.New("no name"), d.InputOffset())
		}
		if err := Storable(path, key); err != nil {
			return err
		}
		name := Join(path, key)
		if seen[key] {
			return incident.InvalidField(name, "", "is given twice", "each field once")
		}
		seen[key] = true
		if err := walk(d, name, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// malformed says where a body stops being JSON.
func malformed(err error, offset int64) error {
	if fault, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = fault.Offset
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return incident.InvalidField("body", "", "is cut off", "a complete JSON document")
	}
	return incident.InvalidField("body", fmt.Sprintf("byte %d", offset), "is not JSON", "a JSON document")
}

// Storable refuses what no text may hold: NUL, and what is not Unicode.
func Storable(path, text string) error {
	if strings.ContainsAny(text, "\x00\uFFFD") {
		return incident.InvalidField(place(path), "", "holds a character that is not text", "Unicode without NUL")
	}
	return nil
}

// Join names a field within another, as errors do: awareness.at. Of a long key it
// takes 60 characters.
func Join(path, key string) string {
	if utf8.RuneCountInString(key) > 60 {
		key = string([]rune(key)[:60]) + "…"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// place names the document itself when there is no field.
func place(path string) string {
	if path == "" {
		return "body"
	}
	return path
}

// checkValue checks a value against the type that it is meant for. The
// document is JSON without duplicates by now.
func checkValue(path string, raw json.RawMessage, t reflect.Type) error {
	raw = bytes.TrimSpace(raw)
	if t.Kind() == reflect.Pointer {
		if string(raw) == "null" {
			return nil
		}
		t = t.Elem()
	}
	wrong := func(expected string) error {
		return incident.InvalidField(place(path), brief(raw), "has the wrong type", expected)
	}
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		return nil
	case t == reflect.TypeFor[time.Time]():
		return checkTime(path, raw)
	case reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()),
		reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return checkOwn(path, raw, t)
	case string(raw) == "null":
		return wrong(spokenType(t) + "; leave the field out when there is none")
	}
	var ok bool
	switch t.Kind() {
	case reflect.Struct:
		return checkStruct(path, raw, t)
	case reflect.Map:
		return checkMap(path, raw, t)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			var text string
			if json.Unmarshal(raw, &text) != nil {
				return wrong("a text in base64")
			}
			if _, err := base64.StdEncoding.DecodeString(text); err != nil {
				return incident.InvalidField(place(path), "", "is not base64", "the file's bytes in base64 (RFC 4648 section 4)")
			}
			return nil
		}
		return checkList(path, raw, t)
	default:
		ok = json.Unmarshal(raw, reflect.New(t).Interface()) == nil
	}
	if !ok {
		return wrong(spokenType(t))
	}
	return nil
}

func checkTime(path string, raw json.RawMessage) error {
	const expected = "an instant with offset (RFC 3339), such as 2026-11-17T10:17:00+01:00"
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return incident.InvalidField(place(path), brief(raw), "is not a time", expected)
	}
	if _, err := time.Parse(time.RFC3339, text); err != nil {
		why := "is not a time"
		if _, err := time.Parse("2006-01-02T15:04:05", text); err == nil {
			why = "has no offset"
		}
		return incident.InvalidField(place(path), text, why, expected)
	}
	return nil
}

// checkOwn asks a type that reads itself.
func checkOwn(path string, raw json.RawMessage, t reflect.Type) error {
	err := json.Unmarshal(raw, reflect.New(t).Interface())
	if err == nil {
		return nil
	}
	expected := spokenType(t)
	if e, ok := errors.AsType[*gdpr.InputError](err); ok {
		expected = e.Expected
	}
	return incident.InvalidField(place(path), brief(raw), "is not allowed", expected)
}

func checkStruct(path string, raw json.RawMessage, t reflect.Type) error {
	var given map[string]json.RawMessage
	if json.Unmarshal(raw, &given) != nil {
		return incident.InvalidField(place(path), brief(raw), "has the wrong type", "an object")
	}
	known := FieldsOf(t)
	var names []string
	for _, f := range known {
		names = append(names, f.Name)
		value, ok := given[f.Name]
		if !ok {
			if f.Required {
				return incident.InvalidField(Join(path, f.Name), "", "is missing", f.expected())
			}
			continue
		}
		if err := checkValue(Join(path, f.Name), value, f.Type); err != nil {
			return err
		}
		delete(given, f.Name)
	}
	if unknown := slices.Sorted(maps.Keys(given)); len(unknown) > 0 {
		expected := incident.Say("no fields")
		if len(names) > 0 {
			expected = incident.Say("one of: %s", strings.Join(names, ", "))
		}
		return incident.InvalidField(Join(path, unknown[0]), "", "is not a field of this request", expected)
	}
	return nil
}

func checkMap(path string, raw json.RawMessage, t reflect.Type) error {
	var given map[string]json.RawMessage
	if json.Unmarshal(raw, &given) != nil {
		return incident.InvalidField(place(path), brief(raw), "has the wrong type", "an object")
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if err := checkValue(Join(path, name), given[name], t.Elem()); err != nil {
			return err
		}
	}
	return nil
}

func checkList(path string, raw json.RawMessage, t reflect.Type) error {
	var given []json.RawMessage
	if json.Unmarshal(raw, &given) != nil {
		return incident.InvalidField(place(path), brief(raw), "has the wrong type", "a list")
	}
	for i, value := range given {
		if err := checkValue(fmt.Sprintf("%s[%d]", path, i), value, t.Elem()); err != nil {
			return err
		}
	}
	return nil
}

// brief repeats a short value; long ones and whole objects are not repeated.
func brief(raw json.RawMessage) string {
	if len(raw) > 80 || len(raw) > 0 && (raw[0] == '{' || raw[0] == '[') {
		return ""
	}
	return string(raw)
}
