package incident

import (
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// closedCase is a case with a round of people that was closed.
func closedCase(t *testing.T) *play {
	p := begin(t)
	p.must(dpo, assess(false, false))
	p.must(dpo, ImportPeople{Import: "m1", SHA256: sum64, Counts: PeopleCounts{Rows: 2, Accepted: 2}})
	p.must(dpo, Attach{Documents: []Document{document("evidence"), document("letter")}})
	p.now = p.now.Add(time.Hour)
	p.must(dpo, Close{Reason: "done"})
	return p
}

// erase lets the engine do all that is due until an instant, and gives what it did.
func (p *play) erase(until time.Time, persons int, relay string) []string {
	p.t.Helper()
	var done []string
	for range 500 {
		step := p.state.NextErasure(persons, RetentionPolicy{})
		if step.Kind == ErasureNone || step.At.After(until) {
			if p.now.Before(until) {
				p.now = until
			}
			return done
		}
		if step.At.After(p.now) {
			p.now = step.At
		}
		done = append(done, step.Kind)
		seq := p.state.Seq
		switch step.Kind {
		case ErasureWarn:
			p.must(Engine(), WarnErasure{})
		case ErasureMail:
			p.must(Engine(), WarningOutcome{Revision: step.Revision, N: step.N, Level: step.Level, Recipient: dpo, State: relay,
				Code: 250, MessageID: "w@example.com", SentAt: p.now})
		case ErasureBegin:
			p.must(Engine(), BeginErasure{})
		case ErasureErase:
			p.must(Engine(), FinishErasure{Counts: ErasureCounts{People: 2, Documents: 1, Kept: 1}})
		}
		if p.state.Seq == seq {
			p.t.Fatalf("the step %+v at %s led to nothing", step, p.now)
		}
	}
	p.t.Fatal("the steps do not end")
	return nil
}

func TestTheLifeOfARetentionIsTheGoldenOne(t *testing.T) {
	p := begin(t)
	p.must(dpo, assess(false, false))
	p.must(dpo, ImportPeople{Import: "m1", SHA256: sum64, Counts: PeopleCounts{Rows: 2, Accepted: 2}})
	p.must(dpo, Attach{Documents: []Document{document("evidence"), document("letter")}})
	from := len(p.log)
	p.must(dpo, SetRetention{Days: 365, Reason: "questions come for a year"})
	p.must(deputy, KeepDocument{Document: "letter", Reason: "the vendor's answer; it names nobody"})
	p.must(dpo, Close{Reason: "done"})
	p.erase(p.state.ClosedAt.AddDate(0, 0, 340), 2, OutcomeAccepted)
	p.must(dpo, HoldErasure{Reason: "a person has sued"})
	p.now = p.now.AddDate(1, 0, 0)
	p.must(dpo, ReleaseErasure{Reason: "the suit has ended"})
	p.erase(p.now.AddDate(0, 2, 0), 2, OutcomeAccepted)
	if !p.state.Retention.IsErased() {
		t.Fatalf("the people's data are not erased: %+v", p.state.Retention)
	}
	var got strings.Builder
	for _, e := range p.log[from:] {
		data, err := json.Marshal(e.Data)
		if err != nil {
			t.Fatal(err)
		}
		got.WriteString(e.At.Format(time.RFC3339) + " " + string(e.Actor.Role) + " " + e.Type + " " + string(data) + "\n")
	}
	const golden = "testdata/retention.golden"
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the events are\n%s\nexpected\n%s", got.String(), want)
	}
}

func TestNothingIsErasedWhileNobodyDecided(t *testing.T) {
	p := closedCase(t)
	if step := p.state.NextErasure(2, RetentionPolicy{}); step.Kind != ErasureNone {
		t.Errorf("the next step is %+v", step)
	}
	if next := p.state.Summarize(p.now).Next; next.Code != CmdSetRetention {
		t.Errorf("the next action is %+v", next)
	}
	if got := p.must(Engine(), BeginErasure{}); len(got) != 0 {
		t.Errorf("erasing began: %v", got)
	}
	p.refused(Engine(), FinishErasure{}, Conflict, "nobody decided")
}

