package incident

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// pair are two cases under test: the first is to join the second.
type pair struct {
	*play
	into *play
}

// two opens two cases; change alters what the first was told.
func two(t *testing.T, change func(first, second *Disclosure)) pair {
	p := pair{&play{t: t, state: &State{}, now: opened}, &play{t: t, state: &State{}, now: opened}}
	a, b := opening(), opening()
	a.Documents, a.DataSet = []Document{document("mail")}, new(document("people"))
	b.ID, b.Number, b.Key = "i2", "INC-2026-0002", "k2"
	if change != nil {
		change(&a.Disclosure, &b.Disclosure)
	}
	p.must(dpo, a)
	p.into.must(dpo, b)
	return p
}

// copies are those of all files that the first case takes along.
func (p pair) copies() []Copy {
	var list []Copy
	for _, told := range p.state.Carried() {
		files := told.Documents
		if told.DataSet != nil {
			files = append(slices.Clone(files), *told.DataSet)
		}
		for _, d := range files {
			as := d
			as.ID = "copy-" + d.ID
			list = append(list, Copy{Of: d.ID, As: as})
		}
	}
	return list
}

func (p pair) join() Join {
	return Join{Into: p.into.state.ID, Reason: "the same export of 9 November", Copies: p.copies()}
}

// both carries a command out in both cases and gives the types of both.
func (p pair) both(by Actor, c Command) (own, others []string) {
	p.t.Helper()
	a, b, err := Rules{}.DecideBoth(p.state, p.into.state, by, c, p.now)
	if err != nil {
		p.t.Fatalf("%s: %v", c.Name(), err)
	}
	p.state.Apply(a...)
	p.into.state.Apply(b...)
	for _, e := range a {
		own = append(own, e.Type)
	}
	for _, e := range b {
		others = append(others, e.Type)
	}
	return own, others
}

func (p pair) bothRefused(by Actor, c Command, kind Kind, said string) {
	p.t.Helper()
	a, b, err := Rules{}.DecideBoth(p.state, p.into.state, by, c, p.now)
	if err == nil || KindOf(err) != kind || !strings.Contains(err.Error(), said) || len(a)+len(b) > 0 {
		p.t.Errorf("%s: %v with %d and %d events; expected %s that says %q", c.Name(), err, len(a), len(b), kind, said)
	}
}

func TestJoiningEndsTheOneAndHandsItsDisclosureToTheOther(t *testing.T) {
	p := two(t, nil)
	p.must(dpo, DraftNotification{Authority: "AEPD", Content: document("draft")})
	p.must(dpo, Attach{Documents: []Document{document("log")}})
	own, others := p.both(dpo, p.join())
	if !slices.Equal(own, []string{EvObligationWaived, EvJoined}) || !slices.Equal(others, []string{EvDisclosureJoined}) {
		t.Fatalf("joining led to %v and %v", own, others)
	}
	s, into := p.state, p.into.state
	o := s.Obligation(1)
	if !s.IsClosed() || s.JoinedTo == nil || s.JoinedTo.Number != "INC-2026-0002" || o.Status != ObligationWaivedStatus || o.Running() ||
		o.Reason != "joined to INC-2026-0002: the same export of 9 November" {
		t.Errorf("the joined case is %+v with %q", s.JoinedTo, o.Reason)
	}
	if len(into.Joined) != 1 || len(into.Joined[0].Told) != 1 || into.IsClosed() {
		t.Fatalf("the other case took in %+v", into.Joined)
	}
	told := into.Joined[0].Told[0]
	var files []string
	for _, d := range into.Documents {
		files = append(files, d.ID)
	}
	if told.Number != "INC-2026-0001" || told.By != dpo || !told.Disclosure.ReceivedAt.Equal(received) || told.DataSet.ID != "copy-people" ||
		!slices.Equal(files, []string{"copy-mail", "copy-log"}) {
		t.Errorf("what it took in is %+v with the files %v; a draft stays where it was made", told, files)
	}
	if sets := into.DataSets(); len(sets) != 1 || sets[0].ID != "copy-people" {
		t.Errorf("the data sets that wait are %v", sets)
	}
	if next := s.Summarize(p.now).Next; next.Code != "none" || !strings.Contains(next.Text, "INC-2026-0002") {
		t.Errorf("the next action of the joined case is %+v", next)
	}
	if !into.Obligation(1).DueAt.Equal(received.Add(72*time.Hour)) || into.Obligation(1).Revision != 1 {
		t.Error("the other case's clock moved by itself")
	}
	if e := s.Register(); e.Outcome != RegisterJoined || e.JoinedNumber != "INC-2026-0002" || e.Late {
		t.Errorf("the register says of the joined case %+v", e)
	}
	if e := into.Register(); len(e.Joined) != 1 || e.Joined[0].Number != "INC-2026-0001" || e.Outcome != RegisterUndecided {
		t.Errorf("the register says of the other case %+v", e)
	}
	if own, others := p.both(dpo, p.join()); len(own)+len(others) > 0 {
		t.Errorf("joining again led to %v and %v", own, others)
	}
}

