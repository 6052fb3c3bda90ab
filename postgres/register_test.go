package postgres_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/postgres/postgrestest"
)

// registered gives the ids of the cases that a filter chooses, a few at a time, and
// demands that they are as many as are counted.
func registered(t testing.TB, s *postgres.Store, f postgres.RegisterFilter) []string {
	t.Helper()
	n, _, err := s.CountRegister(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for f.Limit = 2; ; f.After = out[len(out)-1] {
		list, err := s.Register(t.Context(), f)
		if err != nil || len(list) > f.Limit {
			t.Fatalf("%d cases after %q, %v", len(list), f.After, err)
		}
		for i := range list {
			out = append(out, list[i].ID)
		}
		if len(list) < f.Limit {
			break
		}
	}
	if n != len(out) {
		t.Errorf("%+v counts %d cases and lists %v", f, n, out)
	}
	var whole []string
	for e, err := range s.WholeRegister(t.Context(), f) {
		if err != nil {
			t.Fatal(err)
		}
		whole = append(whole, e.ID)
	}
	if !slices.Equal(whole, out) {
		t.Errorf("the whole is %v, its pages are %v", whole, out)
	}
	return out
}

// judged is an assessment in the form that the rules read.
func judged(breach string, notify bool) incident.RecordAssessment {
	exposure := "none"
	if strings.Contains(breach, "confidentiality") {
		exposure = "unknown_recipients"
	}
	return incident.RecordAssessment{
		Facts:    json.RawMessage(`{"breach":[` + breach + `],"data":[{"kind":"contact"}],"people":40,"records":120,"exposure":"` + exposure + `"}`),
		Severity: &incident.Severity{Method: "enisa-2013", Score: 225, Band: "medium"},
		Decision: incident.AssessmentDecision{NotifyAuthority: notify, Reason: "A risk is judged."},
	}
}

// yearOfCases records four cases and a drill of 2026, hour by hour, and gives the
// store and the owner's address.
func yearOfCases(t *testing.T) (*postgres.Store, string) {
	clock := newWatch(start)
	_, ownerURL, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	open := func(id, vendor string, aware, occurred time.Time) {
		o := opening(id, aware)
		o.Disclosure.Vendor, o.Disclosure.ReceivedAt, o.Disclosure.OccurredFrom = vendor, aware, occurred
		o.Disclosure.Awareness = &incident.SetAwareness{At: aware, Reason: "The mail says so."}
		clock.set(aware.Add(time.Minute))
		record(t, s, id, dpo, o)
	}
	after := func(aware time.Time, hours int) { clock.set(aware.Add(time.Duration(hours) * time.Hour)) }
	file := func(id, receipt string, aware time.Time, hours int) {
		after(aware, hours)
		record(t, s, id, dpo, incident.FileNotification{Obligation: 1, At: clock.now(), Receipt: receipt, DelayReasons: map[bool]string{true: "The vendor was silent."}[hours > 72]})
	}
	january := time.Date(2026, 1, 10, 9, 0, 0, 0, time.UTC)
	march := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

	// Filed after 50 h; decided after 10; began 100 h before.
	open("filed", "Mirador Analytics", january, january.Add(-100*time.Hour))
	after(january, 10)
	record(t, s, "filed", dpo, judged(`"confidentiality"`, true))
	file("filed", "REG-1", january, 50)
	// Filed after 80 h, late; decided after 20; began 200 h before.
	open("late", "Mirador Analytics", march, march.Add(-200*time.Hour))
	after(march, 20)
	record(t, s, "late", dpo, judged(`"confidentiality","availability"`, true))
	file("late", "REG-2", march, 80)
	// Not notified; decided after 30; closed. It is not known when it began.
	next := march.Add(24 * time.Hour)
	open("not", "100%_Cloud", next, time.Time{})
	after(next, 30)
	record(t, s, "not", deputy, judged(`"integrity"`, false))
	record(t, s, "not", deputy, incident.Close{Reason: "Nothing else is owed."})
	// At Madrid it is 2027 already.
	eve := time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)
	open("undecided", "Example Analytics", eve, time.Time{})
	drill := opening("drill", march)
	drill.Disclosure.Exercise = &incident.Exercise{Pace: 1, StartsAt: march}
	record(t, s, "drill", dpo, drill)
	return s, ownerURL
}

