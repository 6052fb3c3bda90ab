package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Value is what was answered: a text, a list of texts, a whole number, true or
// false, or one number per country. Instants and days are texts. The zero Value
// is no answer and null in JSON. A Value never changes.
type Value struct {
	kind   valueKind
	text   string
	list   []string
	number int64
	flag   bool
	counts map[string]int64
}

type valueKind uint8

const (
	kindNone valueKind = iota
	kindText
	kindList
	kindNumber
	kindFlag
	kindCounts
)

// Text is the value of text, enum, date and datetime fields.
func Text(text string) Value { return Value{kind: kindText, text: text} }

// Choices is the value of multi fields and of other lists.
func Choices(codes ...string) Value { return Value{kind: kindList, list: slices.Clone(codes)} }

// Number is the value of number fields.
func Number(n int64) Value { return Value{kind: kindNumber, number: n} }

// Flag is the value of boolean fields.
func Flag(b bool) Value { return Value{kind: kindFlag, flag: b} }

// Instant is the value of datetime fields: t in seconds, with the offset that
// it has in its own zone.
func Instant(t time.Time) Value { return Text(t.Format(time.RFC3339)) }

// Day is the value of date fields: the day of t in its own zone.
func Day(t time.Time) Value { return Text(t.Format(time.DateOnly)) }

// Counts is the value of fields with one number per country, by ISO code.
func Counts(perCountry map[string]int64) Value {
	return Value{kind: kindCounts, counts: maps.Clone(perCountry)}
}

// IsZero reports whether there is no answer.
func (v Value) IsZero() bool { return v.kind == kindNone }

// Text returns the text, "" for other values.
func (v Value) Text() string { return v.text }

// List returns the list, nil for other values.
func (v Value) List() []string { return slices.Clone(v.list) }

// Number returns the number; false for other values.
func (v Value) Number() (int64, bool) { return v.number, v.kind == kindNumber }

// Flag returns true or false; the second result is false for other values.
func (v Value) Flag() (flag, ok bool) { return v.flag, v.kind == kindFlag }

// Counts returns the number per country, nil for other values.
func (v Value) Counts() map[string]int64 { return maps.Clone(v.counts) }

// Instant returns the instant that a datetime's text gives, with its offset.
func (v Value) Instant() (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, v.text)
	return t, err == nil && v.kind == kindText
}

// Equal reports whether two values are the same.
func (v Value) Equal(w Value) bool {
	return v.kind == w.kind && v.text == w.text && v.number == w.number && v.flag == w.flag &&
		slices.Equal(v.list, w.list) && maps.Equal(v.counts, w.counts)
}

// MarshalJSON writes a string, an array, a number, a boolean, an object with
// one number per country, or null.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.kind {
	case kindText:
		return plainJSON(v.text)
	case kindList:
		if v.list == nil {
			return []byte("[]"), nil
		}
		return plainJSON(v.list)
	case kindNumber:
		return strconv.AppendInt(nil, v.number, 10), nil
	case kindFlag:
		return strconv.AppendBool(nil, v.flag), nil
	case kindCounts:
		if v.counts == nil {
			return []byte("{}"), nil
		}
		return plainJSON(v.counts)
	default:
		return []byte("null"), nil
	}
}

// plainJSON encodes without the escapes that are meant for HTML; an encoder
// that wants them adds them.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// errNotWhole is what a number with decimals, or one too great to count
// anything, is refused with.
var errNotWhole = errors.New("a number that is not whole")

// UnmarshalJSON reads what MarshalJSON writes and refuses everything else.
func (v *Value) UnmarshalJSON(raw []byte) error {
	*v = Value{}
	if len(raw) == 0 {
		return errors.New("no value")
	}
	var err error
	switch raw[0] {
	case 'n':
		return nil
	case '"':
		v.kind, err = kindText, json.Unmarshal(raw, &v.text)
	case '[':
		v.kind = kindList
		v.list, err = unmarshalList(raw)
	case 't', 'f':
		v.kind, err = kindFlag, json.Unmarshal(raw, &v.flag)
	case '{':
		v.kind = kindCounts
		v.counts, err = unmarshalCounts(raw)
	default:
		if v.number, err = strconv.ParseInt(string(raw), 10, 64); err != nil {
			err = errNotWhole
		}
		v.kind = kindNumber
	}
	if err != nil {
		*v = Value{}
		if errors.Is(err, errNotWhole) {
			return err
		}
		return errors.New("a value of another kind")
	}
	return nil
}

// errNull is what a null inside a list or a count is refused with: it would
// read as an empty text, or as nobody.
var errNull = errors.New("a null inside a value")

func unmarshalList(raw []byte) ([]string, error) {
	var given []*string
	if err := json.Unmarshal(raw, &given); err != nil {
		return nil, err
	}
	var list []string
	for _, text := range given {
		if text == nil {
			return nil, errNull
		}
		list = append(list, *text)
	}
	return list, nil
}

func unmarshalCounts(raw []byte) (map[string]int64, error) {
	var given map[string]*int64
	if err := json.Unmarshal(raw, &given); err != nil {
		return nil, err
	}
	counts := make(map[string]int64, len(given))
	for code, n := range given {
		if n == nil {
			return nil, errNull
		}
		counts[code] = *n
	}
	return counts, nil
}

// shape says in words what a value is, for errors: never its text.
func (v Value) shape() string {
	switch v.kind {
	case kindText:
		return fmt.Sprintf("a text of %d characters", len([]rune(v.text)))
	case kindList:
		return fmt.Sprintf("a list of %d", len(v.list))
	case kindNumber:
		return strconv.FormatInt(v.number, 10)
	case kindFlag:
		return strconv.FormatBool(v.flag)
	case kindCounts:
		return "numbers per country"
	default:
		return "no value"
	}
}