func TestAnEarlierMomentIsSaidLoudlyAndMovesNothing(t *testing.T) {
	earlier := received.Add(-30 * time.Hour)
	p := two(t, func(first, _ *Disclosure) {
		first.ReceivedAt, first.Awareness = earlier, nil
	})
	p.both(deputy, p.join())
	into := p.into.state
	if aware, _ := into.Aware(); !aware.At.Equal(received) {
		t.Fatalf("awareness moved to %s", aware.At)
	}
	next := into.Summarize(p.now).Next
	if next.Code != CmdSetAwareness || !strings.Contains(next.Text, "INC-2026-0001") || !next.Before.Equal(earlier.Add(72*time.Hour)) {
		t.Errorf("the next action is %+v", next)
	}
	p.into.must(dpo, SetAwareness{At: earlier, Reason: "the first word of the vendor"})
	if next := into.Summarize(p.now).Next; next.Code == CmdSetAwareness || !into.Obligation(1).DueAt.Equal(earlier.Add(72*time.Hour)) {
		t.Errorf("after revising it the next action is %+v, due %s", next, into.Obligation(1).DueAt)
	}
}

func TestKeepingTheAwarenessWithAReasonAnswersTheQuestion(t *testing.T) {
	p := two(t, func(first, _ *Disclosure) {
		first.Awareness.At = received.Add(-time.Hour)
		first.ReceivedAt = received.Add(-time.Hour)
	})
	p.both(dpo, p.join())
	p.into.must(dpo, SetAwareness{At: received, Reason: "the first message named no data of ours"})
	if next := p.into.state.Summarize(p.now).Next; next.Code == CmdSetAwareness {
		t.Errorf("it is asked once more: %+v", next)
	}
}

func TestADutyThatTheOtherCaseLacksGoesOnThere(t *testing.T) {
	p := two(t, nil)
	p.must(dpo, AddObligation{Duty{Regime: "gdpr-33", Authority: "CNIL", Reason: "French branch"}})
	p.must(dpo, AddObligation{Duty{Regime: "dora", Recipient: "Banco de España", Reason: "financial entity"}})
	p.must(dpo, FixFact{Obligation: 3, Fact: "classified_major", At: received.Add(time.Minute), Reason: "classified"})
	p.both(dpo, p.join())
	into := p.into.state
	if n := len(into.Obligations); n != 3 || into.Obligation(2).Recipient() != "CNIL" || into.Obligation(3).Recipient() != "Banco de España" ||
		!into.Obligation(2).Running() || into.Obligation(3).Facts["classified_major"].IsZero() {
		t.Fatalf("the other case has %+v", into.Obligations)
	}
	p.now = p.now.Add(time.Minute)
	p.both(dpo, Reopen{Reason: "another export"})
	for n, want := range map[int]string{1: ObligationOpen, 2: ObligationWaivedStatus, 3: ObligationWaivedStatus} {
		if got := into.Obligation(n).Status; got != want {
			t.Errorf("after taking it out obligation %d of the other case is %s", n, got)
		}
	}
}