func TestTheRegisterIsChosenOrderedAndPaged(t *testing.T) {
	t.Parallel()
	s, ownerURL := yearOfCases(t)
	yes, no := true, false
	for name, c := range map[string]struct {
		filter postgres.RegisterFilter
		want   []string
	}{
		"all":          {postgres.RegisterFilter{}, []string{"undecided", "not", "late", "filed"}},
		"drills too":   {postgres.RegisterFilter{Drills: true, Year: 2026}, []string{"not", "late", "drill", "filed"}},
		"a year":       {postgres.RegisterFilter{Year: 2026}, []string{"not", "late", "filed"}},
		"its own zone": {postgres.RegisterFilter{Year: 2027}, []string{"undecided"}},
		"open":         {postgres.RegisterFilter{Open: &yes}, []string{"undecided", "late", "filed"}},
		"closed":       {postgres.RegisterFilter{Open: &no}, []string{"not"}},
		"notified":     {postgres.RegisterFilter{Outcome: incident.RegisterNotified}, []string{"late", "filed"}},
		"not notified": {postgres.RegisterFilter{Outcome: incident.RegisterNotNotified}, []string{"not"}},
		"undecided":    {postgres.RegisterFilter{Outcome: incident.RegisterUndecided}, []string{"undecided"}},
		"severity":     {postgres.RegisterFilter{Severity: "medium"}, []string{"not", "late", "filed"}},
		"vendor":       {postgres.RegisterFilter{Vendor: "mirador"}, []string{"late", "filed"}},
		"literally":    {postgres.RegisterFilter{Vendor: "0%_"}, []string{"not"}},
		"receipt":      {postgres.RegisterFilter{Search: "reg-2"}, []string{"late"}},
		"two at once":  {postgres.RegisterFilter{Search: "REG-", Year: 2025}, nil},
	} {
		got := registered(t, s, c.filter)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	_, years, err := s.CountRegister(t.Context(), postgres.RegisterFilter{})
	if err != nil || !slices.Equal(years, []int{2027, 2026}) {
		t.Errorf("the years are %v, %v", years, err)
	}
	list, err := s.Register(t.Context(), postgres.RegisterFilter{Search: "REG-2"})
	if err != nil {
		t.Fatal(err)
	}
	e := list[0]
	if !e.Late || !slices.Equal(e.WhyLate, []string{"The vendor was silent."}) || e.Filings[0].To != "AEPD" || e.Filings[0].LateSeconds != 8*3600 ||
		*e.People != 40 || *e.Records != 120 || !slices.Equal(e.Properties, []string{"confidentiality", "availability"}) || e.Exposure != "unknown_recipients" {
		t.Errorf("the late case is %+v", e)
	}

	// A program of before the register recorded last: it is written anew.
	if _, err := connect(t, ownerURL).Exec(t.Context(), `
		DELETE FROM register WHERE incident = 'filed'; UPDATE incident SET register_seq = 0 WHERE id = 'filed'`); err != nil {
		t.Fatal(err)
	}
	if got := registered(t, s, postgres.RegisterFilter{Outcome: incident.RegisterNotified}); !slices.Equal(got, []string{"late", "filed"}) {
		t.Errorf("written anew the notified are %v", got)
	}
}

func TestFiguresOfAYearAreThoseComputedByHand(t *testing.T) {
	t.Parallel()
	s, _ := yearOfCases(t)
	got, err := s.RegisterFigures(t.Context(), 2026, false)
	if err != nil {
		t.Fatal(err)
	}
	want := postgres.RegisterFigures{
		Year: 2026, Incidents: 3,
		// 100 and 200 h; p90 is 100 + 0.9 · 100.
		FromOccurrence: postgres.Lengths{Cases: 2, Median: 150 * time.Hour, P90: 190 * time.Hour},
		FromWord:       postgres.Lengths{Cases: 3},
		// 10, 20 and 30 h; p90 lies at the place 1.8: 20 + 0.8 · 10.
		ToDecision: postgres.Lengths{Cases: 3, Median: 20 * time.Hour, P90: 28 * time.Hour},
		// 50 and 80 h.
		ToFiling: postgres.Lengths{Cases: 2, Median: 65 * time.Hour, P90: 77 * time.Hour},
		Filed:    2, InTime: 1,
	}
	want.Months[0] = postgres.RegisterMonth{Incidents: 1, Confidentiality: 1}
	want.Months[2] = postgres.RegisterMonth{Incidents: 2, Confidentiality: 1, Integrity: 1, Availability: 1}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the figures are\n%+v, want\n%+v", got, want)
	}
	if got, err = s.RegisterFigures(t.Context(), 2026, true); err != nil || got.Months[2].Incidents != 3 || got.Months[2].Unjudged != 1 {
		t.Errorf("with drills March has %+v, %v", got.Months[2], err)
	}
	// The year begins in the zone of the case: at Madrid it is 2027 already.
	if got, err = s.RegisterFigures(t.Context(), 2027, false); err != nil || got.Incidents != 1 || got.Months[0].Incidents != 1 || got.Months[0].Unjudged != 1 ||
		got.Filed != 0 || got.ToDecision.Cases != 0 || got.FromOccurrence.Cases != 0 || got.FromWord.Cases != 1 {
		t.Errorf("the one case of 2027 gives %+v, %v", got, err)
	}
	if got, err = s.RegisterFigures(t.Context(), 1999, false); err != nil || got.Incidents != 0 || got.ToFiling != (postgres.Lengths{}) {
		t.Errorf("a year without a case has %+v, %v", got, err)
	}
}

func TestFiguresCountWhatIsOverdueUntilItIsFiled(t *testing.T) {
	t.Parallel()
	clock := newWatch(start)
	_, _, appURL := postgrestest.Migrated(t)
	s := postgrestest.Open(t, appURL, postgrestest.Keys(t), postgres.WithClock(clock.now))
	aware := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	clock.set(aware)
	record(t, s, "case", dpo, opening("case", aware))
	counted := func() (filed, inTime, overdue int) {
		t.Helper()
		got, err := s.RegisterFigures(t.Context(), 2026, false)
		if err != nil {
			t.Fatal(err)
		}
		return got.Filed, got.InTime, got.Overdue
	}
	if filed, inTime, overdue := counted(); filed != 0 || inTime != 0 || overdue != 0 {
		t.Errorf("while time runs there are %d, %d, %d", filed, inTime, overdue)
	}
	clock.set(aware.Add(74 * time.Hour))
	record(t, s, "case", incident.Engine(), incident.RingReminder{Obligation: 1})
	if filed, inTime, overdue := counted(); filed != 0 || inTime != 0 || overdue != 1 {
		t.Errorf("after the limit there are %d, %d, %d", filed, inTime, overdue)
	}
	record(t, s, "case", dpo, incident.FileNotification{Obligation: 1, At: clock.now(), Receipt: "R1", DelayReasons: "The portal was down."})
	if filed, inTime, overdue := counted(); filed != 1 || inTime != 0 || overdue != 0 {
		t.Errorf("filed late there are %d, %d, %d", filed, inTime, overdue)
	}
}
