package incident

import (
	"errors"
	"fmt"
)

// Kind classifies an error. Each maps to one HTTP status and one exit code.
type Kind string

const (
	// Invalid means that the input is wrong: a field, its value, what is expected.
	Invalid Kind = "invalid"
	// NotFound means that the named thing does not exist.
	NotFound Kind = "not_found"
	// Conflict means that the command does not fit the state of the case.
	Conflict Kind = "conflict"
	// Unauthenticated means that the caller did not show who they are.
	Unauthenticated Kind = "unauthenticated"
	// Forbidden means that this person may not do this.
	Forbidden Kind = "forbidden"
	// TooLarge means that a body or file exceeds its limit.
	TooLarge Kind = "too_large"
	// Unavailable means that a part that Tocsin needs is away: nothing was
	// recorded and the same command may be given again.
	Unavailable Kind = "unavailable"
	// Internal means a fault of Tocsin: logged, never shown in detail.
	Internal Kind = "internal"
)

// Error is what a person or program is told when a command is not carried out.
// It never carries a name or an address of an affected person.
type Error struct {
	// Kind classifies the error.
	Kind Kind `json:"kind"`
	// Field names the input that is wrong, in the form of the JSON document.
	// Empty when no single field is to blame.
	Field string `json:"field,omitempty"`
	// Value is what was given, shortened. Empty when it must not be repeated.
	Value string `json:"value,omitempty"`
	// Expected says what would be accepted instead.
	Expected string `json:"expected,omitempty"`
	// Message is one plain sentence: what, why and what to do.
	Message string `json:"message"`
}

// Error gives one line: the message, and for a wrong field its name, its value
// and what is expected.
func (e *Error) Error() string {
	switch {
	case e.Field == "":
		return e.Message
	case e.Value == "":
		return fmt.Sprintf("%s: %s; expected %s", e.Field, e.Message, e.Expected)
	default:
		return fmt.Sprintf("%s: %s: %q; expected %s", e.Field, e.Message, e.Value, e.Expected)
	}
}

// KindOf gives the kind of the first [Error] in err's chain, and [Internal]
// for any other error.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// InvalidField says that a field's value is not what is expected.
func InvalidField(field, value, message, expected string) *Error {
	return &Error{Kind: Invalid, Field: field, Value: shorten(value), Message: message, Expected: expected}
}

// conflict says that a command does not fit and what would.
func conflict(format string, args ...any) *Error {
	return &Error{Kind: Conflict, Message: fmt.Sprintf(format, args...)}
}

// forbidden says that this person may not give this command.
func forbidden(format string, args ...any) *Error {
	return &Error{Kind: Forbidden, Message: fmt.Sprintf(format, args...)}
}

// notFound says that the named part of the case does not exist.
func notFound(format string, args ...any) *Error {
	return &Error{Kind: NotFound, Message: fmt.Sprintf(format, args...)}
}

// shorten keeps an echoed value to a length that fits a line.
func shorten(s string) string {
	const limit = 80
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	return string(runes[:limit]) + "…"
}