func TestOpeningAJoinedCaseAgainTakesItOut(t *testing.T) {
	p := two(t, nil)
	p.both(dpo, p.join())
	p.now = p.now.Add(80 * time.Hour)
	own, others := p.both(deputy, Reopen{Reason: "it was another export"})
	if !slices.Equal(own, []string{EvReopened, EvObligationReinstated}) || !slices.Equal(others, []string{EvDisclosureTakenOut}) {
		t.Fatalf("opening it again led to %v and %v", own, others)
	}
	o := p.state.Obligation(1)
	if p.state.IsClosed() || p.state.JoinedTo != nil || !o.Running() || !o.DueAt.Equal(received.Add(72*time.Hour)) {
		t.Errorf("the case is %+v", o)
	}
	if j := p.into.state.Joined[0]; j.OutAt.IsZero() || j.OutBy.ID != deputy.ID || len(p.into.state.DataSets()) != 0 || len(p.into.state.Documents) != 1 {
		t.Errorf("the other case says %+v", j)
	}
	p.both(dpo, p.join())
	if len(p.into.state.Joined) != 2 || !p.state.IsClosed() {
		t.Error("it cannot be joined once more")
	}
}

func TestAChainKeepsWhatWasToldFirst(t *testing.T) {
	p := two(t, nil)
	p.both(dpo, p.join())
	third := &play{t: t, state: &State{}, now: opened}
	o := opening()
	o.ID, o.Number, o.Key = "i3", "INC-2026-0003", "k3"
	third.must(dpo, o)
	q := pair{p.into, third}
	q.both(dpo, q.join())
	told := third.state.Joined[0].Told
	if len(told) != 2 || told[0].Number != "INC-2026-0002" || told[1].Number != "INC-2026-0001" || len(told[0].Documents) != 0 ||
		told[1].Documents[0].ID != "copy-copy-mail" || len(third.state.DataSets()) != 1 {
		t.Fatalf("the third case was told %+v", told)
	}
	p.bothRefused(dpo, Reopen{Reason: "another"}, Conflict, "reopen INC-2026-0002 first")
	back := pair{third, p.into}
	back.bothRefused(dpo, Join{Into: "i2", Reason: "turned round"}, Conflict, "INC-2026-0002 was joined to INC-2026-0003 itself")
}

