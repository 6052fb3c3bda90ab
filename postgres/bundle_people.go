package postgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
	"tocsin/ledger"
)

// takenAtOnce is how many people or deliveries one query reads.
const takenAtOnce = 5_000

// mostTaken is how large the files of people may be together, in bytes, so that
// the bundle stays within what a ZIP without extensions holds.
const mostTaken = 7 << 29 // 3.5 GiB

// PeopleTaking is the people's data of one incident as they stood at one moment,
// to be written into a bundle. It holds a connection with its snapshot of the
// database until Close, and nothing of the data: they are read once to know what
// is sealed, and a second time to be written. It is for one goroutine.
type PeopleTaking struct {
	tx       pgx.Tx
	incident string
	key      *incidentKey // nil once it was erased
	erasedAt time.Time
	salt     string
	// People is how many people there are to take, and Deliveries how many
	// outcomes of notices.
	People, Deliveries int
}

// TakePeople begins to take the data of an incident's people into a bundle. Of an
// incident whose people were erased it has the outcomes of notices alone. The
// caller closes it, and records [incident.PrepareBundle] and [incident.SealBundle]
// before [Store.BundleWithPeople] writes anything.
func (s *Store) TakePeople(ctx context.Context, incidentID string) (_ *PeopleTaking, err error) {
	erasedAt, err := s.ErasedAt(ctx, incidentID)
	if err != nil {
		return nil, err
	}
	t := &PeopleTaking{incident: incidentID, erasedAt: erasedAt, salt: rand.Text() + rand.Text()}
	if erasedAt.IsZero() {
		if t.key, err = s.incidentKey(ctx, incidentID); err != nil {
			return nil, failed("take people", err)
		}
	}
	t.tx, err = s.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, failed("take people", err)
	}
	defer func() {
		if err != nil {
			t.Close(ctx)
		}
	}()
	// Between the two readings the record takes its entries, and a slow reader of the
	// bundle keeps the second one waiting.
	if _, err := t.tx.Exec(ctx, `SET LOCAL idle_in_transaction_session_timeout = '5min'`); err != nil {
		return nil, failed("take people", err)
	}
	err = t.tx.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM people_import i JOIN `+peopleOfImport+` WHERE i.incident = @incident AND `+publishedImport+` AND @readable),
		       (SELECT count(*) FROM delivery WHERE incident = @incident)`,
		pgx.NamedArgs{"incident": incidentID, "readable": t.key != nil}).Scan(&t.People, &t.Deliveries)
	if err != nil {
		return nil, failed("take people", err)
	}
	return t, nil
}

// publishedImport is the condition that the people of an import i stand in the
// record: they are affected, or a round was opened for them.
const publishedImport = `(i.round IS NOT NULL OR i.recipients_of IS NOT NULL)`

// Close gives the connection back. It may be called again.
func (t *PeopleTaking) Close(ctx context.Context) {
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = t.tx.Rollback(end) // nothing was written
}

// Describe reads all of it and says what a bundle's manifest will say, for who
// takes it and why. More than fits into a bundle is an [incident.TooLarge].
func (t *PeopleTaking) Describe(ctx context.Context, by incident.Actor, reason string) (*incident.BundlePeople, error) {
	about := &incident.BundlePeople{For: by, Reason: reason, People: t.People, ErasedAt: t.erasedAt}
	var total int64
	for _, name := range []string{ledger.DeliveriesFileName, ledger.PeopleFileName} {
		f, err := t.write(ctx, name, io.Discard)
		if err != nil {
			return nil, failed("take people", err)
		}
		total += f.Size
		about.Files = append(about.Files, incident.BundleFile{Name: f.Name, SHA256: f.SHA256, Size: f.Size, Lines: f.Lines})
	}
	if total > mostTaken {
		return nil, incident.Refused(incident.TooLarge, "the data of these people are larger than a bundle can be: export without them")
	}
	return about, nil
}

// write writes one of the files.
func (t *PeopleTaking) write(ctx context.Context, name string, w io.Writer) (ledger.PeopleFile, error) {
	to, err := ledger.NewPeopleWriter(w, name, t.incident, t.salt)
	if err != nil {
		return ledger.PeopleFile{}, err
	}
	switch {
	case name == ledger.DeliveriesFileName:
		err = t.deliveries(ctx, to)
	case t.key != nil:
		err = t.people(ctx, to)
	}
	return to.File(), err
}

func (t *PeopleTaking) people(ctx context.Context, to *ledger.PeopleWriter) error {
	rows, err := t.tx.Query(ctx, `SELECT i.id, i.round IS NOT NULL, coalesce(i.round, i.recipients_of) FROM people_import i
		WHERE i.incident = @incident AND `+publishedImport+` ORDER BY i.id`, pgx.NamedArgs{"incident": t.incident})
	if err != nil {
		return err
	}
	type file struct {
		ID       int64
		Affected bool
		Round    int
	}
	files, err := pgx.CollectRows(rows, pgx.RowToStructByPos[file])
	if err != nil {
		return err
	}
	for _, f := range files {
		line := ledger.PersonLine{To: "recipient", Round: f.Round}
		if f.Affected {
			line.To = "affected"
		}
		for after, more := int64(0), true; more && err == nil; {
			after, more, err = t.peopleAfter(ctx, to, f.ID, after, line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// peopleAfter writes some people of an import, those after a number, and says the
// last one's and whether there may be more.
func (t *PeopleTaking) peopleAfter(ctx context.Context, to *ledger.PeopleWriter, of, after int64, line ledger.PersonLine) (int64, bool, error) {
	rows, err := t.tx.Query(ctx, `
		SELECT p.id, p.locale, p.country, `+presentKinds+`, p.identity, EXISTS (SELECT FROM controller_account a WHERE `+matchesPerson+`)
		FROM people_import i JOIN `+peopleOfImport+` AND p.id > @after WHERE i.id = @import ORDER BY p.id LIMIT @most`,
		pgx.NamedArgs{"import": of, "after": after, "most": takenAtOnce})
	if err != nil {
		return after, false, err
	}
	// Collected before they are written: a slow reader of the bundle does not hold a
	// query open.
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (ledger.PersonLine, error) {
		one := line
		var p Person
		var sealed []byte
		if err := row.Scan(&p.ID, &one.Language, &one.Country, &one.Kinds, &sealed, &one.InAccounts); err != nil {
			return one, err
		}
		if err := openIdentity(t.key, &p, sealed); err != nil {
			return one, err
		}
		one.Person, one.Name, one.Email, one.Fields, one.Undeliverable = p.ID, p.Name, p.Email, p.Fields, p.Undeliverable
		if one.Kinds == nil {
			one.Kinds = []string{}
		}
		return one, nil
	})
	for _, one := range lines {
		if err == nil {
			err = to.Person(one)
		}
		after = one.Person
	}
	return after, len(lines) == takenAtOnce, err
}

func (t *PeopleTaking) deliveries(ctx context.Context, to *ledger.PeopleWriter) error {
	var round int
	var after int64
	for {
		rows, err := t.tx.Query(ctx, `
			SELECT id, round, person, coalesce(message_id, ''), state, coalesce(code, 0), settled_at, coalesce(enhanced, ''), attempt, resent, sha256,
			       bounced_at, coalesce(bounce_class, '')
			FROM delivery WHERE incident = @incident AND (round, id) > (@round, @after) ORDER BY round, id LIMIT @most`,
			pgx.NamedArgs{"incident": t.incident, "round": round, "after": after, "most": takenAtOnce})
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d ledger.DeliveryLine, err error) {
			var settled, bounced *time.Time
			var sum []byte
			err = row.Scan(&after, &d.Round, &d.Person, &d.MessageID, &d.State, &d.Code, &settled, &d.Enhanced, &d.Tries, &d.Resent, &sum, &bounced, &d.Returned)
			d.SettledAt, d.ReturnedAt, d.Notice = instantText(settled), instantText(bounced), hex.EncodeToString(sum)
			return d, err
		})
		for _, d := range lines {
			if err == nil {
				err = to.Delivery(d)
			}
			round = d.Round
		}
		if err != nil || len(lines) < takenAtOnce {
			return err
		}
	}
}

// instantText is an instant as the outcome of a notice is hashed with it.
func instantText(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// peopleInHead is what the head of a bundle says of people's data.
func peopleInHead(about *incident.BundlePeople) *ledger.BundlePeople {
	if about == nil {
		return nil
	}
	head := &ledger.BundlePeople{
		By: string(about.For.Role), Account: about.For.ID, Reason: about.Reason, People: int64(about.People),
	}
	if !about.ErasedAt.IsZero() {
		head.ErasedAt = about.ErasedAt.UTC().Format(time.RFC3339Nano)
	}
	for _, f := range about.Files {
		head.Files = append(head.Files, ledger.PeopleFile{Name: f.Name, SHA256: f.SHA256, Size: f.Size, Lines: f.Lines})
	}
	return head
}

// BundleWithPeople writes a bundle as [Store.Bundle] does, with people's data. What
// is said about them must be what was recorded with [incident.SealBundle]; another
// export since is an [incident.Conflict].
func (s *Store) BundleWithPeople(ctx context.Context, taken *PeopleTaking, about *incident.BundlePeople, w io.Writer) error {
	if taken == nil || about == nil {
		return failed("write bundle", errors.New("people's data are to be written, and none were taken"))
	}
	source, err := s.bundleSource(ctx, taken.incident, about)
	if err != nil {
		return failed("write bundle", err)
	}
	source.People = func(ctx context.Context, name string, w io.Writer) error {
		_, err := taken.write(ctx, name, w)
		if err != nil {
			return fmt.Errorf("read people: %w", err)
		}
		return nil
	}
	return failed("write bundle", ledger.WriteBundle(ctx, w, source))
}
