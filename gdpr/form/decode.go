package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// MaxDraft is the size in bytes of the greatest draft that [Decode] reads,
// earlier answers included.
const MaxDraft = 8 << 20

// maxDepth is how deep a draft's JSON nests at most: an answer's counts among
// earlier answers.
const maxDepth = 8

// Decode reads a draft that a person or a program sent and checks every answer
// as Set does. It refuses names that it does not know and names given twice.
// It returns a [*FieldError] that names the field wherever it can. The answers
// come back in their one form, so that encoding a decoded draft and decoding it
// again changes nothing.
func Decode(raw []byte) (Draft, error) {
	if len(raw) > MaxDraft {
		return Draft{}, &FieldError{Key: "draft", Value: fmt.Sprintf("%d bytes", len(raw)), Expected: fmt.Sprintf("at most %d bytes", MaxDraft)}
	}
	if err := checkNames(raw); err != nil {
		return Draft{}, err
	}
	var head struct {
		Version string                       `json:"version"`
		Kind    Kind                         `json:"kind"`
		Subtype Subtype                      `json:"subtype"`
		Facts   Facts                        `json:"facts"`
		Fields  map[string]json.RawMessage   `json:"fields"`
		Earlier map[string][]json.RawMessage `json:"earlier"`
	}
	if err := strict(raw, &head); err != nil {
		return Draft{}, &FieldError{Key: "draft", Value: reason(err), Expected: "an object with version, kind, subtype, facts, fields and earlier"}
	}
	f, err := edition(head.Version)
	if err != nil {
		return Draft{}, err
	}
	d := Draft{Version: head.Version, Kind: head.Kind, Subtype: head.Subtype, Facts: head.Facts, Fields: map[string]Answer{}}
	if err := d.checkHead(); err != nil {
		return Draft{}, err
	}
	for _, key := range sortedKeys(head.Fields) {
		if d.Fields[key], err = f.decodeAnswer(key, head.Fields[key]); err != nil {
			return Draft{}, err
		}
	}
	for _, key := range sortedKeys(head.Earlier) {
		for _, one := range head.Earlier[key] {
			a, err := f.decodeAnswer(key, one)
			if err != nil {
				return Draft{}, err
			}
			if d.Earlier == nil {
				d.Earlier = map[string][]Answer{}
			}
			d.Earlier[key] = append(d.Earlier[key], a)
		}
	}
	return d, nil
}

// decodeAnswer reads and checks one answer.
func (f *Form) decodeAnswer(key string, raw json.RawMessage) (Answer, error) {
	field := f.field(key)
	if field == nil {
		return Answer{}, f.unknownField(key)
	}
	if key == keyKind || key == keySubtype {
		return Answer{}, field.refuse("an answer among fields", `no answer: "kind" and "subtype" say it`)
	}
	var a Answer
	if err := strict(raw, &a); err != nil {
		return Answer{}, field.refuse(reason(err), fmt.Sprintf("an answer: value (%s), state, as_of, source, who_knows", field.takes()))
	}
	a, err := field.accept(a)
	if err != nil {
		return Answer{}, err
	}
	if !a.AsOf.IsZero() {
		a.AsOf = a.AsOf.UTC().Truncate(time.Second)
	}
	return a, nil
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// strict decodes one JSON document and refuses unknown names and what follows.
func strict(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows")
	}
	return nil
}

// reason says why JSON was refused without repeating what it holds.
func reason(err error) string {
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("no JSON at byte %d", syntax.Offset)
	case errors.As(err, &wrongType):
		return "the wrong type for " + wrongType.Field
	default:
		text, _ := strings.CutPrefix(err.Error(), "json: ")
		return text
	}
}

// checkNames refuses an object that gives a name twice, in any case: one of
// the two would be lost without a word.
func checkNames(raw []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	type level struct {
		names  map[string]bool // nil in a list
		atName bool
	}
	var stack []level
	for {
		token, err := decoder.Token()
		if err != nil {
			return nil // the end, or no JSON: the decoder that follows says which
		}
		if delim, ok := token.(json.Delim); ok {
			switch delim {
			case '{', '[':
				if len(stack) == maxDepth {
					return &FieldError{Key: "draft", Value: "nested too deep", Expected: fmt.Sprintf("at most %d levels", maxDepth)}
				}
				next := level{}
				if delim == '{' {
					next = level{names: map[string]bool{}, atName: true}
				}
				stack = append(stack, next)
				continue
			default:
				stack = stack[:len(stack)-1]
			}
		} else if n := len(stack) - 1; n >= 0 && stack[n].atName {
			name, _ := token.(string)
			low := strings.ToLower(name)
			if stack[n].names[low] {
				return &FieldError{Key: "draft", Value: name, Expected: "each name once"}
			}
			stack[n].names[low], stack[n].atName = true, false
			continue
		}
		if n := len(stack) - 1; n >= 0 && stack[n].names != nil {
			stack[n].atName = true
		}
	}
}
