package incident

import (
	"fmt"
	"slices"
	"strings"

	"tocsin/gdpr"
)

func (t CompleteTask) check() *Error { return limitText("note", t.Note, limitReason) }

func (t CompleteTask) decide(c context) ([]Data, *Error) {
	for _, task := range c.State.Tasks {
		if task.N != t.Task {
			continue
		}
		if !task.DoneAt.IsZero() {
			return nil, nil
		}
		return []Data{TaskCompleted(t)}, nil
	}
	return nil, FieldError(NotFound, "task", fmt.Sprint(t.Task), "there is no such task", Say("a number from 1 to %d", len(c.State.Tasks)))
}

func (a Attach) check() *Error {
	if len(a.Documents) == 0 {
		return InvalidField("documents", "", "is empty", "at least one file")
	}
	for i, d := range a.Documents {
		if err := checkDocument(fmt.Sprintf("documents[%d]", i), d); err != nil {
			return err
		}
	}
	return limitText("note", a.Note, limitReason)
}

func (a Attach) decide(context) ([]Data, *Error) { return []Data{Attached(a)}, nil }

func (i ImportPeople) check() *Error {
	if i.Import == "" || len(i.SHA256) != 64 {
		return &Error{Kind: Internal, Message: "people are imported without an import id or a hash"}
	}
	if i.Round < 0 {
		return InvalidField("round", fmt.Sprint(i.Round), "is negative", "the number of a round, from 1")
	}
	return nil
}

func (i ImportPeople) decide(c context) ([]Data, *Error) {
	s := c.State
	round := i.Round
	if round == 0 {
		round = s.OpenRound()
	}
	if round > len(s.Rounds)+1 {
		return nil, InvalidField("round", fmt.Sprint(round), "leaves a gap", Say("1 to %d", len(s.Rounds)+1))
	}
	for _, r := range s.Rounds {
		for _, done := range r.Imports {
			switch {
			case done.Import == i.Import:
				return nil, nil
			case r.N == round && done.SHA256 == i.SHA256:
				return nil, conflict("this very file was imported into round %d already", round)
			}
		}
	}
	if r := s.Round(round); r != nil {
		if r.Opened {
			return nil, conflict("round %d was opened for others and takes no people affected: import them into round %d", round, s.OpenRound())
		}
		switch r.Status {
		case MailingApprovedStatus, MailingSending, MailingPausedStatus, MailingDone, MailingHalted:
			return nil, conflict("round %d is %s and takes no more people: import them into round %d",
				round, Word(r.Status), len(s.Rounds)+1)
		}
	}
	return []Data{PeopleImported{Round: round, Import: i.Import, SHA256: i.SHA256, Counts: i.Counts}}, nil
}

// OpenRound is the round that takes further people when none is named: the
// last one that an import began, while its notice is not approved, else a new
// one.
func (s *State) OpenRound() int {
	for _, r := range slices.Backward(s.Rounds) {
		if r.Opened {
			continue
		}
		if r.Status == MailingNone || r.Status == MailingDraftedStatus {
			return r.N
		}
		break
	}
	return len(s.Rounds) + 1
}

// round finds a round or says which ones there are.
func (s *State) round(n int) (*Round, *Error) {
	if r := s.Round(n); r != nil {
		return r, nil
	}
	expected := Say("no round yet: import people first")
	if len(s.Rounds) > 0 {
		expected = Say("a number from 1 to %d", len(s.Rounds))
	}
	return nil, FieldError(NotFound, "round", fmt.Sprint(n), "there is no such round", expected)
}

func (d DraftMailing) check() *Error {
	if err := requireText("template", d.Template, limitTitle); err != nil {
		err.Expected = "the name of a template, such as affected"
		return err
	}
	if len(d.Unmet) > 0 {
		return InvalidField("content", "", Say("lacks what GDPR Art. 34(2) demands: %s", strings.Join(d.Unmet, "; ")),
			"a notice with the nature of the breach, a contact point, the likely consequences and the measures")
	}
	return checkDocument("content", d.Content)
}

