package people

import (
	_ "embed" // for columns.txt
	"iter"
	"strings"

	"tocsin/gdpr"
)

// ignored is the field name by which Options.Map leaves a column out.
const ignored = "-"

// kindPrefix begins a field of Options.Map that is only counted: "kind:email"
// is an address that nobody writes to.
const kindPrefix = "kind:"

// field names one place of a Person that a column may fill, or a kind of data
// that is only counted.
type field struct {
	// name is the field's name in Options.Map.
	name string
	// kind is the key of the kind of data, after gdpr.DataKinds.
	kind string
	// set keeps a value; nil for a kind that Tocsin does not keep: only the
	// fact that the row exposes it is handed on.
	set func(*Person, string)
}

// kept are the places of a Person, in the order of Person.Kinds.
func kept() []field {
	return []field{
		{"name", "name", func(p *Person, v string) { p.Name = v }},
		{"given_name", "name", func(p *Person, v string) { p.Name = joinNames(v, p.Name) }},
		{"family_name", "name", func(p *Person, v string) { p.Name = joinNames(p.Name, v) }},
		{"email", "email", func(p *Person, v string) { p.Email = v }},
		{"country", "location", func(p *Person, v string) { p.Country = v }},
		{"region", "location", func(p *Person, v string) { p.Region = v }},
		{"city", "location", func(p *Person, v string) { p.City = v }},
		{"locale", "locale", func(p *Person, v string) { p.Locale = v }},
		{"user_id", "user_id", func(p *Person, v string) { p.UserID = v }},
		{"organisation", "organisation", func(p *Person, v string) { p.Organisation = v }},
		{"browser", "browser", func(p *Person, v string) { p.Browser = v }},
		{"system", "browser", func(p *Person, v string) { p.System = v }},
		{"referrer", "referrer", func(p *Person, v string) { p.Referrer = v }},
	}
}

// counted are the kinds that a notice must name and that Tocsin does not keep.
// Kinds of gdpr.DataKinds that are not among them are added to the end.
func counted() []field {
	return []field{
		{"phone", "phone", nil},
		{"address", "address", nil},
		{"birth_date", "birth_date", nil},
		{"national_id", "national_id", nil},
		{"tax_id", "tax_id", nil},
		{"ip_address", "ip_address", nil},
		{"bank_account", "bank_account", nil},
		{"card", "card", nil},
		{"password", "password", nil},
		{"password_hash", "password_hash", nil},
		{"access_token", "access_token", nil},
		{"security_question", "security_question", nil},
		{"gender", "gender", nil},
		{"nationality", "nationality", nil},
		{"precise_location", "precise_location", nil},
		{"health", "health", nil},
		{"financial", "financial", nil},
		{"employment", "employment", nil},
		{"education", "education", nil},
		{"message_content", "message_content", nil},
		{"image", "image", nil},
		{"religion", "religion", nil},
		{"ethnic_origin", "ethnic_origin", nil},
		{"political", "political", nil},
		{"trade_union", "trade_union", nil},
		{"sex_life", "sex_life", nil},
		{"criminal", "criminal", nil},
		{"usage", "usage", nil},
	}
}

// fields are all places and kinds, in the order of Person.Kinds.
func fields() []field {
	all := append(kept(), counted()...)
	known := map[string]bool{}
	for _, f := range all {
		known[f.name] = true
	}
	for _, kind := range gdpr.DataKinds() {
		if !known[kind.Key] && kind.Key != "location" {
			all = append(all, field{name: kind.Key, kind: kind.Key})
		}
	}
	// A kind that a field of another name keeps may also only be counted.
	for _, kind := range gdpr.DataKinds() {
		all = append(all, field{name: kindPrefix + kind.Key, kind: kind.Key})
	}
	return all
}

// columnsFile lists the names of columns that mean a field.
//
//go:embed columns.txt
var columnsFile string

// knownNames gives the field that each known name of a column means.
func knownNames() map[string]*field {
	all := fields()
	byName := make(map[string]*field, len(all))
	for i := range all {
		byName[all[i].name] = &all[i]
	}
	known := make(map[string]*field, 1000)
	for word, name := range aliases() {
		known[word] = byName[name]
	}
	return known
}

// aliases goes through the names of columns with the field that each means.
func aliases() iter.Seq2[string, string] {
	return func(yield func(alias, field string) bool) {
		field := ""
		for line := range strings.Lines(columnsFile) {
			if strings.HasPrefix(line, "#") {
				continue
			}
			words := strings.Fields(line)
			if len(words) > 0 && strings.HasSuffix(words[0], ":") {
				field, words = strings.TrimSuffix(words[0], ":"), words[1:]
			}
			for _, word := range words {
				if !yield(word, field) {
					return
				}
			}
		}
	}
}

// fieldNamed returns the field that a column's name means, or nil. Of a name
// in parts, such as "properties.$email", the last part decides where the whole
// is not known.
func fieldNamed(known map[string]*field, name string) *field {
	if f := known[columnKey(name)]; f != nil {
		return f
	}
	if at := strings.LastIndexByte(name, '.'); at >= 0 {
		return known[columnKey(name[at+1:])]
	}
	return nil
}

func joinNames(given, family string) string {
	switch {
	case given == "":
		return family
	case family == "":
		return given
	default:
		return given + " " + family
	}
}
