package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"tocsin/incident"
	"tocsin/people"
	"tocsin/people/seen"
)

const (
	// importBatch is how many people are sent to the database at once.
	importBatch = 4000
	// storesAtOnce is how many batches are stored while the next one is filled.
	storesAtOnce = 2
	// peoplePerImport is how many numbers each import sets aside for its people.
	peoplePerImport = 1_000_000_000
)

// peopleOfImport joins the people p of an import i: FROM people_import i JOIN.
const peopleOfImport = `person p ON p.import = i.id AND p.id BETWEEN i.first_person AND i.last_person`

// ImportWriter stores the people of one file. They are seen by nobody until
// [incident.ImportPeople] was recorded with the import's id. It is for one
// goroutine; at its end either Finish or Discard is called, also after an error.
type ImportWriter struct {
	people  peopleStorer
	match   *people.Matcher
	first   int64 // the id of the first person
	n       int64 // how many people were added
	seen    *seen.Set
	batch   *peopleBatch
	further []furtherKinds
	extends bool // Extend was told something
	widens  bool // somebody of an earlier import was named again
	widened int
	more    map[string]int // the widened by kind
	over    bool
}

// The bits of ImportWriter.seen.
const (
	earlier = 1 << iota // an earlier import has this address
	here                // Add was given it
)

// furtherKinds are kinds of data that a person's later row exposes.
type furtherKinds struct {
	byEmail, byUser people.Key // one of them
	kinds           []string
}

// StageImport begins to store the people of a file under an id that the caller
// chooses. What an earlier, unrecorded attempt with the same id stored is
// thrown away; a writer of that attempt fails at its next batch. An id that
// was recorded is an [incident.Conflict].
func (s *Store) StageImport(ctx context.Context, incidentID, importID string) (*ImportWriter, error) {
	if importID == "" {
		return nil, errors.New("stage import: the import has no id")
	}
	key, err := s.incidentKey(ctx, incidentID)
	if err != nil {
		return nil, failed("stage import", err)
	}
	w := &ImportWriter{people: peopleStorer{store: s, key: key}, match: s.Matcher()}
	w.batch = w.people.empty()
	err = s.transact(ctx, "stage import", func(tx pgx.Tx) error {
		args := pgx.NamedArgs{"incident": incidentID, "name": importID, "now": s.now(), "each": peoplePerImport}
		_, err := tx.Exec(ctx, `DELETE FROM people_import WHERE incident = @incident AND name = @name AND round IS NULL`, args)
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `
			INSERT INTO people_import (id, incident, name, created_at, first_person)
			SELECT id, @incident, @name, @now, id * @each::bigint + 1
			FROM (SELECT nextval(pg_get_serial_sequence('people_import', 'id')) AS id) next
			ON CONFLICT (incident, name) DO NOTHING RETURNING id, first_person`, args).Scan(&w.people.row, &w.first)
		if errors.Is(err, pgx.ErrNoRows) {
			return &incident.Error{Kind: incident.Conflict, Message: "this import was recorded already, or is being stored by another"}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	w.seen = seen.New()
	if err := s.earlierPeople(ctx, key, w); err != nil {
		return nil, errors.Join(failed("stage import", err), w.seen.Close())
	}
	return w, nil
}

// earlierPeople remembers the addresses of all people of the incident so far.
func (s *Store) earlierPeople(ctx context.Context, key *incidentKey, w *ImportWriter) error {
	rows, err := s.pool.Query(ctx, `
		SELECT p.id, p.match_email, CASE WHEN p.match_email IS NULL THEN p.identity END
		FROM people_import i JOIN `+peopleOfImport+`
		WHERE i.incident = @incident AND i.round IS NOT NULL`,
		pgx.NamedArgs{"incident": key.incident})
	if err != nil {
		return err
	}
	var id int64
	var known pgtype.UUID
	var sealed []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &known, &sealed}, func() error {
		hash := seen.Hash(known.Bytes)
		if !known.Valid { // without an address, or stored before there were keys
			p := Person{ID: id}
			if err := openIdentity(key, &p, sealed); err != nil {
				return err
			}
			made := w.match.Email(p.Email)
			if made == (people.Key{}) {
				return nil
			}
			hash = seen.Hash(made)
		}
		_, _, err := w.seen.Add(hash, earlier)
		return err
	})
	return err
}

