package form

import (
	"fmt"
	"strconv"
	"strings"
)

// FieldError says that something given for a field is not what it takes. It
// never repeats free text.
type FieldError struct {
	// Key is the key of the field, or the name of another part of a draft, such
	// as "version".
	Key string
	// Number is the template's number of the field; 0 for what is no field.
	Number int
	// Value is what was given, shortened; of a free text only its length.
	Value string
	// Expected says what the field takes.
	Expected string
	// Suggestions are the codes or keys that may have been meant, best first.
	// May be empty.
	Suggestions []string
}

// Error names the field, the value and what is expected, in one line.
func (e *FieldError) Error() string {
	var b strings.Builder
	if e.Number > 0 {
		b.WriteString("field " + strconv.Itoa(e.Number) + " (" + e.Key + ")")
	} else {
		b.WriteString(shorten(e.Key))
	}
	fmt.Fprintf(&b, ": %s; expected %s", strconv.Quote(shorten(e.Value)), e.Expected)
	if len(e.Suggestions) > 0 {
		b.WriteString("; did you mean " + strings.Join(e.Suggestions, ", ") + "?")
	}
	return b.String()
}

// refuse makes the error for a value that a field does not take.
func (f *Field) refuse(value, expected string) *FieldError {
	return &FieldError{Key: f.Key, Number: f.Number, Value: value, Expected: expected}
}

// unknownField makes the error for a key that the edition does not have.
func (f *Form) unknownField(key string) *FieldError {
	return &FieldError{Key: "field", Value: key, Expected: fmt.Sprintf("the key of a field of %s", f.Version),
		Suggestions: suggest(key, f.Keys())}
}

// NotReadyError says why a draft cannot be filed as what it is.
type NotReadyError struct {
	// Subtype is what the draft would be filed as.
	Subtype Subtype
	// Missing are the fields without a sufficient answer.
	Missing []Missing
	// Problems are the contradictions.
	Problems []Problem
}

// Error names every field in one line and says what to do.
func (e *NotReadyError) Error() string {
	var parts []string
	for _, m := range e.Missing {
		word := "missing"
		if m.State == StateToBeDetermined {
			word = "to be determined"
		}
		parts = append(parts, fmt.Sprintf("field %d (%s): %s", m.Number, m.Key, word))
	}
	for _, p := range e.Problems {
		parts = append(parts, fmt.Sprintf("fields %s: %s", strings.Join(p.Keys, ", "), p.Message))
	}
	return fmt.Sprintf("the notification cannot be filed as %s: %s", e.Subtype, strings.Join(parts, "; "))
}

// shorten keeps an error to one line.
func shorten(value string) string {
	if runes := []rune(value); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return value
}
