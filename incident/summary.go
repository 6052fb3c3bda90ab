package incident

import (
	"fmt"
	"time"

	"tocsin/gdpr"
)

// Stages of a case, in their order. A stage is derived, never stored.
const (
	// StageAssessing waits for the judgement of the risk.
	StageAssessing = "assessing"
	// StageNotifying waits for the notification of the authority.
	StageNotifying = "notifying"
	// StageInforming waits for the messages to the people affected.
	StageInforming = "informing"
	// StageReview has met its duties and waits for tasks and closing.
	StageReview = "review"
	// StageClosed is closed.
	StageClosed = "closed"
)

// Action is one thing that a person should do.
type Action struct {
	// Code names the action, such as record_assessment.
	Code string `json:"code"`
	// Text says it in plain English.
	Text string `json:"text"`
	// Waits is the role that the case waits for: engine while Tocsin is at work,
	// approver where it takes a second person; empty when there is nothing to do.
	Waits Role `json:"waits,omitempty"`
	// Before is the instant by which it should be done; zero when there is none.
	Before time.Time `json:"before,omitzero"`
}

// Summary is what a person needs to see first.
type Summary struct {
	// Stage is the stage of the case.
	Stage string `json:"stage"`
	// Next is the one next action.
	Next Action `json:"next_action"`
	// Missing lists what is open, most pressing first.
	Missing []Action `json:"missing"`
	// Due is the nearest legal deadline of an open obligation; zero when none runs.
	Due time.Time `json:"due,omitzero"`
	// Overdue says whether that deadline has passed.
	Overdue bool `json:"overdue"`
}

// Summarize derives stage, next action and what is missing, at a real instant.
func (s *State) Summarize(real time.Time) Summary {
	now := s.Clock.At(real)
	sum := Summary{Stage: s.stage(), Missing: s.missing()}
	for i := range s.Obligations {
		if o := &s.Obligations[i]; o.Running() && (sum.Due.IsZero() || o.DueAt.Before(sum.Due)) {
			sum.Due, sum.Overdue = o.DueAt, now.After(o.DueAt)
		}
	}
	switch {
	case s.IsClosed():
		sum.Next = s.afterClosing()
	case len(sum.Missing) > 0:
		sum.Next = sum.Missing[0]
	default:
		sum.Next = Action{Code: CmdClose, Text: "Close the case: every duty is met.", Waits: RoleDPO}
	}
	return sum
}

func (s *State) stage() string {
	if s.IsClosed() {
		return StageClosed
	}
	last, assessed := s.Assessed()
	if !assessed {
		return StageAssessing
	}
	for i := range s.Obligations {
		if o := &s.Obligations[i]; o.Pending() && !o.toPeople() {
			return StageNotifying
		}
	}
	if last.Decision.Communicate && !s.told() && !s.announced() {
		return StageInforming
	}
	return StageReview
}

// told says whether everybody who is affected has been written to, and nobody
// is owed a notice of further data.
func (s *State) told() bool {
	reached := 0
	for _, r := range s.Rounds {
		switch {
		case r.To() != RoundAffected || r.People() == 0 && !r.Opened:
			continue
		case r.Status != MailingDone && r.Status != MailingHalted:
			return false
		}
		reached += r.Counts.Accepted + r.Counts.Unknown
	}
	owed := s.owe()
	if s.Owed != nil {
		owed = *s.Owed
	}
	return reached > 0 && owed.Nobody()
}

// announced says whether a public communication took the place of messages.
func (s *State) announced() bool {
	for i := range s.Obligations {
		if o := &s.Obligations[i]; o.toPeople() && o.Status == ObligationFiled {
			return true
		}
	}
	return s.inPlaceOfMessages() && !s.PublishedAt().IsZero()
}

func (s *State) missing() []Action {
	if s.IsClosed() {
		return []Action{}
	}
	missing := []Action{}
	add := func(code string, before time.Time, format string, args ...any) {
		missing = append(missing, Action{Code: code, Text: fmt.Sprintf(format, args...), Waits: waits(code), Before: before})
	}
	s.missingEarlier(add)
	if aware, ok := s.Aware(); ok && aware.Provisional {
		add(CmdSetAwareness, time.Time{}, "Fix the instant of awareness with its reason: the clock runs from a provisional one.")
	}
	last, assessed := s.Assessed()
	if !assessed {
		add(CmdRecordAssessment, s.nearestDue(), "Assess the risk and record the decision.")
	}
	for i := range s.Obligations {
		if o := &s.Obligations[i]; (o.Pending() || o.onFollowUp()) && !o.toPeople() {
			s.missingFiling(o, add)
		}
	}
	for i := range s.Obligations {
		o := &s.Obligations[i]
		if stage, owed := o.owesReasons(); owed {
			add(CmdGiveDelayReasons, time.Time{}, "Give the reasons for the delay: by the corrected instant, what was filed with %s was late (obligation %d, %s).",
				o.Recipient(), o.N, stage.Cited)
		}
	}
	if assessed && last.Decision.inPublic() && !s.announced() {
		s.missingPublication(add)
	} else if assessed && last.Decision.Communicate && !s.announced() {
		s.missingMailing(add)
	}
	s.missingJoined(add)
	s.missingOpened(add)
	for i := range s.Obligations {
		if o := &s.Obligations[i]; o.toPeople() && o.Pending() && o.Terms.Regime != gdpr.RegimeCommunication {
			add(CmdFileNotification, time.Time{}, "Tell the people affected (%s), or waive obligation %d with its reason.", o.Stage().Cited, o.N)
		}
	}
	for _, t := range s.Tasks {
		if t.DoneAt.IsZero() {
			add(CmdCompleteTask, t.DueAt, "Task %d is open, for the %s: %s.", t.N, t.Owner.Called(), t.Called())
			missing[len(missing)-1].Waits = t.Owner
		}
	}
	return missing
}

