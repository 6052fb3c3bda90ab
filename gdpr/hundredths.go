package gdpr

import (
	"fmt"
	"strconv"
	"strings"
)

// Hundredths is a number with two decimals, kept as a whole number of
// hundredths so that sums and limits are exact: 375 is 3.75. In JSON it is a
// plain number without needless zeros.
type Hundredths int

// InputError says that an input is outside the values that a method knows.
type InputError struct {
	// Field is the name of the input as in JSON.
	Field string
	// Value is the input as it was given.
	Value string
	// Expected says which values are allowed.
	Expected string
}

// Error names the field, the value and what is expected, in one line.
func (e *InputError) Error() string {
	return fmt.Sprintf("%s: %s; expected %s", e.Field, e.Value, e.Expected)
}

// maxHundredthsDigits keeps parsed numbers far inside the range of an int.
const maxHundredthsDigits = 6

// ParseHundredths reads a decimal number with at most two decimals that are
// not zero, for example "0.75" or "2.0". It returns an [*InputError] for
// anything else, exponents and numbers of a million and more included.
func ParseHundredths(text string) (Hundredths, error) {
	refused := &InputError{Field: "number", Value: strconv.Quote(shorten(text)), Expected: `a decimal number with at most two decimals, such as 0.75`}
	digits, negative := strings.CutPrefix(text, "-")
	whole, decimals, dotted := strings.Cut(digits, ".")
	if dotted && decimals == "" {
		return 0, refused
	}
	decimals = strings.TrimRight(decimals, "0")
	if whole == "" || len(whole) > maxHundredthsDigits || len(decimals) > 2 {
		return 0, refused
	}
	all := whole + decimals + "00"[len(decimals):]
	for _, c := range all {
		if c < '0' || c > '9' {
			return 0, refused
		}
	}
	n, err := strconv.Atoi(all)
	if err != nil {
		return 0, refused
	}
	if negative {
		n = -n
	}
	return Hundredths(n), nil
}

// String writes the number with as few decimals as it needs: "3.75", "0.5",
// "2".
func (h Hundredths) String() string {
	sign, n := "", int(h)
	if n < 0 {
		sign, n = "-", -n
	}
	text := fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// MarshalJSON writes the number as a JSON number.
func (h Hundredths) MarshalJSON() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalJSON reads a JSON number with at most two decimals that are not
// zero. It returns an [*InputError] for anything else.
func (h *Hundredths) UnmarshalJSON(raw []byte) error {
	n, err := ParseHundredths(string(raw))
	if err != nil {
		return err
	}
	*h = n
	return nil
}

// shorten keeps a value that somebody typed short enough for one line.
func shorten(value string) string {
	if runes := []rune(value); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return value
}
