package postgres

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/jackc/pgx/v5"

	"tocsin/incident"
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
	err := s.pool.QueryRow(ctx, `SELECT id, password FROM account WHERE email = @email AND ended_at IS NULL`,
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
		if err := s.countFailure(ctx, id, failedPassword); err != nil {
			return User{}, err
		}
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

// Session is what a sign-in gives.
type Session struct {
	// Token is kept by the browser; the store keeps its hash.
	Token string
	// Pending says that the second factor is still to be given: the session
	// opens nothing until [Store.CompleteSession].
	Pending bool
}

// CreateSession begins a session of an account whose password was right. With
// a second factor it is pending for ten minutes. The account's sessions that
// are over are removed.
func (s *Store) CreateSession(ctx context.Context, userID string) (Session, error) {
	token, digest := newToken(sessionPrefix)
	now := s.now()
	begun := Session{Token: token}
	err := s.changeAccounts(ctx, "begin session", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, userID)
		if err != nil {
			return err
		}
		args := pgx.NamedArgs{"token": digest, "account": userID, "now": now,
			"until": now.Add(SessionLength), "pending_until": now.Add(pendingLength)}
		if _, err := tx.Exec(ctx, `DELETE FROM session WHERE account = @account AND expires_at <= @now`, args); err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `
			INSERT INTO session (token, account, created_at, expires_at, pending)
			SELECT @token, id, @now, CASE WHEN factor THEN @pending_until ELSE @until::timestamptz END, factor
			FROM (SELECT id, totp IS NOT NULL OR EXISTS (SELECT FROM passkey WHERE account = @account) AS factor
				FROM account WHERE id = @account) AS a RETURNING pending`, args).Scan(&begun.Pending)
		if err != nil || begun.Pending {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountSignedIn, Account: userID})
	})
	if err != nil {
		return Session{}, err
	}
	return begun, nil
}

// PendingUser gives the account of a session that still wants its second
// factor, or [incident.Unauthenticated].
func (s *Store) PendingUser(ctx context.Context, token string) (User, error) {
	user, err := s.oneUser(ctx, `
		SELECT `+userColumns+` FROM account
		WHERE ended_at IS NULL AND id = (SELECT account FROM session WHERE token = @token AND expires_at > @now AND pending)`,
		pgx.NamedArgs{"token": hashToken(token), "now": s.now()})
	if errors.Is(err, pgx.ErrNoRows) {
		return User{}, unauthenticated()
	}
	return user, failed("read session", err)
}

// CompleteSession gives a full session for a pending one and a code: of the
// app, or for a lost device. The token is a new one. A wrong code is
// [incident.Invalid]; the fifth ends the pending session, and one that is over
// is [incident.Unauthenticated]. After thirty wrong ones within an hour of the clock,
// from anywhere, a code of the app is an [incident.Conflict] until the hour is over,
// and those for a lost device go on.
func (s *Store) CompleteSession(ctx context.Context, pending, code string) (Session, error) {
	token, digest := newToken(sessionPrefix)
	var used spent
	err := s.changeAccounts(ctx, "complete session", func(tx pgx.Tx, record recorder) error {
		now := s.now()
		args := pgx.NamedArgs{"pending": hashToken(pending), "now": now, "most": pendingTries}
		var account, signOn string
		err := tx.QueryRow(ctx, `
			SELECT account, sign_on FROM session WHERE token = @pending AND pending AND expires_at > @now FOR UPDATE`, args).Scan(&account, &signOn)
		if errors.Is(err, pgx.ErrNoRows) {
			return unauthenticated()
		}
		if err != nil {
			return err
		}
		by, err := ownActor(ctx, tx, account)
		if err != nil {
			return err
		}
		if used, err = s.useCode(ctx, tx, account, code); err != nil {
			return err
		}
		if !used.right {
			if _, err := tx.Exec(ctx, `UPDATE session SET tries = tries + 1 WHERE token = @pending`, args); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, failedCode, s.failureOf(account)); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `DELETE FROM session WHERE token = @pending AND tries >= @most`, args)
			return err
		}
		args["account"] = account
		if _, err := tx.Exec(ctx, `DELETE FROM session WHERE token = @pending`, args); err != nil {
			return err
		}
		if err := s.insertSession(ctx, tx, account, digest, signOn); err != nil {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountSignedIn, Account: account, SecondFactor: true, RecoveryCode: used.recovery, SignOn: signOn})
	})
	if err != nil {
		return Session{}, err
	}
	if !used.right {
		return Session{}, used.refusal()
	}
	return Session{Token: token}, nil
}

// insertSession begins a whole session, within the transaction that checked who
// it is for. signOn is the provider by which it began; empty for none.
func (s *Store) insertSession(ctx context.Context, tx pgx.Tx, accountID string, digest []byte, signOn string) error {
	now := s.now()
	args := pgx.NamedArgs{"token": digest, "account": accountID, "now": now, "until": now.Add(SessionLength), "sign_on": signOn}
	if _, err := tx.Exec(ctx, `DELETE FROM session WHERE account = @account AND expires_at <= @now`, args); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO session (token, account, created_at, expires_at, sign_on) VALUES (@token, @account, @now, @until, @sign_on)`, args)
	return err
}

// SessionUser gives the account of a session that is complete and not over, or
// [incident.Unauthenticated].
func (s *Store) SessionUser(ctx context.Context, token string) (User, error) {
	who, err := s.Session(ctx, token)
	return who.User, err
}

// EndSession ends a session. One that is over or was never begun is no error.
func (s *Store) EndSession(ctx context.Context, token string) error {
	_, err := s.pool.Exec(ctx, `
		WITH gone AS (DELETE FROM session WHERE token = @token RETURNING account)
		SELECT pg_notify(@channel, @installation) FROM gone`,
		pgx.NamedArgs{"token": hashToken(token), "channel": recordChannel, "installation": incident.InstallationID})
	return failed("end session", err)
}

// EndOtherSessions ends every session of an account but the one whose token is
// given; an empty token ends them all. It says how many ended.
func (s *Store) EndOtherSessions(ctx context.Context, accountID, keep string) (int, error) {
	n := 0
	err := s.changeAccounts(ctx, "end sessions", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		done, err := tx.Exec(ctx, `DELETE FROM session WHERE account = @account AND token <> @keep`,
			pgx.NamedArgs{"account": accountID, "keep": hashToken(keep)})
		if n = int(done.RowsAffected()); err != nil || n == 0 {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountSessionsEnded, Account: accountID})
	})
	return n, err
}

// endOthers ends every session of an account but one, within the transaction that
// changes how it is signed in to. A session that waits for its second factor is one.
func endOthers(ctx context.Context, tx pgx.Tx, accountID, keep string) error {
	_, err := tx.Exec(ctx, `DELETE FROM session WHERE account = @account AND token <> @keep`,
		pgx.NamedArgs{"account": accountID, "keep": hashToken(keep)})
	return err
}
