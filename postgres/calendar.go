package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// calendarPrefix tells a calendar's secret from a token of the API.
const calendarPrefix = "tcc_"

// CreateCalendar gives an account a secret address for its calendar of
// deadlines, shown this once, in the place of an earlier one.
func (s *Store) CreateCalendar(ctx context.Context, accountID string) (string, error) {
	secret, digest := newToken(calendarPrefix)
	err := s.changeAccounts(ctx, "create calendar", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO calendar (account, digest, created_at) VALUES (@account, @digest, @now)
			ON CONFLICT (account) DO UPDATE SET digest = excluded.digest, created_at = excluded.created_at`,
			pgx.NamedArgs{"account": accountID, "digest": digest, "now": s.now()})
		if err != nil {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountCalendarOn, Account: accountID})
	})
	return secret, err
}

// RemoveCalendar ends the address of an account's calendar. An account without
// one stays as it is.
func (s *Store) RemoveCalendar(ctx context.Context, accountID string) error {
	return s.changeAccounts(ctx, "remove calendar", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		done, err := tx.Exec(ctx, `DELETE FROM calendar WHERE account = @account`, pgx.NamedArgs{"account": accountID})
		if err != nil || done.RowsAffected() == 0 {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountCalendarOff, Account: accountID})
	})
}

// HasCalendar says whether an account has an address of a calendar.
func (s *Store) HasCalendar(ctx context.Context, accountID string) (bool, error) {
	var has bool
	err := s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM calendar WHERE account = @account)`,
		pgx.NamedArgs{"account": accountID}).Scan(&has)
	return has, failed("read calendar", err)
}

// UserByCalendar gives the account whose calendar a secret opens, or
// [incident.NotFound] when it is wrong, replaced, or of an account that ended.
func (s *Store) UserByCalendar(ctx context.Context, secret string) (User, error) {
	user, err := s.oneUser(ctx, `
		SELECT `+userColumns+` FROM account
		WHERE ended_at IS NULL AND id = (SELECT account FROM calendar WHERE digest = @digest)`,
		pgx.NamedArgs{"digest": hashToken(secret)})
	if errors.Is(err, pgx.ErrNoRows) {
		return User{}, &incident.Error{Kind: incident.NotFound,
			Message: "this address opens no calendar; make a new one on the page of your account"}
	}
	return user, failed("read calendar", err)
}
