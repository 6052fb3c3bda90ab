package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// OpenSession is a session of an account that is not over, as its holder sees it.
type OpenSession struct {
	// ID names the session to its holder. It opens nothing.
	ID string `db:"id"`
	// BegunAt is when its holder signed in, EndsAt when it is over at the latest; UTC.
	BegunAt time.Time `db:"created_at"`
	EndsAt  time.Time `db:"expires_at"`
	// Device is what [Store.NoteDevice] noted; empty when nothing is known.
	Device string `db:"device"`
	// Waits says that the password was right and the second factor was not given yet.
	Waits bool `db:"pending"`
	// Own says that it is the one in which this is asked.
	Own bool `db:"own"`
}

// sessionID is the expression of SQL for what names a session to its holder: the
// beginning of the hash of its token.
const sessionID = `left(encode(token, 'hex'), 16)`

// Sessions lists the sessions of an account that are not over, the latest first. own
// is the token of the one in which this is asked.
func (s *Store) Sessions(ctx context.Context, accountID, own string) ([]OpenSession, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT `+sessionID+` AS id, created_at, expires_at, device, pending, token = @own AS own
		FROM session WHERE account = @account AND expires_at > @now ORDER BY own DESC, created_at DESC, id`,
		pgx.NamedArgs{"account": accountID, "own": hashToken(own), "now": s.now()})
	if err != nil {
		return nil, failed("list sessions", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[OpenSession])
	for i := range list {
		list[i].BegunAt, list[i].EndsAt = list[i].BegunAt.UTC(), list[i].EndsAt.UTC()
	}
	return list, failed("list sessions", err)
}

// NoteDevice notes in which kind of browser and system a session began, at most 60
// characters of it, by its token.
func (s *Store) NoteDevice(ctx context.Context, token, device string) error {
	_, err := s.pool.Exec(ctx, `UPDATE session SET device = left(@device, 60) WHERE token = @token`,
		pgx.NamedArgs{"token": hashToken(token), "device": device})
	return failed("note the device of a session", err)
}

// EndOneSession ends one session of an account, by its [OpenSession.ID]. One that is
// over, or of somebody else, is [incident.NotFound].
func (s *Store) EndOneSession(ctx context.Context, accountID, id string) error {
	return s.changeAccounts(ctx, "end a session", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		done, err := tx.Exec(ctx, `DELETE FROM session WHERE account = @account AND `+sessionID+` = @id AND expires_at > @now`,
			pgx.NamedArgs{"account": accountID, "id": id, "now": s.now()})
		switch {
		case err != nil:
			return err
		case done.RowsAffected() == 0:
			return incident.Refused(incident.NotFound, "this session has ended already")
		}
		return record(by, incident.ChangeAccount{What: incident.AccountSessionsEnded, Account: accountID})
	})
}
