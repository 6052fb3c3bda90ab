package report_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"tocsin/dossier"
	"tocsin/incident"
	"tocsin/report"
)

var (
	received = time.Date(2026, 11, 17, 9, 17, 0, 0, time.UTC)
	dpo      = incident.Actor{Role: incident.RoleDPO, ID: "c:9f86d081884c7d65"}
)

// play is a case that goes on by commands at chosen instants.
type play struct {
	t      *testing.T
	state  *incident.State
	events []incident.Event
}

func (p *play) give(at time.Time, by incident.Actor, c incident.Command) {
	p.t.Helper()
	events, err := incident.Decide(p.state, by, c, at)
	if err != nil {
		p.t.Fatalf("%s: %v", c.Name(), err)
	}
	p.state.Apply(events...)
	p.events = append(p.events, events...)
}

// late is a case whose last reminder rang half an hour late, and that was filed a
// day late with a reason.
func late(t *testing.T) *play {
	p := &play{t: t, state: &incident.State{}}
	p.give(received.Add(time.Minute), dpo, incident.Open{ID: "i1", Number: "INC-2026-0001", Disclosure: incident.Disclosure{
		Title: "Exported data set", Kind: "vendor", Vendor: "Mirador Analytics", ReceivedAt: received,
		OccurredFrom: received.Add(-8 * 24 * time.Hour), PersonalData: "yes", Summary: "A data set was exported <script>alert(1)</script>.",
		Authority: "AEPD", Zone: "Europe/Madrid",
	}})
	p.give(received.Add(2*time.Minute), dpo, incident.SetAwareness{At: received, Reason: "our people are in it"})
	p.give(received.Add(3*time.Minute), dpo, incident.RecordAssessment{Facts: json.RawMessage(`{"people":500}`), Decision: incident.AssessmentDecision{
		NotifyAuthority: true, Communicate: true, Reason: "phishing is likely"}})
	for {
		o := p.state.Obligation(1)
		step := o.NextRing(1)
		if step.At.IsZero() || step.At.After(o.DueAt) {
			break
		}
		p.give(step.At.Add(30*time.Minute), incident.Engine(), incident.RingReminder{Obligation: 1})
	}
	p.give(p.state.Obligation(1).DueAt.Add(24*time.Hour), dpo, incident.FileNotification{Obligation: 1, Receipt: "O00007128e2600012345",
		At: p.state.Obligation(1).DueAt.Add(23 * time.Hour), DelayReasons: "the vendor answered late"})
	p.give(p.state.Obligation(1).DueAt.Add(48*time.Hour), dpo, incident.CompleteTask{Task: 1, Note: "keys withdrawn"})
	return p
}

func reading(language string) report.Reading {
	named := func(what string) func(string) string { return func(code string) string { return what + " " + code } }
	return report.Reading{Language: language, At: received.Add(200 * time.Hour), Event: named("event"), Task: func(t incident.Task) string { return "task " + t.Code },
		Role: func(r incident.Role) string { return "role " + string(r) }}
}

// text is all that a document says, line by line.
func text(d dossier.Document) string {
	var b strings.Builder
	add := func(lines []dossier.Line) {
		for _, l := range lines {
			b.WriteString(l.Label + ": " + strings.ReplaceAll(l.Value, "\n", " ") + "\n")
		}
	}
	add(d.Meta)
	for _, s := range d.Sections {
		b.WriteString("# " + s.Title + "\n")
		add(s.Lines)
	}
	return b.String()
}

func TestTheReportTellsTheCaseInOrder(t *testing.T) {
	p := late(t)
	for language, wanted := range map[string][]string{
		"en": {"Entries of the record: 1 to ", "# What happened", "Who told: a vendor", "# When the controller became aware",
			"Aware from: 2026-11-17 10:17:00 +01:00", "provisional", "Reason: our people are in it", "# How the risk was judged",
			"notify the authority: yes; tell the people: yes", "Reason: phishing is likely", "# Duty 1: ", "State: filed",
			"min late.", "Nobody acknowledged it.", "receipt O00007128e2600012345", "23 h 0 min late.",
			"Reasons given for the delay: the vendor answered late", "# The people affected", "No people were imported.",
			"# What was late, and why", "Duty 1, filing: 23 h 0 min late. Reasons given for the delay: the vendor answered late",
			"# Tasks", "keys withdrawn", "# Every entry", "event notification_filed: "},
		"es": {"Entradas del registro: 1 a ", "# Qué ocurrió", "# Cuándo tuvo constancia el responsable", "# Qué se retrasó y por qué",
			"Obligación 1, presentación: Con 23 h 0 min de retraso."},
	} {
		got := text(report.Of(p.state, p.events, reading(language)))
		at := 0
		for _, w := range wanted {
			i := strings.Index(got[at:], w)
			if i < 0 {
				t.Fatalf("%s: %q is missing after\n%s\nin\n%s", language, w, got[:at], got[at:])
			}
			at += i
		}
	}
}

