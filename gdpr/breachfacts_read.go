package gdpr

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of the facts as a document.
const (
	// MaxFactsBytes is the greatest document of facts, in bytes: 1 MB.
	MaxFactsBytes = 1 << 20
	// maxFactsDepth is more than any fact needs: the object, the list of data,
	// one kind of data.
	maxFactsDepth = 8
)

// ParseBreachFacts reads facts from one JSON document of at most
// [MaxFactsBytes] and checks them as [BreachFacts.Validate] does. It refuses,
// with an [*InputError] or an [*UnknownError] that names the fact: a fact that
// it does not know, a name that is not written to the letter or stands twice, a
// value of another type, a document that is nested deeper than facts are, and
// anything after the document.
func ParseBreachFacts(raw []byte) (BreachFacts, error) {
	var f BreachFacts
	switch {
	case len(raw) > MaxFactsBytes:
		return f, &InputError{Field: "facts", Value: fmt.Sprintf("%d bytes", len(raw)), Expected: "at most 1 MB"}
	case !utf8.Valid(raw):
		return f, &InputError{Field: "facts", Value: "not UTF-8", Expected: "a JSON document in UTF-8"}
	case depth(raw) > maxFactsDepth:
		return f, &InputError{Field: "facts", Value: "nested too deep", Expected: fmt.Sprintf("at most %d levels", maxFactsDepth)}
	}
	if err := readObject("", raw, reflect.ValueOf(&f).Elem()); err != nil {
		return BreachFacts{}, err
	}
	if err := f.Validate(); err != nil {
		return BreachFacts{}, err
	}
	return f, nil
}

// depth counts how deep brackets nest, outside of texts, without recursion.
func depth(raw []byte) int {
	deepest, now, inText, escaped := 0, 0, false, false
	for _, c := range raw {
		switch {
		case escaped:
			escaped = false
		case inText && c == '\\':
			escaped = true
		case c == '"':
			inText = !inText
		case inText:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}

// readObject reads one object into a struct. Unlike encoding/json it takes
// names to the letter and only once.
func readObject(path string, raw []byte, to reflect.Value) error {
	members, err := readMembers(path, raw)
	if err != nil {
		return err
	}
	fields := map[string]reflect.Value{}
	var names []string
	for i := range to.NumField() {
		name, _, _ := strings.Cut(to.Type().Field(i).Tag.Get("json"), ",")
		fields[name] = to.Field(i)
		names = append(names, name)
	}
	for _, m := range members {
		field, known := fields[m.name]
		if !known {
			return &UnknownError{Field: place(path, "fact"), Value: m.name, Suggestions: nearestOrAll(m.name, names)}
		}
		if err := readField(join(path, m.name), m.value, field); err != nil {
			return err
		}
	}
	return nil
}

func readField(path string, raw json.RawMessage, to reflect.Value) error {
	if list, ok := to.Addr().Interface().(*[]AffectedData); ok {
		return readData(path, raw, list)
	}
	if _, ok := to.Addr().Interface().(*Answer); !ok && string(raw) == "null" {
		// Null is how some programs leave a fact out; what must be there is
		// found missing by the checks.
		return nil
	}
	err := json.Unmarshal(raw, to.Addr().Interface())
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*InputError](err); ok {
		return &InputError{Field: path, Value: wrong.Value, Expected: wrong.Expected}
	}
	return &InputError{Field: path, Value: shown(raw), Expected: spokenType(to.Type())}
}

func readData(path string, raw json.RawMessage, to *[]AffectedData) error {
	if string(raw) == "null" {
		return nil
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return &InputError{Field: path, Value: shown(raw), Expected: `a list such as [{"kind": "contact"}]`}
	}
	list := make([]AffectedData, len(items))
	for i, item := range items {
		if err := readObject(fmt.Sprintf("%s[%d]", path, i), item, reflect.ValueOf(&list[i]).Elem()); err != nil {
			return err
		}
	}
	*to = list
	return nil
}

// member is one name and its value in an object.
type member struct {
	name  string
	value json.RawMessage
}

// readMembers reads an object in the order in which it is written.
func readMembers(path string, raw []byte) ([]member, error) {
	at := place(path, "facts")
	d := json.NewDecoder(bytes.NewReader(raw))
	first, err := d.Token()
	if err != nil {
		return nil, notJSON(at, err)
	}
	if first != json.Delim('{') {
		return nil, &InputError{Field: at, Value: shown(raw), Expected: "an object"}
	}
	var members []member
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, notJSON(at, err)
		}
		m := member{name: fmt.Sprint(token)}
		if err := d.Decode(&m.value); err != nil {
			return nil, notJSON(at, err)
		}
		if slices.ContainsFunc(members, func(o member) bool { return o.name == m.name }) {
			return nil, &InputError{Field: join(path, m.name), Value: "given twice", Expected: "each fact once"}
		}
		members = append(members, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, notJSON(at, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, &InputError{Field: at, Value: "more after the object", Expected: "one JSON object and nothing else"}
	}
	return members, nil
}

func notJSON(at string, err error) error {
	value := "cut off"
	if fault, ok := errors.AsType[*json.SyntaxError](err); ok {
		value = fmt.Sprintf("not JSON at byte %d", fault.Offset)
	}
	return &InputError{Field: at, Value: value, Expected: "a JSON object"}
}

func spokenType(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Pointer, t.Kind() == reflect.Int:
		return "a whole number"
	case t.Kind() == reflect.Slice:
		return "a list of words"
	default:
		return "a word in quotes"
	}
}

func join(path, name string) string {
	if path == "" {
		return shown([]byte(name))
	}
	return path + "." + shown([]byte(name))
}

// place names the part of the document, or a word for the whole.
func place(path, whole string) string {
	if path == "" {
		return whole
	}
	return path
}

// shown repeats a value from a document in one line.
func shown(raw []byte) string {
	text := shorten(strings.Join(strings.Fields(string(raw)), " "))
	if strings.ContainsFunc(text, unicode.IsControl) {
		return strconv.Quote(text)
	}
	return text
}
