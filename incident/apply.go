package incident

import (
	"time"

	"tocsin/gdpr"
)

func (d Opened) apply(s *State, e Event) {
	s.ID, s.Number, s.Key = d.ID, d.Number, d.Key
	s.Clock = d.Clock
	s.OpenedAt = e.At
	s.Disclosure = d.Disclosure
	s.Documents = append(s.Documents, d.Documents...)
	s.DataSet = d.DataSet
	if e.Actor.Role == RoleVendor {
		by := e.Actor
		s.Opener = &by
	}
}

func (d AwarenessSet) apply(s *State, e Event) {
	s.Awareness = append(s.Awareness, AwarenessRevision{
		Revision: d.Revision, At: d.At, Reason: d.Reason, Provisional: d.Provisional, SetAt: e.At, By: e.Actor,
	})
}

func (d ObligationOpened) apply(s *State, e Event) {
	status := ObligationOpen
	if d.Waiting {
		status = ObligationWaiting
	}
	s.Obligations = append(s.Obligations, Obligation{
		N: d.Obligation, Terms: d.Terms, Duty: d.Duty, Status: status, Revision: 1, RevisedAt: e.At,
		AwareAt: d.AwareAt, DueAt: d.DueAt, OuterBound: d.OuterBound,
	})
}

func (d StageStarted) apply(s *State, e Event) {
	o := s.Obligation(d.Obligation)
	if o == nil {
		return
	}
	switch {
	case d.Terms != nil:
		o.FollowUp = d.Terms // what was filed stays filed
	case d.Waiting:
		o.Status = ObligationWaiting
	default:
		o.Status = ObligationOpen
	}
	o.StageIndex, o.Revision, o.RevisedAt = d.Stage, d.Revision, e.At
	o.AwareAt, o.DueAt, o.OuterBound, o.OverdueAt = d.StartsAt, d.DueAt, d.OuterBound, time.Time{}
}

func (d FactFixed) apply(s *State, _ Event) {
	if o := s.Obligation(d.Obligation); o != nil {
		o.know(d.Fact, d.At)
	}
}

// know adds the instant of a fact.
func (o *Obligation) know(fact string, at time.Time) {
	facts := map[string]time.Time{fact: at}
	for name, known := range o.Facts {
		if name != fact {
			facts[name] = known
		}
	}
	o.Facts = facts
}

func (d ScreeningRecorded) apply(s *State, e Event) {
	s.Screenings = append(s.Screenings, Screening{
		Version: d.Version, At: e.At, By: e.Actor, Answers: d.Answers, Proposals: d.Proposals,
	})
}

func (d ObligationMet) apply(s *State, _ Event) {
	if o := s.Obligation(d.Obligation); o != nil {
		o.Status = ObligationMetStatus
	}
}

func (d ObligationMoved) apply(s *State, e Event) {
	o := s.Obligation(d.Obligation)
	if o == nil {
		return
	}
	o.Revision, o.RevisedAt = d.Revision, e.At
	o.AwareAt, o.DueAt, o.OuterBound = d.AwareAt, d.DueAt, d.OuterBound
	if e.At.Before(d.DueAt) {
		o.OverdueAt = time.Time{}
	}
}

func (d ObligationOverdue) apply(s *State, e Event) {
	if o := s.Obligation(d.Obligation); o != nil {
		o.OverdueAt = e.At
	}
}

func (d ObligationWaived) apply(s *State, _ Event) {
	if o := s.Obligation(d.Obligation); o != nil {
		o.Status, o.Reason = ObligationWaivedStatus, d.Reason
	}
}

func (d ObligationReinstated) apply(s *State, e Event) {
	if o := s.Obligation(d.Obligation); o != nil {
		o.Status, o.Reason, o.FollowUp, o.Suspended = ObligationOpen, "", nil, false
		o.Revision++
		o.RevisedAt = e.At
	}
}

func (d DelayReasonsGiven) apply(s *State, e Event) {
	if o := s.Obligation(d.Obligation); o != nil {
		o.DelayReasons = append(o.DelayReasons, DelayReason{At: e.At, By: e.Actor, Text: d.Reasons, Stage: d.Stage})
	}
}

func (d NotificationRejudged) apply(s *State, e Event) {
	if o := s.Obligation(d.Obligation); o != nil && d.Filing >= 1 && d.Filing <= len(o.Filings) {
		f := &o.Filings[d.Filing-1]
		f.LateSeconds, f.RejudgedAt = d.LateSeconds, e.At
		if n, ok := o.stageOf(f); ok && n == o.StageIndex && o.Status == ObligationFiled {
			o.AwareAt, o.DueAt, o.OuterBound = d.AwareAt, d.DueAt, d.OuterBound
		}
	}
}

