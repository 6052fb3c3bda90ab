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
	// Message is one plain sentence: what, why and what to do. It is English, as
	// Expected is.
	Message string `json:"message"`
	// Said is Message with its values apart, for readers of other languages;
	// nil where there are none.
	Said *Phrase `json:"said,omitempty"`
	// Wanted is Expected with its values apart; nil where there are none.
	Wanted *Phrase `json:"wanted,omitempty"`
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

// Text is a sentence of an error: a constant, or a format with its values made
// by [Say]. Whatever else is put together at run time cannot be said in another
// language.
type Text interface{ string | Phrase }

// InvalidField says that a field's value is not what is expected.
func InvalidField[M, E Text](field, value string, message M, expected E) *Error {
	return FieldError(Invalid, field, value, message, expected)
}

// FieldError is an error of a kind about one field.
func FieldError[M, E Text](kind Kind, field, value string, message M, expected E) *Error {
	e := &Error{Kind: kind, Field: field, Value: shorten(value)}
	e.Message, e.Said = apart(message)
	e.Expected, e.Wanted = apart(expected)
	return e
}

// Refused is an error of a kind in one sentence, of a constant format.
func Refused(kind Kind, format string, args ...any) *Error {
	if len(args) == 0 {
		return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
	}
	said := Say(format, args...)
	return &Error{Kind: kind, Message: said.String(), Said: &said}
}

// apart gives a sentence in English, and with its values apart where it has some.
func apart[T Text](text T) (string, *Phrase) {
	switch text := any(text).(type) {
	case Phrase:
		return text.String(), &text
	case string:
		return text, nil
	default:
		return "", nil
	}
}

// conflict says that a command does not fit and what would.
func conflict(format string, args ...any) *Error { return Refused(Conflict, format, args...) }

// forbidden says that this person may not give this command.
func forbidden(format string, args ...any) *Error { return Refused(Forbidden, format, args...) }

// notFound says that the named part of the case does not exist.
func notFound(format string, args ...any) *Error { return Refused(NotFound, format, args...) }

// shorten keeps an echoed value to a length that fits a line.
func shorten(s string) string {
	const limit = 80
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	return string(runes[:limit]) + "…"
}
