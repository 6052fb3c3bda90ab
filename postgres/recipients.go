package postgres

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/people"
)

// RecipientWriter stores the recipients of a round whom a person chose by a file
// of accounts. They are written to by nobody until [incident.OpenRound] was
// recorded with the import's id. It is for one goroutine; at its end either
// Finish or Discard is called, also after an error.
//
// Of somebody who is not affected only name, address and language are kept, and
// the keys by which they are compared with the people affected, again and again
// until their notice has left.
type RecipientWriter struct {
	staged *ImportWriter
	counts incident.RecipientCounts
	// organisations are those with affected people, and told what administrators
	// were told of them before; both nil for people who are not affected.
	organisations map[string]Organisation
	told          map[administrator]toldOf
	added         map[administrator]bool
}

// administrator is somebody's part in one organisation.
type administrator struct {
	address      people.Key
	organisation string
}

// toldOf is what an administrator was told of the organisation.
type toldOf struct {
	people string
	kinds  string
}

// StageRecipients begins to store the recipients of a round of a kind, one of
// [incident.RoundNotAffected] and [incident.RoundOrganisations], under an id
// that the caller chooses.
func (s *Store) StageRecipients(ctx context.Context, incidentID, importID, kind string) (*RecipientWriter, error) {
	w := &RecipientWriter{counts: incident.RecipientCounts{ByKind: map[string]int{}}}
	if kind == incident.RoundOrganisations {
		list, err := s.Organisations(ctx, incidentID)
		if err != nil {
			return nil, err
		}
		w.organisations, w.added = make(map[string]Organisation, len(list)), map[administrator]bool{}
		for _, one := range list {
			w.organisations[people.NormalizeOrganisation(one.Name)] = one
		}
		if w.told, err = s.toldAdministrators(ctx, incidentID); err != nil {
			return nil, failed("stage recipients", err)
		}
	}
	var err error
	w.staged, err = s.StageImport(ctx, incidentID, importID)
	return w, err
}

// toldAdministrators are the administrators whose notice was taken by a relay,
// with what their latest one said.
func (s *Store) toldAdministrators(ctx context.Context, incidentID string) (map[administrator]toldOf, error) {
	key, err := s.incidentKey(ctx, incidentID)
	if err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, `
		SELECT p.id, p.match_email, p.kinds, p.identity
		FROM mailing m
		JOIN delivery d ON d.incident = m.incident AND d.round = m.round AND d.state IN ('accepted', 'unknown')
		JOIN person p ON p.id = d.person
		WHERE m.incident = @incident AND m.kind = 'affected_organisation'
		ORDER BY m.round`, pgx.NamedArgs{"incident": incidentID})
	if err != nil {
		return nil, err
	}
	told := map[administrator]toldOf{}
	var p Person
	var address [16]byte
	var sealed []byte
	_, err = pgx.ForEachRow(rows, []any{&p.ID, &address, &p.Kinds, &sealed}, func() error {
		if err := openIdentity(key, &p, sealed); err != nil {
			return err
		}
		who := administrator{people.Key(address), people.NormalizeOrganisation(p.Fields["organisation"])}
		told[who] = toldOf{p.Fields[fieldMembers], fmt.Sprint(p.Kinds)}
		return nil
	})
	return told, err
}

// Add stores a row of the file, as [people.Read] gives it with Options.Accounts
// and keys made by [Store.Matcher], if it is a recipient.
func (w *RecipientWriter) Add(ctx context.Context, p *people.Person) error {
	if w.staged.over {
		return importOver()
	}
	w.counts.Rows++
	if p.Undeliverable != "" {
		w.counts.NotConcerned++
		return nil
	}
	one := &stagedPerson{locale: p.Language, byEmail: p.EmailKey, byUser: p.UserKey, name: p.Name, email: p.Email}
	if w.organisations == nil {
		return w.staged.add(ctx, one)
	}
	organisation, affected := w.organisations[people.NormalizeOrganisation(p.Organisation)]
	who := administrator{p.EmailKey, people.NormalizeOrganisation(p.Organisation)}
	members := strconv.Itoa(organisation.People)
	if !p.Admin || !affected || w.added[who] || w.told[who] == (toldOf{members, fmt.Sprint(organisation.Kinds)}) {
		w.counts.NotConcerned++
		return nil
	}
	w.added[who] = true
	w.counts.People++
	for _, kind := range organisation.Kinds {
		w.counts.ByKind[kind]++
	}
	one.kinds, one.fields = organisation.Kinds, map[string]string{"organisation": p.Organisation, fieldMembers: members}
	return w.staged.add(ctx, one)
}

// Finish stores what is left and gives the numbers of the recipients. How many
// of them are not affected is counted as their round is recorded.
func (w *RecipientWriter) Finish(ctx context.Context) (incident.RecipientCounts, error) {
	err := w.staged.Finish(ctx)
	if len(w.counts.ByKind) == 0 {
		w.counts.ByKind = nil
	}
	return w.counts, err
}

// Discard throws the recipients away, unless they were recorded.
func (w *RecipientWriter) Discard(ctx context.Context) error { return w.staged.Discard(ctx) }
