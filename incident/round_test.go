package incident

import (
	"slices"
	"strings"
	"testing"
)

// hashOf is a hash that stands for a file.
func hashOf(c string) string { return strings.Repeat(c, 64) }

func importing(name string, round, people int) ImportPeople {
	return ImportPeople{Round: round, Import: name, SHA256: hashOf(name), Counts: PeopleCounts{Rows: people, Accepted: people}}
}

func drafting(round int, template, content string) DraftMailing {
	d := document("n" + content)
	d.SHA256 = hashOf(content)
	return DraftMailing{Round: round, Template: template, Content: d, Locales: []string{"en"}}
}

// send drafts, approves and starts a round.
func (p *play) send(round int, template, content string) {
	p.t.Helper()
	p.must(dpo, drafting(round, template, content))
	p.must(deputy, ApproveMailing{Round: round})
	p.must(dpo, StartMailing{Round: round})
}

// finish ends a round with n accepted notices and with what is owed after it.
func (p *play) finish(round, n int, owed Owed) []string {
	p.t.Helper()
	return p.must(Engine(), FinishMailing{Round: round, Counts: DeliveryCounts{Total: n, Accepted: n}, SHA256: sum64, Owed: &owed})
}

// informed is a case in which it was decided to tell the people, with ten of
// them imported.
func informed(t *testing.T) *play {
	p := begin(t)
	p.must(dpo, assess(true, true))
	p.must(dpo, importing("a", 0, 10))
	return p
}

func followUp(scope string, people int) OpenRound {
	return OpenRound{Kind: RoundFollowUp, Scope: scope, Reason: "The vendor sent a wider file.", Counts: RecipientCounts{People: people}}
}

func notAffectedRound(name string, people int) OpenRound {
	return OpenRound{Kind: RoundNotAffected, Reason: "Many ask whether they are affected.", Import: "r" + name, SHA256: hashOf(name),
		Counts: RecipientCounts{People: people}}
}

func organisationRound(name string, people int) OpenRound {
	return OpenRound{Kind: RoundOrganisations, Reason: "They are controllers for their people.", Import: "r" + name, SHA256: hashOf(name),
		Counts: RecipientCounts{People: people}}
}

// counted is a round whose numbers are the store's.
func counted(o OpenRound) OpenRound {
	o.Counted = true
	return o
}

func TestTheDutyToThePeopleIsMetOnlyWhenNobodyIsOwedANotice(t *testing.T) {
	p := informed(t)
	p.send(1, RoundAffected, "1")
	more := importing("b", 0, 3)
	more.Counts.Widened, more.Counts.WidenedTold = 4, 4
	p.must(dpo, more)
	if got := *p.state.Owed; got != (Owed{Affected: 13, FollowUp: 4}) {
		t.Errorf("after the second file %+v are owed", got)
	}
	if types := p.finish(1, 10, Owed{Affected: 3, FollowUp: 4}); slices.Contains(types, EvObligationMet) {
		t.Error("the duty was met while people are owed a notice")
	}
	p.send(2, RoundAffected, "2")
	if types := p.finish(2, 3, Owed{FollowUp: 4}); slices.Contains(types, EvObligationMet) {
		t.Error("the duty was met while people are owed a follow-up")
	}
	if next := p.state.Summarize(p.now); !slices.ContainsFunc(next.Missing, func(a Action) bool { return a.Code == CmdOpenRound && strings.Contains(a.Text, "4 who were told") }) {
		t.Errorf("a follow-up is not among what is missing: %+v", next.Missing)
	}
	p.must(dpo, file(p.now))
	p.refused(dpo, Close{Reason: "done"}, Conflict, "4 who were told have to be told of further data")
	p.must(dpo, followUp(ScopeChanged, 4))
	p.send(3, RoundFollowUp, "3")
	if types := p.finish(3, 4, Owed{}); !slices.Contains(types, EvObligationMet) {
		t.Errorf("the duty is not met although nobody is owed a notice: %v", types)
	}
	p.must(dpo, Close{Reason: "done"})
}

