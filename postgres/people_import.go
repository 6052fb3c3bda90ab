package postgres

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strconv"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/people"
)

// importBatch is how many people are sent to the database at once.
const importBatch = 4000

// storesAtOnce is how many batches are stored while the next one is filled.
const storesAtOnce = 2

// storing is a batch that is being stored; done gives its result.
type storing struct {
	batch []stagedPerson
	done  chan error
}

// ImportWriter stores the people of one file. They are seen by nobody until
// [incident.ImportPeople] was recorded with the import's id. It is for one
// goroutine.
type ImportWriter struct {
	store    *Store
	key      *incidentKey
	mac      hash.Hash // HMAC of addresses in this incident
	incident string
	row      int64               // people_import.id
	seen     map[addressKey]bool // whether this import stored them
	batch    []stagedPerson
	spare    []stagedPerson // the memory of the batch that was stored last
	storing  []storing      // the batches that are being stored, the oldest first
	more     []furtherKinds
	stored   int64
	over     bool
}

// furtherKinds are kinds of data that a person's later row exposes.
type furtherKinds struct {
	address, user []byte // one of them
	kinds         []string
}

// addressKey is the beginning of an address's hash: enough to tell a million
// addresses apart, and half the memory.
type addressKey [16]byte

// stagedPerson is a person who waits for the next batch.
type stagedPerson struct {
	person  Person
	address []byte // nil without an address
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
	w := &ImportWriter{store: s, key: key, mac: hmac.New(sha256.New, key.derive(s.keys.Index, "addresses")), incident: incidentID}
	err = s.transact(ctx, "stage import", func(tx pgx.Tx) error {
		args := pgx.NamedArgs{"incident": incidentID, "name": importID, "now": s.now()}
		_, err := tx.Exec(ctx, `DELETE FROM people_import WHERE incident = @incident AND name = @name AND round IS NULL`, args)
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `
			INSERT INTO people_import (incident, name, created_at) VALUES (@incident, @name, @now)
			ON CONFLICT (incident, name) DO NOTHING RETURNING id`, args).Scan(&w.row)
		if errors.Is(err, pgx.ErrNoRows) {
			return &incident.Error{Kind: incident.Conflict, Message: "this import was recorded already, or is being stored by another"}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if w.seen, err = s.knownAddresses(ctx, incidentID); err != nil {
		return nil, failed("stage import", err)
	}
	return w, nil
}

// knownAddresses are the addresses of all people of the incident so far, each
// with false.
func (s *Store) knownAddresses(ctx context.Context, incidentID string) (map[addressKey]bool, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT p.address FROM person p JOIN people_import i ON i.id = p.import
		WHERE i.incident = @incident AND i.round IS NOT NULL AND p.address IS NOT NULL`,
		pgx.NamedArgs{"incident": incidentID})
	if err != nil {
		return nil, err
	}
	known := make(map[addressKey]bool)
	var address []byte
	_, err = pgx.ForEachRow(rows, []any{&address}, func() error {
		if len(address) != sha256.Size {
			return errors.New("an address's hash has another length")
		}
		known[addressKey(address)] = false
		return nil
	})
	return known, err
}

// Add stores a person, whose id is given by the store. It says duplicate, and
// stores nothing, when the incident has a person with this address already, in
// this import or an earlier one; addresses are compared in the form of
// [people.NormalizeEmail]. People without an address are never duplicates.
func (w *ImportWriter) Add(ctx context.Context, p Person) (duplicate bool, err error) {
	if w.over {
		return false, errors.New("store people: the import is over")
	}
	staged := stagedPerson{person: p}
	if text := people.NormalizeEmail(p.Email); text != "" {
		address := w.hash(text)
		if _, known := w.seen[addressKey(address)]; known {
			return true, nil
		}
		w.seen[addressKey(address)] = true
		staged.address = address
	}
	w.batch = append(w.batch, staged)
	if len(w.batch) < importBatch {
		return false, nil
	}
	return false, w.flush(ctx)
}

// hash is what a normalised address is known by in this incident.
func (w *ImportWriter) hash(address string) []byte {
	w.mac.Reset()
	w.mac.Write([]byte(address))
	return w.mac.Sum(nil)
}

// Extend adds kinds of data to a person whom Add stored in this import: the one
// of the same address, and without an address the one of the same user id. It
// takes effect with Finish. It says false, and does nothing, for a person whom
// an earlier import stored.
func (w *ImportWriter) Extend(p Person) (ours bool, err error) {
	if w.over {
		return false, errors.New("store people: the import is over")
	}
	further := furtherKinds{kinds: p.Kinds}
	if text := people.NormalizeEmail(p.Email); text != "" {
		further.address = w.hash(text)
		if !w.seen[addressKey(further.address)] {
			return false, nil
		}
	} else if id := p.Fields["user_id"]; id != "" {
		_, further.user = w.store.newMatcher().keys("", id)
	} else {
		return false, nil
	}
	w.more = append(w.more, further)
	return true, nil
}

// extend adds what Extend was told.
func (w *ImportWriter) extend(ctx context.Context, tx pgx.Tx) error {
	const add = `UPDATE person SET kinds = kinds || ARRAY(SELECT k FROM unnest(@kinds::text[]) k WHERE k <> ALL (kinds)) WHERE import = @id AND `
	batch := &pgx.Batch{}
	for _, one := range w.more {
		args := pgx.NamedArgs{"id": w.row, "kinds": one.kinds, "address": one.address, "user": one.user}
		if one.address != nil {
			batch.Queue(add+`address = @address`, args)
		} else {
			batch.Queue(add+`match_user = @user`, args)
		}
	}
	return tx.SendBatch(ctx, batch).Close()
}

// flush begins to store the batch, once fewer than storesAtOnce are being stored.
func (w *ImportWriter) flush(ctx context.Context) error {
	if len(w.batch) == 0 {
		return nil
	}
	if err := w.settle(storesAtOnce - 1); err != nil {
		return err
	}
	next := storing{batch: w.batch, done: make(chan error, 1)}
	w.storing = append(w.storing, next)
	w.batch, w.spare = w.spare[:0], nil
	match := w.store.newMatcher()
	go func() { next.done <- w.storeBatch(ctx, match, next.batch) }()
	return nil
}

// settle waits until at most left batches are being stored.
func (w *ImportWriter) settle(left int) error {
	var failure error
	for len(w.storing) > left {
		first := w.storing[0]
		w.storing = w.storing[1:]
		if err := <-first.done; err != nil {
			w.over = true // the batch may or may not be stored: begin again
			failure = errors.Join(failure, err)
			left = 0
			continue
		}
		w.stored += int64(len(first.batch))
		w.spare = first.batch
	}
	return failure
}

// storeBatch sends a batch. The ids come first, since a sealed value is bound
// to its row.
func (w *ImportWriter) storeBatch(ctx context.Context, match *matcher, batch []stagedPerson) error {
	return w.store.transact(ctx, "store people", func(tx pgx.Tx) error {
		// What is staged counts only once Finish has counted it and committed,
		// and that commit puts everything before it on the disk.
		if _, err := tx.Exec(ctx, `SET LOCAL synchronous_commit = off`); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT nextval('person_id_seq') FROM generate_series(1, @n)`, pgx.NamedArgs{"n": len(batch)})
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		columns := []string{"id", "import", "locale", "country", "kinds", "undeliverable", "address", "identity", "match_email", "match_user"}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"person"}, columns, pgx.CopyFromSlice(len(batch), func(i int) ([]any, error) {
			p := batch[i].person
			sealed, err := sealIdentity(w.key, ids[i], p)
			if err != nil {
				return nil, err
			}
			kinds := p.Kinds
			if kinds == nil {
				kinds = []string{}
			}
			byEmail, byUser := match.keys(p.Email, p.Fields["user_id"])
			return []any{ids[i], w.row, p.Locale, p.Country, kinds, p.Undeliverable != "", batch[i].address, sealed, byEmail, byUser}, nil
		}))
		return err
	})
}

