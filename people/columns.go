package people

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// columns says which field each column of a file fills.
type columns struct {
	// targets holds one field per column; nil leaves the column out.
	targets []*field
	// bits holds the place of each column's kind in kinds, as one bit; 0 for a
	// column that is left out.
	bits []uint64
	// names are the column names as written.
	names []string
	// left are the names of columns that no field takes.
	left []string
	// kinds are the keys of all kinds, in the order of Person.Kinds.
	kinds []string
}

// columnKey returns the form in which column names are compared: lower case,
// accents removed, letters and digits only.
func columnKey(name string) string {
	var key strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		if r == 'ß' {
			key.WriteString("ss")
			continue
		}
		if plain, ok := withoutStroke(r); ok {
			r = plain
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			key.WriteRune(r)
		}
	}
	return key.String()
}

// withoutStroke gives the plain letter of those that have no accent to remove.
func withoutStroke(r rune) (rune, bool) {
	switch r {
	case 'ł':
		return 'l', true
	case 'ø':
		return 'o', true
	case 'đ', 'ð':
		return 'd', true
	case 'ı':
		return 'i', true
	}
	return 0, false
}

// recogniseColumns matches the names of columns with the fields. Explicit
// choices come first: a field that one of them names is not given to another
// column by its name.
func recogniseColumns(names []string, options Options) (columns, error) {
	known := knownNames()
	all := fields()
	if options.Accounts {
		admin := administratorField()
		all = append(all, admin)
		for _, name := range administratorNames() {
			known[name] = &admin
		}
	}
	choice, err := readChoices(names, options.Map, all)
	if err != nil {
		return columns{}, err
	}
	result := columns{names: names, kinds: kindsOf(all)}
	givenBy := map[string]int{}
	for i, f := range choice {
		if f == nil || f.set == nil {
			continue
		}
		if first, twice := givenBy[f.name]; twice {
			return columns{}, &InvalidError{
				Field:    "map",
				Value:    fmt.Sprintf("columns %d and %d both become %s", min(first, i)+1, max(first, i)+1, f.name),
				Expected: fmt.Sprintf("one of them; the other may be counted by %s%s", kindPrefix, f.kind),
			}
		}
		givenBy[f.name] = i
	}
	result.targets = make([]*field, len(names))
	recognised := 0
	for i, name := range names {
		if target, explicit := choice[i]; explicit {
			result.targets[i] = target
			recognised++
			continue
		}
		target := fieldNamed(known, name)
		if target == nil {
			result.left = append(result.left, name)
			continue
		}
		recognised++
		if first, twice := givenBy[target.name]; twice {
			_, explicit := choice[first]
			if target.name == "email" && !explicit {
				return columns{}, &InvalidError{
					Field:    "columns",
					Value:    fmt.Sprintf("columns %d and %d both hold email", first+1, i+1),
					Expected: "one of them; choose it by --map COLUMN=email",
				}
			}
			if target.set != nil || explicit {
				result.left = append(result.left, name)
				continue
			}
		}
		givenBy[target.name] = i
		result.targets[i] = target
	}
	if _, whole := givenBy["name"]; whole {
		// The parts of a name would only repeat it.
		for i, target := range result.targets {
			if target != nil && (target.name == "given_name" || target.name == "family_name") {
				result.targets[i] = nil
			}
		}
	}
	result.bits = make([]uint64, len(names))
	for i, target := range result.targets {
		if target != nil {
			result.bits[i] = 1 << slices.Index(result.kinds, target.kind)
		}
	}
	_, mail := givenBy["email"]
	_, id := givenBy["user_id"]
	if !mail && !id {
		return columns{}, nobodyNamed(names, recognised)
	}
	return result, nil
}

// kindsOf returns the kinds of the fields in their order. There are fewer than
// 63, so that a row's kinds fit into one number; a test holds that.
func kindsOf(all []field) []string {
	var kinds []string
	for _, f := range all {
		if !slices.Contains(kinds, f.kind) {
			kinds = append(kinds, f.kind)
		}
	}
	return kinds
}

