package web

import (
	"net/http"

	"tocsin/incident"
)

// ackPage shows one reminder and asks to take it on.
type ackPage struct {
	frame
	Number, Heading, Duty, Due, Rung, Done, Outcome string
	Exercise                                        bool
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
	page := ackPage{
		frame: frame{Title: "Acknowledge a reminder"}, Number: state.Number, Heading: state.Disclosure.Title,
		Duty: o.Terms.Article + " GDPR: notify " + o.Terms.Authority, Due: shown(o.DueAt, zoneOf(state.Disclosure.Zone)),
		Rung: rungInWords(link.Rung), Exercise: state.Clock.Pace > 0,
	}
	switch {
	case o.Status == incident.ObligationFiled:
		page.Outcome = "The notification has been filed in the meantime."
	case o.Status == incident.ObligationWaivedStatus:
		page.Outcome = "This obligation was ended in the meantime: it does not apply."
	case o.Revision != link.Revision:
		page.Outcome = "The clock was set anew after this reminder; the time above is the present one."
	}
	if at := o.Reminder(link.Revision, link.Rung).AcknowledgedAt; !at.IsZero() {
		page.Done = "This reminder was acknowledged on " + shown(at, zoneOf(state.Disclosure.Zone)) + ". There is nothing more to do here."
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
