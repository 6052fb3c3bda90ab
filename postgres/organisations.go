package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/people"
)

// Organisation is one organisation some of whose people are affected.
type Organisation struct {
	// Name is its id or name as the vendor's file wrote it first.
	Name string
	// People is how many of its people are affected.
	People int
	// Undeliverable is how many of them mail cannot reach.
	Undeliverable int
	// Kinds are the kinds of their data that are concerned, taken together, sorted.
	Kinds []string
}

// Organisations lists the organisations of the affected people, those with the
// most people first. People of whom no organisation is known are in none. The
// organisation is sealed with the rest of what names a person, so every person
// of the incident is read: a million take some seconds, after which the list is
// kept, sealed, until people are imported. Once the incident's key was erased it
// is [incident.NotFound].
func (s *Store) Organisations(ctx context.Context, incidentID string) ([]Organisation, error) {
	key, err := s.incidentKey(ctx, incidentID)
	if err != nil {
		return nil, failed("list organisations", err)
	}
	k, _, err := s.counted(ctx, incidentID, keptOrganisations, true, s.countOrganisations)
	if err != nil {
		return nil, failed("list organisations", err)
	}
	plain, err := key.open("people_summary", "content", keptOrganisations, k.content)
	if err != nil {
		return nil, failed("list organisations", err)
	}
	var list []Organisation
	if err := json.Unmarshal(plain, &list); err != nil {
		return nil, errors.New("list organisations: what was kept cannot be read")
	}
	return list, nil
}

// readOrganisations is Organisations from the people themselves.
func (s *Store) readOrganisations(ctx context.Context, incidentID string) ([]Organisation, error) {
	found := map[string]*Organisation{}
	err := s.eachAffected(ctx, incidentID, func(p *Person) error {
		name := p.Fields["organisation"]
		key := people.NormalizeOrganisation(name)
		if key == "" {
			return nil
		}
		one := found[key]
		if one == nil {
			one = &Organisation{Name: name}
			found[key] = one
		}
		one.People++
		if p.Undeliverable != "" {
			one.Undeliverable++
		}
		for _, kind := range p.Kinds {
			if at, known := slices.BinarySearch(one.Kinds, kind); !known {
				one.Kinds = slices.Insert(one.Kinds, at, kind)
			}
		}
		return nil
	})
	if err != nil {
		return nil, failed("list organisations", err)
	}
	list := make([]Organisation, 0, len(found))
	for _, one := range found {
		list = append(list, *one)
	}
	slices.SortFunc(list, func(a, b Organisation) int {
		return cmp.Or(cmp.Compare(b.People, a.People), strings.Compare(a.Name, b.Name))
	})
	return list, nil
}

// OrganisationPeople goes through the affected people of one organisation in
// the order of import; its name may be spelt in any way that
// [people.NormalizeOrganisation] takes for the same. It stops at the first
// error of each. One that none of the affected people belongs to is
// [incident.NotFound].
func (s *Store) OrganisationPeople(ctx context.Context, incidentID, name string, each func(*Person) error) error {
	wanted, any := people.NormalizeOrganisation(name), false
	err := s.eachAffected(ctx, incidentID, func(p *Person) error {
		if wanted == "" || people.NormalizeOrganisation(p.Fields["organisation"]) != wanted {
			return nil
		}
		any = true
		return each(p)
	})
	if err != nil {
		return failed("list an organisation's people", err)
	}
	if !any {
		return &incident.Error{Kind: incident.NotFound, Field: "organisation",
			Message: "none of the people affected belongs to that organisation", Expected: "one of the list of organisations"}
	}
	return nil
}

// eachAffected goes through all affected people of an incident in the order of
// import, one by one. The person is not to be kept: the next one takes its place.
func (s *Store) eachAffected(ctx context.Context, incidentID string, each func(*Person) error) error {
	key, err := s.incidentKey(ctx, incidentID)
	if err != nil {
		return err
	}
	rows, err := s.pool.Query(ctx, `
		SELECT p.id, i.round, p.locale, p.country, `+allKinds+`, p.identity
		FROM people_import i JOIN `+peopleOfImport+`
		WHERE i.incident = @incident AND i.round IS NOT NULL
		ORDER BY p.id`, pgx.NamedArgs{"incident": incidentID})
	if err != nil {
		return err
	}
	var p Person
	var sealed []byte
	_, err = pgx.ForEachRow(rows, []any{&p.ID, &p.Round, &p.Locale, &p.Country, &p.Kinds, &sealed}, func() error {
		if err := openIdentity(key, &p, sealed); err != nil {
			return err
		}
		return each(&p)
	})
	return err
}
