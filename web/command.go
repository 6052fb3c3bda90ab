package web

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tocsin/incident"
	"tocsin/ledger"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/workflows"
)

// recorded answers a command.
type recorded struct {
	// ID is the incident's id.
	ID string `json:"id" doc:"the incident's id"`
	// Number is the incident's human number.
	Number string `json:"number" doc:"the incident's human number"`
	// Seq is the number of the incident's last event.
	Seq int64 `json:"seq" doc:"the number of the incident's last event"`
	// Events are the types of the recorded events; none when the command had
	// been carried out before.
	Events []string `json:"events" doc:"the types of the events that were recorded; empty when the command had been carried out before"`
}

func answerTo(reply workflows.Reply) recorded {
	events := reply.Events
	if events == nil {
		events = []string{}
	}
	return recorded{ID: reply.Incident, Number: reply.Number, Seq: reply.Seq, Events: events}
}

// incidentOf loads the incident of a request's path, by its id or its number.
// It comes before every command, so that an id that nobody opened never
// reaches the engine.
func (s *server) incidentOf(r *http.Request) (*incident.State, error) {
	return s.find(r.Context(), r.PathValue("id"))
}

func (s *server) find(ctx context.Context, id string) (*incident.State, error) {
	missing := &incident.Error{Kind: incident.NotFound, Field: "id", Value: intake.Shortened(id),
		Message: "there is no such incident", Expected: "an id or a number of the list of incidents"}
	if id == "" || len(id) > 64 || strings.ContainsAny(id, "\x00\uFFFD") {
		return nil, missing
	}
	if strings.HasPrefix(strings.ToUpper(id), "INC-") {
		var err error
		if id, err = s.Store.IncidentByNumber(ctx, id); err != nil {
			return nil, err
		}
		if id == "" {
			return nil, missing
		}
	}
	state, err := s.Store.State(ctx, id)
	if err != nil && incident.KindOf(err) == incident.NotFound {
		return nil, missing
	}
	return state, err
}

// give gives a command on an incident that exists, and answers.
func (s *server) give(w http.ResponseWriter, r *http.Request, user postgres.User, state *incident.State, c incident.Command) error {
	reply, err := s.Engine.Command(r.Context(), state.ID, actor(user), c)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, answerTo(reply))
	return nil
}

// try asks whether a command would be refused as the case stands, so that no
// file is stored for nothing. The engine decides again.
func (s *server) try(state *incident.State, user postgres.User, c incident.Command) error {
	_, err := incident.Decide(state, actor(user), c, s.Clock())
	return err
}

// number reads a whole number of the path.
func number(r *http.Request, name string) (int, error) {
	text := r.PathValue(name)
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1_000_000 {
		return 0, incident.InvalidField(name, intake.Shortened(text), "is not a number", "a whole number from 1")
	}
	return n, nil
}

// checkQuery refuses parameters that a route does not have, and repeated ones.
func checkQuery(r *http.Request, repeated string, names ...string) error {
	query := r.URL.Query()
	for _, given := range slices.Sorted(maps.Keys(query)) {
		known := given == repeated && repeated != ""
		for _, n := range names {
			known = known || n == given
		}
		if !known {
			expected := incident.Say("no parameters")
			if repeated != "" {
				names = append(names, repeated)
			}
			if len(names) > 0 {
				expected = incident.Say("one of: %s", strings.Join(names, ", "))
			}
			return incident.InvalidField(intake.Shortened(given), "", "is not a parameter of this request", expected)
		}
		if len(query[given]) > 1 && given != repeated {
			return incident.InvalidField(given, "", "is given twice", "each parameter once")
		}
		for _, value := range query[given] {
			if err := intake.Storable(given, value); err != nil || !intake.ValidText(value) {
				return incident.InvalidField(given, "", "holds a character that is not text", "Unicode without NUL")
			}
		}
	}
	return nil
}

// trueOrFalse reads an optional parameter; false when it is not given.
func trueOrFalse(r *http.Request, name string) (bool, error) {
	switch text := r.URL.Query().Get(name); text {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	default:
		return false, incident.InvalidField(name, intake.Shortened(text), "is not known", "true or false")
	}
}

// pageAsked reads which page of a list by entries is asked for: those after a number,
// so many at most, which is most where nothing is said. Nothing else may be asked.
func pageAsked(r *http.Request, most int64) (after int64, limit int, err error) {
	if err := checkQuery(r, "", "after", "limit"); err != nil {
		return 0, 0, err
	}
	if after, err = wholeNumber(r, "after", ledger.MaxInteger); err != nil {
		return 0, 0, err
	}
	n, err := wholeNumber(r, "limit", most)
	if n == 0 {
		n = most
	}
	return after, int(n), err
}

// wholeNumber reads an optional parameter; 0 when it is not given.
func wholeNumber(r *http.Request, name string, most int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		return 0, incident.InvalidField(name, intake.Shortened(text), "is not a number in range", incident.Say("a whole number from 0 to %d", most))
	}
	return n, nil
}