// Matcher makes the keys by which this installation compares people and
// accounts: for Options.Keys of [people.Read], before [ImportWriter.AddRow].
func (s *Store) Matcher() *people.Matcher { return people.NewMatcher(s.keys.Index) }

// AddRow stores a person as [people.Read] gives them, with keys made by
// [Store.Matcher]; the reader has found the rows of the same person. It says
// duplicate, and stores nothing, when an earlier import of the incident has a
// person with this address.
func (w *ImportWriter) AddRow(ctx context.Context, p *people.Person) (duplicate bool, err error) {
	if w.over {
		return false, importOver()
	}
	if w.had(p.EmailKey) {
		_, duplicate, err = w.seen.Find(seen.Hash(p.EmailKey))
		if duplicate && err == nil {
			err = w.widen(ctx, p.EmailKey, p.Kinds)
		}
		if duplicate || err != nil {
			return duplicate, err
		}
	}
	return false, w.add(ctx, &stagedPerson{
		locale: p.Language, country: p.Country, kinds: p.Kinds, byEmail: p.EmailKey, byUser: p.UserKey,
		name: p.Name, email: p.Email, undeliverable: p.Undeliverable, values: rowValues(p),
	})
}

// had says whether an address is to be looked for among those seen.
func (w *ImportWriter) had(byEmail people.Key) bool {
	return byEmail != (people.Key{}) && !w.seen.Empty()
}

// Add stores a person, whose id is given by the store. It says duplicate, and
// stores nothing, when the incident has a person with this address already, in
// this import or an earlier one; addresses are compared in the form of
// [people.NormalizeEmail]. People without an address are never duplicates.
func (w *ImportWriter) Add(ctx context.Context, p Person) (duplicate bool, err error) {
	if w.over {
		return false, importOver()
	}
	byEmail := w.match.Email(p.Email)
	if byEmail != (people.Key{}) {
		var held uint64
		held, duplicate, err = w.seen.Add(seen.Hash(byEmail), here)
		if held&earlier != 0 && err == nil {
			err = w.widen(ctx, byEmail, p.Kinds)
		}
		if duplicate || err != nil {
			return duplicate, err
		}
	}
	fields := p.Fields
	if fields == nil {
		fields = map[string]string{}
	}
	return false, w.add(ctx, &stagedPerson{
		locale: p.Locale, country: p.Country, kinds: p.Kinds, byEmail: byEmail, byUser: w.match.UserID(p.Fields["user_id"]),
		name: p.Name, email: p.Email, undeliverable: p.Undeliverable, fields: fields,
	})
}

func (w *ImportWriter) add(ctx context.Context, p *stagedPerson) error {
	if w.n >= peoplePerImport-1 {
		return incident.InvalidField("file", "", "holds too many people", "fewer than a thousand million")
	}
	w.n++
	w.batch.people = append(w.batch.people, *p)
	if len(w.batch.people) < importBatch {
		return nil
	}
	return w.flush(ctx)
}

// flush begins to store the batch.
func (w *ImportWriter) flush(ctx context.Context) error {
	if len(w.batch.people) == 0 {
		return nil
	}
	w.batch.first = w.first + w.n - int64(len(w.batch.people))
	if err := w.people.put(ctx, w.batch); err != nil {
		w.over = true // the batch may or may not be stored: begin again
		return err
	}
	w.batch = w.people.empty()
	return nil
}

