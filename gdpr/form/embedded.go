package form

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed data
var dataFiles embed.FS

// versions are the editions in the data, the newest first.
var versions = []string{"edpb-2026-06-draft-1.0"}

// The decoded data. It is read once and never written afterwards; exported
// functions hand out copies.
var (
	editions    = sync.OnceValue(readEditions)
	projections = sync.OnceValue(readProjections)
	countries   = sync.OnceValue(func() []country { return decode[[]country]("data/countries.json") })
)

// country is a state of the European Economic Area.
type country struct {
	Code string `json:"code"`
	EN   string `json:"en"`
	ES   string `json:"es"`
	FR   string `json:"fr"`
}

func countryByCode(code string) (country, bool) {
	for _, c := range countries() {
		if c.Code == code {
			return c, true
		}
	}
	return country{}, false
}

func (c country) in(language string) string {
	switch language {
	case "es":
		return c.ES
	case "fr":
		return c.FR
	default:
		return c.EN
	}
}

// edition returns the edition itself; nobody writes to it.
func edition(version string) (*Form, error) {
	if f, ok := editions()[version]; ok {
		return f, nil
	}
	return nil, &FieldError{Key: "version", Value: version, Expected: "an edition of the template",
		Suggestions: suggest(version, versions)}
}

func readEditions() map[string]*Form {
	all := make(map[string]*Form, len(versions))
	for _, version := range versions {
		folder := "data/" + version
		f := decode[Form](folder + "/form.json")
		f.Errata = decode[[]Erratum](folder + "/errata.json")
		f.index = make(map[string]int)
		for _, name := range dataNames(folder) {
			if strings.HasPrefix(name, "fields-") {
				f.Fields = append(f.Fields, decode[[]Field](folder+"/"+name)...)
			}
		}
		for i, field := range f.Fields {
			f.index[field.Key] = i
		}
		all[version] = &f
	}
	return all
}

func readProjections() []Projection {
	var all []Projection
	for _, name := range dataNames("data/projections") {
		all = append(all, decode[Projection]("data/projections/"+name))
	}
	return all
}

// dataNames lists a folder of the data by name.
func dataNames(folder string) []string {
	entries, err := dataFiles.ReadDir(folder)
	if err != nil {
		panic(fmt.Sprintf("form: embedded %s: %v", folder, err))
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names
}

// decode reads one embedded file. A file that cannot be read is a broken build,
// which the tests of this package catch, hence the panic.
func decode[T any](file string) T {
	raw, err := dataFiles.ReadFile(file)
	if err != nil {
		panic(fmt.Sprintf("form: embedded %s: %v", file, err))
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var v T
	if err := decoder.Decode(&v); err != nil {
		panic(fmt.Sprintf("form: embedded %s: %v", file, err))
	}
	return v
}
