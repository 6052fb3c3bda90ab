package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// RelayNote is how a mail relay did when a message last went to it.
type RelayNote struct {
	// Address is the relay's host and port.
	Address string
	// AcceptedAt is when it took a message last, FailedAt when it failed last, UTC;
	// zero for never.
	AcceptedAt, FailedAt time.Time
	// Failure is where in the dialogue it failed and the class of its reply, such
	// as "AUTH 5xx"; no text of the relay.
	Failure string
	// RestsUntil is until when mailings leave it alone, UTC; zero for one in use.
	RestsUntil time.Time
}

// NoteRelay keeps how a relay did. What another process noted later stays.
func (s *Store) NoteRelay(ctx context.Context, n RelayNote) error {
	instant := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		t = t.UTC()
		return &t
	}
	_, err := s.pool.Exec(ctx, `
		INSERT INTO relay_note AS r (address, accepted_at, failed_at, failure, rests_until)
		VALUES (@address, @accepted, @failed, @failure, @rests)
		ON CONFLICT (address) DO UPDATE SET accepted_at = greatest(r.accepted_at, excluded.accepted_at),
			failure = CASE WHEN excluded.failed_at >= coalesce(r.failed_at, excluded.failed_at) THEN excluded.failure ELSE r.failure END,
			failed_at = greatest(r.failed_at, excluded.failed_at), rests_until = excluded.rests_until`,
		pgx.NamedArgs{"address": n.Address, "accepted": instant(n.AcceptedAt), "failed": instant(n.FailedAt), "failure": n.Failure, "rests": instant(n.RestsUntil)})
	return failed("note a relay", err)
}

// RelayNotes gives how the relays did, by their addresses.
func (s *Store) RelayNotes(ctx context.Context) (map[string]RelayNote, error) {
	rows, err := s.pool.Query(ctx, `SELECT address, accepted_at, failed_at, failure, rests_until FROM relay_note`)
	if err != nil {
		return nil, failed("read relays", err)
	}
	out := map[string]RelayNote{}
	var n RelayNote
	var accepted, refused, rests *time.Time
	_, err = pgx.ForEachRow(rows, []any{&n.Address, &accepted, &refused, &n.Failure, &rests}, func() error {
		one := RelayNote{Address: n.Address, Failure: n.Failure}
		for into, from := range map[*time.Time]*time.Time{&one.AcceptedAt: accepted, &one.FailedAt: refused, &one.RestsUntil: rests} {
			if from != nil {
				*into = from.UTC()
			}
		}
		out[n.Address] = one
		return nil
	})
	return out, failed("read relays", err)
}

// testsPerHour is how many test messages a person has sent within an hour.
const testsPerHour = 3

// AskTestMail makes a test message to the holder of an account, to be sent, and
// records it. After three within an hour it is an [incident.Conflict].
func (s *Store) AskTestMail(ctx context.Context, accountID string) (AccountMail, error) {
	var mail AccountMail
	err := s.changeAccounts(ctx, "ask for a test message", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		var asked int
		err = tx.QueryRow(ctx, `SELECT count(*) FROM account_mail WHERE account = @account AND kind = @kind AND made_at > @since`,
			pgx.NamedArgs{"account": accountID, "kind": MailTest, "since": s.now().Add(-time.Hour)}).Scan(&asked)
		if err != nil {
			return err
		}
		if asked >= testsPerHour {
			return &incident.Error{Kind: incident.Conflict, Message: "three test messages were sent to you within an hour; wait a while"}
		}
		if mail, err = s.insertMail(ctx, tx, accountID, MailTest, changedLife); err != nil {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountMailTested, Account: accountID})
	})
	return mail, err
}

// LastTestMail gives the last test message to the holder of an account; false
// when there was none.
func (s *Store) LastTestMail(ctx context.Context, accountID string) (AccountMail, bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+mailColumns+` FROM account_mail WHERE account = @account AND kind = @kind ORDER BY made_at DESC, id LIMIT 1`,
		pgx.NamedArgs{"account": accountID, "kind": MailTest})
	if err != nil {
		return AccountMail{}, false, failed("read a test message", err)
	}
	mail, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[AccountMail])
	if errors.Is(err, pgx.ErrNoRows) {
		return AccountMail{}, false, nil
	}
	mail.inUTC()
	return mail, err == nil, failed("read a test message", err)
}

// MailsTo lists the ids of the mails to the holder of an account that are still to
// be sent, oldest first.
func (s *Store) MailsTo(ctx context.Context, accountID string) ([]string, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT id FROM account_mail
		WHERE account = @account AND decided_at IS NOT NULL AND sent_at IS NULL AND refused_at IS NULL AND used_at IS NULL AND withdrawn_at IS NULL
		AND expires_at > @now ORDER BY made_at, id LIMIT 50`, pgx.NamedArgs{"account": accountID, "now": s.now()})
	if err != nil {
		return nil, failed("list mails to an account", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return list, failed("list mails to an account", err)
}