func TestWhatWasInTimeIsNotCalledLate(t *testing.T) {
	p := &play{t: t, state: &incident.State{}}
	p.give(received.Add(time.Minute), dpo, incident.Open{ID: "i1", Number: "INC-2026-0001", Disclosure: incident.Disclosure{
		Title: "Lost laptop", Kind: "own_detection", ReceivedAt: received, PersonalData: "unknown", Summary: "It was encrypted.",
		Authority: "AEPD", Zone: "Europe/Madrid"}})
	got := text(report.Of(p.state, p.events, reading("en")))
	if !strings.Contains(got, "# What was late, and why\nState: Nothing was late.") {
		t.Errorf("the report says\n%s", got)
	}
}

// TestEveryTextIsThere looks for keys that stand where a text should.
func TestEveryTextIsThere(t *testing.T) {
	key := regexp.MustCompile(`(^|[ :])[a-z]+_[a-z_]+($|[ .:])`)
	codes := regexp.MustCompile(`(event|task|role) [a-z_]+`)
	for _, language := range []string{"en", "es"} {
		d := report.Of(late(t).state, late(t).events, reading(language))
		for line := range strings.SplitSeq(codes.ReplaceAllString(text(d), ""), "\n") {
			if key.MatchString(line) {
				t.Errorf("%s: %q", language, line)
			}
		}
	}
}

func TestThePapersPrintAndAreTheSameEachTime(t *testing.T) {
	p := late(t)
	one, err := report.Papers(t.Context(), p.state, p.events, reading("es"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := report.Papers(t.Context(), p.state, p.events, reading("es"))
	if err != nil {
		t.Fatal(err)
	}
	if len(one) != 2 || !bytes.HasPrefix(one[0].Content, []byte("%PDF-")) || !bytes.Contains(one[1].Content, []byte("Informe del caso")) {
		t.Fatalf("%d papers", len(one))
	}
	for i := range one {
		if !bytes.Equal(one[i].Content, two[i].Content) || one[i].Name != two[i].Name {
			t.Errorf("%s differs", one[i].Name)
		}
	}
	if bytes.Contains(one[1].Content, []byte("<script")) {
		t.Error("a script passes into the page")
	}
}

func TestALongCaseIsPrinted(t *testing.T) {
	p := late(t)
	last := p.events[len(p.events)-1]
	for len(p.events) < 3*report.MaxEntries {
		last.Seq++
		p.events = append(p.events, last)
	}
	if _, err := report.Papers(t.Context(), p.state, p.events, reading("en")); err != nil {
		t.Fatal(err)
	}
	if got := text(report.Of(p.state, p.events, reading("en"))); !strings.Contains(got, "only the first 2000 stand here") {
		t.Error("it does not say that entries are left out")
	}
}

func TestTheReportSaysWhoConfirmed(t *testing.T) {
	p := late(t)
	if got := text(report.Of(p.state, p.events, reading("en"))); !strings.Contains(got, "# What others confirmed\nConfirmed by: Nobody outside") {
		t.Errorf("the report says\n%s", got)
	}
	for language, wanted := range map[string][]string{
		"en": {"# What others confirmed\n", "witness.example.com: The witness cosigned that entries 1 to 9 of the case were in the log: 2026-11-18 10:17:00 +01:00, checkpoint of 40 entries.",
			"tsa.example.com: The authority stamped the time under which entries 1 to 3", "Earlier: 5 earlier confirmations are not listed."},
		"es": {"# Lo que otros confirmaron\n", "El testigo firmó que las entradas 1 a 9 del caso", "Anteriores: No se listan 5 confirmaciones anteriores."},
	} {
		r := reading(language)
		r.Confirmed = []report.Confirmed{
			{Kind: incident.AnchorCosignature, By: "witness.example.com", Size: 40, Entries: 9, At: received.Add(24 * time.Hour)},
			{Kind: incident.AnchorTimestamp, By: "tsa.example.com", Size: 20, Entries: 3, At: received},
		}
		r.Unlisted = 5
		got := text(report.Of(p.state, p.events, r))
		for _, w := range wanted {
			if !strings.Contains(got, w) {
				t.Errorf("%s: %q is missing in\n%s", language, w, got)
			}
		}
	}
}