// Extend adds kinds of data to a person of this import: the one of the same
// address, and without an address the one of the same user id. It takes effect
// with Finish. It says false, and does nothing, for a person whom an earlier
// import stored.
func (w *ImportWriter) Extend(ctx context.Context, p Person) (ours bool, err error) {
	return w.extend(ctx, furtherKinds{byEmail: w.match.Email(p.Email), byUser: w.match.UserID(p.Fields["user_id"]), kinds: p.Kinds})
}

// ExtendRow is Extend for a row that repeats a person of [ImportWriter.AddRow].
func (w *ImportWriter) ExtendRow(ctx context.Context, p *people.Person) (ours bool, err error) {
	return w.extend(ctx, furtherKinds{byEmail: p.EmailKey, byUser: p.UserKey, kinds: p.Kinds})
}

func (w *ImportWriter) extend(ctx context.Context, more furtherKinds) (ours bool, err error) {
	if w.over {
		return false, importOver()
	}
	switch {
	case more.byEmail != (people.Key{}):
		more.byUser = people.Key{}
		switch held, _, err := w.seen.Find(seen.Hash(more.byEmail)); {
		case err != nil:
			return false, err
		case held&earlier != 0:
			return false, w.widen(ctx, more.byEmail, more.kinds)
		}
	case more.byUser == (people.Key{}):
		return false, nil
	}
	return true, w.note(ctx, more)
}

// widen notes what a row says of a person of an earlier import: kinds of data
// that nobody knew to be exposed count with Finish.
func (w *ImportWriter) widen(ctx context.Context, byEmail people.Key, kinds []string) error {
	w.widens = true
	return w.note(ctx, furtherKinds{byEmail: byEmail, kinds: kinds})
}

// Widened is, after Finish, the number of people of earlier imports of whom this
// one exposes further kinds of data, and per kind.
func (w *ImportWriter) Widened() (people int, byKind map[string]int) { return w.widened, w.more }

func (w *ImportWriter) note(ctx context.Context, more furtherKinds) error {
	w.further, w.extends = append(w.further, more), true
	if len(w.further) < importBatch {
		return nil
	}
	return w.people.store.transact(ctx, "store people", func(tx pgx.Tx) error { return w.putFurther(ctx, tx) })
}

// putFurther stores what Extend was told since the last time.
func (w *ImportWriter) putFurther(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"person_further"}, []string{"import", "match_email", "match_user", "kinds"},
		pgx.CopyFromSlice(len(w.further), func(i int) ([]any, error) {
			f := &w.further[i]
			return []any{w.people.row, orNull(f.byEmail), orNull(f.byUser), f.kinds}, nil
		}))
	w.further = w.further[:0]
	return err
}

// addFurther adds what Extend was told to the people of the import.
func (w *ImportWriter) addFurther(ctx context.Context, tx pgx.Tx) error {
	args := pgx.NamedArgs{"id": w.people.row}
	for _, key := range []string{"match_email", "match_user"} {
		_, err := tx.Exec(ctx, `
			UPDATE person p SET kinds = p.kinds || ARRAY(SELECT k FROM unnest(f.kinds) k WHERE k <> ALL (p.kinds))
			FROM people_import i, (
				SELECT key, array_agg(kind ORDER BY place) AS kinds
				FROM (
					SELECT `+key+` AS key, kind, min(ARRAY[f.id, n]) AS place
					FROM person_further f, unnest(f.kinds) WITH ORDINALITY u (kind, n)
					WHERE f.import = @id AND `+key+` IS NOT NULL
					GROUP BY 1, 2) once
				GROUP BY key) f
			WHERE i.id = @id AND p.import = i.id AND p.id BETWEEN i.first_person AND i.last_person AND p.`+key+` = f.key`, args)
		if err != nil {
			return err
		}
	}
	if w.widens {
		if err := w.addEarlier(ctx, tx, args); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `DELETE FROM person_further WHERE import = @id`, args)
	return err
}

