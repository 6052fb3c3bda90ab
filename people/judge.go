package people

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

const (
	// surely is the share of values, in percent, from which a likeness counts.
	surely = 80
	// leastConfidence is below which a column stays "other".
	leastConfidence = 40
)

// judge says for each column what it holds.
func (a *Analysis) judge(names []string, seen []*columnSample) {
	known := knownNames()
	byName := make([]nameMatch, len(names))
	recognised := false
	for i, name := range names {
		byName[i] = matchName(known, name)
		recognised = recognised || byName[i].field != nil
	}
	fieldOf := map[string]field{}
	for _, f := range fields() {
		fieldOf[f.name] = f
	}
	for i, name := range names {
		column := Column{Name: name, Filled: seen[i].filled, Shapes: seen[i].commonShapes()}
		if !recognised {
			column.Name = numbered(i)
		}
		warning := column.settle(byName[i], seen[i], fieldOf)
		if warning != "" {
			a.Warnings = append(a.Warnings, warning)
		}
		a.Columns = append(a.Columns, column)
	}
	a.oneEach(fieldOf)
	if !recognised {
		a.Warnings = append(a.Warnings,
			"the first line names no known column: if it holds a person's data, the file has no names of columns; they are called by their place here")
	}
	if !slices.ContainsFunc(a.Columns, func(c Column) bool { return c.Field == "email" || c.Field == "user_id" }) {
		a.Warnings = append(a.Warnings, "no column seems to hold e-mail addresses or user ids: map one of them, or nobody can be told")
	}
}

// settle decides between a column's name and its values.
func (c *Column) settle(name nameMatch, seen *columnSample, fieldOf map[string]field) (warning string) {
	like, share, score := seen.best()
	give := func(fieldName string, confidence int, why string) {
		f := fieldOf[fieldName]
		c.Field, c.DataKind, c.Confidence, c.Why = f.name, f.kind, min(confidence, 99), why
	}
	values := ""
	if like != nil {
		values = fmt.Sprintf("%d%% of %d values look like %s", share, seen.filled, like.what)
	}
	switch {
	case name.field == nil && (like == nil || score < leastConfidence):
		c.Field, c.DataKind, c.Why = ignored, otherKind, "neither its name nor its values are known"
		if seen.filled == 0 {
			c.Why = "its name is not known and it is empty"
		}
	case name.field == nil:
		give(like.field, score, values)
	case like != nil && sameKind(fieldOf[like.field].kind, name.field.kind):
		give(name.field.name, max(name.confidence, score)+5, name.why+"; "+values)
	case like != nil && score >= 90:
		give(like.field, score-10, fmt.Sprintf("%s, although its name means %s", values, name.field.name))
		warning = fmt.Sprintf("%s: its name means %s, but its values look like %s", c.Name, name.field.name, like.what)
	case seen.filled > 0 && seen.shareOf(name.field.name) >= 0 && seen.shareOf(name.field.name) < surely/2:
		share := seen.shareOf(name.field.name)
		give(name.field.name, max(leastConfidence, name.confidence/2), fmt.Sprintf("%s, but only %d%% of %d values look like it", name.why, share, seen.filled))
		warning = fmt.Sprintf("%s: its name means %s, but only %d%% of its values look like it", c.Name, name.field.name, share)
	default:
		give(name.field.name, name.confidence, name.why)
	}
	return warning
}

// best returns the likeness that fits the values best, the share that has it in
// percent, and how sure that is; nil when none does.
func (c *columnSample) best() (like *likeness, share, score int) {
	for i := range c.tests {
		if c.filled == 0 {
			break
		}
		part := c.like[i] * 100 / c.filled
		sure := c.tests[i].confidence * part / 100
		if c.filled < 5 {
			sure -= 10 * (5 - c.filled) // few values prove little
		}
		if part >= surely && sure > score {
			like, share, score = &c.tests[i], part, sure
		}
	}
	return like, share, score
}

// shareOf is the share of values that look like a field whose values have a
// certain look, in percent; -1 for other fields.
func (c *columnSample) shareOf(name string) int {
	switch name {
	case "email", "ip_address", "bank_account", "card", "country", "locale":
	default:
		return -1
	}
	most := 0
	for i, test := range c.tests {
		if test.field == name {
			most = max(most, c.like[i]*100/c.filled)
		}
	}
	return most
}

// sameKind reports whether a likeness confirms a kind. One number is often
// both the citizen's and the taxpayer's.
func sameKind(a, b string) bool {
	numbers := []string{"national_id", "tax_id"}
	return a == b || slices.Contains(numbers, a) && slices.Contains(numbers, b)
}

// oneEach leaves each field that is kept to the column that is surest of it;
// the others are only counted.
func (a *Analysis) oneEach(fieldOf map[string]field) {
	surest := map[string]int{}
	for i, column := range a.Columns {
		if first, taken := surest[column.Field]; !taken || column.Confidence > a.Columns[first].Confidence {
			surest[column.Field] = i
		}
	}
	for i := range a.Columns {
		column := &a.Columns[i]
		if fieldOf[column.Field].set != nil && surest[column.Field] != i {
			column.Why += fmt.Sprintf("; %s is taken from column %d", column.Field, surest[column.Field]+1)
			column.Field = kindPrefix + column.DataKind
		}
	}
}

// nameMatch is what the name of a column means.
type nameMatch struct {
	field      *field
	confidence int
	why        string
}

// matchName recognises a name, or the end or beginning of one that has several
// words, such as "customer e-mail" and "phone (home)".
func matchName(known map[string]*field, name string) nameMatch {
	if f := fieldNamed(known, name); f != nil {
		return nameMatch{field: f, confidence: 85, why: "its name is known"}
	}
	parts := nameParts(name)
	// "city name" is a city, and "phone number" is no other number.
	for len(parts) > 1 && slices.Contains([]string{"name", "number", "no", "nr", "num", "code", "id", "value", "text"}, parts[len(parts)-1]) {
		parts = parts[:len(parts)-1]
		if f := known[strings.Join(parts, "")]; f != nil {
			return nameMatch{field: f, confidence: 60, why: "the beginning of its name is known"}
		}
	}
	for length := len(parts) - 1; length > 0; length-- {
		for _, part := range []string{strings.Join(parts[len(parts)-length:], ""), strings.Join(parts[:length], "")} {
			if f := known[part]; f != nil && len(part) > 2 {
				return nameMatch{field: f, confidence: 55, why: "a part of its name is known"}
			}
		}
	}
	return nameMatch{}
}

// nameParts cuts a name into its words: at signs, and where a capital follows a
// small letter.
func nameParts(name string) []string {
	var spaced strings.Builder
	small := false
	for _, r := range name {
		if unicode.IsUpper(r) && small {
			spaced.WriteByte(' ')
		}
		small = unicode.IsLower(r)
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' {
			r = ' '
		}
		spaced.WriteRune(r)
	}
	var parts []string
	for word := range strings.FieldsSeq(spaced.String()) {
		if key := columnKey(word); key != "" {
			parts = append(parts, key)
		}
	}
	return parts
}
