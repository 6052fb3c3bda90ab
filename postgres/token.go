package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// MaxTokens is how many tokens an account may have that still open something.
const MaxTokens = 20

// Token is a key of the API that belongs to an account. What opens is shown
// once, when it is made; the store keeps its hash.
type Token struct {
	// ID names the token, for revoking it.
	ID string `db:"id"`
	// Name says what the token is for, in the words of its owner.
	Name string `db:"name"`
	// ReadsOnly says that the token may change nothing.
	ReadsOnly bool `db:"reads_only"`
	// CreatedAt is when it was made, UTC.
	CreatedAt time.Time `db:"created_at"`
	// ExpiresAt is when it ends, UTC; nil for a token without an end.
	ExpiresAt *time.Time `db:"expires_at"`
	// UsedAt is when it was last used, UTC, to the minute; nil for never.
	UsedAt *time.Time `db:"used_at"`
	// RevokedAt is when it was revoked, UTC; nil while it is not.
	RevokedAt *time.Time `db:"revoked_at"`
}

// NewToken is what a token is made from.
type NewToken struct {
	// Name says what the token is for; required, at most 100 bytes.
	Name string
	// ReadsOnly makes a token that may change nothing.
	ReadsOnly bool
	// ExpiresAt is when it ends; zero for a token without an end.
	ExpiresAt time.Time
}

//nolint:gosec // names of columns
const tokenColumns = `id, name, reads_only, created_at, expires_at, used_at, revoked_at`

// CreateToken makes a token of an account and gives what opens, which is shown
// this once. A name that is wrong, an end that has passed and a token too many
// are refused.
func (s *Store) CreateToken(ctx context.Context, accountID string, in NewToken) (Token, string, error) {
	in.Name = strings.TrimSpace(in.Name)
	if in.Name == "" || len(in.Name) > 100 || !utf8.ValidString(in.Name) || strings.IndexFunc(in.Name, unicode.IsControl) >= 0 {
		return Token{}, "", incident.InvalidField("name", "", "is missing or not a name", "what the token is for, in at most 100 bytes")
	}
	now := s.now()
	if !in.ExpiresAt.IsZero() && !in.ExpiresAt.After(now) {
		return Token{}, "", incident.InvalidField("expires_at", in.ExpiresAt.Format(time.RFC3339), "has passed", "an instant to come, or nothing for a token without an end")
	}
	made := Token{ID: "tk_" + rand.Text()[:20], Name: in.Name, ReadsOnly: in.ReadsOnly, CreatedAt: now}
	if !in.ExpiresAt.IsZero() {
		until := in.ExpiresAt.UTC().Truncate(time.Microsecond)
		made.ExpiresAt = &until
	}
	secret, digest := newToken(tokenPrefix)
	err := s.changeAccounts(ctx, "create token", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		if err := mustHaveFactor(ctx, tx, accountID, now); err != nil {
			return err
		}
		args := pgx.NamedArgs{"account": accountID, "now": now}
		var open int
		err = tx.QueryRow(ctx, `
			SELECT count(*) FROM token
			WHERE account = @account AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > @now)`, args).Scan(&open)
		if err != nil {
			return err
		}
		if open >= MaxTokens {
			return &incident.Error{Kind: incident.Conflict, Message: "this account has 20 tokens already; revoke one that is no longer used"}
		}
		if err := insertToken(ctx, tx, accountID, made, digest); err != nil {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountTokenCreated, Account: accountID, Token: made.ID,
			ReadsOnly: made.ReadsOnly, ExpiresAt: made.ExpiresAt})
	})
	if err != nil {
		return Token{}, "", err
	}
	return made, secret, nil
}

func insertToken(ctx context.Context, tx pgx.Tx, accountID string, made Token, digest []byte) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO token (id, account, name, digest, reads_only, created_at, expires_at)
		VALUES (@id, @account, @name, @digest, @reads_only, @created_at, @expires_at)`,
		pgx.NamedArgs{"id": made.ID, "account": accountID, "name": made.Name, "digest": digest,
			"reads_only": made.ReadsOnly, "created_at": made.CreatedAt, "expires_at": made.ExpiresAt})
	return err
}

// Tokens lists the tokens of an account, the newest first, revoked ones too.
func (s *Store) Tokens(ctx context.Context, accountID string) ([]Token, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+tokenColumns+` FROM token WHERE account = @account ORDER BY created_at DESC, id`,
		pgx.NamedArgs{"account": accountID})
	if err != nil {
		return nil, failed("list tokens", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Token])
	if err != nil {
		return nil, failed("list tokens", err)
	}
	for i := range list {
		list[i].inUTC()
	}
	return list, nil
}

// inUTC gives every instant in UTC.
func (t *Token) inUTC() {
	t.CreatedAt = t.CreatedAt.UTC()
	for _, at := range []**time.Time{&t.ExpiresAt, &t.UsedAt, &t.RevokedAt} {
		if *at != nil {
			utc := (*at).UTC()
			*at = &utc
		}
	}
}

// RevokeToken ends a token of an account for good. One that was revoked before
// stays as it is; one that the account never had is [incident.NotFound].
func (s *Store) RevokeToken(ctx context.Context, accountID, tokenID string) error {
	return s.changeAccounts(ctx, "revoke token", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		args := pgx.NamedArgs{"id": tokenID, "account": accountID, "now": s.now()}
		var revoked bool
		err = tx.QueryRow(ctx, `SELECT revoked_at IS NOT NULL FROM token WHERE id = @id AND account = @account`, args).Scan(&revoked)
		if errors.Is(err, pgx.ErrNoRows) {
			return &incident.Error{Kind: incident.NotFound, Message: "this account has no such token; its list of tokens shows their ids"}
		}
		if err != nil || revoked {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE token SET revoked_at = @now WHERE id = @id`, args); err != nil {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountTokenRevoked, Account: accountID, Token: tokenID})
	})
}

// UserByToken gives the account of a token and the token, or
// [incident.Unauthenticated] when the token is wrong, revoked or over, or the
// account has ended. It notes the use, to the minute.
func (s *Store) UserByToken(ctx context.Context, secret string) (User, Token, error) {
	args := pgx.NamedArgs{"digest": hashToken(secret), "now": s.now()}
	rows, err := s.pool.Query(ctx, `
		SELECT t.id, t.name, t.reads_only, t.created_at, t.expires_at, t.used_at, t.revoked_at, t.account
		FROM token t JOIN account a ON a.id = t.account
		WHERE t.digest = @digest AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > @now) AND a.ended_at IS NULL`, args)
	if err != nil {
		return User{}, Token{}, failed("read token", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[struct {
		Token
		Account string `db:"account"`
	}])
	if errors.Is(err, pgx.ErrNoRows) {
		return User{}, Token{}, unauthenticated()
	}
	if err != nil {
		return User{}, Token{}, failed("read token", err)
	}
	if found.UsedAt == nil || s.now().Sub(*found.UsedAt) >= time.Minute {
		// Many may come with the same token as a minute begins: one notes it, and
		// nobody waits for that one.
		if _, err := s.pool.Exec(ctx, `
			UPDATE token SET used_at = date_trunc('minute', @now::timestamptz)
			WHERE digest = (SELECT digest FROM token WHERE digest = @digest FOR UPDATE SKIP LOCKED)`, args); err != nil {
			return User{}, Token{}, failed("note the use of a token", err)
		}
	}
	found.inUTC()
	user, err := s.User(ctx, found.Account)
	return user, found.Token, err
}
