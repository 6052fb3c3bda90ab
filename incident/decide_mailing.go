package incident

import "fmt"

func (m StopMailing) check() *Error { return requireText("reason", m.Reason, limitReason) }

func (m StopMailing) decide(c context) ([]Data, *Error) {
	r, err := c.State.round(m.Round)
	if err != nil {
		return nil, err
	}
	switch r.Status {
	case MailingHalted:
		return nil, nil
	case MailingNone, MailingDraftedStatus, MailingApprovedStatus:
		if r.Opened { // what a person opened, a person may give up
			return []Data{MailingStopped(m)}, nil
		}
	case MailingSending, MailingPausedStatus:
		return []Data{MailingStopped(m)}, nil
	}
	return nil, conflict("round %d is %s: only a round that is being sent can be stopped", r.N, Word(r.Status))
}

func (FinishMailing) check() *Error { return nil }

func (m FinishMailing) decide(c context) ([]Data, *Error) {
	r, err := c.State.round(m.Round)
	if err != nil {
		return nil, err
	}
	switch r.Status {
	case MailingSending, MailingPausedStatus, MailingHalted:
		if r.Counts.Total > 0 {
			return nil, nil
		}
		events := []Data{MailingFinished(m)}
		after := c.State.Clone()
		after.Round(m.Round).Counts = m.Counts
		if r.Status == MailingSending {
			after.Round(m.Round).Status = MailingDone
		}
		after.settle(m.Owed)
		for i := range after.Obligations {
			if o := &after.Obligations[i]; o.toPeople() && o.Pending() && after.told() {
				events = append(events, ObligationMet{Obligation: o.N, By: "mailing", Round: m.Round})
			}
		}
		return events, nil
	}
	return nil, nil
}

func (RecordBounces) check() *Error { return nil }

func (m RecordBounces) decide(c context) ([]Data, *Error) {
	r, err := c.State.round(m.Round)
	if err != nil {
		return nil, err
	}
	if m.Bounced <= r.Bounced {
		return nil, nil // they are recorded already
	}
	return []Data{MailingBounced(m)}, nil
}

func (m PauseMailing) check() *Error { return limitText("reason", m.Reason, limitReason) }

func (m PauseMailing) decide(c context) ([]Data, *Error) {
	r, err := c.State.round(m.Round)
	if err != nil {
		return nil, err
	}
	switch r.Status {
	case MailingPausedStatus:
		return nil, nil
	case MailingSending:
		return []Data{MailingPaused{Round: r.N, Reason: m.Reason}}, nil
	}
	return nil, conflict("round %d is %s: only a round that is being sent can be paused", r.N, Word(r.Status))
}

func (m ResumeMailing) check() *Error { return limitText("reason", m.Reason, limitReason) }

func (m ResumeMailing) decide(c context) ([]Data, *Error) {
	r, err := c.State.round(m.Round)
	if err != nil {
		return nil, err
	}
	switch r.Status {
	case MailingSending:
		return nil, nil
	case MailingPausedStatus:
		return []Data{MailingResumed{Round: r.N, Reason: m.Reason}}, nil
	}
	return nil, conflict("round %d is %s: only a paused round can be resumed", r.N, Word(r.Status))
}

func (m HoldMailing) check() *Error {
	if m.Why != HeldForRefusals && m.Why != HeldForRelay && m.Why != HeldForRestore {
		return &Error{Kind: Internal, Message: "a mailing is held for no reason that is known"}
	}
	return nil
}

func (m HoldMailing) decide(c context) ([]Data, *Error) {
	r, err := c.State.round(m.Round)
	if err != nil {
		return nil, err
	}
	if r.Status != MailingSending {
		return nil, nil // a person was faster
	}
	reason := fmt.Sprintf("held: %d of the first %d notices were refused; look at the list of refused people before you resume", m.Refused, m.Sent)
	switch m.Why {
	case HeldForRelay:
		reason = "held: the relay refuses to work for us; see to it before you resume"
	case HeldForRestore:
		reason = "held: the record was restored from a backup; some of these people may have been written to since. Whoever is written to again gets the same message"
	}
	return []Data{MailingPaused{Round: r.N, Reason: reason, Held: m.Why, Sent: m.Sent, Refused: m.Refused}}, nil
}