func TestOnlyAPersonOpensANoticeThatSomebodyIsNotAffectedAndSaysWhy(t *testing.T) {
	p := begin(t)
	p.must(dpo, assess(true, true))
	p.refused(dpo, notAffectedRound("c", 5), Conflict, "nobody is known to be affected")
	p.must(dpo, importing("a", 0, 10))
	for name, c := range map[string]struct {
		by    Actor
		round OpenRound
		kind  Kind
		words string
	}{
		"the engine":                {Engine(), notAffectedRound("c", 5), Forbidden, ""},
		"a responder":               {Actor{Role: RoleResponder, ID: "r"}, notAffectedRound("c", 5), Forbidden, ""},
		"without a reason":          {dpo, OpenRound{Kind: RoundNotAffected, Import: "rc", SHA256: hashOf("c")}, Invalid, "reason"},
		"without a file":            {dpo, OpenRound{Kind: RoundNotAffected, Reason: "r"}, Invalid, "file"},
		"with a scope":              {dpo, OpenRound{Kind: RoundNotAffected, Reason: "r", Scope: ScopeTold, Import: "rc", SHA256: hashOf("c")}, Invalid, "scope"},
		"to nobody":                 {dpo, counted(notAffectedRound("c", 0)), Conflict, "everybody in this file is affected"},
		"an unknown kind":           {dpo, OpenRound{Kind: "everybody", Reason: "r"}, Invalid, "everybody"},
		"a follow-up to nobody yet": {dpo, followUp(ScopeTold, 5), Conflict, "nobody was told yet"},
		"a follow-up with no scope": {dpo, followUp("", 5), Invalid, "changed, told"},
		"a follow-up with a file":   {dpo, OpenRound{Kind: RoundFollowUp, Scope: ScopeTold, Reason: "r", Import: "x", SHA256: hashOf("c")}, Invalid, "file"},
		"the rest of nothing":       {dpo, counted(OpenRound{Kind: RoundAffected, Scope: ScopeRest, Reason: "r"}), Conflict, "no stopped round"},
	} {
		t.Run(name, func(t *testing.T) {
			q := *p
			q.t = t
			q.refused(c.by, c.round, c.kind, c.words)
		})
	}
	p.must(deputy, notAffectedRound("c", 5))
	p.refused(dpo, notAffectedRound("d", 5), Conflict, "round 2", "not drafted yet")
	if again := p.must(deputy, notAffectedRound("c", 5)); len(again) != 0 {
		t.Errorf("the same recipients again recorded %v", again)
	}
	p.refused(dpo, drafting(2, RoundAffected, "1"), Conflict, "template not_affected")
	p.must(dpo, drafting(2, RoundNotAffected, "1"))
	p.refused(dpo, ApproveMailing{Round: 2}, Forbidden, "drafted by you")
	p.must(deputy, ApproveMailing{Round: 2})
	p.must(dpo, StartMailing{Round: 2})
	if types := p.finish(2, 5, Owed{Affected: 10}); slices.Contains(types, EvObligationMet) {
		t.Error("telling those who are not affected met the duty to those who are")
	}
	if p.state.told() {
		t.Error("the people count as told although only others were")
	}
}

func TestAnImportGoesToARoundOfPeopleAffectedAlone(t *testing.T) {
	p := informed(t)
	p.must(dpo, notAffectedRound("c", 5))
	p.refused(dpo, importing("b", 2, 3), Conflict, "round 2 was opened for others")
	p.must(dpo, importing("b", 0, 3))
	if n := p.state.Round(1).People(); n != 13 {
		t.Errorf("round 1 has %d people, want both files", n)
	}
	p.send(1, RoundAffected, "1")
	p.must(dpo, importing("d", 0, 1))
	if n := p.state.Round(3).People(); n != 1 {
		t.Errorf("round 3 has %d people, want those of the last file", n)
	}
}

