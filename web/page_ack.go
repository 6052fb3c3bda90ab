package web

import (
	"net/http"
	"time"

	"tocsin/incident"
)

// ackPage shows one reminder and asks to take it on.
type ackPage struct {
	frame
	ID, Number, Heading, Duty, Due, Rung, Done, Outcome string
	// Left is the time left until Due, and LeftSeconds the same for the script;
	// empty when no clock runs.
	Left        string
	LeftSeconds int64
	Pace        int64
	Exercise    bool
}

// reminderOfLink finds what a link is about.
func (s *server) reminderOfLink(r *http.Request) (incident.AckLink, *incident.State, ackPage, error) {
	link, err := incident.ParseAckLink(s.LinkKey, r.PathValue("token"), s.Clock())
	if err != nil {
		return link, nil, ackPage{}, err
	}
	state, err := s.Store.State(r.Context(), link.Incident)
	if err != nil {
		return link, nil, ackPage{}, err
	}
	o := state.Obligation(link.Obligation)
	if o == nil || o.Reminder(link.Revision, link.Rung) == nil {
		return link, nil, ackPage{}, &incident.Error{Kind: incident.NotFound, Message: "there is no such reminder any more; look at the incident"}
	}
	place, now, reminder := zoneOf(state.Disclosure.Zone), state.Clock.At(s.Clock()), o.Reminder(link.Revision, link.Rung)
	page := ackPage{
		frame: frame{Title: "Acknowledge a reminder"}, ID: state.ID, Number: state.Number, Heading: state.Disclosure.Title,
		Duty: dutyTitle(o), Rung: rungInWords(link.Rung), Pace: max(state.Clock.Pace, 1), Exercise: state.Clock.Pace > 0,
	}
	if cited := o.Stage().Cited; cited != "" {
		page.Duty += " (" + cited + ")"
	}
	if o.Running() {
		left := o.DueAt.Sub(now)
		page.Due, page.Left, page.LeftSeconds = shown(o.DueAt, place), remaining(left), int64(left/time.Second)
	}
	switch {
	case o.Status == incident.ObligationFiled && !o.Running():
		page.Outcome = "The notification has been filed in the meantime."
	case o.Status == incident.ObligationWaivedStatus:
		page.Outcome = "This duty was ended in the meantime: it does not apply."
	case !o.Pending() && !o.Running():
		page.Outcome = "This duty has ended in the meantime."
	case o.Revision != link.Revision:
		page.Outcome = "The clock was set anew after this reminder; the time above is the present one."
	}
	if at := reminder.AcknowledgedAt; !at.IsZero() {
		page.Done = "This reminder was acknowledged on " + shown(at, place) + " by the " + roleInWords(reminder.AcknowledgedBy.Role) +
			". There is nothing more to do here."
	}
	return link, state, page, nil
}

// showAck shows a reminder and changes nothing, so that a mail scanner that
// follows links acknowledges nothing.
func (s *server) showAck(w http.ResponseWriter, r *http.Request) {
	_, _, page, err := s.reminderOfLink(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "ack", page)
}

// acceptAck records the acknowledgement in the name of whom the mail went to.
func (s *server) acceptAck(w http.ResponseWriter, r *http.Request) {
	link, state, page, err := s.reminderOfLink(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if page.Done == "" {
		user, err := s.Store.User(r.Context(), link.User)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		if user.EndedAt != nil {
			s.refuse(w, r, &incident.Error{Kind: incident.Forbidden, Message: "the account that this link was sent to has ended"})
			return
		}
		command := incident.Acknowledge{Obligation: link.Obligation, Revision: link.Revision, Rung: link.Rung, Via: "link"}
		// The workflow of a closed case has ended and could not answer.
		if state.IsClosed() {
			if err := s.try(state, user, command); err != nil {
				s.refuse(w, r, err)
				return
			}
		}
		reply, err := s.Engine.Command(r.Context(), state.ID, actor(user), command)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		page.Done = "Acknowledged. Thank you: nobody else is called about this reminder. The clock goes on until the notification is filed."
		if len(reply.Events) == 0 { // somebody was faster
			page.Done = "This reminder was acknowledged a moment ago. There is nothing more to do here."
		}
	}
	s.show(w, r, http.StatusOK, "ack", page)
}
