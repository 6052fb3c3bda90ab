package people

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// columns says which field each column of a file fills.
type columns struct {
	// targets holds one field per column; nil leaves the column out.
	targets []*field
	// names are the column names as written.
	names []string
	// left are the names of columns that no field takes.
	left []string
	// rank is the place of each kind in Person.Kinds, whatever the order of
	// columns.
	rank map[string]int
}

// columnKey returns the form in which column names are compared: lower case,
// accents removed, letters and digits only.
func columnKey(name string) string {
	var key strings.Builder
	for _, r := range strings.ToLower(name) {
		if plain, ok := withoutAccent(r); ok {
			r = plain
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			key.WriteRune(r)
		}
	}
	return key.String()
}

func withoutAccent(r rune) (rune, bool) {
	const accented, plain = "áàâäãåéèêëíìîïóòôöõúùûüñçčšž", "aaaaaaeeeeiiiiooooouuuunccsz"
	for i, a := range []rune(accented) {
		if a == r {
			return rune(plain[i]), true
		}
	}
	return 0, false
}

// recogniseColumns matches the names of the first line with the fields.
// Explicit choices come first: a field that one of them names is not given to
// another column by its alias.
func recogniseColumns(names []string, chosen map[string]string) (columns, error) {
	all := fields()
	if err := looksLikeNames(names); err != nil {
		return columns{}, err
	}
	byKey, byName := map[string]*field{}, map[string]*field{}
	for i := range all {
		byName[all[i].name] = &all[i]
		for _, alias := range all[i].aliases {
			byKey[alias] = &all[i]
		}
	}
	choice, err := readChoices(names, chosen, byName)
	if err != nil {
		return columns{}, err
	}
	taken := map[string]bool{}
	for _, f := range choice {
		if f != nil {
			taken[f.name] = true
		}
	}
	result := columns{targets: make([]*field, len(names)), names: names, rank: map[string]int{}}
	for i, f := range all {
		if _, ranked := result.rank[f.kind]; !ranked {
			result.rank[f.kind] = i
		}
	}
	givenBy := map[*field]int{}
	for i, name := range names {
		target, explicit := choice[i]
		if !explicit {
			target = byKey[columnKey(name)]
			if target == nil {
				result.left = append(result.left, name)
				continue
			}
			if taken[target.name] {
				result.left = append(result.left, name)
				continue
			}
		}
		if target == nil {
			continue
		}
		if first, twice := givenBy[target]; twice && target.set != nil {
			if target.name == "email" {
				return columns{}, &InvalidError{
					Field:    "columns",
					Value:    fmt.Sprintf("columns %d and %d both hold email", first+1, i+1),
					Expected: "one of them; choose it by --map COLUMN=email",
				}
			}
			result.left = append(result.left, name)
			continue
		}
		givenBy[target] = i
		result.targets[i] = target
	}
	if _, whole := givenBy[byName["name"]]; whole {
		// The parts of a name would only repeat it.
		for i, target := range result.targets {
			if target == byName["given_name"] || target == byName["family_name"] {
				result.targets[i] = nil
			}
		}
	}
	if _, mail := givenBy[byName["email"]]; !mail {
		if _, id := givenBy[byName["user_id"]]; !id {
			return columns{}, &InvalidError{
				Field:    "columns",
				Value:    "none holds an e-mail address or a user id",
				Expected: "a column named email or user_id, or --map COLUMN=email",
			}
		}
	}
	return result, nil
}

// looksLikeNames refuses a first line that holds data: its cells would go into
// errors and summaries as column names.
func looksLikeNames(names []string) error {
	for i, name := range names {
		if strings.ContainsRune(name, '@') {
			return &InvalidError{
				Field:    "line 1",
				Value:    fmt.Sprintf("column %d holds an address, not a name", i+1),
				Expected: "the names of the columns",
			}
		}
		if len(name) > 60 || strings.ContainsFunc(name, unicode.IsControl) {
			return &InvalidError{
				Field:    "line 1",
				Value:    fmt.Sprintf("column %d holds no name of a column", i+1),
				Expected: "names of at most 60 characters, in one line",
			}
		}
	}
	return nil
}

// readChoices turns Options.Map into one field per chosen column; nil is a
// column that is left out on purpose.
func readChoices(names []string, chosen map[string]string, byName map[string]*field) (map[int]*field, error) {
	choice := map[int]*field{}
	for _, column := range slices.Sorted(maps.Keys(chosen)) {
		target := chosen[column]
		at := slices.IndexFunc(names, func(name string) bool { return columnKey(name) == columnKey(column) })
		if exact := slices.Index(names, column); exact >= 0 {
			at = exact
		}
		if at < 0 {
			return nil, &InvalidError{
				Field:    "map",
				Value:    fmt.Sprintf("the file has no column %q", column),
				Expected: "one of its columns: " + strings.Join(names, ", "),
			}
		}
		if target == ignored {
			choice[at] = nil
			continue
		}
		f, known := byName[target]
		if !known {
			return nil, &InvalidError{
				Field:    "map",
				Value:    fmt.Sprintf("%q is no field", target),
				Expected: "one of " + strings.Join(slices.Sorted(maps.Keys(byName)), ", ") + `, or "-" to leave the column out`,
			}
		}
		choice[at] = f
	}
	return choice, nil
}
