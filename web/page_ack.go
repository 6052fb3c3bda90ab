package web

import (
	"net/http"
	"slices"
	"time"

	"tocsin/incident"
	"tocsin/web/wording"
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

// reminderOfLink finds what a link is about, for whom it was sent to.
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
	// Who left, or may not take a reminder on any more, has the old mail still.
	reader, err := s.Store.User(r.Context(), link.User)
	switch {
	case err != nil:
		return link, nil, ackPage{}, err
	case reader.EndedAt != nil:
		return link, nil, ackPage{}, &incident.Error{Kind: incident.Forbidden, Message: "the account that this link was sent to has ended"}
	case !slices.Contains(onDuty(), reader.Role):
		return link, nil, ackPage{}, incident.Refused(incident.Forbidden, "the role \"%s\" may not do this; ask the DPO or a deputy", incident.Word(reader.Role))
	}
	place, now, reminder, w := placeOf(reader, state), state.Clock.At(s.Clock()), o.Reminder(link.Revision, link.Rung), wording.For(reader.Locale)
	page := ackPage{
		frame: frame{Title: w.T("Acknowledge the reminder"), Lang: w.Lang, W: w}, ID: state.ID, Number: state.Number, Heading: state.Disclosure.Title,
		Duty: dutyTitleIn(o, w), Rung: wording.RungIn(link.Rung, w), Pace: max(state.Clock.Pace, 1), Exercise: state.Clock.Pace > 0,
	}
	if cited := o.Stage().Cited; cited != "" {
		page.Duty += " (" + w.Said(cited) + ")"
	}
	if o.Running() {
		left := o.DueAt.Sub(now)
		page.Due, page.Left, page.LeftSeconds = w.At(o.DueAt, place), w.Remaining(left), int64(left/time.Second)
	}
	switch {
	case o.Status == incident.ObligationFiled && !o.Running():
		page.Outcome = w.T("The notification has been filed in the meantime.")
	case o.Status == incident.ObligationWaivedStatus:
		page.Outcome = w.T("This duty was ended in the meantime: it does not apply.")
	case !o.Pending() && !o.Running():
		page.Outcome = w.T("This duty has ended in the meantime.")
	case o.Revision != link.Revision:
		page.Outcome = w.T("The clock was set anew after this reminder; the time above is the present one.")
	}
	if at := reminder.AcknowledgedAt; !at.IsZero() {
		page.Done = w.T("This reminder was acknowledged on %s by: %s. There is nothing more to do here.", w.At(at, place), w.Role(reminder.AcknowledgedBy.Role))
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
		page.Done = page.W.T("Acknowledged. Thank you: nobody else is called about this reminder. The clock goes on until the notification is filed.")
		if len(reply.Events) == 0 { // somebody was faster
			page.Done = page.W.T("This reminder was acknowledged a moment ago. There is nothing more to do here.")
		}
	}
	s.show(w, r, http.StatusOK, "ack", page)
}
