package gdpr_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"tocsin/gdpr"
)

// TestTheStagesOfEachRegime works each regime through by hand. Aware is
// Tuesday 17 November 2026, 10:17 in Madrid, unless a case says otherwise.
func TestTheStagesOfEachRegime(t *testing.T) {
	cases := []struct {
		name, regime, stage string
		facts               map[string]string // beside or instead of awareness
		due                 string            // empty: no clock
		outer               string            // empty: none
	}{
		// 72 elapsed hours: Friday, same hour. The bound starts at 11:00.
		{"the GDPR gives 72 hours", "gdpr-33", "notification", nil, "2026-11-20T10:17:00+01:00", "2026-11-20T11:00:00+01:00"},
		{"the GDPR gives people no hours", "gdpr-34", "communication", nil, "", ""},
		{"the law gives a processor no hours", "gdpr-33-2", "notification", nil, "", ""},
		{"the Union's institutions have 72 hours", "eudpr-34", "notification", nil, "2026-11-20T10:17:00+01:00", "2026-11-20T11:00:00+01:00"},
		// Reg. 1182/71 is no British law: no outer bound.
		{"the United Kingdom gives 72 hours", "uk-gdpr", "notification", nil, "2026-11-20T10:17:00+01:00", ""},
		{"the United Kingdom gives people no hours", "uk-gdpr-34", "communication", nil, "", ""},
		{"Switzerland gives no hours", "fadp-24", "notification", nil, "", ""},
		{"communications providers have 24 hours", "eprivacy-611", "initial", nil, "2026-11-18T10:17:00+01:00", "2026-11-18T11:00:00+01:00"},
		// Filed Wednesday 18th; Thu, Fri, Sat; Saturday moves to Monday 23rd.
		{"and three days for the rest", "eprivacy-611", "full", map[string]string{"filed:initial": "2026-11-18T09:00:00+01:00"}, "2026-11-23T23:59:59+01:00", ""},
		{"NIS2 warns in 24 hours", "nis2", "early_warning", nil, "2026-11-18T10:17:00+01:00", "2026-11-18T11:00:00+01:00"},
		{"NIS2 notifies in 72 hours from awareness", "nis2", "notification", map[string]string{"filed:early_warning": "2026-11-17T12:00:00+01:00"}, "2026-11-20T10:17:00+01:00", "2026-11-20T11:00:00+01:00"},
		// Filed Friday 20 Nov; 20 Dec 2026 is a Sunday, so Monday 21.
		{"NIS2 reports a month after the notification", "nis2", "final", map[string]string{"filed:notification": "2026-11-20T09:30:00+01:00"}, "2026-12-21T23:59:59+01:00", ""},
		// Classified 3 h after awareness: 4 h from then, before the 24 h.
		{"DORA gives 4 hours from classification", "dora", "initial", map[string]string{"classified_major": "2026-11-17T13:17:00+01:00"}, "2026-11-17T17:17:00+01:00", "2026-11-17T18:00:00+01:00"},
		// Classified 22 h after awareness: 26 h would pass the 24 h.
		{"DORA ends 24 hours after awareness at the latest", "dora", "initial", map[string]string{"classified_major": "2026-11-18T08:17:00+01:00"}, "2026-11-18T10:17:00+01:00", "2026-11-18T11:00:00+01:00"},
		// Classified exactly 24 h after awareness: the limit ends at once.
		{"classified with the last second of DORA's 24 hours", "dora", "initial", map[string]string{"classified_major": "2026-11-18T10:17:00+01:00"}, "2026-11-18T10:17:00+01:00", "2026-11-18T11:00:00+01:00"},
		// Classified 25 h after awareness: 4 h from classification.
		{"DORA gives 4 hours to who classified after 24 hours", "dora", "initial", map[string]string{"classified_major": "2026-11-18T11:17:00+01:00"}, "2026-11-18T15:17:00+01:00", "2026-11-18T16:00:00+01:00"},
		{"DORA's intermediate report counts from the initial one", "dora", "intermediate", map[string]string{"filed:initial": "2026-11-17T16:00:00+01:00"}, "2026-11-20T16:00:00+01:00", "2026-11-20T17:00:00+01:00"},
		// Filed Friday 20 Nov: 20 Dec is a Sunday, so Monday 21.
		{"DORA's final report counts from the intermediate one", "dora", "final", map[string]string{"filed:intermediate": "2026-11-20T15:00:00+01:00"}, "2026-12-21T23:59:59+01:00", ""},
		{"the CRA warns in 24 hours", "cra", "early_warning", nil, "2026-11-18T10:17:00+01:00", "2026-11-18T11:00:00+01:00"},
		{"the CRA notifies in 72 hours", "cra", "notification", nil, "2026-11-20T10:17:00+01:00", "2026-11-20T11:00:00+01:00"},
		// Filed Thursday 19 Nov: 19 Dec is a Saturday, so Monday 21.
		{"the CRA's final report on an incident comes a month later", "cra", "final", map[string]string{"filed:notification": "2026-11-19T18:00:00+01:00"}, "2026-12-21T23:59:59+01:00", ""},
		{"the CRA warns of a vulnerability in 24 hours", "cra-vulnerability", "early_warning", nil, "2026-11-18T10:17:00+01:00", "2026-11-18T11:00:00+01:00"},
		{"the CRA notifies a vulnerability in 72 hours", "cra-vulnerability", "notification", nil, "2026-11-20T10:17:00+01:00", "2026-11-20T11:00:00+01:00"},
		// Available Tuesday 1 Dec: Tuesday 15 Dec, whenever the notification was filed.
		{"the CRA's final report on a vulnerability comes 14 days after the fix", "cra-vulnerability", "final", map[string]string{"corrective_measure": "2026-12-01T08:00:00+01:00", "filed:notification": "2026-11-19T18:00:00+01:00"}, "2026-12-15T23:59:59+01:00", ""},
		{"trust services have 24 hours", "eidas", "notification", nil, "2026-11-18T10:17:00+01:00", "2026-11-18T11:00:00+01:00"},
		{"the Omnibus proposes 96 hours", "gdpr-omnibus", "notification", nil, "2026-11-21T10:17:00+01:00", "2026-11-21T11:00:00+01:00"},
	}
	madrid := zone(t, "Europe/Madrid")
	worked := map[string]bool{}
	for _, c := range cases {
		worked[c.regime+" "+c.stage] = true
		t.Run(c.name, func(t *testing.T) {
			facts := gdpr.Facts{gdpr.StartsFromAwareness: moment(t, madrid, "2026-11-17T10:17:00+01:00")}
			for name, at := range c.facts {
				facts[name] = moment(t, madrid, at)
			}
			stage := stageOf(t, c.regime, c.stage)
			got, err := stage.Due(facts, gdpr.Place{Zone: madrid}, nil)
			if c.due == "" {
				if stage.HasClock() || err == nil {
					t.Fatalf("a clock: %s, %v", got.Due, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if due := got.Due.Format(time.RFC3339); due != c.due {
				t.Errorf("due: got %s, want %s\n%s", due, c.due, strings.Join(got.Reasons(), "\n"))
			}
			outer := ""
			if !got.OuterBound.IsZero() {
				outer = got.OuterBound.Format(time.RFC3339)
			}
			if outer != c.outer {
				t.Errorf("outer bound: got %q, want %q", outer, c.outer)
			}
			if !strings.Contains(got.Rule(), stage.Article) || len(got.Reasons()) == 0 {
				t.Errorf("rule %q does not name %q", got.Rule(), stage.Article)
			}
		})
	}
	for _, r := range gdpr.Regimes() {
		for _, s := range r.Stages {
			if !worked[r.Code+" "+s.Name] {
				t.Errorf("%s, %s: nobody worked it through", r.Code, s.Name)
			}
		}
	}
}

func stageOf(t *testing.T, regime, stage string) gdpr.StageTerms {
	t.Helper()
	r, ok := gdpr.RegimeByCode(regime)
	if !ok {
		t.Fatalf("no regime %s", regime)
	}
	list, err := r.StageTerms()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.Stage == stage {
			return s
		}
	}
	t.Fatalf("%s: no stage %s", regime, stage)
	return gdpr.StageTerms{}
}

func TestDORAExplainsWhichLimitHolds(t *testing.T) {
	stage := stageOf(t, "dora", "initial")
	aware := time.Date(2026, 11, 17, 9, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]string{
		3 * time.Hour:  "does not shorten it",
		22 * time.Hour: "so it holds",
		25 * time.Hour: "had passed",
	} {
		got, err := stage.Due(gdpr.Facts{"awareness": aware, "classified_major": aware.Add(after)}, gdpr.Place{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if all := strings.Join(got.Reasons(), "\n"); !strings.Contains(all, want) {
			t.Errorf("classified after %s: reasons lack %q:\n%s", after, want, all)
		}
		if !strings.Contains(got.Rule(), "24 hours") {
			t.Errorf("rule: %s", got.Rule())
		}
	}
}

func TestAStageSaysWhichFactItMisses(t *testing.T) {
	aware := gdpr.Facts{"awareness": time.Date(2026, 11, 17, 9, 0, 0, 0, time.UTC)}
	cases := []struct {
		regime, stage string
		facts         gdpr.Facts
		fact, label   string
	}{
		{"nis2", "final", aware, "filed:notification", "filing of the incident notification"},
		{"cra-vulnerability", "final", aware, "corrective_measure", "availability of a corrective or mitigating measure"},
		{"dora", "initial", aware, "classified_major", "classification of the incident as major"},
		{"dora", "initial", gdpr.Facts{"classified_major": time.Unix(1, 0)}, "awareness", "awareness of the breach or incident"},
		{"gdpr-33", "notification", nil, "awareness", "awareness of the breach or incident"},
		{"gdpr-33", "notification", gdpr.Facts{"awareness": {}}, "awareness", "awareness of the breach or incident"},
	}
	for _, c := range cases {
		_, err := stageOf(t, c.regime, c.stage).Due(maps.Clone(c.facts), gdpr.Place{}, nil)
		missing, ok := errors.AsType[*gdpr.MissingFactError](err)
		if !ok {
			t.Errorf("%s, %s: got %v", c.regime, c.stage, err)
			continue
		}
		if missing.Stage != c.stage || missing.Fact != c.fact || missing.Label.EN != c.label || missing.Label.ES == "" {
			t.Errorf("%s, %s: got %+v", c.regime, c.stage, missing)
		}
		if text := err.Error(); !strings.Contains(text, c.fact) || !strings.Contains(text, c.label) || strings.Contains(text, "\n") {
			t.Errorf("%s, %s: %s", c.regime, c.stage, text)
		}
	}
}

func TestAStageStatesItsRuleBeforeAnyFactIsKnown(t *testing.T) {
	for _, c := range []struct{ regime, stage, want string }{
		{"nis2", "final", "NIS2 Art. 23(4)(d), 1 month from the filing of the incident notification"},
		{"gdpr-34", "communication", "GDPR Art. 34(1), without undue delay, no period in law"},
		{"gdpr-33", "notification", "GDPR Art. 33(1), without undue delay, 72 hours from the awareness of the breach or incident"},
	} {
		if got := stageOf(t, c.regime, c.stage).Rule(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
