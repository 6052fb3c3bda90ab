package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// HasPassword says whether an account can sign in by a password.
func (s *Store) HasPassword(ctx context.Context, accountID string) (bool, error) {
	var has bool
	err := s.pool.QueryRow(ctx, `SELECT password <> '' FROM account WHERE id = @account AND ended_at IS NULL`,
		pgx.NamedArgs{"account": accountID}).Scan(&has)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, unauthenticated()
	}
	return has, failed("read account", err)
}

// CheckPassword asks for the present password of an account that is signed in,
// before something that needs it again. A wrong one is [incident.Invalid].
func (s *Store) CheckPassword(ctx context.Context, accountID, password string) error {
	var hash string
	err := s.pool.QueryRow(ctx, `SELECT password FROM account WHERE id = @account AND ended_at IS NULL`,
		pgx.NamedArgs{"account": accountID}).Scan(&hash)
	if errors.Is(err, pgx.ErrNoRows) {
		return unauthenticated()
	}
	if err != nil {
		return failed("check password", err)
	}
	right := false
	if hash != "" && len(password) <= 1024 {
		if right, err = s.comparePassword(ctx, password, hash); err != nil {
			return failed("check password", err)
		}
	}
	if !right {
		return incident.InvalidField("password", "", "is not the present password", "the password of your account")
	}
	return nil
}

// SessionBegan says when a session that is complete began, UTC, or
// [incident.Unauthenticated].
func (s *Store) SessionBegan(ctx context.Context, token string) (time.Time, error) {
	var at time.Time
	err := s.pool.QueryRow(ctx, `SELECT created_at FROM session WHERE token = @token AND expires_at > @now AND NOT pending`,
		pgx.NamedArgs{"token": hashToken(token), "now": s.now()}).Scan(&at)
	if errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, unauthenticated()
	}
	return at.UTC(), failed("read session", err)
}
