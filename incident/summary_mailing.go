package incident

import "time"

// missingMailing lists what is open until the people affected are told.
func (s *State) missingMailing(add func(string, time.Time, string, ...any)) {
	if len(s.Rounds) == 0 {
		add(CmdImportPeople, time.Time{}, "Import the people affected: it was decided to tell them.")
	}
	left := false
	for i := range s.Rounds {
		r := &s.Rounds[i]
		switch {
		case r.Opened || r.People() == 0:
		case r.Status == MailingNone:
			add(CmdDraftMailing, time.Time{}, "Draft the notice to the %d people of round %d.", r.People(), r.N)
		case r.Status == MailingHalted:
			left = true
		default:
			r.missing(add)
		}
	}
	if s.Owed == nil {
		return
	}
	if o := s.peopleDuty(); left && s.Owed.Affected > 0 && o != nil && o.Pending() && !s.waiting(RoundAffected) {
		add(CmdOpenRound, time.Time{}, "A round was stopped: tell the rest in a new round, or waive obligation %d with its reason.", o.N)
	}
	if n := s.Owed.FollowUp; n > 0 && !s.waiting(RoundFollowUp) {
		add(CmdOpenRound, time.Time{}, "Open a follow-up: a later file exposes further data of %d who were told.", n)
	}
}

// missingOpened lists what is open for rounds that a person opened.
func (s *State) missingOpened(add func(string, time.Time, string, ...any)) {
	for i := range s.Rounds {
		switch r := &s.Rounds[i]; {
		case !r.Opened:
		case r.waits() && s.stale(r) != nil:
			add(CmdStopMailing, time.Time{}, "Choose the recipients of round %d (%s) again: people were imported since. Stop it first.", r.N, spoken(r.To()))
		case r.Status == MailingNone:
			add(CmdDraftMailing, time.Time{}, "Draft the notice of round %d (%s) to %d recipients.", r.N, spoken(r.To()), r.Recipients.People)
		default:
			r.missing(add)
		}
	}
}

// missing says what the mailing of a drafted round waits for.
func (r *Round) missing(add func(string, time.Time, string, ...any)) {
	switch r.Status {
	case MailingDraftedStatus:
		add(CmdApproveMailing, time.Time{}, "Have another person approve the notice of round %d.", r.N)
	case MailingApprovedStatus:
		add(CmdStartMailing, time.Time{}, "Start the mailing of round %d.", r.N)
	case MailingPausedStatus:
		add(CmdResumeMailing, time.Time{}, "Round %d is paused%s: resume it, or stop it with a reason.", r.N, because(r.PauseReason))
	case MailingSending:
		add(waitMailing, time.Time{}, "Wait: the mailing of round %d is being sent.", r.N)
	}
}

// waiting says whether a round of a kind that a person opened is on its way.
func (s *State) waiting(kind string) bool {
	for _, r := range s.Rounds {
		if r.Opened && r.To() == kind && (r.waits() || r.Status == MailingSending || r.Status == MailingPausedStatus) {
			return true
		}
	}
	return false
}
