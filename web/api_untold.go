package web

import (
	"bytes"
	"iter"
	"net/http"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/people"
	"tocsin/postgres"
)

// untoldStates are the states of people who have to be told in another way.
func untoldStates() []string {
	return []string{postgres.StateUndeliverable, postgres.StateRefused, postgres.StateBounced}
}

// listUntold gives the people whom mail did not reach, for letters and calls,
// as CSV that is safe to open in a spreadsheet.
func (s *server) listUntold(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", "round"); err != nil {
		return err
	}
	round, err := wholeNumber(r, "round", 10_000)
	if err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	if err := s.unlessErased(r.Context(), state); err != nil {
		return err
	}
	// Whole in memory: an answer that breaks off would look like a shorter list.
	var list bytes.Buffer
	n := 0
	if err := people.WriteCSV(&list, s.untoldRows(r, state, int(round), tableFor(r, user), &n)); err != nil {
		return err
	}
	if err := s.looked(r.Context(), user, incident.SeePeople{Incident: state.ID, What: incident.SeenUntold, Round: int(round), People: n}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	asFile(w, state.Number+"-not-told.csv")
	_, err = w.Write(list.Bytes()) //nolint:gosec // a download, and every cell is made safe
	return err
}

func (s *server) untoldRows(r *http.Request, of *incident.State, round int, t tableWords, n *int) iter.Seq2[[]string, error] {
	id, public := of.ID, ""
	if at := of.PublishedAt(); !at.IsZero() {
		public = at.In(zoneOf(of.Disclosure.Zone)).Format(time.DateOnly)
	}
	return func(yield func([]string, error) bool) {
		if !yield(t.head("name", "email", "city", "region", "country", "organisation", "user_id", "language", "data_kinds", "state", "why", "told_in_public"), nil) {
			return
		}
		for _, state := range untoldStates() {
			q := postgres.PeopleQuery{State: state, Round: round, Limit: 1000}
			for {
				rows, err := s.Store.People(r.Context(), id, q)
				if err != nil {
					yield(nil, err)
					return
				}
				*n += len(rows)
				for _, p := range rows {
					why := p.Why
					switch state {
					case postgres.StateRefused:
						why = "the relay refused it for good"
					case postgres.StateBounced:
						why = strings.ReplaceAll("it came back: "+p.BounceClass, "_", " ")
					}
					if !yield([]string{p.Name, p.Email, p.Fields["city"], p.Fields["region"], p.Country, p.Fields["organisation"],
						p.Fields["user_id"], t.language(p.Locale), t.kinds(p.Kinds), t.state(state), t.said(why), public}, nil) {
						return
					}
					q.After = p.ID
				}
				if len(rows) < q.Limit {
					break
				}
			}
		}
	}
}
