package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// aPeopledCase are the lines of a bundle with people: of two rounds, of which the
// second had not finished.
type aPeopledCase struct {
	people     []PersonLine
	deliveries []DeliveryLine
	reason     string
	erasedAt   string
	salts      map[string]string // by file; empty for the usual one
}

func usualPeople() aPeopledCase {
	c := aPeopledCase{reason: "The authority asked for them.\n# not a heading"}
	for n := range 5 {
		c.people = append(c.people, PersonLine{
			Person: int64(n + 1), To: "affected", Round: 1, Name: fmt.Sprintf("Persona «%d» <b>", n), Email: fmt.Sprintf("p%d@example.com", n),
			Language: "es", Country: "ES", Kinds: []string{"contact", "password"}, Fields: map[string]string{"user_id": fmt.Sprint(n), "city": "\"Z\""}, InAccounts: n%2 == 0,
		})
		at := testTime.Add(time.Duration(n) * 1500 * time.Millisecond).Format(time.RFC3339Nano)
		c.deliveries = append(c.deliveries, DeliveryLine{Round: 1, Person: int64(n + 1), MessageID: fmt.Sprintf("m%d@example.org", n), State: "accepted", Code: 250,
			SettledAt: at, Tries: 1, Notice: strings.Repeat("ab", 32)})
	}
	c.deliveries[3] = DeliveryLine{Round: 1, Person: 4, State: "undeliverable"}
	c.deliveries[4].ReturnedAt, c.deliveries[4].Returned = testTime.Format(time.RFC3339), "no_such_mailbox"
	c.deliveries = append(c.deliveries, DeliveryLine{Round: 2, Person: 1, State: "pending"})
	return c
}

