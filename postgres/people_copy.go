package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/people"
)

// stagedPerson is a person who waits for the next batch.
type stagedPerson struct {
	locale, country string
	kinds           []string
	byEmail, byUser people.Key
	name, email     string
	undeliverable   string
	values          [7]string         // of rowFields, unless fields are given
	fields          map[string]string // nil for a row of a file
}

// peopleBatch is a number of people in the form in which COPY takes them.
type peopleBatch struct {
	people []stagedPerson
	first  int64 // the id of the first one; the others follow
	bytes  []byte
}

// copyPeople is how people come into their table.
const copyPeople = `COPY person (id, import, locale, country, kinds, undeliverable, match_email, match_user, identity) FROM STDIN (FORMAT binary)`

// encode writes the people in PostgreSQL's binary format of COPY. The library's
// own takes values of any type, which costs more than all the rest.
func (b *peopleBatch) encode(seal *identitySealer, row int64) error {
	to := append(b.bytes[:0], "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	var err error
	for i := range b.people {
		p := &b.people[i]
		id := b.first + int64(i)
		to = binary.BigEndian.AppendUint16(to, 9) // columns
		to = appendInt64(to, id)
		to = appendInt64(to, row)
		to = appendText(to, p.locale)
		to = appendText(to, p.country)
		to = appendTexts(to, p.kinds)
		to = binary.BigEndian.AppendUint32(to, 1)
		if p.undeliverable == "" {
			to = append(to, 0)
		} else {
			to = append(to, 1)
		}
		to = appendKey(to, p.byEmail)
		to = appendKey(to, p.byUser)
		length := len(to)
		to = binary.BigEndian.AppendUint32(to, 0)
		if to, err = seal.seal(to, id, p); err != nil {
			return err
		}
		binary.BigEndian.PutUint32(to[length:], uint32(len(to)-length-4))
	}
	b.bytes = binary.BigEndian.AppendUint16(to, 0xffff)
	return nil
}

func appendInt64(to []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(to, 8), uint64(n))
}

func appendText(to []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint32(to, uint32(len(text))), text...)
}

// appendTexts writes a text[].
func appendTexts(to []byte, texts []string) []byte {
	const textOID = 25
	length := len(to)
	to = binary.BigEndian.AppendUint32(to, 0)
	dimensions := uint32(min(len(texts), 1))
	for _, n := range []uint32{dimensions, 0, textOID} {
		to = binary.BigEndian.AppendUint32(to, n)
	}
	if dimensions > 0 {
		to = binary.BigEndian.AppendUint32(to, uint32(len(texts)))
		to = binary.BigEndian.AppendUint32(to, 1)
	}
	for _, text := range texts {
		to = appendText(to, text)
	}
	binary.BigEndian.PutUint32(to[length:], uint32(len(to)-length-4))
	return to
}

// appendKey writes a uuid, null for no key.
func appendKey(to []byte, key people.Key) []byte {
	if key == (people.Key{}) {
		return binary.BigEndian.AppendUint32(to, 0xffffffff)
	}
	return append(binary.BigEndian.AppendUint32(to, uint32(len(key))), key[:]...)
}

// peopleStorer stores batches while the next one is filled, storesAtOnce of
// them at the same time. Its methods are for one goroutine.
type peopleStorer struct {
	store   *Store
	key     *incidentKey
	row     int64 // people_import.id
	spare   []*peopleBatch
	storing []storingBatch // the oldest first
	stored  int64
	sealers sync.Pool
}

// storingBatch is a batch that is being stored; done gives the result.
type storingBatch struct {
	batch *peopleBatch
	done  chan error
}

// empty gives a batch to fill.
func (s *peopleStorer) empty() *peopleBatch {
	if n := len(s.spare); n > 0 {
		batch := s.spare[n-1]
		s.spare = s.spare[:n-1]
		batch.people = batch.people[:0]
		return batch
	}
	return &peopleBatch{people: make([]stagedPerson, 0, importBatch)}
}

// put begins to store a batch, once fewer than storesAtOnce are being stored.
func (s *peopleStorer) put(ctx context.Context, batch *peopleBatch) error {
	if err := s.settle(storesAtOnce - 1); err != nil {
		return err
	}
	next := storingBatch{batch: batch, done: make(chan error, 1)}
	s.storing = append(s.storing, next)
	go func() { next.done <- s.copy(ctx, batch) }()
	return nil
}

// settle waits until at most left batches are being stored. After an error
// none is.
func (s *peopleStorer) settle(left int) error {
	var failure error
	for len(s.storing) > left {
		first := s.storing[0]
		s.storing = s.storing[1:]
		if err := <-first.done; err != nil {
			if failure == nil {
				failure = err
			}
			left = 0
			continue
		}
		s.stored += int64(len(first.batch.people))
		s.spare = append(s.spare, first.batch)
	}
	return failure
}

// copy stores a batch in a transaction of its own, which counts what it stores.
func (s *peopleStorer) copy(ctx context.Context, batch *peopleBatch) error {
	seal, ok := s.sealers.Get().(*identitySealer)
	if !ok {
		seal = newIdentitySealer(s.key)
	}
	defer s.sealers.Put(seal)
	if err := batch.encode(seal, s.row); err != nil {
		return err
	}
	return s.store.transact(ctx, "store people", func(tx pgx.Tx) error {
		// What is staged counts only once Finish has counted it and committed,
		// and that commit puts everything before it on the disk.
		if _, err := tx.Exec(ctx, `SET LOCAL synchronous_commit = off`); err != nil {
			return err
		}
		done, err := tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(batch.bytes), copyPeople)
		if err != nil {
			return err
		}
		if n := done.RowsAffected(); n != int64(len(batch.people)) {
			return fmt.Errorf("%d of %d people of a batch were stored", n, len(batch.people))
		}
		// At the end, since the others wait for it.
		done, err = tx.Exec(ctx, `UPDATE people_import SET stored = stored + @n WHERE id = @id AND round IS NULL`,
			pgx.NamedArgs{"n": len(batch.people), "id": s.row})
		if err == nil && done.RowsAffected() == 0 {
			return begunAgain()
		}
		return err
	})
}

// begunAgain is the answer to a writer whose import is another's now.
func begunAgain() error {
	return &incident.Error{Kind: incident.Conflict, Message: "this import was begun again by another: its people are stored there"}
}