func TestJoiningIsRefusedWithTheWayOut(t *testing.T) {
	drill := &Exercise{Pace: 60, StartsAt: received.Add(time.Hour)}
	filed := func(p pair) { p.must(dpo, file(received.Add(5*time.Minute))) }
	closed := func(p pair) {
		p.into.must(dpo, assess(false, false))
		p.into.must(dpo, Close{Reason: "no risk"})
	}
	for name, c := range map[string]struct {
		told    func(first, second *Disclosure)
		before  func(pair)
		command func(pair, Join) Command
		by      Actor
		kind    Kind
		says    string
	}{
		"to itself":        {command: func(_ pair, j Join) Command { j.Into = "i1"; return j }, kind: Invalid, says: "this case itself"},
		"without a reason": {command: func(_ pair, j Join) Command { j.Reason = " "; return j }, kind: Invalid, says: "reason"},
		"to nothing":       {command: func(_ pair, j Join) Command { j.Into = ""; return j }, kind: Invalid, says: "into"},
		"by an approver":   {by: approver, kind: Forbidden, says: "may not join"},
		"what was filed":   {before: filed, kind: Conflict, says: "filed with AEPD already"},
		"what was sent": {before: func(p pair) { p.state.Rounds = []Round{{N: 1, Status: MailingSending, StartedAt: p.now}} },
			kind: Conflict, says: "written to from INC-2026-0001 already (round 1)"},
		"what was published": {before: func(p pair) {
			p.state.Public = &PublicCommunication{Publications: []Publication{{PublicationRecorded: PublicationRecorded{At: p.now}}}}
		}, kind: Conflict, says: "made public already"},
		"to a closed case":    {before: closed, kind: Conflict, says: "reopen it with a reason before another case joins it"},
		"a drill to a case":   {told: func(a, _ *Disclosure) { a.Exercise = drill }, kind: Conflict, says: "a drill"},
		"a case to a drill":   {told: func(_, b *Disclosure) { b.Exercise = drill }, kind: Conflict, says: "a drill"},
		"a file not yet sent": {command: func(_ pair, j Join) Command { j.Copies = j.Copies[:1]; return j }, kind: Conflict, says: "once more"},
		"another file": {command: func(_ pair, j Join) Command { j.Copies[0].As.SHA256 = strings.Repeat("ff", 32); return j },
			kind: Conflict, says: "once more"},
		"a closed case": {before: func(p pair) {
			p.must(dpo, assess(false, false))
			p.must(dpo, Close{Reason: "no risk"})
		}, kind: Conflict, says: "is closed since"},
	} {
		t.Run(name, func(t *testing.T) {
			p := two(t, c.told)
			if c.before != nil {
				c.before(p)
			}
			var command Command = p.join()
			if c.command != nil {
				command = c.command(p, p.join())
			}
			by := c.by
			if by.ID == "" {
				by = dpo
			}
			p.bothRefused(by, command, c.kind, c.says)
		})
	}
}

func TestPeopleWhoWereWrittenToOrImportedStay(t *testing.T) {
	p := two(t, nil)
	p.must(dpo, ImportPeople{Import: "imp1", SHA256: strings.Repeat("01", 32), Counts: PeopleCounts{Rows: 3, Accepted: 3}})
	p.both(dpo, p.join())
	asked := func() bool {
		return slices.ContainsFunc(p.into.state.Summarize(p.now).Missing, func(a Action) bool { return a.Code == CmdImportPeople && strings.Contains(a.Text, "of the 3") })
	}
	if !asked() {
		t.Error("nobody is told to import the people here too")
	}
	p.into.must(dpo, ImportPeople{Import: "imp2", SHA256: p.into.state.DataSets()[0].SHA256, Counts: PeopleCounts{Rows: 3, Accepted: 3}})
	if asked() {
		t.Error("it is asked although they were imported")
	}
	p.bothRefused(dpo, Reopen{Reason: "another"}, Conflict, "cannot be taken out again")
}

func TestWhatWasWithdrawnCanBeJoined(t *testing.T) {
	p := two(t, nil)
	p.must(dpo, file(received.Add(5*time.Minute)))
	p.must(dpo, FileNotification{Obligation: 1, Receipt: "W1", At: opened, Kind: FilingFollowUp, Subtype: FilingWithdraw})
	if own, _ := p.both(dpo, p.join()); !slices.Equal(own, []string{EvJoined}) {
		t.Errorf("joining led to %v", own)
	}
	p.both(dpo, Reopen{Reason: "another"})
	if o := p.state.Obligation(1); o.Status != ObligationWithdrawn {
		t.Errorf("opened again the obligation is %s", o.Status)
	}
}

func TestStatesOfJoinedCasesSurviveBeingStored(t *testing.T) {
	p := two(t, nil)
	p.both(dpo, p.join())
	p.both(dpo, Reopen{Reason: "another"})
	for _, s := range []*State{p.state, p.into.state} {
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back State
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(&back)
		if err != nil || string(again) != string(raw) || len(back.Joined) != len(s.Joined) {
			t.Errorf("%v: stored and read it is\n%s\nand was\n%s", err, again, raw)
		}
	}
}
