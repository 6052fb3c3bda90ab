package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// listRows is how many people a page of the list shows.
const listRows = 100

type (
	peopleListPage struct {
		frame
		W          wording.Words
		ID, Number string
		State      string
		Account    string
		Round      int
		Rounds     []int
		States     []string
		People     []personShown
		Next       int64
		After      int64
	}
	personShown struct {
		Name, Email, Country, Language, Kinds, State, Why string
		InAccounts                                        bool
	}
)

// deliveryStates are the states by which the list can be narrowed.
func deliveryStates() []string {
	return []string{postgres.StatePending, postgres.StateSending, postgres.StateAccepted, postgres.StateDeferred,
		postgres.StateRefused, postgres.StateUndeliverable, postgres.StateUnknown, postgres.StateBounced}
}

// peopleOf lists the people affected, without a look at the rounds of which the
// record knows that nobody is in the state that is asked for.
func (s *server) peopleOf(ctx context.Context, state *incident.State, q postgres.PeopleQuery) ([]postgres.PersonView, error) {
	if q.State == "" {
		return s.Store.People(ctx, state.ID, q)
	}
	var rounds []int
	rest := false
	for i := range state.Rounds {
		round := &state.Rounds[i]
		rest = rest || round.Scope == incident.ScopeRest
		if asked := q.Round == round.N || q.Round == 0 && round.To() == incident.RoundAffected; asked && mayBe(round, q.State) {
			rounds = append(rounds, round.N)
		}
	}
	switch {
	case len(rounds) == 0:
		return nil, s.unlessErased(ctx, state)
	case q.Round == 0 && !rest: // whom a stopped round left out is in the state of a later one
		q.Rounds = rounds
	}
	return s.Store.People(ctx, state.ID, q)
}

// mayBe says whether a delivery of a round may be in a state. Of one that an
// import began nothing left before it was started, and one that ended has counted.
func mayBe(round *incident.Round, what string) bool {
	c := &round.Counts
	count, known := map[string]int{
		postgres.StatePending: c.Pending, postgres.StateSending: c.Sending, postgres.StateAccepted: c.Accepted, postgres.StateDeferred: c.Deferred,
		postgres.StateRefused: c.Refused, postgres.StateUndeliverable: c.Undeliverable, postgres.StateUnknown: c.Unknown,
	}[what]
	if !round.Opened && round.StartedAt.IsZero() {
		left := []string{postgres.StateSending, postgres.StateAccepted, postgres.StateDeferred, postgres.StateRefused, postgres.StateUnknown, postgres.StateBounced}
		return !slices.Contains(left, what)
	}
	return !known || count > 0 || round.Status != incident.MailingDone || c.Total == 0
}

// peopleListPage lists the people affected. Who looks is recorded before
// anybody is shown.
func (s *server) peopleListPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", "state", "round", "account", "after"); err != nil {
		return err
	}
	q := postgres.PeopleQuery{State: r.URL.Query().Get("state"), Account: r.URL.Query().Get("account"), Limit: listRows}
	if q.State != "" && !slices.Contains(deliveryStates(), q.State) {
		return incident.InvalidField("state", intake.Shortened(q.State), "is not known", incident.Say("one of: %s", strings.Join(deliveryStates(), ", ")))
	}
	round, err := wholeNumber(r, "round", 10_000)
	if err != nil {
		return err
	}
	if q.After, err = wholeNumber(r, "after", 1<<60); err != nil {
		return err
	}
	q.Round = int(round)
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	if err := s.unlessErased(r.Context(), state); err != nil {
		return err
	}
	rows, err := s.peopleOf(r.Context(), state, q)
	if err != nil {
		return err
	}
	if err := s.looked(r.Context(), user, incident.SeePeople{Incident: state.ID, What: incident.SeenList, Round: q.Round, State: q.State, People: len(rows)}); err != nil {
		return err
	}
	words := wording.For(user.Locale)
	page := peopleListPage{
		frame: frame{Title: words.T("people_of") + ", " + state.Number, User: user, Lang: words.Lang},
		W:     words, ID: state.ID, Number: state.Number, State: q.State, Account: q.Account, Round: q.Round, After: q.After, States: deliveryStates(),
	}
	for _, round := range state.Rounds {
		page.Rounds = append(page.Rounds, round.N)
	}
	for _, p := range rows {
		kinds := make([]string, len(p.Kinds))
		for i, kind := range p.Kinds {
			kinds[i] = words.Kind(kind)
		}
		page.People = append(page.People, personShown{
			Name: p.Name, Email: p.Email, Country: words.Country(p.Country), Language: words.Language(p.Locale), Kinds: strings.Join(kinds, ", "),
			State: words.State(p.State), Why: words.Said(p.Undeliverable), InAccounts: p.InAccounts,
		})
	}
	if len(rows) == listRows {
		page.Next = rows[len(rows)-1].ID
	}
	s.show(w, r, http.StatusOK, "people_list", page)
	return nil
}
