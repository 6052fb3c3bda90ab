package web

import (
	"context"
	"net/http"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/workflows"
)

// joinRequest joins a case to another one.
type joinRequest struct {
	Into   string `json:"into" check:"required" doc:"the id or the number of the open case that takes the disclosure in"`
	Reason string `json:"reason" check:"required" doc:"why it is the same breach, for the record"`
}

// joinedTo is the case with which another one goes on.
type joinedTo struct {
	ID     string         `json:"id" doc:"the incident's id"`
	Number string         `json:"number" doc:"the human number"`
	Reason string         `json:"reason" doc:"why it is the same breach"`
	At     time.Time      `json:"at" doc:"when it was joined"`
	By     incident.Actor `json:"by" doc:"who joined it"`
	Waived []int          `json:"waived,omitempty" doc:"the obligations that ended with it"`
}

// joinedCase is a case that another one took in.
type joinedCase struct {
	ID        string         `json:"id" doc:"the incident's id"`
	Number    string         `json:"number" doc:"the human number"`
	Reason    string         `json:"reason" doc:"why it is the same breach"`
	At        time.Time      `json:"at" doc:"when it was joined"`
	By        incident.Actor `json:"by" doc:"who joined it"`
	Told      []toldView     `json:"told" doc:"what was told there, and in cases that had joined it, with the files"`
	Earlier   *time.Time     `json:"earlier_awareness,omitempty" doc:"its instant of awareness where it lay before this case's: look at the awareness"`
	People    int            `json:"people,omitempty" doc:"how many people its imports named; they were not taken along"`
	Duties    []int          `json:"obligations,omitempty" doc:"the obligations that this case took over"`
	OutAt     *time.Time     `json:"taken_out_at,omitempty" doc:"when it was taken out again; absent while it was not"`
	OutReason string         `json:"taken_out_reason,omitempty" doc:"why it was taken out"`
}

// toldView is one disclosure that a case took in.
type toldView struct {
	Number     string              `json:"number" doc:"the number of the case that it opened"`
	Title      string              `json:"title" doc:"a few words that name it"`
	Kind       string              `json:"kind" doc:"who told: vendor, person, authority, press, own_detection or other"`
	Vendor     string              `json:"vendor,omitempty" doc:"the vendor that told us"`
	Reference  string              `json:"reference,omitempty" doc:"the number that a vendor was given for what it told through its link"`
	By         incident.Actor      `json:"by" doc:"who told or reported it; a vendor's id is that of its link"`
	ReceivedAt time.Time           `json:"received_at" doc:"when it reached the controller"`
	Aware      *time.Time          `json:"aware,omitempty" doc:"the instant of awareness that its case had"`
	Summary    string              `json:"summary,omitempty" doc:"what happened"`
	Documents  []incident.Document `json:"documents,omitempty" doc:"its files, as this case holds them"`
	DataSet    *incident.Document  `json:"data_set,omitempty" doc:"its file of people, as this case holds it"`
}

func toldOf(list []incident.Told, place *time.Location) []toldView {
	out := make([]toldView, len(list))
	for i, t := range list {
		d := t.Disclosure
		out[i] = toldView{Number: t.Number, Title: d.Title, Kind: d.Kind, Vendor: d.Vendor, Reference: d.Reference, By: t.By,
			ReceivedAt: d.ReceivedAt.In(place), Aware: local(t.AwareAt, place), Summary: d.Summary, Documents: t.Documents, DataSet: t.DataSet}
	}
	return out
}

func joiningsOf(state *incident.State, place *time.Location) (*joinedTo, []joinedCase) {
	var to *joinedTo
	if j := state.JoinedTo; j != nil {
		to = &joinedTo{ID: j.Into, Number: j.Number, Reason: j.Reason, At: j.At.In(place), By: j.By, Waived: j.Waived}
	}
	var list []joinedCase
	for _, j := range state.Joined {
		list = append(list, joinedCase{ID: j.From, Number: j.Number, Reason: j.Reason, At: j.At.In(place), By: j.By, Told: toldOf(j.Told, place),
			Earlier: local(j.Earlier, place), People: j.People, Duties: j.Duties, OutAt: local(j.OutAt, place), OutReason: j.OutReason})
	}
	return to, list
}

func (s *server) joinCase(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body joinRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	into, err := s.otherCase(r.Context(), body.Into)
	if err != nil {
		return err
	}
	reply, err := s.join(r.Context(), user, state, into, body.Reason)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, answerTo(reply))
	return nil
}

// otherCase finds the case that is to take another in.
func (s *server) otherCase(ctx context.Context, id string) (*incident.State, error) {
	into, err := s.find(ctx, id)
	if incident.KindOf(err) == incident.NotFound {
		return nil, incident.FieldError(incident.NotFound, "into", intake.Shortened(id), "there is no such incident", "the id or the number of an open case")
	}
	return into, err
}

// wouldJoin says what joining two cases would lead to in each, or why it is refused.
// Nothing is stored.
func (s *server) wouldJoin(user postgres.User, state, into *incident.State, reason string) (own, others []incident.Event, err error) {
	return incident.Rules{}.DecideBoth(state, into, actor(user), incident.Join{Into: into.ID, Reason: reason, Copies: state.AsCopies()}, s.Clock())
}

// join seals the files of what was told for the other case and gives the command.
// Both cases are recorded at once, or neither.
func (s *server) join(ctx context.Context, user postgres.User, state, into *incident.State, reason string) (workflows.Reply, error) {
	own, _, err := s.wouldJoin(user, state, into, reason)
	if err != nil {
		return workflows.Reply{}, err
	}
	if len(own) == 0 {
		return workflows.Reply{Incident: state.ID, Number: state.Number, Seq: state.Seq}, nil
	}
	var reply workflows.Reply
	copies, err := s.Store.CopyForJoin(ctx, state, into.ID)
	if err == nil {
		reply, err = s.Engine.Command(ctx, state.ID, actor(user), incident.Join{Into: into.ID, Reason: reason, Copies: copies})
	}
	if err == nil && len(reply.Events) > 0 {
		return reply, nil
	}
	if kind := incident.KindOf(err); err == nil || kind != incident.Unavailable && kind != incident.Internal {
		// Nothing names these copies, and nothing will. After any other fault it may.
		if dropped := s.Store.DropCopies(context.WithoutCancel(ctx), state, into.ID, copies); dropped != nil && err == nil {
			return reply, dropped
		}
	}
	return reply, err
}