// Finish stores what is left and marks the import complete. Only a complete
// import can be recorded.
func (w *ImportWriter) Finish(ctx context.Context) error {
	if w.over {
		return errors.New("store people: the import is over")
	}
	if err := errors.Join(w.flush(ctx), w.settle(0)); err != nil {
		return err
	}
	w.over = true
	return w.store.transact(ctx, "finish import", func(tx pgx.Tx) error {
		args := pgx.NamedArgs{"people": w.stored, "id": w.row}
		done, err := tx.Exec(ctx, `UPDATE people_import SET people = @people WHERE id = @id AND round IS NULL`, args)
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			return &incident.Error{Kind: incident.Conflict, Message: "this import was begun again by another: its people are stored there"}
		}
		if err := w.extend(ctx, tx); err != nil {
			return err
		}
		var n int64
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM person WHERE import = @id`, args).Scan(&n); err != nil {
			return err
		}
		if n != w.stored {
			return fmt.Errorf("%d of %d people are stored, since the database was restarted meanwhile: import the file again", n, w.stored)
		}
		return nil
	})
}

// Discard throws the import away, unless it was recorded.
func (w *ImportWriter) Discard(ctx context.Context) error {
	_ = w.settle(0) // whether it was stored or not, it goes
	w.over = true
	_, err := w.store.pool.Exec(ctx, `DELETE FROM people_import WHERE id = @id AND round IS NULL`, pgx.NamedArgs{"id": w.row})
	return failed("discard import", err)
}

// identity is what is sealed of a person.
type identity struct {
	Name   string            `json:"n,omitempty"`
	Email  string            `json:"e,omitempty"`
	Fields map[string]string `json:"f,omitempty"`
	Reason string            `json:"u,omitempty"` // why undeliverable; it may quote the address
}

func sealIdentity(key *incidentKey, id int64, p Person) ([]byte, error) {
	plain, err := json.Marshal(identity{Name: p.Name, Email: p.Email, Fields: p.Fields, Reason: p.Undeliverable})
	if err != nil {
		return nil, fmt.Errorf("encode a person: %w", err)
	}
	return key.seal("person", "identity", strconv.FormatInt(id, 10), plain)
}

// openIdentity fills in what is sealed of a person.
func openIdentity(key *incidentKey, p *Person, sealed []byte) error {
	plain, err := key.open("person", "identity", strconv.FormatInt(p.ID, 10), sealed)
	if err != nil {
		return err
	}
	var who identity
	if err := json.Unmarshal(plain, &who); err != nil {
		return errors.New("decode a person: the sealed value is not the expected one")
	}
	p.Name, p.Email, p.Fields, p.Undeliverable = who.Name, who.Email, who.Fields, who.Reason
	return nil
}

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
	var known bool
	err = tx.QueryRow(ctx, `
		SELECT EXISTS (
			SELECT FROM person fresh
			JOIN person p USING (address)
			JOIN people_import i ON i.id = p.import
			WHERE fresh.import = @import AND i.incident = @incident AND i.round IS NOT NULL)`,
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
	return err
}