func (d DraftMailing) decide(c context) ([]Data, *Error) {
	s := c.State
	r, err := s.round(d.Round)
	if err != nil {
		return nil, err
	}
	switch r.Status {
	case MailingSending, MailingPausedStatus, MailingDone, MailingHalted:
		return nil, conflict("round %d is %s: what was sent cannot be drafted again; a new round can be", r.N, Word(r.Status))
	}
	if d.Template != r.To() {
		return nil, conflict("round %d writes to others: its notice has the template %s", r.N, r.To())
	}
	if other := s.saidBefore(r, d.Content.SHA256); other != nil {
		return nil, conflict("round %d told the same people the very same: a further follow-up says what has changed since", other.N)
	}
	if n := len(r.Drafts); n > 0 && r.Drafts[n-1].Content.SHA256 == d.Content.SHA256 &&
		r.Drafts[n-1].By == c.Actor && r.Drafts[n-1].Template == d.Template {
		return nil, nil
	}
	if err := follows(d.Version, len(r.Drafts)); err != nil {
		return nil, err
	}
	return []Data{MailingDrafted{
		Round: r.N, Version: len(r.Drafts) + 1, Template: d.Template, Content: d.Content, Locales: d.Locales,
	}}, nil
}

func (ApproveMailing) check() *Error { return nil }

func (a ApproveMailing) decide(c context) ([]Data, *Error) {
	r, err := c.State.round(a.Round)
	if err != nil {
		return nil, err
	}
	switch r.Status {
	case MailingNone:
		return nil, conflict("round %d has no notice: draft the mailing first", r.N)
	case MailingSending, MailingPausedStatus, MailingDone, MailingHalted:
		return nil, conflict("round %d is %s and was approved before", r.N, Word(r.Status))
	}
	last := r.Drafts[len(r.Drafts)-1]
	if err := fourEyes(last, c.Actor); err != nil {
		return nil, err
	}
	if r.Status == MailingApprovedStatus {
		return nil, nil
	}
	return []Data{MailingApproved{Round: r.N, Version: last.Version}}, nil
}

func (StartMailing) check() *Error { return nil }

func (m StartMailing) decide(c context) ([]Data, *Error) {
	r, err := c.State.round(m.Round)
	if err != nil {
		return nil, err
	}
	switch r.Status {
	case MailingNone:
		return nil, conflict("round %d has no notice: draft the mailing, have it approved, then start it", r.N)
	case MailingDraftedStatus:
		return nil, conflict("round %d is not approved: another person has to approve version %d first",
			r.N, r.Drafts[len(r.Drafts)-1].Version)
	case MailingSending:
		return nil, nil
	case MailingPausedStatus:
		return nil, conflict("round %d is paused: resume it", r.N)
	case MailingDone, MailingHalted:
		return nil, conflict("round %d is %s and cannot be sent again", r.N, Word(r.Status))
	}
	if r.People() == 0 && !r.Opened {
		return nil, conflict("round %d has nobody: its file named only people who were imported before; open a follow-up for those of whom it exposes more", r.N)
	}
	if err := c.State.stale(r); err != nil {
		return nil, err
	}
	return []Data{MailingStarted(m)}, nil
}

func (c Close) check() *Error { return requireText("reason", c.Reason, limitReason) }

