package form

import (
	"cmp"
	"slices"
	"strings"
)

// maxSuggestions keeps an error to one line.
const maxSuggestions = 3

// suggest returns the names that may have been meant by one that finds none:
// misspelled ones and those that share a part with it, best first.
func suggest(given string, names []string) []string {
	wanted := strings.ToLower(strings.TrimSpace(shorten(given)))
	if wanted == "" {
		return nil
	}
	type candidate struct {
		name  string
		score int
	}
	var found []candidate
	for _, name := range names {
		low := strings.ToLower(name)
		score := slips(low, wanted)
		if len(wanted) > 3 && (strings.Contains(low, wanted) || strings.Contains(wanted, low)) {
			score = 1
		}
		if score <= 1+len(name)/5 {
			found = append(found, candidate{name, score})
		}
	}
	slices.SortStableFunc(found, func(x, y candidate) int { return cmp.Compare(x.score, y.score) })
	var out []string
	for _, c := range found[:min(len(found), maxSuggestions)] {
		out = append(out, c.name)
	}
	return out
}

// slips counts the letters that were added, left out or mistaken (Levenshtein).
func slips(a, b string) int {
	left, right := []rune(a), []rune(b)
	row := make([]int, len(right)+1)
	for j := range row {
		row[j] = j
	}
	for i := range left {
		diagonal := row[0]
		row[0] = i + 1
		for j := range right {
			changed := diagonal
			if left[i] != right[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(right)]
}
