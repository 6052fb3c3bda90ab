package form_test

import (
	"slices"
	"testing"

	"tocsin/gdpr"
	"tocsin/gdpr/form"
)

func TestEveryProjectionNamesWhatExists(t *testing.T) {
	f := template(t)
	var codes []string
	for _, p := range form.Projections() {
		codes = append(codes, p.Code)
		if p.Name == "" || len(p.Languages) == 0 || p.TemplateVersion != f.Version || p.Note["en"] == "" ||
			p.Source == "" || p.Article == "" || p.ValidFrom == "" {
			t.Errorf("%s: incomplete head", p.Code)
		}
		for _, code := range p.Authorities {
			if a, ok := gdpr.AuthorityByCode(code); !ok || a.Code != code || form.ProjectionFor(code) != p.Code {
				t.Errorf("%s: authority %q", p.Code, code)
			}
		}
		for _, language := range p.Languages {
			if p.Note[language] == "" {
				t.Errorf("%s: no note in %s", p.Code, language)
			}
		}
		keys, fields := map[string]bool{}, map[string]bool{}
		for _, s := range p.Sections {
			checkWords(t, p, "a title", s.Title)
			for _, l := range s.Lines {
				if keys[l.Key] || !snakeCase.MatchString(l.Key) {
					t.Errorf("%s: line %q", p.Code, l.Key)
				}
				keys[l.Key] = true
				checkLine(t, f, p, l)
				for _, key := range l.Fields {
					fields[key] = true
				}
			}
		}
		if p.Code == form.Generic && len(fields) != len(f.Fields) {
			t.Errorf("the generic projection shows %d fields of %d", len(fields), len(f.Fields))
		}
	}
	if !slices.Equal(codes, []string{"aepd", "cnil", "dpc", "edpb", "ico"}) {
		t.Errorf("projections %v", codes)
	}
}

func checkWords(t *testing.T, p form.Projection, what string, w form.Words) {
	t.Helper()
	for _, language := range append([]string{"en"}, p.Languages...) {
		if w[language] == "" {
			t.Errorf("%s: %s has no words in %s: %v", p.Code, what, language, w)
		}
	}
}

var factCodes = map[string][]string{
	"notification":   {"new_complete", "new_incomplete", "follow_up_complete", "follow_up_incomplete", "follow_up_withdraw"},
	"severity_scale": {"low", "medium", "high", "very_high", "high_or_very_high", "to_be_determined"},
}

func checkLine(t *testing.T, f form.Form, p form.Projection, l form.ProjectionLine) {
	t.Helper()
	ways := 0
	for _, way := range []bool{len(l.Fields) > 0, l.Fact != "", l.Test != nil, l.Manual} {
		if way {
			ways++
		}
	}
	if ways != 1 {
		t.Errorf("%s %s: the answer comes from %d places", p.Code, l.Key, ways)
	}
	if len(l.Label) > 0 || len(l.Fields) != 1 {
		checkWords(t, p, l.Key, l.Label)
	}
	if len(l.Note) > 0 {
		checkWords(t, p, "the note of "+l.Key, l.Note)
	}
	if l.Test != nil {
		for _, key := range l.Test.Fields() {
			field, ok := f.Field(key)
			if _, known := field.Option(l.Test.Value); !ok || !known {
				t.Errorf("%s %s: tests %s for %q", p.Code, l.Key, key, l.Test.Value)
			}
		}
	}
	if l.Fact != "" && l.Fact != "dpo" {
		checkTotal(t, p, l, factCodes[l.Fact])
	}
	for _, key := range l.Fields {
		field, ok := f.Field(key)
		if !ok {
			t.Errorf("%s %s: no field %q", p.Code, l.Key, key)
			continue
		}
		if len(field.Options) == 0 {
			continue
		}
		var codes []string
		for _, o := range field.Options {
			codes = append(codes, o.Code)
		}
		switch {
		case l.Options != nil && len(l.Fields) > 1:
			t.Errorf("%s %s: options for several fields", p.Code, l.Key)
		case l.Options != nil:
			checkTotal(t, p, l, codes)
		case !slices.Contains([]string{"en", "es"}, p.Languages[0]):
			t.Errorf("%s %s: no options in %s", p.Code, l.Key, p.Languages[0])
		}
	}
}

// checkTotal sees that every code has words and that no words are for a code
// that does not exist.
func checkTotal(t *testing.T, p form.Projection, l form.ProjectionLine, codes []string) {
	t.Helper()
	if len(codes) == 0 || len(l.Options) != len(codes) {
		t.Errorf("%s %s: words for %d options of %d", p.Code, l.Key, len(l.Options), len(codes))
	}
	for _, code := range codes {
		if l.Options[code] == "" {
			t.Errorf("%s %s: no words for %s", p.Code, l.Key, code)
		}
	}
}

func TestEachAuthorityHasItsProjection(t *testing.T) {
	for authority, want := range map[string]string{
		"AEPD": "aepd", "aepd": "aepd", "APDCAT": "aepd", "AVPD": "aepd", "DBEB": "aepd", "CTPDA": "aepd",
		"CNIL": "cnil", "DPC": "dpc", "ICO": "ico", "GARANTE": "edpb", "DE-BY": "edpb", "": "edpb", "nobody": "edpb",
	} {
		if got := form.ProjectionFor(authority); got != want {
			t.Errorf("%q: %s, want %s", authority, got, want)
		}
	}
}
