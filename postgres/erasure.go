package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// erasedAtOnce is how many people or deliveries one transaction empties.
const erasedAtOnce = 10_000

// papersOf names the key under which the papers of an erased incident are
// sealed. Ids of incidents hold no slash.
func papersOf(incidentID string) string { return incidentID + "/papers" }

// Erase makes the people of an incident and its files unreadable for ever. It
// first writes the incident into the list of erased incidents, if there is one, then seals what
// stays readable ([incident.State.Papers]) under a key of its own and deletes
// the incident's key, in one transaction; no other key is ever made for it. Then
// it empties what could still tell of people: identities, what they were matched
// by, country, language and kinds of data, replies of relays; and deletes the
// other files and imports that were never recorded.
//
// The record stays and still verifies, and so do the outcomes of mailings: each
// notice keeps its Message-ID, state and time. Erase may be called again at any
// time and then does what is left to do; what it answers is the same.
//
// It decides nothing: the caller has recorded [incident.BeginErasure] before.
// Other running programs may hold the key for up to a minute longer.
func (s *Store) Erase(ctx context.Context, incidentID string) (incident.ErasureCounts, error) {
	state, err := s.State(ctx, incidentID)
	if incident.KindOf(err) == incident.NotFound {
		state, err = &incident.State{}, nil // its record was never begun
	}
	if err != nil {
		return incident.ErasureCounts{}, err
	}
	if s.erasures != nil {
		if err := s.erasures.Add(incidentID, s.now()); err != nil {
			return incident.ErasureCounts{}, fmt.Errorf("erase: %w", err)
		}
	}
	if err := s.eraseKey(ctx, incidentID, state.Papers()); err != nil {
		return incident.ErasureCounts{}, err
	}
	if _, err := s.dropImports(ctx, incidentID, s.now()); err != nil {
		return incident.ErasureCounts{}, failed("erase", err)
	}
	if err := s.dropDataSets(ctx, incidentID, time.Time{}); err != nil {
		return incident.ErasureCounts{}, failed("erase", err)
	}
	for _, statement := range emptying() {
		if err := s.inParts(ctx, statement, incidentID); err != nil {
			return incident.ErasureCounts{}, failed("erase", err)
		}
	}
	if _, err := s.pool.Exec(ctx, `DELETE FROM people_summary WHERE incident = @incident`, pgx.NamedArgs{"incident": incidentID}); err != nil {
		return incident.ErasureCounts{}, failed("erase", err)
	}
	return s.erasedCounts(ctx, incidentID, state)
}

// emptying are the statements that empty what could tell of an incident's
// people. Each takes so many rows after a number and gives the last it saw, or
// NULL when there was none.
func emptying() []string {
	return []string{
		`WITH part AS MATERIALIZED (
		     SELECT p.id FROM people_import i JOIN ` + peopleOfImport + `
		     WHERE i.incident = @incident AND p.id > @after ORDER BY p.id LIMIT @most),
		 emptied AS (
		     UPDATE person p SET identity = '', match_email = NULL, match_user = NULL, locale = '', country = '', kinds = '{}'
		     FROM part WHERE p.id = part.id AND octet_length(p.identity) > 0)
		 SELECT max(id) FROM part`,
		`WITH part AS MATERIALIZED (
		     SELECT f.id FROM people_import i JOIN person_further f ON f.import = i.id
		     WHERE i.incident = @incident AND f.id > @after ORDER BY f.id LIMIT @most),
		 gone AS (DELETE FROM person_further f USING part WHERE f.id = part.id)
		 SELECT max(id) FROM part`,
		`WITH part AS MATERIALIZED (
		     SELECT p.id FROM people_import i JOIN ` + peopleOfImport + `
		     WHERE i.incident = @incident AND p.id > @after ORDER BY p.id LIMIT @most),
		 gone AS (DELETE FROM person_more m USING part WHERE m.person = part.id)
		 SELECT max(id) FROM part`,
		`WITH part AS MATERIALIZED (
		     SELECT id FROM delivery WHERE incident = @incident AND id > @after ORDER BY id LIMIT @most),
		 emptied AS (UPDATE delivery d SET reply = NULL, kinds = NULL FROM part
		             WHERE d.id = part.id AND (d.reply IS NOT NULL OR d.kinds IS NOT NULL))
		 SELECT max(id) FROM part`,
	}
}

func (s *Store) inParts(ctx context.Context, statement, incidentID string) error {
	for after := int64(0); ; {
		var last *int64
		err := s.pool.QueryRow(ctx, statement, pgx.NamedArgs{"incident": incidentID, "after": after, "most": erasedAtOnce}).Scan(&last)
		if err != nil || last == nil {
			return err
		}
		after = *last
	}
}