func TestTheInstallationsSettingHoldsWhereNobodyDecided(t *testing.T) {
	rules := Rules{Retention: RetentionPolicy{Days: 90, WarnDays: []int{14, 2}}}
	p := begin(t)
	p.must(dpo, assess(false, false))
	events, err := rules.Decide(p.state, dpo, Close{Reason: "done"}, p.now)
	if err != nil {
		t.Fatal(err)
	}
	p.state.Apply(events...)
	r := p.state.Retention
	if !r.Default || r.Days != 90 || !slices.Equal(r.WarnDays, []int{14, 2}) || !r.EraseAt.Equal(p.state.ClosedAt.AddDate(0, 0, 90).Add(0)) {
		t.Errorf("the retention is %+v", r)
	}
	late := closedCase(t) // closed before there was a setting
	step := late.state.NextErasure(1, rules.Retention)
	if step.Kind != ErasureAdopt {
		t.Fatalf("the next step is %+v", step)
	}
	late.now = late.now.AddDate(3, 0, 0)
	events, err = rules.Decide(late.state, Engine(), AdoptRetention{}, late.now)
	if err != nil {
		t.Fatal(err)
	}
	late.state.Apply(events...)
	if got := late.state.Retention.EraseAt; got.Before(late.now.AddDate(0, 0, policyGraceDays)) {
		t.Errorf("an old case is erased at %s, without a month's notice", got)
	}
}

func TestErasingWaitsUntilAWarningHasBeenOutForADay(t *testing.T) {
	p := closedCase(t)
	p.must(dpo, SetRetention{Days: 60, Reason: "long enough"})
	// Everything was down until long after the date.
	p.now = p.state.Retention.EraseAt.AddDate(0, 1, 0)
	if got := p.must(Engine(), BeginErasure{}); len(got) != 0 {
		t.Fatalf("erasing began without a warning: %v", got)
	}
	warned := p.now
	p.erase(warned.Add(time.Hour), 1, OutcomeAccepted)
	if w := p.state.Retention.Latest(); w == nil || w.Days != 1 || !slices.Equal(w.Missed, []int{30, 7}) {
		t.Fatalf("the warning is %+v; expected the last one, telling of those missed", w)
	}
	if p.state.Retention.Begun() {
		t.Fatal("erasing began within an hour of the first warning")
	}
	p.erase(warned.Add(25*time.Hour), 1, OutcomeAccepted)
	if !p.state.Retention.IsErased() || p.state.Retention.BegunAt.Sub(warned) < warnedFor {
		t.Errorf("erased at %s, warned at %s", p.state.Retention.BegunAt, warned)
	}
}

func TestWithoutAWarningThatLeftNothingIsErased(t *testing.T) {
	p := closedCase(t)
	p.must(dpo, SetRetention{Days: 20, Reason: "long enough"})
	p.erase(p.state.Retention.EraseAt.AddDate(0, 0, 30), 2, OutcomeRefused)
	if p.state.Retention.Begun() {
		t.Fatal("erasing began although no warning left")
	}
	if n := len(p.state.Retention.Warnings); n < 28 || n > 34 {
		t.Errorf("%d warnings rang; expected one each day after the last", n)
	}
	p.erase(p.now.AddDate(0, 0, 3), 2, OutcomeAccepted)
	if !p.state.Retention.IsErased() {
		t.Error("not erased after a warning left")
	}
}

