package postgres

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"tocsin/incident"
)

// SignOn ties an account to a person at a provider of identities.
type SignOn struct {
	// Issuer is the provider.
	Issuer string `db:"issuer"`
	// CreatedAt is when the two were tied, UTC.
	CreatedAt time.Time `db:"created_at"`
	// UsedAt is when somebody last signed in by it, UTC; nil when never.
	UsedAt *time.Time `db:"used_at"`
}

// SignOns lists the providers by which an account can be signed in to.
func (s *Store) SignOns(ctx context.Context, accountID string) ([]SignOn, error) {
	rows, err := s.pool.Query(ctx, `SELECT issuer, created_at, used_at FROM sign_on WHERE account = @account ORDER BY issuer`,
		pgx.NamedArgs{"account": accountID})
	if err != nil {
		return nil, failed("list sign-ons", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[SignOn])
	for i := range list {
		list[i].CreatedAt = list[i].CreatedAt.UTC()
		if list[i].UsedAt != nil {
			utc := list[i].UsedAt.UTC()
			list[i].UsedAt = &utc
		}
	}
	return list, failed("list sign-ons", err)
}

// subjectDigest is what is stored of the name that a provider has for a person.
func (s *Store) subjectDigest(issuer, subject string) []byte {
	mac := hmac.New(sha256.New, s.keys.Index)
	mac.Write([]byte("tocsin sign-on\x00" + issuer + "\x00" + subject))
	return mac.Sum(nil)
}

// LinkSignOn ties an account to a person at a provider. A person who is tied to
// another account already is an [incident.Conflict], and so is an account that is
// tied to another person there.
func (s *Store) LinkSignOn(ctx context.Context, accountID, issuer, subject string) error {
	return s.changeAccounts(ctx, "link sign-on", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		return s.linkSignOn(ctx, tx, record, by, issuer, subject)
	})
}

func (s *Store) linkSignOn(ctx context.Context, tx pgx.Tx, record recorder, by incident.Actor, issuer, subject string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO sign_on (issuer, subject, account, created_at) VALUES (@issuer, @subject, @account, @now)`,
		pgx.NamedArgs{"issuer": issuer, "subject": s.subjectDigest(issuer, subject), "account": by.ID, "now": s.now()})
	if violates(err, "sign_on_subject") || violates(err, "sign_on_account") {
		return &incident.Error{Kind: incident.Conflict,
			Message: "this account, or the one there, is linked already; remove that link first"}
	}
	if err != nil {
		return err
	}
	return record(by, incident.ChangeAccount{What: incident.AccountSignOnLinked, Account: by.ID, SignOn: issuer})
}

// UnlinkSignOn ends the tie of an account to a provider. Without one it is
// [incident.NotFound]; an account that would be left without any way to sign in
// is an [incident.Conflict].
func (s *Store) UnlinkSignOn(ctx context.Context, accountID, issuer string) error {
	return s.changeAccounts(ctx, "unlink sign-on", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		args := pgx.NamedArgs{"account": accountID, "issuer": issuer}
		done, err := tx.Exec(ctx, `DELETE FROM sign_on WHERE account = @account AND issuer = @issuer`, args)
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			return &incident.Error{Kind: incident.NotFound, Message: "your account is not linked there"}
		}
		var other bool
		err = tx.QueryRow(ctx, `
			SELECT password <> '' OR EXISTS (SELECT FROM passkey WHERE account = @account) FROM account WHERE id = @account`, args).Scan(&other)
		if err != nil {
			return err
		}
		if !other {
			return &incident.Error{Kind: incident.Conflict, Message: "this is the only way into your account; add a passkey first"}
		}
		return record(by, incident.ChangeAccount{What: incident.AccountSignOnUnlinked, Account: accountID, SignOn: issuer})
	})
}

// SignOnUser gives the account that is tied to a person at a provider, or
// [incident.Unauthenticated]. One that has ended is none.
func (s *Store) SignOnUser(ctx context.Context, issuer, subject string) (User, error) {
	user, err := s.oneUser(ctx, `
		SELECT `+userColumns+` FROM account
		WHERE ended_at IS NULL AND id = (SELECT account FROM sign_on WHERE issuer = @issuer AND subject = @subject)`,
		pgx.NamedArgs{"issuer": issuer, "subject": s.subjectDigest(issuer, subject)})
	if errors.Is(err, pgx.ErrNoRows) {
		return User{}, unauthenticated()
	}
	return user, failed("find account by sign-on", err)
}

// SignInBySignOn begins a session of an account that [Store.SignOnUser] found.
// It is pending where the account has a second factor and the provider did not
// vouch for one. Of a session for which it did, none is demanded that is set up
// here.
func (s *Store) SignInBySignOn(ctx context.Context, accountID, issuer string, vouched bool) (Session, error) {
	token, digest := newToken(sessionPrefix)
	begun := Session{Token: token}
	err := s.changeAccounts(ctx, "sign in by sign-on", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if err != nil {
			return err
		}
		now := s.now()
		args := pgx.NamedArgs{"account": accountID, "issuer": issuer, "now": now, "token": digest, "vouched": vouched,
			"until": now.Add(SessionLength), "pending_until": now.Add(pendingLength)}
		done, err := tx.Exec(ctx, `UPDATE sign_on SET used_at = @now WHERE account = @account AND issuer = @issuer`, args)
		if err == nil && done.RowsAffected() == 0 {
			err = unauthenticated()
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM session WHERE account = @account AND expires_at <= @now`, args); err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `
			INSERT INTO session (token, account, created_at, expires_at, pending, sign_on, vouched)
			SELECT @token, @account, @now, CASE WHEN factor THEN @pending_until ELSE @until::timestamptz END, factor, @issuer, @vouched
			FROM (SELECT NOT @vouched AND (totp IS NOT NULL OR EXISTS (SELECT FROM passkey WHERE account = @account)) AS factor
				FROM account WHERE id = @account) AS a RETURNING pending`, args).Scan(&begun.Pending)
		if err != nil || begun.Pending {
			return err
		}
		return record(by, incident.ChangeAccount{What: incident.AccountSignedIn, Account: accountID, SecondFactor: vouched, SignOn: issuer})
	})
	if err != nil {
		return Session{}, err
	}
	return begun, nil
}

// AcceptInvitationBySignOn ties an invited account to a person at a provider, in
// the place of a first password, and spends the link of the invitation. Where
// there is no open link any more the answer is that of [Store.LinkHolder].
func (s *Store) AcceptInvitationBySignOn(ctx context.Context, accountID, issuer, subject string) error {
	return s.changeAccounts(ctx, "accept invitation by sign-on", func(tx pgx.Tx, record recorder) error {
		by, err := ownActor(ctx, tx, accountID)
		if incident.KindOf(err) == incident.Unauthenticated {
			return noLink()
		}
		if err != nil {
			return err
		}
		args := pgx.NamedArgs{"account": accountID, "kind": MailInvitation, "now": s.now()}
		for _, statement := range []string{
			`UPDATE account_mail SET used_at = @now
			 WHERE account = @account AND kind = @kind AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > @now`,
			`UPDATE account SET invited = false WHERE id = @account AND invited`,
		} {
			done, err := tx.Exec(ctx, statement, args)
			if err != nil {
				return err
			}
			if done.RowsAffected() == 0 {
				return noLink()
			}
		}
		if err := record(by, incident.ChangeAccount{What: incident.AccountInvitationAccepted, Account: accountID}); err != nil {
			return err
		}
		return s.linkSignOn(ctx, tx, record, by, issuer, subject)
	})
}
