package gdpr

import (
	"fmt"
	"slices"
	"strings"
)

// UnknownError says that a code names nothing in the data, and what may have
// been meant.
type UnknownError struct {
	// Field is what the code was given for: "authority", "regime", "data kind".
	Field string
	// Value is the code as it was given.
	Value string
	// Suggestions are the codes that may have been meant, best first. May be
	// empty.
	Suggestions []string
}

// Error names the field, the value and what is expected, in one line.
func (e *UnknownError) Error() string {
	value := shorten(e.Value)
	if len(e.Suggestions) == 0 {
		return fmt.Sprintf("%s: %q is not known; expected one of the listed codes", e.Field, value)
	}
	return fmt.Sprintf("%s: %q is not known; did you mean %s?", e.Field, value, strings.Join(e.Suggestions, ", "))
}

// editDistance counts the slips between two short codes: a letter too many, one
// too few, a wrong one, or two neighbours swapped (optimal string alignment).
func editDistance(a, b string) int {
	left, right := []rune(a), []rune(b)
	rows := make([][]int, len(left)+1)
	for i := range rows {
		rows[i] = make([]int, len(right)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(left); i++ {
		for j := 1; j <= len(right); j++ {
			wrong := 1
			if left[i-1] == right[j-1] {
				wrong = 0
			}
			best := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+wrong)
			if i > 1 && j > 1 && left[i-1] == right[j-2] && left[i-2] == right[j-1] {
				best = min(best, rows[i-2][j-2]+1)
			}
			rows[i][j] = best
		}
	}
	return rows[len(left)][len(right)]
}

// nearest returns up to five of the codes that may have been meant by a word,
// best first; the codes keep their order where they are as near.
func nearest(word string, codes []string) []string {
	wanted := strings.ToLower(strings.TrimSpace(shorten(word)))
	var found [4][]string
	var begins []string // the same first letters, where nothing is nearer
	for _, code := range codes {
		switch slips := editDistance(wanted, code); {
		case slips <= 2 && slips*2 < len(code):
			found[slips] = append(found[slips], code)
		case len(wanted) > 2 && (strings.Contains(code, wanted) || strings.Contains(wanted, code)):
			found[3] = append(found[3], code)
		case len(wanted) > 3 && strings.HasPrefix(code, wanted[:4]):
			begins = append(begins, code)
		}
	}
	all := slices.Concat(found[0], found[1], found[2], found[3])
	if len(all) == 0 {
		all = begins
	}
	return all[:min(len(all), maxSuggestions)]
}
