package gdpr_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/gdpr"
)

// TestRecordedTermsKeepTheirMeaning reads terms as they were recorded before
// there were stages, labels and statuses.
func TestRecordedTermsKeepTheirMeaning(t *testing.T) {
	var old []gdpr.Terms
	readJSON(t, "testdata/recorded-terms.json", &old)
	var keys []map[string]json.RawMessage
	readJSON(t, "testdata/recorded-terms.json", &keys)
	aware := time.Date(2026, 11, 17, 9, 17, 0, 0, time.UTC)
	for i, terms := range old {
		fresh, err := gdpr.NewTerms(terms.Regime, terms.Authority)
		if err != nil {
			t.Fatal(err)
		}
		first, ok := terms.At(0)
		if _, more := terms.At(1); !ok || more || len(terms.Then) > 0 || terms.Status != "" {
			t.Errorf("%s: stages appeared", terms.Regime)
		}
		if first.Stage != fresh.Stage || first.Within != fresh.Within || first.Standard != fresh.Standard ||
			first.StartsFrom != gdpr.StartsFromAwareness || !reflect.DeepEqual(first.Ladder, fresh.Ladder) || terms.FollowUp != fresh.FollowUp {
			t.Errorf("%s: got %+v, want %+v", terms.Regime, terms, fresh)
		}
		was, hadClock := terms.Deadline(aware, nil)
		is, hasClock := fresh.Deadline(aware, nil)
		if hadClock != hasClock || !reflect.DeepEqual(was, is) {
			t.Errorf("%s: the deadline moved from %+v to %+v", terms.Regime, was, is)
		}
		// What is written today says everything that was written then.
		raw, err := json.Marshal(fresh)
		if err != nil {
			t.Fatal(err)
		}
		var now map[string]json.RawMessage
		if err := json.Unmarshal(raw, &now); err != nil {
			t.Fatal(err)
		}
		for key, want := range keys[i] {
			if !sameJSON(t, now[key], want) {
				t.Errorf("%s: %s was %s and is %s", terms.Regime, key, want, now[key])
			}
		}
		if extra := slices.DeleteFunc(slices.Sorted(mapKeys(now)), func(k string) bool { return keys[i][k] != nil }); !slices.Equal(extra, []string{"label"}) {
			t.Errorf("%s: new keys %v", terms.Regime, extra)
		}
	}
}

func mapKeys(m map[string]json.RawMessage) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func sameJSON(t *testing.T, a, b json.RawMessage) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	return reflect.DeepEqual(x, y)
}

func TestTermsOfEveryRegimeSurviveTheRecord(t *testing.T) {
	for _, r := range gdpr.Regimes() {
		authority := r.Authority
		if r.Recipient == gdpr.RecipientAuthority && authority == "" {
			authority = "AEPD"
		}
		terms, err := gdpr.NewTerms(r.Code, authority)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(terms)
		if err != nil {
			t.Fatal(err)
		}
		var back gdpr.Terms
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back, terms) {
			t.Errorf("%s: got %+v, want %+v", r.Code, back, terms)
		}
		if n := len(terms.Stages()); n != len(r.Stages) {
			t.Errorf("%s: %d stages, want %d", r.Code, n, len(r.Stages))
		}
		for n, s := range r.Stages {
			stage, ok := terms.At(n)
			if !ok || stage.Stage != s.Name || stage.Cited == "" {
				t.Errorf("%s: stage %d is %+v", r.Code, n, stage)
			}
			if _, ok := stage.Ladder.Rung(0); ok != stage.HasClock() {
				t.Errorf("%s, %s: a clock and reminders go together", r.Code, s.Name)
			}
		}
		if _, ok := terms.At(len(r.Stages)); ok {
			t.Errorf("%s: a stage too many", r.Code)
		}
		if _, ok := terms.At(-1); ok {
			t.Errorf("%s: stage -1", r.Code)
		}
	}
}

func TestTheRegimesOwnAuthorityNeedNotBeNamed(t *testing.T) {
	for regime, want := range map[string]string{"uk-gdpr": "ICO", "fadp-24": "FDPIC", "eudpr-34": "EDPS"} {
		terms, err := gdpr.NewTerms(regime, "")
		if err != nil || terms.Authority != want {
			t.Errorf("%s: got %q, %v", regime, terms.Authority, err)
		}
	}
}