// eraseKey keeps the papers and deletes the incident's key.
func (s *Store) eraseKey(ctx context.Context, incidentID string, papers []string) error {
	err := s.transact(ctx, "erase", func(tx pgx.Tx) error {
		args := pgx.NamedArgs{"incident": incidentID, "now": s.now()}
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1, $2)`, lockIncident, incidentLock(incidentID)); err != nil {
			return err
		}
		var gone bool
		err := tx.QueryRow(ctx, `SELECT coalesce((SELECT erased_at IS NOT NULL FROM incident_key WHERE incident = @incident), true)`, args).Scan(&gone)
		if err != nil {
			return err
		}
		if !gone {
			if err := s.keepPapers(ctx, tx, incidentID, papers); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO incident_key AS k (incident, created_at, erased_at) VALUES (@incident, @now, @now)
			ON CONFLICT (incident) DO UPDATE SET keyset = NULL, secret = NULL, erased_at = coalesce(k.erased_at, excluded.erased_at)`, args)
		return err
	})
	s.unwrapped.drop(incidentID)
	if err != nil {
		return err
	}
	_, err = s.pool.Exec(ctx, `SELECT delete_erased_documents(@incident)`, pgx.NamedArgs{"incident": incidentID})
	return failed("erase", err)
}

// keepPapers seals papers under the key that stays.
func (s *Store) keepPapers(ctx context.Context, tx pgx.Tx, incidentID string, papers []string) error {
	for _, id := range papers {
		doc, content, err := s.Document(ctx, incidentID, id)
		if incident.KindOf(err) == incident.NotFound {
			continue // the store never held it
		}
		if err != nil {
			return err
		}
		key, err := s.incidentKey(ctx, papersOf(incidentID))
		if err != nil {
			return err
		}
		sealed, err := key.seal("paper", "content", id, content)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO paper (id, incident, name, media_type, size, sha256, kept_at, content)
			VALUES (@id, @incident, @name, @media_type, @size, @sha256, @now, @content)
			ON CONFLICT (id) DO NOTHING`,
			pgx.NamedArgs{"id": id, "incident": papersOf(incidentID), "name": doc.Name, "media_type": doc.MediaType,
				"size": doc.Size, "sha256": doc.SHA256, "now": s.now(), "content": sealed})
		if err != nil {
			return err
		}
	}
	return nil
}

// paper gives a file that was kept when its incident was erased, or says why it
// cannot be read.
func (s *Store) paper(ctx context.Context, incidentID, id string) (incident.Document, []byte, error) {
	none := &incident.Error{Kind: incident.NotFound, Message: "this incident has no such document"}
	gone, err := s.ErasedAt(ctx, incidentID)
	if err != nil {
		return incident.Document{}, nil, err
	}
	if gone.IsZero() {
		return incident.Document{}, nil, none
	}
	doc := incident.Document{ID: id}
	var sealed []byte
	err = s.pool.QueryRow(ctx, `SELECT name, media_type, size, sha256, content FROM paper WHERE incident = @papers AND id = @id`,
		pgx.NamedArgs{"papers": papersOf(incidentID), "id": id}).Scan(&doc.Name, &doc.MediaType, &doc.Size, &doc.SHA256, &sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return incident.Document{}, nil, erased(gone)
	}
	if err != nil {
		return incident.Document{}, nil, failed("read document", err)
	}
	key, err := s.incidentKey(ctx, papersOf(incidentID))
	if err != nil {
		return incident.Document{}, nil, failed("read document", err)
	}
	content, err := key.open("paper", "content", id, sealed)
	if err != nil {
		return incident.Document{}, nil, failed("read document", err)
	}
	return whole(doc, content)
}

// ErasedAt is when the incident's key was deleted, real time, UTC; zero while it
// was not.
func (s *Store) ErasedAt(ctx context.Context, incidentID string) (time.Time, error) {
	var gone *time.Time
	err := s.pool.QueryRow(ctx, `SELECT erased_at FROM incident_key WHERE incident = @incident`,
		pgx.NamedArgs{"incident": incidentID}).Scan(&gone)
	if err := optional(err); err != nil {
		return time.Time{}, failed("read an incident's key", err)
	}
	return moment(gone), nil
}

// erasedCounts counts what is gone and what is kept: the same at every call.
func (s *Store) erasedCounts(ctx context.Context, incidentID string, state *incident.State) (incident.ErasureCounts, error) {
	named := map[string]bool{}
	for _, d := range state.Documents {
		named[d.ID] = true
	}
	var counts incident.ErasureCounts
	err := s.pool.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM people_import i JOIN `+peopleOfImport+` WHERE i.incident = @incident AND i.round IS NOT NULL),
		       (SELECT count(*) FROM paper WHERE incident = @papers)`,
		pgx.NamedArgs{"incident": incidentID, "papers": papersOf(incidentID)}).Scan(&counts.People, &counts.Kept)
	counts.Documents = len(named) - counts.Kept
	return counts, failed("count what was erased", err)
}