// Finish stores what is left and marks the import complete. Only a complete
// import can be recorded.
func (w *ImportWriter) Finish(ctx context.Context) error {
	if w.over {
		return importOver()
	}
	err := errors.Join(w.flush(ctx), w.people.settle(0))
	w.over = true
	if err := errors.Join(err, w.seen.Close()); err != nil {
		return err
	}
	return w.people.store.transact(ctx, "finish import", func(tx pgx.Tx) error {
		args := pgx.NamedArgs{"people": w.people.stored, "id": w.people.row, "last": w.first + w.people.stored - 1}
		var n int64
		err := tx.QueryRow(ctx, `
			UPDATE people_import SET people = @people, last_person = @last WHERE id = @id AND round IS NULL
			RETURNING stored`, args).Scan(&n)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return begunAgain()
		case err != nil:
			return err
		case n != w.people.stored || n != w.n:
			return fmt.Errorf("%d of %d people are stored, since the database was restarted meanwhile: import the file again", n, w.n)
		}
		if !w.extends {
			return nil
		}
		if err := w.putFurther(ctx, tx); err != nil {
			return err
		}
		return w.addFurther(ctx, tx)
	})
}

// Discard throws the import away, unless it was recorded.
func (w *ImportWriter) Discard(ctx context.Context) error {
	_ = w.people.settle(0) // whether it was stored or not, it goes
	w.over = true
	_, err := w.people.store.pool.Exec(ctx, `DELETE FROM people_import WHERE id = @id AND round IS NULL`,
		pgx.NamedArgs{"id": w.people.row})
	return errors.Join(failed("discard import", err), w.seen.Close())
}

func importOver() error { return errors.New("store people: the import is over") }

// publishImport makes the people of an import seen, in the transaction that
// records that they were imported. What is recorded must be what is stored.
func publishImport(ctx context.Context, tx pgx.Tx, id string, d incident.PeopleImported) error {
	var staged int64
	var stored *int64
	err := tx.QueryRow(ctx, `
		SELECT id, people FROM people_import
		WHERE incident = @incident AND name = @name AND round IS NULL FOR UPDATE`,
		pgx.NamedArgs{"incident": id, "name": d.Import}).Scan(&staged, &stored)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && stored == nil {
		return &incident.Error{Kind: incident.Conflict, Message: "the people of this import are not stored completely: import the file again"}
	}
	if err != nil {
		return err
	}
	if recorded := int64(d.Counts.Accepted) + int64(d.Counts.Undeliverable); *stored != recorded {
		return fmt.Errorf("an import of %d people is recorded as %d", *stored, recorded)
	}
	if _, err := tx.Exec(ctx, joinsMany); err != nil {
		return err
	}
	// Not a join: asked whether there is any, PostgreSQL goes through all people for
	// each, since it expects to find one soon.
	var known bool
	err = tx.QueryRow(ctx, `
		SELECT EXISTS (
			SELECT p.match_email FROM people_import i JOIN `+peopleOfImport+`
			WHERE i.incident = @incident AND i.round IS NOT NULL AND p.match_email IS NOT NULL
			INTERSECT
			SELECT p.match_email FROM people_import i JOIN `+peopleOfImport+` WHERE i.id = @import AND p.match_email IS NOT NULL)`,
		pgx.NamedArgs{"incident": id, "import": staged}).Scan(&known)
	if err != nil {
		return err
	}
	if known {
		return &incident.Error{Kind: incident.Conflict,
			Message: "another file with some of the same people was imported meanwhile: import this file again, so that nobody is written to twice"}
	}
	_, err = tx.Exec(ctx, `UPDATE people_import SET round = @round WHERE id = @import`,
		pgx.NamedArgs{"round": d.Round, "import": staged})
	if err != nil {
		return err
	}
	return withhold(ctx, tx, id, staged)
}