func (d AssessmentRecorded) apply(s *State, e Event) {
	s.Assessments = append(s.Assessments, Assessment{
		Version: d.Version, At: e.At, By: e.Actor, Facts: d.Facts, Severity: d.Severity, Decision: d.Decision, Advice: d.Advice,
	})
}

func (d NotificationDrafted) apply(s *State, e Event) {
	if o := s.Obligation(d.Obligation); o != nil {
		o.Drafts = append(o.Drafts, Draft{Version: d.Version, At: e.At, By: e.Actor, Content: d.Content})
		s.Documents = append(s.Documents, d.Content)
	}
}

func (d NotificationApproved) apply(s *State, e Event) {
	if o := s.Obligation(d.Obligation); o != nil {
		approve(o.Drafts, d.Version, e)
	}
}

func (d NotificationFiled) apply(s *State, e Event) {
	o := s.Obligation(d.Obligation)
	if o == nil {
		return
	}
	switch {
	case d.Subtype == FilingWithdraw:
		o.Status, o.FollowUp = ObligationWithdrawn, nil
	case d.Kind == FilingFollowUp && d.Subtype == FilingIncomplete:
		// The rest is still expected: the clock of the follow-up goes on.
	case d.Kind == FilingFollowUp:
		o.FollowUp = nil
	default:
		o.Status = ObligationFiled
	}
	if d.Stage != "" && d.Kind != FilingFollowUp {
		o.know(gdpr.FiledFact(d.Stage), d.At)
		for i, stage := range o.Terms.Stages() {
			if stage.Stage == d.Stage {
				o.StageIndex = i // stages between were left out
			}
		}
	}
	o.Filings = append(o.Filings, Filing{NotificationFiled: d, RecordedAt: e.At, By: e.Actor})
	for _, document := range []*Document{d.Frozen, d.Attachment} {
		if document != nil {
			s.Documents = append(s.Documents, *document)
		}
	}
	s.Documents = append(s.Documents, d.Dossier...)
}

func (d ReminderFired) apply(s *State, e Event) {
	o := s.Obligation(d.Obligation)
	if o == nil {
		return
	}
	r := Reminder{
		Revision: d.Revision, Rung: d.Rung, Mode: d.Mode, Into: d.Into, DueAt: d.DueAt, FiredAt: e.At,
	}
	if d.Mode == RungAlone {
		r.Calls = []Call{{Level: 0, DueAt: d.DueAt, FiredAt: e.At, Because: becauseRung}}
	}
	o.Reminders = append(o.Reminders, r)
}

func (d ReminderEscalated) apply(s *State, e Event) {
	if r := s.reminder(d.Obligation, d.Revision, d.Rung); r != nil {
		r.Calls = append(r.Calls, Call{Level: d.Level, DueAt: d.DueAt, FiredAt: e.At, Because: d.Because})
	}
}

func (d ReminderAccepted) apply(s *State, e Event) {
	if c := s.call(d.Obligation, d.Revision, d.Rung, d.Level); c != nil {
		recipient := d.Recipient
		c.Recipient, c.AcceptedAt, c.MessageID = &recipient, e.At, d.MessageID
	}
}

func (d ReminderRefused) apply(s *State, e Event) {
	if c := s.call(d.Obligation, d.Revision, d.Rung, d.Level); c != nil {
		recipient := d.Recipient
		c.Recipient, c.RefusedAt = &recipient, e.At
	}
}

func (d Acknowledged) apply(s *State, e Event) {
	if r := s.reminder(d.Obligation, d.Revision, d.Rung); r != nil {
		by := e.Actor
		r.AcknowledgedAt, r.AcknowledgedBy, r.Via = e.At, &by, d.Via
	}
}

func (d TaskCreated) apply(s *State, _ Event) {
	s.Tasks = append(s.Tasks, Task{N: d.Task, Code: d.Code, Owner: d.Owner, DueAt: d.DueAt, Title: d.Title, Reason: d.Reason})
}

func (d TaskCompleted) apply(s *State, e Event) {
	for i := range s.Tasks {
		if t := &s.Tasks[i]; t.N == d.Task {
			by := e.Actor
			t.DoneAt, t.DoneBy, t.Note = e.At, &by, d.Note
		}
	}
}

func (d Attached) apply(s *State, _ Event) {
	s.Documents = append(s.Documents, d.Documents...)
}