// EraseAgain erases every incident that the list of erased incidents names and
// whose key is here: a backup from before its erasure was restored. It gives
// their ids. It is called before anything is served.
func (s *Store) EraseAgain(ctx context.Context) ([]string, error) {
	if s.erasures == nil {
		return nil, nil
	}
	listed, err := s.erasures.IDs()
	if err != nil || len(listed) == 0 {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, `SELECT incident FROM incident_key WHERE incident = ANY (@listed) AND erased_at IS NULL ORDER BY incident`,
		pgx.NamedArgs{"listed": listed})
	if err != nil {
		return nil, failed("erase again", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, failed("erase again", err)
	}
	for _, id := range ids {
		if _, err := s.Erase(ctx, id); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// CompleteErasureList writes into the list of erased incidents what the database
// knows and the list lacks, so that each machine that works has a whole list.
func (s *Store) CompleteErasureList(ctx context.Context) error {
	if s.erasures == nil {
		return nil
	}
	rows, err := s.pool.Query(ctx, `
		SELECT incident, erased_at FROM incident_key
		WHERE erased_at IS NOT NULL AND incident NOT LIKE '%/papers' ORDER BY erased_at, incident`)
	if err != nil {
		return failed("complete the list of erased incidents", err)
	}
	var id string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &at}, func() error { return s.erasures.Add(id, at.UTC()) })
	return failed("complete the list of erased incidents", err)
}

// Retained gives the ids of closed incidents whose people's data are still to be
// erased: those with a date, those for which the installation's setting has to be
// taken over, and those whose erasure was not finished, or not recorded.
func (s *Store) Retained(ctx context.Context) ([]string, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT i.id, k.erased_at IS NOT NULL FROM incident i JOIN incident_key k ON k.incident = i.id
		WHERE (i.closed_at IS NOT NULL OR k.erased_at IS NOT NULL)
		  AND NOT EXISTS (SELECT FROM event e WHERE e.incident = i.id AND e.type = @erased)
		ORDER BY i.id`, pgx.NamedArgs{"erased": incident.EvPeopleErased})
	if err != nil {
		return nil, failed("list retentions", err)
	}
	type candidate struct {
		id   string
		gone bool
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c candidate, err error) { return c, row.Scan(&c.id, &c.gone) })
	if err != nil {
		return nil, failed("list retentions", err)
	}
	settings, err := s.settings(ctx)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, c := range list {
		state, err := s.State(ctx, c.id)
		if err != nil {
			return nil, err
		}
		if c.gone || state.NextErasure(1, s.rulesOf(settings, state).Retention).Kind != incident.ErasureNone {
			ids = append(ids, c.id)
		}
	}
	return ids, nil
}

// Swept is what a sweep removed.
type Swept struct {
	// Documents were stored more than a week ago and no entry of a record names them.
	Documents int
	// Imports were begun more than a day ago and never recorded.
	Imports int
}

// Sweep removes what was left behind by uploads that came to nothing: documents
// that no record names after a week, and imports that were not recorded after a
// day. It also forgets rates of sending that are at rest.
func (s *Store) Sweep(ctx context.Context) (Swept, error) {
	const atOnce = 500
	var swept Swept
	for {
		var n int
		if err := s.pool.QueryRow(ctx, `SELECT delete_unnamed_documents($1)`, atOnce).Scan(&n); err != nil {
			return swept, failed("sweep documents", err)
		}
		swept.Documents += n
		if n < atOnce {
			break
		}
	}
	var err error
	if swept.Imports, err = s.dropImports(ctx, "", s.now().AddDate(0, 0, -1)); err != nil {
		return swept, failed("sweep imports", err)
	}
	if err := s.dropDataSets(ctx, "", s.now().AddDate(0, 0, -7)); err != nil {
		return swept, failed("sweep data sets", err)
	}
	return swept, s.forgetRates(ctx)
}

// dropImports deletes the imports of an incident, or of all, that were begun
// before an instant and never recorded.
func (s *Store) dropImports(ctx context.Context, incidentID string, before time.Time) (int, error) {
	for dropped := 0; ; dropped++ {
		var id int64
		err := s.pool.QueryRow(ctx, `
			SELECT id FROM people_import
			WHERE round IS NULL AND recipients_of IS NULL AND created_at <= @before AND (@incident = '' OR incident = @incident) ORDER BY id LIMIT 1`,
			pgx.NamedArgs{"before": before, "incident": incidentID}).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return dropped, nil
		}
		if err != nil {
			return dropped, err
		}
		if err := s.dropImport(ctx, id); err != nil {
			return dropped, err
		}
	}
}

// dropImport deletes an import that was never recorded: its people first and in
// parts, since there may be a million.
func (s *Store) dropImport(ctx context.Context, id int64) error {
	for {
		done, err := s.pool.Exec(ctx, `
			DELETE FROM person WHERE id IN (
				SELECT p.id FROM people_import i JOIN person p
				  ON p.import = i.id AND p.id BETWEEN i.first_person AND coalesce(i.last_person, i.first_person + 999999998)
				WHERE i.id = @id AND i.round IS NULL AND i.recipients_of IS NULL LIMIT @most)`, pgx.NamedArgs{"id": id, "most": erasedAtOnce})
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			break
		}
	}
	_, err := s.pool.Exec(ctx, `DELETE FROM people_import WHERE id = @id AND round IS NULL AND recipients_of IS NULL`, pgx.NamedArgs{"id": id})
	return err
}
