package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"tocsin/incident"
	"tocsin/postgres"
	"tocsin/web/intake"
	"tocsin/web/wording"
)

// factorPath is the page on which who has to sets up a second factor.
const factorPath = "/account/second-factor"

// factorPages are that page, and the button by which the DPO demands it.
func (s *server) factorPages() []pageRoute {
	return []pageRoute{
		{"GET", factorPath, everyone(), false, s.factorPage},
		{"POST", accountsPath + "/second-factor", []incident.Role{incident.RoleDPO}, false, s.demandOnPage},
	}
}

// setsUpFactor says whether a page is one of those by which a second factor is
// set up: all that is open to who lacks one that is demanded.
func setsUpFactor(p pageRoute) bool {
	switch p.method + " " + p.path {
	case "GET /account/keys", "POST /account/keys", "POST /account/keys/begin": // a passkey is one
		return true
	case "GET " + factorPath, "POST " + factorPath, "POST " + factorPath + "/confirm", "GET " + factorPath + ".png":
		return true
	}
	return false
}

// setUpKey is where a request keeps that its reader has to set up a second factor.
type setUpKey struct{}

func mustSetUp(r *http.Request) bool {
	must, _ := r.Context().Value(setUpKey{}).(bool)
	return must
}

// setUpPage leads to a second factor, step by step.
type setUpPage struct {
	frame
	Problem string
	// Secret is what waits to be confirmed, in groups of four; empty for none.
	Secret string
	// Recovery are the codes for a lost device, shown once, at the end.
	Recovery []string
	// Next is where the reader wanted to go.
	Next string
}

func (s *server) factorPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if !mustSetUp(r) { // the page of the account has it
		http.Redirect(w, r, "/account", http.StatusSeeOther)
		return nil
	}
	return s.showSetUp(w, r, user, http.StatusOK, accountPage{})
}

// showSetUp shows the way to a second factor. It leads nowhere else, and so has no
// navigation.
func (s *server) showSetUp(w http.ResponseWriter, r *http.Request, user postgres.User, status int, given accountPage) error {
	words := wording.For(user.Locale)
	next := r.URL.Query().Get("next")
	if r.Method == http.MethodPost {
		next = r.PostForm.Get("next")
	}
	secret, err := s.Store.ProposedSecondFactor(r.Context(), user.ID)
	if err != nil {
		return err
	}
	s.show(w, r, status, "secondfactor", setUpPage{
		frame: frame{Title: words.T("A second factor is needed"), Lang: words.Lang, W: words}, Problem: given.Problem,
		Secret: inGroups(secret), Recovery: given.Recovery, Next: localPath(next),
	})
	return nil
}

// inGroups writes a secret in groups of four, as it is typed.
func inGroups(secret string) string {
	var groups []string
	for group := range slices.Chunk([]byte(secret), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, " ")
}

// demandOf says from when on a second factor is demanded of a person; empty when
// it is not.
func (s *server) demandOf(ctx context.Context, user postgres.User, words wording.Words) (string, error) {
	demand, err := s.Store.FactorDemand(ctx)
	if err != nil || !slices.Contains(demand.Roles, user.Role) {
		return "", err
	}
	return words.T("From %s on your role needs a second factor. Set it up before, so that it does not hold you up.",
		words.At(demand.From, zoneOf(user.Zone))), nil
}

// roleAsked is a role with a box to tick.
type roleAsked struct {
	Value, Text string
	On          bool
}

// demandShown is what the page of accounts shows of the demand.
type demandShown struct {
	Roles []roleAsked
	// Day is the day from which on, as a form has it; State says it in a sentence.
	Day, State string
	// May says that the reader can change it.
	May bool
}

func (s *server) showDemand(ctx context.Context, user postgres.User, words wording.Words) (demandShown, incident.DemandFactor, error) {
	demand, err := s.Store.FactorDemand(ctx)
	shown := demandShown{May: user.Role == incident.RoleDPO, State: words.T("Not demanded: each person decides.")}
	var named []string
	for _, role := range incident.Roles() {
		on := slices.Contains(demand.Roles, role)
		shown.Roles = append(shown.Roles, roleAsked{string(role), words.Role(role), on})
		if on {
			named = append(named, words.Role(role))
		}
	}
	if len(named) > 0 {
		place := zoneOf(user.Zone)
		shown.Day = demand.From.In(place).Format(time.DateOnly)
		shown.State = words.T("Demanded from %s on of: %s.", words.At(demand.From, place), strings.Join(named, ", "))
	}
	return shown, demand, err
}

// demandOnPage demands a second factor of the roles that are ticked.
func (s *server) demandOnPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := readForm(w, r, 16<<10); err != nil {
		return err
	}
	return s.accountStep(w, r, user, postgres.NewUser{}, func() (string, error) {
		demand := incident.DemandFactor{}
		for _, role := range r.PostForm["role"] {
			demand.Roles = append(demand.Roles, incident.Role(role))
		}
		if day := strings.TrimSpace(r.PostForm.Get("from")); day != "" && len(demand.Roles) > 0 {
			from, err := time.ParseInLocation(time.DateOnly, day, zoneOf(user.Zone))
			if err != nil {
				return "", incident.InvalidField("from", intake.Shortened(day), "is not a day", "a day such as 2026-12-31, or nothing for at once")
			}
			demand.From = from
		}
		_, err := s.Store.DemandFactor(r.Context(), actor(user), demand)
		return wording.For(user.Locale).T("Saved. Who lacks a second factor from then on sets it up before anything else."), err
	})
}

// demandRequest demands a second factor.
type demandRequest struct {
	Roles []string  `json:"roles" check:"required" doc:"the roles of which a second factor is demanded; an empty list ends the demand"`
	From  time.Time `json:"from" doc:"from when on; at once without it"`
}

// demandView is what is demanded.
type demandView struct {
	Roles []string   `json:"roles" doc:"the roles of which a second factor is demanded"`
	From  *time.Time `json:"from,omitempty" doc:"from when on; absent where nothing is demanded"`
}

func viewOfDemand(d incident.DemandFactor) demandView {
	view := demandView{Roles: []string{}}
	for _, role := range d.Roles {
		view.Roles = append(view.Roles, string(role))
		view.From = &d.From
	}
	return view
}

func (s *server) demandFactor(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	var body demandRequest
	if err := intake.DecodeJSON(w, r, intake.MaxJSON, &body); err != nil {
		return err
	}
	demand := incident.DemandFactor{From: body.From}
	for _, role := range body.Roles {
		demand.Roles = append(demand.Roles, incident.Role(role))
	}
	demand, err := s.Store.DemandFactor(r.Context(), actor(user), demand)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, viewOfDemand(demand))
	return nil
}

func (s *server) showFactorDemand(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	demand, err := s.Store.FactorDemand(r.Context())
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, viewOfDemand(demand))
	return nil
}