func TestAnAuthoritysFollowUpIsForTheGDPROnly(t *testing.T) {
	terms, err := gdpr.NewTerms("eprivacy-611", "AEPD")
	if err != nil {
		t.Fatal(err)
	}
	if terms.FollowUp.Text != "" || terms.Authority != "AEPD" || len(terms.Then) != 1 {
		t.Errorf("got %+v", terms)
	}
}

func TestAContractGivesTheProcessorAClock(t *testing.T) {
	aware := time.Date(2026, 11, 17, 9, 17, 0, 0, time.UTC)
	for hours, ladder := range map[int]string{1: "4-hours", 4: "4-hours", 24: "24-hours", 36: "24-hours", 48: "24-hours", 72: "72-hours", 96: "96-hours", 744: "1-month"} {
		terms, err := gdpr.NewContractTerms(hours)
		if err != nil {
			t.Fatal(err)
		}
		if terms.Regime != gdpr.RegimeProcessor || terms.Recipient != gdpr.RecipientController || terms.Authority != "" || terms.Ladder.Code != ladder {
			t.Errorf("%d hours: ladder %s, %+v", hours, terms.Ladder.Code, terms)
		}
		got, ok := terms.Deadline(aware, nil)
		if !ok || !got.Due.Equal(aware.Add(time.Duration(hours)*time.Hour)) || !got.OuterBound.IsZero() {
			t.Errorf("%d hours: got %+v", hours, got)
		}
		if !strings.Contains(got.Rule(), "contract") {
			t.Errorf("rule: %s", got.Rule())
		}
	}
	for _, hours := range []int{-1, 0, 745} {
		_, err := gdpr.NewContractTerms(hours)
		if wrong, ok := errors.AsType[*gdpr.InputError](err); !ok || wrong.Field != "contract_hours" {
			t.Errorf("%d hours: got %v", hours, err)
		}
	}
}

func TestTermsWithoutFactsTakeTheEarliestLimit(t *testing.T) {
	terms, err := gdpr.NewTerms("dora", "")
	if err != nil {
		t.Fatal(err)
	}
	aware := time.Date(2026, 11, 17, 9, 17, 0, 0, time.UTC)
	if got, ok := terms.Deadline(aware, nil); !ok || !got.Due.Equal(aware.Add(4*time.Hour)) {
		t.Errorf("got %+v, %t", got, ok)
	}
	if _, err := terms.Due(gdpr.Facts{"awareness": aware}, gdpr.Place{}, nil); err == nil {
		t.Error("a due time without classification")
	}
}

func TestAProposalIsOnlyFoundByItsName(t *testing.T) {
	terms, err := gdpr.NewTerms("gdpr-omnibus", "AEPD")
	if err != nil {
		t.Fatal(err)
	}
	if terms.Status != gdpr.StatusProposal || !strings.Contains(terms.StatusNote, "not law") || terms.Within.Hours != 96 {
		t.Errorf("got %+v", terms)
	}
	r, _ := gdpr.RegimeByCode("gdpr-omnibus")
	for year := range 20 {
		at := time.Date(2020+year, 1, 1, 0, 0, 0, 0, time.UTC)
		if r.InForce(at) || slices.ContainsFunc(gdpr.RegimesInForce(at), gdpr.Regime.Proposal) {
			t.Errorf("in force in %d", 2020+year)
		}
	}
	if n := len(gdpr.RegimesInForce(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))); n != len(gdpr.Regimes())-1 {
		t.Errorf("%d regimes are in force", n)
	}
	for _, wrong := range []string{"", "gdpr-omnibu", "gdpr-omnibuses", "nonsense"} {
		if list := gdpr.SuggestRegimes(wrong); slices.Contains(list, "gdpr-omnibus") || len(list) == 0 {
			t.Errorf("%q: suggested %v", wrong, list)
		}
	}
	if law, _ := gdpr.RegimeByCode("cra"); law.InForce(time.Date(2026, 9, 10, 12, 0, 0, 0, time.UTC)) || !law.InForce(time.Date(2026, 9, 11, 12, 0, 0, 0, time.UTC)) {
		t.Error("the CRA's reporting starts on 11 September 2026")
	}
}

func TestARegimeKnowsItsStages(t *testing.T) {
	r, _ := gdpr.RegimeByCode("nis2")
	if s, err := r.Stage("final"); err != nil || s.Within.Months != 1 {
		t.Errorf("got %+v, %v", s, err)
	}
	_, err := r.Stage("finall")
	if unknown, ok := errors.AsType[*gdpr.UnknownError](err); !ok || unknown.Field != "stage" || unknown.Suggestions[0] != "final" {
		t.Errorf("got %v", err)
	}
}