func (d PeopleImported) apply(s *State, e Event) {
	before := s.owe()
	if s.Owed != nil {
		before = *s.Owed
	}
	r := s.Round(d.Round)
	if r == nil {
		s.Rounds = append(s.Rounds, Round{N: d.Round, Status: MailingNone})
		r = &s.Rounds[len(s.Rounds)-1]
	}
	r.Imports, r.ImportedSeq = append(r.Imports, d), e.Seq
	s.Owed = &Owed{
		Affected: before.Affected + d.Counts.Accepted + d.Counts.Undeliverable,
		FollowUp: before.FollowUp + d.Counts.WidenedTold,
	}
}

func (d MailingDrafted) apply(s *State, e Event) {
	if r := s.Round(d.Round); r != nil {
		r.Status = MailingDraftedStatus
		r.Drafts = append(r.Drafts, Draft{
			Version: d.Version, At: e.At, By: e.Actor, Content: d.Content, Template: d.Template, Locales: d.Locales,
		})
		s.Documents = append(s.Documents, d.Content)
	}
}

func (d MailingApproved) apply(s *State, e Event) {
	if r := s.Round(d.Round); r != nil {
		r.Status = MailingApprovedStatus
		approve(r.Drafts, d.Version, e)
	}
}

func (d MailingStarted) apply(s *State, e Event) {
	if r := s.Round(d.Round); r != nil {
		r.Status, r.StartedAt = MailingSending, e.At
	}
}

func (d MailingStopped) apply(s *State, e Event) {
	if r := s.Round(d.Round); r != nil {
		r.Status, r.FinishedAt, r.StopReason = MailingHalted, e.At, d.Reason
	}
}

func (d MailingPaused) apply(s *State, e Event) {
	if r := s.Round(d.Round); r != nil {
		r.Status, r.PauseReason, r.Held = MailingPausedStatus, d.Reason, d.Held
		r.PausedAt, r.HeldSent, r.HeldRefused = e.At, d.Sent, d.Refused
	}
}

func (d MailingResumed) apply(s *State, _ Event) {
	if r := s.Round(d.Round); r != nil {
		r.Status, r.PauseReason, r.Held = MailingSending, "", ""
		r.PausedAt, r.HeldSent, r.HeldRefused = time.Time{}, 0, 0
		r.Resumptions++
	}
}

func (d MailingFinished) apply(s *State, e Event) {
	if r := s.Round(d.Round); r != nil {
		if r.Status != MailingHalted {
			r.Status, r.FinishedAt = MailingDone, e.At
		}
		r.Counts, r.Root = d.Counts, d.Root
		s.settle(d.Owed)
	}
}

func (d MailingBounced) apply(s *State, _ Event) {
	if r := s.Round(d.Round); r != nil {
		r.Bounced, r.BouncesRoot = d.Bounced, d.Root
		if r.Counts.Total > 0 {
			r.Counts = d.Counts
		}
	}
}

func (d Closed) apply(s *State, e Event) {
	s.ClosedAt, s.ClosingReason = e.At, d.Reason
	for i := range s.Obligations {
		o := &s.Obligations[i]
		o.Suspended = o.FollowUp != nil // no reminder rings in a closed case
	}
}

func (d Reopened) apply(s *State, e Event) {
	s.ClosedAt, s.JoinedTo = time.Time{}, nil
	s.Reopenings++
	s.Retention.EraseAt, s.Retention.Request = time.Time{}, nil // counts anew from the next closing
	for i := range s.Obligations {
		if o := &s.Obligations[i]; o.Suspended {
			o.Suspended = false
			o.Revision++
			o.RevisedAt = e.At
		}
	}
}

func (d BundlePrepared) apply(s *State, _ Event) {
	s.Documents = append(s.Documents, d.Report...)
	s.Reports = append(s.Reports, d.Report...)
}

func (BundleExported) apply(*State, Event) {}

func approve(drafts []Draft, version int, e Event) {
	for i := range drafts {
		if drafts[i].Version == version {
			by := e.Actor
			drafts[i].ApprovedAt, drafts[i].ApprovedBy = e.At, &by
		}
	}
}

func (s *State) reminder(obligation, revision int, rung string) *Reminder {
	if o := s.Obligation(obligation); o != nil {
		return o.Reminder(revision, rung)
	}
	return nil
}

func (s *State) call(obligation, revision int, rung string, level int) *Call {
	if r := s.reminder(obligation, revision, rung); r != nil {
		return r.call(level)
	}
	return nil
}