// file writes one of the files.
func (c aPeopledCase) file(t testing.TB, f *fixture, name string, w io.Writer) PeopleFile {
	t.Helper()
	salt := c.salts[name]
	if salt == "" {
		salt = "JUSTASALTJUSTASALTJUSTASAL"
	}
	to, err := NewPeopleWriter(w, name, f.incident, salt)
	if err != nil {
		t.Fatal(err)
	}
	if name == PeopleFileName {
		for _, p := range c.people {
			err = errors.Join(err, to.Person(p))
		}
	} else {
		for _, d := range c.deliveries {
			err = errors.Join(err, to.Delivery(d))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return to.File()
}

// finish records the root of a round.
func (c aPeopledCase) finish(t testing.TB, f *fixture, round int) {
	t.Helper()
	var tree OutcomeTree
	for _, d := range c.deliveries {
		if o, err := d.outcome(); err != nil {
			t.Fatal(err)
		} else if d.Round == round {
			tree.Add(o)
		}
	}
	root := tree.Root()
	f.record(t, f.incident, mailingFinishedType, fmt.Appendf(nil, `{"root":"%x","round":%d}`, root[:], round))
}

// source seals a bundle with these people; recorded are those whose roots stand in
// the record.
func (c aPeopledCase) source(t testing.TB, f *fixture) BundleSource {
	t.Helper()
	about := &BundlePeople{By: "dpo", Account: "u_17", Reason: c.reason, People: int64(len(c.people)), ErasedAt: c.erasedAt}
	for _, name := range []string{DeliveriesFileName, PeopleFileName} {
		about.Files = append(about.Files, c.file(t, f, name, io.Discard))
	}
	src := f.sealWith(t, about, f.attach("receipt.pdf", "%PDF receipt"))
	src.People = func(_ context.Context, name string, w io.Writer) error {
		c.file(t, f, name, w)
		return nil
	}
	return src
}

func peopledBundle(t testing.TB) (*fixture, aPeopledCase, []byte) {
	t.Helper()
	f, c := newFixture(t), usualPeople()
	f.fill(t, 4)
	c.finish(t, f, 1)
	return f, c, write(t, c.source(t, f))
}

func TestABundleWithPeopleProvesEachRoundByItsDeliveries(t *testing.T) {
	f, _, bundle := peopledBundle(t)
	report := verify(t, bundle, f.vkey)
	if !report.OK {
		t.Fatalf("the problems are %v", report.Problems)
	}
	p := report.People
	if p == nil || p.People != 5 || p.Deliveries != 6 || p.By != "dpo" || !strings.HasPrefix(p.Reason, "The authority") ||
		!slices.Equal(p.Proven, []int{1}) || !slices.Equal(p.Open, []int{2}) {
		t.Errorf("the report says %+v", p)
	}
	files := unpack(t, bundle).content
	first := files[instructionsFile]
	if !strings.HasPrefix(first, "# How to check this bundle\n\n## This bundle holds personal data") ||
		!strings.Contains(first, "the data of 5 people") || !strings.Contains(first, "role `dpo`, code `u_17`") ||
		!strings.Contains(first, "\n    The authority asked for them.\n    # not a heading\n") {
		t.Errorf("its first page begins: %.600s", first)
	}
	for name, content := range files {
		if !strings.HasPrefix(name, peopleDir) && (strings.Contains(content, "@example.com") || strings.Contains(content, "Persona")) {
			t.Errorf("%s names people", name)
		}
	}
	if n := strings.Count(files[peopleDir+PeopleFileName], "\n"); n != 6 || !strings.Contains(files[peopleDir+PeopleFileName], "Persona «0» <b>") {
		t.Errorf("the file of people has %d lines", n)
	}
}

func TestABundleWithoutPeopleHasNoFolderOfThem(t *testing.T) {
	f, bundle := bundleOf(t, 4)
	if report := verify(t, bundle, f.vkey); !report.OK || report.People != nil {
		t.Errorf("the report says %+v", report)
	}
	if strings.Contains(string(bundle), peopleDir+PeopleFileName) || strings.Contains(string(bundle), "personal data\n") {
		t.Error("it speaks of people")
	}
}

func TestThoseWhoWereErasedStayOutOfABundle(t *testing.T) {
	f, c := newFixture(t), usualPeople()
	c.people, c.erasedAt = nil, testTime.Format(time.RFC3339Nano)
	f.fill(t, 4)
	c.finish(t, f, 1)
	bundle := write(t, c.source(t, f))
	report := verify(t, bundle, f.vkey)
	if !report.OK || report.People.ErasedAt == "" || report.People.People != 0 || !slices.Equal(report.People.Proven, []int{1}) {
		t.Errorf("the report says %+v with %v", report.People, report.Problems)
	}
	if page := unpack(t, bundle).content[instructionsFile]; !strings.Contains(page, "were erased on 2025-11-08T09:30:00.12Z") {
		t.Errorf("its first page begins: %.300s", page)
	}
}

func TestAChangedRecipientIsNamed(t *testing.T) {
	f, c, bundle := peopledBundle(t)
	people, deliveries := peopleDir+PeopleFileName, peopleDir+DeliveriesFileName
	// A line that a forger writes anew, with its check.
	line := func(d DeliveryLine) string {
		var b bytes.Buffer
		if _, err := NewPeopleWriter(&b, "", "", ""); err != nil {
			t.Fatal(err)
		}
		b.Reset()
		w := PeopleWriter{w: &b, hash: sha256.New()}
		if err := w.Delivery(d); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		change func(p *packed)
		words  []string
	}{
		"an address": {func(p *packed) { p.replace(t, people, "p2@example.com", "q2@example.com") },
			[]string{"people/people.jsonl: line 4, person 3: it is not the one", "not the listed one"}},
		"an outcome": {func(p *packed) { p.replace(t, deliveries, `"message_id":"m1@`, `"message_id":"n1@`) },
			[]string{"line 3, the notice to person 2", "round 1 do not lead to the root in the record, since a line"}},
		"an outcome with its check": {func(p *packed) {
			p.lines(deliveries, func(l []string) []string {
				d := c.deliveries[1]
				d.State = "refused"
				l[2] = line(d)
				return l
			})
		}, []string{"the deliveries of round 1 do not lead to the root in the record", "not the listed one"}},
		"a notice left out": {func(p *packed) {
			p.lines(deliveries, func(l []string) []string { return slices.Delete(l, 1, 2) })
		}, []string{"round 1 do not lead", "has 6 lines, 7 are listed"}},
		"a round left out": {func(p *packed) {
			p.lines(deliveries, func(l []string) []string { return slices.Delete(l, 1, 6) })
		}, []string{"the deliveries of round 1 are missing"}},
		"two notices exchanged": {func(p *packed) {
			p.lines(deliveries, func(l []string) []string { l[1], l[2] = l[2], l[1]; return l })
		}, []string{"round 1 do not lead"}},
		"a round before its turn": {func(p *packed) {
			p.lines(deliveries, func(l []string) []string { l[1], l[6] = l[6], l[1]; return l })
		}, []string{"round 1 stands after round 2"}},
		"a person twice": {func(p *packed) {
			p.lines(people, func(l []string) []string { return append(l, l[1]) })
		}, []string{"has 7 lines, 6 are listed"}},
		"the file of people left out": {func(p *packed) { p.remove(people) }, []string{"people/people.jsonl is missing"}},
		"a further file of people":    {func(p *packed) { p.put(peopleDir+"more.jsonl", "x") }, []string{"more.jsonl\" does not belong"}},
		"no line that says what it is": {func(p *packed) {
			p.lines(people, func(l []string) []string { return l[1:] })
		}, []string{"people/people.jsonl: line 1"}},
		"a line without an end": {func(p *packed) { p.content[people] = strings.TrimSuffix(p.content[people], "\n") }, []string{"line 6 is incomplete"}},
		"who chose it":          {func(p *packed) { p.replace(t, manifestFile, `"by":"dpo"`, `"by":"cfo"`) }, []string{"bundle.json is not the one that entry"}},
		"the first page":        {func(p *packed) { p.replace(t, instructionsFile, "holds personal data", "holds nothing") }, []string{"VERIFY.md is not the text"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := unpack(t, bundle)
			c.change(p)
			report := verify(t, p.pack(t), f.vkey)
			said := ""
			for _, problem := range report.Problems {
				said += problem.Detail + "\n"
			}
			for _, words := range c.words {
				if !strings.Contains(said, words) {
					t.Errorf("nothing says %q:\n%s", words, said)
				}
			}
			if strings.Contains(said, "@example") || strings.Contains(said, "Persona") {
				t.Errorf("what was found names somebody:\n%s", said)
			}
		})
	}
}

func TestAnotherRecordsPeopleDoNotFit(t *testing.T) {
	f, c := newFixture(t), usualPeople()
	f.fill(t, 4)
	c.finish(t, f, 1)
	c.deliveries[0].State = "refused" // what was sealed is not what had been recorded
	report := verify(t, write(t, c.source(t, f)), f.vkey)
	if report.OK || report.Problems[0].Kind != KindPeople || !strings.Contains(report.Problems[0].Detail, "round 1 do not lead to the root in the record") {
		t.Errorf("the problems are %v", report.Problems)
	}
	f, c = newFixture(t), usualPeople()
	f.fill(t, 2)
	c.finish(t, f, 1)
	c.salts = map[string]string{PeopleFileName: "ANOTHERSALTANOTHERSALT"}
	if report := verify(t, write(t, c.source(t, f)), f.vkey); report.OK || !strings.Contains(report.Problems[0].Detail, "of two bundles") {
		t.Errorf("files of two bundles: %v", report.Problems)
	}
}

func TestWhatChangedSinceTheSealIsNotWritten(t *testing.T) {
	for name, change := range map[string]func(f *fixture, c *aPeopledCase, src *BundleSource){
		"a person more": func(_ *fixture, c *aPeopledCase, _ *BundleSource) { c.people = append(c.people, c.people[0]) },
		"no source":     func(_ *fixture, _ *aPeopledCase, src *BundleSource) { src.People = nil },
		"a failing source": func(_ *fixture, _ *aPeopledCase, src *BundleSource) {
			src.People = func(context.Context, string, io.Writer) error { return ErrInvalidBundle }
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, c := newFixture(t), usualPeople()
			f.fill(t, 4)
			src := (&c).source(t, f)
			src.People = func(_ context.Context, name string, w io.Writer) error { c.file(t, f, name, w); return nil }
			change(f, &c, &src)
			if err := WriteBundle(t.Context(), io.Discard, src); !errors.Is(err, ErrInvalidBundle) {
				t.Errorf("the answer is %v", err)
			}
		})
	}
}

func TestHeadsOfPeopleThatFitNothingAreRefused(t *testing.T) {
	digest := strings.Repeat("0a", 32)
	usual := func() *BundlePeople {
		return &BundlePeople{By: "dpo", Account: "u", Reason: "r", People: 2, Files: []PeopleFile{
			{Name: DeliveriesFileName, SHA256: digest, Size: 9, Lines: 4}, {Name: PeopleFileName, SHA256: digest, Size: 9, Lines: 3}}}
	}
	if err := usual().check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(p *BundlePeople){
		"one file":              func(p *BundlePeople) { p.Files = p.Files[:1] },
		"files exchanged":       func(p *BundlePeople) { slices.Reverse(p.Files) },
		"a path":                func(p *BundlePeople) { p.Files[0].Name = "../deliveries.jsonl" },
		"no digest":             func(p *BundlePeople) { p.Files[1].SHA256 = "x" },
		"a size below zero":     func(p *BundlePeople) { p.Files[1].Size = -1 },
		"no line":               func(p *BundlePeople) { p.Files[0].Lines = 0 },
		"another number":        func(p *BundlePeople) { p.People = 3 },
		"people who are erased": func(p *BundlePeople) { p.ErasedAt = testTime.Format(time.RFC3339Nano) },
		"no reason":             func(p *BundlePeople) { p.Reason = "" },
		"too long a reason":     func(p *BundlePeople) { p.Reason = strings.Repeat("x", maxReason+1) },
		"an account in words":   func(p *BundlePeople) { p.Account = "Ana Pérez" },
		"no role":               func(p *BundlePeople) { p.By = "" },
		"a time in words":       func(p *BundlePeople) { p.People, p.Files[1].Lines, p.ErasedAt = 0, 1, "yesterday" },
	} {
		p := usual()
		change(p)
		if p.check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// FuzzPeopleLine holds that no line of people makes the reader panic, and that what
// is taken is written the same again.
func FuzzPeopleLine(f *testing.F) {
	var b bytes.Buffer
	w := PeopleWriter{w: &b, hash: sha256.New()}
	if err := errors.Join(w.Person(usualPeople().people[0]), w.Delivery(usualPeople().deliveries[0])); err != nil {
		f.Fatal(err)
	}
	for _, line := range bytes.Split(bytes.TrimSpace(b.Bytes()), []byte("\n")) {
		f.Add(line)
	}
	f.Add([]byte(checkOpens + hex.EncodeToString(make([]byte, 32)) + `",}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var p PersonLine
		if readPeopleLine(line, &p) == nil {
			var again bytes.Buffer
			w := PeopleWriter{w: &again, hash: sha256.New()}
			if err := w.Person(p); err != nil || again.String() != string(line)+"\n" {
				t.Errorf("%q becomes %q: %v", line, again.String(), err)
			}
		}
		var d DeliveryLine
		if readPeopleLine(line, &d) == nil {
			if _, err := d.outcome(); err == nil && d.SettledAt != "" && len(d.SettledAt) < 20 {
				t.Errorf("%q is taken for a time", d.SettledAt)
			}
		}
		numberIn(line)
	})
}
