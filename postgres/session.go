package postgres

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/jackc/pgx/v5"
)

// SessionLength is how long a session lasts from its beginning.
const SessionLength = 12 * time.Hour

// sessionPrefix tells a session's token from an account's.
const sessionPrefix = "tcss_"

// passwordParams are those that OWASP's Password Storage Cheat Sheet gives for
// argon2id: 19 MiB, two passes, one thread.
var passwordParams = argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobodysPassword is compared when there is no account or no password, so that
// the answer takes as long. Its result is never used.
//
//nolint:gosec // not a credential: nothing is ever opened with it
const nobodysPassword = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// UserByPassword gives the account of an address and its password. Whatever is
// wrong, the answer is the same [incident.Unauthenticated], after the same work.
func (s *Store) UserByPassword(ctx context.Context, email, password string) (User, error) {
	if len(password) > 1024 {
		return User{}, unauthenticated()
	}
	email = strings.ToLower(strings.TrimSpace(email))
	var id, hash string
	err := s.pool.QueryRow(ctx, `SELECT id, password FROM account WHERE email = @email`,
		pgx.NamedArgs{"email": strings.ToValidUTF8(strings.ReplaceAll(email, "\x00", ""), "")}).Scan(&id, &hash)
	if optional(err) != nil {
		return User{}, failed("sign in", err)
	}
	known := hash != ""
	if !known {
		hash = nobodysPassword
	}
	right, err := s.comparePassword(ctx, password, hash)
	if err != nil {
		return User{}, failed("sign in", err)
	}
	if !known || !right {
		return User{}, unauthenticated()
	}
	return s.User(ctx, id)
}

func (s *Store) hashPassword(ctx context.Context, password string) (string, error) {
	if err := s.takeTurn(ctx); err != nil {
		return "", err
	}
	defer s.endTurn()
	return argon2id.CreateHash(password, &passwordParams)
}

func (s *Store) comparePassword(ctx context.Context, password, hash string) (bool, error) {
	if err := s.takeTurn(ctx); err != nil {
		return false, err
	}
	defer s.endTurn()
	return argon2id.ComparePasswordAndHash(password, hash)
}

// takeTurn waits until few enough passwords are being hashed: each takes memory.
func (s *Store) takeTurn(ctx context.Context) error {
	select {
	case s.hashing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) endTurn() { <-s.hashing }

// CreateSession begins a session of an account and gives its token, which is
// stored hashed. The account's sessions that are over are removed.
func (s *Store) CreateSession(ctx context.Context, userID string) (string, error) {
	token, digest := newToken(sessionPrefix)
	now := s.now()
	args := pgx.NamedArgs{"token": digest, "account": userID, "now": now, "until": now.Add(SessionLength)}
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM session WHERE account = @account AND expires_at <= @now`, args)
	batch.Queue(`
		INSERT INTO session (token, account, created_at, expires_at)
		SELECT @token, id, @now, @until FROM account WHERE id = @account RETURNING account`, args,
	).QueryRow(func(row pgx.Row) error { return row.Scan(&userID) })
	err := s.pool.SendBatch(ctx, batch).Close()
	if errors.Is(err, pgx.ErrNoRows) {
		return "", unauthenticated()
	}
	if err != nil {
		return "", failed("begin session", err)
	}
	return token, nil
}

// SessionUser gives the account of a session that is not over, or
// [incident.Unauthenticated].
func (s *Store) SessionUser(ctx context.Context, token string) (User, error) {
	user, err := s.oneUser(ctx, `
		SELECT a.id, a.email, a.name, a.role, a.locale, a.zone, a.created_at
		FROM session s JOIN account a ON a.id = s.account
		WHERE s.token = @token AND s.expires_at > @now`,
		pgx.NamedArgs{"token": hashToken(token), "now": s.now()})
	if errors.Is(err, pgx.ErrNoRows) {
		return User{}, unauthenticated()
	}
	return user, failed("read session", err)
}

// EndSession ends a session. One that is over or was never begun is no error.
func (s *Store) EndSession(ctx context.Context, token string) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM session WHERE token = @token`, pgx.NamedArgs{"token": hashToken(token)})
	return failed("end session", err)
}