func TestRecipientsChosenBeforeAnImportAreChosenAgain(t *testing.T) {
	p := informed(t)
	p.must(dpo, organisationRound("c", 2))
	p.must(dpo, drafting(2, RoundOrganisations, "1"))
	p.must(deputy, ApproveMailing{Round: 2})
	p.must(dpo, importing("b", 0, 3))
	p.refused(dpo, StartMailing{Round: 2}, Conflict, "choose them again")
	p.must(dpo, StopMailing{Round: 2, Reason: "A wider file came."})
	p.must(dpo, organisationRound("d", 3))
	p.send(3, RoundOrganisations, "1")

	// Those who are not affected are compared again when they are sent to.
	p.must(dpo, notAffectedRound("e", 5))
	p.must(dpo, importing("f", 0, 3))
	p.send(4, RoundNotAffected, "2")
}

func TestARoundWithoutAnybodyNewIsNotSent(t *testing.T) {
	p := informed(t)
	p.send(1, RoundAffected, "1")
	p.finish(1, 10, Owed{})
	wider := importing("b", 0, 0)
	wider.Counts.Widened, wider.Counts.WidenedTold = 10, 10
	p.must(dpo, wider)
	p.must(dpo, drafting(2, RoundAffected, "2"))
	p.must(deputy, ApproveMailing{Round: 2})
	p.refused(dpo, StartMailing{Round: 2}, Conflict, "nobody")
	p.must(dpo, followUp(ScopeChanged, 10))
	p.send(3, RoundFollowUp, "3")
	p.finish(3, 10, Owed{})
	if !p.state.told() {
		t.Error("a round without people keeps the case from being told")
	}
}

func TestAFollowUpToEverybodySaysSomethingNew(t *testing.T) {
	p := informed(t)
	p.send(1, RoundAffected, "1")
	p.finish(1, 10, Owed{})
	p.must(dpo, followUp(ScopeTold, 10))
	p.send(2, RoundFollowUp, "2")
	p.finish(2, 10, Owed{})
	p.must(dpo, followUp(ScopeTold, 10))
	p.refused(dpo, drafting(3, RoundFollowUp, "2"), Conflict, "round 2 told the same people the very same")
	p.must(dpo, drafting(3, RoundFollowUp, "3"))
}

func TestTheRestOfAStoppedRoundIsToldInANewOne(t *testing.T) {
	p := informed(t)
	p.send(1, RoundAffected, "1")
	p.must(dpo, StopMailing{Round: 1, Reason: "The notice names a wrong date."})
	rest := Owed{Affected: 6}
	p.must(Engine(), FinishMailing{Round: 1, Counts: DeliveryCounts{Total: 10, Accepted: 4, Pending: 6}, SHA256: sum64, Owed: &rest})
	p.must(dpo, file(p.now))
	p.refused(dpo, Close{Reason: "done"}, Conflict, "no mailing has finished")
	if next := p.state.Summarize(p.now); !slices.ContainsFunc(next.Missing, func(a Action) bool { return strings.Contains(a.Text, "tell the rest in a new round") }) {
		t.Errorf("the rest is not among what is missing: %+v", next.Missing)
	}
	p.must(dpo, OpenRound{Kind: RoundAffected, Scope: ScopeRest, Reason: "With the right date.", Counts: RecipientCounts{People: 6}})
	p.send(2, RoundAffected, "2")
	if types := p.finish(2, 6, Owed{}); !slices.Contains(types, EvObligationMet) {
		t.Errorf("the duty is not met although everybody was told: %v", types)
	}
	p.must(dpo, Close{Reason: "done"})
}

func TestRecordsFromBeforeOwedWasCountedTellItFromTheirRounds(t *testing.T) {
	p := informed(t)
	p.send(1, RoundAffected, "1")
	if types := p.must(Engine(), FinishMailing{Round: 1, Counts: DeliveryCounts{Total: 10, Accepted: 9, Refused: 1}, SHA256: sum64}); !slices.Contains(types, EvObligationMet) {
		t.Errorf("the duty is not met by a whole round: %v", types)
	}
	q := informed(t)
	q.send(1, RoundAffected, "1")
	q.must(dpo, StopMailing{Round: 1, Reason: "wrong"})
	q.must(Engine(), FinishMailing{Round: 1, Counts: DeliveryCounts{Total: 10, Accepted: 9, Pending: 1}, SHA256: sum64})
	if q.state.told() || q.state.Owed.Affected != 1 {
		t.Errorf("a stopped round counts as told; owed are %+v", q.state.Owed)
	}
}