func TestAHoldSuspendsAndItsEndLeavesTimeForAWarning(t *testing.T) {
	p := closedCase(t)
	p.refused(dpo, ReleaseErasure{Reason: "r"}, Conflict, "not held")
	p.refused(dpo, HoldErasure{}, Invalid, "reason")
	p.must(dpo, SetRetention{Days: 10, Reason: "long enough"})
	p.must(dpo, HoldErasure{Reason: "a suit"})
	if got := p.must(dpo, HoldErasure{Reason: "a suit"}); len(got) != 0 {
		t.Errorf("the same hold again gives %v", got)
	}
	p.refused(deputy, HoldErasure{Reason: "another suit"}, Conflict, "held since")
	p.now = p.now.AddDate(2, 0, 0)
	if step := p.state.NextErasure(2, RetentionPolicy{Days: 1}); step.Kind != ErasureNone {
		t.Fatalf("a held case goes on with %+v", step)
	}
	p.refused(dpo, RequestErasure{Reason: "now", Others: 1}, Conflict, "held")
	if got := p.must(deputy, SetRetention{Days: 30, Reason: "shorter"}); !slices.Equal(got, []string{EvRetentionSet}) {
		t.Errorf("setting the time of a held case gives %v", got)
	}
	p.must(deputy, ReleaseErasure{Reason: "the suit has ended"})
	if at := p.state.Retention.EraseAt; at.Before(p.now.AddDate(0, 0, graceDays)) {
		t.Errorf("erased at %s, %s after the hold", at, at.Sub(p.now))
	}
	if done := p.erase(p.now.AddDate(0, 0, 8), 2, OutcomeAccepted); !p.state.Retention.IsErased() || !slices.Contains(done, ErasureWarn) {
		t.Errorf("after the hold came %v", done)
	}
}

func TestErasingBeforeTheDateTakesTwo(t *testing.T) {
	p := closedCase(t)
	p.must(dpo, SetRetention{Days: 400, Reason: "long"})
	p.refused(approver, RequestErasure{Reason: "now"}, Forbidden)
	p.refused(deputy, ConfirmErasure{}, Conflict, "nobody asked")
	p.must(dpo, RequestErasure{Reason: "everything is settled", Others: 1})
	p.refused(dpo, ConfirmErasure{}, Forbidden, "another person")
	p.refused(deputy, RequestErasure{Reason: "me too", Others: 1}, Conflict, "confirm it")
	p.refused(deputy, SetRetention{Days: 3, Reason: "r"}, Conflict, "hold")
	if next := p.state.Summarize(p.now).Next; next.Code != CmdConfirmErasure {
		t.Errorf("the next action is %+v", next)
	}
	if got := p.must(Engine(), BeginErasure{}); len(got) != 0 {
		t.Fatalf("erasing began unconfirmed: %v", got)
	}
	p.must(deputy, ConfirmErasure{})
	if done := p.erase(p.now, 2, OutcomeAccepted); !slices.Equal(done, []string{ErasureBegin, ErasureErase}) {
		t.Fatalf("after the confirmation came %v", done)
	}
	r := p.state.Retention
	if r.Because != ErasedByDecision || r.Erased.People != 2 {
		t.Errorf("the retention is %+v", r)
	}
	for _, c := range []Command{SetRetention{Days: 3, Reason: "r"}, HoldErasure{Reason: "r"}, ReleaseErasure{Reason: "r"},
		RequestErasure{Reason: "r"}, ConfirmErasure{}, KeepDocument{Document: "letter", Reason: "r"}} {
		p.refused(dpo, c, Conflict, "were erased on")
	}
	p.refused(dpo, Reopen{Reason: "more came out"}, Conflict, "open a new incident")
	if text := p.state.Summarize(p.now).Next.Text; !strings.Contains(text, "were erased on") {
		t.Errorf("the closed case says %q", text)
	}
}

func TestWhoIsAloneCanEraseAfterADayInWhichItCanBeHeld(t *testing.T) {
	p := closedCase(t)
	p.must(dpo, RequestErasure{Reason: "everything is settled"})
	asked := p.now
	if done := p.erase(asked.Add(23*time.Hour), 1, OutcomeAccepted); !slices.Equal(done, []string{ErasureWarn, ErasureMail}) {
		t.Fatalf("within the day came %v", done)
	}
	p.must(dpo, HoldErasure{Reason: "not yet"})
	if done := p.erase(asked.AddDate(1, 0, 0), 1, OutcomeAccepted); len(done) != 0 || p.state.Retention.Request != nil {
		t.Fatalf("after the hold came %v", done)
	}
	p.must(dpo, ReleaseErasure{Reason: "now"})
	p.must(dpo, RequestErasure{Reason: "everything is settled"})
	p.erase(p.now.Add(25*time.Hour), 1, OutcomeAccepted)
	if !p.state.Retention.IsErased() || p.state.Retention.Because != ErasedByDecision {
		t.Errorf("the retention is %+v", p.state.Retention)
	}
}

