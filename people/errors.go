package people

import (
	"fmt"
	"strconv"
	"strings"
)

// InvalidError says that a file as a whole, or an option, cannot be used, and
// what is expected instead. It never carries a value from a row.
type InvalidError struct {
	// Field is what is wrong: "file", "columns", "map" or "line 1".
	Field string
	// Value is what was found, in words.
	Value string
	// Expected is what would be right, in words.
	Expected string
}

// Error names the field, what was found and what is expected, in one line.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("%s: %s; expected %s", e.Field, e.Value, e.Expected)
}

// CheckSize returns an [*InvalidError] when a file of size bytes exceeds a
// limit of so many bytes: "file: 50 MB; expected at most 5 MB". A limit of 0
// allows any size.
func CheckSize(size, limit int64) error {
	if limit <= 0 || size <= limit {
		return nil
	}
	return &InvalidError{Field: "file", Value: inUnits(size), Expected: fmt.Sprintf("at most %s", inUnits(limit))}
}

// inUnits writes a number of bytes as people read it, in the larger unit with
// at most one decimal. Both readings of "MB" are common; a size that is whole
// in the binary one is shown in it, so that a limit of 5<<20 reads "5 MB".
func inUnits(bytes int64) string {
	for _, unit := range []struct {
		name            string
		binary, decimal int64
	}{
		{"GB", 1 << 30, 1_000_000_000},
		{"MB", 1 << 20, 1_000_000},
		{"KB", 1 << 10, 1_000},
	} {
		switch {
		case bytes >= unit.binary && bytes%unit.binary == 0:
			return strconv.FormatInt(bytes/unit.binary, 10) + " " + unit.name
		case bytes >= unit.decimal:
			text := strconv.FormatFloat(float64(bytes)/float64(unit.decimal), 'f', 1, 64)
			return strings.TrimSuffix(text, ".0") + " " + unit.name
		}
	}
	return strconv.FormatInt(bytes, 10) + " bytes"
}