// nobodyNamed is the error for a file in which nobody can be found. It repeats
// the names of columns only where at least one of them is known: else the line
// may be a person's row.
func nobodyNamed(names []string, recognised int) error {
	invalid := &InvalidError{
		Field:    "columns",
		Value:    fmt.Sprintf("the first line names %d columns, none of them known", len(names)),
		Expected: `the names of columns; name the one with the address by --map COLUMN=email, or by its place: --map "column 1=email"`,
	}
	if recognised > 0 {
		seen := names[:min(len(names), 30)]
		invalid.Value = "none of " + strings.Join(seen, ", ") + " holds an e-mail address or a user id"
		if len(names) > len(seen) {
			invalid.Value = fmt.Sprintf("none of %s and %d more holds an e-mail address or a user id", strings.Join(seen, ", "), len(names)-len(seen))
		}
		invalid.Expected = "a column named email or user_id, or --map COLUMN=email"
	}
	return invalid
}

// looksLikeNames refuses a line of column names that holds data: its cells
// would go into errors and summaries as column names.
func looksLikeNames(at string, names []string) error {
	for i, name := range names {
		if strings.ContainsRune(name, '@') {
			return &InvalidError{
				Field:    at,
				Value:    fmt.Sprintf("column %d holds an address, not a name", i+1),
				Expected: "the names of the columns",
			}
		}
		if len(name) > 60 || strings.ContainsFunc(name, unicode.IsControl) {
			return &InvalidError{
				Field:    at,
				Value:    fmt.Sprintf("column %d holds no name of a column", i+1),
				Expected: "names of at most 60 characters, in one line",
			}
		}
		if isCertainlyData(name) {
			return &InvalidError{
				Field:    at,
				Value:    fmt.Sprintf("column %d holds data, not a name", i+1),
				Expected: "the names of the columns",
			}
		}
	}
	return nil
}

// readChoices turns Options.Map into one field per chosen column; nil is a
// column that is left out on purpose. A column may be named by its place:
// "column 2".
func readChoices(names []string, chosen map[string]string, all []field) (map[int]*field, error) {
	choice := map[int]*field{}
	for _, column := range slices.Sorted(maps.Keys(chosen)) {
		target := chosen[column]
		at := slices.IndexFunc(names, func(name string) bool { return columnKey(name) == columnKey(column) })
		if exact := slices.Index(names, column); exact >= 0 {
			at = exact
		}
		if place, numbered := strings.CutPrefix(column, "column "); at < 0 && numbered {
			if n, err := strconv.Atoi(place); err == nil && n >= 1 && n <= len(names) {
				at = n - 1
			}
		}
		if at < 0 {
			return nil, &InvalidError{
				Field:    "map",
				Value:    fmt.Sprintf("the file has no column %q", column),
				Expected: fmt.Sprintf("one of its columns: %s", strings.Join(shown(names), ", ")),
			}
		}
		if target == ignored {
			choice[at] = nil
			continue
		}
		found := slices.IndexFunc(all, func(f field) bool { return f.name == target })
		if found < 0 {
			return nil, &InvalidError{
				Field:    "map",
				Value:    fmt.Sprintf("%q is no field", target),
				Expected: fmt.Sprintf(`one of %s, "kind:" and a kind of data that is only counted, or "-" to leave the column out`, strings.Join(FieldNames(), ", ")),
			}
		}
		choice[at] = &all[found]
	}
	return choice, nil
}

// shown are the names that an error may repeat: all where one is known, else
// only their places.
func shown(names []string) []string {
	known := knownNames()
	if slices.ContainsFunc(names, func(name string) bool { return fieldNamed(known, name) != nil }) {
		return names
	}
	places := make([]string, len(names))
	for i := range names {
		places[i] = numbered(i)
	}
	return places
}

// FieldNames returns the fields to which Options.Map may give a column, sorted:
// those that are kept and the kinds of data that are only counted. Further
// values are "kind:" with a key of gdpr.DataKinds, and "-".
func FieldNames() []string {
	var names []string
	for _, f := range fields() {
		if !strings.HasPrefix(f.name, kindPrefix) {
			names = append(names, f.name)
		}
	}
	slices.Sort(names)
	return names
}