func (c Close) decide(x context) ([]Data, *Error) {
	s := x.State
	for i := range s.Obligations {
		o := &s.Obligations[i]
		switch {
		case !o.Pending() || o.Terms.Regime == gdpr.RegimeCommunication:
			continue // whether the people were told is looked at below
		case o.Status == ObligationWaiting:
			return nil, conflict("obligation %d to %s waits for %s: fix that fact, or waive the obligation with its reason",
				o.N, o.Recipient(), Word(o.Stage().StartsFrom))
		case o.DueAt.IsZero():
			return nil, conflict("obligation %d to %s is open: file it, or waive it with its reason", o.N, o.Recipient())
		default:
			return nil, conflict("obligation %d to %s is open, due %s: file it, or record an assessment that waives it",
				o.N, o.Recipient(), s.show(o.DueAt))
		}
	}
	last, assessed := s.Assessed()
	if !assessed {
		return nil, conflict("the risk was never assessed: record an assessment with its decision first (GDPR Art. 33(5))")
	}
	told := false
	for _, r := range s.Rounds {
		if r.Status == MailingSending || r.Status == MailingPausedStatus {
			return nil, conflict("round %d is %s: wait until it has finished, or stop it", r.N, Word(r.Status))
		}
		told = told || r.Status == MailingDone && r.To() == RoundAffected
	}
	for i := range s.Obligations {
		// A public communication is recorded as the duty's filing.
		told = told || s.Obligations[i].toPeople() && s.Obligations[i].Status == ObligationFiled
	}
	told = told || s.announced()
	if last.Decision.Communicate && !told {
		return nil, conflict("it was decided to tell the people affected, and no mailing has finished: " +
			"send it, or record an assessment that decides otherwise")
	}
	if debt := s.debt(); last.Decision.Communicate && !s.announced() && debt != nil {
		return nil, conflict("%s by a mailing: send it, record a public communication, or record an assessment that decides otherwise", debt)
	}
	var open []int
	for _, t := range s.Tasks {
		if t.DoneAt.IsZero() {
			open = append(open, t.N)
		}
	}
	var rest []int
	for i := range s.Obligations {
		if s.Obligations[i].onFollowUp() {
			rest = append(rest, s.Obligations[i].N)
		}
	}
	events := []Data{Closed{Reason: c.Reason, OpenTasks: open, OpenFollowUps: rest}}
	return append(events, x.closing()...), nil
}

func (r Reopen) check() *Error { return requireText("reason", r.Reason, limitReason) }

func (r Reopen) decide(c context) ([]Data, *Error) {
	if !c.State.IsClosed() {
		return nil, conflict("%s is open already", c.State.Number)
	}
	if c.State.Retention.Begun() {
		return nil, conflict("the data of the people of %s are erased, so it cannot go on: open a new incident and name this one in it", c.State.Number)
	}
	reopened := Reopened{Reason: r.Reason}
	if c.State.JoinedTo == nil {
		return []Data{reopened}, nil
	}
	reopened.TakenOutOf, reopened.Number = c.State.JoinedTo.Into, c.State.JoinedTo.Number
	return append([]Data{reopened}, c.again(r.Reason)...), nil
}

func (b PrepareBundle) check() *Error {
	if b.For.ID == "" || !b.For.Role.Valid() {
		return &Error{Kind: Internal, Message: "a bundle is prepared for nobody"}
	}
	for i, d := range b.Report {
		if err := checkDocument(fmt.Sprintf("report[%d]", i), d); err != nil {
			return err
		}
	}
	if b.People != nil {
		return b.People.check()
	}
	return nil
}

func (b PrepareBundle) decide(c context) ([]Data, *Error) {
	if b.For != c.Actor {
		return nil, &Error{Kind: Internal, Message: "a bundle is prepared for another than who asks"}
	}
	prepared := BundlePrepared{For: b.For, Report: b.Report}
	if b.People == nil {
		return []Data{prepared}, nil
	}
	taken, err := b.People.decide(c)
	if err != nil {
		return nil, err
	}
	return []Data{taken, prepared}, nil
}

func (SealBundle) check() *Error { return nil }

func (b SealBundle) decide(c context) ([]Data, *Error) {
	return []Data{BundleExported{Entries: c.State.Seq + 1, ManifestSHA256: b.ManifestSHA256}}, nil
}