// waitMailing is the code of a mailing that is on its way.
const waitMailing = "wait_mailing"

// waits is the role that has to take a step, if it is no task.
func waits(code string) Role {
	switch code {
	case CmdApproveMailing, CmdApproveNotification, CmdApprovePublic, CmdConfirmErasure:
		return RoleApprover
	case waitMailing:
		return RoleEngine
	default:
		return RoleDPO
	}
}

func (s *State) missingFiling(o *Obligation, add func(string, time.Time, string, ...any)) {
	to, stage := o.Recipient(), o.Stage()
	what := "notification"
	switch {
	case o.onFollowUp():
		what = "rest of the notification"
	case len(o.Terms.Then) > 0 && stage.Label.EN != "":
		what = stage.Label.EN
	}
	if _, fact, ok := (Rules{}).Deadline(s, o); ok && fact != nil && o.Status != ObligationWaiting {
		add(CmdFixFact, o.DueAt, "Say when this happened, once it has: %s. The %s to %s counts from it (obligation %d).",
			fact.Label.EN, what, to, o.N)
	}
	if o.Status == ObligationWaiting {
		add(CmdFixFact, time.Time{}, "Say when this happened, once it has: %s. The %s to %s counts from it (obligation %d).",
			factLabel(stage), what, to, o.N)
		return
	}
	switch draft, drafted := o.Draft(); {
	case o.Terms.Recipient != gdpr.RecipientAuthority:
	case !drafted:
		add(CmdDraftNotification, o.DueAt, "Draft the %s to %s.", what, to)
	case draft.ApprovedAt.IsZero():
		add(CmdApproveNotification, o.DueAt, "Have another person approve the draft of the %s to %s.", what, to)
	}
	add(CmdFileNotification, o.DueAt, "File the %s with %s and record its receipt.", what, to)
	s.missingLater(o, add)
	if !o.OverdueAt.IsZero() && stage.DelayReasonsRequired && !o.reasonsGiven(o.StageIndex) {
		add(CmdGiveDelayReasons, o.DueAt, "Give the reasons for the delay: obligation %d to %s is overdue (%s).",
			o.N, to, stage.Cited)
	}
}

// missingLater lists the stages after the present one whose time runs already:
// a stage that nobody filed does not hide the next.
func (s *State) missingLater(o *Obligation, add func(string, time.Time, string, ...any)) {
	for i, stage := range o.Terms.Stages() {
		if i <= o.StageIndex || o.onFollowUp() || stage.StartsFrom != gdpr.StartsFromAwareness {
			continue
		}
		later := *o
		later.StageIndex = i
		if d, fact, ok := (Rules{}).Deadline(s, &later); ok && fact == nil {
			add(CmdFileNotification, d.Due, "After it, file the %s with %s.", stage.Label.EN, o.Recipient())
		}
	}
}

// factLabel is the fact from which a stage counts, as people read it.
func factLabel(stage gdpr.StageTerms) string {
	if stage.StartsLabel.EN != "" {
		return stage.StartsLabel.EN
	}
	for _, fact := range gdpr.KnownFacts() {
		if fact.Name == stage.StartsFrom {
			return fact.Label.EN
		}
	}
	return stage.StartsFrom
}

// peopleDuty is the duty under GDPR Art. 34, or nil.
func (s *State) peopleDuty() *Obligation {
	for i := range s.Obligations {
		if o := &s.Obligations[i]; o.Terms.Regime == gdpr.RegimeCommunication {
			return o
		}
	}
	return nil
}

// because puts a reason in brackets, if there is one.
func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

func (s *State) nearestDue() time.Time {
	var due time.Time
	for i := range s.Obligations {
		if o := &s.Obligations[i]; o.Running() && (due.IsZero() || o.DueAt.Before(due)) {
			due = o.DueAt
		}
	}
	return due
}
