package gdpr_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tocsin/gdpr"
)

func TestFactsAreReadAsNameAndTime(t *testing.T) {
	name, at, err := gdpr.ParseFact("filed:notification=2026-11-20T09:30:00+01:00")
	if err != nil || name != "filed:notification" || at.Format(time.RFC3339) != "2026-11-20T09:30:00+01:00" {
		t.Errorf("got %q, %s, %v", name, at, err)
	}
	for _, text := range []string{
		"", "=", "awareness", "awareness=", "=2026-11-20T09:30:00+01:00", "filed:notification=2026-11-20T09:30:00",
		"Filed=2026-11-20T09:30:00Z", "a b=2026-11-20T09:30:00Z", "filed=0001-01-01T00:00:00Z", "filed=9999-12-31T23:59:59Z",
		strings.Repeat("a", 65) + "=2026-11-20T09:30:00Z",
	} {
		_, _, err := gdpr.ParseFact(text)
		if wrong, ok := errors.AsType[*gdpr.InputError](err); !ok || wrong.Field != "fact" || wrong.Expected == "" {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func FuzzParseFact(f *testing.F) {
	for _, seed := range []string{
		"filed:notification=2026-11-20T09:30:00+01:00", "awareness=2026-11-20T09:30:00.5Z", "=", "a=b=c", "é=\n", "x=9999-12-31T23:59:59-23:59",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, at, err := gdpr.ParseFact(text)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("the error is not one line: %q", err)
			}
			return
		}
		again, same, err := gdpr.ParseFact(name + "=" + at.Format(time.RFC3339Nano))
		if err != nil || again != name || !same.Equal(at) {
			t.Fatalf("%q reads as %q at %s, and that as %q at %s, %v", text, name, at, again, same, err)
		}
	})
}

func TestARegimeKnowsItsFacts(t *testing.T) {
	dora, _ := gdpr.RegimeByCode("dora")
	var names []string
	for _, f := range dora.Facts() {
		names = append(names, f.Name)
		if f.Label.EN == "" || f.Label.ES == "" || f.Source == "" {
			t.Errorf("%s: something is missing: %+v", f.Name, f)
		}
	}
	if got := strings.Join(names, " "); got != "awareness classified_major filed:initial filed:intermediate" {
		t.Errorf("got %s", got)
	}
	if f, err := dora.Fact("filed:initial"); err != nil || f.Label.EN != "filing of the initial notification" {
		t.Errorf("got %+v, %v", f, err)
	}
	_, err := dora.Fact("clasified_major")
	if unknown, ok := errors.AsType[*gdpr.UnknownError](err); !ok || len(unknown.Suggestions) == 0 || unknown.Suggestions[0] != "classified_major" {
		t.Errorf("got %v", err)
	}
	if _, err := dora.Fact("corrective_measure"); err == nil {
		t.Error("DORA counts from a corrective measure")
	}
}
