package web

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"tocsin/incident"
	"tocsin/people"
	"tocsin/postgres"
	"tocsin/web/wording"
)

// organisationReaders may see which organisations are concerned and take their
// lists away, to hand each its own.
func organisationReaders() []incident.Role { return append(responders(), incident.RoleAuditor) }

// organisationView is one organisation with affected people.
type organisationView struct {
	Organisation  string   `json:"organisation" doc:"its id or name, as the vendor's file has it"`
	People        int      `json:"people" doc:"how many of its people are affected"`
	Undeliverable int      `json:"undeliverable" doc:"how many of them mail cannot reach"`
	Kinds         []string `json:"data_kinds" doc:"the kinds of their data that are concerned, taken together"`
}

type organisationList struct {
	Organisations []organisationView `json:"organisations" doc:"the organisations, those with the most people first"`
}

func (s *server) listOrganisations(w http.ResponseWriter, r *http.Request, _ postgres.User) error {
	if err := checkQuery(r, ""); err != nil {
		return err
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	rows, err := s.Store.Organisations(r.Context(), state.ID)
	if err != nil {
		return err
	}
	out := organisationList{Organisations: []organisationView{}}
	for _, o := range rows {
		out.Organisations = append(out.Organisations, organisationView{Organisation: o.Name, People: o.People,
			Undeliverable: o.Undeliverable, Kinds: append([]string{}, o.Kinds...)})
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}

// organisationPeople gives the affected people of one organisation as CSV that
// is safe to open in a spreadsheet. It is handed over by a person and never
// attached to a mail.
func (s *server) organisationPeople(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	if err := checkQuery(r, "", "organisation"); err != nil {
		return err
	}
	name := r.URL.Query().Get("organisation")
	if people.NormalizeOrganisation(name) == "" {
		return incident.InvalidField("organisation", "", "is missing", "one of the list of organisations")
	}
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	// Whole in memory: an answer that breaks off would look like a shorter list.
	var list bytes.Buffer
	n := 0
	if err := people.WriteCSV(&list, func(yield func([]string, error) bool) {
		t := tableFor(r, user)
		if !yield(t.head("name", "email", "user_id", "city", "region", "country", "language", "data_kinds", "mail"), nil) {
			return
		}
		wanted := true
		err := s.Store.OrganisationPeople(r.Context(), state.ID, name, func(p *postgres.Person) error {
			mail := "can be sent"
			if p.Undeliverable != "" {
				mail = "cannot be sent: " + t.said(p.Undeliverable)
			}
			n++
			if wanted {
				wanted = yield([]string{p.Name, p.Email, p.Fields["user_id"], p.Fields["city"], p.Fields["region"], p.Country, t.language(p.Locale),
					t.kinds(p.Kinds), t.said(mail)}, nil)
			}
			return nil
		})
		if err != nil && wanted {
			yield(nil, err)
		}
	}); err != nil {
		return err
	}
	if err := s.looked(r.Context(), user, incident.SeePeople{Incident: state.ID, What: incident.SeenOrganisation, People: n}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	asFile(w, state.Number+"-organisation.csv")
	_, err = w.Write(list.Bytes()) //nolint:gosec // a download, and every cell is made safe
	return err
}

// organisationsPage shows the organisations of one case with a button to take
// the list of each.
type organisationsPage struct {
	frame
	ID, Number    string
	Organisations []organisationShown
	People        int
	AsOf          string
}

type organisationShown struct {
	organisationView
	KindsInWords string
}

func (s *server) organisationsPage(w http.ResponseWriter, r *http.Request, user postgres.User) error {
	state, err := s.incidentOf(r)
	if err != nil {
		return err
	}
	rows, err := s.Store.Organisations(r.Context(), state.ID)
	if err != nil {
		return err
	}
	page := organisationsPage{
		frame: s.frameFor(r, user, state.Number+": "+wording.For(user.Locale).T("Organisations")),
		ID:    state.ID, Number: state.Number, AsOf: wording.For(user.Locale).At(state.Clock.At(s.Clock()), placeOf(user, state)),
	}
	for _, o := range rows {
		words := slices.Clone(o.Kinds)
		for i := range words {
			words[i] = page.W.Kind(words[i])
		}
		page.People += o.People
		page.Organisations = append(page.Organisations, organisationShown{KindsInWords: strings.Join(words, ", "),
			organisationView: organisationView{Organisation: o.Name, People: o.People, Undeliverable: o.Undeliverable}})
	}
	s.show(w, r, http.StatusOK, "organisations", page)
	return nil
}