func TestReopeningStopsTheClockAndClosingStartsItAnew(t *testing.T) {
	p := closedCase(t)
	p.must(dpo, SetRetention{Days: 100, Reason: "long enough"})
	p.now = p.now.AddDate(0, 0, 90)
	p.must(dpo, RequestErasure{Reason: "now", Others: 1})
	p.must(dpo, Reopen{Reason: "more came out"})
	if r := p.state.Retention; !r.EraseAt.IsZero() || r.Request != nil || r.Days != 100 {
		t.Fatalf("an open case keeps %+v", r)
	}
	if step := p.state.NextErasure(2, RetentionPolicy{}); step.Kind != ErasureNone {
		t.Errorf("an open case goes on with %+v", step)
	}
	p.refused(dpo, RequestErasure{Reason: "now"}, Conflict, "open")
	p.now = p.now.AddDate(0, 0, 90)
	p.must(dpo, Close{Reason: "done again"})
	if at := p.state.Retention.EraseAt; at.Sub(p.now) < 99*24*time.Hour {
		t.Errorf("erased at %s, closed again at %s", at, p.now)
	}
}

func TestARestoredCaseThatWasErasedSaysSo(t *testing.T) {
	p := closedCase(t)
	if got := p.must(Engine(), FinishErasure{Listed: true, Counts: ErasureCounts{People: 2}}); !slices.Equal(got, []string{EvErasureBegun, EvPeopleErased}) {
		t.Errorf("the events are %v", got)
	}
	if r := p.state.Retention; r.Because != ErasedByList || !r.IsErased() {
		t.Errorf("the retention is %+v", r)
	}
	if got := p.must(Engine(), FinishErasure{Listed: true}); len(got) != 0 {
		t.Errorf("a second time gives %v", got)
	}
	p.refused(dpo, FinishErasure{Listed: true}, Forbidden)
}

func TestWhatWasFiledAndSentStaysReadable(t *testing.T) {
	p := begin(t)
	frozen, receipt := document("frozen"), document("receipt")
	f := file(p.now)
	f.Frozen, f.Attachment, f.Dossier = &frozen, &receipt, []Document{document("pdf"), document("html")}
	p.must(dpo, f)
	p.must(dpo, ImportPeople{Import: "m1", SHA256: sum64, Counts: PeopleCounts{Rows: 2, Accepted: 2}})
	p.must(dpo, DraftMailing{Round: 1, Template: "affected", Content: document("first")})
	second := document("second")
	second.SHA256 = strings.Repeat("0b", 32)
	p.must(dpo, DraftMailing{Round: 1, Template: "affected", Content: second})
	p.must(deputy, ApproveMailing{Round: 1})
	p.must(dpo, Attach{Documents: []Document{document("evidence"), document("letter")}})
	p.must(dpo, KeepDocument{Document: "letter", Reason: "names nobody"})
	p.refused(dpo, KeepDocument{Document: "other", Reason: "names nobody"}, NotFound, "document")
	if got := p.state.Papers(); !slices.Equal(got, []string{"frozen", "html", "letter", "pdf", "receipt", "second"}) {
		t.Errorf("kept are %v", got)
	}
}

func TestARetentionIsCheckedBeforeItIsRecorded(t *testing.T) {
	p := closedCase(t)
	for _, c := range []SetRetention{
		{Days: 0, Reason: "r"}, {Days: -1, Reason: "r"}, {Days: MaxRetentionDays + 1, Reason: "r"},
		{Days: 10, Reason: "r", WarnDays: []int{0}}, {Days: 10, Reason: "r", WarnDays: []int{7, 7}}, {Days: 10, Reason: "r", WarnDays: []int{400}},
		{Days: 10, Reason: " "},
	} {
		p.refused(dpo, c, Invalid, "expected")
	}
	p.must(dpo, SetRetention{Days: 10, Reason: "r"})
	if got := p.must(dpo, SetRetention{Days: 10, Reason: "r"}); len(got) != 0 {
		t.Errorf("the same again gives %v", got)
	}
}
